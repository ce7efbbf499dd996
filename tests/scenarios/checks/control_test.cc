#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

void Command(TraceBuilder& trace, uint64_t host, uint64_t term, bool heeded = true) {
  trace.judge().On(ControllerCommand{HostId(host), TraceBuilder::kShard, term, 7, "stop", heeded});
}
// A log of its own, so that nothing else of the trace is synced with it.
constexpr uint32_t kFenceFile = 90;
void Write(TraceBuilder& trace, uint64_t host, uint64_t term, uint64_t end) {
  trace.judge().On(ControllerTermWritten{HostId(host), term, kFenceFile, end});
}
void SyncFence(TraceBuilder& trace, uint64_t host, uint64_t size) {
  trace.judge().On(FileSynced{HostId(host), kFenceFile, size});
}

TEST(Control, LaterControllersAreHeededAndEarlierOnesRefused) {
  TraceBuilder trace;
  Command(trace, 1, 4);
  Command(trace, 1, 4);
  Command(trace, 1, 6);
  Command(trace, 1, 4, false);
  Command(trace, 2, 4);  // Which has not heard of the later one.
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "migration-plan-fenced"), 5u);
}

TEST(Control, WhoHeedsAnEarlierOneIsReported) {
  TraceBuilder trace;
  Command(trace, 1, 6);
  Command(trace, 1, 4);
  ExpectReports(trace, "migration-plan-fenced", {"host 1 heeds a controller of term 4", "term 6"});
}

TEST(Control, ACrashForgetsWhatWasNotDurable) {
  TraceBuilder trace;
  Command(trace, 1, 6);
  Write(trace, 1, 6, 100);
  SyncFence(trace, 1, 99);
  trace.CrashAndStart(1, 0, 0, {});
  Command(trace, 1, 4);
  ExpectClean(trace);
}

TEST(Control, WhatWasDurableIsKnownInEveryLife) {
  TraceBuilder trace;
  Command(trace, 1, 6);
  Write(trace, 1, 6, 100);
  SyncFence(trace, 1, 100);
  trace.CrashAndStart(1, 0, 0, {});
  Command(trace, 1, 4);
  ExpectReports(trace, "migration-plan-fenced", {"term 4", "term 6"});
}

TEST(Control, AFailedSyncMakesNothingDurable) {
  TraceBuilder trace;
  Command(trace, 1, 6);
  Write(trace, 1, 6, 100);
  trace.judge().On(FileSyncFailed{HostId(1), kFenceFile});
  SyncFence(trace, 1, 200);
  trace.CrashAndStart(1, 0, 0, {});
  Command(trace, 1, 4);
  ExpectClean(trace);
}

TEST(Control, DecisionsOfTheLastControllerOnTheNewestVersionAreLegal) {
  TraceBuilder trace;
  trace.judge().On(ControlTaken{HostId(1), 4});
  trace.judge().On(DecisionRecorded{4, 10, 11});
  trace.judge().On(ControlTaken{HostId(2), 6});
  trace.judge().On(DecisionRecorded{6, 12, 13});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "migration-plan-fenced"), 4u);
}

TEST(Control, ADecisionOfAnEarlierControllerIsReported) {
  TraceBuilder trace;
  trace.judge().On(ControlTaken{HostId(1), 4});
  trace.judge().On(ControlTaken{HostId(2), 6});
  trace.judge().On(DecisionRecorded{4, 10, 11});
  ExpectReports(trace, "migration-plan-fenced", {"controller of term 4", "host 2", "term 6"});
}

TEST(Control, ADecisionOnAnOldVersionIsReported) {
  TraceBuilder trace;
  trace.judge().On(ControlTaken{HostId(1), 4});
  trace.judge().On(DecisionRecorded{4, 10, 12});
  ExpectReports(trace, "migration-plan-fenced", {"version 10", "version 12"});
}

TEST(Control, TwoControllersOfOneTermAreReported) {
  TraceBuilder trace;
  trace.judge().On(ControlTaken{HostId(1), 4});
  trace.judge().On(ControlTaken{HostId(2), 4});
  ExpectReports(trace, "migration-plan-fenced", {"host 2 takes control with term 4", "host 1"});
}

}  // namespace
}  // namespace ww::checks
