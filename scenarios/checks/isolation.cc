#include "scenarios/checks/isolation.h"

#include <fmt/format.h>

namespace ww::checks {

void IsolationChecks::On(const MachineBroke& event) {
  broken_.push_back({event.who, event.host, std::string(event.reason)});
}

void IsolationChecks::On(const ReplicaStopped& event) {
  for (const Broken& broken : broken_) {
    if (broken.host != event.host) continue;
    reporter_.Count(PropertyId::kShardIsolation);
    const bool for_that = event.reason.find(broken.reason) != std::string_view::npos;
    if (!for_that || event.who == broken.who) continue;
    reporter_.Report(PropertyId::kShardIsolation, event.who.shard,
                     "shard {}: replica {} on host {} stops because of another one: {}",
                     event.who.shard, event.who.replica, event.host, broken.reason);
    return;
  }
}

}  // namespace ww::checks
