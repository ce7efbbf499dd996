// Host: the multi-Raft engine of one machine. Many replicas, few fibers, one log, one sync per
// batch.
//
// Run() recovers the log, starts the replicas that the bootstrap configuration places here and
// serves until its process ends. It takes messages, client requests and deadlines, steps the
// replicas they concern, sends what may be sent now, and puts records into the log, one append and
// one sync a batch; what is decided during a sync becomes the next batch; what waited for a batch
// is released after it. Committed entries are applied in batches of bounded size.
//
// Errors: a write or sync error of the shared log stops every replica of the host, visibly
// (ReplicaStopped); corruption of the log is reported and Run returns DataLoss.
// Invariants: nothing that speaks of a record leaves before the record is durable.
// Suspends: Run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "raft/core/replica.h"
#include "raft/env/env.h"
#include "raft/host/events.h"
#include "raft/host/service.h"
#include "raft/host/snapshot_policy.h"
#include "raft/machine/state_machine.h"

namespace ww::raft {

struct HostLimits {
  uint32_t proposals_pending_max = 4096;  // Per shard, beyond which callers get kBusy.
  uint32_t payload_bytes_max = 1 << 20;   // Of a command; a larger one is rejected.
  // Per shard: commands that its leader holds and has not applied, beyond which callers get kBusy.
  uint64_t log_bytes_max = 64 << 20;
  uint64_t log_answer_bytes_max = 1 << 20;  // Payloads in one answer to a LogQuery.
  uint32_t apply_batch_max = 256;  // Entries of one shard applied before others have a turn.
  uint32_t sessions_max = 4096;    // Per shard; the least recently used is evicted.
  uint64_t log_segment_bytes = 256 << 10;  // Then the log goes on in a new file. 0: never.
  uint32_t log_batch_bytes_max = 1 << 20;  // Records written by one append of the log writer.
  uint32_t proposals_batch_max = 64;       // Client requests of one shard put into one Propose.
  uint32_t reads_pending_max = 4096;       // Per shard, beyond which readers get kBusy.
  uint32_t events_waiting_max = 1024;      // For one listener; beyond it see events.h.
};

struct ShardPlacement {
  ShardId shard;
  ReplicaId replica;  // Of this host.
  Membership membership;
  // Its host takes part once a service says whose the place is (service.h), and asks no member.
  bool placed_by_service = false;
};

// Where a replica's machine has what it applied when its host starts again: in snapshots alone, or
// in files of its own (raft/machine/disk_machine.h).
enum class MachineKind : uint8_t { kMemory, kDisk };

// Makes the empty state machine of a shard. The same kind on every host, and in every life.
using MachineMaker = std::function<std::unique_ptr<StateMachine>(ShardId shard)>;

struct HostConfig {
  std::vector<ShardPlacement> shards;  // Those with a replica on this host.
  Duration election_timeout = Seconds(1);
  Duration heartbeat_interval = Milliseconds(100);
  // Heartbeats of all shards between two hosts leave together, in one message.
  bool coalesce_heartbeats = true;
  // Shards without news for this long rest: no heartbeats, no timers; 0: never. Requires coalesced
  // heartbeats, and then hosts exchange signs of life.
  Duration quiet_after;
  uint32_t in_flight_entries_max = 256;
  uint64_t in_flight_bytes_max = 16 << 20;
  uint32_t append_entries_max = 64;
  // Entries that a replica may lack and count as caught up, when a leader judges a change.
  uint32_t promote_lag_max = 256;
  HostLimits limits;
  // Leaders answer reads by lease (Raft 6.4.1) when no clock's rate is wrong by more than this, in
  // millionths. None: leases are off. All hosts agree on it.
  std::optional<uint32_t> lease_drift_ppm_max;
  MachineKind machine = MachineKind::kMemory;
  // Asked before a replica's machine applies an entry: whether it can. An error is the end of that
  // machine: its replica stops for good, and nothing else does. Null: it always can.
  std::function<absl::Status(const ReplicaIdentity&, Index)> machine_health;
  SnapshotPolicy snapshots;
  MachineMaker machines;  // None: a key-value machine for every shard.
  Rules rules;            // All hosts have the same.
};

// A look inside for failure texts and tests; never used by checks.
struct ReplicaSummary {
  ShardId shard;
  ReplicaId replica;
  Role role;
  Term term;
  Index commit;
  Index applied;
  Index durable;
  Index last;
};

class Host {
 public:
  Host(Env& env, HostConfig config);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Before Run; borrowed until it returned or the process ended.
  void AddListener(EventListener& listener);
  void AddService(Service& service);
  absl::Status Run();
  std::vector<ReplicaSummary> Summarise() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ww::raft
