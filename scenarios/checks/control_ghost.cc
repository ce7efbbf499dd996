#include "scenarios/checks/control_ghost.h"

#include "sim/base/check.h"

namespace ww::checks {

std::string_view NameOf(MoveStep step) {
  switch (step) {
    case MoveStep::kIntent:
      return "intent";
    case MoveStep::kAllocated:
      return "allocated";
    case MoveStep::kAdded:
      return "added";
    case MoveStep::kStarted:
      return "started";
    case MoveStep::kCaughtUp:
      return "caught up";
    case MoveStep::kPromoted:
      return "promoted";
    case MoveStep::kHandedOver:
      return "handed over";
    case MoveStep::kDeleted:
      return "deleted";
    case MoveStep::kSwapped:
      return "swapped";
    case MoveStep::kStopped:
      return "stopped";
    case MoveStep::kDataRemoved:
      return "data removed";
  }
  UNREACHABLE();
}

// --- Looking ---

std::optional<uint64_t> ControlGhost::TargetOf(ShardId shard) const {
  const auto at = targets_.find(shard);
  return at == targets_.end() ? std::nullopt : std::optional(at->second);
}

const MigrationGhost* ControlGhost::Find(MigrationId id) const {
  const auto at = migrations_.find(id);
  return at == migrations_.end() ? nullptr : &at->second;
}

const MigrationGhost* ControlGhost::OpenOf(ShardId shard) const {
  const auto at = newest_.find(shard);
  if (at == newest_.end()) return nullptr;
  const MigrationGhost* newest = Find(at->second);
  return newest != nullptr && newest->open() ? newest : nullptr;
}

bool ControlGhost::Marked(HostId host, HostMark mark) const {
  return marks_.contains({host, mark});
}

bool ControlGhost::Serves(const Ghost& ghost, HostId host) const {
  if (host.value >= ghost.hosts().size() || returned_.contains(host)) return false;
  const HostGhost& known = ghost.hosts()[host.value];
  return known.up && known.reachable;
}

bool ControlGhost::HasLiveQuorum(const Ghost& ghost, ShardId shard) const {
  const ShardGhost* known = ghost.FindShard(shard);
  if (known == nullptr) return false;
  return known->CommittedConfig().HasQuorum([&](ReplicaId id) {
    const ReplicaGhost* member = known->Find(id);
    return member != nullptr && ghost.Reachable(*member);
  });
}

// --- What the metadata say ---

void ControlGhost::Update(const ShardRecorded& event) {
  targets_[event.shard] = event.voters;
  if (event.metadata) metadata_ = event.shard;
}

void ControlGhost::Update(const HostMarked& event) {
  const std::pair<HostId, HostMark> mark{event.host, event.mark};
  if (event.on) {
    marks_.insert(mark);
  } else {
    marks_.erase(mark);
  }
}

MigrationGhost* ControlGhost::FindOpen(MigrationId id) {
  const auto at = migrations_.find(id);
  return at == migrations_.end() || !at->second.open() ? nullptr : &at->second;
}

void ControlGhost::Update(const IdAllocated& event) {
  if (event.migration.none()) return;
  of_migrations_.insert(event.who);
  MigrationGhost* migration = FindOpen(event.migration);
  if (migration == nullptr || migration->phase != MigrationPhase::kForward) return;
  migration->moves[migration->move].new_replica = event.who.replica;
  migration->step = MoveStep::kAllocated;
}

void ControlGhost::Update(const MigrationRequested& event, const Ghost& ghost, TrueTime now) {
  MigrationGhost migration;
  migration.id = event.migration;
  migration.shard = event.shard;
  migration.cause = event.cause;
  migration.joint = event.joint;
  migration.since = now;
  const ShardGhost* shard = ghost.FindShard(event.shard);
  for (const PlannedMove& planned : event.moves) {
    MoveGhost& move = migration.moves.emplace_back();
    move.source = planned.source;
    move.target = planned.target;
    if (shard == nullptr) continue;
    for (const ReplicaGhost& replica : shard->replicas) {
      const bool there =
          replica.host == planned.source && shard->CommittedConfig().IsMember(replica.key.replica);
      if (there) move.old_replica = replica.key.replica;
    }
  }
  if (migration.moves.empty() || !migrations_.try_emplace(event.migration, migration).second) {
    return;
  }
  newest_[event.shard] = event.migration;
}

void ControlGhost::Update(const MigrationBegun& event, TrueTime now) {
  turned_ = now;
  MigrationGhost* migration = FindOpen(event.migration);
  if (migration == nullptr) return;
  migration->phase = MigrationPhase::kForward;
  migration->since = now;
}

void ControlGhost::FinishMove(MigrationGhost& migration) {
  if (migration.move + 1 == migration.moves.size()) {
    migration.step = MoveStep::kDataRemoved;
    return;
  }
  ++migration.move;
  migration.step = MoveStep::kIntent;
}

void ControlGhost::Update(const StepRecorded& event) {
  MigrationGhost* migration = FindOpen(event.migration);
  if (migration == nullptr) return;
  migration->phase = MigrationPhase::kForward;
  if (event.step == MoveStep::kDataRemoved) return FinishMove(*migration);
  migration->step = event.step;
}

void ControlGhost::Update(const LeaverChanged& event, const Ghost& ghost) {
  MigrationGhost* migration = FindOpen(event.migration);
  if (migration == nullptr) return;
  MoveGhost& move = migration->moves[migration->move];
  const ShardGhost* shard = ghost.FindShard(migration->shard);
  const ReplicaGhost* leaves = shard == nullptr ? nullptr : shard->Find(event.leaves);
  for (size_t i = migration->move + 1; i < migration->moves.size(); ++i) {
    MoveGhost& later = migration->moves[i];
    if (later.old_replica != event.leaves) continue;
    std::swap(move.old_replica, later.old_replica);
    std::swap(move.source, later.source);
    return;
  }
  move.old_replica = event.leaves;
  if (leaves != nullptr) move.source = leaves->host;
}

void ControlGhost::Update(const MigrationAborted& event, TrueTime now) {
  MigrationGhost* migration = FindOpen(event.migration);
  if (migration == nullptr) return;
  if (migration->phase == MigrationPhase::kWaiting) {
    migration->phase = MigrationPhase::kEnded;
    turned_ = now;
    return;
  }
  migration->phase = MigrationPhase::kBack;
  const bool nothing = migration->current().new_replica.none();
  migration->back = nothing ? RollbackStep::kDataRemoved : RollbackStep::kBegun;
}

void ControlGhost::Update(const RollbackRecorded& event) {
  if (MigrationGhost* migration = FindOpen(event.migration)) migration->back = event.step;
}

void ControlGhost::Update(const MigrationEnded& event, TrueTime now) {
  turned_ = now;
  if (MigrationGhost* migration = FindOpen(event.migration)) {
    migration->phase = MigrationPhase::kEnded;
  }
}

void ControlGhost::Update(const CleanupOwed& event) {
  MigrationGhost* migration = FindOpen(event.migration);
  if (migration == nullptr) return;
  if (migration->phase == MigrationPhase::kBack) {
    migration->back = RollbackStep::kDataRemoved;
  } else {
    FinishMove(*migration);
  }
}

}  // namespace ww::checks
