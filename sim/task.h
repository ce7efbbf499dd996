// Task: one fiber of a process, what it waits for and what is due for it.
//
// Internal to process.cc and wait_queue.cc; others only hand references on.
//
// Invariants: at most one wake and one timer event pending; a task on a wait queue has neither a
// wake pending nor a result; an ended task has no events, no fiber and nobody waiting to join it.
#pragma once

#include <cstdint>
#include <string>

#include "sim/process.h"

namespace ww::sim {

enum class TaskState : uint8_t {
  kEnded,    // The slot is free.
  kReady,    // Its wake is pending, or held back until its host resumes.
  kRunning,  // Between being resumed and its next suspension.
  kWaiting,  // On a wait queue, asleep, or both.
  kBlocked,  // Until Unblock.
};

class Task {
 public:
  Task(Process& owner, uint32_t slot_index) : process(owner), slot(slot_index), joiners(owner) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  Process& process;
  const uint32_t slot;
  uint32_t generation = 0;
  TaskState state = TaskState::kEnded;
  WaitResult result = WaitResult::kWoken;
  bool cancelled = false;  // The present or next wait ends with kCancelled.
  bool held = false;       // Ready, but its host is paused.
  EventClass wake_class = EventClass::kTask;
  uint64_t serial = 0;  // Counts the tasks of the process; newest is largest.
  Fiber* fiber = nullptr;
  EventHandle wake;
  // The timer may stand earlier than the deadline: a wait that is woken leaves it where it is, and
  // the next one moves only the deadline. It is armed again when it fires too early.
  EventHandle timer;
  TrueTime timer_due = TrueTime::Never();
  LocalTime deadline = LocalTime::Never();
  WaitQueue* queue = nullptr;
  Task* queue_next = nullptr;
  Task* queue_previous = nullptr;
  Task* older = nullptr;  // Live tasks of the process, by age.
  Task* newer = nullptr;
  WaitQueue joiners;
};

}  // namespace ww::sim
