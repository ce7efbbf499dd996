// Balance: replicas and leaders spread over the hosts by their number. Pure.
//
// A move is wanted only when it lessens the gap between two hosts that are at least a gap apart
// (limits.h); so every move lowers the sum of the squares of the loads, and without other changes
// moves come to an end. Hosts that are dead or drained take no part.
#pragma once

#include <optional>
#include <vector>

#include "raft/meta/commands.h"
#include "raft/meta/limits.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

// A move of a replica from the most loaded host that has one to spare to the least loaded one that
// could take it. Nothing while anything is to be repaired, or as many go on as may.
std::optional<PlanMigration> PlanBalance(const State& state, const Limits& limits);

struct Leadership {
  ShardId shard;
  ReplicaId leader;
};
// A transfer that evens out where shards are led. `leaders`: at most one of each shard, as hosts
// told. `healthy`: hosts that answered lately. Shards in a migration are left alone.
std::optional<RecordTransfer> PlanTransfer(const State& state,
                                           const std::vector<Leadership>& leaders,
                                           const std::vector<HostId>& healthy,
                                           const Limits& limits);

}  // namespace ww::raft::meta
