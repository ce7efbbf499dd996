// Fibers: stackful contexts that are resumed by the scheduler and give control back by suspending.
//
// The only file pair that knows Boost.Context. A pool owns whole contexts (guarded stack and a loop
// that runs jobs); it belongs to the runner and is lent to worlds, so that a new world starts warm.
// A killed fiber throws FiberKilled at its suspension point, unwinds to its loop and is reusable.
// Address-sanitizer annotations cover each switch.
//
// Invariants: one fiber runs at a time; a fiber never suspends while it unwinds; contexts return to
// their loop before the pool dies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace ww::sim {

// Thrown into a killed fiber at its suspension point. Never caught outside of the fiber loop.
struct FiberKilled {};

class Fiber;

struct FiberPoolOptions {
  size_t stack_bytes = 64 * 1024;  // A multiple of the page size. Times 4 under sanitizers.
  size_t fibers_max = 65536;
};

class FiberPool {
 public:
  explicit FiberPool(FiberPoolOptions options = {});
  ~FiberPool();  // Requires: every fiber is idle.
  FiberPool(const FiberPool&) = delete;
  FiberPool& operator=(const FiberPool&) = delete;

  // Takes an idle fiber and gives it a job; it starts at the first Resume.
  Fiber& Acquire(absl::AnyInvocable<void()> job);
  // The fiber that is running now, or null in the scheduler.
  Fiber* running() const { return running_; }
  size_t in_use() const { return in_use_; }
  // Fills idle stacks with `byte`: another content of recycled memory for a perturbed run.
  void FillIdleStacks(uint8_t byte);

 private:
  friend class Fiber;
  struct Slab;

  void AddSlab();

  FiberPoolOptions options_;
  std::vector<std::unique_ptr<Slab>> slabs_;
  std::vector<Fiber*> idle_;  // The one used last at the end: its stack is in the cache.
  size_t in_use_ = 0;
  bool closing_ = false;
  Fiber* running_ = nullptr;
  // What the scheduler's own stack is, for the sanitizer; known once a fiber has run.
  const void* scheduler_stack_ = nullptr;
  size_t scheduler_stack_bytes_ = 0;
};

class Fiber {
 public:
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the fiber until it suspends or its job ends. Requires: called from outside any fiber of
  // the pool. Returns true when the job has ended; the fiber is then idle and reusable.
  bool Resume();
  // Gives control back to whoever resumed this fiber. Throws FiberKilled when it was killed
  // meanwhile. Requires: this fiber is running and not unwinding.
  void Suspend();
  // Unwinds a suspended fiber at once, or drops the job of one that never started.
  // Requires: not running, and no other fiber of the pool is. Afterwards the fiber is idle.
  void Kill();
  // Being unwound right now.
  bool killed() const { return killed_; }

 private:
  friend class FiberPool;
  Fiber() = default;

  enum class State : uint8_t { kIdle, kReady, kRunning, kSuspended };

  // The loop that a context runs for its whole life.
  [[noreturn]] void Loop();
  void RunJob();
  void SwitchIn();
  void SwitchOut();
  void Release();

  FiberPool* pool_ = nullptr;
  void* stack_ = nullptr;      // Lowest address of the usable part.
  void* context_ = nullptr;    // Where the fiber stands while it does not run.
  void* scheduler_ = nullptr;  // Where its resumer stands while it runs.
  void* fake_stack_ = nullptr;
  State state_ = State::kIdle;
  bool entered_ = false;  // The loop has begun.
  bool killed_ = false;
  absl::AnyInvocable<void()> job_;
};

}  // namespace ww::sim
