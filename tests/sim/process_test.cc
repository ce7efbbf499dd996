#include "sim/process.h"

#include <memory>
#include <optional>

#include "sim/base/context.h"
#include "tests/sim/world_fixture.h"

namespace ww::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Process, ATaskRunsFromAnEventAtTheInstantItIsSpawned) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    process.Spawn("child", [&] { fixture.Note("child"); });
    fixture.Note("main");
    process.SleepFor(Microseconds(10));
    fixture.Note("awake");
  });
  EXPECT_THAT(fixture.TakeNotes(), IsEmpty());
  fixture.RunFor(Seconds(1));
  // The child waits until the step of main has been paid for.
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("0 main", "1 child", "10 awake"));
}

TEST(Process, StepsOfOneHostAreSpacedByTheirCost) {
  WorldFixture fixture;
  const auto main = [&](Process& process) {
    for (int i = 0; i < 3; ++i) process.Spawn("task", [&] { fixture.Note("step"); });
  };
  Host& host = fixture.StartHost(main, {.step_cost = Microseconds(5)});
  fixture.RunFor(Milliseconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("5 step", "10 step", "15 step"));
  EXPECT_EQ(host.busy_until(), TrueTime{} + Microseconds(20));
}

TEST(Process, JoinWaitsForTheEndAndReturnsAtOnceAfterIt) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    const TaskId child = process.Spawn("child", [&] { process.SleepFor(Microseconds(50)); });
    EXPECT_FALSE(process.Ended(child));
    EXPECT_EQ(process.Join(child), WaitResult::kWoken);
    EXPECT_TRUE(process.Ended(child));
    fixture.Note("joined");
    EXPECT_EQ(process.Join(child), WaitResult::kWoken);
    fixture.Note("again");
  });
  fixture.RunFor(Seconds(1));
  // The child began at 1, slept for 50, and its last step costs 1.
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("52 joined", "52 again"));
}

TEST(Process, AnIdOfAnEndedTaskDoesNotNameTheNextOne) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    const TaskId first = process.Spawn("first", [] {});
    process.Join(first);
    const TaskId second = process.Spawn("second", [&] { process.SleepFor(Seconds(1)); });
    EXPECT_EQ(first.slot, second.slot);
    EXPECT_TRUE(process.Ended(first));
    EXPECT_FALSE(process.Ended(second));
    process.Cancel(first);
    process.Join(second);
    fixture.Note("joined");
  });
  fixture.RunFor(Seconds(2));
  EXPECT_EQ(fixture.TakeNotes().size(), 1u);
  EXPECT_EQ(fixture.world().host(HostId(1)).process()->tasks(), 0u);
}

TEST(Process, CancelEndsThePresentWait) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    const TaskId child = process.Spawn("child", [&] {
      fixture.Note(NameOf(process.SleepFor(Seconds(1))));
      fixture.Note(NameOf(process.SleepFor(Microseconds(10))));
    });
    process.SleepFor(Microseconds(20));
    process.Cancel(child);
  });
  fixture.RunFor(Seconds(2));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("21 cancelled", "31 timeout"));
}

TEST(Process, CancelBeforeAWaitEndsTheNextOneWithoutSuspending) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    const TaskId child = process.Spawn("child", [&] {
      fixture.Note(NameOf(process.SleepFor(Seconds(1))));
      fixture.Note(NameOf(process.SleepFor(Microseconds(10))));
    });
    process.Cancel(child);
  });
  fixture.RunFor(Seconds(2));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("1 cancelled", "11 timeout"));
}

TEST(Process, CancelOfAJoinLeavesTheJoinedTaskAlone) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    const TaskId slow = process.Spawn("slow", [&] {
      process.SleepFor(Microseconds(100));
      fixture.Note("slow");
    });
    const TaskId waiter =
        process.Spawn("waiter", [&, slow] { fixture.Note(NameOf(process.Join(slow))); });
    process.SleepFor(Microseconds(20));
    process.Cancel(waiter);
  });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("21 cancelled", "101 slow"));
}

TEST(Process, BlockWaitsForUnblockAndIsNotCancelled) {
  WorldFixture fixture;
  Task* blocked = nullptr;
  Host& host = fixture.StartHost([&](Process& process) {
    const TaskId child = process.Spawn("child", [&] {
      blocked = &process.running_task();
      process.Block(EventClass::kIo);
      fixture.Note("unblocked");
      fixture.Note(NameOf(process.SleepFor(Seconds(1))));
    });
    process.SleepFor(Microseconds(20));
    process.Cancel(child);
  });
  fixture.At(Microseconds(100), [&] { host.process()->Unblock(*blocked); });
  fixture.RunFor(Seconds(2));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("100 unblocked", "100 cancelled"));
}

