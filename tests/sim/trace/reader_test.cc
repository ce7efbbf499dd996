#include "sim/trace/reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>

#include "sim/trace/format.h"
#include "sim/trace/writer.h"

namespace ww {
namespace {

FieldSpec RandomField(size_t n) {
  FieldSpec field;
  field.name = "field" + std::to_string(n);
  field.type = static_cast<FieldType>(*rc::gen::inRange(0, 11));
  field.unit = *rc::gen::element<std::string>("", "ns", "bytes");
  if (field.type == FieldType::kName) field.names = *rc::gen::arbitrary<std::vector<std::string>>();
  return field;
}

Schema RandomSchema() {
  Schema schema;
  const size_t kinds = *rc::gen::inRange<size_t>(1, 6);
  for (size_t i = 0; i < kinds; ++i) {
    KindSpec kind;
    kind.name = "kind" + std::to_string(i);
    kind.role = static_cast<DisplayRole>(*rc::gen::inRange(0, 5));
    const size_t fields = *rc::gen::inRange<size_t>(0, Schema::kFieldsMax + 1);
    for (size_t j = 0; j < fields; ++j) kind.fields.push_back(RandomField(j));
    schema.Add(kind);
  }
  return schema;
}

TraceRecord RandomRecord(const Schema& schema, uint64_t number) {
  TraceRecord record;
  record.number = number;
  record.kind = KindId{static_cast<uint16_t>(*rc::gen::inRange<size_t>(0, schema.size()))};
  record.time.ns = *rc::gen::arbitrary<int64_t>();
  record.host = HostId(*rc::gen::arbitrary<uint64_t>());
  record.state = *rc::gen::arbitrary<uint32_t>();
  for (const FieldSpec& field : schema.kind(record.kind).fields) {
    record.words.push_back(*rc::gen::arbitrary<uint64_t>());
    record.texts.push_back(field.type == FieldType::kText ? *rc::gen::arbitrary<std::string>()
                                                          : std::string());
  }
  return record;
}

void Write(TraceWriter& writer, const TraceRecord& record) {
  const std::vector<std::string_view> texts(record.texts.begin(), record.texts.end());
  writer.Add({.kind = record.kind,
              .time = record.time,
              .host = record.host,
              .state = record.state,
              .words = record.words,
              .texts = texts});
}

struct WholeTrace {
  Schema schema;
  std::vector<TraceRecord> records;
  uint64_t fingerprint = 0;
};

absl::StatusOr<WholeTrace> ReadAll(std::string_view bytes) {
  absl::StatusOr<TraceReader> reader = TraceReader::Open(bytes);
  if (!reader.ok()) return reader.status();
  WholeTrace trace{reader->schema(), {}, reader->fingerprint()};
  while (true) {
    absl::StatusOr<std::optional<TraceRecord>> record = reader->Next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) return trace;
    trace.records.push_back(**record);
  }
}

RC_GTEST_PROP(TraceReader, ReadsBackWhatWasWritten, ()) {
  const Schema schema = RandomSchema();
  const size_t records = *rc::gen::inRange<size_t>(0, 30);
  const uint64_t first = *rc::gen::inRange<uint64_t>(0, 1000);
  TraceWriter writer(schema, {.bytes_max = 0, .first_number = first});
  std::vector<TraceRecord> written;
  for (size_t i = 0; i < records; ++i) {
    written.push_back(RandomRecord(schema, first + i));
    Write(writer, written.back());
  }
  const absl::StatusOr<WholeTrace> trace = ReadAll(writer.Finish(77));
  RC_ASSERT(trace.ok());
  RC_ASSERT(trace->schema == schema);
  RC_ASSERT(trace->records == written);
  RC_ASSERT(trace->fingerprint == 77u);
}

RC_GTEST_PROP(TraceReader, ReadsTheNewestRecordsOfABoundedTrace, ()) {
  const Schema schema = RandomSchema();
  const size_t bytes_max = *rc::gen::inRange<size_t>(1, 4000);
  TraceWriter writer(schema, {.bytes_max = bytes_max, .first_number = 0});
  std::vector<TraceRecord> written;
  for (size_t i = 0; i < 60; ++i) {
    written.push_back(RandomRecord(schema, i));
    Write(writer, written.back());
  }
  const absl::StatusOr<WholeTrace> trace = ReadAll(writer.Finish(0));
  RC_ASSERT(trace.ok());
  RC_ASSERT(!trace->records.empty());
  const size_t kept = trace->records.size();
  RC_ASSERT(kept == 1 || writer.record_bytes() <= bytes_max);
  const std::vector<TraceRecord> newest(written.end() - static_cast<ptrdiff_t>(kept),
                                        written.end());
  RC_ASSERT(trace->records == newest);
}

// A small trace with every type of field, in several chunks.
std::string SampleTrace() {
  Schema schema;
  KindSpec kind{"all.types", DisplayRole::kPoint, {}};
  for (int type = 0; type < 11; ++type) {
    kind.fields.push_back({"f" + std::to_string(type), static_cast<FieldType>(type), "", {}});
  }
  schema.Add(kind);
  schema.Add({"no.fields", DisplayRole::kHidden, {}});
  TraceWriter writer(schema, {.bytes_max = 2000, .first_number = 0});
  for (int i = 0; i < 20; ++i) {
    TraceRecord record;
    record.kind = KindId{static_cast<uint16_t>(i % 2)};
    record.time.ns = i * 1000;
    for (size_t f = 0; f < schema.kind(record.kind).fields.size(); ++f) {
      record.words.push_back(f * 300);
      record.texts.push_back(f == 10 ? "text" : "");
    }
    Write(writer, record);
  }
  return writer.Finish(0x1234);
}

TEST(TraceReader, RefusesATraceCutAtAnyByte) {
  const std::string whole = SampleTrace();
  ASSERT_TRUE(ReadAll(whole).ok()) << ReadAll(whole).status();
  for (size_t length = 0; length < whole.size(); ++length) {
    const absl::StatusOr<WholeTrace> trace = ReadAll(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(trace.ok()) << "cut to " << length;
  }
}

TEST(TraceReader, RefusesATraceWithAnyBitFlipped) {
  const std::string whole = SampleTrace();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(ReadAll(flipped).ok()) << "bit " << bit;
  }
}

TEST(TraceReader, RefusesBytesAfterTheEnd) {
  EXPECT_EQ(ReadAll(SampleTrace() + "x").status().code(), absl::StatusCode::kDataLoss);
}

TEST(TraceReader, RefusesWhatIsNoTraceAndOtherVersions) {
  EXPECT_EQ(ReadAll("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadAll("{\"json\": 1}").status().code(), absl::StatusCode::kInvalidArgument);
  std::string newer = SampleTrace();
  newer[8] = 2;
  EXPECT_EQ(ReadAll(newer).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TraceReader, NamesTheDamagedByte) {
  const std::string whole = SampleTrace();
  const absl::Status status = ReadAll(whole.substr(0, whole.size() - 1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(std::string(status.message()).find("damaged at byte"), std::string::npos) << status;
}

// Writes the checksums anew, as somebody hostile would.
void Reseal(std::string& file) {
  size_t at = trace_format::kMagic.size() + sizeof trace_format::kVersion;
  while (at + trace_format::kChunkHeaderBytes <= file.size()) {
    const auto tag = static_cast<trace_format::ChunkTag>(file[at]);
    uint32_t length = 0;
    std::memcpy(&length, &file[at + 1], sizeof length);
    const std::string_view payload =
        std::string_view(file).substr(at + trace_format::kChunkHeaderBytes, length);
    const uint64_t checksum = trace_format::Checksum(tag, payload);
    std::memcpy(&file[at + 5], &checksum, sizeof checksum);
    at += trace_format::kChunkHeaderBytes + payload.size();
  }
}

RC_GTEST_PROP(TraceReader, SurvivesDamageUnderValidChecksums, ()) {
  std::string file = SampleTrace();
  const size_t changes = *rc::gen::inRange<size_t>(1, 5);
  for (size_t i = 0; i < changes; ++i) {
    const size_t at = *rc::gen::inRange<size_t>(0, file.size());
    file[at] = *rc::gen::element<char>('\0', '\1', '\x7f', '\x80', '\xff', 'a');
  }
  Reseal(file);
  const absl::StatusOr<WholeTrace> trace = ReadAll(file);  // Must return, whatever it says.
  if (trace.ok()) RC_ASSERT(trace->records.size() <= file.size());
}

// A file of chunks with valid checksums.
class FileBuilder {
 public:
  FileBuilder() {
    file_.Raw(trace_format::kMagic);
    file_.Fixed32(trace_format::kVersion);
  }
  void Append(trace_format::ChunkTag tag, const ByteWriter& payload) {
    file_.Fixed8(static_cast<uint8_t>(tag));
    file_.Fixed32(static_cast<uint32_t>(payload.size()));
    file_.Fixed64(trace_format::Checksum(tag, payload.view()));
    file_.Raw(payload.view());
  }
  std::string Error() const { return std::string(ReadAll(file_.view()).status().message()); }

 private:
  ByteWriter file_;
};

TEST(TraceReader, RefusesMoreRecordsThanTheBytesCanHold) {
  FileBuilder file;
  ByteWriter schema;
  schema.Varint(0);
  file.Append(trace_format::ChunkTag::kSchema, schema);
  ByteWriter records;
  records.Varint(0);
  records.Varint(UINT64_MAX / 2);
  records.Raw("0123456789");
  file.Append(trace_format::ChunkTag::kRecords, records);
  EXPECT_NE(file.Error().find("cannot hold"), std::string::npos) << file.Error();
}

// The schema of one kind with one field that has so many names.
std::string ErrorOfSchemaWithNames(size_t names) {
  FileBuilder file;
  ByteWriter schema;
  schema.Varint(1);
  schema.Bytes("kind");
  schema.Fixed8(0);
  schema.Varint(1);
  schema.Bytes("field");
  schema.Fixed8(static_cast<uint8_t>(FieldType::kName));
  schema.Bytes("");
  schema.Varint(names);
  for (size_t i = 0; i < names; ++i) schema.Bytes("");
  file.Append(trace_format::ChunkTag::kSchema, schema);
  ByteWriter end;
  end.Varint(0);
  end.Fixed64(0);
  file.Append(trace_format::ChunkTag::kEnd, end);
  return file.Error();
}

TEST(TraceReader, RefusesMoreNamesThanTheBound) {
  EXPECT_EQ(ErrorOfSchemaWithNames(trace_format::kNamesMax), "");
  EXPECT_NE(ErrorOfSchemaWithNames(trace_format::kNamesMax + 1).find("kind 0"), std::string::npos);
}

TEST(TraceWriter, CutsLongTextsAndKeepsTheirHash) {
  Schema schema;
  schema.Add({"text", DisplayRole::kHidden, {{"t", FieldType::kText, "", {}}}});
  TraceWriter writer(schema, {});
  TraceRecord record;
  record.words = {99};
  record.texts = {std::string(trace_format::kTextBytesMax + 5, 'x')};
  Write(writer, record);
  const absl::StatusOr<WholeTrace> trace = ReadAll(writer.Finish(0));
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->records[0].texts[0].size(), trace_format::kTextBytesMax);
  EXPECT_EQ(trace->records[0].words[0], 99u);
}

}  // namespace
}  // namespace ww
