#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

using Snapshot = TraceBuilder::Snapshot;

constexpr uint64_t kState = 5;

// Entries 1..n committed everywhere and applied by these replicas, with state kState + index.
void Applied(TraceBuilder& trace, uint64_t n, const std::vector<uint64_t>& replicas) {
  trace.Prelude(n);
  for (const uint64_t r : replicas) {
    for (uint64_t index = 1; index <= n; ++index) {
      TraceBuilder::Applied applied;
      applied.command = Put(9, index, "k", "v");
      applied.response = index == 1 ? "" : "v";
      applied.state = kState + index;
      trace.Apply(r, index, applied);
    }
  }
}

Snapshot At(uint64_t index) { return {index, 1, kState + index, false, false}; }
Snapshot ReceivedAt(uint64_t index) { return {index, 1, kState + index, true, false}; }

TEST(SnapshotFaithful, AcceptsWhatTheMachineHadAndCompactsBehindIt) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, At(4));
  trace.WriteSnapshot(1, At(4), 2);
  trace.Sync(1);
  trace.Compact(1, 4, 3);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "snapshot-faithful"), 1U);
  EXPECT_EQ(TimesJudged(trace, "log-snapshot-contiguous"), 2U);
}

TEST(SnapshotFaithful, ReportsAnotherStateThanReplicasHadThere) {
  TraceBuilder trace;
  Applied(trace, 4, {1, 2});
  trace.Publish(1, {4, 1, kState + 3, false});
  ExpectReports(trace, "snapshot-faithful",
                {"replica 1 took a snapshot at index 4", "0008", "replica 1 after", "0009"});
}

TEST(SnapshotFaithful, ReportsAnotherTermThanWasCommittedThere) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, {4, 2, kState + 4, false});
  ExpectReports(trace, "snapshot-faithful", {"index 4 of term 2", "of term 1"});
}

TEST(SnapshotFaithful, ReportsWhatNobodyApplied) {
  TraceBuilder trace;
  Applied(trace, 4, {});
  trace.Publish(1, At(4));
  ExpectReports(trace, "snapshot-faithful", {"no replica has applied more than 0"});
}

TEST(SnapshotFaithful, AWitnessHasNoStateToBeFaithfulTo) {
  TraceBuilder trace;
  Applied(trace, 4, {});
  Snapshot what = At(4);
  what.metadata = true;
  trace.Publish(1, what);
  ExpectClean(trace);
  what.index = 5;
  trace.Publish(1, what);
  ExpectReports(trace, "snapshot-faithful", {"4 is committed"});
}

TEST(SnapshotFaithful, ReportsMoreThanTheOwnMachineHasApplied) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(2, At(4));
  ExpectReports(trace, "snapshot-faithful", {"replica 2", "has applied up to 0 only"});
}

TEST(SnapshotFaithful, ReportsPublicationBeforeTheBytesAreSynced) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, At(4), TraceBuilder::kSnapshotBytes - 1);
  ExpectReports(trace, "snapshot-faithful", {"4000 bytes", "3999 of them are synced"});
}

TEST(SnapshotFaithful, JudgesWhatIsReceivedInstalledAndStartedFrom) {
  TraceBuilder trace;
  Applied(trace, 4, {1, 3});
  trace.CrashAndStart(2, 1, 1, {1, 1, 1, 1});
  trace.Publish(2, ReceivedAt(4));
  ExpectClean(trace);
  trace.Restore(2, {4, 1, kState, false}, 4);
  ExpectReports(trace, "snapshot-faithful", {"replica 2 starts from a snapshot at index 4"});
}

// Replica 3 has only the first of `n` entries; the others go on without it.
void LeaveBehind(TraceBuilder& trace, uint64_t n) {
  trace.Prelude(1);
  for (uint64_t index = 2; index <= n; ++index) {
    trace.CreateDurably(1, index, {1});
    trace.CopyDurably(2, index, {1});
    trace.Ack(2, 1, 1, index);
    trace.Commit(1, index, 1, {1, 2});
    trace.Follow(2, index, 1);
  }
  for (uint64_t index = 1; index <= n; ++index) {
    TraceBuilder::Applied applied;
    applied.command = Put(9, index, "k", "v");
    applied.response = index == 1 ? "" : "v";
    applied.state = kState + index;
    trace.Apply(1, index, applied);
  }
}

