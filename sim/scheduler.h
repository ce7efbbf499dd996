// Scheduler: one queue of events ordered by (time, order, sequence), in integer nanoseconds.
//
// The order of events of one instant is a decision: drawn from a stream keyed by target host and
// event class, whose n is taken at insertion, and computed only when two events really share an
// instant. 0 is first in, first out. Events of one first-in-first-out link never share an instant
// (the network spaces them).
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
#include "sim/heap.h"
#include "sim/trace/journal.h"

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
  // Times are below this, 52 days: the largest that fits is the time of the largest key, which
  // stands for no event.
  static constexpr TrueTime kEnd{(int64_t{1} << 52) - 1};

  Scheduler(Decisions& decisions, Journal& journal);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // What executed events and decided orders are in a trace.
  void TraceAs(KindId event, KindId order) {
    event_kind_ = event;
    order_kind_ = order;
  }

  TrueTime now() const { return now_; }
  // Requires: now() <= when < kEnd.
  // Inlined, so that the event is never built in memory.
  [[gnu::always_inline]] EventHandle At(TrueTime when, const Event& event) {
    CHECK(when >= now_);
    CHECK(when < kEnd);
    CHECK(event.callback != nullptr);
    const uint32_t slot = TakeSlot();
    Record& record = records_[slot];
    record.callback = event.callback;
    record.object = event.object;
    record.argument = event.argument;
    record.order_index = static_cast<uint32_t>(event.target.value * kEventClasses +
                                               static_cast<size_t>(event.event_class));
    record.order_n = OrderStream(record.order_index).n++;
    record.live = true;
    ++pending_;
    CHECK(++sequence_ < (uint64_t{1} << kSequenceBits));
    heap_.Push(MakeKey(when, 0, sequence_, slot));
    return {slot, record.generation};
  }
  // False when it has run or was cancelled before.
  bool Cancel(EventHandle handle);
  bool Pending(EventHandle handle) const {
    return handle.slot < records_.size() && records_[handle.slot].generation == handle.generation &&
           records_[handle.slot].live;
  }

  // Runs the next event; false when there is none.
  bool RunOne() {
    if (pending_ == 0) return false;
    const Key key = TakeNext();
    const uint32_t slot = SlotOf(key);
    Record& record = records_[slot];
    const TrueTime time = TimeOf(key);
    executed_at_now_ = time == now_ ? executed_at_now_ + 1 : 1;
    now_ = time;
    ++executed_;
    journal_.MixOnly((static_cast<uint64_t>(time.ns) << kOrderBits) ^ record.order_index);
    if (journal_.tracing()) [[unlikely]]
      TraceEvent(record.order_index);
    const Callback callback = record.callback;
    void* const object = record.object;
    const uint64_t argument = record.argument;
    FreeSlot(slot);
    --pending_;
    callback(object, argument);
    return true;
  }
  // The time of the next event; Never when there is none.
  TrueTime NextTime() {
    if (pending_ == 0) return TrueTime::Never();
    DropTombstones();
    return TimeOf(heap_.top());
  }
  // Moves time on without an event. Requires: now() <= when, and no event is due before it.
  void AdvanceTo(TrueTime when);

  uint64_t executed() const { return executed_; }
  size_t pending() const { return pending_; }
  // Events run since time last moved: what a cap against spinning looks at.
  uint64_t executed_at_now() const { return executed_at_now_; }

 private:
  using Key = KeyHeap::Key;
  static constexpr int kOrderBits = 12;
  static constexpr int kSequenceBits = 40;
  static constexpr int kSlotBits = 24;
  static constexpr uint64_t kOrders = (uint64_t{1} << kOrderBits) - 1;  // 1..kOrders; 0: undecided.
  static constexpr uint32_t kNoSlot = (uint32_t{1} << kSlotBits) - 1;
  static constexpr size_t kTombstonesMin = 64;  // Below this a rebuild is not worth it.

  struct Record {
    Callback callback = nullptr;
    void* object = nullptr;
    uint64_t argument = 0;
    uint64_t order_n = 0;
    uint32_t order_index = 0;  // Target and class.
    uint32_t generation = 0;
    uint32_t next_free = kNoSlot;
    bool live = false;
  };

  static Key MakeKey(TrueTime time, uint64_t order, uint64_t sequence, uint32_t slot) {
    const uint64_t high = (static_cast<uint64_t>(time.ns) << kOrderBits) | order;
    return (Key{high} << 64) | (sequence << kSlotBits) | slot;
  }
  static TrueTime TimeOf(Key key) {
    return {static_cast<int64_t>(static_cast<uint64_t>(key >> 64) >> kOrderBits)};
  }
  static uint64_t OrderOf(Key key) { return static_cast<uint64_t>(key >> 64) & kOrders; }
  static uint64_t SequenceOf(Key key) { return static_cast<uint64_t>(key) >> kSlotBits; }
  static uint32_t SlotOf(Key key) { return static_cast<uint32_t>(key) & kNoSlot; }

  uint32_t TakeSlot() {
    if (free_ == kNoSlot) [[unlikely]]
      return NewSlot();
    const uint32_t slot = free_;
    free_ = records_[slot].next_free;
    return slot;
  }
  void FreeSlot(uint32_t slot) {
    Record& record = records_[slot];
    ++record.generation;
    record.live = false;
    record.next_free = free_;
    free_ = slot;
  }
  Stream& OrderStream(uint32_t order_index) {
    if (order_index >= order_streams_.size() || order_streams_[order_index] == nullptr)
        [[unlikely]] {
      OpenOrderStream(order_index);
    }
    return *order_streams_[order_index];
  }
  void DropTombstones() {
    while (!records_[SlotOf(heap_.top())].live) [[unlikely]] DropTop();
  }
  // Removes the key of the event to run next. Requires: an event is pending.
  Key TakeNext() {
    DropTombstones();
    const Key key = heap_.top();
    heap_.Pop();
    // The top of an empty heap has no valid time.
    if (OrderOf(key) != 0 || TimeOf(heap_.top()) != TimeOf(key)) [[likely]]
      return key;
    return TakeTied(key);
  }

  uint32_t NewSlot();
  void OpenOrderStream(uint32_t order_index);
  void DropTop();
  Key TakeTied(Key first);
  void DecideOrder(Key key);
  void Rebuild();
  void TraceEvent(uint32_t order_index);

  Decisions& decisions_;
  Journal& journal_;
  KindId event_kind_;
  KindId order_kind_;
  KeyHeap heap_;
  std::vector<Record> records_;
  std::vector<Stream*> order_streams_;  // By order_index.
  std::vector<Key> tied_;               // Scratch of TakeTied; keeps its capacity.
  uint32_t free_ = kNoSlot;
  uint64_t sequence_ = 0;
  size_t tombstones_ = 0;
  TrueTime now_;
  uint64_t executed_ = 0;
  uint64_t executed_at_now_ = 0;
  size_t pending_ = 0;
};

}  // namespace ww::sim
