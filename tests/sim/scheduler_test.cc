#include "sim/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "sim/heap.h"
#include "sim/trace/reader.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAreArray;

TrueTime At(int64_t ns) { return {ns}; }

struct Fixture {
  explicit Fixture(SiteBase base = SiteBase::kBenign, uint64_t seed = 1)
      : journal(schema), decisions(seed, journal), scheduler(decisions, journal) {
    decisions.SetBase(base);
  }
  // The event adds `label` to what ran.
  EventHandle Add(int64_t when, uint64_t label, HostId target = HostId(1),
                  EventClass event_class = EventClass::kTask) {
    return scheduler.At(At(when), {.target = target,
                                   .event_class = event_class,
                                   .callback = &Fixture::Run,
                                   .object = this,
                                   .argument = label});
  }
  static void Run(void* self, uint64_t label) { static_cast<Fixture*>(self)->ran.push_back(label); }
  std::vector<uint64_t> RunAll() {
    while (scheduler.RunOne()) {
    }
    return std::exchange(ran, {});
  }

  Schema schema;
  Journal journal;
  Decisions decisions;
  Scheduler scheduler;
  std::vector<uint64_t> ran;
};

std::vector<uint64_t> FirstIn(uint64_t count) {
  std::vector<uint64_t> labels(count);
  for (uint64_t i = 0; i < count; ++i) labels[i] = i;
  return labels;
}

TEST(Scheduler, RunsEventsInOrderOfTime) {
  Fixture fixture;
  fixture.Add(30, 3);
  fixture.Add(10, 1);
  fixture.Add(20, 2);
  EXPECT_EQ(fixture.scheduler.NextTime(), At(10));
  EXPECT_EQ(fixture.scheduler.pending(), 3u);
  EXPECT_THAT(fixture.RunAll(), ElementsAre(1, 2, 3));
  EXPECT_EQ(fixture.scheduler.now(), At(30));
  EXPECT_EQ(fixture.scheduler.executed(), 3u);
  EXPECT_TRUE(fixture.scheduler.NextTime().never());
  EXPECT_FALSE(fixture.scheduler.RunOne());
}

// Against a sorted reference, with cancellations and events added while others run.
RC_GTEST_PROP(Scheduler, AgreesWithASortedMap, ()) {
  Fixture fixture;
  std::map<std::pair<int64_t, uint64_t>, EventHandle> reference;
  uint64_t label = 0;
  const int steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    const int choice = *rc::gen::inRange(0, 10);
    if (choice < 6) {
      const int64_t when = fixture.scheduler.now().ns + *rc::gen::inRange<int64_t>(0, 20);
      reference[{when, label}] = fixture.Add(when, label);
      ++label;
    } else if (choice < 8 && !reference.empty()) {
      const auto chosen = std::next(
          reference.begin(), *rc::gen::inRange<int64_t>(0, static_cast<int64_t>(reference.size())));
      RC_ASSERT(fixture.scheduler.Cancel(chosen->second));
      RC_ASSERT(!fixture.scheduler.Pending(chosen->second));
      reference.erase(chosen);
    } else if (!reference.empty()) {
      RC_ASSERT(fixture.scheduler.NextTime().ns == reference.begin()->first.first);
      RC_ASSERT(fixture.scheduler.RunOne());
      RC_ASSERT(fixture.ran.back() == reference.begin()->first.second);
      reference.erase(reference.begin());
    }
    RC_ASSERT(fixture.scheduler.pending() == reference.size());
  }
  fixture.ran.clear();
  std::vector<uint64_t> expected;
  for (const auto& event : reference) expected.push_back(event.first.second);
  RC_ASSERT(fixture.RunAll() == expected);
}

TEST(Scheduler, CancelsOnce) {
  Fixture fixture;
  const EventHandle first = fixture.Add(10, 1);
  fixture.Add(20, 2);
  EXPECT_TRUE(fixture.scheduler.Pending(first));
  EXPECT_TRUE(fixture.scheduler.Cancel(first));
  EXPECT_FALSE(fixture.scheduler.Cancel(first));
  EXPECT_EQ(fixture.scheduler.NextTime(), At(20));
  EXPECT_THAT(fixture.RunAll(), ElementsAre(2));
  EXPECT_FALSE(fixture.scheduler.Cancel(EventHandle{}));
}

TEST(Scheduler, AnOldHandleDoesNotReachTheNextUserOfItsSlot) {
  Fixture fixture;
  const EventHandle old = fixture.Add(10, 1);
  fixture.RunAll();
  const EventHandle fresh = fixture.Add(20, 2);
  EXPECT_EQ(old.slot, fresh.slot);
  EXPECT_FALSE(fixture.scheduler.Pending(old));
  EXPECT_FALSE(fixture.scheduler.Cancel(old));
  EXPECT_TRUE(fixture.scheduler.Pending(fresh));
  EXPECT_THAT(fixture.RunAll(), ElementsAre(2));
}

