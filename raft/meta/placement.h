// Placement: which hosts take new replicas, and which ids these may have. Fewest replicas first,
// then the lowest host id; never two of a shard on one host; only hosts that are up, stay, and have
// told of their disk.
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

// With random ids: what to propose for a new replica, out of all 64 bits but 0, by a draw of as
// many. 0 gives the one behind the highest that was used. It may have been used; the metadata
// refuse that.
ReplicaId RandomId(const ShardRecord& shard, uint64_t drawn);

}  // namespace ww::raft::meta
