// repair-restores and balance-settles.
#include "scenarios/checks/bounds.h"
#include "tests/scenarios/checks/control_trace.h"

namespace ww::checks {
namespace {

void MarkDead(ControlTrace& trace, uint64_t host) {
  trace.judge().On(HostMarked{HostId(host), HostMark::kDead, true});
}

TEST(RepairRestores, ReportsAShardThatKeepsALostVoter) {
  ControlTrace trace;
  trace.trace().Crash(3);
  MarkDead(trace, 3);
  trace.HealUntil(Seconds(31));
  ExpectClean(trace.trace());
  trace.Pass(Seconds(32));
  ExpectReports(trace.trace(), "repair-restores", {"shard 1 is meant to have 3", "1 are lost"});
}

TEST(RepairRestores, ReportsALostDiskToo) {
  ControlTrace trace;
  trace.trace().Crash(3);
  trace.judge().On(HostWiped{HostId(3)});
  trace.trace().Boot(3);
  trace.HealUntil(Seconds(40));
  ExpectReports(trace.trace(), "repair-restores", {"1 are lost"});
}

TEST(RepairRestores, AllowsOneThatIsRestoredInTime) {
  ControlTrace trace;
  trace.trace().Crash(3);
  MarkDead(trace, 3);
  trace.Heal();
  trace.Pass(Seconds(1));
  trace.trace().At(Seconds(2));
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Create(4);
  trace.Hear({2, 3, 4});
  trace.Change({{1, 2, 3, 4}});
  trace.Change({{1, 2, 4}, {}, {3}}, {1, 2, 4});
  trace.Pass(Seconds(3));
  trace.Pass(Seconds(60));
  EXPECT_EQ(TimesJudged(trace.trace(), "repair-restores"), 1u);
  ExpectClean(trace.trace());
}

TEST(RepairRestores, AllowsAShardWithoutAHostToSpare) {
  ControlTrace trace;
  trace.trace().Crash(3);
  MarkDead(trace, 3);
  trace.judge().On(HostMarked{HostId(4), HostMark::kDraining, true});
  trace.HealUntil(Seconds(60));
  ExpectClean(trace.trace());
}

TEST(RepairRestores, DoesNotCountOnAHostThatNobodyHasRecorded) {
  ControlTrace trace;
  trace.judge().On(HostMarked{HostId(4), HostMark::kUnrecorded, true});
  trace.trace().Crash(3);
  MarkDead(trace, 3);
  trace.HealUntil(Seconds(60));
  ExpectClean(trace.trace());
  trace.judge().On(HostMarked{HostId(4), HostMark::kUnrecorded, false});
  trace.Pass(Seconds(61));
  trace.Pass(Seconds(92));
  ExpectReports(trace.trace(), "repair-restores", {"1 are lost"});
}

TEST(RepairRestores, LeavesHostsAloneThatNobodyDeclaredDead) {
  ControlTrace trace;
  trace.trace().Crash(3);
  trace.HealUntil(Seconds(60));
  ExpectClean(trace.trace());
}

TEST(BalanceSettles, ReportsMovesWithoutAnyReason) {
  ControlTrace trace;
  trace.Heal();
  trace.trace().At(Seconds(kSettleBound - 1));
  trace.judge().On(LeaderMoved{TraceBuilder::kShard, ReplicaId(2)});
  ExpectClean(trace.trace());
  trace.trace().At(Seconds(kSettleBound + 1));
  trace.judge().On(LeaderMoved{TraceBuilder::kShard, ReplicaId(1)});
  ExpectReports(trace.trace(), "balance-settles", {"led elsewhere", "for balance"});
}

TEST(BalanceSettles, ReportsReplicasThatGoOnMoving) {
  ControlTrace trace;
  trace.Heal();
  trace.trace().At(Seconds(30));
  trace.Request(1, false, MigrationCause::kBalance);
  ExpectReports(trace.trace(), "balance-settles", {"is to be moved"});
}

// Hosts 1 to 3 have a voter each, host 4 none.
void EndAfter(ControlTrace& trace, int64_t election_timeouts) {
  trace.HealUntil(Seconds(election_timeouts));
  trace.judge().On(PhaseBegan{Phase::kDone});
}

TEST(BalanceSettles, ReportsVotersThatAreUnevenAtTheEnd) {
  JudgeOptions options;
  options.replicas_gap_min = 1;
  ControlTrace trace(options);
  EndAfter(trace, kSettleBound + 1);
  ExpectReports(trace.trace(), "balance-settles",
                {"host 1 has 1 voters at the end and host 4 has 0", "shard 1 could be moved"});
}

TEST(BalanceSettles, AllowsWhatControllersWouldLeaveAsItIs) {
  JudgeOptions options;
  options.replicas_gap_min = 2;
  ControlTrace trace(options);
  EndAfter(trace, kSettleBound + 1);
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "balance-settles"), 1u);
}

TEST(BalanceSettles, AllowsUnevenVotersSoonAfterAChangeAndWithoutAHostToTakeThem) {
  JudgeOptions options;
  options.replicas_gap_min = 1;
  ControlTrace soon(options);
  EndAfter(soon, kSettleBound - 1);
  ExpectClean(soon.trace());
  ControlTrace alone(options);
  alone.judge().On(HostMarked{HostId(4), HostMark::kUnrecorded, true});
  EndAfter(alone, kSettleBound + 1);
  ExpectClean(alone.trace());
  EXPECT_EQ(TimesJudged(alone.trace(), "balance-settles"), 1u);
}

TEST(BalanceSettles, AllowsMovesAfterLoadHasChanged) {
  ControlTrace trace;
  trace.Heal();
  trace.trace().At(Seconds(30));
  MarkDead(trace, 4);
  trace.trace().At(Seconds(30 + kSettleBound));
  trace.Request(1, false, MigrationCause::kBalance);
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "balance-settles"), 1u);
}

}  // namespace
}  // namespace ww::checks
