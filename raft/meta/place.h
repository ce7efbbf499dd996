// Place: whose an initial member's place is, by the metadata.
//
// A configured shard is in the metadata before it exists, and each of its places belongs to the
// first disk that its host reported: for ever, also when everybody who was there has moved away and
// lost the disk. So the metadata can tell a new shard from one that a wiped disk would found again.
#pragma once

#include "raft/meta/state.h"

namespace ww::raft::meta {

enum class PlaceOwner : uint8_t {
  kUnknown,    // The shard, or the disk of the place, is not recorded yet.
  kAsker,      // It may take part: no other disk ever may.
  kOtherDisk,  // What the identity promised is on another disk, or nowhere.
  kNobody,     // It is no member any more.
};

struct AskedPlace {
  ReplicaOfShard who;
  HostId host;
  DiskId disk;
};

PlaceOwner OwnerOf(const State& state, const AskedPlace& place);

}  // namespace ww::raft::meta
