#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

TEST(LogMatching, ReportsACopyWithAnotherPayload) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Copy(2, 1, {1}, /*salt=*/1);
  ExpectReports(trace, "log-matching", {"shard 1 index 1 term 1", "replica 2", "another log"});
}

TEST(LogMatching, ReportsEqualLastEntriesWithDifferentPrefixes) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Elect(2, 2, {2, 3});
  trace.Create(2, 1, {2, 2});
  trace.Copy(1, 2, {2});  // Over the entry of term 1, which it kept.
  ExpectReports(trace, "log-matching", {"index 2 term 2", "replica 1"});
}

TEST(LogMatching, ReportsAGap) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1, 1});
  trace.Copy(2, 2, {1});
  ExpectReports(trace, "log-matching", {"replica 2", "index 2", "ends before"});
}

TEST(LogMatching, ReportsATermThatFallsAlongALog) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.Elect(2, 2, {2, 3});
  trace.Create(2, 1, {2});
  trace.Copy(3, 1, {2, 1});
  ExpectReports(trace, "log-matching", {"replica 3", "index 2 with term 1", "higher term"});
}

TEST(LogMatching, ReportsAWrittenRecordBehindAHole) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1, 1});
  trace.WriteEntries(1, 2, {1});
  ExpectReports(trace, "log-matching", {"record of entries from index 2", "ends at index 0"});
}

TEST(LogMatching, ReportsARecoveredEntryThatOthersHaveOtherwise) {
  JudgeOptions options;
  options.disabled = {"recovery-faithful"};
  TraceBuilder trace(3, options);
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1, 1});
  trace.Crash(1);
  trace.Boot(1);
  const std::vector<EntryView> other = trace.Entries(1, {1, 1}, /*salt=*/3);
  trace.judge().On(ReplicaStarted{TraceBuilder::Key(1), HostId(1), Incarnation(2), Term(1),
                                  ReplicaId(1), other});
  ExpectReports(trace, "log-matching", {"index 1 term 1", "read back by replica 1"});
}

TEST(EntryUnique, ReportsASecondCreationOfTheSameIndexAndTerm) {
  JudgeOptions options;
  options.disabled = {"election-safety", "leader-append-only", "truncation-legal"};
  TraceBuilder trace(3, options);
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1});
  trace.CrashAndStart(1, 1, 1, {});  // The entry was not durable.
  trace.Turn(1, 1, 1);
  trace.Become(1, Role::kLeader, 1, {1, 2});
  trace.Create(1, 1, {1}, /*salt=*/1);
  ExpectReports(trace, "entry-unique",
                {"index 1 term 1", "exists already", "created by replica 1"});
}

TEST(EntryUnique, ReportsACreatorThatDoesNotLeadTheTerm) {
  JudgeOptions options;
  options.disabled = {"leader-append-only"};
  TraceBuilder trace(3, options);
  trace.Elect(1, 1, {1, 2});
  trace.Create(2, 1, {1});
  ExpectReports(trace, "entry-unique", {"created by replica 2", "replica 1 led that term"});
}

TEST(EntryUnique, ReportsAnEntryThatNobodyCreated) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Copy(2, 1, {1});
  ExpectReports(trace, "entry-unique", {"index 1 term 1", "no leader created it"});
}

TEST(LeaderAppendOnly, ReportsALeaderThatCutsItsLog) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1, 1});
  trace.Copy(1, 2, {1});
  ExpectReports(trace, "leader-append-only", {"replica 1 cuts", "index 2", "leads term 1"});
}

TEST(LeaderAppendOnly, ReportsAnEntryOfAnotherTerm) {
  TraceBuilder trace;
  trace.Elect(1, 2, {1, 2});
  trace.Create(1, 1, {1});
  ExpectReports(trace, "leader-append-only", {"creates an entry of term 1", "leads term 2"});
}

TEST(TruncationLegal, ReportsACutOfAMatchingSuffix) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Create(1, 1, {1, 1});
  trace.Copy(2, 1, {1, 1});
  trace.Copy(2, 1, {1});  // A late append of one entry.
  ExpectReports(trace, "truncation-legal", {"replica 2", "index 1", "nothing conflicts"});
}

