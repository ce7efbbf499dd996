#include "scenarios/checks/allocations.h"

#include <fmt/format.h>

#include <algorithm>

namespace ww::checks {

void AllocationChecks::On(const IdAllocated& event, const Ghost& ghost) {
  reporter_.Count(PropertyId::kIdAllocationUnique);
  const auto report = [&](const char* before) {
    reporter_.Report(PropertyId::kIdAllocationUnique, event.who.shard,
                     "shard {}: replica id {} is handed out (migration {}), but {}",
                     event.who.shard, event.who.replica, event.migration, before);
  };
  if (!handed_out_.insert(event.who).second) return report("it was handed out before");
  const ShardGhost* shard = ghost.FindShard(event.who.shard);
  if (shard == nullptr) return;
  if (shard->Find(event.who.replica) != nullptr) return report("a replica has it");
  const bool known =
      std::any_of(shard->configs.begin(), shard->configs.end(), [&event](const Config& config) {
        return config.IsMember(event.who.replica) || Config::In(config.removed, event.who.replica);
      });
  if (known) report("a membership has named it");
}

}  // namespace ww::checks
