#include "raft/meta/decide.h"

#include <algorithm>
#include <utility>

#include "raft/meta/repair.h"
#include "raft/meta/seeing.h"
#include "raft/meta/steps.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

// One move of a migration, as it stands and as it looks.
struct Sight {
  const State& state;
  const Migration& migration;
  const Move& move;
  uint32_t at;  // Index of the move.
  const ShardRecord& shard;
  const ShardView& view;
  const Limits& limits;
  ReplicaId proposed;
  const LeaderView* leader;  // Null: nobody is known to lead.
};

Wanted Record(const Sight& sight, MoveStep step) {
  return Submit{RecordStep{sight.migration.id, sight.at, step}};
}
Wanted Abort(const Sight& sight, AbortReason reason) {
  return Submit{AbortMigration{sight.migration.id, reason}};
}
Wanted Because(WaitReason reason) { return Wait{reason}; }

// Requires: a leader.
Wanted Offer(const Sight& sight, decltype(ChangeRequest::what) what) {
  return Propose(*sight.leader, sight.view, sight.limits.lag_max, std::move(what));
}

// --- The target ---

Member TargetMember(const Sight& sight) {
  return Member{sight.move.new_replica, sight.move.target,
                sight.state.hosts.Get(sight.move.target).target};
}

// The target will not do any more. Its recorded death counts, not mere silence.
bool TargetLost(const Sight& sight) {
  const HostRecord& host = sight.state.hosts.Get(sight.move.target);
  if (!TakesReplicas(host)) return true;
  const Placement* placement = PlacementOf(sight.shard, sight.move.new_replica);
  if (placement == nullptr) return false;
  const HostView* seen = AnswerOf(sight.view, sight.move.target);
  return host.disk != placement->disk || (seen != nullptr && seen->disk != placement->disk);
}

Wanted StartTarget(const Sight& sight) {
  StartOn start{sight.move.new_replica, sight.move.target,
                PlacementOf(sight.shard, sight.move.new_replica)->disk};
  for (const Placement& placement : sight.shard.placements) {
    if (placement.host != sight.move.target) start.ask.push_back(placement.host);
  }
  std::sort(start.ask.begin(), start.ask.end());
  return start;
}

// Data of an earlier replica of the shard is in the way, a zombie's or one whose cleanup is owed.
std::optional<Wanted> ClearTarget(const Sight& sight, const HostView& seen) {
  const ReplicaId fresh = sight.move.new_replica;
  if (!seen.live.none() && seen.live != fresh) {
    return StopOrWait(sight.shard, sight.view, seen.live, seen.host);
  }
  for (const ReplicaId other : seen.recorded) {
    if (other == fresh || Contains(seen.tombstones, other)) continue;
    return RemoveDataOn{other, seen.host};
  }
  return std::nullopt;
}

// What is still to be done until the new replica runs; nothing when it does.
std::optional<Wanted> UntilRunning(const Sight& sight) {
  const HostView* seen = AnswerOf(sight.view, sight.move.target);
  if (seen == nullptr) return Because(WaitReason::kHostSilent);
  if (Contains(seen->tombstones, sight.move.new_replica)) {
    return Abort(sight, AbortReason::kTargetFenced);
  }
  if (seen->live == sight.move.new_replica) return std::nullopt;
  if (const std::optional<Wanted> clear = ClearTarget(sight, *seen)) return clear;
  return StartTarget(sight);
}

// What is still to be done until the new replica may be promoted; nothing when it may. A read
// proves something of one life of the replica only: what it had may be gone after a crash.
std::optional<Wanted> UntilCaughtUp(const Sight& sight) {
  if (const std::optional<Wanted> start = UntilRunning(sight)) return start;
  if (sight.leader == nullptr) return Because(WaitReason::kNoLeader);
  const HostView& seen = *AnswerOf(sight.view, sight.move.target);
  const auto& read = sight.view.read;
  if (!read.has_value() || read->replica != seen.live || read->incarnation != seen.incarnation) {
    return ReadThrough{sight.move.new_replica, sight.move.target};
  }
  if (seen.applied < read->index) return Because(WaitReason::kNotApplied);
  const Index commit = sight.leader->commit;
  if (commit > seen.applied && commit - seen.applied > sight.limits.lag_max) {
    return Because(WaitReason::kLagging);
  }
  return std::nullopt;
}

// --- Steps up to the promotion ---

Wanted AfterIntent(const Sight& sight) {
  if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
  if (sight.state.hosts.Get(sight.move.target).disk.none()) {
    return Because(WaitReason::kDiskUnknown);
  }
  if (PlacementOn(sight.shard, sight.move.target) != nullptr) {
    return Abort(sight, AbortReason::kTargetOccupied);
  }
  return Submit{AllocateReplica{sight.migration.id, sight.proposed}};
}