TEST(Process, BlockUntilIsTrueTime) {
  WorldFixture fixture;
  Host& host = fixture.StartHost(
      [&](Process& process) {
        process.BlockUntil(TrueTime{} + Microseconds(70), EventClass::kIo);
        fixture.Note("unblocked");
      },
      {.clock_drift_ppm = 500'000});
  fixture.RunFor(Microseconds(60));
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("70 unblocked"));
  EXPECT_TRUE(host.up());
}

TEST(WaitQueue, WakesTheOldestFirst) {
  WorldFixture fixture;
  std::optional<WaitQueue> queue;
  fixture.StartHost([&](Process& process) {
    queue.emplace(process);
    for (const char* name : {"a", "b", "c"}) {
      process.Spawn(name, [&, name] {
        queue->Wait();
        fixture.Note(name);
      });
    }
    process.SleepFor(Microseconds(50));
    EXPECT_EQ(queue->WakeOne(), 1u);
    process.SleepFor(Microseconds(50));
    EXPECT_EQ(queue->WakeAll(), 2u);
    EXPECT_EQ(queue->WakeAll(), 0u);
    EXPECT_TRUE(queue->empty());
  });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("51 a", "101 b", "102 c"));
}

TEST(WaitQueue, AnEventResumesTheFirstWaiterInsideItself) {
  WorldFixture fixture;
  std::optional<WaitQueue> queue;
  fixture.StartHost([&](Process& process) {
    queue.emplace(process);
    for (const char* name : {"a", "b"}) {
      process.Spawn(name, [&, name] {
        queue->Wait();
        fixture.Note(name);
      });
    }
  });
  fixture.At(Microseconds(50), [&] {
    EXPECT_EQ(queue->WakeAll(), 2u);
    fixture.Note("event");
  });
  const uint64_t before = fixture.world().scheduler().executed();
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("50 a", "50 event", "51 b"));
  // Three starts, one of them put off by the step of another; the event; a wake for b.
  EXPECT_EQ(fixture.world().scheduler().executed() - before, 6u);
}

TEST(WaitQueue, ABusyHostDefersTheWake) {
  WorldFixture fixture;
  std::optional<WaitQueue> queue;
  fixture.StartHost(
      [&](Process& process) {
        queue.emplace(process);
        queue->Wait();
        fixture.Note("woken");
      },
      {.step_cost = Microseconds(100)});
  fixture.At(Microseconds(50), [&] {
    queue->WakeOne();
    fixture.Note("event");
  });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("50 event", "100 woken"));
}

TEST(WaitQueue, TimesOutAtItsDeadlineAndLeavesTheQueue) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    WaitQueue queue(process);
    fixture.Note(NameOf(queue.WaitUntil(LocalTime{} + Microseconds(40))));
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.WakeOne(), 0u);
  });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("40 timeout"));
}

// A wait that is woken leaves its timer where it is; the next wait moves the deadline on.
TEST(WaitQueue, AMovedDeadlineIsKeptWhenTheOldTimerFires) {
  WorldFixture fixture;
  std::optional<WaitQueue> queue;
  fixture.StartHost([&](Process& process) {
    queue.emplace(process);
    fixture.Note(NameOf(queue->WaitUntil(LocalTime{} + Microseconds(100))));
    fixture.Note(NameOf(queue->WaitUntil(LocalTime{} + Microseconds(300))));
    fixture.Note(NameOf(queue->WaitUntil(LocalTime{} + Microseconds(310))));
  });
  fixture.At(Microseconds(50), [&] { queue->WakeOne(); });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("50 woken", "300 timeout", "310 timeout"));
}

TEST(WaitQueue, AnEarlierDeadlineMovesTheTimerForward) {
  WorldFixture fixture;
  std::optional<WaitQueue> queue;
  fixture.StartHost([&](Process& process) {
    queue.emplace(process);
    fixture.Note(NameOf(queue->WaitUntil(LocalTime{} + Seconds(1))));
    fixture.Note(NameOf(queue->WaitUntil(LocalTime{} + Microseconds(60))));
    fixture.Note(NameOf(queue->Wait()));
  });
  fixture.At(Microseconds(50), [&] { queue->WakeOne(); });
  fixture.At(Seconds(2), [&] { queue->WakeOne(); });
  fixture.RunFor(Seconds(3));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("50 woken", "60 timeout", "2000000 woken"));
}

TEST(WaitQueue, ADeadlineOfThePastStillGivesOthersTheirTurn) {
  WorldFixture fixture;
  fixture.StartHost([&](Process& process) {
    process.Spawn("other", [&] { fixture.Note("other"); });
    fixture.Note(NameOf(process.SleepUntil(LocalTime{})));
  });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("1 other", "2 timeout"));
}

TEST(WaitQueue, MayBeDestroyedWhenItsProcessIsDead) {
  WorldFixture fixture;
  auto queue = std::unique_ptr<WaitQueue>();
  Host& host = fixture.StartHost([&](Process& process) {
    queue = std::make_unique<WaitQueue>(process);
    process.Spawn("waiter", [&] { queue->Wait(); });
    queue->Wait();
  });
  fixture.RunFor(Milliseconds(1));
  EXPECT_FALSE(queue->empty());
  host.Crash();
  EXPECT_TRUE(queue->empty());
  EXPECT_EQ(queue->WakeAll(), 0u);
  fixture.EndWorld();
  queue.reset();
}

