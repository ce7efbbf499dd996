#include "raft/host/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;

constexpr ShardId kShard{1};

TEST(Host, ElectsALeaderAndServesClients) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  const std::optional<ClientReply> put = cluster.Execute(kShard, Put("k", "one"));
  ASSERT_TRUE(put.has_value());
  EXPECT_EQ(put->outcome, Outcome::kCompleted);
  EXPECT_EQ(put->response, "");
  EXPECT_EQ(put->index, 2u);  // Behind the leader's own entry.
  EXPECT_EQ(cluster.Execute(kShard, Append("k", "-two"))->response, "7");
  EXPECT_EQ(cluster.Execute(kShard, Get("k"))->response, "one-two");
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(2)));
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Host, WithBenignDrawsTheFirstReplicaLeadsInTermOne) {
  Cluster cluster({.benign = true});
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  cluster.RunFor(Seconds(5));
  EXPECT_EQ(cluster.Leader(kShard), HostId(1));
  EXPECT_EQ(cluster.Summary(HostId(1), kShard)->term, Term(1));
}

TEST(Host, RefusesClientsElsewhereWithTheLeadersHost) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  const HostId other(leader.value % 3 + 1);
  const uint64_t request = cluster.Send(other, kShard, Put("k", "w"));
  cluster.RunFor(Seconds(1));
  const ClientReply* reply = cluster.ReplyTo(request);
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->outcome, Outcome::kNotLeader);
  EXPECT_EQ(reply->leader_host, leader);
  EXPECT_EQ(cluster.Execute(kShard, Get("k"))->response, "v");
}

TEST(Host, RefusesAShardThatItDoesNotHave) {
  Cluster cluster({});
  const uint64_t request = cluster.Send(HostId(1), ShardId(77), Put("k", "w"));
  cluster.RunFor(Seconds(1));
  ASSERT_NE(cluster.ReplyTo(request), nullptr);
  EXPECT_EQ(cluster.ReplyTo(request)->outcome, Outcome::kNotLeader);
  EXPECT_TRUE(cluster.ReplyTo(request)->leader_host.none());
}

TEST(Host, FailsOverWhenTheLeaderCrashesAndTakesItBack) {
  Cluster cluster({});
  ASSERT_EQ(cluster.Execute(kShard, Put("k", "v"))->outcome, Outcome::kCompleted);
  const HostId first = *cluster.Leader(kShard);
  cluster.sim_host(first).Crash();
  ASSERT_EQ(cluster.Execute(kShard, Append("k", "w"))->response, "2");
  EXPECT_NE(*cluster.Leader(kShard), first);
  cluster.Start(first);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Host, KeepsWhatItAcknowledgedWhenAllLosePower) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Cluster cluster({.seed = seed});
    for (uint64_t id = 1; id <= 3; ++id) {
      cluster.sim_host(HostId(id)).disk().crash_rules().torn_weight = 1;
    }
    std::string written;
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 5; ++i) {
        written += "x";
        const std::optional<ClientReply> reply = cluster.Execute(kShard, Append("k", "x"));
        ASSERT_TRUE(reply.has_value());
        ASSERT_EQ(reply->outcome, Outcome::kCompleted);
      }
      // Some more are under way when the power goes; they may or may not survive.
      for (int i = 0; i < 10; ++i) cluster.Send(*cluster.Leader(kShard), kShard, Put("other", "y"));
      cluster.RunFor(Microseconds(600 + 100 * static_cast<int64_t>(seed)));
      for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
      for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
      std::optional<ClientReply> read = cluster.Execute(kShard, Get("k"));
      // A leader that was only just elected may be deposed once more.
      if (read.has_value() && read->outcome == Outcome::kTerminated) {
        read = cluster.Execute(kShard, Get("k"));
      }
      ASSERT_TRUE(read.has_value()) << seed;
      ASSERT_EQ(read->outcome, Outcome::kCompleted) << seed;
      EXPECT_EQ(read->response, written) << seed;
    }
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty()) << seed;
  }
}

TEST(Host, ASingleVoterServesAloneAndRecovers) {
  Cluster cluster({.hosts = 1});
  ASSERT_EQ(cluster.Execute(kShard, Put("k", "v"))->outcome, Outcome::kCompleted);
  cluster.sim_host(HostId(1)).Crash();
  cluster.Start(HostId(1));
  EXPECT_EQ(cluster.Execute(kShard, Get("k"))->response, "v");
}

TEST(Host, ShardsShareTheLogAndNothingElse) {
  Cluster cluster({.shards = 2});
  ASSERT_EQ(cluster.Execute(ShardId(1), Put("k", "one"))->outcome, Outcome::kCompleted);
  ASSERT_EQ(cluster.Execute(ShardId(2), Put("k", "two"))->outcome, Outcome::kCompleted);
  EXPECT_EQ(cluster.Execute(ShardId(1), Get("k"))->response, "one");
  for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
  for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
  EXPECT_EQ(cluster.Execute(ShardId(1), Get("k"))->response, "one");
  EXPECT_EQ(cluster.Execute(ShardId(2), Get("k"))->response, "two");
  EXPECT_EQ(cluster.sim_host(HostId(1)).disk().Names().size(), 1u);
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

}  // namespace
}  // namespace ww::raft
