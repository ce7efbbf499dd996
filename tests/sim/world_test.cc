#include "sim/world.h"

#include <memory>
#include <optional>

#include "sim/mailbox.h"
#include "tests/sim/world_fixture.h"

namespace ww::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Notes "beat" each 10 microseconds of local time.
std::function<void(Process&)> Beating(WorldFixture& fixture) {
  return [&fixture](Process& process) {
    LocalTime next = process.host().LocalNow();
    while (true) {
      next = next + Microseconds(10);
      process.SleepUntil(next);
      fixture.Note("beat");
    }
  };
}

TEST(World, RunsUpToAndIncludingATime) {
  WorldFixture fixture;
  for (const int64_t when : {5, 10, 11}) {
    fixture.At(Microseconds(when), [&] { fixture.Note("action"); });
  }
  fixture.world().RunUntil(TrueTime{} + Microseconds(10));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("5 action", "10 action"));
  EXPECT_EQ(fixture.world().now(), TrueTime{} + Microseconds(10));
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("11 action"));
  EXPECT_FALSE(fixture.world().Step());
}

TEST(World, StopsAfterTheEventThatSaysSo) {
  WorldFixture fixture;
  int ran = 0;
  for (const int64_t when : {5, 6, 7}) fixture.At(Microseconds(when), [&] { ++ran; });
  EXPECT_TRUE(fixture.world().RunUntil(TrueTime{} + Seconds(1), [&] { return ran == 2; }));
  EXPECT_EQ(fixture.world().now(), TrueTime{} + Microseconds(6));
  EXPECT_FALSE(fixture.world().RunUntil(TrueTime{} + Seconds(1), [&] { return ran == 2; }));
}

