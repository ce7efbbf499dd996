// LoadedCluster: a cluster with fixed parameters and one loading client host.
//
// Heartbeats every 100 ms, election timeout 1 s, links of 0.5 to 1 ms, syncs of 0.1 to 0.2 ms,
// every shard on every host: what all figures of `whitewater bench` share. It is bound and judged
// like any other run. Nothing fails in it: a violation is a CHECK failure.
#pragma once

#include <cstdint>
#include <memory>

#include "scenarios/cluster.h"
#include "scenarios/measure/load.h"
#include "sim/base/context.h"

namespace ww::measure {

struct LoadedClusterSpec {
  uint64_t seed = 1;
  uint64_t hosts = 3;
  uint64_t shards = 1;
  uint32_t outstanding = 32;  // A shard.
  uint32_t append_entries_max = 1;
  bool checks = true;
  bool sessions = false;        // Commands in sessions, one for each that is outstanding.
  uint64_t snapshot_every = 0;  // Entries; 0: never.
  uint64_t log_segment_bytes = 256 << 10;
};

class LoadedCluster {
 public:
  LoadedCluster(const LoadedClusterSpec& spec, sim::FiberPool& fibers);
  LoadedCluster(const LoadedCluster&) = delete;
  LoadedCluster& operator=(const LoadedCluster&) = delete;

  // Runs until each shard has a leader.
  void Settle();
  // Starts the load. Requires: settled.
  void BeginLoad();
  // Until that many more commands have been answered.
  void RunCommands(uint64_t commands);
  void RunFor(Duration length);

  uint64_t completed() const { return load_ == nullptr ? 0 : load_->completed(); }
  sim::World& world() { return cluster_.world(); }

 private:
  RunContext context_{"measured"};  // As every run has one; clusters are made and end in order.
  RunContext::Scope scope_{context_};
  LoadedClusterSpec spec_;
  Load* load_ = nullptr;  // On the stack of the client's main task.
  scenarios::Cluster cluster_;
};

}  // namespace ww::measure
