#include <algorithm>

#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

void TwoLeaders(TraceBuilder& trace) {
  trace.Elect(1, 1, {1, 2});
  trace.CrashAndStart(1, 1, 1, {});
  trace.Become(1, Role::kLeader, 1, {1, 2});
}

TEST(Properties, AreSortedAndCanBeFound) {
  const auto& all = AllProperties();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const Property& a, const Property& b) { return a.name < b.name; }));
  for (const Property& property : all) EXPECT_EQ(FindProperty(property.name), &property);
  EXPECT_EQ(FindProperty("no-such-property"), nullptr);
}

TEST(Judge, KeepsTheFirstViolationWithItsEventAndTime) {
  TraceBuilder trace;
  trace.At(Seconds(3));
  TwoLeaders(trace);
  trace.At(Seconds(4));
  trace.Turn(1, 0);
  ASSERT_TRUE(trace.judge().violation().has_value());
  EXPECT_EQ(trace.judge().violation()->property, "election-safety");
  EXPECT_EQ(trace.judge().violation()->when, TrueTime{Seconds(3).ns});
  EXPECT_EQ(trace.judge().violation()->shard, ShardId(1));
  EXPECT_EQ(trace.judge().violation()->event, 20U);
}

TEST(Judge, RecordsAnExpectedViolationOnceAndGoesOn) {
  JudgeOptions options;
  options.expected = {"election-safety"};
  TraceBuilder trace(3, options);
  TwoLeaders(trace);
  trace.Become(1, Role::kLeader, 1, {1, 2});
  EXPECT_FALSE(trace.judge().violation().has_value());
  ASSERT_EQ(trace.judge().expected_violations().size(), 1U);
  EXPECT_EQ(trace.judge().expected_violations()[0].property, "election-safety");
  trace.Turn(1, 0);
  EXPECT_EQ(trace.judge().violation()->property, "term-monotonic");
}

// Two entries committed at index 2; the second one is expected to be.
void TwoTruths(TraceBuilder& trace) {
  trace.Prelude(2);
  trace.CrashAndStart(2, 1, 1, {1});
  trace.Elect(2, 2, {2, 3});
  trace.Create(2, 2, {2});
}

TEST(Judge, TakesWhatFollowsFromAnExpectedContradictionForItsConsequence) {
  JudgeOptions options;
  options.expected = {"leader-completeness", "committed-agreement", "recovery-faithful"};
  TraceBuilder trace(3, options);
  TwoTruths(trace);
  EXPECT_FALSE(trace.judge().violation().has_value());
  trace.Commit(2, 2, 2, {2, 3});  // Expected, and also without durable copies: a consequence.
  EXPECT_FALSE(trace.judge().violation().has_value());
  std::vector<std::string> seen;
  for (const Violation& one : trace.judge().expected_violations()) seen.push_back(one.property);
  EXPECT_NE(std::find(seen.begin(), seen.end(), "leader-completeness"), seen.end());
  EXPECT_NE(std::find(seen.begin(), seen.end(), "committed-agreement"), seen.end());
}

TEST(Judge, JudgesAllElseWhereTheExpectedViolationContradictsNothing) {
  JudgeOptions options;
  options.expected = {"recovery-faithful"};
  TraceBuilder trace(3, options);
  TwoTruths(trace);
  ASSERT_TRUE(trace.judge().violation().has_value());
  EXPECT_NE(trace.judge().violation()->property, "recovery-faithful");
}

TEST(Judge, DoesNotJudgeADisabledProperty) {
  JudgeOptions options;
  options.disabled = {"election-safety"};
  TraceBuilder trace(3, options);
  TwoLeaders(trace);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "election-safety"), 0U);
  EXPECT_GT(TimesJudged(trace, "vote-once"), 0U);
}

TEST(Judge, JudgesNothingWhenNotEnabled) {
  JudgeOptions options;
  options.enabled = false;
  TraceBuilder trace(3, options);
  TwoLeaders(trace);
  ExpectClean(trace);
  for (const auto& [name, count] : trace.judge().Judged()) EXPECT_EQ(count, 0U) << name;
}

TEST(Judge, CountsEveryPropertyByName) {
  TraceBuilder trace;
  const auto judged = trace.judge().Judged();
  ASSERT_EQ(judged.size(), AllProperties().size());
  for (size_t i = 0; i < judged.size(); ++i) EXPECT_EQ(judged[i].first, AllProperties()[i].name);
}

TEST(Judge, DescribesAShardWithALineAReplica) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.ApplyEmpty(2, 1, 1);
  trace.Crash(3);
  EXPECT_EQ(trace.judge().DescribeShard(TraceBuilder::kShard),
            "shard 1: committed 2, newest leader replica 1 in term 1\n"
            "  replica 1 host 1 incarnation 1: leader, term 1, commit 2, applied 0, durable 2, "
            "last 2\n"
            "  replica 2 host 2 incarnation 1: follower, term 1, commit 2, applied 1, durable 2, "
            "last 2\n"
            "  replica 3 host 3 incarnation 1: down, term 0, commit 2, applied 0, durable 2, "
            "last 2");
  EXPECT_EQ(trace.judge().GhostCommit(TraceBuilder::kShard), Index(2));
  EXPECT_EQ(trace.judge().NewestLeader(TraceBuilder::kShard), ReplicaId(1));
  EXPECT_EQ(trace.judge().DescribeShard(ShardId(77)), "shard 77: unknown");
}

TEST(Judge, TakesAnyShardId) {
  Judge judge{JudgeOptions{}};
  const std::vector<Voter> voters = {{ReplicaId(1), HostId(1)}};
  for (const uint64_t id : {uint64_t{1}, uint64_t{70'000}, UINT64_MAX}) {
    judge.On(ShardCreated{ShardId(id), voters});
  }
  judge.On(TermChanged{{ShardId(UINT64_MAX), ReplicaId(1)}, Term(2), ReplicaId(0)});
  judge.On(TermChanged{{ShardId(70'000), ReplicaId(1)}, Term(1), ReplicaId(0)});
  EXPECT_FALSE(judge.violation().has_value());
}

TEST(NoCrash, ReportsACrashOfTheEngine) {
  TraceBuilder trace;
  EXPECT_EQ(TimesJudged(trace, "no-crash"), 3U);
  trace.judge().On(EngineCrashed{HostId(2), "CHECK failed: a < b"});
  ExpectReports(trace, "no-crash", {"host 2", "CHECK failed: a < b"});
}

}  // namespace
}  // namespace ww::checks
