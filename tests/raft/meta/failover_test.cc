// The stateboard of coordinators: the lock, appointments, leases and switches.
#include "raft/meta/failover.h"

#include <gtest/gtest.h>

#include "raft/meta/metadata.h"
#include "tests/raft/meta/worlds.h"

namespace ww::raft::meta {
namespace {

std::string WhyOf(const Result& result) {
  const auto* refused = std::get_if<Refused>(&result);
  return refused == nullptr ? "done" : NameOf(refused->why);
}

#define EXPECT_REFUSED(result, why) EXPECT_EQ(WhyOf(result), NameOf(Refusal::why))
#define EXPECT_DONE(result) EXPECT_EQ(WhyOf(result), "done")

// Shard 2 on hosts 1 to 3; host 1 coordinates with term 1.
struct Stateboard : testing::Test {
  Stateboard() { EXPECT_DONE(Do(TakeLock{HostId(1), {}, 0})); }
  Result Do(const FailoverAction& action) { return bench.Do(Failover{action}); }
  Result Appoint(uint64_t term, uint64_t number, uint64_t host) {
    return Do(RecordAppointment{{CoordinatorTerm(term), number}, kShard, HostId(host), {}});
  }
  Result Grant(uint64_t term, uint64_t number, uint64_t host, uint64_t raft_term = 7,
               uint64_t lease_ns = 100) {
    const RecordFence fence{CoordinatorTerm(term), number};
    return Do(RecordGrant{fence, kShard, HostId(host), Term(raft_term), lease_ns});
  }
  const CoordinatorLock& lock() const { return bench.state.failover.lock; }
  const ReplicasetRecord& record() const { return bench.state.failover.replicasets.Get(kShard); }
  Bench bench = ClusterWithShard(4);
};

TEST_F(Stateboard, TheLockIsTakenOnlyAsItWasSeen) {
  EXPECT_EQ(lock().term, CoordinatorTerm(1));
  EXPECT_REFUSED(Do(TakeLock{HostId(2), {}, 0}), kLockMoved);
  EXPECT_DONE(Do(RenewLock{CoordinatorTerm(1), 1}));
  EXPECT_REFUSED(Do(TakeLock{HostId(2), CoordinatorTerm(1), 0}), kLockMoved) << "it was renewed";
  EXPECT_REFUSED(Do(TakeLock{HostId(9), CoordinatorTerm(1), 1}), kUnknownHost);
  EXPECT_DONE(Do(TakeLock{HostId(2), CoordinatorTerm(1), 1}));
  EXPECT_EQ(lock(), (CoordinatorLock{HostId(2), CoordinatorTerm(2), 0, 0}));
}

TEST_F(Stateboard, OnlyTheHolderRenewsAndALateRenewalIsNone) {
  EXPECT_REFUSED(Do(RenewLock{{}, 1}), kStaleCoordinator);
  EXPECT_DONE(Do(RenewLock{CoordinatorTerm(1), 3}));
  EXPECT_REFUSED(Do(RenewLock{CoordinatorTerm(1), 3}), kAlreadyRecorded);
  EXPECT_REFUSED(Do(RenewLock{CoordinatorTerm(1), 2}), kAlreadyRecorded);
  EXPECT_DONE(Do(TakeLock{HostId(2), CoordinatorTerm(1), 3}));
  EXPECT_REFUSED(Do(RenewLock{CoordinatorTerm(1), 4}), kStaleCoordinator);
}

TEST_F(Stateboard, RecordsOfAnEarlierHolderHaveNoEffect) {
  EXPECT_DONE(Appoint(1, 1, 2));
  EXPECT_DONE(Do(TakeLock{HostId(3), CoordinatorTerm(1), 0}));
  EXPECT_REFUSED(Appoint(1, 2, 3), kStaleCoordinator);
  EXPECT_REFUSED(Grant(1, 2, 2), kStaleCoordinator);
  EXPECT_DONE(Grant(2, 1, 2)) << "whoever was appointed by another one may be given leases";
}

TEST_F(Stateboard, ACopyOfARecordThatComesLateHasNoEffect) {
  EXPECT_DONE(Appoint(1, 1, 2));
  EXPECT_REFUSED(Appoint(1, 1, 2), kAlreadyRecorded);
  EXPECT_DONE(Appoint(1, 2, 3));
  EXPECT_REFUSED(Appoint(1, 1, 2), kStaleCoordinator);
  EXPECT_EQ(record().appointed, HostId(3));
}

TEST_F(Stateboard, LeasesAreOfWhoIsAppointedAndTheLongestIsKept) {
  EXPECT_REFUSED(Grant(1, 1, 2), kNotAppointed);
  EXPECT_DONE(Appoint(1, 1, 2));
  EXPECT_REFUSED(Grant(1, 2, 3), kNotAppointed);
  EXPECT_REFUSED(Grant(1, 2, 2, 0), kZeroId);
  EXPECT_REFUSED(Grant(1, 2, 2, 7, 0), kZeroId);
  EXPECT_REFUSED(Grant(1, 2, 2, 7, kLeaseNsMax + 1), kLeaseTooLong);
  EXPECT_DONE(Grant(1, 2, 2, 7, 100));
  EXPECT_DONE(Grant(1, 3, 2, 8, 50));
  EXPECT_EQ(record().granted_in, Term(8));
  EXPECT_EQ(record().lease_ns, 100u) << "the longer one may not have ended";
  EXPECT_DONE(Appoint(1, 4, 3));
  EXPECT_TRUE(record().granted_in.none());
}

TEST_F(Stateboard, AppointsOnHostsThatExistAlsoForShardsThatAreNotPlacedHere) {
  const RecordFence fence{CoordinatorTerm(1), 1};
  EXPECT_REFUSED(Do(RecordAppointment{fence, ShardId(), HostId(1), {}}), kUnknownShard);
  EXPECT_REFUSED(Do(RecordAppointment{fence, kMetadataShard, HostId(1), {}}), kUnknownShard);
  EXPECT_REFUSED(Do(RecordAppointment{fence, kShard, HostId(9), {}}), kUnknownHost);
  EXPECT_DONE(Do(RecordAppointment{fence, ShardId(9), HostId(1), {}}));
}

TEST_F(Stateboard, SwitchesComeOneAfterTheOther) {
  EXPECT_REFUSED(Do(RequestSwitch{kShard, HostId(2)}), kNotAppointed);
  EXPECT_DONE(Appoint(1, 1, 1));
  EXPECT_REFUSED(Do(RequestSwitch{kShard, HostId()}), kZeroId);
  EXPECT_DONE(Do(RequestSwitch{kShard, HostId(2)}));
  EXPECT_REFUSED(Do(RequestSwitch{kShard, HostId(3)}), kSwitchPending);
  const auto end = [this](uint64_t number, uint64_t id, SwitchState state) {
    return Do(EndSwitch{{CoordinatorTerm(1), number}, kShard, SwitchId(id), state});
  };
  EXPECT_REFUSED(end(2, 2, SwitchState::kDone), kNoSuchSwitch);
  EXPECT_REFUSED(end(2, 1, SwitchState::kAsked), kNoSuchSwitch);
  EXPECT_DONE(end(2, 1, SwitchState::kLearner));
  EXPECT_REFUSED(end(3, 1, SwitchState::kDone), kNoSuchSwitch);
  EXPECT_DONE(Do(RequestSwitch{kShard, HostId(3)}));
  EXPECT_EQ(record().last_switch, SwitchId(2));
}

TEST_F(Stateboard, ChangesNeitherTheVersionNorWhatControllersDecide) {
  const Version before = bench.state.version;
  EXPECT_DONE(Appoint(1, 1, 1));
  EXPECT_EQ(bench.state.version, before);
  EXPECT_DONE(bench.Act(RecordDeath{HostId(4), true}));
}

TEST_F(Stateboard, TellsPeopleWhoCoordinatesAndWhoLeads) {
  EXPECT_DONE(Appoint(1, 1, 3));
  EXPECT_DONE(Grant(1, 2, 3));
  const std::string text = TextOf(bench.state);
  EXPECT_NE(text.find("coordinator 1 of term 1"), std::string::npos) << text;
  EXPECT_NE(text.find("replicaset 2: host 3 appointed (first), leases of term 7"),
            std::string::npos)
      << text;
}

TEST_F(Stateboard, HalfOfAnythingIsADefect) {
  State state = bench.state;
  state.failover.lock.holder = HostId();
  EXPECT_EQ(Defect(state), "half a coordinator");
  EXPECT_DONE(Appoint(1, 1, 1));
  const auto bent = [this](auto&& bend) {
    State other = bench.state;
    other.failover.replicasets.Change(kShard, bend);
    return std::string(Defect(other));
  };
  EXPECT_EQ(bent([](ReplicasetRecord& r) { r.lease_ns = 5; }), "half a lease");
  EXPECT_EQ(bent([](ReplicasetRecord& r) { r.appointed = HostId(9); }),
            "an unknown host is appointed");
  EXPECT_EQ(bent([](ReplicasetRecord& r) { r.switch_to = HostId(1); }), "half a switch");
}

}  // namespace
}  // namespace ww::raft::meta
