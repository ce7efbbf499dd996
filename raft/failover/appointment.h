// Appointments: what a coordinator wants next of a replicaset, by what it has seen of it.
//
// Pure. Only instances that answer and have a vote in the shard are appointed: before it has come
// about nobody is. Priorities are asked only when somebody has to be appointed: whoever leads and
// answers keeps the lease, however good another one is. Somebody else is appointed only once every
// lease of the one before has ended, by its own word or by the clock, with room for the clocks'
// rates.
//
// Whoever says that clients may write there and was not appointed, because an operator opened it by
// hand or for a reason that nobody knows, keeps everybody from becoming the writer beside it:
// nobody is appointed and nobody is given a first lease until it says that it has stopped, or has
// not answered for longer than a lease. Who has a lease already keeps it.
//
// An appointee that was asked to lead and does not is given up on after a time, and the choice is
// made without it.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "raft/failover/config.h"
#include "raft/failover/lease_message.h"

namespace ww::raft::failover {

// One instance, as it last answered this coordinator.
struct InstanceView {
  HostId host;
  bool asked = false;  // Its last probe was answered, or given up.
  bool live = false;   // It was answered.
  InstanceState state;
  // It said that clients may write there while it was not appointed: until then they may, for all
  // that is known, when it answers no more.
  LocalTime foreign_until{};
};

enum class Cause : uint8_t { kFirst, kNotLive, kLostLeadership, kSwitch, kNeverLed };

// Whom this coordinator, or one before it, appointed.
struct Appointed {
  HostId host;
  bool granted = false;  // It may have been granted leases since.
  LocalTime leases_end;  // On the coordinator's clock: then surely none of them is left.
  bool gave_up = false;  // It said so after the last of them was sent.
  // It was asked to lead; from then on it is not waited for.
  LocalTime lead_until = LocalTime::Never();
  friend bool operator==(const Appointed&, const Appointed&) = default;
};

struct ReplicasetView {
  std::vector<InstanceView> instances;  // In the order of their names.
  std::optional<Appointed> appointed;
  std::optional<HostId> switch_to;  // An operator asks for it.
};

struct Wait {
  friend bool operator==(const Wait&, const Wait&) = default;
};
// Clients may write at an instance that was not appointed. Nobody may make that worse.
struct Alarm {
  HostId foreign;
  HostId other;         // Another one that says so too; none: no other.
  bool renews = false;  // It is the appointed one, and its lease goes on.
  friend bool operator==(const Alarm&, const Alarm&) = default;
};
struct Appoint {
  HostId host;
  Cause cause = Cause::kFirst;
  friend bool operator==(const Appoint&, const Appoint&) = default;
};
// A lease, the first or the next.
struct GiveLease {
  HostId host;
  friend bool operator==(const GiveLease&, const GiveLease&) = default;
};
struct TakeLease {
  HostId host;
  friend bool operator==(const TakeLease&, const TakeLease&) = default;
};
// Leadership of the shard goes from one to the other; again until it is there.
struct MoveLeader {
  HostId from;
  HostId to;
  friend bool operator==(const MoveLeader&, const MoveLeader&) = default;
};
// Not live: it does not answer, or has no vote in the shard yet. Never led: it was asked to, for
// long enough.
enum class SwitchEnd : uint8_t { kDone, kUnknown, kAnonymous, kLearner, kNotLive, kNeverLed };
struct FinishSwitch {
  SwitchEnd end = SwitchEnd::kDone;
  friend bool operator==(const FinishSwitch&, const FinishSwitch&) = default;
};
using NextStep = std::variant<Wait, Alarm, Appoint, GiveLease, TakeLease, MoveLeader, FinishSwitch>;

// Requires: `config` is supervised, with as many instances. `now`: the coordinator's clock.
NextStep StepOf(const FailoverConfig& config, const ReplicasetView& view, LocalTime now);

}  // namespace ww::raft::failover
