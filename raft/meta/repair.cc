#include "raft/meta/repair.h"

#include <algorithm>
#include <tuple>

#include "raft/meta/placement.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

bool IsVotingMember(const Placement& placement) {
  return placement.role == MemberRole::kVoter && placement.state == PlacementState::kMember;
}

bool IsDrained(const State& state, const Placement& placement) {
  return state.hosts.Get(placement.host).draining;
}

uint32_t LiveVoters(const State& state, const ShardRecord& shard) {
  uint32_t live = 0;
  for (const Placement& placement : shard.placements) {
    if (IsVotingMember(placement) && !IsLost(state, placement)) ++live;
  }
  return live;
}

// The replica of the shard that has to go, and why; nothing when none has, or none can.
struct Need {
  HostId source;
  MigrationCause cause = MigrationCause::kRepair;
};
std::optional<Need> NeedOf(const State& state, const ShardRecord& shard) {
  if (shard.phase != ShardPhase::kLive || !shard.migration.none()) return std::nullopt;
  if (LiveVoters(state, shard) * 2 <= shard.voters) return std::nullopt;
  std::optional<Need> need;
  for (const Placement& placement : shard.placements) {
    if (!IsVotingMember(placement)) continue;
    if (IsLost(state, placement)) return Need{placement.host, MigrationCause::kRepair};
    if (!need.has_value() && IsDrained(state, placement)) {
      need = Need{placement.host, MigrationCause::kDrain};
    }
  }
  return need;
}

}  // namespace

std::optional<RecordDeath> JudgeHost(const HostRecord& host, Duration silent,
                                     const Limits& limits) {
  const bool dead = silent >= limits.dead_after;
  if (dead == host.dead) return std::nullopt;
  // One that is silent for less than that is not back before it was heard again.
  if (!dead && silent > Duration{}) return std::nullopt;
  return RecordDeath{host.id, dead};
}

bool IsLost(const State& state, const Placement& placement) {
  const HostRecord& host = state.hosts.Get(placement.host);
  return host.dead || (!placement.disk.none() && host.disk != placement.disk);
}

std::optional<PlanMigration> PlanRepair(const State& state, const Limits& limits) {
  const auto mends = [](const Migration& migration) {
    return migration.cause == MigrationCause::kRepair || migration.cause == MigrationCause::kDrain;
  };
  const auto mending = std::count_if(state.migrations.begin(), state.migrations.end(), mends);
  if (mending >= limits.migrations_parallel_max) return std::nullopt;
  // Lower is more urgent.
  using Urgency = std::tuple<bool, uint32_t, ShardId>;
  std::optional<Urgency> most;
  std::optional<PlanMigration> plan;
  for (const ShardRecord& shard : state.shards) {
    const std::optional<Need> need = NeedOf(state, shard);
    if (!need.has_value()) continue;
    const Urgency urgency{need->cause == MigrationCause::kDrain, LiveVoters(state, shard),
                          shard.id};
    if (most.has_value() && *most < urgency) continue;
    const std::optional<HostId> target = ChooseTarget(state, shard);
    if (!target.has_value()) continue;
    most = urgency;
    plan = PlanMigration{shard.id, Strategy::kStepwise, need->cause, {{need->source, *target}}};
  }
  return plan;
}

bool NeedsRepair(const State& state) {
  return std::any_of(state.shards.begin(), state.shards.end(), [&state](const ShardRecord& shard) {
    return std::any_of(shard.placements.begin(), shard.placements.end(),
                       [&state](const Placement& placement) {
                         return IsVotingMember(placement) &&
                                (IsLost(state, placement) || IsDrained(state, placement));
                       });
  });
}

}  // namespace ww::raft::meta
