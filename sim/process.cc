#include "sim/process.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"
#include "sim/host.h"
#include "sim/task.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

// Says whose code runs, for the life of a step.
class SideScope {
 public:
  explicit SideScope(bool engine) : run_(engine ? RunContext::Current() : nullptr) {
    if (run_ == nullptr) return;
    previous_ = run_->side();
    run_->set_side(Side::kEngine);
  }
  ~SideScope() {
    if (run_ != nullptr) run_->set_side(previous_);
  }
  SideScope(const SideScope&) = delete;
  SideScope& operator=(const SideScope&) = delete;

 private:
  RunContext* run_;
  Side previous_ = Side::kHarness;
};

}  // namespace

Process::Process(Host& host, Incarnation incarnation)
    : host_(host),
      world_(host.world()),
      scheduler_(host.world().scheduler()),
      incarnation_(incarnation) {
  CHECK(!incarnation.none());
}

Process::~Process() {
  CHECK(running_ == nullptr);
  CHECK(live_ == 0, "a process dies with {} tasks", live_);
}

TaskId Process::Spawn(std::string_view name, Job job) {
  CHECK(alive_);
  Task& task = TakeSlot();
  task.serial = ++spawned_;
  task.fiber = &world_.fibers().Acquire(std::move(job));
  task.state = TaskState::kReady;
  task.cancelled = false;
  task.wake_class = EventClass::kTask;
  task.older = newest_;
  task.newer = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->newer) = &task;
  newest_ = &task;
  ++live_;
  world_.journal().Record(world_.kinds().task_spawn, scheduler_.now(), host_.id(), task.serial,
                          name);
  ScheduleWake(task, scheduler_.now());
  return {task.slot, task.generation};
}

Task& Process::TakeSlot() {
  if (free_slots_.empty()) {
    const uint32_t slot = static_cast<uint32_t>(slots_.size());
    return *slots_.emplace_back(std::make_unique<Task>(*this, slot));
  }
  Task& task = *slots_[free_slots_.back()];
  free_slots_.pop_back();
  CHECK(task.state == TaskState::kEnded);
  return task;
}

Task* Process::Find(TaskId id) const {
  CHECK(id.slot < slots_.size());
  Task* task = slots_[id.slot].get();
  return task->generation == id.generation ? task : nullptr;
}

bool Process::Ended(TaskId task) const { return Find(task) == nullptr; }

size_t Process::tasks() const { return live_; }

Task& Process::running_task() const {
  CHECK(running_ != nullptr, "no task of this process is running");
  return *running_;
}

WaitResult Process::Join(TaskId task) {
  Task* const joined = Find(task);
  if (joined == nullptr) return WaitResult::kWoken;
  CHECK(joined != running_, "a task waits for its own end");
  return Park(&joined->joiners, LocalTime::Never());
}

void Process::Cancel(TaskId id) {
  if (!alive_) return;
  Task* const task = Find(id);
  if (task == nullptr) return;
  if (task->state != TaskState::kWaiting) {
    task->cancelled = true;
    return;
  }
  if (task->queue != nullptr) task->queue->Remove(*task);
  Wake(*task, WaitResult::kCancelled, false, scheduler_.now());
}

WaitResult Process::SleepUntil(LocalTime deadline) { return Park(nullptr, deadline); }

WaitResult Process::SleepFor(Duration length) { return Park(nullptr, host_.LocalNow() + length); }

WaitResult Process::Park(WaitQueue* queue, LocalTime deadline) {
  CHECK(alive_, "a dead process waits");
  Task& task = running_task();
  if (std::exchange(task.cancelled, false)) return WaitResult::kCancelled;
  task.state = TaskState::kWaiting;
  task.deadline = deadline;
  if (queue != nullptr) queue->Append(task);
  if (!deadline.never()) ArmTimer(task);
  task.fiber->Suspend();
  CHECK(alive_);
  return task.result;
}

void Process::Block(EventClass event_class) {
  CHECK(alive_, "a dead process blocks");
  Task& task = running_task();
  task.state = TaskState::kBlocked;
  task.wake_class = event_class;
  task.fiber->Suspend();
  task.wake_class = EventClass::kTask;
}

void Process::Unblock(Task& task) {
  CHECK(&task.process == this);
  CHECK(alive_);
  CHECK(task.state == TaskState::kBlocked);
  Wake(task, WaitResult::kWoken, true, scheduler_.now());
}

void Process::BlockUntil(TrueTime due, EventClass event_class) {
  CHECK(alive_, "a dead process blocks");
  Task& task = running_task();
  task.state = TaskState::kReady;
  task.wake_class = event_class;
  task.wake = scheduler_.At(due, {.target = host_.id(),
                                  .event_class = event_class,
                                  .callback = &Process::OnWake,
                                  .object = &task,
                                  .argument = task.generation});
  task.fiber->Suspend();
  task.wake_class = EventClass::kTask;
}

bool Process::CanRunNow() const {
  return !host_.paused() && host_.busy_until() <= scheduler_.now() &&
         world_.fibers().running() == nullptr;
}

void Process::Wake(Task& task, WaitResult result, bool may_run, TrueTime earliest) {
  CHECK(task.queue == nullptr);
  CHECK(task.state == TaskState::kWaiting || task.state == TaskState::kBlocked);
  task.result = result;
  task.deadline = LocalTime::Never();
  task.state = TaskState::kReady;
  if (may_run && CanRunNow()) {
    RunStep(task);
  } else {
    ScheduleWake(task, earliest);
  }
}

