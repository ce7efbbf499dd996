// Repair: which hosts are dead, and which replicas are to be rebuilt elsewhere. Pure.
//
// A replica is lost when its host is dead or has another disk than the replica lived on. A lost
// replica is replaced by a migration like any other: a new one first, then the old one is deleted.
// A shard without a live quorum can't be repaired: nothing is wanted of it until hosts come back.
#pragma once

#include <optional>

#include "raft/meta/commands.h"
#include "raft/meta/limits.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

// What to record of a host that has been silent for so long; nothing when it stands recorded.
std::optional<RecordDeath> JudgeHost(const HostRecord& host, Duration silent, const Limits& limits);

bool IsLost(const State& state, const Placement& placement);
// The next migration that is needed: lost replicas first, of the shard with the fewest others, then
// those of hosts that are drained. Nothing while as many go on as may.
std::optional<PlanMigration> PlanRepair(const State& state, const Limits& limits);
// Whether a shard has a lost replica, or one on a host that is drained.
bool NeedsRepair(const State& state);

}  // namespace ww::raft::meta
