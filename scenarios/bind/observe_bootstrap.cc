// What instances say while they bootstrap, in the checks' vocabulary.
#include <utility>
#include <vector>

#include "scenarios/bind/observer.h"

namespace ww::scenarios {

void RunObserver::ReplicasetSupervised(const checks::ReplicasetSupervised& event) {
  Record(kinds_.configured, event.host, event.shard, event.instances.size());
  std::vector<HostId> counting;
  for (const checks::SupervisedInstance& one : event.instances) {
    if (!one.anonymous && !one.isolated) counting.push_back(one.host);
  }
  if (event.host.none()) view_.first_starts().Supervise(event.shard, std::move(counting));
  Feed(event);
}

void RunObserver::BootstrapTold(HostId host, const raft::failover::BootstrapEvent& event) {
  using Kind = raft::failover::BootstrapEvent::Kind;
  Record(kinds_.bootstrap, host, event.shard, event.kind, event.creator, event.identity,
         event.agreed.size());
  switch (event.kind) {
    case Kind::kWaits:
    case Kind::kStartsOver:
      return;
    case Kind::kRecalled:
      view_.first_starts().Holds(event.shard, host, event.creator, event.identity.value);
      return Feed(
          checks::BootstrapRecalled{host, event.shard, event.creator, event.identity.value});
    case Kind::kPromised:
      view_.first_starts().Holds(event.shard, host, event.creator, event.identity.value);
      return Feed(
          checks::BootstrapPromised{host, event.shard, event.creator, event.identity.value});
    case Kind::kCreates:
      view_.Founded(event.shard, host);
      return Feed(checks::BootstrapBegun{host, event.shard, event.identity.value, event.agreed,
                                         event.connected});
    case Kind::kJoins:
      return Feed(checks::BootstrapJoined{host, event.shard, event.identity.value});
  }
}

}  // namespace ww::scenarios