TEST(SnapshotNoRegress, AcceptsAnInstallationAheadOfEverything) {
  TraceBuilder trace;
  LeaveBehind(trace, 5);
  trace.Publish(3, ReceivedAt(4));
  trace.Install(3, ReceivedAt(4), 4);
  trace.WriteSnapshot(3, At(4), 4, true);
  trace.Sync(3);
  trace.Ack(3, 1, 1, 4);
  trace.CopyDurably(3, 5, {1});
  trace.Ack(3, 1, 1, 5);
  trace.Follow(3, 5, 1);
  TraceBuilder::Applied next;
  next.command = Put(9, 5, "k", "v");
  next.response = "v";
  next.state = kState + 5;
  trace.Apply(3, 5, next);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "snapshot-no-regress"), 1U);
}

TEST(SnapshotNoRegress, ReportsAnInstallationBehindTheCommit) {
  TraceBuilder trace;
  Applied(trace, 5, {1});
  trace.Publish(3, ReceivedAt(4));
  trace.Install(3, ReceivedAt(4), 5);
  ExpectReports(trace, "snapshot-no-regress",
                {"replica 3 installs a snapshot at index 4", "its commit is 5"});
}

TEST(SnapshotNoRegress, ReportsASuffixThatWasLost) {
  TraceBuilder trace;
  LeaveBehind(trace, 5);
  trace.CopyDurably(3, 2, {1, 1, 1, 1});
  trace.Install(3, ReceivedAt(4), 4);
  ExpectReports(trace, "snapshot-no-regress", {"holds, so what follows stays", "ended at 5"});
}

TEST(SnapshotNoRegress, ReportsAConflictingSuffixThatWasKept) {
  TraceBuilder trace;
  trace.Elect(3, 1, {3, 2});
  trace.Create(3, 1, {1, 1, 1, 1, 1, 1});
  trace.Elect(1, 2, {1, 2});
  for (uint64_t index = 1; index <= 4; ++index) {
    trace.CreateDurably(1, index, {2});
    trace.CopyDurably(2, index, {2});
    trace.Commit(1, index, 2, {1, 2});
    TraceBuilder::Applied applied;
    applied.term = 2;
    applied.command = Put(9, index, "k", "v");
    applied.response = index == 1 ? "" : "v";
    applied.state = kState + index;
    trace.Apply(1, index, applied);
  }
  trace.Turn(3, 2);
  trace.Become(3, Role::kFollower, 2);
  trace.Install(3, {4, 2, kState + 4, true}, 6);
  ExpectReports(trace, "snapshot-no-regress", {"does not hold, so it is replaced"});
}

TEST(SnapshotNoRegress, AnAcknowledgementBeforeTheRecordIsDurableIsDishonest) {
  TraceBuilder trace;
  LeaveBehind(trace, 5);
  trace.Publish(3, ReceivedAt(4));
  trace.Install(3, ReceivedAt(4), 4);
  trace.WriteSnapshot(3, At(4), 4, true);
  trace.Ack(3, 1, 1, 4);
  ExpectReports(trace, "ack-honesty", {"replica 3", "holds index 4", "ends at 1"});
}

TEST(LogSnapshotContiguous, ReportsEntriesForgottenBeforeTheSnapshotIsDurable) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, At(4));
  trace.WriteSnapshot(1, At(4), 4);
  trace.Compact(1, 4, 5);
  ExpectReports(trace, "log-snapshot-contiguous",
                {"forgets its entries before index 5", "snapshot is at 0"});
}

TEST(LogSnapshotContiguous, ReportsARecordOfASnapshotThatIsNotThere) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.WriteSnapshot(1, At(4), 4);
  ExpectReports(trace, "log-snapshot-contiguous", {"snapshot is at 4", "published one is at 0"});
}