TEST(World, ActionsMayAddActionsAndAreDroppedWithTheWorld) {
  WorldFixture fixture;
  const auto token = std::make_shared<int>(0);
  fixture.At(Microseconds(1), [&fixture, token] {
    fixture.At(Microseconds(2), [token] { ++*token; });
    fixture.At(Seconds(9), [token] { ++*token; });
  });
  fixture.RunFor(Seconds(1));
  EXPECT_EQ(*token, 1);
  EXPECT_EQ(token.use_count(), 2);
  fixture.EndWorld();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(World, KindsHaveEqualIdsInEverySchema) {
  Schema schema;
  const WorldKinds kinds = AddWorldKinds(schema);
  schema.Add({"engine.thing", DisplayRole::kPoint, {}});
  const WorldKinds found = FindWorldKinds(schema);
  EXPECT_EQ(found.event, kinds.event);
  EXPECT_EQ(found.task_end, kinds.task_end);
  EXPECT_EQ(schema.kind(found.net_send).name, "net.send");
  Schema other;
  other.Add({"engine.thing", DisplayRole::kPoint, {}});
  EXPECT_DEATH(AddWorldKinds(other), "CHECK failed");
  EXPECT_DEATH(FindWorldKinds(other), "CHECK failed");
}

TEST(World, TeardownUnwindsFibersWithMessagesInFlight) {
  struct Heavy : WireMessage {
    uint32_t kind() const override { return 1; }
    size_t encoded_size() const override { return 8; }
    uint64_t digest() const override { return 7; }
    std::unique_ptr<WireMessage> Clone() const override { return std::make_unique<Heavy>(); }
    void Encode(ByteWriter& out) const override { out.Fixed64(7); }
  };
  WorldFixture fixture;
  const auto main = [](Process& process) {
    Mailbox mailbox(process);
    const HostId other(3 - process.host().id().value);
    while (true) {
      for (int i = 0; i < 5; ++i) {
        process.world().network().Send(process, other, std::make_unique<Heavy>());
      }
      mailbox.Receive();
    }
  };
  LinkRules links;
  links.delay.base = Milliseconds(1);
  for (int i = 0; i < 2; ++i) {
    fixture.world().AddHost({}, links).SetMain(main);
  }
  fixture.world().host(HostId(1)).Start();
  fixture.world().host(HostId(2)).Start();
  fixture.RunFor(Microseconds(1500));
  EXPECT_GT(fixture.world().network().in_flight(), 0u);
  fixture.EndWorld();
  EXPECT_EQ(fixture.fibers().in_use(), 0u);
}

TEST(World, OnePoolServesManyWorldsAndGivesEqualFingerprints) {
  Schema schema;
  AddWorldKinds(schema);
  FiberPool pool;
  std::vector<uint64_t> fingerprints;
  for (int i = 0; i < 3; ++i) {
    World world(5, {schema, pool});
    for (int host = 0; host < 3; ++host) {
      Host& added = world.AddHost({.clock_drift_ppm = host * 100}, {});
      added.SetMain([](Process& process) {
        for (int beat = 0; beat < 100; ++beat) {
          process.Spawn("x", [&] { process.SleepFor(Microseconds(7)); });
          process.SleepFor(Microseconds(10));
        }
      });
      added.Start();
    }
    world.RunUntil(TrueTime{} + Microseconds(500));
    world.host(HostId(2)).Crash();
    world.host(HostId(2)).Start();
    world.RunUntil(TrueTime{} + Seconds(1));
    EXPECT_GT(world.decisions().count(), 0u);
    fingerprints.push_back(world.journal().fingerprint());
    pool.FillIdleStacks(static_cast<uint8_t>(0x11 * (i + 1)));
  }
  EXPECT_EQ(fingerprints[0], fingerprints[1]);
  EXPECT_EQ(fingerprints[0], fingerprints[2]);
}

TEST(Host, IncarnationsCountUp) {
  WorldFixture fixture;
  std::vector<uint64_t> lives;
  Host& host = fixture.AddHost();
  host.SetMain([&](Process& process) {
    lives.push_back(process.incarnation().value);
    process.SleepFor(Seconds(1));
  });
  EXPECT_TRUE(host.incarnation().none());
  for (int i = 0; i < 3; ++i) {
    host.Start();
    fixture.RunFor(Milliseconds(1));
    EXPECT_TRUE(host.up());
    host.Crash();
    EXPECT_FALSE(host.up());
    EXPECT_EQ(host.process(), nullptr);
    host.Crash();  // No effect.
  }
  EXPECT_THAT(lives, ElementsAre(1, 2, 3));
  EXPECT_EQ(host.incarnation(), Incarnation(3));
}

TEST(Host, ACrashFromItsOwnTaskDoesNotReturn) {
  WorldFixture fixture;
  Host* host = nullptr;
  struct Mark {
    WorldFixture& fixture;
    ~Mark() { fixture.Note("unwound"); }
  };
  host = &fixture.StartHost([&](Process& process) {
    const Mark mark{fixture};
    process.Spawn("child", [&] {
      fixture.Note("crashing");
      host->Crash();
      fixture.Note("returned");
    });
    process.SleepFor(Seconds(1));
  });
  fixture.RunFor(Milliseconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("1 crashing", "1 unwound"));
  EXPECT_FALSE(host->up());
  EXPECT_EQ(fixture.fibers().in_use(), 0u);
  host->Start();
  EXPECT_TRUE(host->up());
}

TEST(Host, ATaskMayCrashAndRestartAnotherHost) {
  WorldFixture fixture;
  Host& victim = fixture.StartHost(Beating(fixture));
  fixture.StartHost([&](Process& process) {
    process.SleepFor(Microseconds(25));
    victim.Crash();
    EXPECT_FALSE(victim.up());
    victim.Start();
    EXPECT_TRUE(victim.up());
  });
  fixture.RunFor(Microseconds(45));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("10 beat", "20 beat", "35 beat", "45 beat"));
  EXPECT_EQ(fixture.fibers().in_use(), 1u);
}

TEST(Host, AProcessThatEndsItselfLeavesTheHostDown) {
  WorldFixture fixture;
  Host& host = fixture.StartHost([](Process& process) { process.Kill(); });
  fixture.RunFor(Milliseconds(1));
  EXPECT_FALSE(host.up());
}

TEST(Host, NothingRunsWhilePausedAndLateWakesComeAtTheResume) {
  WorldFixture fixture;
  Host& host = fixture.StartHost(Beating(fixture));
  fixture.At(Microseconds(15), [&] { host.Pause(); });
  fixture.At(Microseconds(47), [&] { host.Resume(); });
  fixture.RunFor(Microseconds(60));
  EXPECT_THAT(fixture.TakeNotes(),
              ElementsAre("10 beat", "47 beat", "48 beat", "49 beat", "50 beat", "60 beat"));
}

TEST(Host, AWakeThatIsDueWhenThePauseBeginsIsHeld) {
  WorldFixture fixture;
  std::optional<WaitQueue> queue;
  Host& host = fixture.StartHost(
      [&](Process& process) {
        queue.emplace(process);
        queue->Wait();
        fixture.Note("woken");
      },
      {.step_cost = Microseconds(20)});
  fixture.At(Microseconds(5), [&] { queue->WakeOne(); });
  fixture.At(Microseconds(10), [&] { host.Pause(); });
  fixture.At(Microseconds(100), [&] { host.Resume(); });
  fixture.RunFor(Milliseconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("100 woken"));
}

