// HostListener: a program beside one engine host that listens to its events and reports what it is
// told, in the order of its calls.
//
// The first listener of a host takes no time for an event. Each further one draws how long it takes
// (benign: none), so that it falls behind, and the queue of its events meets its bound.
// Suspends: On.
#pragma once

#include "raft/host/events.h"
#include "scenarios/bind/observer.h"
#include "sim/process.h"

namespace ww::scenarios {

class HostListener final : public raft::EventListener {
 public:
  // Numbers of a host are 1, 2, ...
  HostListener(sim::Process& process, RunObserver& observer, uint32_t number);

  void On(const raft::LeaderUpdated& event) override;
  void On(const raft::SystemEvent& event) override;

 private:
  void TakeTime();

  sim::Process& process_;
  RunObserver& observer_;
  const HostId host_;
  const uint32_t number_;
  sim::Stream* pauses_ = nullptr;  // Null: it takes no time.
};

}  // namespace ww::scenarios
