// The vocabulary of failover at runtime: who coordinates, whom it appoints, who has a lease, who is
// configured to write, and who does.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scenarios/checks/bootstrap_events.h"
#include "scenarios/checks/events.h"

namespace ww::checks {

// A shard has a leader by appointment. Before any host starts.
struct ReplicasetCoordinated {
  ShardId shard;
  std::span<const SupervisedInstance> instances;
  // How long nobody may write after a writer's host crashed; and more, when the coordinator's did.
  Duration gap_max;
  Duration takeover_max;
  bool only_crashes = false;  // Nothing else is broken on purpose while clients work.
  // The shard comes about by itself: how long that takes after healing.
  Duration first_start_max{};
  Duration lease{};        // Their length.
  Duration lead_within{};  // How long an appointee that does not lead is waited for, at least.
};

// --- Without coordinators ---

enum class FailoverMode : uint8_t { kOff, kManual, kElection };
struct ConfiguredInstance {
  std::string_view name;
  HostId host;
  ReplicaId replica;
  bool read_write = false;  // As it is configured; counts in mode off.
};
// Who may write stands in the configuration: what a host has of it from now on; no host: what all
// have, before any starts. Later ones have the same instances.
struct ReplicasetConfigured {
  HostId host;
  ShardId shard;
  FailoverMode mode = FailoverMode::kOff;
  std::span<const ConfiguredInstance> instances;
  std::string_view leader;    // Of mode manual.
  Duration gap_max;           // How long nobody may write after a crash or an edit.
  bool only_crashes = false;  // Nothing else is broken on purpose while clients work.
};

// --- The metadata, when the first replica applies the entry ---

struct CoordinatorLocked {
  HostId host;
  uint64_t term = 0;
};
struct AppointmentRecorded {
  ShardId shard;
  uint64_t term = 0;  // Of the coordinator.
  HostId host;
};
struct GrantRecorded {
  ShardId shard;
  uint64_t term = 0;  // Of the coordinator.
  HostId host;
  Term raft_term;
};
struct SwitchAsked {
  ShardId shard;
  HostId to;
};
enum class SwitchEnding : uint8_t { kDone, kRefused };
struct SwitchEnded {
  ShardId shard;
  SwitchEnding ending = SwitchEnding::kDone;
};

// --- Coordinators ---

// It does not act any more.
struct CoordinatorGaveUp {
  HostId host;
};
// What a coordinator learns of an instance.
struct InstanceProbed {
  ShardId shard;
  uint64_t term = 0;  // Of the coordinator.
  HostId host;
  bool live = false;  // It answered; then:
  bool leads = false;
  bool writable = false;
  bool votes = true;
};
// Decided, and about to be recorded.
struct AppointeeChosen {
  ShardId shard;
  uint64_t term = 0;
  HostId host;
  bool by_operator = false;
  bool passes_over = false;  // Who was appointed did not come to lead.
  HostId by{};               // The coordinator's host.
};
// What the coordinator on this host goes by from now on, in whichever life: the same instances with
// other priorities.
struct CoordinatorReconfigured {
  ShardId shard;
  HostId host;
  std::span<const SupervisedInstance> instances;
};
// About to be sent.
struct LeaseSent {
  ShardId shard;
  uint64_t term = 0;  // Of the coordinator.
  HostId host;
};

// --- Instances ---

// Of any coordinator's command to an instance.
struct CoordinatorCommand {
  ShardId shard;
  HostId host;  // Of the instance.
  uint64_t term = 0;
  uint64_t number = 0;
  bool heeded = false;
};
struct LeadershipLeased {
  ReplicaKey who;
  HostId host;
  uint64_t coordinator = 0;  // Its term.
  Term term;                 // Of the shard, that the lease is for.
  LocalTime until;
};
// By an operator: clients may write there whenever it leads, whoever was appointed.
struct OpenedByHand {
  ShardId shard;
  HostId host;
  LocalTime until;
};
struct SteppedDown {
  ShardId shard;
  HostId host;
};
// A leader puts a client's command into its log.
struct WriteTaken {
  ReplicaKey who;
  HostId host;
  Term term;
};

}  // namespace ww::checks
