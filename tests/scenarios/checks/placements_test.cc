// migration-promote-caught-up, migration-quorum-kept, migration-replace-before-remove.
#include "tests/scenarios/checks/control_trace.h"

namespace ww::checks {
namespace {

TEST(PromoteCaughtUp, AllowsOneThatWasReadThrough) {
  ControlTrace trace;
  trace.UntilPromoted();
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "migration-promote-caught-up"), 1u);
}

TEST(PromoteCaughtUp, ReportsOneThroughWhichNothingWasRead) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Create(4);
  trace.ApplyAll(4);
  trace.Hear({2, 3, 4});
  trace.Propose({{1, 2, 3, 4}});
  ExpectReports(trace.trace(), "migration-promote-caught-up",
                {"replica 4 votes", "no read through it"});
}

TEST(PromoteCaughtUp, ReportsOneThatDoesNotExist) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Propose({{1, 2, 3, 4}});
  ExpectReports(trace.trace(), "migration-promote-caught-up", {"it does not exist"});
}

void Restart(ControlTrace& trace) {
  trace.trace().Crash(4);
  trace.judge().On(HostStarted{HostId(4), Incarnation(2)});
  const auto entries = trace.trace().Entries(1, std::vector<uint64_t>(trace.last(), 1));
  trace.judge().On(
      ReplicaStarted{ControlTrace::Key(4), HostId(4), Incarnation(2), Term(0), {}, entries});
}

TEST(PromoteCaughtUp, AllowsARestartWhileTheOrderIsOnItsWay) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  Restart(trace);
  trace.trace().At(Milliseconds(900));
  trace.Hear({2, 3, 4});
  trace.Propose({{1, 2, 3, 4}});
  ExpectClean(trace.trace());
}

TEST(PromoteCaughtUp, ReportsAReadOfAnEarlierLife) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  Restart(trace);
  trace.trace().At(Milliseconds(1100));
  trace.Hear({2, 3, 4});
  trace.Propose({{1, 2, 3, 4}});
  ExpectReports(trace.trace(), "migration-promote-caught-up", {"incarnation 1", "incarnation 2"});
}

TEST(PromoteCaughtUp, ReportsOneThatLagsTooFar) {
  JudgeOptions options;
  options.promote_lag_max = 2;
  ControlTrace trace(options);
  trace.UntilCaughtUp();
  trace.Append();
  trace.Append();
  trace.Append();
  trace.Propose({{1, 2, 3, 4}});
  ExpectReports(trace.trace(), "migration-promote-caught-up", {"applied up to 2 of 5"});
}

TEST(PromoteCaughtUp, LeavesPromotionsByOperatorsAlone) {
  ControlTrace trace;
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Create(4);
  trace.Hear({2, 3, 4});
  trace.Propose({{1, 2, 3, 4}});
  ExpectClean(trace.trace());
}

TEST(QuorumKept, ReportsAChangeWithoutALiveQuorumBefore) {
  ControlTrace trace;
  trace.Propose({{1, 2, 3}, {4}});
  ExpectReports(trace.trace(), "migration-quorum-kept", {"1 of 3 voters before"});
}

TEST(QuorumKept, LeavesALeaderAloneThatWasFollowedWithoutItsKnowledge) {
  ControlTrace trace;
  trace.Depose();
  trace.ProposeAlone({{1, 2, 3}, {4}});
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "migration-quorum-kept"), 0u);
}

TEST(QuorumKept, ReportsALeaderThatNobodyHasFollowedYet) {
  ControlTrace trace;
  trace.trace().Elect(2, 2, {2, 3});
  trace.ProposeAlone({{1, 2, 3}, {4}});
  ExpectReports(trace.trace(), "migration-quorum-kept", {"1 of 3 voters before"});
}

TEST(QuorumKept, ReportsAChangeThatLeavesNoLiveQuorum) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.trace().At(Seconds(50));
  trace.Hear({2});
  trace.Propose({{1, 2, 3, 4}});
  ExpectReports(trace.trace(), "migration-quorum-kept",
                {"2 of 3 voters before", "2 of 4 voters after"});
}

TEST(QuorumKept, ReportsVotersThatAreTooFarBehind) {
  JudgeOptions options;
  options.promote_lag_max = 0;
  ControlTrace trace(options);
  trace.Hear({2, 3});
  trace.trace().Damage(2, 0, 1000);
  trace.trace().Damage(3, 0, 1000);
  trace.Propose({{1, 2, 3}, {4}});
  ExpectReports(trace.trace(), "migration-quorum-kept", {"1 of 3 voters before"});
}

TEST(QuorumKept, AllowsOneThatWasHeardAnElectionTimeoutAgo) {
  ControlTrace trace;
  trace.trace().At(Seconds(10));
  trace.Hear({2});
  trace.trace().At(Seconds(11));
  trace.Propose({{1, 2, 3}, {4}});
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "migration-quorum-kept"), 1u);
}

TEST(QuorumKept, AllowsOneThatWasHeardBeforeTheShardWasRecorded) {
  ControlTrace trace = ControlTrace::BeforeAdoption();
  trace.Hear({2, 3});
  trace.Adopt();
  trace.Propose({{1, 2, 3}, {4}});
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "migration-quorum-kept"), 1u);
}

TEST(ReplaceBeforeRemove, AllowsAddThenRemove) {
  ControlTrace trace;
  trace.UntilDone();
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "migration-replace-before-remove"), 4u);
}

TEST(ReplaceBeforeRemove, AllowsASwap) {
  ControlTrace trace;
  trace.Request(1, true);
  trace.Begin(1);
  trace.Allocate(1, 4);
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Create(4);
  trace.ApplyAll(4);
  trace.ReadThrough(4);
  trace.Hear({2, 3, 4});
  trace.Change({{1, 2, 4}, {}, {}, {1, 2, 3}}, {1, 2});
  trace.Change({{1, 2, 4}, {}, {3}}, {1, 2, 4});
  ExpectClean(trace.trace());
}

TEST(ReplaceBeforeRemove, ReportsARemovalFromAShardThatHasNoneToSpare) {
  ControlTrace trace;
  trace.Hear({2, 3});
  trace.Propose({{1, 2}, {}, {3}});
  ExpectReports(trace.trace(), "migration-replace-before-remove", {"that 2 vote", "have 3 voters"});
}

TEST(ReplaceBeforeRemove, ReportsTwoVotersTooMany) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.Change({{1, 2, 3, 4}}, {1, 2, 3});
  trace.Propose({{1, 2, 3, 4, 5}});
  ExpectReports(trace.trace(), "migration-replace-before-remove", {"that 5 vote"});
}

TEST(ReplaceBeforeRemove, ReportsTheWrongSuccessor) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {5}});
  trace.Change({{1, 2, 3, 5}});
  trace.Propose({{1, 2, 5}, {}, {3}});
  ExpectReports(trace.trace(), "migration-replace-before-remove",
                {"remove replica 3", "promotion of replica 4"});
}

}  // namespace
}  // namespace ww::checks
