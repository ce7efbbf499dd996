// Scheduler: one queue of events ordered by (time, order, sequence), in integer nanoseconds.
//
// The order of events of one instant is a decision: drawn from a stream keyed by target host and
// event class, whose n is taken at insertion, and computed only when two events really share an
// instant. 0 is first in, first out. Events of one first-in-first-out link never share an instant
// (the network spaces them); a fiber has at most one event pending.
//
// The queue is a 4-ary heap of 128-bit keys (time 52 bits, order 12, sequence 40, slot 24); event
// records stand in a free list with generations; cancelling leaves a tombstone.
// Invariants: time never goes back; no allocation per event once the heap has grown.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/decisions.h"

namespace ww {
class Journal;
}

namespace ww::sim {

// What kind of thing an event does to its host; part of the key of the order stream.
enum class EventClass : uint8_t { kTask, kTimer, kDelivery, kIo, kControl };
inline constexpr size_t kEventClasses = 5;

struct EventHandle {
  uint32_t slot = UINT32_MAX;
  uint32_t generation = 0;
  bool none() const { return slot == UINT32_MAX; }
};

class Scheduler {
 public:
  // Runs when the event is due. `object` and `argument` are what At was given.
  using Callback = void (*)(void* object, uint64_t argument);
  struct Event {
    HostId target;  // None: the harness.
    EventClass event_class = EventClass::kControl;
    Callback callback = nullptr;
    void* object = nullptr;
    uint64_t argument = 0;
  };

  Scheduler(Decisions& decisions, Journal& journal);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  TrueTime now() const { return now_; }
  // Requires: when >= now() and below 2^52 ns.
  EventHandle At(TrueTime when, const Event& event);
  // False when it has run or was cancelled before.
  bool Cancel(EventHandle handle);
  bool Pending(EventHandle handle) const;

  // Runs the next event; false when there is none.
  bool RunOne();
  // The time of the next event; Never when there is none.
  TrueTime NextTime();

  uint64_t executed() const { return executed_; }
  size_t pending() const { return pending_; }
  // Events run since time last moved: what a cap against spinning looks at.
  uint64_t executed_at_now() const { return executed_at_now_; }

 private:
  using Key = unsigned __int128;
  struct Record;
  // Details in scheduler.cc / heap.h; the owner of this file completes the private part.
  struct Queue;
  Queue* queue_;
  Decisions& decisions_;
  Journal& journal_;
  TrueTime now_;
  uint64_t executed_ = 0;
  uint64_t executed_at_now_ = 0;
  size_t pending_ = 0;
};

}  // namespace ww::sim
