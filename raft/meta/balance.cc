#include "raft/meta/balance.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "raft/meta/placement.h"
#include "raft/meta/repair.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

struct Load {
  uint32_t count = 0;
  HostId host;
};

// The most loaded first; of equal ones the lower id.
std::vector<Load> Loads(const State& state) {
  std::vector<Load> loads;
  for (const HostRecord& host : state.hosts) {
    if (TakesReplicas(host)) loads.push_back(Load{LoadOf(state, host.id), host.id});
  }
  std::sort(loads.begin(), loads.end(), [](const Load& a, const Load& b) {
    return a.count != b.count ? a.count > b.count : a.host < b.host;
  });
  return loads;
}

// A free shard that has a voter on the one host and could have one on the other.
const ShardRecord* Movable(const State& state, HostId source, HostId target) {
  for (const ShardRecord& shard : state.shards) {
    if (shard.phase != ShardPhase::kLive || !shard.migration.none()) continue;
    const Placement* placement = PlacementOn(shard, source);
    if (placement == nullptr || placement->role != MemberRole::kVoter) continue;
    if (CouldTake(state, shard, state.hosts.Get(target))) return &shard;
  }
  return nullptr;
}

bool Busy(const State& state, const Limits& limits) {
  if (state.migrations.size() >= limits.migrations_parallel_max) return true;
  uint32_t balancing = 0;
  for (const Migration& migration : state.migrations) {
    if (migration.cause == MigrationCause::kBalance) ++balancing;
  }
  return balancing >= limits.balance_parallel_max;
}

}  // namespace

std::optional<PlanMigration> PlanBalance(const State& state, const Limits& limits) {
  CHECK_GE(limits.replicas_gap_min, 2u);
  if (Busy(state, limits) || NeedsRepair(state)) return std::nullopt;
  const std::vector<Load> loads = Loads(state);
  for (const Load& from : loads) {
    for (auto to = loads.rbegin(); to != loads.rend(); ++to) {
      if (from.count < to->count + limits.replicas_gap_min) break;
      const ShardRecord* shard = Movable(state, from.host, to->host);
      if (shard == nullptr) continue;
      return PlanMigration{
          shard->id, Strategy::kStepwise, MigrationCause::kBalance, {{from.host, to->host}}};
    }
  }
  return std::nullopt;
}

namespace {

using Counts = absl::btree_map<HostId, uint32_t>;

Counts LeadersOf(const State& state, const std::vector<Leadership>& leaders,
                 const std::vector<HostId>& healthy) {
  Counts counts;
  for (const HostId host : healthy) {
    const HostRecord* record = state.hosts.Find(host);
    if (record != nullptr && TakesReplicas(*record)) counts[host] = 0;
  }
  for (const Leadership& leadership : leaders) {
    const ShardRecord* shard = state.shards.Find(leadership.shard);
    const Placement* placement =
        shard == nullptr ? nullptr : PlacementOf(*shard, leadership.leader);
    if (placement == nullptr) continue;
    const auto count = counts.find(placement->host);
    if (count != counts.end()) ++count->second;
  }
  return counts;
}

// The voter of the shard on the host with the fewest leaders, if that is far enough from `most`.
const Placement* Relief(const ShardRecord& shard, const Counts& counts, uint32_t most,
                        const Limits& limits) {
  const Placement* best = nullptr;
  uint32_t fewest = most;
  for (const Placement& placement : shard.placements) {
    const auto count = counts.find(placement.host);
    if (count == counts.end() || placement.role != MemberRole::kVoter) continue;
    if (count->second + limits.leaders_gap_min > most || count->second >= fewest) continue;
    best = &placement;
    fewest = count->second;
  }
  return best;
}

}  // namespace

std::optional<RecordTransfer> PlanTransfer(const State& state,
                                           const std::vector<Leadership>& leaders,
                                           const std::vector<HostId>& healthy,
                                           const Limits& limits) {
  CHECK_GE(limits.leaders_gap_min, 2u);
  const Counts counts = LeadersOf(state, leaders, healthy);
  std::optional<RecordTransfer> best;
  uint32_t most = 0;
  for (const Leadership& leadership : leaders) {
    const ShardRecord* shard = state.shards.Find(leadership.shard);
    if (shard == nullptr || shard->phase != ShardPhase::kLive) continue;
    if (!shard->migration.none()) continue;
    const Placement* placement = PlacementOf(*shard, leadership.leader);
    if (placement == nullptr) continue;
    const auto count = counts.find(placement->host);
    if (count == counts.end() || count->second <= most) continue;
    const Placement* to = Relief(*shard, counts, count->second, limits);
    if (to == nullptr) continue;
    CHECK(to->replica != leadership.leader);
    best = RecordTransfer{shard->id, to->replica};
    most = count->second;
  }
  return best;
}

}  // namespace ww::raft::meta
