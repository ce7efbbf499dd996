#include "sim/trace/reader.h"

#include <fmt/format.h>

#include <utility>

#include "sim/base/check.h"
#include "sim/trace/format.h"

namespace ww {
namespace {

using trace_format::ChunkTag;

constexpr uint8_t kFieldTypeLast = static_cast<uint8_t>(FieldType::kText);
constexpr uint8_t kDisplayRoleLast = static_cast<uint8_t>(DisplayRole::kArrowEnd);
// Kind, time and host take at least a byte each, the state takes four.
constexpr uint64_t kRecordBytesMin = 7;

absl::Status Damaged(size_t offset, std::string_view what) {
  return absl::DataLossError(fmt::format("trace is damaged at byte {}: {}", offset, what));
}

struct FramedChunk {
  ChunkTag tag = ChunkTag::kEnd;
  size_t offset = 0;  // Of the payload.
  std::string_view payload;
};

absl::StatusOr<FramedChunk> ReadChunk(ByteReader& in) {
  const size_t start = in.offset();
  const uint8_t tag = in.Fixed8();
  const uint32_t length = in.Fixed32();
  const uint64_t checksum = in.Fixed64();
  if (!in.ok()) return Damaged(start, "it ends inside a chunk header");
  if (tag < static_cast<uint8_t>(ChunkTag::kSchema) || tag > static_cast<uint8_t>(ChunkTag::kEnd)) {
    return Damaged(start, fmt::format("chunk tag {} is none of 1, 2, 3", tag));
  }
  if (length > in.remaining()) {
    return Damaged(start, fmt::format("a chunk of {} bytes has only {}", length, in.remaining()));
  }
  FramedChunk chunk{static_cast<ChunkTag>(tag), in.offset(), in.Raw(length)};
  if (trace_format::Checksum(chunk.tag, chunk.payload) != checksum) {
    return Damaged(start, "the checksum of a chunk does not match");
  }
  return chunk;
}

// A name, or nothing when it is too long.
std::optional<std::string> ReadName(ByteReader& in) {
  const std::string_view name = in.Bytes();
  if (name.size() > trace_format::kNameBytesMax) return std::nullopt;
  return std::string(name);
}

std::optional<FieldSpec> ReadField(ByteReader& in) {
  std::optional<std::string> name = ReadName(in);
  const uint8_t type = in.Fixed8();
  std::optional<std::string> unit = ReadName(in);
  const uint64_t names = in.Varint();
  if (!in.ok() || !name.has_value() || !unit.has_value()) return std::nullopt;
  if (type > kFieldTypeLast || names > trace_format::kNamesMax) return std::nullopt;
  FieldSpec field{std::move(*name), static_cast<FieldType>(type), std::move(*unit), {}};
  for (uint64_t i = 0; i < names && in.ok(); ++i) {
    std::optional<std::string> value = ReadName(in);
    if (!value.has_value()) return std::nullopt;
    field.names.push_back(std::move(*value));
  }
  return field;
}

std::optional<KindSpec> ReadKind(ByteReader& in) {
  std::optional<std::string> name = ReadName(in);
  const uint8_t role = in.Fixed8();
  const uint64_t fields = in.Varint();
  if (!in.ok() || !name.has_value() || name->empty()) return std::nullopt;
  if (role > kDisplayRoleLast || fields > Schema::kFieldsMax) return std::nullopt;
  KindSpec kind{std::move(*name), static_cast<DisplayRole>(role), {}};
  for (uint64_t i = 0; i < fields && in.ok(); ++i) {
    std::optional<FieldSpec> field = ReadField(in);
    if (!field.has_value()) return std::nullopt;
    kind.fields.push_back(std::move(*field));
  }
  return in.ok() ? std::optional(std::move(kind)) : std::nullopt;
}

uint64_t ReadWord(ByteReader& in, FieldType type) {
  switch (trace_format::CodingOf(type)) {
    case trace_format::WordCoding::kVarint:
      return in.Varint();
    case trace_format::WordCoding::kZigZag:
      return static_cast<uint64_t>(trace_format::UnZigZag(in.Varint()));
    case trace_format::WordCoding::kFixed:
    case trace_format::WordCoding::kText:
      return in.Fixed64();
  }
  UNREACHABLE();
}

}  // namespace

absl::StatusOr<TraceReader> TraceReader::Open(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Raw(trace_format::kMagic.size()) != trace_format::kMagic) {
    return absl::InvalidArgumentError("not a trace: it does not begin with \"WWTRACE\"");
  }
  const uint32_t version = in.Fixed32();
  if (!in.ok()) return Damaged(in.offset(), "it ends inside the version");
  if (version != trace_format::kVersion) {
    return absl::InvalidArgumentError(
        fmt::format("a trace of format version {}, expected {}", version, trace_format::kVersion));
  }
  TraceReader reader;
  const absl::Status framing = reader.ReadFraming(bytes);
  if (!framing.ok()) return framing;
  return reader;
}