Wanted AfterAllocated(const Sight& sight) {
  if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
  if (sight.leader == nullptr) return Because(WaitReason::kNoLeader);
  const Membership& membership = sight.leader->membership;
  if (RoleOf(membership, sight.move.new_replica).has_value()) {
    return Record(sight, MoveStep::kAdded);
  }
  if (IsRemoved(membership, sight.move.new_replica)) return Abort(sight, AbortReason::kIdRemoved);
  if (IsJoint(membership)) return Because(WaitReason::kJoint);
  for (const Member& member : MembersOf(membership)) {
    if (member.host == sight.move.target) return Abort(sight, AbortReason::kTargetOccupied);
  }
  if (!IsVoter(membership, sight.move.old_replica)) return Abort(sight, AbortReason::kSourceGone);
  return Offer(sight, AddMember{MemberRole::kNonVoting, TargetMember(sight)});
}

// The shard may have removed the new replica, when a delete of some rollback arrived late.
bool WasRemoved(const Sight& sight) {
  return sight.leader != nullptr && IsRemoved(sight.leader->membership, sight.move.new_replica);
}

Wanted AfterAdded(const Sight& sight) {
  if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
  if (WasRemoved(sight)) return Abort(sight, AbortReason::kIdRemoved);
  const std::optional<Wanted> start = UntilRunning(sight);
  return start.has_value() ? *start : Record(sight, MoveStep::kStarted);
}

Wanted AfterStarted(const Sight& sight) {
  if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
  if (WasRemoved(sight)) return Abort(sight, AbortReason::kIdRemoved);
  const std::optional<Wanted> catch_up = UntilCaughtUp(sight);
  return catch_up.has_value() ? *catch_up : Record(sight, MoveStep::kCaughtUp);
}

// The step is recorded, but the replica may have been restarted since: it is asked again.
Wanted PromoteAfterCaughtUp(const Sight& sight) {
  if (sight.leader == nullptr) {
    return TargetLost(sight) ? Abort(sight, AbortReason::kTargetLost)
                             : Because(WaitReason::kNoLeader);
  }
  const Membership& membership = sight.leader->membership;
  if (IsVoter(membership, sight.move.new_replica)) return Record(sight, MoveStep::kPromoted);
  if (WasRemoved(sight)) return Abort(sight, AbortReason::kIdRemoved);
  if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
  if (IsJoint(membership)) return Because(WaitReason::kJoint);
  if (membership.voters.size() > sight.shard.voters) return Because(WaitReason::kStaleView);
  if (const std::optional<Wanted> catch_up = UntilCaughtUp(sight)) return *catch_up;
  return Offer(sight, AddMember{MemberRole::kVoter, TargetMember(sight)});
}

// --- Leadership ---

bool OldLeads(const Sight& sight) {
  return sight.leader != nullptr && sight.leader->replica == sight.move.old_replica;
}

// With the joint strategy a lone voter has nobody to hand over to, and leads until the swap.
bool HasSuccessor(const Sight& sight) { return sight.leader->membership.voters.size() > 1; }

Wanted LetOldStepDown(const Sight& sight) {
  if (sight.leader == nullptr) return Because(WaitReason::kNoLeader);
  if (OldLeads(sight) && HasSuccessor(sight)) {
    return HandOverFrom(sight.state, *sight.leader, sight.view);
  }
  return Record(sight, MoveStep::kHandedOver);
}

// --- The old replica goes ---

Wanted DeleteOld(const Sight& sight) {
  if (sight.leader == nullptr) return Because(WaitReason::kNoLeader);
  const Membership& membership = sight.leader->membership;
  if (IsRemoved(membership, sight.move.old_replica)) return Record(sight, MoveStep::kDeleted);
  if (IsJoint(membership)) return Because(WaitReason::kJoint);
  if (!IsVoter(membership, sight.move.new_replica)) return Because(WaitReason::kStaleView);
  if (membership.voters.size() <= sight.shard.voters) return Because(WaitReason::kTooFewVoters);
  if (OldLeads(sight)) return HandOverFrom(sight.state, *sight.leader, sight.view);
  // While the target may come back the old replica is worth more than an early end.
  const bool dead = sight.state.hosts.Get(sight.move.target).dead;
  if (!dead && AnswerOf(sight.view, sight.move.target) == nullptr) {
    return Because(WaitReason::kHostSilent);
  }
  return Offer(sight, DeleteMember{sight.move.old_replica});
}

