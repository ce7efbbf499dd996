// Failover: what the metadata hold of supervised replicasets: who coordinates, whom it appointed,
// and what leases there may be. The stateboard of coordinators.
//
// No time stands here, only lengths: a holder of the lock shows that it lives by its counter, and
// who takes over waits for recorded leases on its own clock, in full. A coordinator's records are
// fenced by its term and numbered within it, so that a late copy of an earlier one has no effect.
//
// A replicaset's shard may be one that came about by itself, which the metadata do not place.
//
// Invariants (part of Defect): terms, holders and appointments name what exists; a lease has a host
// and the term of the shard's consensus that it was granted in.
#pragma once

#include <cstdint>
#include <variant>

#include "raft/core/types.h"
#include "raft/meta/table.h"
#include "sim/base/ids.h"

namespace ww::raft {

// Counts how often the lock of coordinators was taken. An alias may be said twice: instances know
// it without knowing the metadata (raft/failover/lease_message.h).
using CoordinatorTerm = Tagged<struct CoordinatorTermTag>;

}  // namespace ww::raft

namespace ww::raft::meta {

using SwitchId = Tagged<struct SwitchTag>;  // 1, 2, ... in a replicaset.

inline constexpr size_t kReplicasetsMax = 4096;
inline constexpr uint64_t kLeaseNsMax = 1'000'000'000'000'000'000;  // So that lengths add up.

// --- Records ---

struct CoordinatorLock {
  HostId holder;          // None: nobody ever took it.
  CoordinatorTerm term;   // One more whenever it is taken.
  uint64_t renewals = 0;  // In this term: while it rises, the holder lives.
  uint64_t records = 0;   // The number of the holder's last record in this term.
  friend bool operator==(const CoordinatorLock&, const CoordinatorLock&) = default;
};

enum class AppointmentCause : uint8_t {
  kFirst,           // Nobody was appointed before.
  kNotLive,         // Who was appointed does not answer.
  kLostLeadership,  // It lost the leadership of the shard, and gave its lease up.
  kSwitch,          // An operator named the new one.
  kNeverLed,        // Who was appointed was asked to lead, and did not.
};

// What became of an operator's last request.
enum class SwitchState : uint8_t {
  kNone,
  kAsked,
  kDone,
  kUnknown,  // Refused: no such instance. So are the following.
  kAnonymous,
  kLearner,
  kNotLive,
  kNeverLed,  // Appointed, and given up on.
};

// A shard that is a supervised replicaset.
struct ReplicasetRecord {
  ShardId id;
  HostId appointed;  // Of the instance that is meant to lead.
  AppointmentCause cause = AppointmentCause::kFirst;
  Term granted_in;  // It may hold leases of this term of the shard; none: it was granted none.
  uint64_t lease_ns = 0;  // The longest of these.
  SwitchId last_switch;
  HostId switch_to;
  SwitchState switch_state = SwitchState::kNone;
  friend bool operator==(const ReplicasetRecord&, const ReplicasetRecord&) = default;
};
uint64_t DigestOf(const ReplicasetRecord& record);

struct FailoverState {
  CoordinatorLock lock;
  Table<ReplicasetRecord> replicasets;
  friend bool operator==(const FailoverState&, const FailoverState&) = default;
};

// --- Commands ---

// Has its effect only when nothing of the lock has changed since it was seen so.
struct TakeLock {
  HostId host;
  CoordinatorTerm seen_term;
  uint64_t seen_renewals = 0;
  friend bool operator==(const TakeLock&, const TakeLock&) = default;
};
struct RenewLock {
  CoordinatorTerm term;
  uint64_t renewal = 0;  // Higher than the last one.
  friend bool operator==(const RenewLock&, const RenewLock&) = default;
};

// Of records: the holder's term, and a number higher than that of its last record.
struct RecordFence {
  CoordinatorTerm term;
  uint64_t number = 0;
  friend bool operator==(const RecordFence&, const RecordFence&) = default;
};
// Before anything is done for it. The leases of who was appointed before have ended.
struct RecordAppointment {
  RecordFence fence;
  ShardId shard;
  HostId host;
  AppointmentCause cause = AppointmentCause::kFirst;
  friend bool operator==(const RecordAppointment&, const RecordAppointment&) = default;
};
// Before the first lease of this term or length is sent.
struct RecordGrant {
  RecordFence fence;
  ShardId shard;
  HostId host;
  Term raft_term;
  uint64_t lease_ns = 0;
  friend bool operator==(const RecordGrant&, const RecordGrant&) = default;
};
struct EndSwitch {
  RecordFence fence;
  ShardId shard;
  SwitchId id;
  SwitchState state = SwitchState::kDone;
  friend bool operator==(const EndSwitch&, const EndSwitch&) = default;
};
// An operator names the instance that shall lead; whether it may is the coordinator's to say.
struct RequestSwitch {
  ShardId shard;
  HostId to;
  friend bool operator==(const RequestSwitch&, const RequestSwitch&) = default;
};

using FailoverAction =
    std::variant<TakeLock, RenewLock, RecordAppointment, RecordGrant, EndSwitch, RequestSwitch>;

const char* NameOf(const FailoverAction& action);
const char* NameOf(AppointmentCause cause);
const char* NameOf(SwitchState state);

}  // namespace ww::raft::meta
