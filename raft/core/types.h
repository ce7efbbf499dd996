// The words of consensus: term, index, entry, membership, role, persistent state.
//
// Shapes only, no behaviour. Everything here is a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/payload.h"
#include "sim/base/time.h"

namespace ww::raft {

using Term = Tagged<struct RaftTermTag>;    // 0 before the first election.
using Index = Tagged<struct RaftIndexTag>;  // The first entry has index 1; 0 is before the log.

enum class EntryType : uint8_t {
  kEmpty,       // The entry that a new leader appends (Raft 6.4); no payload.
  kCommand,     // For the state machine.
  kMembership,  // A change of membership (membership_codec.h); it counts once applied.
  kMetadata,    // What a witness keeps of any other entry (metadata.h).
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

// What a member is. A voter votes, counts and may lead. A non-voting replica receives everything
// and counts for nothing. A witness votes and counts, keeps the metadata of entries only, and never
// leads.
enum class MemberRole : uint8_t { kVoter, kNonVoting, kWitness };

// A replica id is bound to one host (and its disk) for ever. The target is how the host is reached;
// blanks around it and letter case make no difference.
struct Member {
  ReplicaId replica;
  HostId host;
  std::string target = {};
  friend bool operator==(const Member&, const Member&) = default;
};

// Who belongs to a shard (membership.h has the rules). Every list is sorted by replica id and holds
// no id twice. While joint (Raft 4.3) the outgoing lists hold the voters and witnesses before the
// change, and decisions need a quorum of both halves. Without any voter it is the membership that a
// joining replica starts with: it knows nobody.
struct Membership {
  std::vector<Member> voters;
  std::vector<Member> non_voting = {};
  std::vector<Member> witnesses = {};
  std::vector<Member> outgoing_voters = {};  // Not empty: joint.
  std::vector<Member> outgoing_witnesses = {};
  std::vector<ReplicaId> removed = {};  // For ever: no id comes back.
  Index change_index = {};              // Of the entry that brought it about; 0: the initial one.
  friend bool operator==(const Membership&, const Membership&) = default;
};
inline constexpr size_t kVotersMax = 7;  // Voters and witnesses together, of either half.
inline constexpr size_t kMembersMax = 21;
inline constexpr size_t kTargetBytesMax = 255;

// What must be durable before anybody hears of it (Raft 3.8, figure 3.1).
struct HardState {
  Term term;
  ReplicaId vote;  // None: not voted in this term.
  friend bool operator==(const HardState&, const HardState&) = default;
};

// Names one batch of reads of one replica: never used again by it, over restarts of its process
// too, so that a late answer is never taken for that of a later read. 0 is none.
using ReadContext = Tagged<struct ReadContextTag>;

enum class Role : uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };

}  // namespace ww::raft