// Another voter was lost, so that the shard would have no live quorum without the old replica: that
// one leaves in its place, or the new one itself if it is the one that was lost. Nothing when the
// old one can go. Who was deleted all the same, by an order of before, is who leaves.
std::optional<Wanted> GiveWayTo(const Sight& sight) {
  if (sight.leader == nullptr || IsJoint(sight.leader->membership)) return std::nullopt;
  const Membership& membership = sight.leader->membership;
  const ReplicaId old = sight.move.old_replica;
  if (!IsVoter(membership, sight.move.new_replica)) return std::nullopt;
  const bool old_can_go =
      !std::holds_alternative<Wait>(Offer(sight, DeleteMember{old})) || IsRemoved(membership, old);
  for (const Placement& other : sight.shard.placements) {
    const bool votes = other.role == MemberRole::kVoter && other.state == PlacementState::kMember;
    if (!votes || other.replica == old) continue;
    const bool removed = IsRemoved(membership, other.replica) && !IsRemoved(membership, old);
    const bool lost = !old_can_go && IsLost(sight.state, other) &&
                      membership.voters.size() > sight.shard.voters &&
                      !std::holds_alternative<Wait>(Offer(sight, DeleteMember{other.replica}));
    if (!removed && !lost) continue;
    if (other.replica == sight.move.new_replica) return Abort(sight, AbortReason::kTargetLost);
    return Submit{GiveWay{sight.migration.id, sight.at, other.replica}};
  }
  return std::nullopt;
}

Wanted Swap(const Sight& sight) {
  if (sight.leader == nullptr) {
    return TargetLost(sight) ? Abort(sight, AbortReason::kTargetLost)
                             : Because(WaitReason::kNoLeader);
  }
  const Membership& membership = sight.leader->membership;
  if (IsJoint(membership)) return Because(WaitReason::kJoint);
  if (IsVoter(membership, sight.move.new_replica) &&
      IsRemoved(membership, sight.move.old_replica)) {
    return Record(sight, MoveStep::kSwapped);
  }
  if (WasRemoved(sight)) return Abort(sight, AbortReason::kIdRemoved);
  if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
  if (OldLeads(sight) && HasSuccessor(sight)) {
    return HandOverFrom(sight.state, *sight.leader, sight.view);
  }
  if (const std::optional<Wanted> catch_up = UntilCaughtUp(sight)) return *catch_up;
  return Offer(sight, EnterJoint{{AddMember{MemberRole::kVoter, TargetMember(sight)},
                                  DeleteMember{sight.move.old_replica}}});
}

// --- Cleaning, forward and back ---

struct Leaving {
  ReplicaId replica;
  HostId host;
  bool stopped = false;  // Its stop is recorded.
  Wanted record_stopped;
  Wanted record_removed;
};

Wanted Clean(const Sight& sight, const Leaving& leaving) {
  const Placement* placement = PlacementOf(sight.shard, leaving.replica);
  CHECK(placement != nullptr && placement->state == PlacementState::kLeaving);
  switch (RemainsOf(sight.view, leaving.replica, leaving.host, placement->disk)) {
    case Remains::kUnknown:
      if (sight.state.hosts.Get(leaving.host).dead ||
          SilenceOf(sight.view, leaving.host) >= sight.limits.cleanup_patience) {
        return Submit{OweCleanup{sight.migration.id}};
      }
      return Because(WaitReason::kHostSilent);
    case Remains::kRuns:
      return StopOrWait(sight.shard, sight.view, leaving.replica, leaving.host);
    case Remains::kData:
      if (leaving.stopped) return RemoveDataOn{leaving.replica, leaving.host};
      return leaving.record_stopped;
    case Remains::kNothing:
      return leaving.stopped ? leaving.record_removed : leaving.record_stopped;
  }
  UNREACHABLE();
}

Wanted CleanOld(const Sight& sight, bool stopped) {
  return Clean(sight, {sight.move.old_replica, sight.move.source, stopped,
                       Record(sight, MoveStep::kStopped), Record(sight, MoveStep::kDataRemoved)});
}

Wanted CleanNew(const Sight& sight, bool stopped) {
  const MigrationId id = sight.migration.id;
  return Clean(sight, {sight.move.new_replica, sight.move.target, stopped,
                       Submit{RecordRollback{id, RollbackStep::kStopped}},
                       Submit{RecordRollback{id, RollbackStep::kDataRemoved}}});
}

// --- Rolling back ---