TEST(TruncationLegal, ReportsACutOfACommittedEntry) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Elect(3, 2, {3, 2});
  trace.Create(3, 3, {2});
  trace.Copy(2, 2, {2});
  ExpectReports(trace, "truncation-legal", {"replica 2", "index 2", "is the committed one"});
}

// Replica 3 holds what the leader of term 1 wrote, as that of term 3 does, but has not heard of
// term 3 when the late message of term 2 comes.
TEST(TruncationLegal, AllowsALateLeaderToCutWhatALaterOneCommitted) {
  TraceBuilder trace(5);
  trace.Elect(1, 1, {1, 2, 3});
  trace.CreateDurably(1, 1, {1});
  trace.Turn(3, 1);
  trace.CopyDurably(2, 1, {1});
  trace.CopyDurably(3, 1, {1});
  trace.Elect(4, 2, {4, 5, 2});
  trace.CreateDurably(4, 1, {2});
  trace.Elect(1, 3, {1, 2, 5});
  trace.CreateDurably(1, 2, {3});
  trace.CopyDurably(2, 2, {3});
  trace.CopyDurably(5, 1, {1, 3});
  trace.Commit(1, 2, 3, {1, 2, 5});
  trace.Turn(3, 2);
  trace.CopyDurably(3, 1, {2});
  ExpectClean(trace);
}

// Entry 2 of term 1, uncommitted, at replica 3; replica 2 leads term 2 with another entry there.
void Conflict(TraceBuilder& trace) {
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1});
  trace.CopyDurably(3, 2, {1});
  trace.Elect(2, 2, {2, 3});
  trace.CreateDurably(2, 2, {2});
}
void Cut(TraceBuilder& trace) {
  const std::vector<EntryView> entries = trace.Entries(2, {2});
  trace.judge().On(EntriesAppended{TraceBuilder::Key(3), Index(2), entries, true, false});
}

TEST(TruncationLegal, AllowsAnAppendOfTheLeaderToCut) {
  TraceBuilder trace;
  Conflict(trace);
  trace.Accept(3, 2, 2, /*appends=*/true);
  Cut(trace);
  ExpectClean(trace);
}

TEST(TruncationLegal, ReportsACutWithoutAMessage) {
  TraceBuilder trace;
  Conflict(trace);
  Cut(trace);
  ExpectReports(trace, "truncation-legal", {"replica 3 (term 2) cuts", "no message to it"});
}

TEST(TruncationLegal, ReportsACutByAnotherMessageThanAnAppend) {
  TraceBuilder trace;
  Conflict(trace);
  trace.Accept(3, 2, 2);
  Cut(trace);
  ExpectReports(trace, "truncation-legal", {"of replica 2 and term 2, is no append"});
}

TEST(TruncationLegal, ReportsACutByWhoDoesNotLead) {
  TraceBuilder trace;
  Conflict(trace);
  trace.Accept(3, 1, 2, /*appends=*/true);
  Cut(trace);
  ExpectReports(trace, "truncation-legal", {"of replica 1 and term 2, is not of the leader"});
}

TEST(TruncationLegal, ReportsACutByALowerTerm) {
  JudgeOptions options;
  options.disabled = {"stale-message-inert"};
  TraceBuilder trace(3, options);
  Conflict(trace);
  trace.Turn(3, 3);
  trace.Accept(3, 2, 2, /*appends=*/true);
  Cut(trace);
  ExpectReports(trace, "truncation-legal", {"replica 3 (term 3)", "is of a lower term"});
}

TEST(TruncationLegal, AllowsAnUncommittedSuffixToBeReplaced) {  // N-07.
  TraceBuilder trace;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1, 1});
  trace.Elect(2, 2, {2, 3});
  trace.CreateDurably(2, 2, {2});
  trace.Turn(1, 2);
  trace.Become(1, Role::kFollower, 2);
  trace.CopyDurably(1, 2, {2});
  trace.Ack(1, 2, 2, 2);
  trace.Commit(2, 2, 2, {1, 2});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "truncation-legal"), 1U);
}

}  // namespace
}  // namespace ww::checks
