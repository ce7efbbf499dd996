// What fault budgets are told of a shard whose membership changes.
#include "scenarios/bind/group_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ww::scenarios {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr ShardId kShard{1};

raft::Membership Voters(uint64_t change_index, const std::vector<uint64_t>& hosts) {
  raft::Membership membership;
  membership.change_index = raft::Index(change_index);
  for (const uint64_t host : hosts) {
    membership.voters.push_back(raft::Member{ReplicaId(host), HostId(host), "h"});
  }
  return membership;
}

class GroupViewTest : public testing::Test {
 protected:
  GroupViewTest()
      : view_({{kShard, ReplicaId(1), HostId(1)},
               {kShard, ReplicaId(2), HostId(2)},
               {kShard, ReplicaId(3), HostId(3)},
               {kShard, ReplicaId(4), HostId(4)}},
              4) {}
  void Applied(uint64_t host, uint64_t index) {
    view_.ReplicaOn(kShard, HostId(host))->applied = raft::Index(index);
  }
  GroupView view_;
};

TEST_F(GroupViewTest, KeepsAMajorityOfTheMembershipThatAFollowerStillGoesBy) {
  view_.MembersChanged(kShard, Voters(5, {2, 3, 4}));
  Applied(2, 5);
  Applied(3, 4);
  Applied(4, 4);
  const std::vector<faults::QuorumGroup> groups = view_.Groups();
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_THAT(groups[0].members, ElementsAre(HostId(2), HostId(3), HostId(4)));
  EXPECT_THAT(groups[1].members, ElementsAre(HostId(1), HostId(2), HostId(3), HostId(4)));
}

TEST_F(GroupViewTest, ForgetsItOnceAllWhoCountHaveAppliedTheChange) {
  view_.MembersChanged(kShard, Voters(5, {2, 3, 4}));
  for (const uint64_t host : {2, 3, 4}) Applied(host, 5);
  EXPECT_THAT(view_.Groups(), SizeIs(1));
}

TEST_F(GroupViewTest, CountsShardsThatAreCreatedLaterOnceTheyHaveFounders) {
  view_.Placed(ShardId(3), {{ShardId(3), ReplicaId(1), HostId(2)}});
  ASSERT_THAT(view_.Groups(), SizeIs(2)) << "there is no shard 2";
  EXPECT_EQ(view_.Groups()[1].shard, ShardId(3));
  EXPECT_THAT(view_.Groups()[1].members, ElementsAre(HostId(2)));
  // Its first founders are given up. The second one comes to the same host, and one beside it.
  view_.Placed(ShardId(3),
               {{ShardId(3), ReplicaId(2), HostId(2)}, {ShardId(3), ReplicaId(3), HostId(4)}});
  EXPECT_THAT(view_.Groups()[1].members, ElementsAre(HostId(2), HostId(4)));
  view_.Created({ShardId(3), ReplicaId(2), HostId(2)});
  EXPECT_EQ(view_.ReplicaOn(ShardId(3), HostId(2))->place.replica, ReplicaId(2));
}

TEST_F(GroupViewTest, CountsAPlaceOnADiskThatIsGoneAsEmpty) {
  view_.HostWiped(HostId(2));
  view_.Placed(ShardId(3), {{ShardId(3), ReplicaId(1), HostId(2)}});
  EXPECT_FALSE(view_.Intact(ShardId(3), HostId(2)));
  view_.DiskReported(HostId(2));
  view_.Placed(ShardId(4), {{ShardId(4), ReplicaId(1), HostId(2)}});
  EXPECT_TRUE(view_.Intact(ShardId(4), HostId(2)));
}

TEST_F(GroupViewTest, CountsAFounderThatIsMissingOnceItsShardIsLed) {
  view_.Placed(ShardId(3),
               {{ShardId(3), ReplicaId(1), HostId(2)}, {ShardId(3), ReplicaId(2), HostId(4)}});
  view_.Created({ShardId(3), ReplicaId(1), HostId(2)});
  EXPECT_TRUE(view_.Intact(ShardId(3), HostId(4)));
  view_.Led(ShardId(3), HostId(2), raft::Term(1));
  EXPECT_TRUE(view_.Intact(ShardId(3), HostId(2)));
  EXPECT_FALSE(view_.Intact(ShardId(3), HostId(4)));
  view_.Created({ShardId(3), ReplicaId(2), HostId(4)});
  EXPECT_TRUE(view_.Intact(ShardId(3), HostId(4)));
}

TEST_F(GroupViewTest, DoesNotWaitForOneWhoseDiskIsLost) {
  view_.MembersChanged(kShard, Voters(5, {2, 3, 4}));
  for (const uint64_t host : {2, 3}) Applied(host, 5);
  view_.HostWiped(HostId(4));
  EXPECT_THAT(view_.Groups(), SizeIs(1));
}

}  // namespace
}  // namespace ww::scenarios
