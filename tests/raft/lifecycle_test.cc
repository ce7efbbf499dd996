// Replicas that start and stop while their host runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ShardId kShard{1};

Command Append(std::string_view value) {
  return Command{Operation::kAppend, ClientId(), 0, 0, "k", value};
}
Command Get() { return Command{Operation::kGet, ClientId(), 0, 0, "k", {}}; }

ReplicaId ReplicaOn(HostId host, ShardId shard = kShard) {
  return ReplicaId(10 * shard.value + host.value);
}

AdminReason ReasonOf(const std::optional<AdminReply>& reply) {
  if (!reply.has_value() || reply->outcome != AdminOutcome::kRefused) return AdminReason::kNone;
  return reply->reason;
}

bool Done(const std::optional<AdminReply>& reply) {
  return reply.has_value() && reply->outcome == AdminOutcome::kDone;
}

TEST(Lifecycle, AStoppedReplicaTakesNoPartAndComesBackWithAllItKnew) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster({.seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId leader = *cluster.Leader(kShard);
    ASSERT_TRUE(Done(cluster.Ask(leader, kShard, StopReplica{ReplicaOn(leader)})));
    EXPECT_FALSE(cluster.Summary(leader, kShard).has_value());
    EXPECT_THAT(cluster.observer(leader).stops, SizeIs(1));
    ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    cluster.RunFor(Seconds(3));
    EXPECT_FALSE(cluster.Summary(leader, kShard).has_value());

    ASSERT_TRUE(Done(cluster.Ask(leader, kShard, StartReplica{ReplicaOn(leader), false, {}, {}})));
    EXPECT_GE(cluster.observer(leader).recovered[kShard.value].size(), 2u);
    EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
    EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Lifecycle, StoppingOneShardLeavesTheOthersAlone) {
  Cluster cluster({.shards = 3});
  for (uint64_t shard = 1; shard <= 3; ++shard) {
    ASSERT_TRUE(cluster.Execute(ShardId(shard), Append("a")).has_value());
  }
  const ShardId second(2);
  for (uint64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(Done(cluster.Ask(HostId(id), second, StopReplica{ReplicaOn(HostId(id), second)})));
  }
  EXPECT_EQ(cluster.Execute(ShardId(1), Append("b"))->response, "2");
  EXPECT_EQ(cluster.Execute(ShardId(3), Append("b"))->response, "2");
  // The number that became free is taken by the one that comes back.
  for (uint64_t id = 1; id <= 3; ++id) {
    const ReplicaId replica = ReplicaOn(HostId(id), second);
    ASSERT_TRUE(Done(cluster.Ask(HostId(id), second, StartReplica{replica, false, {}, {}})));
  }
  EXPECT_EQ(cluster.Execute(second, Append("b"))->response, "2");
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Lifecycle, StoppingWaitsForWhatIsOnItsWayToTheDisk) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  sim::Disk& disk = cluster.sim_host(host).disk();
  disk.rules().sync = {Milliseconds(300), {}, 0};
  const uint64_t write = cluster.Send(host, kShard, Append("b"));
  cluster.RunFor(Milliseconds(50));
  const TrueTime asked = cluster.world().now();
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)})));
  EXPECT_GE((cluster.world().now() - asked).ns, Milliseconds(200).ns);
  ASSERT_NE(cluster.ReplyTo(write), nullptr);
  EXPECT_EQ(cluster.ReplyTo(write)->outcome, Outcome::kTerminated);
  // What was written is read back, answered or not.
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StartReplica{ReplicaOn(host), false, {}, {}})));
  EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
}

TEST(Lifecycle, StartingASecondIsRefusedAlsoWhileTheFirstUnloads) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  const StartReplica again{ReplicaOn(host), false, {}, {}};
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, again)), AdminReason::kAlreadyExists);
  cluster.sim_host(host).disk().rules().sync = {Seconds(3), {}, 0};
  cluster.Send(host, kShard, Append("b"));
  cluster.RunFor(Milliseconds(50));
  EXPECT_FALSE(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)}).has_value());
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, again)), AdminReason::kAlreadyExists);
  cluster.RunFor(Seconds(3));
  EXPECT_TRUE(Done(cluster.Ask(host, kShard, again)));
}

TEST(Lifecycle, RefusalsSayWhyAndChangeNothing) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, ShardId(), Describe{})), AdminReason::kIdZero);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, StartReplica{ReplicaId(), false, {}, {}})),
            AdminReason::kIdZero);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, StopReplica{ReplicaId(99)})),
            AdminReason::kNotFound);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, ShardId(7), StartReplica{ReplicaId(9), false, {}, {}})),
            AdminReason::kNotFound);
  EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
}

TEST(Lifecycle, DescribesWhatLivesHereAndWhatIsKept) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  std::optional<AdminReply> reply = cluster.Ask(leader, kShard, Describe{});
  ASSERT_TRUE(Done(reply));
  EXPECT_EQ(reply->description->replica, ReplicaOn(leader));
  EXPECT_EQ(reply->description->role, Role::kLeader);
  EXPECT_THAT(reply->description->voters, SizeIs(3));
  ASSERT_TRUE(Done(cluster.Ask(leader, kShard, StopReplica{ReplicaOn(leader)})));
  reply = cluster.Ask(leader, kShard, Describe{});
  ASSERT_TRUE(Done(reply));
  EXPECT_TRUE(reply->description->replica.none());
  EXPECT_THAT(reply->description->recorded, ElementsAre(ReplicaOn(leader)));
}

}  // namespace
}  // namespace ww::raft
