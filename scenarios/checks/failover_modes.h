// Failover without coordinators, modes off, manual and election: failover-mode, and
// failover-gap-bounded there.
//
// Who may write is computed here a second time, from the configuration that the harness gave each
// host. A write is judged by that of the host that takes it, and a transfer of leadership by those
// that its leader's host has had lately: it may have been begun under one and go on under the next.
//
// Somebody has to write within the bound whenever all but one of the instances are up, all agree
// who may write, and one of those is up: from the last crash, start or change of a configuration
// on; while clients work only where nothing but crashes is tried, and after healing always.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "scenarios/checks/failover_events.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class FailoverModeChecks {
 public:
  explicit FailoverModeChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ReplicasetConfigured& event);
  void On(const WriteTaken& event);
  void On(const TransferChanged& event);
  void On(const RoleChanged& event);
  void On(const HostStarted& event);
  void On(const HostCrashed& event);
  void On(const PhaseBegan& event);
  void On(const TimePassed& event);

 private:
  struct Configuration {
    TrueTime since;
    FailoverMode mode = FailoverMode::kOff;
    std::vector<HostId> writers;  // By host.
  };
  struct Instance {
    ReplicaId replica;
    bool up = false;
    std::deque<Configuration> had;  // The present one is the last.
  };
  struct Replicaset {
    absl::btree_map<HostId, Instance> instances;
    Duration gap_max;
    bool only_crashes = false;
    Term led_in;                           // The highest term that somebody led in,
    HostId leader;                         // who; none: not any more.
    std::optional<TrueTime> waited_since;  // Somebody has to write.
  };

  Replicaset* Find(ShardId shard);
  static bool Writes(const Configuration& configuration, HostId host);
  static bool SomebodyWrites(const Replicaset& set);
  bool MustWrite(const Replicaset& set) const;
  // Something happened that a writer may have been lost by, or found.
  void Look(ShardId shard, Replicaset& set, bool unrest);

  Reporter& reporter_;
  absl::btree_map<ShardId, Replicaset> sets_;
  std::optional<Phase> phase_;
};

}  // namespace ww::checks
