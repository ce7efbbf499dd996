// How one voter becomes a replicaset: what who leads wants next.
#include "raft/failover/growth.h"

#include <gtest/gtest.h>

namespace ww::raft::failover {
namespace {

// Instances a, b, c, d on hosts 1, 2, 3, 4; b leads as replica 1, and d is anonymous.
struct Growth : testing::Test {
  Growth() {
    for (const char* name : {"a", "b", "c", "d"}) config.instances.emplace_back().name = name;
    config.instances[3].anonymous = true;
    view.leader = HostId(2);
    view.membership.voters = {{ReplicaId(1), HostId(2)}};
    for (uint64_t host = 1; host <= 4; ++host) {
      view.hosts.emplace_back(host);
      view.seen.push_back(Seen{{}, {}, DiskId(100 + host)});
    }
    view.seen[1] = Seen{ReplicaId(1), {ReplicaId(1)}, DiskId(102)};
  }
  // The instance has joined, and says so.
  void Joined(uint64_t host, uint64_t replica, bool votes = false) {
    auto& members = votes ? view.membership.voters : view.membership.non_voting;
    members.push_back({ReplicaId(replica), HostId(host)});
    view.seen[host - 1] = Seen{ReplicaId(replica), {ReplicaId(replica)}, DiskId(100 + host)};
  }
  FailoverConfig config;
  GrowthView view;
};

TEST_F(Growth, WhoHasNothingIsAddedInOrderOfNamesUnderIdsThatNobodyHad) {
  view.membership.removed = {ReplicaId(6)};
  const std::vector<GrowthStep> steps = StepsOf(config, view);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0], GrowthStep(AddInstance{ReplicaId(7), HostId(1), DiskId(101)}));
  EXPECT_EQ(steps[1], GrowthStep(AddInstance{ReplicaId(7), HostId(3), DiskId(103)}));
}

TEST_F(Growth, WhoDoesNotAnswerIsLeftAlone) {
  view.seen[0] = std::nullopt;
  EXPECT_EQ(StepsOf(config, view).front(),
            GrowthStep(AddInstance{ReplicaId(2), HostId(3), DiskId(103)}));
}

TEST_F(Growth, WhoWasAddedForItsDiskIsInvitedUntilItStarts) {
  view.membership.non_voting = {{ReplicaId(2), HostId(1)}};
  view.meant[ReplicaId(2)] = DiskId(101);
  EXPECT_EQ(StepsOf(config, view).front(),
            GrowthStep(Invite{ReplicaId(2), HostId(1), DiskId(101)}));
}

TEST_F(Growth, WhoHasNothingOnAnotherDiskOrOneThatNobodyKnowsGivesWay) {
  view.membership.non_voting = {{ReplicaId(2), HostId(1)}};
  EXPECT_EQ(StepsOf(config, view).front(), GrowthStep(Replace{ReplicaId(2)}));
  view.meant[ReplicaId(2)] = DiskId(55);
  EXPECT_EQ(StepsOf(config, view).front(), GrowthStep(Replace{ReplicaId(2)}));
}

TEST_F(Growth, AVoterWithoutItsDataGivesWay) {
  Joined(1, 2, true);
  view.meant[ReplicaId(2)] = DiskId(101);
  view.seen[0] = Seen{{}, {}, DiskId(101)};
  EXPECT_EQ(StepsOf(config, view).front(), GrowthStep(Replace{ReplicaId(2)}));
}

TEST_F(Growth, WhoJoinedIsPromotedUnlessItIsAnonymous) {
  Joined(3, 2);
  Joined(4, 3);
  Joined(1, 4);
  const std::vector<GrowthStep> steps = StepsOf(config, view);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0], GrowthStep(Promote{ReplicaId(4), HostId(1)}));
  EXPECT_EQ(steps[1], GrowthStep(Promote{ReplicaId(2), HostId(3)}));
}

TEST_F(Growth, WhatIsLeftOfARemovedMemberHearsOfItFirst) {
  view.seen[0] = Seen{{}, {ReplicaId(9)}, DiskId(101)};
  view.seen[2] = Seen{ReplicaId(8), {ReplicaId(8)}, DiskId(103)};
  const std::vector<GrowthStep> steps = StepsOf(config, view);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0], GrowthStep(AddInstance{ReplicaId(2), HostId(4), DiskId(104)}));
}

TEST_F(Growth, WhoIsIsolatedIsNotAdded) {
  config.instances[0].isolated = true;
  EXPECT_EQ(StepsOf(config, view).size(), 2u);
}

TEST_F(Growth, NothingIsWantedOfAWholeReplicaset) {
  Joined(1, 2, true);
  Joined(3, 3, true);
  Joined(4, 4);
  EXPECT_TRUE(StepsOf(config, view).empty());
}

}  // namespace
}  // namespace ww::raft::failover
