#include "sim/scheduler.h"

#include "sim/base/check.h"
#include "sim/sites.h"

namespace ww::sim {

Scheduler::Scheduler(Decisions& decisions, Journal& journal)
    : decisions_(decisions), journal_(journal) {}

bool Scheduler::Cancel(EventHandle handle) {
  if (!Pending(handle)) return false;
  // The slot stays taken until its key leaves the heap: the key names it.
  records_[handle.slot].live = false;
  --pending_;
  ++tombstones_;
  if (tombstones_ >= kTombstonesMin && tombstones_ * 2 > heap_.size()) Rebuild();
  return true;
}

void Scheduler::AdvanceTo(TrueTime when) {
  CHECK(when >= now_);
  CHECK(when < kEnd);
  CHECK(when <= NextTime());
  if (when > now_) executed_at_now_ = 0;
  now_ = when;
}

uint32_t Scheduler::NewSlot() {
  CHECK(records_.size() < kNoSlot, "more than {} events are pending", kNoSlot);
  records_.emplace_back();
  return static_cast<uint32_t>(records_.size() - 1);
}

void Scheduler::OpenOrderStream(uint32_t order_index) {
  if (order_index >= order_streams_.size()) order_streams_.resize(order_index + 1, nullptr);
  const StreamKey key(order_index / kEventClasses, order_index % kEventClasses);
  order_streams_[order_index] = &decisions_.Open(sites::kOrder, key);
}

void Scheduler::DropTop() {
  CHECK(tombstones_ > 0);
  FreeSlot(SlotOf(heap_.top()));
  heap_.Pop();
  --tombstones_;
}

void Scheduler::Rebuild() {
  heap_.Filter([this](Key key) {
    const bool live = records_[SlotOf(key)].live;
    if (!live) FreeSlot(SlotOf(key));
    return live;
  });
  tombstones_ = 0;
  CHECK(heap_.size() == pending_);
}

// `first` was taken from the heap and has no order; another key has its time. Undecided keys sort
// before decided ones, so those of the instant are at the top. They are pushed back with their
// order: inserting each where it belongs would be quadratic in the events of the instant.
Scheduler::Key Scheduler::TakeTied(Key first) {
  const TrueTime time = TimeOf(first);
  tied_.assign(1, first);
  while (TimeOf(heap_.top()) == time) {
    if (!records_[SlotOf(heap_.top())].live) {
      DropTop();
    } else if (OrderOf(heap_.top()) == 0) {
      tied_.push_back(heap_.top());
      heap_.Pop();
    } else {
      break;
    }
  }
  // What shared the instant may have been cancelled: then nothing is decided.
  if (tied_.size() == 1 && TimeOf(heap_.top()) != time) return first;
  for (const Key key : tied_) DecideOrder(key);
  const Key next = heap_.top();
  heap_.Pop();
  return next;
}

void Scheduler::DecideOrder(Key key) {
  const Record& record = records_[SlotOf(key)];
  Stream& stream = *order_streams_[record.order_index];
  const uint64_t offset = decisions_.UniformAt(stream, record.order_n, kOrders);
  CHECK(offset < kOrders);
  heap_.Push(MakeKey(TimeOf(key), 1 + offset, SequenceOf(key), SlotOf(key)));
  if (!journal_.tracing()) return;
  journal_.TraceOnly(order_kind_, TimeOf(key), HostId(record.order_index / kEventClasses),
                     record.order_index % kEventClasses, offset);
}

void Scheduler::TraceEvent(uint32_t order_index) {
  journal_.TraceOnly(event_kind_, now_, HostId(order_index / kEventClasses),
                     order_index % kEventClasses, executed_);
}

}  // namespace ww::sim
