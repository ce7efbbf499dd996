#include "scenarios/runner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/cluster.h"
#include "tests/support/cases.h"

namespace ww::scenarios {
namespace {

// Short enough for a test, long enough for faults, elections and clients to meet.
Case ShortStorm(uint64_t seed) {
  Case value = BuiltInCase("storm", seed);
  value.scenario.phases.chaos = {Seconds(20), Seconds(20)};
  return value;
}

RunResult RunAlone(const Case& value, const RunOptions& options = {}) {
  sim::FiberPool fibers;
  return RunCase(value, options, fibers).result;
}

TEST(Runner, StormPassesAndExercisesClientsFaultsAndLeaders) {
  const RunResult result = RunAlone(ShortStorm(1));
  EXPECT_EQ(result.verdict, Verdict::kPass) << result.property << ": " << result.message;
  EXPECT_GT(result.operations_acked, 50u);
  EXPECT_GT(result.faults_fired, 2u);
  EXPECT_GT(result.virtual_ns, Seconds(20).ns);
  EXPECT_GT(result.events, 1000u);
  EXPECT_GT(result.decisions, 100u);
  EXPECT_GT(result.judged.at("linearizable"), 0u);
  EXPECT_FALSE(result.reached.empty());
}

TEST(Runner, GivesTheSameFingerprintAgainAlsoAfterAnotherCase) {
  sim::FiberPool fibers;
  const RunResult first = RunCase(ShortStorm(2), {}, fibers).result;
  const RunResult other = RunCase(ShortStorm(3), {}, fibers).result;
  const RunResult second = RunCase(ShortStorm(2), {}, fibers).result;
  EXPECT_EQ(first.fingerprint, second.fingerprint);
  EXPECT_EQ(first.events, second.events);
  EXPECT_NE(first.fingerprint, other.fingerprint);
}

TEST(Runner, GivesTheSameFingerprintWithTraceAndRecordingAndWithoutChecks) {
  const uint64_t plain = RunAlone(ShortStorm(4)).fingerprint;
  EXPECT_EQ(RunAlone(ShortStorm(4), {.trace = true}).fingerprint, plain);
  EXPECT_EQ(RunAlone(ShortStorm(4), {.record = true}).fingerprint, plain);
  EXPECT_EQ(RunAlone(ShortStorm(4), {.checks = false}).fingerprint, plain);
  EXPECT_EQ(RunAlone(ShortStorm(4), {.perturbation = {true, 0xcd}}).fingerprint, plain);
}

TEST(Runner, ReplaysARecordingOfAllDecisionsWithCompleteFidelity) {
  sim::FiberPool fibers;
  Case value = ShortStorm(5);
  const RunOutput recorded = RunCase(value, {.record = true}, fibers);
  ASSERT_FALSE(recorded.recorded.empty());
  for (const sim::Decision& decision : recorded.recorded) {
    value.overrides.push_back({std::string(decision.site->name), decision.key, decision.n,
                               decision.n, decision.tag, decision.value});
  }
  const RunResult replayed = RunCase(value, {.all_zero = true}, fibers).result;
  EXPECT_EQ(replayed.fingerprint, recorded.result.fingerprint);
  EXPECT_EQ(replayed.overrides_all, value.overrides.size());
  EXPECT_EQ(replayed.overrides_met, replayed.overrides_all);
}

TEST(Runner, EndsARunWithTooManyEventsAsAFailureOfTheHarness) {
  const RunResult result = RunAlone(ShortStorm(6), {.events_max = 5000});
  EXPECT_EQ(result.verdict, Verdict::kHarness);
  EXPECT_EQ(result.property, "events-cap");
  EXPECT_LE(result.events, 5001u);
  EXPECT_EQ(result.signature, "events-cap: more than # events");
}

TEST(Runner, EndsARunThatSpinsAtOneInstant) {
  const RunResult result = RunAlone(ShortStorm(6), {.events_at_instant_max = 1});
  EXPECT_EQ(result.verdict, Verdict::kHarness);
  EXPECT_EQ(result.property, "no-spin");
}

TEST(Runner, CallsTheHeartbeatWhileItRuns) {
  std::vector<uint64_t> beats;
  const auto add = [&beats](uint64_t events) { beats.push_back(events); };
  absl::FunctionRef<void(uint64_t)> note = add;
  const RunResult result = RunAlone(BuiltInCase("many-shards", 7), {.heartbeat = &note});
  ASSERT_GT(beats.size(), 2u);
  EXPECT_TRUE(std::is_sorted(beats.begin(), beats.end()));
  EXPECT_LE(beats.back(), result.events);
}

TEST(Runner, SaysThatAClusterWithoutANetworkNeverHadALeader) {
  Case value = ShortStorm(8);
  value.scenario.network.delay = {Seconds(20), Seconds(20)};
  value.scenario.phases.bootstrap_max = Seconds(15);
  const RunResult result = RunAlone(value);
  EXPECT_EQ(result.verdict, Verdict::kLiveness);
  EXPECT_EQ(result.property, "eventually-leader");
  EXPECT_FALSE(result.signature.empty());
  EXPECT_GE(result.details.size(), value.scenario.voters.low);

  value.scenario.expect = {"eventually-leader"};
  EXPECT_EQ(RunAlone(value).verdict, Verdict::kExpected);
}

TEST(Placement, SpreadsVotersAndMixesUpNoIds) {
  const std::vector<ReplicaPlace> places = PlaceReplicas(5, 12, 3);
  ASSERT_EQ(places.size(), 36u);
  for (size_t at = 0; at < places.size(); at += 3) {
    for (size_t rank = 0; rank < 3; ++rank) {
      const ReplicaPlace& place = places[at + rank];
      EXPECT_EQ(place.shard, ShardId(at / 3 + 1));
      EXPECT_NE(place.replica.value, place.host.value);
      for (size_t other = 0; other < rank; ++other) {
        EXPECT_LT(places[at + other].replica, place.replica);
        EXPECT_NE(places[at + other].host, place.host);
      }
    }
  }
}

}  // namespace
}  // namespace ww::scenarios
