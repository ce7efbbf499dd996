// The words of consensus: term, index, entry, membership, role, persistent state.
//
// Shapes only, no behaviour. Everything here is a value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/payload.h"
#include "sim/base/time.h"

namespace ww::raft {

using Term = Tagged<struct RaftTermTag>;    // 0 before the first election.
using Index = Tagged<struct RaftIndexTag>;  // The first entry has index 1; 0 is before the log.

enum class EntryType : uint8_t {
  kEmpty,    // The entry that a new leader appends (Raft 6.4); no payload.
  kCommand,  // For the state machine.
};

// One log record. Its index is its place in the log that holds it.
struct Entry {
  Term term;
  EntryType type = EntryType::kEmpty;
  Payload payload;
};

// An entry's place and term: what two logs compare.
struct LogPosition {
  Index index;
  Term term;
  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

// The voters of a shard, ordered by replica id, with the host each lives on.
struct Member {
  ReplicaId replica;
  HostId host;
  friend bool operator==(const Member&, const Member&) = default;
};
struct Membership {
  std::vector<Member> voters;  // 1 to kVotersMax, sorted by replica id, no duplicates.
  friend bool operator==(const Membership&, const Membership&) = default;
};
inline constexpr size_t kVotersMax = 7;

// What must be durable before anybody hears of it (Raft 3.8, figure 3.1).
struct HardState {
  Term term;
  ReplicaId vote;  // None: not voted in this term.
  friend bool operator==(const HardState&, const HardState&) = default;
};

enum class Role : uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };

}  // namespace ww::raft
