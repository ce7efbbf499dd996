#include "scenarios/checks/rest.h"

#include "scenarios/checks/bounds.h"
#include "sim/base/check.h"

namespace ww::checks {

void JudgeRest(const RestMeasured& event, const Ghost& ghost, Reporter& reporter) {
  CHECK_GT(event.heartbeat_interval.ns, 0);
  uint64_t replicas = 0;
  for (const ShardGhost& shard : ghost.shards()) replicas += shard.replicas.size();
  // One interval more: a round at either end belongs to it.
  const auto intervals = static_cast<uint64_t>(event.length.ns / event.heartbeat_interval.ns) + 1;
  const uint64_t messages_max =
      kSpinFactor * intervals * (2 * replicas + event.hosts * event.hosts);
  const uint64_t disk_calls_max = kDiskCallsAtRest * replicas;
  reporter.Count(PropertyId::kNoSpin);
  if (event.messages <= messages_max && event.disk_calls <= disk_calls_max) return;
  reporter.Report(PropertyId::kNoSpin, ShardId(),
                  "in {} without faults and requests {} replicas sent {} messages "
                  "(bound {}) and made {} disk calls (bound {})",
                  event.length, replicas, event.messages, messages_max, event.disk_calls,
                  disk_calls_max);
}

}  // namespace ww::checks
