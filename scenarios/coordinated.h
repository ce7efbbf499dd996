// Coordinated: a shard whose leader is appointed, as a cluster needs it.
//
// The shard is the first behind the metadata shard. It exists from the beginning, with a voter for
// each instance of the configuration, in the order of their names; or it comes about by priority
// (supervised.h), and controllers leave it alone. Coordinators live on the last hosts of the
// cluster, beside instances where hosts are few.
#pragma once

#include <vector>

#include "raft/coordinator/coordinator.h"
#include "raft/failover/config.h"
#include "raft/failover/lease_keeper.h"
#include "scenarios/bind/group_view.h"
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

struct FailoverOptions {
  raft::failover::FailoverConfig config;
  size_t coordinators = 2;
  uint32_t drift_ppm_max = 0;  // As they believe.
  bool from_nothing = false;   // The shard comes about by priority.
};

inline constexpr ShardId kCoordinatedShard{2};

// Those of the instances, in their order; from nothing hosts 1, 2, ...
std::vector<HostId> InstanceHosts(const FailoverOptions& options,
                                  const std::vector<ReplicaPlace>& places);

// Tells the checks what they judge by. `only_crashes`: nothing else is broken on purpose.
struct Announcement {
  const FailoverOptions& options;
  const std::vector<HostId>& hosts;
  Duration election_timeout;
  bool only_crashes = false;
};
void Announce(const Announcement& what, RunObserver& observer);

// The service of an instance, and who hears of what it does. Lives with the engine's process.
class LeasedInstance final : public raft::failover::LeaseWatcher {
 public:
  LeasedInstance(HostId host, RunObserver& observer)
      : host_(host), observer_(observer), keeper_(kCoordinatedShard, *this) {}
  void On(const raft::failover::LeaseEvent& event) override { observer_.LeaseTold(host_, event); }
  raft::Service& service() { return keeper_; }

 private:
  const HostId host_;
  RunObserver& observer_;
  raft::failover::LeaseKeeper keeper_;
};

// Likewise of a coordinator.
class CoordinatingHost final : public raft::failover::CoordinatorWatcher {
 public:
  CoordinatingHost(raft::failover::CoordinatorOptions options, HostId host, RunObserver& observer)
      : host_(host), observer_(observer), coordinator_(std::move(options), *this) {}
  void On(const raft::failover::CoordinatorEvent& event) override {
    observer_.CoordinatorTold(host_, event);
  }
  raft::Service& service() { return coordinator_; }
  void Reconfigure(const raft::failover::FailoverConfig& config) {
    coordinator_.Reconfigure(config);
  }

 private:
  const HostId host_;
  RunObserver& observer_;
  raft::failover::Coordinator coordinator_;
};

// `config`: as the coordinator's host has it.
raft::failover::CoordinatorOptions CoordinatorOf(const FailoverOptions& options,
                                                 const raft::failover::FailoverConfig& config,
                                                 const std::vector<ReplicaPlace>& places,
                                                 Duration election_timeout);
// What a host's coordinator goes by from now on.
void AnnounceEdit(HostId host, const raft::failover::FailoverConfig& config,
                  const std::vector<HostId>& hosts, RunObserver& observer);

}  // namespace ww::scenarios
