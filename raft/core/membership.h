// Membership changes: what may be changed in the membership of a shard, what comes of it, and why
// not. Pure functions of values.
//
// A change is a single step (add or delete one member; adding a non-voting member as a voter at the
// same target promotes it), or enters a joint membership (Raft 4.3) with several at once, or leaves
// it. Refusals are values, each with a reason of its own. What depends on the state of a leader (is
// another change pending, is anybody caught up) is judged by the leader with the same reasons.
//
// Invariants (Defect): a membership has a voter, at most kVotersMax voters and witnesses in either
// half, no id, host or target twice, no member that was removed. Removed ids only grow. Every
// quorum before a change meets every quorum after it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/core/rules.h"
#include "raft/core/types.h"

namespace ww::raft {

// --- Looking ---

inline bool IsJoint(const Membership& membership) { return !membership.outgoing_voters.empty(); }
bool IsRemoved(const Membership& membership, ReplicaId replica);
// In any role, in either half; null when it is no member. Borrowed from `membership`.
const Member* FindMember(const Membership& membership, ReplicaId replica);
// A member of both halves has its role in the incoming one.
std::optional<MemberRole> RoleOf(const Membership& membership, ReplicaId replica);
// Everybody once, sorted by replica id: those of both halves, and the non-voting.
std::vector<Member> MembersOf(const Membership& membership);
// Whether two targets reach the same host: blanks around them and letter case do not count.
bool SameTarget(std::string_view a, std::string_view b);
// What is wrong with a membership; empty when it is a valid one. With `rules` that do not refuse
// replica id 0 a member may have it.
std::string_view Defect(const Membership& membership, const Rules& rules = {});
// The membership that a shard starts with. Requires: valid.
Membership InitialMembership(std::vector<Member> voters);

// --- Changing ---

struct AddMember {
  MemberRole role = MemberRole::kVoter;
  Member member;
  friend bool operator==(const AddMember&, const AddMember&) = default;
};
struct DeleteMember {
  ReplicaId replica;
  friend bool operator==(const DeleteMember&, const DeleteMember&) = default;
};
using MemberChange = std::variant<AddMember, DeleteMember>;
struct EnterJoint {
  std::vector<MemberChange> changes;
  friend bool operator==(const EnterJoint&, const EnterJoint&) = default;
};
struct LeaveJoint {
  friend bool operator==(const LeaveJoint&, const LeaveJoint&) = default;
};
inline constexpr size_t kJointChangesMax = 14;

struct ChangeRequest {
  std::variant<AddMember, DeleteMember, EnterJoint, LeaveJoint> what;
  // The change index that the caller decided on: refused unless it is still current.
  std::optional<Index> expected = {};
  friend bool operator==(const ChangeRequest&, const ChangeRequest&) = default;
};

enum class ChangeRefusal : uint8_t {
  kZeroReplicaId,
  kZeroHostId,
  kBadTarget,           // Blank, or longer than kTargetBytesMax.
  kRemovedId,           // The id was removed once; ids are never used again.
  kDuplicateId,         // The id has that role already, or stands in a request twice.
  kDuplicateTarget,     // Another member has the target.
  kDuplicateHost,       // Another member is on the host.
  kPromotionElsewhere,  // A non-voting member can only become a voter where it is.
  kDemotion,            // Voters do not become non-voting.
  kWitnessConversion,   // Witnesses are born, and stay.
  kNoVoterLeft,         // The result would have no voter.
  kNotAMember,          // Only members are deleted.
  kTooManyVoters,
  kTooManyMembers,
  kNothingToDo,  // A joint request without changes.
  kTooManyChanges,
  kWhileJoint,        // Leaving is the only change of a joint membership.
  kNotJoint,          // Nothing to leave.
  kStaleChangeIndex,  // The membership has changed since the caller looked.
  // Judged by the leader.
  kChangePending,     // An earlier change has not been applied yet.
  kTermNotCommitted,  // No entry of the leader's own term is committed yet (Raft 4.1).
  kNotCaughtUp,       // The replica to promote lags.
  kLeaderLeaves,      // Of the rest only witnesses may hold everything: hand over first.
  kHandingOver,       // The leadership is being transferred.
  kNoLiveQuorum,      // Live, caught-up voters would be no quorum, now or afterwards.
};
inline constexpr size_t kChangeRefusals = static_cast<size_t>(ChangeRefusal::kNoLiveQuorum) + 1;
const char* NameOf(ChangeRefusal refusal);

using ChangeOutcome = std::variant<Membership, ChangeRefusal>;

// What `change` makes of `membership` when it is the entry at index `at`. The first membership of
// all may be the result of adding voters to an empty one. Of the rules those count that speak of
// the membership alone.
ChangeOutcome Apply(const Membership& membership, const ChangeRequest& change, Index at,
                    const Rules& rules = {});

}  // namespace ww::raft
