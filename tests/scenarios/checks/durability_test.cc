#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

TEST(AckHonesty, ReportsAnAckBeforeTheSync) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.WriteEntries(2, 1, {1});
  trace.Ack(2, 1, 1, 1);
  ExpectReports(trace, "ack-honesty",
                {"replica 2 tells replica 1 (term 1)", "holds index 1", "ends at 0"});
}

TEST(AckHonesty, ReportsAnAckOfARecordThatTheSyncDidNotCover) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1, 1});
  trace.Copy(2, 1, {1, 1});
  trace.WriteEntries(2, 1, {1});
  const uint64_t covered = trace.file_size(2);
  trace.WriteEntries(2, 2, {1});
  trace.SyncUpTo(2, covered);
  trace.Ack(2, 1, 1, 1);
  ExpectClean(trace);
  trace.Ack(2, 1, 1, 2);
  ExpectReports(trace, "ack-honesty", {"holds index 2", "ends at 1"});
}

TEST(AckHonesty, ReportsAnAckOfEntriesThatTheLeaderNeverHad) {
  TraceBuilder trace;
  trace.Elect(3, 1, {3, 2});
  trace.CreateDurably(3, 1, {1, 1});
  trace.Elect(1, 2, {1, 2});
  trace.Create(1, 1, {2});
  trace.Turn(3, 2);
  trace.Ack(3, 1, 2, 2);  // Its own last index, not the verified one.
  ExpectReports(trace, "ack-honesty", {"replica 3", "index 2", "never had"});
}

TEST(AckHonesty, ReportsAnAckOfADifferentEntry) {
  TraceBuilder trace;
  trace.Elect(3, 1, {3, 2});
  trace.CreateDurably(3, 1, {1});
  trace.Elect(1, 2, {1, 2});
  trace.Create(1, 1, {2});
  trace.Turn(3, 2);
  trace.Ack(3, 1, 2, 1);
  ExpectReports(trace, "ack-honesty", {"replica 3", "index 1", "that leader's is"});
}

TEST(AckHonesty, ReportsAnAckAfterAFailedSync) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.WriteEntries(2, 1, {1});
  trace.FailSync(2);
  trace.Sync(2);  // Succeeds, and says nothing about what was lost before.
  trace.Ack(2, 1, 1, 1);
  ExpectReports(trace, "ack-honesty", {"replica 2", "ends at 0"});
}

// A process that restarts after a failed sync reads the entry back from a cache that will never be
// written: a power loss may still take it.
TEST(RecoveryFaithful, AnEntryReadBackAfterAFailedSyncMayStillBeLost) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.WriteEntries(2, 1, {1});
  trace.FailSync(2);
  trace.CrashAndStart(2, 1, 1, {1});
  trace.CrashAndStart(2, 1, 1, {});
  ExpectClean(trace);
}

TEST(RecoveryFaithful, WhatWasWrittenOnceMoreAfterAFailedSyncMayNotBeLost) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.WriteEntries(2, 1, {1});
  trace.FailSync(2);
  trace.CrashAndStart(2, 1, 1, {1});
  trace.WriteEntries(2, 1, {1});
  trace.Sync(2);
  trace.Ack(2, 1, 1, 1);
  trace.CrashAndStart(2, 1, 1, {});
  ExpectReports(trace, "recovery-faithful", {"ends at index 0", "durable one ends at 1"});
}

TEST(AckHonesty, ReportsAnAckOfWhatWasOnlyReadBackAfterAFailedSync) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.WriteEntries(2, 1, {1});
  trace.FailSync(2);
  trace.CrashAndStart(2, 1, 1, {1});
  trace.Sync(2);  // Of nothing that was written in this life.
  trace.Ack(2, 1, 1, 1);
  ExpectReports(trace, "ack-honesty", {"replica 2", "ends at 0"});
}

TEST(AckHonesty, ReportsAVoteBeforeTheSync) {
  TraceBuilder trace;
  trace.Turn(2, 1, 1);
  trace.WriteState(2, 1, 1);
  trace.Grant(2, 1, 1);
  ExpectReports(trace, "ack-honesty", {"replica 2", "vote of term 1", "term 0", "nobody"});
}

TEST(AckHonesty, ReportsAWinnerWhoseOwnVoteIsNotDurable) {
  TraceBuilder trace;
  trace.Turn(1, 1, 1);
  trace.WriteState(1, 1, 1);
  trace.Vote(2, 1, 1);
  trace.Become(1, Role::kLeader, 1, {1, 2});
  ExpectReports(trace, "ack-honesty", {"replica 1 wins term 1", "term 0"});
}

TEST(AckHonesty, ReportsACampaignWithEntriesThatAreNotDurable) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.Vote(2, 2, 2);
  trace.Become(2, Role::kCandidate, 2);
  trace.AskVote(2, 3, 2, 1, 1);
  ExpectReports(trace, "ack-honesty", {"candidate 2 of term 2", "last entry 1 (term 1)"});
}

TEST(AckHonesty, ReportsALeaderThatCountsACopyItHasNot) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.WriteEntries(1, 1, {1});
  trace.judge().On(BelievedDurable{TraceBuilder::Key(1), Index(1)});
  ExpectReports(trace, "ack-honesty", {"leader 1 of term 1", "index 1", "ends at 0"});
}

TEST(AckHonesty, JudgesALateAckByTheLogThatTheLeaderHad) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1, 1});
  trace.CopyDurably(2, 1, {1, 1});
  trace.Elect(1, 2, {1, 2});  // Leads with both entries, then loses the second to replica 3's.
  trace.Elect(3, 3, {3, 2});
  trace.Create(3, 1, {3});
  trace.Turn(1, 3);
  trace.Become(1, Role::kFollower, 3);
  trace.Copy(1, 1, {3});
  trace.Ack(2, 1, 2, 2);
  ExpectClean(trace);
  trace.Ack(2, 1, 2, 3);
  ExpectReports(trace, "ack-honesty", {"holds index 3"});
}

