#include "raft/meta/state.h"

#include <algorithm>
#include <functional>
#include <string>

#include "raft/core/membership.h"
#include "raft/meta/steps.h"
#include "raft/meta/target.h"
#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww::raft::meta {

// --- Looking ---

const Placement* PlacementOf(const ShardRecord& shard, ReplicaId replica) {
  for (const Placement& placement : shard.placements) {
    if (placement.replica == replica) return &placement;
  }
  return nullptr;
}

const Placement* PlacementOn(const ShardRecord& shard, HostId host) {
  for (const Placement& placement : shard.placements) {
    if (placement.host == host) return &placement;
  }
  return nullptr;
}

bool WasUsed(IdMode mode, const ShardRecord& shard, ReplicaId replica) {
  if (replica.none()) return false;
  if (mode == IdMode::kIncreasing) return replica < shard.next_replica;
  return std::binary_search(shard.used.begin(), shard.used.end(), replica);
}

bool TakesReplicas(const HostRecord& host) { return !host.dead && !host.draining; }

bool IsWaiting(const Migration& migration) {
  return std::holds_alternative<Waiting>(migration.progress);
}

const Move* CurrentMove(const Migration& migration) {
  if (const auto* moving = std::get_if<Moving>(&migration.progress)) {
    return &migration.moves[moving->move];
  }
  if (const auto* back = std::get_if<RollingBack>(&migration.progress)) {
    return &migration.moves[back->move];
  }
  return nullptr;
}

bool IsSettled(const Migration& migration) {
  if (const auto* moving = std::get_if<Moving>(&migration.progress)) {
    return moving->step == MoveStep::kDataRemoved && moving->move + 1 == migration.moves.size();
  }
  const auto* back = std::get_if<RollingBack>(&migration.progress);
  return back != nullptr && back->step == RollbackStep::kDataRemoved;
}

// --- Defects ---

