#include "scenarios/checks/failovers.h"

#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr ShardId kShard = TraceBuilder::kShard;

// Instances a, b, c on hosts 1, 2, 3; b is first by priority, then c. Replica 1 leads term 2, and
// the coordinator of term 1 is on host 3.
struct Failovers : testing::Test {
  explicit Failovers(bool only_crashes = true) {
    const std::vector<SupervisedInstance> instances = {{"a", HostId(1), false, false, false, "0"},
                                                       {"b", HostId(2), false, false, false, "5"},
                                                       {"c", HostId(3), false, false, false, "4"},
                                                       {"d", HostId(4), false, false, true, "9"}};
    judge().On(ReplicasetCoordinated{
        kShard, instances, Seconds(10), Seconds(3), only_crashes, {}, Seconds(5), Seconds(4)});
    trace.Elect(1, 2, {1, 2, 4});
    judge().On(CoordinatorLocked{HostId(3), 1});
  }
  Judge& judge() { return trace.judge(); }
  void Probe(uint64_t host, bool live, bool leads = false, uint64_t term = 1) {
    judge().On(InstanceProbed{kShard, term, HostId(host), live, leads, false});
  }
  void ProbeAll(uint64_t term = 1) {
    for (uint64_t host = 1; host <= 4; ++host) Probe(host, true, host == 1, term);
  }
  void Choose(uint64_t host, bool by_operator = false, uint64_t term = 1) {
    judge().On(AppointeeChosen{kShard, term, HostId(host), by_operator});
  }
  void Appoint(uint64_t host) { judge().On(AppointmentRecorded{kShard, 1, HostId(host)}); }
  void Record(uint64_t host, uint64_t raft_term) {
    judge().On(GrantRecorded{kShard, 1, HostId(host), Term(raft_term)});
  }
  void Lease(uint64_t host, uint64_t raft_term, Duration until, uint64_t coordinator = 1) {
    judge().On(LeadershipLeased{{kShard, ReplicaId(host)},
                                HostId(host),
                                coordinator,
                                Term(raft_term),
                                LocalTime{until.ns}});
  }
  void Clock(uint64_t host, Duration shows) {
    judge().On(ClockRead{HostId(host), LocalTime{shows.ns}});
  }
  void Write(uint64_t host, uint64_t term) {
    judge().On(WriteTaken{{kShard, ReplicaId(host)}, HostId(host), Term(term)});
  }
  // Host 1 has a lease until its clock shows 10 s.
  void LeaseTheFirst() {
    ProbeAll();
    Appoint(1);
    Record(1, 2);
    Clock(1, Seconds(1));
    Lease(1, 2, Seconds(10));
  }
  TraceBuilder trace{4};
};

TEST_F(Failovers, ALeaseAnAppointmentAfterItsEndAndTheNextLeaseAreGood) {
  LeaseTheFirst();
  Write(1, 2);
  Clock(1, Seconds(10));
  Probe(1, false);
  Choose(2);
  Appoint(2);
  trace.Elect(2, 3, {2, 3, 4});
  Record(2, 3);
  Lease(2, 3, Seconds(20));
  Write(2, 3);
  ExpectClean(trace);
  for (const char* property : {"failover-choice", "failover-one-writer", "failover-lease-order",
                               "failover-no-failback", "failover-fencing"}) {
    EXPECT_GT(TimesJudged(trace, property), 0u) << property;
  }
}

// --- failover-one-writer ---

TEST_F(Failovers, TwoLeasesAtOnceAreReported) {
  LeaseTheFirst();
  trace.Elect(2, 3, {2, 3, 4});
  Record(2, 3);
  Clock(1, Seconds(9));
  Lease(2, 3, Seconds(20));
  ExpectReports(trace, "failover-one-writer", {"host 2 takes a lease", "host 1 may write"});
}

TEST_F(Failovers, ALeaderThatWasDeposedWritesNoMore) {
  LeaseTheFirst();
  trace.Turn(1, 3, 2);
  trace.Become(1, Role::kFollower, 3);
  trace.Elect(2, 3, {2, 3, 4});
  Record(2, 3);
  Lease(2, 3, Seconds(20));
  ExpectClean(trace);
}

TEST_F(Failovers, AWriteWithoutALeaseIsReported) {
  Write(1, 2);
  ExpectReports(trace, "failover-one-writer", {"host 1 takes a client's command", "no lease"});
}

TEST_F(Failovers, AWriteAfterTheLeaseIsReported) {
  LeaseTheFirst();
  Clock(1, Seconds(10));
  Write(1, 2);
  ExpectReports(trace, "failover-one-writer", {"host 1 takes a client's command"});
}

