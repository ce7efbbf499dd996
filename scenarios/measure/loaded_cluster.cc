#include "scenarios/measure/loaded_cluster.h"

#include <utility>

#include "sim/base/check.h"

namespace ww::measure {
namespace {

constexpr Duration kSettleMax = Seconds(60);

scenarios::ClusterSpec ClusterSpecOf(const LoadedClusterSpec& spec) {
  scenarios::ClusterSpec cluster;
  cluster.seed = spec.seed;
  cluster.hosts = spec.hosts;
  cluster.shards = spec.shards;
  cluster.voters = spec.hosts;
  cluster.engine.election_timeout = Seconds(1);
  cluster.engine.heartbeat_interval = Milliseconds(100);
  cluster.engine.append_entries_max = spec.append_entries_max;
  cluster.engine.snapshots.every_entries = spec.snapshot_every;
  cluster.engine.limits.log_segment_bytes = spec.log_segment_bytes;
  cluster.links.delay = {Microseconds(500), Microseconds(500), 0};
  cluster.disk.sync = {Microseconds(100), Microseconds(100), 0};
  cluster.judge.election_timeout = cluster.engine.election_timeout;
  cluster.judge.enabled = spec.checks;
  return cluster;
}

}  // namespace

LoadedCluster::LoadedCluster(const LoadedClusterSpec& spec, sim::FiberPool& fibers)
    : spec_(spec), cluster_(ClusterSpecOf(spec), fibers) {
  sim::Host& client = world().AddHost({.name = "load"}, cluster_.spec().links);
  client.SetMain([this](sim::Process& process) {
    Load load(process, cluster_.observer(),
              {spec_.hosts, spec_.shards, spec_.outstanding, spec_.sessions});
    load_ = &load;
    sim::WaitQueue for_ever(process);
    for_ever.Wait();
  });
  cluster_.Start();
}

void LoadedCluster::Settle() { CHECK(cluster_.RunUntilLed(kSettleMax)); }

void LoadedCluster::BeginLoad() {
  CHECK(load_ == nullptr);
  world().host(HostId(world().hosts())).Start();
  RunFor(Milliseconds(1));
  CHECK(load_ != nullptr);
  load_->Begin();
}

void LoadedCluster::RunCommands(uint64_t commands) {
  const uint64_t until = completed() + commands;
  while (completed() < until) CHECK(world().Step());
  CHECK(!cluster_.observer().violated());
}

void LoadedCluster::RunFor(Duration length) {
  cluster_.RunFor(length);
  CHECK(!cluster_.observer().violated());
}

}  // namespace ww::measure
