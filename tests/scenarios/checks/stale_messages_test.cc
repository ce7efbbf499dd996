#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

// Leader 1 of term 1, then leader 2 of term 2; replica 1 has not heard of it, replica 3 has.
void TwoLeaders(TraceBuilder& trace) {
  trace.Prelude(2);
  trace.Elect(2, 2, {2, 3});
}

TEST(StaleMessages, OneThatChangesNothingIsFine) {
  TraceBuilder trace;
  TwoLeaders(trace);
  trace.Accept(3, 1, 1, true);
  trace.Handled(3, 77, 77);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "stale-message-inert"), 1u);
}

TEST(StaleMessages, OneOfTheSameOrALaterTermMayChangeThings) {
  TraceBuilder trace;
  TwoLeaders(trace);
  trace.Accept(1, 2, 2, true);
  trace.Turn(1, 2);
  trace.Become(1, Role::kFollower, 2);
  trace.Handled(1);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "stale-message-inert"), 0u);
}

TEST(StaleMessages, OneThatMovesTheCommitIsReported) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1});
  trace.CopyDurably(2, 2, {1});
  trace.CopyDurably(3, 2, {1});
  trace.Commit(1, 2, 1, {1, 2});
  trace.Elect(2, 2, {2, 3});
  trace.Accept(3, 1, 1, true);
  trace.Follow(3, 2, 2);
  ExpectReports(trace, "stale-message-inert",
                {"replica 3: its commit index changes", "of replica 1, is of term 1"});
}

TEST(StaleMessages, OneThatMakesACandidateIsReported) {
  TraceBuilder trace;
  TwoLeaders(trace);
  trace.Accept(3, 1, 1);
  trace.Turn(3, 3, 3);
  ExpectReports(trace, "stale-message-inert", {"its term or vote changes", "of term 1"});
}

TEST(StaleMessages, WhatNoEventTellsStandsInTheDigest) {
  TraceBuilder trace;
  TwoLeaders(trace);
  trace.Accept(2, 3, 1);
  trace.Handled(2, 77, 78);
  ExpectReports(trace, "stale-message-inert", {"what it knows of others changes", "of replica 3"});
}

TEST(StaleMessages, WhatAnotherReplicaDoesMeanwhileIsItsOwn) {
  TraceBuilder trace;
  TwoLeaders(trace);
  trace.Accept(3, 1, 1);
  trace.Turn(1, 2);
  trace.Handled(3);
  trace.Turn(3, 4);
  ExpectClean(trace);
}

// Leader 1 sends a sign of life, or tells to campaign.
void Hear(TraceBuilder& trace, uint64_t r, uint64_t round, bool orders) {
  trace.judge().On(MessageAccepted{TraceBuilder::Key(r), ReplicaId(1), ReplicaId(r), Term(1), false,
                                   round, orders});
}

TEST(StaleMessages, AnOrderOfAnAttemptThatIsOverIsReported) {
  TraceBuilder trace;
  trace.Prelude(1);
  Hear(trace, 2, 5, false);
  trace.Handled(2);
  Hear(trace, 2, 4, true);
  trace.Turn(2, 2, 2);
  ExpectReports(trace, "stale-message-inert",
                {"replica 2: its term or vote changes", "to campaign after round 4"});
}

TEST(StaleMessages, AnOrderMayBeOverWithoutItsReceiverKnowing) {
  TraceBuilder trace;
  trace.Prelude(1);
  Hear(trace, 2, 5, false);
  trace.Handled(2);
  Hear(trace, 2, 4, true);  // Without effect.
  trace.Handled(2);
  Hear(trace, 2, 5, true);
  trace.Turn(2, 2, 2);
  trace.Handled(2);
  Hear(trace, 3, 1, true);
  trace.Turn(3, 2, 3);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "stale-message-inert"), 1u);
}

TEST(StaleMessages, ALifeHasHeardNothingOfTheOneBefore) {
  TraceBuilder trace;
  trace.Prelude(1);
  Hear(trace, 2, 5, false);
  trace.Handled(2);
  trace.CrashAndStart(2, 1, 1, {1});
  Hear(trace, 2, 4, true);
  trace.Turn(2, 2, 2);
  ExpectClean(trace);
}

TEST(StaleMessages, ACrashInTheMidstOfOneEndsIt) {
  TraceBuilder trace;
  TwoLeaders(trace);
  trace.Accept(3, 1, 1);
  trace.CrashAndStart(3, 2, 2, {1, 1});
  trace.Turn(3, 3, 3);
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
