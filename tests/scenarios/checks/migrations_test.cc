// migration-once, migration-terminates and id-allocation-unique.
#include "tests/scenarios/checks/control_trace.h"

namespace ww::checks {
namespace {

TEST(MigrationOnce, AllowsOneThatGoesThroughAllItsSteps) {
  ControlTrace trace;
  trace.UntilDone();
  trace.Request(2);
  ExpectClean(trace.trace());
  EXPECT_GE(TimesJudged(trace.trace(), "migration-once"), 11u);
}

TEST(MigrationOnce, AllowsOneThatIsUndone) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.Abort(1);
  trace.Change({{1, 2, 3}, {}, {4}});
  trace.RollBack(1, RollbackStep::kDeleted);
  trace.Stop(4);
  trace.RollBack(1, RollbackStep::kStopped);
  trace.Destroy(4);
  trace.RollBack(1, RollbackStep::kDataRemoved);
  trace.End(1);
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, AllowsOneThatIsCancelledWhileItWaits) {
  ControlTrace trace;
  trace.Request(1);
  trace.Abort(1);
  trace.Request(2);
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, AllowsACleanupThatIsOwed) {
  ControlTrace trace;
  trace.UntilDeleted();
  trace.judge().On(CleanupOwed{MigrationId(1), {}});
  trace.End(1);
  trace.Stop(3);
  trace.Destroy(3);
  trace.judge().On(CleanupDone{ControlTrace::Key(3)});
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, ReportsASecondEnd) {
  ControlTrace trace;
  trace.UntilDone();
  trace.End(1);
  ExpectReports(trace.trace(), "migration-once", {"migration 1", "an end", "has ended"});
}

TEST(MigrationOnce, ReportsAnEndBeforeAllIsDone) {
  ControlTrace trace;
  trace.UntilDeleted();
  trace.End(1);
  ExpectReports(trace.trace(), "migration-once", {"it ends", "step 'deleted'"});
}

TEST(MigrationOnce, ReportsAStepThatIsRecordedTwice) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.Record(1, MoveStep::kPromoted);
  ExpectReports(trace.trace(), "migration-once", {"step 'promoted'", "step 'handed over'"});
}

TEST(MigrationOnce, ReportsAStepThatIsPassedOver) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.Record(1, MoveStep::kHandedOver);
  ExpectReports(trace.trace(), "migration-once", {"step 'handed over'", "step 'caught up'"});
}

TEST(MigrationOnce, ReportsAnAbortOfOneWhoseNewReplicaVotes) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.Abort(1);
  ExpectReports(trace.trace(), "migration-once", {"it is aborted"});
}

// Replicas 1, 2 and 3 vote on hosts of their numbers; replica 3 moves to host 4, as replica 4.
TEST(MigrationOnce, AllowsALostVoterToLeaveInPlaceOfTheOldReplica) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.judge().On(HostMarked{HostId(2), HostMark::kDead, true});
  trace.judge().On(LeaverChanged{MigrationId(1), ReplicaId(2)});
  trace.Change({{1, 3, 4}, {}, {2}});
  trace.Record(1, MoveStep::kDeleted);
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, ReportsOneThatLeavesInPlaceOfAnotherThoughItLives) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.judge().On(LeaverChanged{MigrationId(1), ReplicaId(2)});
  ExpectReports(trace.trace(), "migration-once",
                {"replica 2 is to leave in place of 3", "it is not lost"});
}

TEST(MigrationOnce, ReportsOneThatGivesWayBeforeTheNewReplicaVotes) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.judge().On(HostMarked{HostId(2), HostMark::kDead, true});
  trace.judge().On(LeaverChanged{MigrationId(1), ReplicaId(2)});
  ExpectReports(trace.trace(), "migration-once", {"replica 2 leaves instead", "'caught up'"});
}

TEST(MigrationOnce, ReportsADeletionOfTheOldReplicaThatGaveWay) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.judge().On(HostMarked{HostId(2), HostMark::kDead, true});
  trace.judge().On(LeaverChanged{MigrationId(1), ReplicaId(2)});
  trace.Change({{1, 2, 4}, {}, {3}});
  trace.Record(1, MoveStep::kDeleted);
  ExpectReports(trace.trace(), "migration-once", {"'deleted'", "replica 2 was not removed"});
}

