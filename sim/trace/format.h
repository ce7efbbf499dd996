// The constants of the trace format, shared by writer and reader. README.md describes the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/trace/schema.h"

namespace ww::trace_format {

inline constexpr std::string_view kMagic = "WWTRACE\n";
inline constexpr uint32_t kVersion = 1;

// What a chunk holds. A file is one schema, any number of record chunks and one end.
enum class ChunkTag : uint8_t { kSchema = 1, kRecords = 2, kEnd = 3 };

// Tag (1 byte), payload length (4), checksum of the payload (8).
inline constexpr size_t kChunkHeaderBytes = 13;
inline constexpr size_t kChunkBytesUsual = 64 * 1024;
inline constexpr size_t kTextBytesMax = 64 * 1024;  // Of a text field; what is longer is cut.
inline constexpr size_t kNameBytesMax = 1024;       // Of every string of a schema.
inline constexpr size_t kNamesMax = 4096;           // Of one field.

// The tag seeds the checksum, so a chunk cannot pass for one of another tag.
inline uint64_t Checksum(ChunkTag tag, std::string_view payload) {
  return HashBytes(payload, static_cast<uint64_t>(tag));
}

// Small numbers of both signs become small unsigned numbers.
constexpr uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ (v < 0 ? ~uint64_t{0} : 0);
}
constexpr int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

// How a field's word is stored.
enum class WordCoding : uint8_t { kVarint, kZigZag, kFixed, kText };
constexpr WordCoding CodingOf(FieldType type) {
  switch (type) {
    case FieldType::kSigned:
    case FieldType::kDuration:
      return WordCoding::kZigZag;
    case FieldType::kDigest:
      return WordCoding::kFixed;
    case FieldType::kText:
      return WordCoding::kText;
    case FieldType::kNumber:
    case FieldType::kHost:
    case FieldType::kShard:
    case FieldType::kReplica:
    case FieldType::kClient:
    case FieldType::kFlag:
    case FieldType::kName:
      return WordCoding::kVarint;
  }
  return WordCoding::kVarint;
}

}  // namespace ww::trace_format
