// The configuration of a supervised replicaset that is to start for the first time, with edited
// priorities, in its published shape.
#pragma once

#include <string>
#include <vector>

#include "raft/failover/config.h"
#include "sim/base/ids.h"

namespace ww::scenarios::fuzz {

// The instances on `favoured`, which are in the order of their names from host 1 on, have higher
// priorities than any that a configuration should need, the last one the highest. All else that
// matters in a first start is as in `config`.
std::string EditedConfiguration(const raft::failover::FailoverConfig& config,
                                const std::vector<HostId>& favoured);

}  // namespace ww::scenarios::fuzz
