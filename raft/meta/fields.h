// Fields: what every record and command consists of, in the order in which its bytes stand
// (FORMAT.md). Included by this room's sources only.
//
// To add a field: append it here and in FORMAT.md, and raise the version in codec.cc.
#pragma once

#include "raft/meta/archive.h"
#include "raft/meta/commands.h"
#include "raft/meta/records.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

template <>
inline constexpr MemberRole kLastOf<MemberRole> = MemberRole::kWitness;
template <>
inline constexpr PlacementState kLastOf<PlacementState> = PlacementState::kLeaving;
template <>
inline constexpr ShardPhase kLastOf<ShardPhase> = ShardPhase::kLive;
template <>
inline constexpr Strategy kLastOf<Strategy> = Strategy::kJoint;
template <>
inline constexpr MigrationCause kLastOf<MigrationCause> = MigrationCause::kDrain;
template <>
inline constexpr MoveStep kLastOf<MoveStep> = MoveStep::kDataRemoved;
template <>
inline constexpr RollbackStep kLastOf<RollbackStep> = RollbackStep::kDataRemoved;
template <>
inline constexpr AbortReason kLastOf<AbortReason> = AbortReason::kSourceGone;
template <>
inline constexpr IdMode kLastOf<IdMode> = IdMode::kRandom;
template <>
inline constexpr Refusal kLastOf<Refusal> = Refusal::kLeaseTooLong;
template <>
inline constexpr AppointmentCause kLastOf<AppointmentCause> = AppointmentCause::kNeverLed;
template <>
inline constexpr SwitchState kLastOf<SwitchState> = SwitchState::kNeverLed;

// T const or not, as the archive has it.
template <class A, class T>
using In = typename A::template Of<T>;

// --- Records ---

template <class A>
void Fields(A& a, In<A, HostRecord>& v) {
  a(v.id);
  a.Text(v.target, kTargetBytesMax);
  a(v.disk, v.dead, v.draining);
}
template <class A>
void Fields(A& a, In<A, KeyRange>& v) {
  a.Text(v.begin, kKeyBytesMax);
  a.Text(v.end, kKeyBytesMax);
}
template <class A>
void Fields(A& a, In<A, Placement>& v) {
  a(v.replica, v.host, v.disk, v.role, v.state);
}
template <class A>
void Fields(A& a, In<A, ShardRecord>& v) {
  a(v.id, v.keys, v.voters, v.phase);
  a.List(v.hosts, kVotersMax);
  a.List(v.placements, kPlacementsMax);
  a(v.next_replica);
  a.List(v.used, SIZE_MAX);
  a(v.migration, v.leader_wanted);
}
template <class A>
void Fields(A& a, In<A, Move>& v) {
  a(v.old_replica, v.source, v.target, v.new_replica);
}
template <class A>
void Fields(A&, In<A, Waiting>&) {}
template <class A>
void Fields(A& a, In<A, Moving>& v) {
  a(v.move, v.step);
}
template <class A>
void Fields(A& a, In<A, RollingBack>& v) {
  a(v.move, v.reason, v.step);
}
template <class A>
void Fields(A& a, In<A, Migration>& v) {
  a(v.id, v.shard, v.strategy, v.cause);
  a.List(v.moves, kMovesMax);
  a(v.gave_way, v.progress);
}
template <class A>
void Fields(A& a, In<A, EndedMigration>& v) {
  a(v.id, v.shard, v.cause, v.moves_done, v.gave_way, v.aborted);
}
template <class A>
void Fields(A& a, In<A, ReplicaOfShard>& v) {
  a(v.shard, v.replica);
}
template <class A>
void Fields(A& a, In<A, OwedCleanup>& v) {
  a(v.id, v.host, v.disk);
}
template <class A>
void Fields(A& a, In<A, Controller>& v) {
  a(v.term, v.host);
}

// --- Commands ---

