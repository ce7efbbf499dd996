// Decisions: what a controller that sees this wants done next. Pure: state and view in, one wish
// out.
//
// Every wish is idempotent: whoever asks again with what has become of it gets the next one. An
// effect that is there already, whoever brought it about, is wanted recorded and not repeated; so a
// controller may die, or lose an answer, between any two wishes. All changes of a membership expect
// the change index of the view, so of two that were decided on one view only one has an effect.
//
// Never wanted: fewer voters than the shard is meant to have, or more than one above; a change that
// has or leaves no quorum of live, caught-up voters; a promotion
// without a read through the replica in its present life; a deletion before the promotion was
// recorded; a stop before most voters know of the removal; a removal of data before the stop.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "raft/core/membership.h"
#include "raft/meta/commands.h"
#include "raft/meta/limits.h"
#include "raft/meta/state.h"
#include "raft/meta/view.h"

namespace ww::raft::meta {

// Ask the metadata shard, with a stamp.
struct Submit {
  ControllerAction action;
  friend bool operator==(const Submit&, const Submit&) = default;
};
// Ask the shard's leader.
struct ChangeMembers {
  ChangeRequest change;
  friend bool operator==(const ChangeMembers&, const ChangeMembers&) = default;
};
struct HandOver {
  ReplicaId from;
  ReplicaId to;
  friend bool operator==(const HandOver&, const HandOver&) = default;
};
// Ask a host. With members: a founder; without: it joins, and these hosts know of the shard.
struct StartOn {
  ReplicaId replica;
  HostId host;
  DiskId disk;
  std::vector<Member> members{};
  std::vector<HostId> ask{};  // Sorted.
  friend bool operator==(const StartOn&, const StartOn&) = default;
};
struct ReadThrough {
  ReplicaId replica;
  HostId host;
  friend bool operator==(const ReadThrough&, const ReadThrough&) = default;
};
struct StopOn {
  ReplicaId replica;
  HostId host;
  friend bool operator==(const StopOn&, const StopOn&) = default;
};
struct RemoveDataOn {
  ReplicaId replica;
  HostId host;
  friend bool operator==(const RemoveDataOn&, const RemoveDataOn&) = default;
};

enum class WaitReason : uint8_t {
  kNothingToDo,
  kNotBegun,         // The migration waits for its turn.
  kNoLeader,         // Nobody is known to lead the shard.
  kJoint,            // The membership is being left.
  kHostSilent,       // A host that could go on did not answer.
  kDiskUnknown,      // The target has not reported its disk.
  kNotApplied,       // The new replica has not applied what it read.
  kLagging,          // It is too far behind the commit.
  kStaleView,        // The view is older than the state.
  kTooFewVoters,     // Deleting one would leave fewer than wanted.
  kNoLiveQuorum,     // Too few live voters that have caught up, before the change or after it.
  kNobodyTakesOver,  // No healthy voter was willing to lead.
  kRemovalNotKnown,  // Too few voters know that the replica was deleted.
  kTooFewHosts,      // For a new shard.
};
struct Wait {
  WaitReason why = WaitReason::kNothingToDo;
  friend bool operator==(const Wait&, const Wait&) = default;
};

using Wanted =
    std::variant<Submit, ChangeMembers, HandOver, StartOn, ReadThrough, StopOn, RemoveDataOn, Wait>;
const char* NameOf(const Wanted& wanted);
const char* NameOf(WaitReason reason);

// Which waiting migration begins now; nothing when none may.
std::optional<MigrationId> NextToBegin(const State& state, const Limits& limits);
// Of a migration that is in the state. `proposed`: an id in case one is needed, with random ids.
Wanted Next(const State& state, const Migration& migration, const ShardView& view,
            const Limits& limits, ReplicaId proposed = {});
// Of a replica whose cleanup is owed.
Wanted NextCleanup(const State& state, const OwedCleanup& owed, const ShardView& view);
// Of a shard that was requested or placed. `proposed`: as many ids, with random ids.
Wanted NextFounding(const State& state, const ShardRecord& shard, const ShardView& view,
                    const std::vector<ReplicaId>& proposed = {});
// Of a live shard without a migration: members and replicas that nobody has recorded, as late
// commands of earlier controllers may leave them, are deleted and owed; a member that its own host
// has fenced, or that it knows nothing of, is rebuilt elsewhere.
Wanted Tidy(const State& state, const ShardRecord& shard, const ShardView& view);

}  // namespace ww::raft::meta
