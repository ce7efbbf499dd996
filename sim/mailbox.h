// Mailbox: a ready-made inbox for simple programs. One queue, one or more receiving tasks.
//
// Made and owned by a program, on the stack of its main task; it listens for its whole life. An
// engine with queues of its own implements Inbox itself.
//
// Suspends: Receive.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"

namespace ww::sim {

class Mailbox : public Inbox {
 public:
  explicit Mailbox(Process& process)
      : process_(process), network_(process.world().network()), waiting_(process) {
    network_.Listen(process_, *this);
  }
  ~Mailbox() override { network_.StopListening(process_); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void Deliver(Arrival arrival) override {
    arrived_.push_back(std::move(arrival));
    waiting_.WakeOne();
  }

  // The oldest message. Waits for one until `deadline`; nothing when none came, or when the waiting
  // task was cancelled.
  std::optional<Arrival> Receive(LocalTime deadline = LocalTime::Never()) {
    while (arrived_.empty()) {
      if (waiting_.WaitUntil(deadline) != WaitResult::kWoken) break;
    }
    if (arrived_.empty()) return std::nullopt;
    Arrival arrival = std::move(arrived_.front());
    arrived_.pop_front();
    return arrival;
  }
  size_t size() const { return arrived_.size(); }

 private:
  Process& process_;
  Network& network_;
  WaitQueue waiting_;
  std::deque<Arrival> arrived_;
};

}  // namespace ww::sim
