// Commands as RapidCheck draws them: mostly ones that could be meant, over few ids, so that their
// preconditions are often met.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "raft/meta/commands.h"
#include "tests/raft/meta/worlds.h"

namespace ww::raft::meta {

inline constexpr uint64_t kGenHosts = 6;

// Of the whole range from the first test on.
inline uint64_t Small(uint64_t below) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<uint64_t>(0, below));
}
inline HostId AnyHost() { return HostId(Small(kGenHosts + 1)); }
inline ShardId AnyShard() { return ShardId(Small(5)); }
inline KeyRange AnyRange() {
  const uint64_t at = Small(5);
  return KeyRange{std::string(1, static_cast<char>('a' + at)),
                  at == 4 ? "" : std::string(1, static_cast<char>('b' + at))};
}
inline Strategy AnyStrategy() { return Small(2) == 0 ? Strategy::kStepwise : Strategy::kJoint; }
inline ReplicaId AnyProposal(const State& state) {
  return ReplicaId(state.ids == IdMode::kRandom ? Small(40) : Small(8) == 0 ? 3 : 0);
}

inline std::vector<HostId> AnyHosts() {
  std::vector<HostId> hosts;
  for (uint64_t host = 1; host <= kGenHosts; ++host) {
    if (Small(2) == 0) hosts.push_back(HostId(host));
  }
  return hosts;
}

inline std::vector<HostMove> AnyMoves() {
  std::vector<HostMove> moves;
  for (uint64_t i = 0, count = 1 + Small(2); i < count; ++i) {
    const HostId source = AnyHost();
    moves.push_back(HostMove{source, AnyHost()});
  }
  return moves;
}

// One that is there, if there is any.
inline MigrationId AnyMigration(const State& state) {
  if (state.migrations.empty()) return MigrationId(Small(4));
  return state.migrations.records()[Small(state.migrations.size())].id;
}

// What would come next in some migration.
inline ControllerAction NextRecord(const State& state) {
  const MigrationId id = AnyMigration(state);
  const Migration* migration = state.migrations.Find(id);
  if (migration == nullptr || IsWaiting(*migration)) return BeginMigration{id};
  if (IsSettled(*migration)) return EndMigration{id};
  if (const auto* back = std::get_if<RollingBack>(&migration->progress)) {
    return RecordRollback{id, *StepAfter(back->step)};
  }
  const Moving& moving = std::get<Moving>(migration->progress);
  if (moving.step == MoveStep::kIntent) return AllocateReplica{id, AnyProposal(state)};
  return RecordStep{id, moving.move, *StepAfter(migration->strategy, moving.step)};
}

inline ReplicaOfShard AnyOwed(const State& state) {
  if (state.owed.empty()) return {AnyShard(), ReplicaId(Small(8))};
  return state.owed.records()[Small(state.owed.size())].id;
}

inline ControllerAction AnyAction(const State& state) {
  const auto step = [] { return static_cast<MoveStep>(Small(11)); };
  const auto back = [] { return static_cast<RollbackStep>(Small(4)); };
  const auto reason = [] { return static_cast<AbortReason>(Small(6)); };
  const MigrationId id = AnyMigration(state);
  const ShardId shard = AnyShard();
  const HostId host = AnyHost();
  switch (Small(36)) {
    case 0:
      return RecordDisk{host, DiskId(Small(4))};
    case 1:
      return RecordDeath{host, Small(3) == 0};
    case 2:
    case 3: {
      PlaceShard place{shard, AnyHosts(), {}};
      if (state.ids == IdMode::kRandom) {
        for (size_t i = 0; i < place.hosts.size(); ++i)
          place.proposed.push_back(AnyProposal(state));
      }
      return place;
    }
    case 4:
      return UnplaceShard{shard};
    case 5:
      return RecordShardCreated{shard};
    case 6:
      return RecordTransfer{shard, ReplicaId(Small(6))};
    case 7:
      return PlanMigration{shard, AnyStrategy(), MigrationCause::kBalance, AnyMoves()};
    case 8:
      return RecordStep{id, static_cast<uint32_t>(Small(2)), step()};
    case 9:
      return AbortMigration{id, reason()};
    case 10:
      return RecordRollback{id, back()};
    case 11:
    case 12:
      return OweCleanup{id};
    case 13:
      return EndMigration{id};
    case 14:
      return OweStranger{{shard, ReplicaId(Small(8))}, host};
    case 15:
      return CleanupDone{AnyOwed(state)};
    case 16:
      return GiveWay{id, static_cast<uint32_t>(Small(2)), ReplicaId(Small(6))};
    default:
      return NextRecord(state);
  }
}

// Mostly with a stamp that is right.
inline Stamp AnyStamp(const State& state) {
  Stamp stamp{state.controller.term, state.version};
  if (Small(12) == 0) stamp.term = Term(Small(stamp.term.value + 2));
  if (Small(12) == 0) stamp.expected = Version(Small(stamp.expected.value + 2));
  return stamp;
}

inline FailoverAction AnyFailover(const State& state) {
  const CoordinatorLock& lock = state.failover.lock;
  const RecordFence fence{CoordinatorTerm(Small(8) == 0 ? Small(4) : lock.term.value),
                          lock.records + Small(3)};
  const ShardId shard = AnyShard();
  const HostId host = AnyHost();
  switch (Small(7)) {
    case 0:
      return TakeLock{host, lock.term, lock.renewals + Small(2)};
    case 1:
      return RenewLock{fence.term, lock.renewals + Small(3)};
    case 2:
    case 3:
      return RecordAppointment{fence, shard, host, static_cast<AppointmentCause>(Small(5))};
    case 4:
      return RecordGrant{fence, shard, host, Term(Small(5)), Small(5)};
    case 5:
      return EndSwitch{fence, shard, SwitchId(Small(3)), static_cast<SwitchState>(Small(8))};
    default:
      return RequestSwitch{shard, host};
  }
}

inline Command AnyCommand(const State& state) {
  const ShardId shard = AnyShard();
  const HostId host = AnyHost();
  switch (Small(20)) {
    case 0:
      return AddHost{{host, TargetOf(host)}};
    case 1:
      return RequestDrain{host, Small(3) == 0};
    case 2:
      return AdoptShard{shard, AnyRange(), Seats({1 + Small(3), 4})};
    case 3:
      return RequestCreateShard{shard, AnyRange(), static_cast<uint32_t>(1 + Small(3)), {}};
    case 4:
    case 5:
      return RequestMove{shard, AnyStrategy(), AnyMoves()};
    case 6:
      return CancelMigration{AnyMigration(state)};
    case 7:
      return AllocateId{shard, AnyProposal(state)};
    case 8:
      return TakeControl{{Term(Small(state.controller.term.value + 3)), host}};
    case 9:
      return Failover{AnyFailover(state)};
    default:
      break;
  }
  const Stamp stamp = AnyStamp(state);
  return Stamped{stamp, AnyAction(state)};
}

// A state that commands led to.
inline State AnyState(uint64_t commands_max) {
  Bench bench = Cluster(5, Small(2) == 0 ? IdMode::kIncreasing : IdMode::kRandom);
  const uint64_t commands = Small(commands_max);
  for (uint64_t i = 0; i < commands; ++i) Apply(bench.state, AnyCommand(bench.state));
  return bench.state;
}

}  // namespace ww::raft::meta
