// Configured: a shard whose writer stands in the configuration (failover modes off, manual and
// election), as a cluster needs it.
//
// It is the cluster's one shard, and exists from the beginning, with a voter for each instance of
// the configuration, in the order of their names.
#pragma once

#include <vector>

#include "raft/failover/config.h"
#include "raft/failover/configured_writer.h"
#include "scenarios/bind/group_view.h"
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

// Tells the checks what they judge by: what the host is configured with from now on; no host: all,
// before they start.
struct ModeAnnouncement {
  const raft::failover::FailoverConfig& config;
  const std::vector<ReplicaPlace>& places;
  HostId host;
  Duration election_timeout;
  bool only_crashes = false;  // Nothing else is broken on purpose.
};
void Announce(const ModeAnnouncement& what, RunObserver& observer);

raft::failover::ConfiguredOptions ConfiguredOf(const raft::failover::FailoverConfig& config,
                                               const std::vector<ReplicaPlace>& places,
                                               Duration election_timeout);

}  // namespace ww::scenarios
