#include "raft/host/removal_news.h"

#include <gtest/gtest.h>

namespace ww::raft {
namespace {

std::vector<Member> Members(std::initializer_list<uint64_t> replicas) {
  std::vector<Member> members;
  for (const uint64_t replica : replicas) {
    members.push_back({ReplicaId(replica), HostId(replica), "h" + std::to_string(replica)});
  }
  return members;
}

Membership Voters(std::initializer_list<uint64_t> replicas, uint64_t change_index = 7) {
  Membership membership = InitialMembership(Members(replicas));
  membership.change_index = Index(change_index);
  return membership;
}

TEST(RemovalNews, OfOneVoterIsItsWord) {
  RemovalNews news;
  EXPECT_TRUE(news.Hear(ReplicaId(1), Voters({1})));
}

TEST(RemovalNews, OfTwoVotersIsEithersWord) {
  RemovalNews news;
  EXPECT_TRUE(news.Hear(ReplicaId(2), Voters({1, 2})));
}

TEST(RemovalNews, OfThreeVotersNeedsTwo) {
  RemovalNews news;
  EXPECT_FALSE(news.Hear(ReplicaId(1), Voters({1, 2, 3})));
  EXPECT_TRUE(news.Hear(ReplicaId(3), Voters({1, 2, 3})));
}

TEST(RemovalNews, OfFiveVotersNeedsThree) {
  RemovalNews news;
  EXPECT_FALSE(news.Hear(ReplicaId(1), Voters({1, 2, 3, 4, 5})));
  EXPECT_FALSE(news.Hear(ReplicaId(5), Voters({1, 2, 3, 4, 5})));
  EXPECT_TRUE(news.Hear(ReplicaId(2), Voters({1, 2, 3, 4, 5})));
}

TEST(RemovalNews, RepeatedByOneVoterIsItsWordOnce) {
  RemovalNews news;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(news.Hear(ReplicaId(1), Voters({1, 2, 3})));
}

TEST(RemovalNews, OfWhoHasNoVoteCountsForNothing) {
  RemovalNews news;
  Membership membership = Voters({1, 2, 3});
  membership.non_voting = Members({4, 5});
  EXPECT_FALSE(news.Hear(ReplicaId(4), membership));
  EXPECT_FALSE(news.Hear(ReplicaId(5), membership));
  EXPECT_FALSE(news.Hear(ReplicaId(9), membership));
  EXPECT_FALSE(news.Hear(ReplicaId(1), membership));
}

TEST(RemovalNews, FromItselfCountsForNothing) {
  RemovalNews news;
  EXPECT_FALSE(news.Hear(ReplicaId(4), Voters({1, 2})));
  EXPECT_TRUE(news.Hear(ReplicaId(1), Voters({1, 2})));
}

TEST(RemovalNews, OfALaterChangeIsEnough) {
  RemovalNews later;
  EXPECT_FALSE(later.Hear(ReplicaId(1), Voters({1, 2, 3}, 7)));
  EXPECT_TRUE(later.Hear(ReplicaId(1), Voters({1, 2, 3}, 9)));
  RemovalNews earlier;
  EXPECT_FALSE(earlier.Hear(ReplicaId(1), Voters({1, 2, 3}, 9)));
  EXPECT_TRUE(earlier.Hear(ReplicaId(2), Voters({1, 2, 3}, 7)));
}

TEST(RemovalNews, OfAJointMembershipNeedsEnoughOfOneHalf) {
  Membership joint = Voters({1, 2, 3});
  joint.outgoing_voters = Members({3, 4, 5, 6, 7});
  RemovalNews news;
  EXPECT_FALSE(news.Hear(ReplicaId(3), joint));
  EXPECT_FALSE(news.Hear(ReplicaId(4), joint));
  EXPECT_TRUE(news.Hear(ReplicaId(5), joint));
  RemovalNews other;
  EXPECT_FALSE(other.Hear(ReplicaId(1), joint));
  EXPECT_TRUE(other.Hear(ReplicaId(2), joint));
}

}  // namespace
}  // namespace ww::raft