absl::Status TraceReader::ReadFraming(std::string_view bytes) {
  ByteReader in(bytes);
  in.Raw(trace_format::kMagic.size() + sizeof trace_format::kVersion);
  absl::StatusOr<FramedChunk> chunk = ReadChunk(in);
  if (!chunk.ok()) return chunk.status();
  if (chunk->tag != ChunkTag::kSchema) return Damaged(chunk->offset, "it has no schema");
  absl::Status status = ReadSchema(chunk->payload, chunk->offset);
  while (status.ok()) {
    chunk = ReadChunk(in);
    if (!chunk.ok()) return chunk.status();
    switch (chunk->tag) {
      case ChunkTag::kSchema:
        return Damaged(chunk->offset, "it has a second schema");
      case ChunkTag::kRecords:
        status = ReadRecordsHeader(chunk->payload, chunk->offset);
        break;
      case ChunkTag::kEnd:
        if (in.remaining() > 0) return Damaged(in.offset(), "bytes follow its end");
        return ReadEnd(chunk->payload, chunk->offset);
    }
  }
  return status;
}

absl::Status TraceReader::ReadSchema(std::string_view payload, size_t offset) {
  ByteReader in(payload);
  const uint64_t kinds = in.Varint();
  if (kinds > Schema::kKindsMax) return Damaged(offset, "its schema has too many kinds");
  for (uint64_t i = 0; i < kinds; ++i) {
    const size_t start = in.offset();
    std::optional<KindSpec> kind = ReadKind(in);
    if (!kind.has_value()) {
      return Damaged(offset + start, fmt::format("kind {} of its schema is malformed", i));
    }
    if (schema_.Find(kind->name) != nullptr) {
      return Damaged(offset + start, fmt::format("kind {} of its schema is there twice", i));
    }
    schema_.Add(std::move(*kind));
  }
  if (!in.ok() || in.remaining() > 0) return Damaged(offset, "its schema is malformed");
  return absl::OkStatus();
}

absl::Status TraceReader::ReadRecordsHeader(std::string_view payload, size_t offset) {
  ByteReader in(payload);
  Chunk chunk{.offset = offset, .first_number = in.Varint(), .records = 0, .bytes = {}};
  chunk.records = in.Varint();
  if (!in.ok()) return Damaged(offset, "a chunk ends inside its counts");
  chunk.offset += in.offset();
  if (chunk.records == 0 || chunk.records > in.remaining() / kRecordBytesMin) {
    return Damaged(offset, fmt::format("a chunk of {} bytes cannot hold {} records", in.remaining(),
                                       chunk.records));
  }
  if (chunk.first_number > UINT64_MAX - chunk.records) {
    return Damaged(offset, "record numbers are out of range");
  }
  if (chunks_.empty()) {
    first_number_ = chunk.first_number;
  } else if (chunk.first_number != end_number_) {
    return Damaged(offset,
                   fmt::format("record {} follows, expected {}", chunk.first_number, end_number_));
  }
  chunk.bytes = in.Raw(in.remaining());
  end_number_ = chunk.first_number + chunk.records;
  chunks_.push_back(chunk);
  return absl::OkStatus();
}

absl::Status TraceReader::ReadEnd(std::string_view payload, size_t offset) {
  ByteReader in(payload);
  const uint64_t end = in.Varint();
  fingerprint_ = in.Fixed64();
  if (!in.ok() || in.remaining() > 0) return Damaged(offset, "its end is malformed");
  if (chunks_.empty()) first_number_ = end_number_ = end;
  if (end != end_number_) {
    return Damaged(offset, fmt::format("it ends at record {}, expected {}", end_number_, end));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<TraceRecord>> TraceReader::Next() {
  if (chunk_ == chunks_.size()) return std::nullopt;
  const Chunk& chunk = chunks_[chunk_];
  if (read_in_chunk_ == 0) {
    at_ = ByteReader(chunk.bytes);
    previous_ns_ = 0;
  }
  absl::StatusOr<TraceRecord> record = ReadRecord(chunk);
  if (!record.ok()) return record.status();
  if (++read_in_chunk_ == chunk.records) {
    if (at_.remaining() > 0) {
      return Damaged(chunk.offset + at_.offset(), "bytes follow the last record of a chunk");
    }
    ++chunk_;
    read_in_chunk_ = 0;
  }
  return std::optional(*std::move(record));
}

absl::StatusOr<TraceRecord> TraceReader::ReadRecord(const Chunk& chunk) {
  const size_t start = chunk.offset + at_.offset();
  TraceRecord record;
  record.number = chunk.first_number + read_in_chunk_;
  const uint64_t kind = at_.Varint();
  const uint64_t step = static_cast<uint64_t>(trace_format::UnZigZag(at_.Varint()));
  record.time.ns = static_cast<int64_t>(static_cast<uint64_t>(previous_ns_) + step);
  record.host = HostId(at_.Varint());
  record.state = at_.Fixed32();
  if (!at_.ok()) return Damaged(start, fmt::format("record {} is cut off", record.number));
  if (kind >= schema_.size()) {
    return Damaged(
        start, fmt::format("record {} is of kind {} of {}", record.number, kind, schema_.size()));
  }
  record.kind = KindId{static_cast<uint16_t>(kind)};
  const std::vector<FieldSpec>& fields = schema_.kind(record.kind).fields;
  record.texts.resize(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    record.words.push_back(ReadWord(at_, fields[i].type));
    if (fields[i].type == FieldType::kText) record.texts[i] = std::string(at_.Bytes());
  }
  if (!at_.ok()) return Damaged(start, fmt::format("record {} is cut off", record.number));
  previous_ns_ = record.time.ns;
  return record;
}

}  // namespace ww
