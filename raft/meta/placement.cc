#include "raft/meta/placement.h"

#include <algorithm>
#include <utility>

#include "raft/meta/steps.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

// What the placements do not say yet: whom the moves to come and the one under way bring, and whom
// they take away. A migration that is rolled back brings and takes nobody.
int32_t Underway(const Migration& migration, HostId host) {
  if (std::holds_alternative<RollingBack>(migration.progress)) return 0;
  const auto* moving = std::get_if<Moving>(&migration.progress);
  int32_t load = 0;
  for (size_t i = moving == nullptr ? 0 : moving->move; i < migration.moves.size(); ++i) {
    const Move& move = migration.moves[i];
    const bool now = moving != nullptr && i == moving->move;
    const bool gone = now && (OldIsLeaving(migration.strategy, moving->step) ||
                              moving->step == MoveStep::kDataRemoved);
    if (move.source == host && !gone) --load;
    if (move.target == host && move.new_replica.none()) ++load;
  }
  return load;
}

std::vector<std::pair<uint32_t, HostId>> Candidates(const State& state, const ShardRecord& shard) {
  std::vector<std::pair<uint32_t, HostId>> found;
  for (const HostRecord& host : state.hosts) {
    if (CouldTake(state, shard, host)) found.emplace_back(LoadOf(state, host.id), host.id);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

uint32_t LoadOf(const State& state, HostId host) {
  int32_t load = 0;
  for (const ShardRecord& shard : state.shards) {
    const Placement* placement = PlacementOn(shard, host);
    if (placement != nullptr && placement->state != PlacementState::kLeaving) ++load;
  }
  for (const Migration& migration : state.migrations) load += Underway(migration, host);
  CHECK_GE(load, 0);
  return static_cast<uint32_t>(load);
}

bool CouldTake(const State& state, const ShardRecord& shard, const HostRecord& host) {
  if (!TakesReplicas(host) || host.disk.none()) return false;
  if (PlacementOn(shard, host.id) != nullptr) return false;
  const Migration* migration = state.migrations.Find(shard.migration);
  if (migration == nullptr) return true;
  return std::none_of(migration->moves.begin(), migration->moves.end(),
                      [&host](const Move& move) { return move.target == host.id; });
}

std::optional<HostId> ChooseTarget(const State& state, const ShardRecord& shard) {
  const auto found = Candidates(state, shard);
  if (found.empty()) return std::nullopt;
  return found.front().second;
}

std::optional<std::vector<HostId>> ChooseFounders(const State& state, const ShardRecord& shard) {
  CHECK(shard.phase == ShardPhase::kRequested);
  const auto found = Candidates(state, shard);
  std::vector<HostId> hosts;
  for (const auto& [load, host] : found) {
    if (shard.hosts.empty() ? hosts.size() < shard.voters
                            : std::binary_search(shard.hosts.begin(), shard.hosts.end(), host)) {
      hosts.push_back(host);
    }
  }
  if (hosts.size() != shard.voters) return std::nullopt;
  std::sort(hosts.begin(), hosts.end());
  return hosts;
}

// Beyond the end it goes on from the beginning: ids have no order that anything relies on.
ReplicaId RandomId(const ShardRecord& shard, uint64_t drawn) {
  const uint64_t first = shard.used.empty() ? 1 : shard.used.back().value + 1;
  const ReplicaId id(first + drawn);
  return id.none() ? ReplicaId(1) : id;
}

}  // namespace ww::raft::meta
