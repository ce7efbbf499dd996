// Placement: which hosts take new replicas. Fewest replicas first, then the lowest id; never two of
// a shard on one host; only hosts that are up, stay, and have told of their disk.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "raft/meta/state.h"

namespace ww::raft::meta {

// Replicas that are on the host or on their way there, without those on their way from there.
uint32_t LoadOf(const State& state, HostId host);
// Whether the host could take a replica of the shard now.
bool CouldTake(const State& state, const ShardRecord& shard, const HostRecord& host);
// For one more replica of the shard; nothing when no host could take it.
std::optional<HostId> ChooseTarget(const State& state, const ShardRecord& shard);
// For the founders of a requested shard, sorted; nothing when there are too few hosts.
std::optional<std::vector<HostId>> ChooseFounders(const State& state, const ShardRecord& shard);

}  // namespace ww::raft::meta
