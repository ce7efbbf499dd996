#include <algorithm>

#include "raft/meta/apply_parts.h"
#include "raft/meta/steps.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

void SetProgress(State& state, MigrationId id, const decltype(Migration::progress)& progress) {
  state.migrations.Change(id, [&progress](Migration& record) { record.progress = progress; });
}

// Requires: the shard has the replica.
void SetPlacement(State& state, ShardId shard, ReplicaId replica, MemberRole role,
                  PlacementState to) {
  state.shards.Change(shard, [&](ShardRecord& record) {
    for (Placement& placement : record.placements) {
      if (placement.replica != replica) continue;
      placement.role = role;
      placement.state = to;
      return;
    }
    UNREACHABLE("the shard has no replica {}", replica);
  });
}

void Leave(State& state, ShardId shard, ReplicaId replica) {
  const MemberRole role = PlacementOf(state.shards.Get(shard), replica)->role;
  SetPlacement(state, shard, replica, role, PlacementState::kLeaving);
}

void Forget(State& state, ShardId shard, ReplicaId replica) {
  CHECK(PlacementOf(state.shards.Get(shard), replica)->state == PlacementState::kLeaving);
  state.shards.Change(shard, [replica](ShardRecord& record) {
    std::erase_if(record.placements,
                  [replica](const Placement& placement) { return placement.replica == replica; });
  });
}

// The old replica is gone: on with the next move, if there is one.
void FinishMove(State& state, const Migration& migration, uint32_t move) {
  Forget(state, migration.shard, migration.moves[move].old_replica);
  const bool last = move + 1 == migration.moves.size();
  SetProgress(state, migration.id,
              last ? Moving{move, MoveStep::kDataRemoved} : Moving{move + 1, MoveStep::kIntent});
}

void FinishRollback(State& state, const Migration& migration, RollingBack back) {
  Forget(state, migration.shard, migration.moves[back.move].new_replica);
  back.step = RollbackStep::kDataRemoved;
  SetProgress(state, migration.id, back);
}

// What a step says of the two replicas of its move.
void ReplacePlacements(State& state, ShardId shard, const Move& move, MoveStep step) {
  const auto become = [&](MemberRole role) {
    SetPlacement(state, shard, move.new_replica, role, PlacementState::kMember);
  };
  switch (step) {
    case MoveStep::kAdded:
      return become(MemberRole::kNonVoting);
    case MoveStep::kPromoted:
      return become(MemberRole::kVoter);
    case MoveStep::kDeleted:
      return Leave(state, shard, move.old_replica);
    case MoveStep::kSwapped:
      become(MemberRole::kVoter);
      return Leave(state, shard, move.old_replica);
    case MoveStep::kIntent:
    case MoveStep::kAllocated:
    case MoveStep::kStarted:
    case MoveStep::kCaughtUp:
    case MoveStep::kHandedOver:
    case MoveStep::kStopped:
    case MoveStep::kDataRemoved:
      return;
  }
  UNREACHABLE();
}

// A swap, or the deletion of the old replica, may have been proposed before the abort was recorded,
// and take effect after it. Then the old replica is gone, and undoing would leave the shard a voter
// short.
bool OldIsGone(const State& state, const Migration& migration, const RecordStep& command) {
  const auto* back = std::get_if<RollingBack>(&migration.progress);
  if (back == nullptr || command.move != back->move || back->step != RollbackStep::kBegun) {
    return false;
  }
  const Placement* fresh =
      PlacementOf(state.shards.Get(migration.shard), migration.moves[back->move].new_replica);
  if (fresh->state != PlacementState::kMember) return false;
  if (migration.strategy == Strategy::kJoint) return command.step == MoveStep::kSwapped;
  return command.step == MoveStep::kDeleted && fresh->role == MemberRole::kVoter;
}

void SwapSources(Move& one, Move& other) {
  std::swap(one.old_replica, other.old_replica);
  std::swap(one.source, other.source);
}

}  // namespace

Outcome On(State& state, const AllocateReplica& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  const auto* moving = std::get_if<Moving>(&migration->progress);
  if (moving == nullptr || moving->step != MoveStep::kIntent) return Refusal::kStepOutOfOrder;
  const Move move = migration->moves[moving->move];
  const uint32_t at = moving->move;
  const ShardId shard = migration->shard;
  if (const auto refusal = JudgeHome(state, move.target)) return *refusal;
  if (PlacementOn(state.shards.Get(shard), move.target) != nullptr) {
    return Refusal::kTargetHasMember;
  }
  if (const auto refusal = JudgeProposal(state.ids, state.shards.Get(shard), command.proposed)) {
    return *refusal;
  }
  ReplicaId fresh;
  state.shards.Change(shard, [&](ShardRecord& record) {
    fresh = HandOut(state.ids, record, command.proposed);
    AddPlacement(record, Placement{fresh, move.target, state.hosts.Get(move.target).disk,
                                   MemberRole::kNonVoting, PlacementState::kPlanned});
  });
  state.migrations.Change(command.migration, [&](Migration& record) {
    record.moves[at].new_replica = fresh;
    record.progress = Moving{at, MoveStep::kAllocated};
  });
  return Effect{command.migration, {fresh}};
}

