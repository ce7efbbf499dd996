// What instances say while they bootstrap, in the checks' vocabulary.
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

void RunObserver::BootstrapTold(HostId host, const raft::failover::BootstrapEvent& event) {
  using Kind = raft::failover::BootstrapEvent::Kind;
  Record(kinds_.bootstrap, host, event.shard, event.kind, event.creator, event.identity,
         event.agreed.size());
  switch (event.kind) {
    case Kind::kWaits:
    case Kind::kStartsOver:
      return;
    case Kind::kRecalled:
      return Feed(
          checks::BootstrapRecalled{host, event.shard, event.creator, event.identity.value});
    case Kind::kPromised:
      return Feed(
          checks::BootstrapPromised{host, event.shard, event.creator, event.identity.value});
    case Kind::kCreates:
      return Feed(checks::BootstrapBegun{host, event.shard, event.identity.value, event.agreed,
                                         event.connected});
    case Kind::kJoins:
      return Feed(checks::BootstrapJoined{host, event.shard, event.identity.value});
  }
}

}  // namespace ww::scenarios
