#include "scenarios/measure/clusters.h"

namespace ww::measure {
namespace {

constexpr uint64_t kWarmUpPerPlace = 4;
constexpr uint64_t kLogEntries = 10'000;

}  // namespace

Measured Commits(const LoadedClusterSpec& spec, uint64_t commands, WallClock clock) {
  sim::FiberPool fibers;
  LoadedCluster cluster(spec, fibers);
  cluster.Settle();
  cluster.BeginLoad();
  cluster.RunCommands(kWarmUpPerPlace * spec.shards * spec.outstanding);
  const uint64_t start = clock();
  cluster.RunCommands(commands);
  return {commands, clock() - start};
}

Measured IdleTime(const LoadedClusterSpec& spec, Duration length, WallClock clock) {
  sim::FiberPool fibers;
  LoadedCluster cluster(spec, fibers);
  cluster.Settle();
  const uint64_t start = clock();
  cluster.RunFor(length);
  return {static_cast<uint64_t>(length.ns), clock() - start};
}

void FillLog() {
  sim::FiberPool fibers;
  LoadedCluster cluster({}, fibers);
  cluster.Settle();
  cluster.BeginLoad();
  cluster.RunCommands(kLogEntries);
}

}  // namespace ww::measure
