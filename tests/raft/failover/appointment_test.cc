// What a coordinator wants next, rule by rule; how long it waits.
#include "raft/failover/appointment.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "raft/failover/lease.h"
#include "tests/raft/failover/published_cases.h"

namespace ww::raft::failover {
namespace {

constexpr LocalTime kNow{Seconds(100).ns};
constexpr LocalTime kLater{Seconds(101).ns};

// a, b, c, d on hosts 1 to 4; b is first by priority, then c; d is a learner. All answer.
struct Appointments : testing::Test {
  Appointments()
      : config(ReadOne("replication: {failover: supervised}\n"
                       "failover: {replicasets: {r: {priority: {b: 2, c: 1, d: 9}, "
                       "learners: [d]}}}\n"
                       "groups: {g: {replicasets: {r: {instances: {a: {}, b: {}, c: {}, d: {}}}}}}",
                       Profile::kTarantool34)) {
    for (uint64_t host = 1; host <= 4; ++host) {
      InstanceView one{HostId(host), true, true, {}};
      one.state.replica = ReplicaId(10 + host);
      one.state.term = Term(5);
      view.instances.push_back(one);
    }
  }
  InstanceView& Of(uint64_t host) { return view.instances[host - 1]; }
  void Leads(uint64_t host, bool writable = false) {
    Of(host).state.leads = true;
    Of(host).state.writable = writable;
  }
  void Appointed_(uint64_t host, bool granted, LocalTime end, bool gave_up = false) {
    view.appointed = Appointed{HostId(host), granted, end, gave_up};
  }
  NextStep Next() { return StepOf(config, view, kNow); }
  FailoverConfig config;
  ReplicasetView view;
};

TEST_F(Appointments, NothingIsDecidedBeforeEverybodyWasAsked) {
  Of(3).asked = false;
  EXPECT_EQ(Next(), NextStep(Wait{}));
}

TEST_F(Appointments, TheFirstOneIsTheChoiceOfThoseThatLive) {
  Leads(1);
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(2), Cause::kFirst})) << "whoever leads now";
  Of(2).live = false;
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(3), Cause::kFirst}));
  Of(1).live = Of(3).live = false;
  EXPECT_EQ(Next(), NextStep(Wait{})) << "a learner is nobody's choice";
}

TEST_F(Appointments, LeadershipIsMovedToTheAppointedOneAndThenLeased) {
  Appointed_(2, false, kNow);
  EXPECT_EQ(Next(), NextStep(Wait{})) << "nobody leads";
  Leads(1);
  Leads(3);
  Of(3).state.term = Term(6);
  EXPECT_EQ(Next(), NextStep(MoveLeader{HostId(3), HostId(2)})) << "the newest leader";
  Leads(2);
  EXPECT_EQ(Next(), NextStep(GiveLease{HostId(2)}));
}

TEST_F(Appointments, WhoLeadsIsNotDisplacedByABetterOne) {
  Appointed_(1, true, kLater);
  Leads(1, true);
  EXPECT_EQ(Next(), NextStep(GiveLease{HostId(1)}));
  Of(1).state.writable = false;
  EXPECT_EQ(Next(), NextStep(GiveLease{HostId(1)})) << "it leads and lives";
}

TEST_F(Appointments, TheLeasesOfTheDeadAreWaitedFor) {
  Appointed_(2, true, kLater);
  Of(2).live = false;
  Of(2).state.writable = true;  // As it said when it lived.
  EXPECT_EQ(Next(), NextStep(Wait{}));
  EXPECT_EQ(StepOf(config, view, kLater), NextStep(Appoint{HostId(3), Cause::kNotLive}));
  view.appointed->gave_up = true;
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(3), Cause::kNotLive}));
}

TEST_F(Appointments, WhoWasGrantedNothingIsNotWaitedFor) {
  Appointed_(2, false, kLater);
  Of(2).live = false;
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(3), Cause::kNotLive}));
}

TEST_F(Appointments, WhoLostTheLeadershipIsChosenAnewOnceItsLeasesAreOver) {
  Appointed_(1, true, kLater);
  Leads(3);
  EXPECT_EQ(Next(), NextStep(Wait{}));
  view.appointed->gave_up = true;
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(2), Cause::kLostLeadership}));
}

TEST_F(Appointments, WhoHasNoVoteYetIsNobodysChoice) {
  Leads(1);
  Of(2).state.replica = ReplicaId();
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(3), Cause::kFirst}));
  for (InstanceView& one : view.instances) one.state.replica = ReplicaId();
  EXPECT_EQ(Next(), NextStep(Wait{})) << "there is no shard yet";
}

TEST_F(Appointments, WhoWasAppointedAndLostItsVoteGivesWay) {
  Leads(1);
  Appointed_(2, false, kNow);
  Of(2).state.replica = ReplicaId();
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(3), Cause::kNotLive}));
  Appointed_(2, true, kLater);
  EXPECT_EQ(Next(), NextStep(Wait{})) << "its lease has not ended";
  view.switch_to = HostId(2);
  EXPECT_EQ(Next(), NextStep(FinishSwitch{SwitchEnd::kNotLive}));
}

TEST_F(Appointments, TwoWritersAreAnAlarmNobodyIsAppointedAndTheLeaseGoesOn) {
  Leads(1, true);
  Of(3).state.writable = true;
  Appointed_(1, true, kLater);
  EXPECT_EQ(Next(), NextStep(Alarm{HostId(3), HostId(1), true}));
  view.switch_to = HostId(2);
  EXPECT_EQ(Next(), NextStep(Alarm{HostId(3), HostId(1), true}));
  Of(3).live = false;
  EXPECT_EQ(Next(), NextStep(TakeLease{HostId(1)})) << "what it said is no news any more";
}

