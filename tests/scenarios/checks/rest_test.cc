#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

// Three replicas of one shard on three hosts, heartbeats every 100 ms, over 3 s.
RestMeasured Rest(uint64_t messages, uint64_t disk_calls) {
  return {Seconds(3), Milliseconds(100), 3, messages, disk_calls};
}

TEST(NoSpin, AcceptsHeartbeatsAndSignsOfLife) {  // 4 + 6 messages an interval.
  TraceBuilder trace;
  trace.Prelude(1);
  trace.judge().On(Rest(300, 0));
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "no-spin"), 1U);
}

TEST(NoSpin, AcceptsWhatWasLeftOver) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.judge().On(Rest(200, 6));
  ExpectClean(trace);
}

TEST(NoSpin, ReportsMessagesWithoutEnd) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.judge().On(Rest(10'000, 0));
  ExpectReports(trace, "no-spin", {"3 replicas", "10000 messages", "bound 1395"});
}

TEST(NoSpin, ReportsADiskThatIsWrittenForNothing) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.judge().On(Rest(120, 300));
  ExpectReports(trace, "no-spin", {"300 disk calls", "bound 24"});
}

}  // namespace
}  // namespace ww::checks