namespace {

using Text = std::string_view;

template <class T>
bool Rises(const std::vector<T>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

template <class Values, class Project>
bool AllDiffer(const Values& values, Project project) {
  for (auto a = values.begin(); a != values.end(); ++a) {
    for (auto b = values.begin(); b != a; ++b) {
      if (project(*a) == project(*b)) return false;
    }
  }
  return true;
}

Text DefectOfHosts(const State& state) {
  if (state.hosts.size() > kHostsMax) return "too many hosts";
  std::vector<std::string> targets;
  for (const HostRecord& host : state.hosts) {
    if (host.id.none()) return "host id 0";
    if (!IsTarget(host.target)) return "a host's target is blank or too long";
    targets.push_back(PlainTarget(host.target));
  }
  std::sort(targets.begin(), targets.end());
  return Rises(targets) ? "" : "two hosts have one target";
}

Text DefectOfRanges(const State& state) {
  std::vector<const KeyRange*> ranges;
  for (const ShardRecord& shard : state.shards) {
    if (shard.keys.has_value() == (shard.id == kMetadataShard)) return "keys of the wrong shard";
    if (shard.keys.has_value()) ranges.push_back(&*shard.keys);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const KeyRange* a, const KeyRange* b) { return a->begin < b->begin; });
  for (size_t i = 0; i < ranges.size(); ++i) {
    const KeyRange& range = *ranges[i];
    if (std::max(range.begin.size(), range.end.size()) > kKeyBytesMax) return "a key is too long";
    if (!range.end.empty() && range.begin >= range.end) return "an empty key range";
    if (i + 1 == ranges.size()) break;
    if (range.end.empty() || range.end > ranges[i + 1]->begin) return "key ranges overlap";
  }
  return {};
}

Text DefectOfIds(const State& state, const ShardRecord& shard) {
  const bool increasing = state.ids == IdMode::kIncreasing;
  if (increasing != shard.used.empty() && shard.phase != ShardPhase::kRequested) {
    return "ids of the wrong kind";
  }
  if (increasing && (!shard.used.empty() || shard.next_replica.none())) return "no next id";
  if (!increasing && shard.next_replica != ReplicaId(1)) return "a next id among random ones";
  if (!Rises(shard.used) || (!shard.used.empty() && shard.used.front().none())) {
    return "used ids do not rise";
  }
  for (const Placement& placement : shard.placements) {
    if (!WasUsed(state.ids, shard, placement.replica)) return "an id was never handed out";
  }
  return {};
}

Text DefectOfPlacements(const State& state, const ShardRecord& shard) {
  const auto& placements = shard.placements;
  if (placements.size() > kPlacementsMax) return "too many placements";
  const auto replica = [](const Placement& placement) { return placement.replica; };
  if (!std::is_sorted(placements.begin(), placements.end(),
                      [&](const auto& a, const auto& b) { return replica(a) < replica(b); }) ||
      !AllDiffer(placements, replica)) {
    return "placements do not rise";
  }
  if (!AllDiffer(placements, [](const Placement& placement) { return placement.host; })) {
    return "two replicas of a shard on one host";
  }
  for (const Placement& placement : placements) {
    if (state.hosts.Find(placement.host) == nullptr) return "a replica on an unknown host";
    if (state.owed.Find({shard.id, placement.replica}) != nullptr)
      return "a placed replica is owed";
  }
  return {};
}

bool IsMember(const Placement* placement, MemberRole role) {
  return placement != nullptr && placement->state == PlacementState::kMember &&
         placement->role == role;
}
bool IsIn(const Placement* placement, PlacementState state) {
  return placement != nullptr && placement->state == state;
}

uint32_t VotersOf(const ShardRecord& shard) {
  uint32_t voters = 0;
  for (const Placement& placement : shard.placements) {
    if (IsMember(&placement, MemberRole::kVoter)) ++voters;
  }
  return voters;
}

Text DefectOfPhase(const ShardRecord& shard) {
  if (shard.voters == 0 || shard.voters > kVotersMax) return "no number of voters";
  if (!shard.hosts.empty() && (shard.hosts.size() != shard.voters || !Rises(shard.hosts))) {
    return "wanted hosts do not fit";
  }
  const auto in = [](PlacementState state) {
    return [state](const Placement& placement) { return placement.state == state; };
  };
  const auto& all = shard.placements;
  switch (shard.phase) {
    case ShardPhase::kRequested:
      return all.empty() && shard.migration.none() ? "" : "a requested shard has replicas";
    case ShardPhase::kPlaced:
      return shard.migration.none() && all.size() == shard.voters &&
                     std::all_of(all.begin(), all.end(), in(PlacementState::kPlanned))
                 ? ""
                 : "a placed shard's founders";
    case ShardPhase::kLive:
      break;
  }
  const uint32_t voters = VotersOf(shard);
  if (voters < shard.voters || voters > shard.voters + 1) return "not the wanted voters";
  if (!shard.migration.none()) return {};
  const bool still =
      std::all_of(all.begin(), all.end(), in(PlacementState::kMember)) && voters == shard.voters;
  return still ? "" : "a placement is under way without a migration";
}

Text DefectOfShard(const State& state, const ShardRecord& shard) {
  if (shard.id.none()) return "shard id 0";
  for (const Text defect :
       {DefectOfPhase(shard), DefectOfPlacements(state, shard), DefectOfIds(state, shard)}) {
    if (!defect.empty()) return defect;
  }
  if (shard.migration.none()) return {};
  const Migration* migration = state.migrations.Find(shard.migration);
  return migration != nullptr && migration->shard == shard.id ? "" : "busy with nothing";
}

// The old and the new replica of the move under way are what its step says.
Text DefectOfMoving(const ShardRecord& shard, const Migration& migration, const Moving& moving) {
  const Strategy strategy = migration.strategy;
  if (!HasStep(strategy, moving.step)) return "a step of another strategy";
  const Move& move = migration.moves[moving.move];
  const Placement* old = PlacementOf(shard, move.old_replica);
  const Placement* fresh = PlacementOf(shard, move.new_replica);
  const auto reached = [&](MoveStep step) { return Reached(strategy, moving.step, step); };
  if (moving.step == MoveStep::kDataRemoved) {
    if (old != nullptr) return "the old replica is still there";
  } else if (OldIsLeaving(strategy, moving.step)) {
    if (!IsIn(old, PlacementState::kLeaving)) return "the old replica does not leave";
  } else if (!IsMember(old, MemberRole::kVoter)) {
    return "the old replica is no voter";
  }
  if (!reached(MoveStep::kAllocated)) return fresh == nullptr ? "" : "a replica before its time";
  if (!reached(MoveStep::kAdded)) {
    return IsIn(fresh, PlacementState::kPlanned) ? "" : "the new replica is not planned";
  }
  const MemberRole role =
      MayAbort(strategy, moving.step) ? MemberRole::kNonVoting : MemberRole::kVoter;
  return IsMember(fresh, role) ? "" : "the new replica has another role";
}

Text DefectOfRollback(const ShardRecord& shard, const Migration& migration,
                      const RollingBack& back) {
  const Move& move = migration.moves[back.move];
  const Placement* fresh = PlacementOf(shard, move.new_replica);
  if (!IsMember(PlacementOf(shard, move.old_replica), MemberRole::kVoter)) {
    return "rolled back without the old replica";
  }
  switch (back.step) {
    case RollbackStep::kBegun:
      if (IsIn(fresh, PlacementState::kPlanned) || IsMember(fresh, MemberRole::kNonVoting))
        return {};
      return migration.strategy == Strategy::kStepwise && IsMember(fresh, MemberRole::kVoter)
                 ? ""
                 : "nothing to roll back";
    case RollbackStep::kDeleted:
    case RollbackStep::kStopped:
      return IsIn(fresh, PlacementState::kLeaving) ? "" : "the new replica does not leave";
    case RollbackStep::kDataRemoved:
      return fresh == nullptr ? "" : "the new replica is still there";
  }
  UNREACHABLE();
}

// How many moves have begun, the one under way included.
size_t BegunMoves(const Migration& migration) {
  const Move* current = CurrentMove(migration);
  return current == nullptr ? 0 : static_cast<size_t>(current - migration.moves.data()) + 1;
}

Text DefectOfMoves(const State& state, const ShardRecord& shard, const Migration& migration) {
  const auto& moves = migration.moves;
  if (!AllDiffer(moves, [](const Move& move) { return move.source; }) ||
      !AllDiffer(moves, [](const Move& move) { return move.target; })) {
    return "a host twice in a migration";
  }
  const size_t begun = BegunMoves(migration);
  for (size_t i = 0; i < moves.size(); ++i) {
    const Move& move = moves[i];
    if (state.hosts.Find(move.target) == nullptr) return "an unknown target";
    if (state.hosts.Find(move.source) == nullptr) return "an unknown source";
    if (!move.new_replica.none() && !WasUsed(state.ids, shard, move.new_replica)) {
      return "a move's id was never handed out";
    }
    if (i < begun) continue;
    const Placement* old = PlacementOf(shard, move.old_replica);
    if (!IsMember(old, MemberRole::kVoter) || old->host != move.source) return "no such source";
    if (!move.new_replica.none()) return "an id before its move";
  }
  for (size_t i = 0; i + 1 < begun; ++i) {
    if (!IsMember(PlacementOf(shard, moves[i].new_replica), MemberRole::kVoter)) {
      return "a move that was done is not";
    }
  }
  return {};
}

Text DefectOfMigration(const State& state, const Migration& migration) {
  if (migration.id.none() || migration.id > state.last_migration) return "a migration's id";
  const ShardRecord* shard = state.shards.Find(migration.shard);
  if (shard == nullptr || shard->migration != migration.id) return "a migration without its shard";
  if (migration.moves.empty() || migration.moves.size() > kMovesMax) return "the number of moves";
  if (const auto* moving = std::get_if<Moving>(&migration.progress)) {
    if (moving->move >= migration.moves.size()) return "no such move";
    const Move& move = migration.moves[moving->move];
    if (move.new_replica.none() == (moving->step != MoveStep::kIntent)) return "a move's new id";
    if (moving->step == MoveStep::kDataRemoved && !IsSettled(migration)) return "no next move";
    const Text defect = DefectOfMoving(*shard, migration, *moving);
    if (!defect.empty()) return defect;
  }
  if (const auto* back = std::get_if<RollingBack>(&migration.progress)) {
    if (back->move >= migration.moves.size()) return "no such move";
    const Text defect = DefectOfRollback(*shard, migration, *back);
    if (!defect.empty()) return defect;
  }
  return DefectOfMoves(state, *shard, migration);
}

Text DefectOfMigrations(const State& state) {
  if (state.migrations.size() > kMigrationsMax) return "too many migrations";
  for (const Migration& migration : state.migrations) {
    const Text defect = DefectOfMigration(state, migration);
    if (!defect.empty()) return defect;
  }
  // Every migration ends done or aborted, once.
  const uint64_t begun = state.last_migration.value;
  if (state.migrations_done > begun || state.migrations_aborted > begun) return "too many ends";
  const uint64_t ends = state.migrations_done + state.migrations_aborted;
  if (ends + state.migrations.size() != begun) return "migrations that did not end once";
  if (state.ended.size() != std::min<uint64_t>(ends, kEndedMax)) return "the history's length";
  std::vector<MigrationId> ids;
  for (const EndedMigration& ended : state.ended) ids.push_back(ended.id);
  std::sort(ids.begin(), ids.end());
  if (!Rises(ids)) return "a migration ended twice";
  for (const EndedMigration& ended : state.ended) {
    if (ended.id.none() || ended.id > state.last_migration) return "an end of nothing";
    if (state.migrations.Find(ended.id) != nullptr) return "an ended migration goes on";
    if (state.shards.Find(ended.shard) == nullptr) return "an ended migration of no shard";
  }
  return {};
}

Text DefectOfOwed(const State& state) {
  if (state.owed.size() > kOwedMax) return "too many cleanups owed";
  for (const OwedCleanup& owed : state.owed) {
    const ShardRecord* shard = state.shards.Find(owed.id.shard);
    if (shard == nullptr) return "a cleanup of an unknown shard";
    if (state.hosts.Find(owed.host) == nullptr) return "a cleanup on an unknown host";
    if (!WasUsed(state.ids, *shard, owed.id.replica)) return "a cleanup of an id never handed out";
  }
  return {};
}

Text DefectOfFailover(const State& state) {
  const CoordinatorLock& lock = state.failover.lock;
  if (lock.term.none() != lock.holder.none()) return "half a coordinator";
  if (lock.term.none() && lock != CoordinatorLock{}) return "records of no coordinator";
  if (!lock.term.none() && state.hosts.Find(lock.holder) == nullptr)
    return "an unknown coordinator";
  if (state.failover.replicasets.size() > kReplicasetsMax) return "too many replicasets";
  for (const ReplicasetRecord& record : state.failover.replicasets) {
    if (record.id == kMetadataShard) return "the metadata shard is no replicaset";
    if (record.id.none()) return "a replicaset of no shard";
    if (state.hosts.Find(record.appointed) == nullptr) return "an unknown host is appointed";
    if (lock.term.none()) return "an appointment without a coordinator";
    if (record.granted_in.none() != (record.lease_ns == 0)) return "half a lease";
    if (record.lease_ns > kLeaseNsMax) return "a lease that is too long";
    const bool asked = record.switch_state != SwitchState::kNone;
    if (asked == record.last_switch.none() || asked == record.switch_to.none()) {
      return "half a switch";
    }
  }
  return {};
}

}  // namespace

std::string_view Defect(const State& state) {
  if (state.cluster.none()) return state == State{} ? "" : "something before the cluster";
  if (state.version.none()) return "no version";
  if (state.controller.term.none() != state.controller.host.none()) return "half a controller";
  if (state.shards.size() > kShardsMax) return "too many shards";
  if (state.shards.Find(kMetadataShard) == nullptr) return "no metadata shard";
  for (const Text defect : {DefectOfHosts(state), DefectOfRanges(state)}) {
    if (!defect.empty()) return defect;
  }
  for (const ShardRecord& shard : state.shards) {
    const Text defect = DefectOfShard(state, shard);
    if (!defect.empty()) return defect;
  }
  const Text migrations = DefectOfMigrations(state);
  if (!migrations.empty()) return migrations;
  const Text owed = DefectOfOwed(state);
  return owed.empty() ? DefectOfFailover(state) : owed;
}

}  // namespace ww::raft::meta