TEST_F(Failovers, AWriteInALaterTermThanTheLeaseIsReported) {
  LeaseTheFirst();
  trace.Elect(1, 4, {1, 3, 4});
  Write(1, 4);
  ExpectReports(trace, "failover-one-writer", {"in term 4"});
}

TEST_F(Failovers, AWriteOfAnotherLifeIsReported) {
  LeaseTheFirst();
  trace.CrashAndStart(1, 2, 1, {});
  trace.Elect(1, 3, {1, 3, 4});
  Write(1, 3);
  ExpectReports(trace, "failover-one-writer", {"host 1 takes a client's command in term 3"});
}

// --- by hand ---

TEST_F(Failovers, WhatIsOpenByHandTakesWritesBesideALease) {
  judge().On(OpenedByHand{kShard, HostId(1), LocalTime{Seconds(9).ns}});
  Clock(1, Seconds(8));
  Write(1, 2);
  EXPECT_FALSE(judge().violation().has_value());
  Clock(1, Seconds(9));
  Write(1, 2);
  ExpectReports(trace, "failover-one-writer", {"host 1 takes a client's command", "no lease"});
}

TEST_F(Failovers, AFirstLeaseBesideAForeignWriterIsReported) {
  ProbeAll();
  Appoint(2);
  judge().On(InstanceProbed{kShard, 1, HostId(1), true, false, true});
  judge().On(LeaseSent{kShard, 1, HostId(2)});
  ExpectReports(trace, "failover-one-writer", {"first lease to host 2", "host 1"});
}

TEST_F(Failovers, AForeignWriterThatIsSilentKeepsLeasesBackForTheTimeOfOne) {
  ProbeAll();
  Appoint(2);
  judge().On(InstanceProbed{kShard, 1, HostId(1), true, false, true});
  Probe(1, false);
  trace.At(Seconds(5) - Nanoseconds(1));
  judge().On(LeaseSent{kShard, 1, HostId(2)});
  ExpectReports(trace, "failover-one-writer", {"first lease to host 2"});
}

TEST_F(Failovers, RenewalsAndLeasesAfterAForeignWriterAreGood) {
  ProbeAll();
  Appoint(2);
  judge().On(InstanceProbed{kShard, 1, HostId(2), true, true, true});
  judge().On(InstanceProbed{kShard, 1, HostId(1), true, false, true});
  judge().On(LeaseSent{kShard, 1, HostId(2)});
  Probe(2, true, true);
  Probe(1, true);
  judge().On(LeaseSent{kShard, 1, HostId(2)});
  judge().On(InstanceProbed{kShard, 1, HostId(1), true, false, true});
  Probe(1, false);
  trace.At(Seconds(5));
  judge().On(LeaseSent{kShard, 1, HostId(2)});
  ExpectClean(trace);
}

// --- failover-lease-order ---

TEST_F(Failovers, AnAppointmentDuringALeaseIsReported) {
  LeaseTheFirst();
  Clock(1, Seconds(9));
  Appoint(2);
  ExpectReports(trace, "failover-lease-order", {"host 2 is appointed", "host 1 has a lease"});
}

TEST_F(Failovers, AnAppointmentAfterSteppingDownIsGood) {
  LeaseTheFirst();
  judge().On(SwitchAsked{kShard, HostId(2)});
  judge().On(SteppedDown{kShard, HostId(1)});
  Choose(2, true);
  Appoint(2);
  judge().On(SwitchEnded{kShard, SwitchEnding::kDone});
  ExpectClean(trace);
}

TEST_F(Failovers, ALeaseThatIsNotRecordedIsReported) {
  Appoint(1);
  Record(1, 1);
  Lease(1, 2, Seconds(10));
  ExpectReports(trace, "failover-lease-order", {"host 1 takes a lease of term 2", "term 1"});
}

// --- failover-choice ---

TEST_F(Failovers, AnotherOneThanTheChoiceIsReported) {
  ProbeAll();
  Choose(3);
  ExpectReports(trace, "failover-choice", {"appoints host 3", "host 2 is the choice"});
}

TEST_F(Failovers, WhoDoesNotAnswerIsNobodysChoice) {
  ProbeAll();
  Probe(2, false);
  Choose(3);
  ExpectClean(trace);
}

TEST_F(Failovers, WhoSaysThatItHasNoVoteIsNobodysChoice) {
  ProbeAll();
  judge().On(InstanceProbed{kShard, 1, HostId(2), true, false, false, false});
  Choose(2);
  ExpectReports(trace, "failover-choice", {"appoints host 2", "host 3 is the choice"});
}