TEST(WaitQueueDeathTest, IsNotDestroyedUnderAWaiter) {
  const auto destroy = [] {
    WorldFixture fixture;
    fixture.StartHost([&](Process& process) {
      auto queue = std::make_unique<WaitQueue>(process);
      process.Spawn("waiter", [&queue] { queue->Wait(); });
      process.SleepFor(Milliseconds(1));
      queue.reset();
    });
    fixture.RunFor(Seconds(1));
  };
  EXPECT_DEATH(destroy(), "destroyed under a waiter");
}

// Main owns the program's objects: everything spawned later is unwound while they still exist.
TEST(Process, AKillUnwindsTasksNewestFirst) {
  WorldFixture fixture;
  struct Mark {
    WorldFixture& fixture;
    std::string name;
    ~Mark() { fixture.Note("unwound " + name); }
  };
  Host& host = fixture.StartHost([&](Process& process) {
    const Mark mine{fixture, "main"};
    WaitQueue queue(process);
    for (const char* name : {"a", "b", "c"}) {
      process.Spawn(name, [&, name] {
        const Mark mark{fixture, name};
        queue.Wait();
      });
    }
    queue.Wait();
  });
  fixture.RunFor(Microseconds(100));
  host.Crash();
  EXPECT_THAT(fixture.TakeNotes(),
              ElementsAre("100 unwound c", "100 unwound b", "100 unwound a", "100 unwound main"));
  EXPECT_EQ(fixture.fibers().in_use(), 0u);
}

TEST(Process, AKillCancelsWakesAndTimers) {
  WorldFixture fixture;
  Host& host = fixture.StartHost([&](Process& process) {
    WaitQueue queue(process);
    process.Spawn("asleep", [&] { process.SleepFor(Seconds(1)); });
    process.Spawn("io", [&] { process.BlockUntil(TrueTime{} + Seconds(2), EventClass::kIo); });
    process.Spawn("timed", [&] { queue.WaitUntil(LocalTime{} + Seconds(3)); });
    process.SleepFor(Milliseconds(1));
    process.Spawn("never started", [] {});
    process.SleepFor(Seconds(1));
  });
  fixture.RunFor(Milliseconds(1));
  EXPECT_EQ(host.process()->tasks(), 5u);
  host.Crash();
  EXPECT_EQ(fixture.world().scheduler().pending(), 0u);
  EXPECT_EQ(fixture.fibers().in_use(), 0u);
}

TEST(Process, AScopeGuardMayWakeAndCancelWhileItUnwinds) {
  WorldFixture fixture;
  Host& host = fixture.StartHost([&](Process& process) {
    WaitQueue queue(process);
    struct Guard {
      WaitQueue& queue;
      Process& process;
      TaskId task;
      ~Guard() {
        queue.WakeAll();
        process.Cancel(task);
      }
    };
    const TaskId task = process.Spawn("waiter", [&] { queue.Wait(); });
    const Guard guard{queue, process, task};
    queue.Wait();
  });
  fixture.RunFor(Milliseconds(1));
  host.Crash();
  EXPECT_FALSE(host.up());
}

TEST(ProcessDeathTest, AnyOtherCallOfADeadProcessIsAnError) {
  const auto unwind = [](auto call) {
    WorldFixture fixture;
    struct Guard {
      Process& process;
      decltype(call)& act;
      ~Guard() { act(process); }
    };
    Host& host = fixture.StartHost([&](Process& process) {
      const Guard guard{process, call};
      process.SleepFor(Seconds(1));
    });
    fixture.RunFor(Milliseconds(1));
    host.Crash();
  };
  EXPECT_DEATH(unwind([](Process& process) { process.Spawn("late", [] {}); }), "CHECK failed");
  EXPECT_DEATH(unwind([](Process& process) { process.SleepFor(Seconds(1)); }), "CHECK failed");
  EXPECT_DEATH(unwind([](Process& process) { process.Kill(); }), "CHECK failed");
}

TEST(Process, StepsOfAnEnginesHostRunOnTheEnginesSide) {
  RunContext run("test@1");
  const RunContext::Scope scope(run);
  std::vector<Side> sides;
  WorldFixture fixture;
  const auto main = [&](Process& process) {
    struct Guard {
      std::vector<Side>& seen;
      ~Guard() { seen.push_back(RunContext::Current()->side()); }
    };
    const Guard guard{sides};
    sides.push_back(run.side());
    process.SleepFor(Seconds(1));
  };
  fixture.StartHost(main, {.engine = true});
  fixture.StartHost(main, {.engine = false});
  fixture.RunFor(Milliseconds(1));
  EXPECT_EQ(run.side(), Side::kHarness);
  fixture.world().host(HostId(1)).Crash();
  EXPECT_THAT(sides, ElementsAre(Side::kEngine, Side::kHarness, Side::kEngine));
  EXPECT_EQ(run.side(), Side::kHarness);
}

}  // namespace
}  // namespace ww::sim