TEST(Scheduler, AnEventIsNoLongerPendingWhileItRuns) {
  Fixture fixture;
  struct Self {
    Scheduler& scheduler;
    EventHandle handle;
    bool cancelled = true;
  } self{fixture.scheduler, {}};
  self.handle = fixture.scheduler.At(At(5), {.target = HostId(1),
                                             .callback =
                                                 [](void* object, uint64_t) {
                                                   Self& me = *static_cast<Self*>(object);
                                                   me.cancelled = me.scheduler.Cancel(me.handle);
                                                 },
                                             .object = &self});
  fixture.RunAll();
  EXPECT_FALSE(self.cancelled);
}

TEST(Scheduler, BenignTiesAreFirstInFirstOut) {
  Fixture fixture;
  for (const uint64_t label : FirstIn(100)) {
    fixture.Add(10, label, HostId(label % 5), static_cast<EventClass>(label % kEventClasses));
  }
  EXPECT_EQ(fixture.RunAll(), FirstIn(100));
}

TEST(Scheduler, SeededTiesArePermutedBySeedAlone) {
  const auto order = [](uint64_t seed) {
    Fixture fixture(SiteBase::kSeeded, seed);
    for (const uint64_t label : FirstIn(20)) fixture.Add(10, label, HostId(label % 3));
    return fixture.RunAll();
  };
  EXPECT_NE(order(1), FirstIn(20));
  EXPECT_NE(order(1), order(2));
  EXPECT_EQ(order(1), order(1));
  EXPECT_THAT(order(1), UnorderedElementsAreArray(FirstIn(20)));
}

TEST(Scheduler, DecidesOnlyWhenEventsShareAnInstant) {
  Fixture fixture(SiteBase::kSeeded);
  for (int64_t i = 0; i < 100; ++i) fixture.Add(i, 0);
  fixture.RunAll();
  EXPECT_EQ(fixture.decisions.count(), 0u);
  fixture.Add(200, 0);
  fixture.Add(200, 1);
  fixture.Add(201, 2);
  fixture.RunAll();
  EXPECT_EQ(fixture.decisions.count(), 2u);
}

TEST(Scheduler, ACancelledEventIsNoTie) {
  Fixture fixture(SiteBase::kSeeded);
  for (uint64_t i = 0; i < 10; ++i) {
    const EventHandle handle = fixture.Add(10, i);
    if (i != 4) fixture.scheduler.Cancel(handle);
  }
  EXPECT_THAT(fixture.RunAll(), ElementsAre(4));
  EXPECT_EQ(fixture.decisions.count(), 0u);
}

// An event that comes late to an instant is ordered among those that are still to run.
TEST(Scheduler, AnEventAddedToThePresentInstantIsDecidedOnce) {
  Fixture fixture(SiteBase::kSeeded);
  fixture.Add(10, 0);
  fixture.Add(10, 1);
  fixture.scheduler.RunOne();
  EXPECT_EQ(fixture.decisions.count(), 2u);
  fixture.Add(10, 2);
  fixture.scheduler.RunOne();
  EXPECT_EQ(fixture.decisions.count(), 3u);
  fixture.scheduler.RunOne();
  fixture.Add(10, 3);
  fixture.scheduler.RunOne();
  EXPECT_EQ(fixture.decisions.count(), 3u);
  EXPECT_THAT(fixture.ran, UnorderedElementsAreArray(FirstIn(4)));
}

// The draw of a stream is taken at insertion, so an untied event moves the draws of its own stream
// and of no other.
TEST(Scheduler, TheOrderOfOneTargetDoesNotDependOnAnother) {
  const auto order = [](int others) {
    Fixture fixture(SiteBase::kSeeded);
    for (int i = 0; i < others; ++i) fixture.Add(1 + i, 0, HostId(2));
    for (const uint64_t label : FirstIn(8)) fixture.Add(1000, label, HostId(1));
    fixture.scheduler.RunOne();
    fixture.ran.clear();
    std::vector<uint64_t> ran = fixture.RunAll();
    return std::vector<uint64_t>(ran.end() - 7, ran.end());
  };
  EXPECT_EQ(order(1), order(30));
}

TEST(Scheduler, AnOverrideChangesTheOrderOfATie) {
  Fixture fixture;
  fixture.decisions.AddOverride({.site = "sched.order",
                                 .key = StreamKey(1, 0),
                                 .first = 1,
                                 .last = 1,
                                 .tag = {0, 4095},
                                 .value = 4094});
  for (const uint64_t label : FirstIn(4)) fixture.Add(10, label);
  EXPECT_THAT(fixture.RunAll(), ElementsAre(0, 2, 3, 1));
  EXPECT_TRUE(fixture.decisions.fidelity().complete());
}