// The promotion or the swap may have taken effect before the abort was recorded. A voter too many
// is deleted like a non-voting member; a swap that won is told of.
Wanted DeleteNew(const Sight& sight) {
  if (sight.leader == nullptr) return Because(WaitReason::kNoLeader);
  const Membership& membership = sight.leader->membership;
  const ReplicaId fresh = sight.move.new_replica;
  if (FindMember(membership, fresh) == nullptr) {
    // Who was a member and is none was removed, or this is a leader of old that never knew of it.
    const bool was_member = PlacementOf(sight.shard, fresh)->state == PlacementState::kMember;
    if (was_member && !WasRemoved(sight)) return Because(WaitReason::kStaleView);
    return Submit{RecordRollback{sight.migration.id, RollbackStep::kDeleted}};
  }
  if (IsJoint(membership)) return Because(WaitReason::kJoint);
  if (IsRemoved(membership, sight.move.old_replica)) {
    const bool joint = sight.migration.strategy == Strategy::kJoint;
    return Record(sight, joint ? MoveStep::kSwapped : MoveStep::kDeleted);
  }
  if (sight.leader->replica == fresh) {
    return HandOverFrom(sight.state, *sight.leader, sight.view);
  }
  if (IsVoter(membership, fresh) && membership.voters.size() <= sight.shard.voters) {
    return Because(WaitReason::kTooFewVoters);
  }
  return Offer(sight, DeleteMember{fresh});
}

Wanted NextBack(const Sight& sight, const RollingBack& back) {
  switch (back.step) {
    case RollbackStep::kBegun:
      return DeleteNew(sight);
    case RollbackStep::kDeleted:
      return CleanNew(sight, false);
    case RollbackStep::kStopped:
      return CleanNew(sight, true);
    case RollbackStep::kDataRemoved:
      return Submit{EndMigration{sight.migration.id}};
  }
  UNREACHABLE();
}

Wanted NextForward(const Sight& sight, MoveStep step) {
  const bool joint = sight.migration.strategy == Strategy::kJoint;
  if (MayGiveWay(sight.migration.strategy, step)) {
    if (const std::optional<Wanted> other = GiveWayTo(sight)) return *other;
  }
  switch (step) {
    case MoveStep::kIntent:
      return AfterIntent(sight);
    case MoveStep::kAllocated:
      return AfterAllocated(sight);
    case MoveStep::kAdded:
      return AfterAdded(sight);
    case MoveStep::kStarted:
      return AfterStarted(sight);
    case MoveStep::kCaughtUp:
      if (!joint) return PromoteAfterCaughtUp(sight);
      if (TargetLost(sight)) return Abort(sight, AbortReason::kTargetLost);
      return LetOldStepDown(sight);
    case MoveStep::kPromoted:
      return LetOldStepDown(sight);
    case MoveStep::kHandedOver:
      return joint ? Swap(sight) : DeleteOld(sight);
    case MoveStep::kDeleted:
    case MoveStep::kSwapped:
      return CleanOld(sight, false);
    case MoveStep::kStopped:
      return CleanOld(sight, true);
    case MoveStep::kDataRemoved:
      return Submit{EndMigration{sight.migration.id}};
  }
  UNREACHABLE();
}

}  // namespace

Wanted Next(const State& state, const Migration& migration, const ShardView& view,
            const Limits& limits, ReplicaId proposed) {
  const Move* move = CurrentMove(migration);
  if (move == nullptr) return Wait{WaitReason::kNotBegun};
  const ShardRecord& shard = state.shards.Get(migration.shard);
  CHECK(shard.migration == migration.id);
  const auto at = static_cast<uint32_t>(move - migration.moves.data());
  const Sight sight{
      state, migration, *move, at, shard, view, limits, proposed, LeaderOf(shard, view)};
  if (const auto* back = std::get_if<RollingBack>(&migration.progress)) {
    return NextBack(sight, *back);
  }
  return NextForward(sight, std::get<Moving>(migration.progress).step);
}

// Repairs have room of their own: what other migrations wait for may be what they repair.
std::optional<MigrationId> NextToBegin(const State& state, const Limits& limits) {
  uint32_t begun = 0;
  uint32_t repairs = 0;
  std::optional<MigrationId> first;
  std::optional<MigrationId> first_repair;
  for (const Migration& migration : state.migrations) {
    const bool repair = migration.cause == MigrationCause::kRepair;
    if (!IsWaiting(migration)) {
      ++(repair ? repairs : begun);
    } else if (repair && !first_repair.has_value()) {
      first_repair = migration.id;
    } else if (!repair && !first.has_value()) {
      first = migration.id;
    }
  }
  if (first_repair.has_value() && repairs < limits.migrations_parallel_max) return first_repair;
  return begun < limits.migrations_parallel_max ? first : std::nullopt;
}

}  // namespace ww::raft::meta
