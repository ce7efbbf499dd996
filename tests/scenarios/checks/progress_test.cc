#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

// Leader 1 of term 1 with one entry that all hold; entry 2 is durable at 1 and 2.
void TwoEntries(TraceBuilder& trace) {
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1});
  trace.CopyDurably(2, 2, {1});
}

TEST(ProgressSound, WhatAFollowerHoldsDurablyMayBeTakenForMatched) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Ack(2, 1, 1, 2);
  trace.Match(1, 2, 1, 1);
  trace.Match(1, 2, 1, 2);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "progress-sound"), 2u);
}

TEST(ProgressSound, LessThanAFollowerHoldsIsHarmless) {  // N-13.
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Ack(2, 1, 1, 2);
  trace.Match(1, 2, 1, 1);
  trace.Commit(1, 2, 1, {1, 2});
  ExpectClean(trace);
}

TEST(ProgressSound, AMatchAboveWhatIsDurableIsReported) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Match(1, 3, 1, 2);
  ExpectReports(trace, "progress-sound",
                {"leader 1 of term 1 takes replica 3 to hold its log up to index 2", "ends at"});
}

TEST(ProgressSound, ACopyThatIsNotSyncedIsNoMatch) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Copy(3, 2, {1});
  trace.WriteEntries(3, 2, {1});
  trace.Match(1, 3, 1, 2);
  ExpectReports(trace, "progress-sound", {"replica 3", "index 2"});
}

TEST(ProgressSound, AMatchThatIsTakenBackIsReported) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Ack(2, 1, 1, 2);
  trace.Match(1, 2, 1, 2);
  trace.Match(1, 2, 1, 1);
  ExpectReports(trace, "progress-sound", {"up to index 1, but took it to hold index 2 before"});
}

// The follower has gone on to term 2 and has cut the entry, when its answer of term 1 arrives.
TEST(ProgressSound, WhatWasAnsweredInTheTermMayHaveBeenCutSince) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Ack(2, 1, 1, 2);
  trace.Elect(3, 2, {3, 2});
  trace.CreateDurably(3, 2, {2});
  trace.CopyDurably(2, 2, {2});
  trace.Match(1, 2, 1, 2);
  ExpectClean(trace);
}

TEST(ProgressSound, WhatWasCutUnansweredIsNoMatch) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Elect(3, 2, {3, 2});
  trace.CreateDurably(3, 2, {2});
  trace.CopyDurably(2, 2, {2});
  trace.Match(1, 2, 1, 2);
  ExpectReports(trace, "progress-sound", {"takes replica 2 to hold its log up to index 2"});
}

TEST(ProgressSound, ALaterLeaderBeginsAgainFromNothing) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Ack(2, 1, 1, 2);
  trace.Match(1, 2, 1, 2);
  trace.Elect(1, 2, {1, 3});
  trace.CreateDurably(1, 3, {2});
  trace.Match(1, 2, 2, 1);
  trace.Match(1, 2, 2, 2);
  ExpectClean(trace);
}

TEST(ProgressSound, WhoDoesNotLeadHasNoFollowers) {
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Match(3, 2, 1, 1);
  ExpectReports(trace, "progress-sound", {"replica 3 takes replica 2", "does not lead that term"});
}

TEST(ProgressSound, SendingAgainWhatIsHeldIsOnlyNoticed) {  // N-02.
  TraceBuilder trace;
  TwoEntries(trace);
  trace.Ack(2, 1, 1, 2);
  trace.judge().On(MatchChanged{TraceBuilder::Key(1), ReplicaId(2), Term(1), Index(2), Index(1)});
  ExpectClean(trace);
  EXPECT_EQ(trace.judge().Noticed()[0].first, "next not above match");
  EXPECT_EQ(trace.judge().Noticed()[0].second, 1u);
}

}  // namespace
}  // namespace ww::checks
