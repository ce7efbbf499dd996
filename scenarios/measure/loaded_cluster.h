// LoadedCluster: engine hosts in a world with fixed parameters and one loading client host.
//
// Heartbeats every 100 ms, election timeout 1 s, links of 0.5 to 1 ms, syncs of 0.1 to 0.2 ms: the
// parameters that all figures of `whitewater bench` share. Hosts are 1..hosts, the client's host
// follows. Every shard has a replica on each host.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "raft/host/host.h"
#include "scenarios/measure/load.h"
#include "sim/world.h"

namespace ww::measure {

struct LoadedClusterSpec {
  uint64_t seed = 1;
  uint64_t hosts = 3;
  uint64_t shards = 1;
  uint32_t outstanding = 32;  // A shard; 0: idle.
  uint32_t append_entries_max = 1;
};

class LoadedCluster {
 public:
  LoadedCluster(const LoadedClusterSpec& spec, sim::FiberPool& fibers);
  ~LoadedCluster();
  LoadedCluster(const LoadedCluster&) = delete;
  LoadedCluster& operator=(const LoadedCluster&) = delete;

  // Runs until each shard has a leader.
  void Settle();
  // Starts the load. Requires: settled; outstanding > 0.
  void BeginLoad();
  // Until that many more commands have been answered.
  void RunCommands(uint64_t commands);
  void RunFor(Duration length);

  uint64_t completed() const { return load_ == nullptr ? 0 : load_->completed(); }
  sim::World& world() { return *world_; }

 private:
  class NullObserver;
  raft::HostConfig ConfigOf(HostId host) const;
  bool Led() const;

  LoadedClusterSpec spec_;
  Schema schema_;
  std::unique_ptr<NullObserver> observer_;
  std::vector<raft::Host*> engines_;
  Load* load_ = nullptr;  // On the stack of the client's main task.
  std::unique_ptr<sim::World> world_;
};

}  // namespace ww::measure
