// Supervised: a replicaset that bootstraps its shard itself, as a cluster needs it.
//
// Its instances, in the order of their names, live on hosts 1, 2, ...; it has shard 1, whose first
// replica the chosen one creates.
#pragma once

#include "raft/failover/bootstrap.h"
#include "raft/failover/config.h"
#include "scenarios/bind/group_view.h"
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

// Where the shard's first replica will stand.
ReplicaPlace FounderOf(const raft::failover::FailoverConfig& config);

// Tells the checks what they judge the bootstrap by: what the host is configured with from now on;
// no host: all, before they start.
void Announce(const raft::failover::FailoverConfig& config, HostId host, RunObserver& observer);

// The service of one instance, and who hears of what it does. Lives with the engine's process.
class SupervisedInstance final : public raft::failover::BootstrapWatcher {
 public:
  SupervisedInstance(const raft::failover::FailoverConfig& config, HostId host,
                     Duration election_timeout, RunObserver& observer);
  void On(const raft::failover::BootstrapEvent& event) override;
  void Reconfigure(const raft::failover::FailoverConfig& config) { bootstrap_.Reconfigure(config); }
  raft::Service& service() { return bootstrap_; }

 private:
  const HostId host_;
  RunObserver& observer_;
  raft::failover::Bootstrap bootstrap_;
};

}  // namespace ww::scenarios
