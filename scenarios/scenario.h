// Scenario: what is tried, as a value. Read from YAML (config/), drawn into a case (case.h).
//
// A parameter that varies from seed to seed is a range; `--set key=value` narrows it to one value.
// Keys are dotted paths of the YAML document ("workload.clients"); the table in config/ lists them
// with type, unit, default and bounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/plan.h"
#include "sim/base/ratio.h"
#include "sim/base/time.h"

namespace ww::scenarios {

// Inclusive: low, low + step, ... up to high. Drawn uniformly; a single value draws nothing.
struct NumberRange {
  uint64_t low = 0;
  uint64_t high = 0;
  uint64_t step = 1;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};
struct DurationRange {
  Duration low;
  Duration high;
  friend bool operator==(const DurationRange&, const DurationRange&) = default;
};

// How often one kind of fault comes, how long it stays, how strong it is.
struct FaultSpec {
  faults::FaultKind kind = faults::FaultKind::kCrash;
  DurationRange every;         // Time from one to the next.
  DurationRange lasting;       // How long it is in force.
  Ratio ratio = Ratio(1, 10);  // Probabilistic kinds.
  DurationRange amount;        // Delays.
  NumberRange factor{2, 10};   // Slowness, drift.
  Ratio exists = Ratio(3, 4);  // Swarm: in how many runs the kind exists at all.
  Ratio at_io = Ratio(1, 2);   // Crashes: how many are triggered by an I/O point instead of a time.
  // How many wait for a step of a migration, and hit a host that takes part in it (step_edges.h).
  Ratio at_step;
  std::vector<std::string> steps;  // Which ones; none: any.
  std::vector<std::string> roles;  // Whose; none: anybody's.
};

// Where a replica's machine has its state when its host starts again.
inline constexpr std::string_view kMachineInMemory = "memory";  // In snapshots alone.
inline constexpr std::string_view kMachineOnDisk = "disk";      // In files of its own.

struct EngineSpec {
  std::string profile = "hardened";  // profile.h.
  std::vector<std::string> without;  // Rules that the engine does not keep, beyond its profile.
  Duration election_timeout = Seconds(1);
  Duration heartbeat_interval = Milliseconds(100);
  bool coalesce_heartbeats = true;
  Duration quiet_after;  // 0: shards never rest.
  NumberRange in_flight_entries_max{256, 256};
  NumberRange in_flight_bytes_max{16 << 20, 16 << 20};
  NumberRange append_entries_max{64, 64};
  NumberRange payload_bytes_max{1 << 20, 1 << 20};
  NumberRange log_bytes_max{64 << 20, 64 << 20};
  NumberRange sessions_max{4096, 4096};
  NumberRange log_segment_bytes{256 << 10, 256 << 10};
  NumberRange proposals_pending_max{4096, 4096};
  NumberRange reads_pending_max{4096, 4096};
  NumberRange events_waiting_max{1024, 1024};
  NumberRange listeners{1, 1};                          // Of each host.
  std::string machine = std::string(kMachineInMemory);  // Or kMachineOnDisk.
  NumberRange machine_sync_every{64, 64};
  NumberRange snapshot_every_entries{0, 0};
  NumberRange snapshot_every_bytes{0, 0};
  NumberRange compaction_overhead{64, 64};
  NumberRange snapshot_chunk_bytes{64 * 1024, 64 * 1024};
  bool buggify = false;
  bool leases = false;
  uint64_t lease_drift_ppm_max = 20'000;  // What the engine takes for the worst clock.
};

struct NetworkSpec {
  DurationRange delay{Microseconds(500), Milliseconds(1)};
  uint32_t tail_octaves_max = 0;
  uint64_t bytes_per_second = 0;
  uint64_t queue_bytes_max = 0;
};

struct DiskSpec {
  DurationRange sync{Microseconds(100), Microseconds(200)};
  bool crash_loses_unsynced = true;
  uint32_t crash_kept_weight = 1;
  uint32_t crash_old_weight = 1;
  uint32_t crash_torn_weight = 1;
};

struct ClockSpec {
  Duration offset_max;
  uint64_t drift_ppm_max = 0;
};

// How a client finds its host and what it does without an answer.
struct ClientMix {
  uint32_t well_behaved_weight = 1;  // Follows leader hints, backs off, retries until answered.
  uint32_t sticky_weight = 1;        // Always the same host.
  uint32_t stubborn_weight = 1;      // Retries elsewhere at once, the same operation.
};

struct WorkloadSpec {
  NumberRange clients{4, 4};
  uint64_t operations_per_second = 10;  // Of all clients together, in virtual time.
  NumberRange keys{4, 4};               // A shard.
  NumberRange value_bytes{16, 64};
  uint32_t put_weight = 4;
  uint32_t append_weight = 4;
  uint32_t get_weight = 4;
  uint32_t leader_read_weight = 0;    // Reads without an entry, at the leader,
  uint32_t follower_read_weight = 0;  // at any host,
  uint32_t stale_read_weight = 0;     // and of any state that once was.
  Duration timeout = Seconds(3);      // Of one attempt.
  bool sessions = true;
  Ratio unregister;  // Of operations, after which a client closes its session.
  ClientMix mix;
  uint64_t log_readers = 0;  // Programs that follow the logs of all shards.
};

// An operator: a program on a host of its own that stops, starts and moves replicas while clients
// work. What it does is drawn up front into the case, or listed.
struct OperatorSpec {
  DurationRange every;  // From one item to the next; 0: nothing is drawn.
  DurationRange lasting{Milliseconds(200), Seconds(3)};
  uint32_t restart_weight = 1;
  uint32_t transfer_weight = 0;
  uint32_t add_weight = 0;
  uint32_t replace_weight = 0;
  uint32_t witness_weight = 0;
  uint32_t remove_weight = 0;
  uint32_t forget_weight = 0;
  uint32_t snapshot_weight = 0;
  uint32_t meddle_weight = 0;
  uint32_t refill_weight = 0;
  uint32_t migrate_weight = 0;
  uint32_t migrate_shard_weight = 0;
  uint32_t drain_weight = 0;
  uint32_t switch_weight = 0;
  uint32_t migrate_back_weight = 0;
  uint32_t migrate_leader_weight = 0;
  uint32_t cancel_weight = 0;
  uint32_t crowd_weight = 0;
  uint32_t create_weight = 0;
  uint32_t add_host_weight = 0;
  uint32_t by_hand_weight = 0;
  NumberRange calm_transfers{0, 0};  // After healing.
  std::vector<std::string> items;    // operator_plan.h has the words. Instead of drawn ones.