TEST_F(Failovers, ALearnerThatIsAppointedIsReported) {
  ProbeAll();
  Choose(4);
  ExpectReports(trace, "failover-choice", {"appoints host 4", "may never lead"});
}

TEST_F(Failovers, AnotherOneThanTheOperatorNamedIsReported) {
  ProbeAll();
  judge().On(SwitchAsked{kShard, HostId(3)});
  Choose(2, true);
  ExpectReports(trace, "failover-choice", {"host 3 is whom the operator named"});
}

TEST_F(Failovers, ASwitchToALearnerThatIsDoneIsReported) {
  judge().On(SwitchAsked{kShard, HostId(4)});
  judge().On(SwitchEnded{kShard, SwitchEnding::kDone});
  ExpectReports(trace, "failover-choice", {"a switch to host 4 is done"});
}

// Host 3's coordinator goes by other priorities; the one on host 4 by those of the beginning.
TEST_F(Failovers, TheChoiceIsByWhatTheCoordinatorHas) {
  const std::vector<SupervisedInstance> edited = {{"a", HostId(1), false, false, false, "0"},
                                                  {"b", HostId(2), false, false, false, "1"},
                                                  {"c", HostId(3), false, false, false, "4"},
                                                  {"d", HostId(4), false, false, true, "9"}};
  judge().On(CoordinatorReconfigured{kShard, HostId(3), edited});
  ProbeAll();
  judge().On(AppointeeChosen{kShard, 1, HostId(3), false, false, HostId(3)});
  judge().On(AppointeeChosen{kShard, 1, HostId(2), false, false, HostId(4)});
  ExpectClean(trace);
}

TEST_F(Failovers, AChoiceByPrioritiesThatWereEditedAwayIsReported) {
  const std::vector<SupervisedInstance> edited = {{"a", HostId(1), false, false, false, "0"},
                                                  {"b", HostId(2), false, false, false, "1"},
                                                  {"c", HostId(3), false, false, false, "4"},
                                                  {"d", HostId(4), false, false, true, "9"}};
  judge().On(CoordinatorReconfigured{kShard, HostId(3), edited});
  ProbeAll();
  judge().On(AppointeeChosen{kShard, 1, HostId(2), false, false, HostId(3)});
  ExpectReports(trace, "failover-choice", {"appoints host 2", "host 3 is the choice"});
}

TEST_F(Failovers, WhoIsPassedOverAlthoughItWasSeenToLeadIsReported) {
  ProbeAll();
  Appoint(2);
  trace.At(Seconds(4));
  Probe(2, true, true);
  trace.At(Seconds(5));
  Probe(2, true, false);
  judge().On(AppointeeChosen{kShard, 1, HostId(3), false, true});
  ExpectReports(trace, "failover-choice", {"passes over host 2", "has more time to lead"});
}

// The answer to the record was lost, and no lease was sent.
TEST_F(Failovers, WhoIsPassedOverMayHaveAGrantThatWasRecordedAlone) {
  ProbeAll();
  Appoint(2);
  Record(2, 2);
  trace.At(Seconds(4));
  judge().On(AppointeeChosen{kShard, 1, HostId(3), false, true});
  ExpectClean(trace);
}

TEST_F(Failovers, WhoIsPassedOverWithALeaseIsReported) {
  ProbeAll();
  Appoint(2);
  Record(2, 2);
  judge().On(LeaseSent{kShard, 1, HostId(2)});
  trace.At(Seconds(4));
  judge().On(AppointeeChosen{kShard, 1, HostId(3), false, true});
  ExpectReports(trace, "failover-choice", {"passes over host 2", "was sent leases"});
}

TEST_F(Failovers, WhoIsPassedOverHadItsTime) {
  ProbeAll();
  Appoint(2);
  trace.At(Seconds(2));
  judge().On(AppointeeChosen{kShard, 1, HostId(3), false, true});
  ExpectClean(trace);
}

TEST_F(Failovers, WhoIsPassedOverTooSoonIsReported) {
  ProbeAll();
  Appoint(2);
  trace.At(Seconds(2) - Nanoseconds(1));
  judge().On(AppointeeChosen{kShard, 1, HostId(3), false, true});
  ExpectReports(trace, "failover-choice", {"passes over host 2", "more time"});
}

TEST_F(Failovers, WhoIsPassedOverAndChosenAgainIsReported) {
  ProbeAll();
  Appoint(2);
  trace.At(Seconds(9));
  judge().On(AppointeeChosen{kShard, 1, HostId(2), false, true});
  ExpectReports(trace, "failover-choice", {"appoints host 2", "host 3 is the choice"});
}