TEST(MigrationOnce, AllowsTheWayBackWhenTheOldReplicaWasDeletedAfterAll) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.judge().On(HostMarked{HostId(2), HostMark::kDead, true});
  trace.judge().On(LeaverChanged{MigrationId(1), ReplicaId(2)});
  trace.judge().On(HostMarked{HostId(2), HostMark::kDead, false});
  trace.Change({{1, 2, 4}, {}, {3}});
  trace.judge().On(LeaverChanged{MigrationId(1), ReplicaId(3)});
  trace.Record(1, MoveStep::kDeleted);
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, AllowsAnAbortOfOneWhoseNewReplicaVotesAndIsLost) {
  for (const bool old_was_deleted : {false, true}) {
    ControlTrace trace;
    trace.UntilPromoted();
    trace.judge().On(HostMarked{HostId(4), HostMark::kDead, true});
    trace.Abort(1);
    if (old_was_deleted) {
      trace.Change({{1, 2, 4}, {}, {3}});
      trace.Record(1, MoveStep::kDeleted);
    } else {
      trace.Change({{1, 2, 3}, {}, {4}});
      trace.RollBack(1, RollbackStep::kDeleted);
    }
    ExpectClean(trace.trace());
  }
}

TEST(MigrationOnce, ReportsAPromotionThatNeverWas) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.Record(1, MoveStep::kPromoted);
  ExpectReports(trace.trace(), "migration-once", {"'promoted'", "replica 4 never was a voter"});
}

TEST(MigrationOnce, ReportsADeletionThatNeverWas) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.Record(1, MoveStep::kDeleted);
  ExpectReports(trace.trace(), "migration-once", {"'deleted'", "replica 3 was not removed"});
}

TEST(MigrationOnce, ReportsDataThatIsThereStill) {
  ControlTrace trace;
  trace.UntilDeleted();
  trace.Record(1, MoveStep::kStopped);
  trace.Record(1, MoveStep::kDataRemoved);
  ExpectReports(trace.trace(), "migration-once", {"replica 3 was never destroyed"});
}

TEST(MigrationOnce, ReportsACleanupThatWasNotDone) {
  ControlTrace trace;
  trace.UntilDeleted();
  trace.judge().On(CleanupOwed{MigrationId(1), {}});
  trace.judge().On(CleanupDone{ControlTrace::Key(3)});
  ExpectReports(trace.trace(), "migration-once", {"cleanup of replica 3", "never destroyed"});
}

TEST(MigrationOnce, ReportsARollbackThatForgetsTheData) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.Abort(1);
  trace.Change({{1, 2, 3}, {}, {4}});
  trace.RollBack(1, RollbackStep::kDeleted);
  trace.RollBack(1, RollbackStep::kStopped);
  trace.RollBack(1, RollbackStep::kDataRemoved);
  ExpectReports(trace.trace(), "migration-once", {"rollback", "data of replica 4"});
}

TEST(MigrationOnce, ReportsARollbackThatLeavesAMember) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.Abort(1);
  trace.RollBack(1, RollbackStep::kDeleted);
  ExpectReports(trace.trace(), "migration-once", {"rollback", "replica 4", "not removed"});
}

TEST(MigrationOnce, AllowsARollbackOfWhatWasNeverAdded) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.Abort(1);
  trace.RollBack(1, RollbackStep::kDeleted);
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, AllowsOneToGoThatACrashTookBack) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Record(1, MoveStep::kAdded);
  trace.judge().On(ReplicaCreated{ControlTrace::Key(4), HostId(4), true});
  trace.trace().Crash(4);
  trace.Abort(1);
  trace.Change({{1, 2, 3}, {}, {4}});
  trace.RollBack(1, RollbackStep::kDeleted);
  trace.RollBack(1, RollbackStep::kStopped);
  trace.RollBack(1, RollbackStep::kDataRemoved);
  trace.End(1);
  ExpectClean(trace.trace());
}

