#include "raft/core/metadata.h"

#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww::raft {

Entry MetadataOf(const Entry& entry) {
  CHECK(entry.type != EntryType::kMetadata);
  if (entry.type == EntryType::kMembership) return entry;
  ByteWriter out;
  out.Fixed8(static_cast<uint8_t>(entry.type));
  out.Fixed64(entry.payload.digest());
  return Entry{entry.term, EntryType::kMetadata, Payload::Copy(out.view())};
}

std::optional<Metadata> DecodeMetadata(std::string_view payload) {
  ByteReader in(payload);
  const uint8_t type = in.Fixed8();
  const uint64_t digest = in.Fixed64();
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  if (type > static_cast<uint8_t>(EntryType::kCommand)) return std::nullopt;
  return Metadata{static_cast<EntryType>(type), digest};
}

}  // namespace ww::raft