void Process::ScheduleWake(Task& task, TrueTime earliest) {
  CHECK(task.state == TaskState::kReady);
  CHECK(!scheduler_.Pending(task.wake));
  if (host_.paused()) {
    task.held = true;
    return;
  }
  // The step that is running has still to be paid for.
  if (running_ != nullptr) earliest = std::max(earliest, scheduler_.now() + host_.step_cost());
  task.wake = scheduler_.At(std::max(earliest, host_.busy_until()), {.target = host_.id(),
                                                                     .event_class = task.wake_class,
                                                                     .callback = &Process::OnWake,
                                                                     .object = &task,
                                                                     .argument = task.generation});
}

void Process::OnWake(void* object, uint64_t generation) {
  Task& task = *static_cast<Task*>(object);
  Process& process = task.process;
  CHECK(task.generation == generation);
  CHECK(process.alive_);
  task.wake = {};
  if (process.CanRunNow()) {
    process.RunStep(task);
  } else {
    process.ScheduleWake(task, process.scheduler_.now());
  }
}

void Process::ArmTimer(Task& task) {
  const TrueTime due = host_.clock().When(scheduler_.now(), task.deadline);
  if (due >= Scheduler::kEnd || task.timer_due <= due) return;
  scheduler_.Cancel(task.timer);
  task.timer_due = due;
  task.timer = scheduler_.At(due, {.target = host_.id(),
                                   .event_class = EventClass::kTimer,
                                   .callback = &Process::OnTimer,
                                   .object = &task,
                                   .argument = task.generation});
}

void Process::OnTimer(void* object, uint64_t generation) {
  Task& task = *static_cast<Task*>(object);
  Process& process = task.process;
  CHECK(task.generation == generation);
  CHECK(process.alive_);
  task.timer = {};
  task.timer_due = TrueTime::Never();
  // The wait that it was armed for may be over, or have moved on to a later deadline.
  if (task.state != TaskState::kWaiting || task.deadline.never()) return;
  if (process.host_.LocalNow() < task.deadline) return process.ArmTimer(task);
  if (task.queue != nullptr) task.queue->Remove(task);
  process.Wake(task, WaitResult::kTimeout, true, process.scheduler_.now());
}

void Process::RunStep(Task& task) {
  CHECK(alive_);
  CHECK(running_ == nullptr);
  CHECK(task.state == TaskState::kReady);
  task.state = TaskState::kRunning;
  running_ = &task;
  bool ended = false;
  {
    const SideScope side(host_.spec().engine);
    ended = task.fiber->Resume();
  }
  running_ = nullptr;
  if (!alive_) return;  // It killed its own process.
  host_.ChargeStep(scheduler_.now());
  if (ended) End(task);
}

void Process::End(Task& task) {
  world_.journal().Record(world_.kinds().task_end, scheduler_.now(), host_.id(), task.serial);
  task.fiber = nullptr;
  CancelEvents(task);
  Unlink(task);
  task.joiners.Wake(SIZE_MAX, false);
}

// Takes an ended task out of the live ones; its slot is free.
void Process::Unlink(Task& task) {
  CHECK(live_ > 0);
  (task.older == nullptr ? oldest_ : task.older->newer) = task.newer;
  (task.newer == nullptr ? newest_ : task.newer->older) = task.older;
  task.older = nullptr;
  task.newer = nullptr;
  task.state = TaskState::kEnded;
  ++task.generation;
  --live_;
  free_slots_.push_back(task.slot);
}

void Process::CancelEvents(Task& task) {
  scheduler_.Cancel(task.wake);
  scheduler_.Cancel(task.timer);
  task.wake = {};
  task.timer = {};
  task.timer_due = TrueTime::Never();
  task.deadline = LocalTime::Never();
  task.held = false;
}

void Process::Kill() {
  MarkDead();
  Leave();
}

// Queues and events forget the tasks at once, while the queues still exist: until the tasks are
// unwound other code runs.
void Process::MarkDead() {
  CHECK(alive_, "a process is killed twice");
  alive_ = false;
  world_.network().StopListening(*this);
  for (Task* task = oldest_; task != nullptr; task = task->newer) {
    CHECK(task->state != TaskState::kEnded);
    if (task->queue != nullptr) task->queue->Remove(*task);
    CancelEvents(*task);
  }
  CHECK(host_.process_.get() == this);
  world_.dying_.push_back(std::move(host_.process_));
}

void Process::Leave() {
  CHECK(!alive_);
  if (running_ != nullptr) {
    running_->state = TaskState::kBlocked;
    running_->fiber->Suspend();
    UNREACHABLE("a task of a dead process runs on");
  }
  // With another process's fiber running, World::Step unwinds when it has given control back.
  if (world_.fibers().running() == nullptr) world_.ReapDead();
}

void Process::Unwind() {
  CHECK(!alive_);
  CHECK(running_ == nullptr);
  const SideScope side(host_.spec().engine);
  while (newest_ != nullptr) {
    Task& task = *newest_;
    std::exchange(task.fiber, nullptr)->Kill();
    Unlink(task);
  }
}

void Process::HostResumed() {
  for (Task* task = oldest_; task != nullptr; task = task->newer) {
    if (std::exchange(task->held, false)) ScheduleWake(*task, scheduler_.now());
  }
}

void Process::ClockChanged() {
  for (Task* task = oldest_; task != nullptr; task = task->newer) {
    if (task->state != TaskState::kWaiting || task->deadline.never()) continue;
    scheduler_.Cancel(task->timer);
    task->timer = {};
    task->timer_due = TrueTime::Never();
    ArmTimer(*task);
  }
}

}  // namespace ww::sim
