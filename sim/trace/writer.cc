#include "sim/trace/writer.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/trace/format.h"

namespace ww {
namespace {

using trace_format::ChunkTag;

// A bounded trace drops a chunk at a time, so its chunks are a small part of the bound.
size_t ChunkBytes(size_t bytes_max) {
  if (bytes_max == 0) return trace_format::kChunkBytesUsual;
  return std::min(trace_format::kChunkBytesUsual, bytes_max / 16);
}

void AppendChunk(ByteWriter& out, ChunkTag tag, std::string_view payload) {
  CHECK_LE(payload.size(), UINT32_MAX);
  out.Fixed8(static_cast<uint8_t>(tag));
  out.Fixed32(static_cast<uint32_t>(payload.size()));
  out.Fixed64(trace_format::Checksum(tag, payload));
  out.Raw(payload);
}

void EncodeField(ByteWriter& out, const FieldSpec& field) {
  CHECK_LE(field.names.size(), trace_format::kNamesMax);
  CHECK_LE(field.name.size(), trace_format::kNameBytesMax);
  out.Bytes(field.name);
  out.Fixed8(static_cast<uint8_t>(field.type));
  out.Bytes(field.unit);
  out.Varint(field.names.size());
  for (const std::string& name : field.names) out.Bytes(name);
}

std::string EncodeSchema(const Schema& schema) {
  ByteWriter out;
  out.Varint(schema.size());
  for (size_t i = 0; i < schema.size(); ++i) {
    const KindSpec& kind = schema.kind(KindId{static_cast<uint16_t>(i)});
    out.Bytes(kind.name);
    out.Fixed8(static_cast<uint8_t>(kind.role));
    out.Varint(kind.fields.size());
    for (const FieldSpec& field : kind.fields) EncodeField(out, field);
  }
  return out.Take();
}

}  // namespace

TraceWriter::TraceWriter(const Schema& schema, const Options& options)
    : schema_(schema),
      bytes_max_(options.bytes_max),
      chunk_bytes_(ChunkBytes(options.bytes_max)),
      next_number_(options.first_number) {
  open_.first_number = next_number_;
}

void TraceWriter::Add(const Record& record) {
  const KindSpec& kind = schema_.kind(record.kind);
  CHECK(record.words.size() == kind.fields.size(), "{}: recorded with {} fields, declared with {}",
        kind.name, record.words.size(), kind.fields.size());
  CHECK_EQ(record.texts.size(), kind.fields.size());
  if (open_.bytes.size() >= chunk_bytes_ && open_.records > 0) SealOpenChunk();
  open_.bytes.Varint(record.kind.value);
  // Unsigned arithmetic: any two times have a difference.
  open_.bytes.Varint(trace_format::ZigZag(static_cast<int64_t>(
      static_cast<uint64_t>(record.time.ns) - static_cast<uint64_t>(previous_ns_))));
  open_.bytes.Varint(record.host.value);
  open_.bytes.Fixed32(record.state);
  for (size_t i = 0; i < record.words.size(); ++i) {
    AddField(kind.fields[i].type, record.words[i], record.texts[i]);
  }
  previous_ns_ = record.time.ns;
  ++open_.records;
  ++next_number_;
  DropOldest();
}

void TraceWriter::AddField(FieldType type, uint64_t word, std::string_view text) {
  switch (trace_format::CodingOf(type)) {
    case trace_format::WordCoding::kVarint:
      open_.bytes.Varint(word);
      return;
    case trace_format::WordCoding::kZigZag:
      open_.bytes.Varint(trace_format::ZigZag(static_cast<int64_t>(word)));
      return;
    case trace_format::WordCoding::kFixed:
      open_.bytes.Fixed64(word);
      return;
    case trace_format::WordCoding::kText:
      // The word is stored too: it is the hash of the whole text, of which the trace may hold only
      // the beginning.
      open_.bytes.Fixed64(word);
      open_.bytes.Bytes(text.substr(0, trace_format::kTextBytesMax));
      return;
  }
  UNREACHABLE();
}

void TraceWriter::SealOpenChunk() {
  sealed_bytes_ += open_.bytes.size();
  sealed_.push_back(std::move(open_));
  open_ = Chunk{.first_number = next_number_, .records = 0, .bytes = {}};
  previous_ns_ = 0;
}

void TraceWriter::DropOldest() {
  if (bytes_max_ == 0) return;
  while (!sealed_.empty() && record_bytes() > bytes_max_) {
    sealed_bytes_ -= sealed_.front().bytes.size();
    sealed_.pop_front();
  }
}

std::string TraceWriter::Finish(uint64_t fingerprint) const {
  ByteWriter out;
  out.Raw(trace_format::kMagic);
  out.Fixed32(trace_format::kVersion);
  AppendChunk(out, ChunkTag::kSchema, EncodeSchema(schema_));
  const auto append = [&out](const Chunk& chunk) {
    ByteWriter payload;
    payload.Varint(chunk.first_number);
    payload.Varint(chunk.records);
    payload.Raw(chunk.bytes.view());
    AppendChunk(out, ChunkTag::kRecords, payload.view());
  };
  for (const Chunk& chunk : sealed_) append(chunk);
  if (open_.records > 0) append(open_);
  ByteWriter end;
  end.Varint(next_number_);
  end.Fixed64(fingerprint);
  AppendChunk(out, ChunkTag::kEnd, end.view());
  return out.Take();
}

}  // namespace ww
