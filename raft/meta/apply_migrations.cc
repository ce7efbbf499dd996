#include <algorithm>
#include <utility>

#include "raft/meta/apply_parts.h"
#include "raft/meta/repair.h"
#include "raft/meta/steps.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

bool NamesAHostTwice(const std::vector<HostMove>& moves) {
  for (size_t i = 0; i < moves.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (moves[i].source == moves[j].source || moves[i].target == moves[j].target) return true;
    }
  }
  return false;
}

std::optional<Refusal> JudgeMove(const State& state, const ShardRecord& shard,
                                 const HostMove& move) {
  const HostRecord* target = state.hosts.Find(move.target);
  if (target == nullptr || state.hosts.Find(move.source) == nullptr) return Refusal::kUnknownHost;
  const Placement* old = PlacementOn(shard, move.source);
  if (old == nullptr) return Refusal::kSourceHasNone;
  if (old->role != MemberRole::kVoter) return Refusal::kNotAVoter;
  if (PlacementOn(shard, move.target) != nullptr) return Refusal::kTargetHasMember;
  if (target->dead) return Refusal::kHostDead;
  if (target->draining) return Refusal::kHostDraining;
  return std::nullopt;
}

std::optional<Refusal> JudgePlan(const State& state, ShardId id,
                                 const std::vector<HostMove>& moves) {
  const ShardRecord* shard = state.shards.Find(id);
  if (shard == nullptr) return Refusal::kUnknownShard;
  if (shard->phase != ShardPhase::kLive) return Refusal::kShardNotLive;
  if (!shard->migration.none()) return Refusal::kShardBusy;
  if (moves.empty() || moves.size() > kMovesMax || NamesAHostTwice(moves)) {
    return Refusal::kBadMoves;
  }
  for (const HostMove& move : moves) {
    if (const auto refusal = JudgeMove(state, *shard, move)) return refusal;
  }
  const auto waiting = std::count_if(state.migrations.begin(), state.migrations.end(), IsWaiting);
  if (static_cast<size_t>(waiting) >= kWaitingMax) return Refusal::kTooManyWaiting;
  if (state.migrations.size() >= kMigrationsMax) return Refusal::kTooManyWaiting;
  return std::nullopt;
}

Outcome Plan(State& state, const PlanMigration& plan) {
  if (const auto refusal = JudgePlan(state, plan.shard, plan.moves)) return *refusal;
  Migration migration;
  migration.id = state.last_migration.next();
  migration.shard = plan.shard;
  migration.strategy = plan.strategy;
  migration.cause = plan.cause;
  const ShardRecord& shard = state.shards.Get(plan.shard);
  for (const HostMove& move : plan.moves) {
    migration.moves.push_back(
        Move{PlacementOn(shard, move.source)->replica, move.source, move.target, ReplicaId()});
  }
  const MigrationId id = migration.id;
  state.last_migration = id;
  state.shards.Change(plan.shard, [id](ShardRecord& record) { record.migration = id; });
  state.migrations.Add(std::move(migration));
  return Effect{id};
}

void End(State& state, const Migration& migration, std::optional<AbortReason> aborted) {
  EndedMigration ended{migration.id,       migration.shard, migration.cause, 0,
                       migration.gave_way, aborted};
  if (const auto* moving = std::get_if<Moving>(&migration.progress)) {
    ended.moves_done = moving->move + 1;
  } else if (const auto* back = std::get_if<RollingBack>(&migration.progress)) {
    ended.moves_done = back->move;
  }
  ++(aborted.has_value() ? state.migrations_aborted : state.migrations_done);
  if (state.ended.size() == kEndedMax) state.ended.erase(state.ended.begin());
  state.ended.push_back(ended);
  state.shards.Change(migration.shard, [](ShardRecord& shard) { shard.migration = {}; });
  state.migrations.Erase(ended.id);
}

// Before the new replica is known to vote; also later, when it is lost and the old one is there.
bool MayAbortNow(const State& state, const Migration& migration, const Moving& moving,
                 AbortReason reason) {
  if (MayAbort(migration.strategy, moving.step)) return true;
  if (!MayGiveWay(migration.strategy, moving.step)) return false;
  const ShardRecord& shard = state.shards.Get(migration.shard);
  return reason == AbortReason::kTargetLost &&
         IsLost(state, *PlacementOf(shard, migration.moves[moving.move].new_replica));
}

// What has not begun just ends. A move without a new replica has nothing to undo.
Outcome Abort(State& state, MigrationId id, AbortReason reason) {
  const Migration* migration = state.migrations.Find(id);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  if (IsWaiting(*migration)) {
    End(state, *migration, reason);
    return Effect{id};
  }
  const auto* moving = std::get_if<Moving>(&migration->progress);
  if (moving == nullptr) return Refusal::kNothingNew;
  if (!MayAbortNow(state, *migration, *moving, reason)) return Refusal::kTooLateToAbort;
  const bool nothing = moving->step == MoveStep::kIntent;
  const RollingBack back{moving->move, reason,
                         nothing ? RollbackStep::kDataRemoved : RollbackStep::kBegun};
  state.migrations.Change(id, [&back](Migration& record) { record.progress = back; });
  return Effect{id};
}

}  // namespace

Outcome On(State& state, const RequestMove& command) {
  return Plan(state, PlanMigration{command.shard, command.strategy, MigrationCause::kRequest,
                                   command.moves});
}

Outcome On(State& state, const PlanMigration& command) { return Plan(state, command); }

Outcome On(State& state, const BeginMigration& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  if (!IsWaiting(*migration)) return Refusal::kNotWaiting;
  state.migrations.Change(command.migration, [](Migration& record) { record.progress = Moving{}; });
  return Effect{command.migration};
}

Outcome On(State& state, const CancelMigration& command) {
  return Abort(state, command.migration, AbortReason::kCancelled);
}

Outcome On(State& state, const AbortMigration& command) {
  return Abort(state, command.migration, command.reason);
}

Outcome On(State& state, const EndMigration& command) {
  const Migration* migration = state.migrations.Find(command.migration);
  if (migration == nullptr) return Refusal::kUnknownMigration;
  if (!IsSettled(*migration)) return Refusal::kNotFinished;
  const auto* back = std::get_if<RollingBack>(&migration->progress);
  End(state, *migration, back == nullptr ? std::nullopt : std::optional(back->reason));
  return Effect{command.migration};
}

}  // namespace ww::raft::meta