Outcome On(State& state, const RecordStep& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  const bool gone = OldIsGone(state, *migration, command);
  const auto* moving = std::get_if<Moving>(&migration->progress);
  if (!gone) {
    if (moving == nullptr || moving->move != command.move) return Refusal::kStepOutOfOrder;
    // Ids are handed out by AllocateReplica alone.
    if (command.step == MoveStep::kAllocated) return Refusal::kStepOutOfOrder;
    if (!HasStep(migration->strategy, command.step) ||
        StepAfter(migration->strategy, moving->step) != command.step) {
      return Refusal::kStepOutOfOrder;
    }
  }
  if (command.step == MoveStep::kDataRemoved) {
    FinishMove(state, *migration, command.move);
    return Effect{command.migration};
  }
  ReplacePlacements(state, migration->shard, migration->moves[command.move], command.step);
  SetProgress(state, command.migration, Moving{command.move, command.step});
  return Effect{command.migration};
}

Outcome On(State& state, const GiveWay& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  const auto* moving = std::get_if<Moving>(&migration->progress);
  if (moving == nullptr || moving->move != command.move ||
      !MayGiveWay(migration->strategy, moving->step)) {
    return Refusal::kStepOutOfOrder;
  }
  const Placement* leaves = PlacementOf(state.shards.Get(migration->shard), command.replica);
  const bool votes = leaves != nullptr && leaves->role == MemberRole::kVoter &&
                     leaves->state == PlacementState::kMember;
  if (!votes) return Refusal::kNotAVoter;
  const Move& now = migration->moves[command.move];
  if (leaves->replica == now.old_replica || leaves->replica == now.new_replica) {
    return Refusal::kNothingNew;
  }
  const HostId host = leaves->host;
  state.migrations.Change(command.migration, [&](Migration& record) {
    Move& move = record.moves[command.move];
    record.gave_way = true;
    for (size_t i = command.move + 1; i < record.moves.size(); ++i) {
      if (record.moves[i].source == host) return SwapSources(move, record.moves[i]);
    }
    move.old_replica = command.replica;
    move.source = host;
  });
  return Effect{command.migration};
}

Outcome On(State& state, const RecordRollback& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  const auto* found = std::get_if<RollingBack>(&migration->progress);
  if (found == nullptr || StepAfter(found->step) != command.step) return Refusal::kStepOutOfOrder;
  RollingBack back = *found;
  if (command.step == RollbackStep::kDataRemoved) {
    FinishRollback(state, *migration, back);
    return Effect{command.migration};
  }
  if (command.step == RollbackStep::kDeleted) {
    Leave(state, migration->shard, migration->moves[back.move].new_replica);
  }
  back.step = command.step;
  SetProgress(state, command.migration, back);
  return Effect{command.migration};
}

// Only once the replica is no member: a member's data is not for anybody to clean.
Outcome On(State& state, const OweCleanup& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  if (IsWaiting(*migration)) return Refusal::kStepOutOfOrder;
  const auto* moving = std::get_if<Moving>(&migration->progress);
  const auto* back = std::get_if<RollingBack>(&migration->progress);
  const bool leaving = moving != nullptr ? OldIsLeaving(migration->strategy, moving->step)
                                         : back->step == RollbackStep::kDeleted ||
                                               back->step == RollbackStep::kStopped;
  if (!leaving) return Refusal::kStepOutOfOrder;
  if (state.owed.size() >= kOwedMax) return Refusal::kTooManyOwed;
  const Move& move = *CurrentMove(*migration);
  const ReplicaId gone = moving != nullptr ? move.old_replica : move.new_replica;
  const Placement* placement = PlacementOf(state.shards.Get(migration->shard), gone);
  CHECK(placement != nullptr);
  state.owed.Add(OwedCleanup{{migration->shard, gone}, placement->host, placement->disk});
  if (moving != nullptr) {
    FinishMove(state, *migration, moving->move);
  } else {
    FinishRollback(state, *migration, *back);
  }
  return Effect{command.migration};
}

}  // namespace ww::raft::meta
