// Supervised: a replicaset that bootstraps its shard itself, as a cluster needs it.
//
// Its instances, in the order of their names, live on hosts 1, 2, ...; it has the first shard with
// clients, whose first replica the chosen one creates.
#pragma once

#include "raft/failover/bootstrap.h"
#include "raft/failover/config.h"
#include "scenarios/bind/group_view.h"
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

// Where the shard's first replica will stand.
ReplicaPlace FounderOf(const raft::failover::FailoverConfig& config, ShardId shard);

// Tells the checks what they judge the bootstrap by: what the host is configured with from now on;
// no host: all, before they start.
struct FirstStartAnnouncement {
  const raft::failover::FailoverConfig& config;
  ShardId shard;
  HostId host;
};
void Announce(const FirstStartAnnouncement& what, RunObserver& observer);

// The service of one instance, and who hears of what it does. Lives with the engine's process.
class SupervisedInstance final : public raft::failover::BootstrapWatcher {
 public:
  SupervisedInstance(const FirstStartAnnouncement& what, Duration election_timeout,
                     RunObserver& observer);
  void On(const raft::failover::BootstrapEvent& event) override;
  void Reconfigure(const raft::failover::FailoverConfig& config) { bootstrap_.Reconfigure(config); }
  raft::Service& service() { return bootstrap_; }

 private:
  const HostId host_;
  RunObserver& observer_;
  raft::failover::Bootstrap bootstrap_;
};

}  // namespace ww::scenarios
