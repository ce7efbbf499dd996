// The world, the faults and the trace serve an engine that is not Raft at all.

#include <gtest/gtest.h>

#include "sim/trace/reader.h"
#include "tests/support/toy_engine.h"

namespace ww::toy {
namespace {

constexpr uint64_t kSeeds = 10;

// The primary dies in the middle of things, when a number has just been acknowledged.
faults::Plan CrashThePrimary(uint64_t seed) {
  faults::PlanItem crash;
  crash.id = 1;
  crash.kind = faults::FaultKind::kCrash;
  crash.trigger.occurrence = faults::Occurrence{
      faults::OccurrenceKind::kEvent, "toy.safe", 10 + seed, HostId(1), {}, false};
  crash.hosts = {HostId(1)};
  crash.duration = Milliseconds(300);
  return {{faults::FaultKind::kCrash}, {crash}};
}

TEST(ToyEngine, LosesWhatItAcknowledgedTooEarly) {
  sim::FiberPool fibers;
  uint64_t found = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome =
        RunRegister(seed, Variant::kAcksTooEarly, CrashThePrimary(seed), fibers);
    EXPECT_EQ(outcome.faults_fired, 1u);
    found += outcome.failure.has_value();
  }
  EXPECT_GT(found, kSeeds / 2);
}

TEST(ToyEngine, KeepsWhatItAcknowledgedInTheCorrectVariant) {
  sim::FiberPool fibers;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = RunRegister(seed, Variant::kCorrect, CrashThePrimary(seed), fibers);
    EXPECT_FALSE(outcome.failure.has_value()) << *outcome.failure;
    EXPECT_EQ(outcome.faults_fired, 1u);
    EXPECT_GT(outcome.acknowledged, 50u);
  }
}

TEST(ToyEngine, FailsTheSameWayAgain) {
  sim::FiberPool fibers;
  const Outcome first = RunRegister(3, Variant::kAcksTooEarly, CrashThePrimary(3), fibers);
  const Outcome second = RunRegister(3, Variant::kAcksTooEarly, CrashThePrimary(3), fibers);
  EXPECT_EQ(first.failure, second.failure);
  EXPECT_EQ(first.fingerprint, second.fingerprint);
}

TEST(ToyEngine, SpeaksItsOwnWordsInTheTrace) {
  sim::FiberPool fibers;
  const Outcome outcome = RunRegister(1, Variant::kCorrect, {}, fibers);
  const auto reader = TraceReader::Open(outcome.trace);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_NE(reader->schema().Find("toy.safe"), nullptr);
  EXPECT_EQ(reader->schema().Find("raft.commit"), nullptr);
  EXPECT_GT(reader->end_number(), 100u);
}

}  // namespace
}  // namespace ww::toy