TEST(Scheduler, ManyTiesAreNotQuadratic) {
  Fixture fixture(SiteBase::kSeeded);
  for (const uint64_t label : FirstIn(200'000)) fixture.Add(10, label);
  EXPECT_EQ(fixture.RunAll().size(), 200'000u);
  EXPECT_EQ(fixture.decisions.count(), 200'000u);
}

TEST(Scheduler, TombstonesAreReclaimedBeforeTheyAreDue) {
  Fixture fixture;
  std::set<uint32_t> slots;
  for (const uint64_t label : FirstIn(10)) fixture.Add(5, label);
  for (int i = 0; i < 100'000; ++i) {
    const EventHandle handle = fixture.Add(1'000'000 + i, 99);
    slots.insert(handle.slot);
    fixture.scheduler.Cancel(handle);
  }
  EXPECT_LT(slots.size(), 200u);
  EXPECT_EQ(fixture.RunAll(), FirstIn(10));
}

TEST(Scheduler, RebuildKeepsTheOrderOfWhatIsLeft) {
  Fixture fixture;
  std::vector<EventHandle> cancelled;
  std::vector<uint64_t> expected;
  for (uint64_t i = 0; i < 1000; ++i) {
    const int64_t when = static_cast<int64_t>((i * 7919) % 1000);
    const EventHandle handle = fixture.Add(when, static_cast<uint64_t>(when));
    if (i % 10 == 0) {
      expected.push_back(static_cast<uint64_t>(when));
    } else {
      cancelled.push_back(handle);
    }
  }
  for (const EventHandle& handle : cancelled) EXPECT_TRUE(fixture.scheduler.Cancel(handle));
  std::sort(expected.begin(), expected.end());
  EXPECT_THAT(fixture.RunAll(), ElementsAreArray(expected));
}

TEST(Scheduler, CountsEventsSinceTimeMoved) {
  Fixture fixture;
  for (int i = 0; i < 3; ++i) fixture.Add(10, 0);
  fixture.Add(11, 0);
  for (const uint64_t expected : {1, 2, 3, 1}) {
    fixture.scheduler.RunOne();
    EXPECT_EQ(fixture.scheduler.executed_at_now(), expected);
  }
}

TEST(Scheduler, TimeMovesOnWithoutEventsButNotPastOne) {
  Fixture fixture;
  fixture.scheduler.AdvanceTo(At(50));
  EXPECT_EQ(fixture.scheduler.now(), At(50));
  fixture.Add(60, 0);
  fixture.scheduler.AdvanceTo(At(60));
  EXPECT_DEATH(fixture.scheduler.AdvanceTo(At(61)), "CHECK failed");
  EXPECT_DEATH(fixture.scheduler.AdvanceTo(At(59)), "CHECK failed");
}

TEST(SchedulerDeathTest, RefusesThePastAndTheTooFar) {
  Fixture fixture;
  fixture.scheduler.AdvanceTo(At(50));
  EXPECT_DEATH(fixture.Add(49, 0), "CHECK failed");
  EXPECT_DEATH(fixture.Add(Scheduler::kEnd.ns, 0), "CHECK failed");
  fixture.Add(Scheduler::kEnd.ns - 1, 7);
  EXPECT_THAT(fixture.RunAll(), ElementsAre(7));
}

TEST(Scheduler, TheFingerprintTellsTimeTargetAndClass) {
  const auto fingerprint = [](int64_t when, uint64_t host, EventClass event_class) {
    Fixture fixture;
    fixture.Add(when, 0, HostId(host), event_class);
    fixture.RunAll();
    return fixture.journal.fingerprint();
  };
  const std::set<uint64_t> all = {
      fingerprint(1, 1, EventClass::kTask), fingerprint(2, 1, EventClass::kTask),
      fingerprint(1, 2, EventClass::kTask), fingerprint(1, 1, EventClass::kTimer)};
  EXPECT_EQ(all.size(), 4u);
}

TEST(Scheduler, ATraceDoesNotChangeTheFingerprint) {
  const auto run = [](bool traced) {
    Schema schema;
    const WorldKinds kinds = AddWorldKinds(schema);
    Journal journal(schema);
    if (traced) journal.StartTrace();
    Decisions decisions(1, journal);
    Scheduler scheduler(decisions, journal);
    scheduler.TraceAs(kinds.event, kinds.order);
    for (int i = 0; i < 9; ++i) {
      scheduler.At(At(i / 3), {.target = HostId(1), .callback = [](void*, uint64_t) {}});
    }
    while (scheduler.RunOne()) {
    }
    EXPECT_EQ(traced ? journal.TraceBytes().size() > 100 : true, true);
    return journal.fingerprint();
  };
  EXPECT_EQ(run(true), run(false));
}

RC_GTEST_PROP(KeyHeap, PopsInOrder, (const std::vector<uint32_t>& raw)) {
  KeyHeap heap;
  std::vector<KeyHeap::Key> keys;
  for (size_t i = 0; i < raw.size(); ++i) {
    keys.push_back((KeyHeap::Key{raw[i]} << 64) | i);
    heap.Push(keys.back());
  }
  heap.Filter([](KeyHeap::Key key) { return static_cast<uint64_t>(key) % 3 != 0; });
  std::sort(keys.begin(), keys.end());
  for (const KeyHeap::Key key : keys) {
    if (static_cast<uint64_t>(key) % 3 == 0) continue;
    RC_ASSERT(!heap.empty());
    RC_ASSERT(heap.top() == key);
    heap.Pop();
  }
  RC_ASSERT(heap.empty());
  RC_ASSERT(heap.top() == KeyHeap::kLargest);
}

}  // namespace
}  // namespace ww::sim
