// Load: a closed-loop client that keeps a number of commands outstanding in every shard.
//
// Each answer is followed by the next command of its shard, over the network, from one client host.
// Commands are puts of unique values, 64 bytes encoded; outside of a session, or each place in a
// session of its own, which it opens first. It needs no fiber: a delivery is answered at once.
//
// Invariants: `outstanding` commands of each shard are under way from Begin on; the run is calm, so
// that a command which is refused or whose fate is unknown is a CHECK failure.
// Suspends: never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "raft/host/wire.h"
#include "scenarios/bind/observer.h"
#include "sim/network.h"
#include "sim/process.h"

namespace ww::measure {

struct LoadSpec {
  uint64_t hosts = 3;   // Engine hosts are 1..hosts.
  uint64_t shards = 1;  // Shards are 1..shards.
  uint32_t outstanding = 32;
  bool sessions = false;  // Each of the outstanding commands in a session of its own.
};

class Load final : public sim::Inbox {
 public:
  // Listens for the life of the process. All borrowed.
  Load(sim::Process& process, scenarios::RunObserver& observer, const LoadSpec& spec);

  void Begin();
  void Deliver(sim::Arrival arrival) override;
  // Answers that came, and with them entries committed and applied by their leader.
  uint64_t completed() const { return completed_; }

 private:
  // What one of the places for commands of a shard holds. A request's number names place and use.
  struct Place {
    ShardId shard;
    uint64_t request = 0;
    Payload command;
    uint64_t series = 0;  // Of its session; 0: the session is being opened.
  };

  void SendNext(uint64_t place);
  void Send(const Place& place);
  // The next command of a shard, which is reported as invoked.
  Payload NextCommand(const Place& place);
  // The client whose session a place uses; none outside of sessions.
  ClientId ClientOf(const Place& place) const;

  sim::Process& process_;
  scenarios::RunObserver& observer_;
  LoadSpec spec_;
  std::vector<Place> places_;
  std::vector<HostId> leaders_;  // By shard.
  std::string value_;            // Scratch.
  uint64_t requests_ = 0;
  uint64_t completed_ = 0;
};

}  // namespace ww::measure
