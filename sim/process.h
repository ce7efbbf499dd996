// Process: one incarnation of the program on a host, with its tasks (fibers), waits and timers.
//
// A task runs a step at a time: from being resumed to its next suspension. Each step costs virtual
// CPU time (Host::step_cost); a wake that comes while the host is busy is due when it is free; a
// paused host runs nothing and its wakes come when it resumes. Killing a process marks it dead at
// once; its tasks are then unwound, newest first, before the memory they own goes. The first task
// ("main") owns the program's objects by having them on its stack.
//
// Invariants: a call from a dead process is a CHECK failure, except dropping handles and waits,
// which is inert; a task has at most one wake pending.
// Suspends: Task::Join, WaitQueue::Wait*, Process::Sleep*, Process::Block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/fiber.h"
#include "sim/scheduler.h"

namespace ww::sim {

class Host;
class Process;
class World;
class Task;

// Why a wait ended. Cancellation is an ordinary outcome; a kill is not an outcome at all.
enum class WaitResult : uint8_t { kWoken, kTimeout, kCancelled };

// Tasks of one process that wait for something. First in, first out. May be destroyed while nobody
// waits on it, and at any time once its process is dead.
class WaitQueue {
 public:
  explicit WaitQueue(Process& process) : process_(&process) {}
  ~WaitQueue();
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  // Suspend the running task, which must belong to the process.
  WaitResult Wait();
  WaitResult WaitUntil(LocalTime deadline);

  // Make one or all waiting tasks run. From an event (no fiber running) the first woken task is
  // resumed at once, inside this call, when the host is free; otherwise a wake event is due.
  // Returns how many were woken; nobody once the process is dead, so that a scope guard may wake
  // while it unwinds.
  size_t WakeOne();
  size_t WakeAll();
  bool empty() const { return head_ == nullptr; }

 private:
  friend class Process;
  void Append(Task& task);
  void Remove(Task& task);
  size_t Wake(size_t tasks_max, bool may_run);

  Process* process_;
  Task* head_ = nullptr;  // Intrusive list, oldest first.
  Task* tail_ = nullptr;
};

// Names a task of a process; stays valid (and then says "ended") after the task has ended.
struct TaskId {
  uint32_t slot = UINT32_MAX;
  uint32_t generation = 0;
};

class Process {
 public:
  using Job = absl::AnyInvocable<void()>;

  Process(Host& host, Incarnation incarnation);
  ~Process();  // Requires: dead and unwound, or every task has ended.
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Host& host() const { return host_; }
  World& world() const { return world_; }
  Incarnation incarnation() const { return incarnation_; }
  bool alive() const { return alive_; }

  // A new task, which runs from an event at the present instant.
  TaskId Spawn(std::string_view name, Job job);
  // Waits until the task has ended; kCancelled if the waiting task is cancelled. Suspends.
  WaitResult Join(TaskId task);
  // Makes the task's present or next wait return kCancelled. No effect when it has ended.
  void Cancel(TaskId task);
  bool Ended(TaskId task) const;

  // Suspend the running task for local time.
  WaitResult SleepUntil(LocalTime deadline);
  WaitResult SleepFor(Duration length);
  // Suspends the running task until an event calls Unblock on it; for I/O of the world. Whoever
  // calls Unblock must know that the process is still alive.
  void Block(EventClass event_class);
  Task& running_task() const;
  void Unblock(Task& task);
  // Suspends the running task until true time `due`; its event ends with the process.
  void BlockUntil(TrueTime due, EventClass event_class);

  // Marks the process dead at once. Its tasks are unwound, newest first, before the next event
  // runs, or inside this call when no fiber is running. Called from one of its own tasks it does
  // not return: the task stays suspended here until it is unwound with the others.
  void Kill();
  size_t tasks() const;

 private:
  friend class Host;
  friend class WaitQueue;
  friend class World;

  // Suspends the running task, on `queue` unless that is null.
  WaitResult Park(WaitQueue* queue, LocalTime deadline);
  // The task's wait has ended. It runs at once when `may_run` and nothing is in the way, otherwise
  // from an event, not before `earliest`.
  void Wake(Task& task, WaitResult result, bool may_run, TrueTime earliest);
  bool CanRunNow() const;
  void ScheduleWake(Task& task, TrueTime earliest);
  void ArmTimer(Task& task);
  static void OnWake(void* object, uint64_t generation);
  static void OnTimer(void* object, uint64_t generation);
  void RunStep(Task& task);
  void End(Task& task);
  void Unlink(Task& task);
  Task* Find(TaskId id) const;
  Task& TakeSlot();
  void CancelEvents(Task& task);

  // The two halves of Kill. Leave may delete this or not return.
  void MarkDead();
  void Leave();
  void Unwind();
  void HostResumed();
  void ClockChanged();

  Host& host_;
  World& world_;
  Scheduler& scheduler_;
  Incarnation incarnation_;
  bool alive_ = true;
  std::vector<std::unique_ptr<Task>> slots_;
  std::vector<uint32_t> free_slots_;
  Task* newest_ = nullptr;  // Live tasks, by age.
  Task* oldest_ = nullptr;
  Task* running_ = nullptr;
  uint64_t spawned_ = 0;
  size_t live_ = 0;
};

}  // namespace ww::sim