TEST(Host, APauseOutlivesACrash) {
  WorldFixture fixture;
  Host& host = fixture.AddHost();
  host.SetMain([&](Process&) { fixture.Note("main"); });
  host.Start();
  host.Pause();
  host.Crash();
  host.Start();
  fixture.RunFor(Microseconds(50));
  EXPECT_THAT(fixture.TakeNotes(), IsEmpty());
  host.Resume();
  fixture.RunFor(Microseconds(50));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("50 main"));
}

TEST(Host, ASlowHostTakesLongerForEachStep) {
  WorldFixture fixture;
  Host& host = fixture.AddHost();
  host.SetMain([&](Process& process) {
    for (int i = 0; i < 2; ++i) process.Spawn("task", [&] { fixture.Note("step"); });
  });
  host.SetSlow(10);
  host.Start();
  fixture.RunFor(Milliseconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("10 step", "20 step"));
  EXPECT_DEATH(host.SetSlow(0), "CHECK failed");
}

TEST(Host, AFastClockBringsDeadlinesForward) {
  WorldFixture fixture;
  fixture.StartHost(Beating(fixture), {.clock_offset = Seconds(5), .clock_drift_ppm = 1'000'000});
  fixture.RunFor(Microseconds(16));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("5 beat", "10 beat", "15 beat"));
}

TEST(Host, AChangeOfTheClockMovesWaitingDeadlines) {
  WorldFixture fixture;
  Host& host = fixture.StartHost([&](Process& process) {
    process.SleepUntil(LocalTime{} + Microseconds(100));
    fixture.Note("awake");
    process.SleepUntil(LocalTime{} + Microseconds(200));
    fixture.Note("awake");
  });
  fixture.At(Microseconds(50), [&] {
    host.clock().SetDrift(fixture.world().now(), 1'000'000);
    host.ClockChanged();
  });
  fixture.At(Microseconds(80), [&] {
    host.clock().SetDrift(fixture.world().now(), -500'000);
    host.ClockChanged();
  });
  fixture.RunFor(Seconds(1));
  // At 75 the clock shows 100; at 80 it shows 110 and then runs at half speed.
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("75 awake", "260 awake"));
}

// Without ClockChanged the timer fires at the time computed before, and is armed again.
TEST(Host, ATimerThatFiresTooEarlyIsArmedAgain) {
  WorldFixture fixture;
  Host& host = fixture.StartHost([&](Process& process) {
    process.SleepUntil(LocalTime{} + Microseconds(100));
    fixture.Note("awake");
  });
  fixture.At(Microseconds(50), [&] { host.clock().SetDrift(fixture.world().now(), -500'000); });
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("150 awake"));
}

TEST(Host, AStalledClockHoldsDeadlinesUntilItContinues) {
  WorldFixture fixture;
  Host& host = fixture.StartHost([&](Process& process) {
    process.SleepUntil(LocalTime{} + Microseconds(100));
    fixture.Note("awake");
  });
  fixture.At(Microseconds(50), [&] {
    host.clock().Stall(fixture.world().now());
    host.ClockChanged();
  });
  fixture.At(Microseconds(500), [&] {
    host.clock().Continue(fixture.world().now());
    host.ClockChanged();
  });
  fixture.RunFor(Microseconds(400));
  EXPECT_EQ(host.LocalNow(), LocalTime{} + Microseconds(50));
  fixture.RunFor(Seconds(1));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("550 awake"));
}

TEST(HostDeathTest, StartsOnlyWhenDownAndWithAMain) {
  WorldFixture fixture;
  Host& host = fixture.AddHost();
  EXPECT_DEATH(host.Start(), "has no main");
  host.SetMain([](Process&) {});
  host.Start();
  EXPECT_DEATH(host.Start(), "runs already");
}

// Main may be replaced while it runs: the running incarnation keeps its own.
TEST(Host, AReplacedMainRunsFromTheNextStart) {
  WorldFixture fixture;
  Host& host = fixture.AddHost();
  const std::string name = "a name that is too long to be kept inside of the function object";
  host.SetMain([&fixture, &host, name](Process& process) {
    host.SetMain([&fixture](Process&) { fixture.Note("second"); });
    process.SleepFor(Microseconds(10));
    fixture.Note(name.substr(0, 6));
  });
  host.Start();
  fixture.RunFor(Microseconds(20));
  host.Crash();
  host.Start();
  fixture.RunFor(Microseconds(20));
  EXPECT_THAT(fixture.TakeNotes(), ElementsAre("10 a name", "20 second"));
}

}  // namespace
}  // namespace ww::sim
