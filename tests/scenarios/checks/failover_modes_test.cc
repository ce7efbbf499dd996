#include "scenarios/checks/failover_modes.h"

#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr ShardId kShard = TraceBuilder::kShard;
constexpr Duration kGap = Seconds(5);

// Instances a, b, c, d on hosts 1 to 4. In mode manual b leads, in mode off b and c are read-write.
struct FailoverModes : testing::Test {
  void Configure(FailoverMode mode, std::string_view leader = "", HostId host = {},
                 bool only_crashes = true) {
    const std::vector<ConfiguredInstance> instances = {{"a", HostId(1), ReplicaId(1), false},
                                                       {"b", HostId(2), ReplicaId(2), true},
                                                       {"c", HostId(3), ReplicaId(3), true},
                                                       {"d", HostId(4), ReplicaId(4), false}};
    judge().On(ReplicasetConfigured{host, kShard, mode, instances, leader, kGap, only_crashes});
    if (!host.none()) return;
    for (uint64_t one = 1; one <= 4; ++one) judge().On(HostStarted{HostId(one), Incarnation(1)});
  }
  Judge& judge() { return trace.judge(); }
  void Write(uint64_t host, uint64_t term) {
    judge().On(WriteTaken{{kShard, ReplicaId(host)}, HostId(host), Term(term)});
  }
  void HandOver(uint64_t from, uint64_t to, uint64_t term) {
    judge().On(TransferChanged{
        {kShard, ReplicaId(from)}, ReplicaId(to), Term(term), TransferEvent::kStarted});
  }
  void Chaos() { judge().On(PhaseBegan{Phase::kChaos}); }
  void Pass(Duration until) {
    trace.At(until);
    judge().On(TimePassed{});
  }
  TraceBuilder trace{4};
};

TEST_F(FailoverModes, TheConfiguredLeaderWritesAndOthersHandOverToIt) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(1, 2, {1, 2, 3});
  HandOver(1, 2, 2);
  trace.Elect(2, 3, {2, 3, 4});
  Write(2, 3);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "failover-mode"), 2u);
}

TEST_F(FailoverModes, AnotherOneThanTheConfiguredLeaderThatWritesIsReported) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(3, 2, {1, 2, 3});
  Write(3, 2);
  ExpectReports(trace, "failover-mode", {"host 3 takes a client's command in term 2"});
}

TEST_F(FailoverModes, WhoWasTheLeaderBeforeAnEditIsReportedWhenItWrites) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(2, 2, {1, 2, 3});
  Configure(FailoverMode::kManual, "c", HostId(3));
  Write(2, 2);
  EXPECT_FALSE(judge().violation().has_value()) << "host 2 has not heard of it";
  Configure(FailoverMode::kManual, "c", HostId(2));
  Write(2, 2);
  ExpectReports(trace, "failover-mode", {"host 2 takes a client's command"});
}

TEST_F(FailoverModes, AReadOnlyInstanceThatWritesIsReported) {
  Configure(FailoverMode::kOff);
  trace.Elect(3, 2, {1, 2, 3});
  Write(3, 2);
  EXPECT_FALSE(judge().violation().has_value());
  trace.Elect(4, 3, {1, 2, 4});
  Write(4, 3);
  ExpectReports(trace, "failover-mode", {"host 4 takes a client's command"});
}

TEST_F(FailoverModes, WhoMayWriteAndHandsOverIsReported) {
  Configure(FailoverMode::kOff);
  trace.Elect(3, 2, {1, 2, 3});
  HandOver(3, 2, 2);
  ExpectReports(trace, "failover-mode", {"host 3 hands the leadership over to host 2"});
}

TEST_F(FailoverModes, HandingOverToWhoMayNotWriteIsReported) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(1, 2, {1, 2, 3});
  HandOver(1, 3, 2);
  ExpectReports(trace, "failover-mode", {"host 1 hands the leadership over to host 3"});
}