TEST(AckHonesty, AllowsAnAckOfLessThanIsHeld) {  // N-13.
  TraceBuilder trace;
  trace.Prelude(3);
  trace.Ack(2, 1, 1, 1);
  trace.Ack(2, 1, 1, 0);
  ExpectClean(trace);
}

TEST(AckHonesty, AllowsAnAckOfWhatIsCommittedInsteadOfCompacted) {  // N-17.
  TraceBuilder trace;
  trace.Prelude(3);
  trace.Elect(2, 2, {2, 3});
  trace.Ack(3, 2, 2, 3);
  ExpectClean(trace);
}

TEST(AckHonesty, AllowsAVoteWhoseTermWasPassedOnDisk) {
  TraceBuilder trace;
  trace.Turn(2, 1, 1);
  trace.WriteState(2, 1, 1);
  trace.Turn(2, 2, 0);
  trace.WriteState(2, 2, 0);
  trace.Sync(2);
  trace.Grant(2, 1, 1);
  ExpectClean(trace);
}

TEST(RecoveryFaithful, ReportsALostSyncedEntry) {
  JudgeOptions options;
  options.disabled = {"committed-durable"};
  TraceBuilder trace(3, options);
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1, 1});
  trace.CrashAndStart(1, 1, 1, {1});
  ExpectReports(trace, "recovery-faithful",
                {"replica 1 (host 1, incarnation 2)", "ends at index 1", "durable one ends at 2"});
}

TEST(RecoveryFaithful, ReportsALostVote) {
  TraceBuilder trace;
  trace.Vote(2, 1, 3);
  trace.CrashAndStart(2, 3, 0, {});
  ExpectReports(trace, "recovery-faithful", {"replica 2", "no vote", "a vote for replica 1"});
}

TEST(RecoveryFaithful, ReportsADurableCutThatComesBack) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1, 1});
  trace.Elect(2, 2, {2, 3});
  trace.Create(2, 2, {2});
  trace.Turn(1, 2);
  trace.WriteState(1, 2, 0);
  trace.Become(1, Role::kFollower, 2);
  trace.CopyDurably(1, 2, {2});
  trace.CrashAndStart(1, 2, 0, {1, 2, 1});  // The old entry 3 behind the new entry 2.
  ExpectReports(trace, "recovery-faithful", {"ends at index 3", "durable one ends at 2"});
}

TEST(RecoveryFaithful, ReportsAnEntryThatWasNeverWritten) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.CrashAndStart(1, 1, 1, {1});
  ExpectReports(trace, "recovery-faithful", {"ends at index 1", "durable one ends at 0"});
}

TEST(RecoveryFaithful, ReportsATermOfALaterRecordThanTheLog) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.WriteEntries(1, 1, {1});
  trace.Turn(1, 2);
  trace.WriteState(1, 2, 0);
  trace.CrashAndStart(1, 2, 0, {});  // The entry lies before the term in the file.
  ExpectReports(trace, "recovery-faithful", {"never on its disk together"});
}

TEST(RecoveryFaithful, AllowsAnyPrefixOfTheUnsyncedRecords) {
  for (uint64_t kept = 0; kept <= 4; ++kept) {
    TraceBuilder trace;
    trace.Elect(1, 1, {1, 2});
    trace.CreateDurably(1, 1, {1});
    trace.Create(1, 2, {1, 1, 1, 1});
    trace.WriteEntries(1, 2, {1, 1});
    trace.WriteEntries(1, 4, {1, 1});
    trace.CrashAndStart(1, 1, 1, std::vector<uint64_t>(1 + kept, 1));
    ExpectClean(trace);
    EXPECT_GE(TimesJudged(trace, "recovery-faithful"), 1U);
  }
}

TEST(RecoveryFaithful, RemembersWhatWasUnsyncedUntilTheReplicaStarts) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.WriteEntries(1, 1, {1});
  trace.Crash(1);
  trace.Boot(1);
  trace.Crash(1);  // While it recovered.
  trace.Boot(1);
  trace.Start(1, 1, 1, {1});
  ExpectClean(trace);
}

TEST(RecoveryFaithful, ForgetsWhatTheReplicaDidNotReadBack) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.WriteEntries(1, 1, {1});
  trace.CrashAndStart(1, 1, 1, {});
  trace.CrashAndStart(1, 1, 1, {1});
  ExpectReports(trace, "recovery-faithful", {"incarnation 3", "ends at index 1"});
}

TEST(RecoveryFaithful, ReportsSilentLossOfDamagedEntries) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Damage(2, trace.file_size(2) - 150, 1);  // Entry 1; entry 2 behind it is good.
  trace.CrashAndStart(2, 1, 1, {});
  ExpectReports(trace, "recovery-faithful", {"replica 2", "durable one ends at 2"});
}

TEST(RecoveryFaithful, AllowsReportedLossOfDamagedEntries) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Damage(2, trace.file_size(2) - 150, 1);
  trace.Crash(2);
  trace.Boot(2);
  trace.judge().On(CorruptionReported{HostId(2), "bad record"});
  trace.Start(2, 1, 1, {});
  ExpectClean(trace);
}

TEST(RecoveryFaithful, ReportsCorruptionThatTheDiskDidNotMake) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.judge().On(CorruptionReported{HostId(2), "bad record at 100"});
  ExpectReports(trace, "recovery-faithful", {"host 2", "bad record at 100", "damaged nothing"});
}

}  // namespace
}  // namespace ww::checks