TEST(MigrationOnce, ReportsTwoMigrationsOfOneShard) {
  ControlTrace trace;
  trace.Request(1);
  trace.Request(2);
  ExpectReports(trace.trace(), "migration-once", {"migration 2 of the same shard"});
}

TEST(MigrationOnce, ReportsANumberThatWasUsed) {
  ControlTrace trace;
  trace.UntilDone();
  trace.Request(1);
  ExpectReports(trace.trace(), "migration-once", {"migration 1", "requested after migration 1"});
}

TEST(MigrationOnce, ReportsWhatWasNeverRequested) {
  ControlTrace trace;
  trace.Begin(7);
  ExpectReports(trace.trace(), "migration-once", {"migration 7", "never requested"});
}

TEST(MigrationOnce, ReportsASecondIdForOneMove) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.Allocate(1, 5);
  ExpectReports(trace.trace(), "migration-once", {"replica 5 is allocated"});
}

TEST(IdAllocationUnique, ReportsAnIdThatIsHandedOutTwice) {
  ControlTrace trace;
  trace.judge().On(IdAllocated{ControlTrace::Key(9), {}});
  trace.judge().On(IdAllocated{ControlTrace::Key(8), {}});
  ExpectClean(trace.trace());
  trace.judge().On(IdAllocated{ControlTrace::Key(9), {}});
  ExpectReports(trace.trace(), "id-allocation-unique", {"replica id 9", "handed out before"});
}

TEST(IdAllocationUnique, ReportsAnIdThatAReplicaHas) {
  ControlTrace trace;
  trace.judge().On(IdAllocated{ControlTrace::Key(2), {}});
  ExpectReports(trace.trace(), "id-allocation-unique", {"replica id 2", "a replica has it"});
}

TEST(MigrationTerminates, ReportsOneThatGoesOnForEver) {
  ControlTrace trace;
  trace.UntilCaughtUp();
  trace.trace().At(Seconds(100));
  trace.Heal();
  trace.Pass(Seconds(100));
  trace.Pass(Seconds(120));
  ExpectClean(trace.trace());
  trace.Pass(Seconds(121));
  ExpectReports(trace.trace(), "migration-terminates", {"migration 1 of shard 1", "'caught up'"});
}

TEST(MigrationTerminates, ReportsOneWhoseTurnNeverComes) {
  ControlTrace trace;
  trace.Request(1);
  trace.HealUntil(Seconds(22));
  ExpectReports(trace.trace(), "migration-terminates", {"migration 1", "waits for its turn"});
}

TEST(MigrationTerminates, AllowsOneWhoseTargetIsAway) {
  ControlTrace trace;
  trace.UntilAllocated();
  trace.judge().On(HostReachable{HostId(4), false});
  trace.HealUntil(Seconds(60));
  trace.judge().On(HostReachable{HostId(4), true});
  trace.Pass(Seconds(61));
  trace.Pass(Seconds(80));
  ExpectClean(trace.trace());
}

TEST(MigrationTerminates, CountsOneThatEndsInTime) {
  ControlTrace trace;
  trace.UntilDeleted();
  trace.Heal();
  trace.Pass(Seconds(1));
  trace.Stop(3);
  trace.Record(1, MoveStep::kStopped);
  trace.Destroy(3);
  trace.Record(1, MoveStep::kDataRemoved);
  trace.End(1);
  trace.Pass(Seconds(60));
  ExpectClean(trace.trace());
  EXPECT_EQ(TimesJudged(trace.trace(), "migration-terminates"), 1u);
}

TEST(MigrationTerminates, ReportsAJointMembershipThatIsNotLeft) {
  ControlTrace trace;
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Create(4);
  trace.Hear({2, 3, 4});
  trace.Change({{1, 2, 4}, {}, {}, {1, 2, 3}}, {1, 2});
  trace.HealUntil(Seconds(22));
  ExpectReports(trace.trace(), "migration-terminates", {"joint membership", "is not left"});
}

}  // namespace
}  // namespace ww::checks
