#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

TEST(LeaderCommitLegal, ReportsAQuorumThatIsNotDurable) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.Copy(2, 1, {1});
  trace.WriteEntries(2, 1, {1});  // Not synced.
  trace.Commit(1, 1, 1, {1, 2});
  ExpectReports(trace, "leader-commit-legal",
                {"leader of term 1, replica 1", "counts replica 2", "replica 2 durable to 0"});
}

TEST(LeaderCommitLegal, ReportsALeaderWhoseOwnCopyIsNotDurable) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.WriteEntries(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  ExpectReports(trace, "leader-commit-legal", {"counts replica 1", "replica 1 durable to 0"});
}

// Figure 8 of the Raft paper: an entry of an earlier term on a majority is not committed for that.
TEST(LeaderCommitLegal, ReportsAnEntryOfAnEarlierTermCommittedByCounting) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Elect(2, 2, {2, 3});
  trace.Commit(2, 1, 2, {1, 2});
  ExpectReports(trace, "leader-commit-legal", {"index 1 of term 1", "leads term 2"});
}

TEST(LeaderCommitLegal, ReportsTooFewHolders) {
  JudgeOptions options;
  options.disabled = {"quorum-membership"};
  TraceBuilder trace(4, options);
  trace.Elect(1, 1, {1, 2, 3});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  ExpectReports(trace, "leader-commit-legal", {"2 of 4 voters hold it durably", "quorum is 3"});
}

TEST(LeaderCommitLegal, ReportsACommitBeyondTheLog) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Commit(1, 3, 1, {1, 2});
  ExpectReports(trace, "leader-commit-legal", {"index 3", "log ends at 0"});
}

TEST(FollowerCommitLegal, ReportsACommitAheadOfAllLeaders) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Follow(2, 1, 1);
  ExpectReports(trace, "follower-commit-legal", {"replica 2", "index 1", "up to 0"});
}

TEST(FollowerCommitLegal, ReportsACommitOfAnotherEntry) {
  TraceBuilder trace;
  trace.Elect(3, 1, {3, 2});
  trace.Create(3, 1, {1});  // Stays on 3.
  trace.Elect(1, 2, {1, 2});
  trace.CreateDurably(1, 1, {2});
  trace.CopyDurably(2, 1, {2});
  trace.Commit(1, 1, 2, {1, 2});
  trace.Follow(3, 1, 2);
  ExpectReports(trace, "follower-commit-legal", {"replica 3", "index 1", "term 1", "term 2"});
}

TEST(FollowerCommitLegal, AllowsToLearnOfACommitLate) {  // N-01.
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1, 1});
  trace.CopyDurably(2, 1, {1, 1});
  trace.Ack(2, 1, 1, 2);
  trace.Commit(1, 2, 1, {1, 2});
  trace.Follow(2, 1, 1);
  trace.Follow(2, 2, 1);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "follower-commit-legal"), 2U);
}

TEST(CommittedAgreement, ReportsTwoEntriesCommittedAtOneIndex) {
  JudgeOptions options;
  options.disabled = {"leader-completeness", "truncation-legal", "committed-durable"};
  TraceBuilder trace(3, options);
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  trace.Elect(3, 2, {3, 2});
  trace.CreateDurably(3, 1, {2});
  trace.CopyDurably(2, 1, {2});
  trace.Commit(3, 1, 2, {2, 3});
  ExpectReports(trace, "committed-agreement",
                {"replica 3 commits index 1", "holds term 2", "where term 1"});
}

TEST(CommittedAgreement, ReportsAnotherEntryAppliedThanCommitted) {
  TraceBuilder trace;
  trace.Prelude(1);
  TraceBuilder::Applied other;
  other.term = 2;
  other.command = Put(0, 0, "k", "v");
  trace.Apply(2, 1, other);
  ExpectReports(trace, "committed-agreement", {"replica 2", "index 1", "term 2", "term 1"});
}

TEST(LeaderCompleteness, ReportsALeaderWithoutACommittedEntry) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  trace.Elect(3, 2, {3, 2});
  ExpectReports(trace, "leader-completeness",
                {"replica 3 leads term 2", "ends at index 0", "index 1 (term 1)"});
}

TEST(LeaderCompleteness, ReportsACommitThatALaterLeaderLacks) {
  JudgeOptions options;
  options.disabled = {"leader-commit-legal", "ack-honesty"};
  TraceBuilder trace(5, options);
  trace.Elect(1, 1, {1, 2, 3});
  trace.CreateDurably(1, 1, {1});
  trace.Elect(3, 2, {3, 4, 5});
  trace.CopyDurably(2, 1, {1});
  trace.CopyDurably(4, 1, {1});
  trace.Become(1, Role::kLeader, 1, {1, 2, 3});
  trace.Commit(1, 1, 1, {1, 2, 4});
  ExpectReports(trace, "leader-completeness",
                {"leader of term 1", "index 1", "leader of term 2", "ended at 0"});
}