template <class A>
void Fields(A& a, In<A, Seat>& v) {
  a(v.replica, v.host, v.role);
}
template <class A>
void Fields(A& a, In<A, HostSeat>& v) {
  a(v.host);
  a.Text(v.target, kTargetBytesMax);
}
template <class A>
void Fields(A& a, In<A, Found>& v) {
  a(v.cluster, v.ids);
  a.List(v.hosts, kHostsMax);
  a.List(v.founders, kVotersMax);
}
template <class A>
void Fields(A& a, In<A, AddHost>& v) {
  a(v.host);
}
template <class A>
void Fields(A& a, In<A, RequestDrain>& v) {
  a(v.host, v.draining);
}
template <class A>
void Fields(A& a, In<A, AdoptShard>& v) {
  a(v.shard, v.keys);
  a.List(v.members, kVotersMax);
}
template <class A>
void Fields(A& a, In<A, RequestCreateShard>& v) {
  a(v.shard, v.keys, v.voters);
  a.List(v.hosts, kVotersMax);
}
template <class A>
void Fields(A& a, In<A, HostMove>& v) {
  a(v.source, v.target);
}
template <class A>
void Fields(A& a, In<A, RequestMove>& v) {
  a(v.shard, v.strategy);
  a.List(v.moves, kMovesMax);
}
template <class A>
void Fields(A& a, In<A, CancelMigration>& v) {
  a(v.migration);
}
template <class A>
void Fields(A& a, In<A, AllocateId>& v) {
  a(v.shard, v.proposed);
}
template <class A>
void Fields(A& a, In<A, TakeControl>& v) {
  a(v.controller);
}
template <class A>
void Fields(A& a, In<A, RecordDisk>& v) {
  a(v.host, v.disk);
}
template <class A>
void Fields(A& a, In<A, RecordDeath>& v) {
  a(v.host, v.dead);
}
template <class A>
void Fields(A& a, In<A, PlaceShard>& v) {
  a(v.shard);
  a.List(v.hosts, kVotersMax);
  a.List(v.proposed, kVotersMax);
}
template <class A>
void Fields(A& a, In<A, UnplaceShard>& v) {
  a(v.shard);
}
template <class A>
void Fields(A& a, In<A, RecordShardCreated>& v) {
  a(v.shard);
}
template <class A>
void Fields(A& a, In<A, RecordTransfer>& v) {
  a(v.shard, v.to);
}
template <class A>
void Fields(A& a, In<A, PlanMigration>& v) {
  a(v.shard, v.strategy, v.cause);
  a.List(v.moves, kMovesMax);
}
template <class A>
void Fields(A& a, In<A, BeginMigration>& v) {
  a(v.migration);
}
template <class A>
void Fields(A& a, In<A, AllocateReplica>& v) {
  a(v.migration, v.proposed);
}
template <class A>
void Fields(A& a, In<A, RecordStep>& v) {
  a(v.migration, v.move, v.step);
}
template <class A>
void Fields(A& a, In<A, GiveWay>& v) {
  a(v.migration, v.move, v.replica);
}
template <class A>
void Fields(A& a, In<A, AbortMigration>& v) {
  a(v.migration, v.reason);
}
template <class A>
void Fields(A& a, In<A, RecordRollback>& v) {
  a(v.migration, v.step);
}
template <class A>
void Fields(A& a, In<A, OweCleanup>& v) {
  a(v.migration);
}
template <class A>
void Fields(A& a, In<A, EndMigration>& v) {
  a(v.migration);
}
template <class A>
void Fields(A& a, In<A, OweStranger>& v) {
  a(v.who, v.host);
}
template <class A>
void Fields(A& a, In<A, CleanupDone>& v) {
  a(v.who);
}
template <class A>
void Fields(A& a, In<A, Stamp>& v) {
  a(v.term, v.expected);
}
template <class A>
void Fields(A& a, In<A, Stamped>& v) {
  a(v.stamp, v.action);
}

// --- Failover ---

template <class A>
void Fields(A& a, In<A, CoordinatorLock>& v) {
  a(v.holder, v.term, v.renewals, v.records);
}
template <class A>
void Fields(A& a, In<A, ReplicasetRecord>& v) {
  a(v.id, v.appointed, v.cause, v.granted_in, v.lease_ns, v.last_switch, v.switch_to,
    v.switch_state);
}
template <class A>
void Fields(A& a, In<A, TakeLock>& v) {
  a(v.host, v.seen_term, v.seen_renewals);
}
template <class A>
void Fields(A& a, In<A, RenewLock>& v) {
  a(v.term, v.renewal);
}
template <class A>
void Fields(A& a, In<A, RecordFence>& v) {
  a(v.term, v.number);
}
template <class A>
void Fields(A& a, In<A, RecordAppointment>& v) {
  a(v.fence, v.shard, v.host, v.cause);
}
template <class A>
void Fields(A& a, In<A, RecordGrant>& v) {
  a(v.fence, v.shard, v.host, v.raft_term, v.lease_ns);
}
template <class A>
void Fields(A& a, In<A, EndSwitch>& v) {
  a(v.fence, v.shard, v.id, v.state);
}
template <class A>
void Fields(A& a, In<A, RequestSwitch>& v) {
  a(v.shard, v.to);
}
template <class A>
void Fields(A& a, In<A, Failover>& v) {
  a(v.action);
}

// --- Results ---

template <class A>
void Fields(A& a, In<A, Done>& v) {
  a(v.version, v.migration);
  a.List(v.replicas, kVotersMax);
}
template <class A>
void Fields(A& a, In<A, Refused>& v) {
  a(v.why, v.version);
}

}  // namespace ww::raft::meta
