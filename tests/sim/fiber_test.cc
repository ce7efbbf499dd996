#include "sim/fiber.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/base/check.h"

namespace ww::sim {
namespace {

using ::testing::ElementsAre;

// Says when it is destroyed.
class Mark {
 public:
  Mark(std::vector<int>& marks, int value) : marks_(marks), value_(value) {}
  ~Mark() { marks_.push_back(value_); }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

 private:
  std::vector<int>& marks_;
  int value_;
};

TEST(Fiber, RunsItsJobFromTheFirstResume) {
  FiberPool pool;
  bool ran = false;
  Fiber& fiber = pool.Acquire([&] { ran = true; });
  EXPECT_FALSE(ran);
  EXPECT_EQ(pool.in_use(), 1u);
  EXPECT_TRUE(fiber.Resume());
  EXPECT_TRUE(ran);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(Fiber, SuspendsAndContinuesWithItsStackIntact) {
  FiberPool pool;
  std::vector<int> seen;
  Fiber* self = nullptr;
  self = &pool.Acquire([&] {
    const std::string text(100, 'x');
    for (int i = 0; i < 3; ++i) {
      seen.push_back(i);
      EXPECT_EQ(pool.running(), self);
      self->Suspend();
      EXPECT_EQ(text, std::string(100, 'x'));
    }
  });
  EXPECT_FALSE(self->Resume());
  EXPECT_EQ(pool.running(), nullptr);
  EXPECT_FALSE(self->Resume());
  EXPECT_FALSE(self->Resume());
  EXPECT_TRUE(self->Resume());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

TEST(Fiber, ThousandsAreSuspendedAtOnce) {
  FiberPool pool;
  constexpr size_t kCount = 3000;
  std::vector<Fiber*> fibers(kCount);
  size_t sum = 0;
  for (size_t i = 0; i < kCount; ++i) {
    fibers[i] = &pool.Acquire([&, i] {
      volatile size_t mine = i;
      fibers[i]->Suspend();
      sum += mine;
      fibers[i]->Suspend();
      sum += mine;
    });
  }
  for (int round = 0; round < 3; ++round) {
    for (Fiber* fiber : fibers) EXPECT_EQ(fiber->Resume(), round == 2);
  }
  EXPECT_EQ(sum, kCount * (kCount - 1));
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(Fiber, AKillUnwindsFromTheSuspensionPoint) {
  FiberPool pool;
  std::vector<int> marks;
  Fiber* self = nullptr;
  self = &pool.Acquire([&] {
    const Mark outer(marks, 1);
    [&] {
      const Mark inner(marks, 2);
      self->Suspend();
      ADD_FAILURE() << "a killed fiber went on";
    }();
  });
  self->Resume();
  EXPECT_THAT(marks, ElementsAre());
  self->Kill();
  EXPECT_THAT(marks, ElementsAre(2, 1));
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(Fiber, AKillOfOneThatNeverStartedDropsItsJob) {
  FiberPool pool;
  const auto token = std::make_shared<int>(1);
  bool ran = false;
  Fiber& fiber = pool.Acquire([token, &ran] { ran = true; });
  EXPECT_EQ(token.use_count(), 2);
  fiber.Kill();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_FALSE(ran);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(Fiber, IsReusedAfterAKillAndAfterAnEnd) {
  FiberPool pool;
  Fiber* first = nullptr;
  for (int i = 0; i < 100; ++i) {
    Fiber* self = nullptr;
    bool finished = false;
    self = &pool.Acquire([&] {
      std::array<char, 4096> frame{};
      frame[static_cast<size_t>(i)] = 1;
      self->Suspend();
      finished = frame[static_cast<size_t>(i)] == 1;
    });
    if (first == nullptr) first = self;
    EXPECT_EQ(self, first);
    EXPECT_FALSE(self->killed());
    self->Resume();
    if (i % 2 == 0) {
      self->Kill();
    } else {
      self->Resume();
    }
    EXPECT_EQ(finished, i % 2 != 0);
  }
}

TEST(Fiber, WhatTheJobOwnsGoesWhenItEnds) {
  FiberPool pool;
  const auto token = std::make_shared<int>(1);
  pool.Acquire([token] {}).Resume();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Fiber, ExceptionsStayInsideAndDoNotMix) {
  FiberPool pool;
  std::vector<std::string> caught;
  std::array<Fiber*, 2> fibers{};
  for (size_t i = 0; i < fibers.size(); ++i) {
    fibers[i] = &pool.Acquire([&, i] {
      for (int round = 0; round < 3; ++round) {
        try {
          throw std::runtime_error(std::to_string(i) + std::to_string(round));
        } catch (const std::runtime_error& error) {
          caught.emplace_back(error.what());
        }
        fibers[i]->Suspend();
      }
    });
  }
  for (int round = 0; round < 4; ++round) {
    for (Fiber* fiber : fibers) fiber->Resume();
  }
  EXPECT_THAT(caught, ElementsAre("00", "10", "01", "11", "02", "12"));
}

TEST(Fiber, AKillPassesHandlersOfOtherExceptions) {
  FiberPool pool;
  std::vector<int> marks;
  Fiber* self = nullptr;
  self = &pool.Acquire([&] {
    try {
      const Mark mark(marks, 1);
      self->Suspend();
    } catch (const std::exception&) {
      ADD_FAILURE() << "a kill was caught";
    }
  });
  self->Resume();
  self->Kill();
  EXPECT_THAT(marks, ElementsAre(1));
}

TEST(Fiber, DeepStacksFit) {
  FiberPool pool;
  struct Deep {
    static int Down(int levels) {
      std::array<volatile char, 256> frame{};
      frame[0] = static_cast<char>(levels);
      return levels == 0 ? 0 : Down(levels - 1) + (frame[0] == static_cast<char>(levels) ? 1 : 0);
    }
  };
  int depth = 0;
  pool.Acquire([&] { depth = Deep::Down(100); }).Resume();
  EXPECT_EQ(depth, 100);
}

TEST(FiberPool, FillsIdleStacksWithoutHarm) {
  FiberPool pool;
  Fiber* suspended = nullptr;
  int value = 0;
  suspended = &pool.Acquire([&] {
    volatile int mine = 7;
    suspended->Suspend();
    value = mine;
  });
  suspended->Resume();
  pool.Acquire([] {}).Resume();
  pool.FillIdleStacks(0xab);
  suspended->Resume();
  EXPECT_EQ(value, 7);
  int runs = 0;
  for (int i = 0; i < 20; ++i) {
    pool.Acquire([&] { ++runs; }).Resume();
    pool.FillIdleStacks(static_cast<uint8_t>(i));
  }
  EXPECT_EQ(runs, 20);
}

// What a perturbed run relies on: an uninitialised local sees the fill.
TEST(FiberPool, AFilledStackIsSeenByTheNextJob) {
  FiberPool pool;
  Fiber* self = nullptr;
  self = &pool.Acquire([&] { self->Suspend(); });
  self->Resume();
  self->Kill();
  pool.FillIdleStacks(0x5a);
  bool seen = false;
  pool.Acquire([&] {
        // Far enough below the frames of the loop to be untouched.
        const volatile char* here = static_cast<const volatile char*>(__builtin_frame_address(0));
        seen = here[-16 * 1024] == 0x5a;
      })
      .Resume();
  EXPECT_TRUE(seen);
}

TEST(FiberDeathTest, SuspendingWhileUnwindingIsAnError) {
  const auto unwind = [] {
    FiberPool pool;
    Fiber* self = nullptr;
    struct Suspends {
      Fiber*& fiber;
      ~Suspends() { fiber->Suspend(); }
    };
    self = &pool.Acquire([&] {
      const Suspends bad{self};
      self->Suspend();
    });
    self->Resume();
    self->Kill();
  };
  EXPECT_DEATH(unwind(), "");
}

TEST(FiberDeathTest, ResumingOrKillingFromAFiberIsAnError) {
  const auto nested = [](bool kill) {
    FiberPool pool;
    Fiber& other = pool.Acquire([] {});
    pool.Acquire([&] { kill ? other.Kill() : static_cast<void>(other.Resume()); }).Resume();
  };
  EXPECT_DEATH(nested(false), "a fiber resumes another");
  EXPECT_DEATH(nested(true), "killed while one runs");
}

TEST(FiberDeathTest, ThePoolOutlivesItsFibers) {
  const auto leak = [] {
    FiberPool pool;
    pool.Acquire([] {});
  };
  EXPECT_DEATH(leak(), "1 fibers are still in use");
}

TEST(FiberDeathTest, TheNumberOfFibersIsBounded) {
  const auto exhaust = [] {
    FiberPool pool({.fibers_max = 32});
    for (int i = 0; i < 33; ++i) pool.Acquire([] {});
  };
  EXPECT_DEATH(exhaust(), "more than 32 fibers");
}

// Deeper than the larger stacks of a sanitizer build, in steps that cannot jump over the guard.
TEST(FiberDeathTest, OverflowingAStackHitsItsGuard) {
  const auto overflow = [] {
    FiberPool pool;
    pool.Acquire([] {
          char* const here = static_cast<char*>(__builtin_frame_address(0));
          for (size_t down = 0; down < 300 * 1024; down += 1024) {
            *const_cast<volatile char*>(here - down) = 1;
          }
        })
        .Resume();
  };
  EXPECT_DEATH(overflow(), "");
}

}  // namespace
}  // namespace ww::sim
