#include "sim/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <utility>

#include "sim/base/check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WW_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WW_ADDRESS_SANITIZER 1
#endif
#if defined(WW_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace ww::sim {
namespace {

namespace context = boost::context::detail;

constexpr size_t kFibersPerSlab = 16;

#if defined(WW_ADDRESS_SANITIZER)
constexpr size_t kStackFactor = 4;
void StartSwitch(void** fake_stack, const void* to, size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, to, bytes);
}
void FinishSwitch(void* fake_stack, const void** from, size_t* bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, from, bytes);
}
void Unpoison(void* memory, size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
#else
constexpr size_t kStackFactor = 1;
inline void StartSwitch(void**, const void*, size_t) {}
inline void FinishSwitch(void*, const void**, size_t*) {}
inline void Unpoison(void*, size_t) {}
#endif

size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

// Sixteen stacks in one mapping, each with a guard page below it.
struct FiberPool::Slab {
  explicit Slab(size_t stack_bytes) : guard_bytes(PageBytes()), stride(guard_bytes + stack_bytes) {
    CHECK(stack_bytes % guard_bytes == 0, "a stack of {} bytes is not whole pages", stack_bytes);
    void* mapped = mmap(nullptr, stride * kFibersPerSlab, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    CHECK(mapped != MAP_FAILED);
    memory = static_cast<char*>(mapped);
    for (size_t i = 0; i < kFibersPerSlab; ++i) {
      CHECK(mprotect(memory + i * stride, guard_bytes, PROT_NONE) == 0);
    }
  }
  ~Slab() {
    Unpoison(memory, stride * kFibersPerSlab);
    CHECK(munmap(memory, stride * kFibersPerSlab) == 0);
  }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  size_t guard_bytes;
  size_t stride;
  char* memory = nullptr;
  Fiber fibers[kFibersPerSlab];
};

FiberPool::FiberPool(FiberPoolOptions options) : options_(options) {
  options_.stack_bytes *= kStackFactor;
}

// A suspended context that is simply unmapped would leave its fake stack with the sanitizer, so
// each one runs to the end of its loop.
FiberPool::~FiberPool() {
  CHECK(in_use_ == 0, "{} fibers are still in use", in_use_);
  closing_ = true;
  for (Fiber* fiber : idle_) {
    if (fiber->entered_) fiber->SwitchIn();
  }
}

void FiberPool::AddSlab() {
  CHECK(slabs_.size() * kFibersPerSlab < options_.fibers_max, "more than {} fibers",
        options_.fibers_max);
  Slab& slab = *slabs_.emplace_back(std::make_unique<Slab>(options_.stack_bytes));
  for (size_t i = kFibersPerSlab; i-- > 0;) {
    Fiber& fiber = slab.fibers[i];
    fiber.pool_ = this;
    fiber.stack_ = slab.memory + i * slab.stride + slab.guard_bytes;
    char* const top = static_cast<char*>(fiber.stack_) + options_.stack_bytes;
    fiber.context_ =
        context::make_fcontext(top, options_.stack_bytes, [](context::transfer_t from) {
          Fiber* self = static_cast<Fiber*>(from.data);
          self->scheduler_ = from.fctx;
          self->Loop();
        });
    idle_.push_back(&fiber);
  }
}

Fiber& FiberPool::Acquire(absl::AnyInvocable<void()> job) {
  CHECK(job != nullptr);
  CHECK(!closing_);
  if (idle_.empty()) AddSlab();
  Fiber& fiber = *idle_.back();
  idle_.pop_back();
  ++in_use_;
  CHECK(fiber.state_ == Fiber::State::kIdle);
  fiber.state_ = Fiber::State::kReady;
  fiber.job_ = std::move(job);
  return fiber;
}

void FiberPool::FillIdleStacks(uint8_t byte) {
  for (Fiber* fiber : idle_) {
    // The stack pointer of an idle context; what it still needs lies above.
    char* const begin = static_cast<char*>(fiber->stack_);
    const size_t bytes = static_cast<size_t>(static_cast<char*>(fiber->context_) - begin);
    CHECK(bytes <= options_.stack_bytes);
    Unpoison(begin, bytes);
    std::memset(begin, byte, bytes);
  }
}

void Fiber::Release() {
  CHECK(pool_->in_use_ > 0);
  state_ = State::kIdle;
  killed_ = false;
  --pool_->in_use_;
  pool_->idle_.push_back(this);
}

bool Fiber::Resume() {
  CHECK(pool_->running_ == nullptr, "a fiber resumes another");
  CHECK(state_ == State::kReady || state_ == State::kSuspended);
  state_ = State::kRunning;
  pool_->running_ = this;
  SwitchIn();
  pool_->running_ = nullptr;
  if (state_ == State::kSuspended) return false;
  Release();
  return true;
}

void Fiber::Suspend() {
  CHECK(pool_->running_ == this, "a fiber is suspended that does not run");
  CHECK(!killed_, "a fiber suspends while it unwinds");
  state_ = State::kSuspended;
  SwitchOut();
  if (killed_) [[unlikely]]
    throw FiberKilled{};
}

void Fiber::Kill() {
  CHECK(pool_->running_ == nullptr, "a fiber is killed while one runs");
  CHECK(state_ == State::kReady || state_ == State::kSuspended);
  if (state_ == State::kReady) {
    job_ = nullptr;
    Release();
    return;
  }
  killed_ = true;
  const bool ended = Resume();
  CHECK(ended, "a killed fiber did not unwind to its loop");
}

void Fiber::SwitchIn() {
  void* fake_stack = nullptr;
  StartSwitch(&fake_stack, stack_, pool_->options_.stack_bytes);
  context_ = context::jump_fcontext(context_, this).fctx;
  FinishSwitch(fake_stack, nullptr, nullptr);
}

void Fiber::SwitchOut() {
  StartSwitch(&fake_stack_, pool_->scheduler_stack_, pool_->scheduler_stack_bytes_);
  scheduler_ = context::jump_fcontext(scheduler_, nullptr).fctx;
  FinishSwitch(fake_stack_, &pool_->scheduler_stack_, &pool_->scheduler_stack_bytes_);
}

void Fiber::Loop() {
  FinishSwitch(nullptr, &pool_->scheduler_stack_, &pool_->scheduler_stack_bytes_);
  entered_ = true;
  while (!pool_->closing_) {
    RunJob();
    state_ = State::kIdle;
    SwitchOut();
  }
  // No fake stack to come back to: the sanitizer frees it.
  StartSwitch(nullptr, pool_->scheduler_stack_, pool_->scheduler_stack_bytes_);
  context::jump_fcontext(scheduler_, nullptr);
  UNREACHABLE("a context was resumed after its end");
}

// What the job owns is destroyed on its own stack.
void Fiber::RunJob() {
  try {
    job_();
  } catch (const FiberKilled&) {
    CHECK(killed_, "FiberKilled was thrown by somebody else");
  }
  job_ = nullptr;
}

}  // namespace ww::sim
