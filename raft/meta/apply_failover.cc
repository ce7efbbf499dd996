#include "raft/meta/apply_parts.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

std::optional<Refusal> JudgeFence(const CoordinatorLock& lock, const RecordFence& fence) {
  if (fence.term.none() || fence.term != lock.term) return Refusal::kStaleCoordinator;
  if (fence.number == lock.records) return Refusal::kAlreadyRecorded;
  if (fence.number < lock.records) return Refusal::kStaleCoordinator;
  return std::nullopt;
}

using Answer = std::optional<Refusal>;

Answer On(State& state, const TakeLock& command) {
  CoordinatorLock& lock = state.failover.lock;
  if (state.hosts.Find(command.host) == nullptr) return Refusal::kUnknownHost;
  const bool as_seen = command.seen_term == lock.term && command.seen_renewals == lock.renewals;
  if (!as_seen) return Refusal::kLockMoved;
  if (lock.term.value == UINT64_MAX) return Refusal::kIdsExhausted;
  lock = CoordinatorLock{command.host, CoordinatorTerm(lock.term.value + 1), 0, 0};
  return std::nullopt;
}

Answer On(State& state, const RenewLock& command) {
  CoordinatorLock& lock = state.failover.lock;
  if (command.term.none() || command.term != lock.term) return Refusal::kStaleCoordinator;
  if (command.renewal <= lock.renewals) return Refusal::kAlreadyRecorded;
  lock.renewals = command.renewal;
  return std::nullopt;
}

Answer On(State& state, const RecordAppointment& command) {
  FailoverState& failover = state.failover;
  if (const Answer stale = JudgeFence(failover.lock, command.fence)) return stale;
  // One that comes about by itself (raft/failover/bootstrap.h) is in nobody's placements.
  if (command.shard.none() || command.shard == kMetadataShard) return Refusal::kUnknownShard;
  if (state.hosts.Find(command.host) == nullptr) return Refusal::kUnknownHost;
  if (failover.replicasets.Find(command.shard) == nullptr) {
    if (failover.replicasets.size() >= kReplicasetsMax) return Refusal::kTooManyShards;
    ReplicasetRecord fresh;
    fresh.id = command.shard;
    fresh.appointed = command.host;
    failover.replicasets.Add(fresh);
  }
  failover.replicasets.Change(command.shard, [&command](ReplicasetRecord& record) {
    record.appointed = command.host;
    record.cause = command.cause;
    record.granted_in = Term();
    record.lease_ns = 0;
  });
  failover.lock.records = command.fence.number;
  return std::nullopt;
}

Answer On(State& state, const RecordGrant& command) {
  FailoverState& failover = state.failover;
  if (const Answer stale = JudgeFence(failover.lock, command.fence)) return stale;
  const ReplicasetRecord* record = failover.replicasets.Find(command.shard);
  if (record == nullptr || record->appointed != command.host) return Refusal::kNotAppointed;
  if (command.raft_term.none() || command.lease_ns == 0) return Refusal::kZeroId;
  if (command.lease_ns > kLeaseNsMax) return Refusal::kLeaseTooLong;
  failover.replicasets.Change(command.shard, [&command](ReplicasetRecord& changed) {
    changed.granted_in = command.raft_term;
    if (command.lease_ns > changed.lease_ns) changed.lease_ns = command.lease_ns;
  });
  failover.lock.records = command.fence.number;
  return std::nullopt;
}

Answer On(State& state, const EndSwitch& command) {
  FailoverState& failover = state.failover;
  if (const Answer stale = JudgeFence(failover.lock, command.fence)) return stale;
  const ReplicasetRecord* record = failover.replicasets.Find(command.shard);
  const bool open = record != nullptr && record->last_switch == command.id &&
                    record->switch_state == SwitchState::kAsked;
  const bool ends = command.state != SwitchState::kNone && command.state != SwitchState::kAsked;
  if (!open || !ends) return Refusal::kNoSuchSwitch;
  failover.replicasets.Change(command.shard, [&command](ReplicasetRecord& changed) {
    changed.switch_state = command.state;
  });
  failover.lock.records = command.fence.number;
  return std::nullopt;
}

// One after the other: a request waits for the end of the one before.
Answer On(State& state, const RequestSwitch& command) {
  FailoverState& failover = state.failover;
  const ReplicasetRecord* record = failover.replicasets.Find(command.shard);
  if (record == nullptr) return Refusal::kNotAppointed;
  if (command.to.none()) return Refusal::kZeroId;
  if (record->switch_state == SwitchState::kAsked) return Refusal::kSwitchPending;
  if (record->last_switch.value == UINT64_MAX) return Refusal::kIdsExhausted;
  failover.replicasets.Change(command.shard, [&command](ReplicasetRecord& changed) {
    ++changed.last_switch;
    changed.switch_to = command.to;
    changed.switch_state = SwitchState::kAsked;
  });
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> ApplyFailover(State& state, const FailoverAction& action) {
  return std::visit([&state](const auto& what) { return On(state, what); }, action);
}

}  // namespace ww::raft::meta
