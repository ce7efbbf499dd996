// Clusters: figures of a whole engine cluster, judged or not.
//
// A clock of wall time comes from the caller (primitives.h). Bringing the cluster up, electing
// leaders and a warm-up are not included in what is measured.
#pragma once

#include "scenarios/measure/loaded_cluster.h"
#include "scenarios/measure/primitives.h"

namespace ww::measure {

// Commands answered under the load of `spec`.
Measured Commits(const LoadedClusterSpec& spec, uint64_t commands, WallClock clock);
// Nanoseconds of virtual time that pass without any client.
Measured IdleTime(const LoadedClusterSpec& spec, Duration length, WallClock clock);
// Runs a cluster of three hosts until 10,000 entries are committed; for its use of memory.
void FillLog();

}  // namespace ww::measure
