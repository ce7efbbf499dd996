// WatchedEnv: an Env that shows every message to the run's observer before the network takes it.
//
// Checks judge what a replica claims at the moment it hands the claim over, so the port of the
// network is wrapped; every other port is the inner Env's own.
// Suspends: as the inner Env does.
#pragma once

#include <memory>
#include <optional>

#include "raft/env/env.h"
#include "scenarios/bind/observer.h"

namespace ww::scenarios {

class WatchedEnv final : public raft::Env {
 public:
  // Both are borrowed.
  WatchedEnv(raft::Env& inner, HostObserver& observer)
      : inner_(inner), observer_(observer), transport_(inner.transport(), observer) {}

  HostId host() const override { return inner_.host(); }
  Incarnation incarnation() const override { return inner_.incarnation(); }
  raft::Files& files() override { return inner_.files(); }
  raft::Tasks& tasks() override { return inner_.tasks(); }
  raft::Clock& clock() override { return inner_.clock(); }
  raft::Transport& transport() override { return transport_; }
  raft::Draws& draws() override { return inner_.draws(); }
  raft::Observer& observer() override { return observer_; }

 private:
  class WatchedTransport final : public raft::Transport {
   public:
    WatchedTransport(raft::Transport& inner, HostObserver& observer)
        : inner_(inner), observer_(observer) {}
    void Send(HostId to, std::unique_ptr<WireMessage> message) override {
      observer_.OnSend(*message);
      inner_.Send(to, std::move(message));
    }
    std::optional<raft::Delivery> Poll() override { return inner_.Poll(); }
    void WakeOnArrival(raft::WaitQueue* queue) override { inner_.WakeOnArrival(queue); }

   private:
    raft::Transport& inner_;
    HostObserver& observer_;
  };

  raft::Env& inner_;
  HostObserver& observer_;
  WatchedTransport transport_;
};

}  // namespace ww::scenarios
