#include "raft/failover/first_start.h"

#include "raft/failover/choice.h"
#include "sim/base/check.h"

namespace ww::raft::failover {

uint32_t PeersOf(const FailoverConfig& config) {
  uint32_t peers = 0;
  for (const Instance& instance : config.instances) {
    if (!instance.anonymous && !instance.isolated) ++peers;
  }
  CHECK_LE(peers, config.instances.size());
  return peers;
}

FirstStart DecideFirstStart(const FailoverConfig& config, std::string_view self, LocalDisk disk) {
  CHECK(config.Find(self) != nullptr, "{} is not in {}", self, config.replicaset);
  if (disk.has_data) return JoinAgain{};
  if (config.Find(self)->isolated) return StayIsolated{};
  const std::optional<std::string> chosen = ChooseBootstrapLeader(config).chosen();
  if (config.strategy != Strategy::kAuto) return WaitForOrder{};
  if (!chosen.has_value()) return NobodyEligible{};
  // Also when the chosen one is isolated, and will not start: no fallback has no exception.
  if (*chosen != self) return WaitFor{*chosen};
  return CreateShard{ConnectionsNeeded(PeersOf(config))};
}

}  // namespace ww::raft::failover
