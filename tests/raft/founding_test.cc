// Initial members that the others have to let in, and disks that come back empty.
#include "raft/host/founding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ShardId kShard{1};

ReplicaId ReplicaOn(HostId host) { return ReplicaId(10 * kShard.value + host.value); }

ClusterOptions Bound(uint64_t seed, uint64_t hosts = 3) {
  ClusterOptions options;
  options.hosts = hosts;
  options.seed = seed;
  options.config.rules.disks_bound = true;
  return options;
}

void Wipe(Cluster& cluster, HostId host) {
  cluster.sim_host(host).Crash();
  cluster.sim_host(host).disk().Wipe();
  cluster.Start(host);
}

DiskId DiskOf(Cluster& cluster, HostId host) {
  const std::optional<AdminReply> reply = cluster.Ask(host, kShard, Describe{});
  return reply.has_value() && reply->description.has_value() ? reply->description->disk : DiskId();
}

TEST(Founding, AnyTwoSetsOfGrantsHaveAMemberInCommon) {
  EXPECT_EQ(GrantsNeeded(1), 0u);
  for (size_t members = 2; members <= 9; ++members) {
    EXPECT_GT(2 * GrantsNeeded(members), members - 1) << members;
    EXPECT_LE(GrantsNeeded(members), members - 1) << members;
  }
}

TEST(Founding, AShardBeginsOnceItsMembersHaveLetEachOtherIn) {
  for (uint64_t hosts = 1; hosts <= 5; ++hosts) {
    Cluster cluster(Bound(hosts, hosts));
    EXPECT_EQ(cluster.Execute(kShard, Append("a"))->response, "1") << hosts;
    EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(5)));
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Founding, NobodyTakesPartWhileAnotherInitialMemberIsAway) {
  Cluster cluster(Bound(1));
  cluster.sim_host(HostId(3)).Crash();
  cluster.RunFor(Seconds(10));
  EXPECT_FALSE(cluster.Summary(HostId(1), kShard).has_value());
  EXPECT_FALSE(cluster.Summary(HostId(2), kShard).has_value());
  cluster.Start(HostId(3));
  EXPECT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
}

TEST(Founding, ADiskIsToldFromTheOneBeforeAndKeepsItsIdOverCrashes) {
  Cluster cluster(Bound(1));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(2);
  const DiskId before = DiskOf(cluster, host);
  EXPECT_FALSE(before.none());
  EXPECT_NE(before, DiskOf(cluster, HostId(1)));
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  cluster.RunFor(Seconds(1));
  EXPECT_EQ(DiskOf(cluster, host), before);
  EXPECT_EQ(cluster.Summary(host, kShard)->replica, ReplicaOn(host));
  Wipe(cluster, host);
  cluster.RunFor(Seconds(1));
  EXPECT_NE(DiskOf(cluster, host), before);
}

TEST(Founding, AWipedDiskNeverBringsItsReplicaBackAndSaysWhy) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Cluster cluster(Bound(seed));
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId host(1 + seed % 3);
    Wipe(cluster, host);
    cluster.RunFor(Seconds(3));
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
    ASSERT_THAT(cluster.observer(host).stops, SizeIs(1));
    EXPECT_THAT(std::string(cluster.observer(host).stops[0].reason.message()),
                HasSubstr("know replica"));
    EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    EXPECT_THAT(cluster.Ask(host, kShard, Describe{})->description->tombstones,
                ElementsAre(ReplicaOn(host)));
    // Nor later, when it asks nobody any more.
    cluster.sim_host(host).Crash();
    cluster.Start(host);
    cluster.RunFor(Seconds(3));
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
  }
}

// The lagging follower alone must not help an empty disk to elect it: the entry is on the two hosts
// of which one lost it.
TEST(Founding, WhatWasCommittedWithAWipedDiskIsNotVotedAway) {
  Cluster cluster(Bound(3));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  const HostId lagging(leader.value % 3 + 1);
  const HostId wiped(lagging.value % 3 + 1);
  cluster.sim_host(lagging).Crash();
  ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
  cluster.sim_host(leader).Crash();
  Wipe(cluster, wiped);
  cluster.Start(lagging);
  cluster.RunFor(Seconds(20));
  EXPECT_FALSE(cluster.Summary(wiped, kShard).has_value());
  EXPECT_NE(cluster.Summary(lagging, kShard)->role, Role::kLeader);
  cluster.Start(leader);
  EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
}

TEST(Founding, AGrantSurvivesTheGrantorsLossOfPower) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(Bound(seed));
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId host(1 + seed % 3);
    for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
    cluster.sim_host(host).disk().Wipe();
    for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
    EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value()) << seed;
  }
}

TEST(Founding, WhatIsMeantForTheDiskBeforeIsRefused) {
  Cluster cluster(Bound(1));
  const HostId host(2);
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const ShardId other(5);
  const DiskId before = DiskOf(cluster, host);
  const StartReplica join{ReplicaId(77), true, {}, {}, {HostId(1)}, before};
  ASSERT_EQ(cluster.Ask(host, other, join)->outcome, AdminOutcome::kDone);
  Wipe(cluster, host);
  cluster.RunFor(Seconds(1));
  const std::optional<AdminReply> again = cluster.Ask(host, other, join);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->reason, AdminReason::kOtherDisk);
  EXPECT_FALSE(cluster.Summary(host, other).has_value());
}

TEST(Founding, AShardThatAnOperatorBeginsIsAnsweredWhenItsMembersAreIn) {
  Cluster cluster(Bound(1));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const ShardId fresh(5);
  std::vector<Member> members;
  for (uint64_t id = 1; id <= 3; ++id) members.push_back({ReplicaId(50 + id), HostId(id)});
  for (uint64_t id = 1; id <= 2; ++id) {
    const StartReplica start{ReplicaId(50 + id), false, {}, members};
    EXPECT_FALSE(cluster.Ask(HostId(id), fresh, start).has_value());
    EXPECT_EQ(cluster.Ask(HostId(id), fresh, start)->reason, AdminReason::kAlreadyExists);
  }
  const StartReplica last{ReplicaId(53), false, {}, members};
  EXPECT_EQ(cluster.Ask(HostId(3), fresh, last)->outcome, AdminOutcome::kDone);
  EXPECT_TRUE(cluster.WaitForLeader(fresh));
}

}  // namespace
}  // namespace ww::raft
