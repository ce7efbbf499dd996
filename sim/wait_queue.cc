#include <cstddef>

#include "sim/base/check.h"
#include "sim/host.h"
#include "sim/process.h"
#include "sim/task.h"
#include "sim/world.h"

namespace ww::sim {

// A dead process took its tasks off every queue, so this holds at any time after its death.
WaitQueue::~WaitQueue() { CHECK(head_ == nullptr, "a wait queue is destroyed under a waiter"); }

WaitResult WaitQueue::Wait() { return process_->Park(this, LocalTime::Never()); }

WaitResult WaitQueue::WaitUntil(LocalTime deadline) { return process_->Park(this, deadline); }

size_t WaitQueue::WakeOne() { return Wake(1, true); }

size_t WaitQueue::WakeAll() { return Wake(SIZE_MAX, true); }

void WaitQueue::Append(Task& task) {
  CHECK(task.queue == nullptr);
  task.queue = this;
  task.queue_previous = tail_;
  task.queue_next = nullptr;
  (tail_ == nullptr ? head_ : tail_->queue_next) = &task;
  tail_ = &task;
}

void WaitQueue::Remove(Task& task) {
  CHECK(task.queue == this);
  (task.queue_previous == nullptr ? head_ : task.queue_previous->queue_next) = task.queue_next;
  (task.queue_next == nullptr ? tail_ : task.queue_next->queue_previous) = task.queue_previous;
  task.queue = nullptr;
  task.queue_next = nullptr;
  task.queue_previous = nullptr;
}

// The oldest waiter is run last, when every other one is off the queue: its step may wake again,
// kill the process or destroy the queue.
size_t WaitQueue::Wake(size_t tasks_max, bool may_run) {
  if (head_ == nullptr) return 0;
  Process& process = *process_;
  CHECK(process.alive_);
  const bool runs = may_run && process.CanRunNow();
  const TrueTime now = process.scheduler_.now();
  const TrueTime earliest = runs ? now + process.host_.step_cost() : now;
  Task* const first = head_;
  Remove(*first);
  size_t woken = 1;
  if (!runs) process.Wake(*first, WaitResult::kWoken, false, earliest);
  for (; woken < tasks_max && head_ != nullptr; ++woken) {
    Task& task = *head_;
    Remove(task);
    process.Wake(task, WaitResult::kWoken, false, earliest);
  }
  if (runs) process.Wake(*first, WaitResult::kWoken, true, now);
  return woken;
}

}  // namespace ww::sim