TEST(LeaderCompleteness, AllowsALateLeaderOfAnEarlierTermToLackLaterCommits) {
  TraceBuilder trace(5);
  trace.Vote(1, 1, 1);
  trace.Vote(2, 1, 1);
  trace.Vote(3, 1, 1);
  trace.Elect(5, 2, {5, 4, 3});
  trace.CreateDurably(5, 1, {2});
  trace.CopyDurably(4, 1, {2});
  trace.CopyDurably(3, 1, {2});
  trace.Commit(5, 1, 2, {5, 4, 3});
  trace.Become(1, Role::kLeader, 1, {1, 2, 3});  // The votes arrived late.
  ExpectClean(trace);
}

TEST(CommitApplyMonotonic, ReportsACommitThatFalls) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Follow(2, 1, 1);
  ExpectReports(trace, "commit-apply-monotonic", {"replica 2", "index 1", "was 2"});
}

TEST(CommitApplyMonotonic, ReportsASkippedIndex) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.ApplyEmpty(2, 2, 1);
  ExpectReports(trace, "commit-apply-monotonic", {"applies index 2", "last one it applied is 0"});
}

TEST(CommitApplyMonotonic, ReportsAnApplyBeforeCommit) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.ApplyEmpty(1, 1, 1);
  ExpectReports(trace, "commit-apply-monotonic", {"applies index 1", "commit is 0"});
}

TEST(CommitApplyMonotonic, AllowsALowerCommitAfterARestart) {  // N-08.
  TraceBuilder trace;
  trace.Prelude(3);
  trace.CrashAndStart(2, 1, 1, {1, 1, 1});
  trace.Follow(2, 1, 1);
  trace.ApplyEmpty(2, 1, 1);
  ExpectClean(trace);
}

TEST(CommittedDurable, ReportsALossThatAQuorumCanMiss) {
  JudgeOptions options;
  options.disabled = {"recovery-faithful"};
  TraceBuilder trace(3, options);
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  trace.CrashAndStart(2, 1, 1, {});
  ExpectReports(trace, "committed-durable",
                {"index 1 (term 1) is committed", "1 of 3 voters", "replica 2 to 0"});
}

TEST(CommittedDurable, ReportsASecondCopyThatWasDamagedAndIsNotReadBack) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  trace.Damage(2, trace.file_size(2) - 10, 1);
  trace.CrashAndStart(2, 1, 1, {});
  ExpectReports(trace, "committed-durable", {"1 of 3 voters", "replica 2 to 0"});
}

TEST(CommittedDurable, AllowsDamageToASecondCopyWhoseHolderDoesNotComeBackWithoutIt) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1, 2});
  trace.Damage(2, trace.file_size(2) - 10, 1);
  trace.CreateDurably(1, 2, {1});
  trace.CopyDurably(2, 2, {1});
  trace.Commit(1, 2, 1, {1, 2});
  ExpectClean(trace);
}

TEST(CommittedDurable, AllowsTheLossOfOneOfThreeCopies) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.Damage(2, trace.file_size(2) - 10, 1);
  ExpectClean(trace);
  EXPECT_GE(TimesJudged(trace, "committed-durable"), 2U);
}

// Two committed entries, and a third that is not.
void TwoOfThree(TraceBuilder& trace) {
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1, 1, 1});
  trace.CopyDurably(2, 1, {1, 1});
  trace.Commit(1, 2, 1, {1, 2});
}

TEST(CommittedAgreement, TakesWhatAHostTellsOfItsCommittedLog) {
  TraceBuilder trace;
  TwoOfThree(trace);
  trace.TellLog(2, 1, {1, 1});
  trace.TellLog(1, 2, {1});
  ExpectClean(trace);
}

TEST(CommittedAgreement, ReportsAHostThatTellsOfWhatIsNotCommitted) {
  TraceBuilder trace;
  TwoOfThree(trace);
  trace.TellLog(1, 2, {1, 1});
  ExpectReports(trace, "committed-agreement", {"host 1 tells of index 3", "up to 2 only"});
}

TEST(CommittedAgreement, ReportsAHostThatTellsOfOtherEntries) {
  TraceBuilder trace;
  TwoOfThree(trace);
  trace.TellLog(2, 1, {1, 1}, 77);
  ExpectReports(trace, "committed-agreement", {"host 2 tells of an entry", "index 1"});
}

}  // namespace
}  // namespace ww::checks
