// Texts about the ghost, for failures: a line a replica.
#pragma once

#include <string>

#include "scenarios/checks/ghost.h"

namespace ww::checks {

std::string DescribeReplica(const ReplicaGhost& replica, const HostGhost& host);
std::string DescribeShardGhost(const ShardGhost& shard, const Ghost& ghost);

}  // namespace ww::checks