  bool works() const {
    return every.high > Duration{} || !items.empty() || calm_transfers.high > 0;
  }
};

// The control plane: shard 1 holds the metadata, and the host that leads it runs the controllers.
struct ControlSpec {
  bool on = false;
  NumberRange voters{3, 3};           // Of the metadata shard; at most the hosts.
  std::string strategy = "stepwise";  // Of migrations: stepwise, or joint.
  bool random_ids = false;            // Replica ids are 64 random bits instead of 1, 2, ...
  NumberRange lag_max{16, 16};        // Entries by which a replica that is promoted may lag.
  NumberRange parallel{4, 4};         // Migrations under way at once, of different shards.
  Duration dead_after;                // A host unheard of for so long is rebuilt; 0: never.
  bool balance = false;
  NumberRange hosts_added{0, 0};  // Machines that are not there until an operator adds them.
};

// A replicaset under failover: its instances, in the order of their names, live on hosts 1, 2, ....
// Supervised, they bootstrap the one shard themselves, among faults from the beginning on; with a
// control plane (control.on) coordinators appoint its leader, and it exists if it has a voter for
// each instance (voters), or comes about likewise if it has one. In modes off, manual and election
// the shard exists, and the configuration says who may write.
struct FailoverSpec {
  // In its published YAML shape; empty: none. Several, with lines "---" between them: a run has
  // one.
  std::string config;
  std::string profile = "tarantool-3.4";
  DurationRange late_start;   // How much later than the first a host may start.
  DurationRange chosen_late;  // And the one that is to create the shard, beyond that.
  // What an operator puts in its place, one after the other, likewise; with the same instances.
  std::string edits;
  DurationRange edit_every{Seconds(10), Seconds(10)};
  DurationRange edit_spread;  // How much later a host gets it.
  // Beside a control plane: leaders are appointed at runtime.
  NumberRange coordinators{2, 2};
  uint64_t drift_ppm_max = 500;  // No clock's rate is wrong by more, they believe.

  bool on() const { return !config.empty(); }
};

struct PhaseSpec {
  Duration bootstrap_max = Seconds(30);
  DurationRange chaos{Seconds(60), Seconds(60)};
  Duration converge_max = Seconds(60);
};

struct Scenario {
  std::string name;
  std::string summary;
  NumberRange hosts{3, 3};
  NumberRange shards{1, 1};
  NumberRange voters{3, 3};  // A shard; at most the hosts.
  Duration step_cost = Microseconds(1);
  EngineSpec engine;
  NetworkSpec network;
  DiskSpec disk;
  ClockSpec clock;
  WorkloadSpec workload;
  OperatorSpec operations;
  ControlSpec control;
  FailoverSpec failover;
  PhaseSpec phases;
  std::vector<FaultSpec> faults;
  std::vector<std::string> judges;  // Properties that it must exercise.
  std::vector<std::string> expect;  // Properties whose violation is expected.

  // Shards with clients are numbered without gaps. Requires, for the last: `shards` is one value.
  uint64_t first_shard() const { return control.on ? 2 : 1; }
  // Engine hosts, with those that may be added; they have the highest ids. Requires: one value.
  uint64_t hosts_max() const { return hosts.low + control.hosts_added.low; }
  uint64_t last_shard() const { return first_shard() - 1 + shards.low; }
};

}  // namespace ww::scenarios