TEST_F(FailoverModes, ATransferThatWasBegunBeforeAnEditIsGoodForAWhile) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(1, 2, {1, 2, 3});
  trace.At(Seconds(1));
  Configure(FailoverMode::kManual, "c", HostId(1));
  HandOver(1, 2, 2);
  EXPECT_FALSE(judge().violation().has_value());
  trace.At(Seconds(10));
  Configure(FailoverMode::kManual, "d", HostId(1));
  judge().On(TransferChanged{
      {kShard, ReplicaId(1)}, ReplicaId(2), Term(2), TransferEvent::kAborted, true});
  HandOver(1, 2, 2);
  ExpectReports(trace, "failover-mode", {"host 1 hands the leadership over to host 2"});
}

TEST_F(FailoverModes, WhoLeadsInModeElectionAndGivesWayIsReported) {
  Configure(FailoverMode::kElection);
  trace.Elect(1, 2, {1, 2, 3});
  Write(1, 2);
  EXPECT_FALSE(judge().violation().has_value());
  HandOver(1, 2, 2);
  ExpectReports(trace, "failover-mode", {"host 1 hands the leadership over to host 2"});
}

// --- failover-gap-bounded ---

TEST_F(FailoverModes, TooLongWithoutALeaderAfterACrashIsReported) {
  Configure(FailoverMode::kElection);
  trace.Elect(1, 2, {1, 2, 3});
  Chaos();
  trace.At(Seconds(20));
  trace.Crash(1);
  Pass(Seconds(25));
  EXPECT_FALSE(judge().violation().has_value());
  Pass(Seconds(25) + Nanoseconds(1));
  ExpectReports(trace, "failover-gap-bounded", {"for 5000000001 ns none of them leads"});
}

TEST_F(FailoverModes, ALeaderInTimeIsGood) {
  Configure(FailoverMode::kElection);
  trace.Elect(1, 2, {1, 2, 3});
  Chaos();
  trace.At(Seconds(20));
  trace.Crash(1);
  trace.At(Seconds(24));
  trace.Elect(2, 3, {2, 3, 4});
  Pass(Seconds(60));
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "failover-gap-bounded"), 2u)
      << "when nothing was lost, and after the crash";
}

TEST_F(FailoverModes, TheConfiguredLeaderIsWaitedForWhenItIsUp) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(2, 2, {1, 2, 3});
  Chaos();
  trace.At(Seconds(20));
  trace.Crash(2);
  trace.Elect(1, 3, {1, 3, 4});
  Pass(Seconds(60));
  EXPECT_FALSE(judge().violation().has_value()) << "nobody stands in for it";
  trace.Boot(2);
  trace.Start(2, 2, 2, {});
  Pass(Seconds(65));
  EXPECT_FALSE(judge().violation().has_value());
  Pass(Seconds(66));
  ExpectReports(trace, "failover-gap-bounded", {"none of them leads"});
}

TEST_F(FailoverModes, NobodyIsWaitedForWhileHostsDisagreeOrTwoAreDown) {
  Configure(FailoverMode::kManual, "b");
  trace.Elect(1, 2, {1, 2, 3});
  Chaos();
  Configure(FailoverMode::kManual, "c", HostId(3));
  Pass(Seconds(60));
  Configure(FailoverMode::kManual, "b", HostId(3));
  trace.Crash(3);
  trace.Crash(4);
  Pass(Seconds(90));
  ExpectClean(trace);
}

TEST_F(FailoverModes, WhereMoreThanCrashesIsTriedNobodyIsWaitedForBeforeHealing) {
  Configure(FailoverMode::kElection, "", HostId(), false);
  Chaos();
  Pass(Seconds(60));
  EXPECT_FALSE(judge().violation().has_value());
  judge().On(PhaseBegan{Phase::kHeal});
  Pass(Seconds(66));
  ExpectReports(trace, "failover-gap-bounded", {"none of them leads"});
}

}  // namespace
}  // namespace ww::checks