TEST_F(Failovers, ANewCoordinatorKnowsOnlyWhatItWasToldItself) {
  ProbeAll();
  judge().On(CoordinatorLocked{HostId(1), 2});
  Probe(3, true, false, 2);
  Choose(3, false, 2);
  ExpectClean(trace);
}

// --- failover-no-failback ---

TEST_F(Failovers, DisplacingWhoLivesAndLeadsIsReported) {
  LeaseTheFirst();
  Clock(1, Seconds(10));
  Choose(2);
  ExpectReports(trace, "failover-no-failback", {"appoints host 2", "host 1", "lives and leads"});
}

TEST_F(Failovers, SteppingDownWithoutAnOperatorIsReported) {
  LeaseTheFirst();
  judge().On(SteppedDown{kShard, HostId(1)});
  ExpectReports(trace, "failover-no-failback", {"host 1 is told to step down"});
}

// --- failover-fencing ---

TEST_F(Failovers, ATermThatDoesNotRiseIsReported) {
  judge().On(CoordinatorLocked{HostId(2), 1});
  ExpectReports(trace, "failover-fencing", {"host 2 coordinates with term 1"});
}

TEST_F(Failovers, AnOlderCommandThatIsHeededIsReported) {
  judge().On(CoordinatorCommand{kShard, HostId(1), 2, 1, true});
  judge().On(CoordinatorCommand{kShard, HostId(1), 1, 9, false});
  EXPECT_FALSE(judge().violation().has_value());
  judge().On(CoordinatorCommand{kShard, HostId(1), 1, 10, true});
  ExpectReports(trace, "failover-fencing", {"command 10 of coordinator 1", "coordinator 2"});
}

TEST_F(Failovers, ACommandThatIsHeededTwiceIsReported) {
  judge().On(CoordinatorCommand{kShard, HostId(1), 1, 3, true});
  judge().On(CoordinatorCommand{kShard, HostId(1), 1, 3, true});
  ExpectReports(trace, "failover-fencing", {"heeds command 3"});
}

TEST_F(Failovers, ALeaseOfAnOlderCoordinatorIsReportedInLaterLivesToo) {
  judge().On(CoordinatorCommand{kShard, HostId(1), 2, 1, true});
  trace.CrashAndStart(1, 2, 1, {});
  judge().On(CoordinatorCommand{kShard, HostId(1), 1, 1, true});
  EXPECT_FALSE(judge().violation().has_value()) << "a probe does nothing";
  Record(1, 2);
  Lease(1, 2, Seconds(10), 1);
  ExpectReports(trace, "failover-fencing", {"takes a lease of coordinator 1"});
}

// --- failover-gap-bounded ---

TEST_F(Failovers, TooLongWithoutAWriterIsReported) {
  LeaseTheFirst();
  trace.At(Seconds(20));
  trace.Crash(1);
  trace.At(Seconds(30));
  Probe(2, true);
  EXPECT_FALSE(judge().violation().has_value());
  trace.At(Seconds(30) + Nanoseconds(1));
  Probe(2, true);
  ExpectReports(trace, "failover-gap-bounded", {"host 1 crashed as the writer"});
}

TEST_F(Failovers, ANewCoordinatorMayTakeLonger) {
  LeaseTheFirst();
  trace.At(Seconds(20));
  trace.Crash(1);
  trace.Crash(3);
  trace.At(Seconds(33));
  Probe(2, true);
  EXPECT_FALSE(judge().violation().has_value());
  trace.At(Seconds(34));
  Probe(2, true);
  ExpectReports(trace, "failover-gap-bounded", {"with a new coordinator"});
}

TEST_F(Failovers, WhileMoreIsBrokenNothingIsAskedFor) {
  LeaseTheFirst();
  trace.At(Seconds(20));
  trace.Crash(1);
  trace.Crash(2);
  trace.At(Seconds(90));
  Probe(4, true);
  ExpectClean(trace);
}

TEST_F(Failovers, AfterHealingSomebodyHasToWrite) {
  judge().On(PhaseBegan{Phase::kHeal});
  judge().On(PhaseBegan{Phase::kConverge});
  trace.At(Seconds(14));
  judge().On(TimePassed{});
  ExpectReports(trace, "failover-gap-bounded", {"everything is healed"});
}

struct FailoversAmongFaults : Failovers {
  FailoversAmongFaults() : Failovers(false) {}
};

TEST_F(FailoversAmongFaults, AGapIsNotJudgedWhileTheNetworkIsBrokenToo) {
  LeaseTheFirst();
  trace.At(Seconds(20));
  trace.Crash(1);
  trace.At(Seconds(90));
  Probe(2, true);
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
