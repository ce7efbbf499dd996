#include "scenarios/checks/isolation.h"

#include <fmt/format.h>

namespace ww::checks {

void IsolationChecks::On(const MachineBroke& event) {
  broken_.push_back({event.who, event.host, std::string(event.reason)});
}

// Two replicas never meet the same contradiction: it names both sides.
void IsolationChecks::JudgeSharing(const ReplicaStopped& event) {
  reporter_.Count(PropertyId::kShardIsolation);
  for (const Broken& other : contradicted_) {
    if (other.host != event.host || other.who == event.who || other.reason != event.reason)
      continue;
    reporter_.Report(PropertyId::kShardIsolation, event.who.shard,
                     "shard {}: replica {} on host {} stops because another one was contradicted: "
                     "{}",
                     event.who.shard, event.who.replica, event.host, event.reason);
    return;
  }
  contradicted_.push_back({event.who, event.host, std::string(event.reason)});
}

void IsolationChecks::On(const ReplicaStopped& event) {
  if (event.contradicted && !may_contradict_) {
    reporter_.Report(PropertyId::kNoCrash, event.who.shard,
                     "shard {}: replica {} on host {} stops because {}, and no disk has lost "
                     "anything",
                     event.who.shard, event.who.replica, event.host, event.reason);
  }
  if (event.contradicted) JudgeSharing(event);
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
