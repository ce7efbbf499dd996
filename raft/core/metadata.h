// Metadata: what a witness keeps of an entry instead of its payload. It votes and counts by where
// entries stand and of which term they are; what they say it never needs.
//
// The digest stays, so that logs with and without payloads can be compared. Changes of membership
// are kept whole: a witness has to know who belongs to the shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "raft/core/types.h"

namespace ww::raft {

struct Metadata {
  EntryType type = EntryType::kEmpty;  // Of the entry that it stands for.
  uint64_t digest = 0;                 // Of that entry's payload.
};

// What a leader sends of an entry to a witness.
Entry MetadataOf(const Entry& entry);
// Of the payload of an entry of EntryType::kMetadata; nothing when the bytes are none.
std::optional<Metadata> DecodeMetadata(std::string_view payload);

}  // namespace ww::raft