TEST(LogSnapshotContiguous, ReportsALogThatBeginsBehindItsSnapshot) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, At(2));
  trace.WriteSnapshot(1, At(2), 2);
  trace.Sync(1);
  trace.Crash(1);
  trace.Boot(1);
  trace.judge().On(ReplicaStarted{TraceBuilder::Key(1), HostId(1), Incarnation(2), Term(1),
                                  ReplicaId(1), trace.Entries(4, {1}), Index(3), Term(1), Index(2),
                                  Index(2), Term(1)});
  ExpectReports(trace, "log-snapshot-contiguous", {"a log of 4..4", "snapshot is at 2"});
}

TEST(LogSnapshotContiguous, AcceptsAStartFromSnapshotAndTheRestOfTheLog) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, At(2));
  trace.WriteSnapshot(1, At(2), 2);
  trace.Sync(1);
  trace.Compact(1, 2, 3);
  trace.Crash(1);
  trace.Boot(1);
  trace.StartFrom(1, 1, 1, 2, 1, {1, 1});
  trace.Restore(1, At(2), 4);
  trace.Follow(1, 4, 1);
  TraceBuilder::Applied next;
  next.command = Put(9, 3, "k", "v");
  next.response = "v";
  next.state = kState + 3;
  trace.Apply(1, 3, next);
  ExpectClean(trace);
}

// Between the writing and the sync of entries everybody's snapshot passes the first of them: what
// is said again of a log may begin before what anybody can come back to.
class HorizonMoves : public testing::Test {
 protected:
  static constexpr uint64_t kEntries = 100;

  HorizonMoves() {
    Applied(trace_, kEntries, {1, 2, 3});
    for (const uint64_t r : {2, 3}) Snap(r);
    for (const uint64_t r : {2, 3}) trace_.WriteEntries(r, 71, Terms(71));
    Snap(1);
  }
  void Snap(uint64_t r) {
    trace_.Publish(r, At(90));
    trace_.WriteSnapshot(r, At(90), 80);
    trace_.Sync(r);
  }
  static std::vector<uint64_t> Terms(uint64_t first) {
    return std::vector<uint64_t>(kEntries - first + 1, 1);
  }
  TraceBuilder trace_;
};

TEST_F(HorizonMoves, EntriesThatWereForgottenMeanwhileArePassedOver) {
  for (const uint64_t r : {2, 3}) trace_.Sync(r);
  trace_.CreateDurably(1, kEntries + 1, {1});
  trace_.CopyDurably(2, kEntries + 1, {1});
  trace_.Ack(2, 1, 1, kEntries + 1);
  trace_.Commit(1, kEntries + 1, 1, {1, 2});
  ExpectClean(trace_);
}

TEST_F(HorizonMoves, AReaderMayBeToldOfEntriesThatWereForgotten) {
  trace_.TellLog(1, 60, std::vector<uint64_t>(10, 1));
  trace_.TellLog(1, 71, Terms(71));
  ExpectClean(trace_);
}

TEST_F(HorizonMoves, WhatAReaderIsToldBehindThemIsStillJudged) {
  trace_.TellLog(1, 71, Terms(71), 1);
  ExpectReports(trace_, "committed-agreement", {"index 81"});
}

TEST_F(HorizonMoves, ACrashBeforeTheSyncTakesNothing) {
  trace_.Crash(2);
  trace_.Boot(2);
  trace_.judge().On(ReplicaStarted{TraceBuilder::Key(2), HostId(2), Incarnation(2), Term(1),
                                   ReplicaId(1), trace_.Entries(81, Terms(81)), Index(80), Term(1),
                                   Index(90), Index(90), Term(1)});
  ExpectClean(trace_);
}

TEST_F(HorizonMoves, WhatIsLostBehindThemIsStillSeen) {
  for (const uint64_t r : {2, 3}) trace_.WriteEntries(r, 71, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  for (const uint64_t r : {2, 3}) trace_.Sync(r);
  ExpectReports(trace_, "committed-durable", {"index 100"});
}

TEST(RecoveryFaithful, ReportsASnapshotThatWasForgotten) {
  TraceBuilder trace;
  Applied(trace, 4, {1});
  trace.Publish(1, At(2));
  trace.WriteSnapshot(1, At(2), 2);
  trace.Sync(1);
  trace.CrashAndStart(1, 1, 1, {1, 1, 1, 1});
  ExpectReports(trace, "recovery-faithful", {"never on its disk together", "snapshot 0"});
}

}  // namespace
}  // namespace ww::checks
