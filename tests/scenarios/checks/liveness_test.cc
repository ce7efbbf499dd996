#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

void Heal(TraceBuilder& trace, Duration at) {
  trace.At(at);
  trace.judge().On(PhaseBegan{Phase::kHeal});
}
void Pass(TraceBuilder& trace, Duration at) {
  trace.At(at);
  trace.judge().On(TimePassed{});
}

TEST(EventuallyLeader, ReportsAShardThatElectsNobody) {
  TraceBuilder trace;
  Heal(trace, Seconds(100));
  Pass(trace, Seconds(107));
  ExpectClean(trace);
  Pass(trace, Seconds(108));
  ExpectReports(trace, "eventually-leader", {"shard 1", "100.000000000s", "nobody ever led"});
  EXPECT_EQ(trace.judge().violation()->kind, PropertyKind::kLiveness);
}

TEST(EventuallyLeader, ReportsALeaderThatNeverCommits) {
  TraceBuilder trace;
  Heal(trace, Seconds(100));
  trace.Elect(1, 1, {1, 2});
  Pass(trace, Seconds(108));
  ExpectReports(trace, "eventually-leader", {"replica 1 in term 1"});
}

TEST(EventuallyLeader, AcceptsALeaderThatCommits) {
  TraceBuilder trace;
  Heal(trace, Seconds(100));
  trace.At(Seconds(106));
  trace.Prelude(1);
  Pass(trace, Seconds(108));
  ExpectClean(trace);
}

TEST(EventuallyLeader, AcceptsAnIdleShardWhoseLeaderHasCommittedBefore) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  Pass(trace, Seconds(150));
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "eventually-leader"), 1U);
}

TEST(EventuallyLeader, IsNotJudgedBeforeHealingOrWithoutAMajority) {  // N-16.
  TraceBuilder trace;
  Pass(trace, Seconds(1000));
  trace.Crash(1);
  trace.Crash(2);
  Heal(trace, Seconds(1000));
  Pass(trace, Seconds(2000));
  ExpectClean(trace);
  trace.Boot(1);
  trace.Start(1, 0, 0, {});  // Now there is one: the clock starts.
  Pass(trace, Seconds(2007));
  ExpectClean(trace);
  Pass(trace, Seconds(2008));
  ExpectReports(trace, "eventually-leader", {"since 2000.000000000s"});
}

TEST(ReplicaCatchesUp, ReportsAReplicaThatStaysBehind) {
  TraceBuilder trace;
  trace.Prelude(3);
  for (uint64_t index = 1; index <= 3; ++index) {
    trace.ApplyEmpty(1, index, 1);
    trace.ApplyEmpty(2, index, 1);
  }
  trace.ApplyEmpty(3, 1, 1);
  Heal(trace, Seconds(100));
  Pass(trace, Seconds(115));
  ExpectClean(trace);
  Pass(trace, Seconds(116));
  ExpectReports(trace, "replica-catches-up", {"index 3", "replica 3", "up to 1 only"});
}

TEST(ReplicaCatchesUp, LooksAgainAfterAReplicaCaughtUp) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  Pass(trace, Seconds(101));
  trace.Replicate(2, 1);
  trace.ApplyEmpty(1, 2, 1);
  trace.ApplyEmpty(2, 2, 1);
  Pass(trace, Seconds(110));
  Pass(trace, Seconds(126));
  ExpectReports(trace, "replica-catches-up", {"index 2", "replica 3"});
}

TEST(ReplicaCatchesUp, DoesNotJudgeAnUnreachableReplica) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.ApplyEmpty(1, 1, 1);
  trace.ApplyEmpty(2, 1, 1);
  trace.judge().On(HostReachable{HostId(3), false});
  Heal(trace, Seconds(100));
  Pass(trace, Seconds(200));
  ExpectClean(trace);
}

TEST(EventuallyCommit, ReportsARequestWithoutAnswer) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  trace.At(Seconds(101));
  trace.Invoke(5, Put(9, 1, "k", "v"));
  Pass(trace, Seconds(121));
  ExpectClean(trace);
  Pass(trace, Seconds(122));
  ExpectReports(trace, "eventually-commit", {"operation 5", "101.000000000s", "no answer"});
}

// Host 3 is away: a client that asks it waits for its own timeout.
TEST(EventuallyCommit, ReportsARequestWithoutAnswerOfAHostThatIsThere) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  trace.judge().On(HostReachable{HostId(3), false});
  trace.At(Seconds(101));
  trace.Invoke(5, Put(9, 1, "k", "v"));
  trace.Ask(5, 3);
  trace.At(Seconds(111));
  trace.Ask(5, 1);
  trace.At(Seconds(115));
  trace.Ask(5, 2);
  Pass(trace, Seconds(131));
  ExpectClean(trace);
  Pass(trace, Seconds(132));
  ExpectReports(trace, "eventually-commit", {"operation 5", "111.000000000s", "no answer"});
}

TEST(EventuallyCommit, AllowsAClientToWaitForAHostThatIsAway) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  trace.judge().On(HostReachable{HostId(3), false});
  trace.At(Seconds(101));
  trace.Invoke(5, Put(9, 1, "k", "v"));
  trace.Ask(5, 3);
  Pass(trace, Seconds(122));
  Pass(trace, Seconds(140));
  ExpectClean(trace);
  // It is back, and with it the client's time is the shard's.
  trace.judge().On(HostReachable{HostId(3), true});
  Pass(trace, Seconds(163));
  ExpectReports(trace, "eventually-commit", {"operation 5", "no answer"});
}

TEST(EventuallyCommit, ReportsClientsThatOnlyEverGiveUp) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  for (uint64_t i = 0; i < 8; ++i) {
    trace.At(Seconds(111) + Seconds(4) * static_cast<int64_t>(i));
    trace.Invoke(10 + i, Put(9, i + 1, "k", "v"));
    trace.At(Seconds(114) + Seconds(4) * static_cast<int64_t>(i));
    trace.Return(10 + i, Outcome::kUnknown);
  }
  Pass(trace, Seconds(143));
  ExpectReports(trace, "eventually-commit", {"8 operations in a row ended unknown"});
}

TEST(EventuallyCommit, AllowsClientsToGiveUpOnAHostThatIsAway) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  trace.judge().On(HostReachable{HostId(3), false});
  for (uint64_t i = 0; i < 8; ++i) {
    trace.At(Seconds(111) + Seconds(4) * static_cast<int64_t>(i));
    trace.Invoke(10 + i, Put(9, i + 1, "k", "v"));
    trace.Ask(10 + i, 3);
    trace.At(Seconds(114) + Seconds(4) * static_cast<int64_t>(i));
    trace.Return(10 + i, Outcome::kUnknown);
  }
  Pass(trace, Seconds(143));
  ExpectClean(trace);
}

TEST(EventuallyCommit, AllowsOneClientToGiveUp) {
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.ApplyEmpty(replica, 1, 1);
  Heal(trace, Seconds(100));
  trace.At(Seconds(112));
  trace.Invoke(5, Put(9, 1, "k", "v"));
  trace.At(Seconds(115));
  trace.Return(5, Outcome::kUnknown);
  Pass(trace, Seconds(200));
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