TEST_F(Appointments, WithoutALeaseNoneIsGivenBesideAForeignWriter) {
  Leads(1);
  Of(3).state.writable = true;
  EXPECT_EQ(Next(), NextStep(Alarm{HostId(3), HostId(), false})) << "nobody is appointed";
  Appointed_(1, false, kNow);
  EXPECT_EQ(Next(), NextStep(Alarm{HostId(3), HostId(), false}));
  Of(1).state.writable = true;
  EXPECT_EQ(Next(), NextStep(Alarm{HostId(3), HostId(1), false})) << "both by hand";
  Of(3).state.writable = false;
  EXPECT_EQ(Next(), NextStep(GiveLease{HostId(1)}));
}

TEST_F(Appointments, AForeignWriterThatAnswersNoMoreIsWaitedForAsLongAsALease) {
  Leads(1);
  Appointed_(1, false, kNow);
  Of(3).live = false;
  Of(3).foreign_until = kLater;
  EXPECT_EQ(Next(), NextStep(Alarm{HostId(3), HostId(), false}));
  EXPECT_EQ(StepOf(config, view, kLater), NextStep(GiveLease{HostId(1)}));
}

TEST_F(Appointments, WhoDoesNotComeToLeadIsPassedOverInTime) {
  Appointed_(2, false, kNow);
  Leads(1);
  view.appointed->lead_until = kLater;
  EXPECT_EQ(Next(), NextStep(MoveLeader{HostId(1), HostId(2)}));
  EXPECT_EQ(StepOf(config, view, kLater), NextStep(Appoint{HostId(3), Cause::kNeverLed}));
  Of(2).state.leads = true;
  EXPECT_EQ(StepOf(config, view, kLater), NextStep(GiveLease{HostId(2)})) << "at last";
  Of(2).state.leads = false;
  Of(1).state.replica = Of(3).state.replica = ReplicaId();
  EXPECT_EQ(StepOf(config, view, kLater), NextStep(MoveLeader{HostId(1), HostId(2)}))
      << "there is nobody else";
}

TEST_F(Appointments, ASwitchToOneThatDoesNotComeToLeadEnds) {
  Appointed_(3, false, kNow);
  Leads(1);
  view.switch_to = HostId(3);
  view.appointed->lead_until = kLater;
  EXPECT_EQ(Next(), NextStep(MoveLeader{HostId(1), HostId(3)}));
  EXPECT_EQ(StepOf(config, view, kLater), NextStep(FinishSwitch{SwitchEnd::kNeverLed}));
}

TEST_F(Appointments, ASwitchTakesTheLeaseBackFirst) {
  Appointed_(1, true, kLater);
  Leads(1, true);
  view.switch_to = HostId(3);
  EXPECT_EQ(Next(), NextStep(TakeLease{HostId(1)}));
  Of(1).live = false;
  EXPECT_EQ(Next(), NextStep(Wait{}));
  view.appointed->gave_up = true;
  EXPECT_EQ(Next(), NextStep(Appoint{HostId(3), Cause::kSwitch}));
}

TEST_F(Appointments, ASwitchIsDoneWhenTheNamedOneWrites) {
  Appointed_(3, false, kNow);
  Leads(1);
  view.switch_to = HostId(3);
  EXPECT_EQ(Next(), NextStep(MoveLeader{HostId(1), HostId(3)}));
  Of(1).state.leads = false;
  Leads(3);
  EXPECT_EQ(Next(), NextStep(GiveLease{HostId(3)}));
  Of(3).state.writable = true;
  EXPECT_EQ(Next(), NextStep(FinishSwitch{SwitchEnd::kDone}));
}

TEST_F(Appointments, ASwitchToWhoMayNotLeadIsRefused) {
  Appointed_(2, true, kLater);
  Leads(2, true);
  view.switch_to = HostId(4);
  EXPECT_EQ(Next(), NextStep(FinishSwitch{SwitchEnd::kLearner}));
  view.switch_to = HostId(9);
  EXPECT_EQ(Next(), NextStep(FinishSwitch{SwitchEnd::kUnknown}));
  view.switch_to = HostId(1);
  Of(1).live = false;
  EXPECT_EQ(Next(), NextStep(FinishSwitch{SwitchEnd::kNotLive}));
  config.instances[0].anonymous = true;
  EXPECT_EQ(Next(), NextStep(FinishSwitch{SwitchEnd::kAnonymous}));
}

TEST(Leases, AreOverOnTheSlowestClockWhenTheFastestSaysSo) {
  EXPECT_EQ(SurelyOver(Seconds(4), 0).ns, Seconds(4).ns + 1);
  EXPECT_TRUE(rc::check([] {
    const auto length = *rc::gen::inRange<int64_t>(0, 1'000'000'000'000);
    const auto drift = *rc::gen::inRange<uint32_t>(0, kDriftMax);
    const Duration wait = SurelyOver(Nanoseconds(length), drift);
    // wait / (1 + drift) >= length / (1 - drift), in whole numbers.
    const auto waited = static_cast<__int128>(wait.ns) * (kMillion - drift);
    const auto needed = static_cast<__int128>(length) * (kMillion + drift);
    RC_ASSERT(waited >= needed);
    RC_ASSERT(waited <= needed + 2 * static_cast<__int128>(kMillion + drift));
  }));
}

}  // namespace
}  // namespace ww::raft::failover
