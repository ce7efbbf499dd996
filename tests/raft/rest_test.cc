// Shards that rest, and hosts that watch each other meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/host/peers.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ShardId kShard{1};
constexpr Duration kTimeout = Seconds(1);
constexpr LocalTime kStart{1'000'000'000};

ClusterOptions Resting(uint64_t shards) {
  ClusterOptions options{.shards = shards};
  options.config.quiet_after = Milliseconds(300);
  return options;
}

// Replicas of the cluster that rest now, by what they reported.
size_t Resters(Cluster& cluster, uint64_t shards) {
  size_t resters = 0;
  for (uint64_t host = 1; host <= cluster.hosts(); ++host) {
    for (uint64_t shard = 1; shard <= shards; ++shard) {
      bool rests = false;
      for (const RestChanged& change : cluster.observer(HostId(host)).rests) {
        if (change.who.shard == ShardId(shard)) rests = change.rests;
      }
      resters += rests ? 1 : 0;
    }
  }
  return resters;
}

// --- Peers ---

TEST(Peers, AHostThatIsNotFeltForTheTimeoutFallsSilentOnce) {
  Peers peers;
  peers.Know(HostId(2), kStart);
  peers.Know(HostId(3), kStart);
  EXPECT_THAT(peers.FallenSilent(kStart + Milliseconds(999), kTimeout), IsEmpty());
  peers.Felt(HostId(3), {Incarnation(1), 0}, kStart + Milliseconds(500));
  EXPECT_THAT(peers.FallenSilent(kStart + kTimeout, kTimeout), ElementsAre(HostId(2)));
  EXPECT_THAT(peers.FallenSilent(kStart + kTimeout, kTimeout), IsEmpty());
  peers.Felt(HostId(2), {Incarnation(1), 0}, kStart + kTimeout);
  EXPECT_THAT(peers.FallenSilent(kStart + kTimeout * 2, kTimeout),
              ElementsAre(HostId(2), HostId(3)));
}

TEST(Peers, APulseOfAnotherLifeOrWithAnotherStopIsNews) {
  Peers peers;
  peers.Know(HostId(2), kStart);
  EXPECT_FALSE(peers.Felt(HostId(2), {Incarnation(1), 0}, kStart));
  EXPECT_FALSE(peers.Felt(HostId(2), {Incarnation(1), 0}, kStart));
  EXPECT_TRUE(peers.Felt(HostId(2), {Incarnation(1), 1}, kStart));
  EXPECT_TRUE(peers.Felt(HostId(2), {Incarnation(2), 0}, kStart));
}

TEST(Peers, ALatePulseOfAnEarlierLifeIsNoSignOfThePresentOne) {
  Peers peers;
  peers.Know(HostId(2), kStart);
  peers.Felt(HostId(2), {Incarnation(2), 0}, kStart);
  EXPECT_FALSE(peers.Felt(HostId(2), {Incarnation(1), 7}, kStart + kTimeout));
  EXPECT_THAT(peers.FallenSilent(kStart + kTimeout, kTimeout), ElementsAre(HostId(2)));
}

TEST(Peers, AHostThatSharesNothingIsNotWatched) {
  Peers peers;
  EXPECT_FALSE(peers.Felt(HostId(9), {Incarnation(1), 0}, kStart));
  EXPECT_EQ(peers.Find(HostId(9)), nullptr);
  EXPECT_THAT(peers.FallenSilent(kStart + kTimeout, kTimeout), IsEmpty());
}

// --- Hosts ---

TEST(Rest, MessagesOfAnIdleClusterDoNotDependOnTheNumberOfShards) {
  const auto messages_of = [](uint64_t shards) {
    Cluster cluster(Resting(shards));
    cluster.RunFor(Seconds(10));
    EXPECT_EQ(Resters(cluster, shards), shards * 3);
    const uint64_t before = cluster.world().network().counters().sent;
    cluster.RunFor(Seconds(10));
    return cluster.world().network().counters().sent - before;
  };
  const uint64_t of_one = messages_of(1);
  EXPECT_EQ(of_one, 600u);  // Each of 3 hosts to 2 others, 10 times a second.
  EXPECT_EQ(messages_of(50), of_one);
}

TEST(Rest, WithoutRestHeartbeatsOfManyShardsShareMessages) {
  Cluster cluster({.shards = 50});
  cluster.RunFor(Seconds(10));
  const uint64_t before = cluster.world().network().counters().sent;
  cluster.RunFor(Seconds(10));
  const uint64_t sent = cluster.world().network().counters().sent - before;
  EXPECT_LE(sent, 2 * 600u);  // Heartbeats and their answers.
}

TEST(Rest, AProposalWakesItsShardAlone) {
  Cluster cluster(Resting(4));
  cluster.RunFor(Seconds(5));
  ASSERT_EQ(Resters(cluster, 4), 12u);
  const std::optional<ClientReply> reply = cluster.Execute(kShard, Put("k", "v"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome, Outcome::kCompleted);
  EXPECT_EQ(Resters(cluster, 4), 9u);
  cluster.RunFor(Seconds(2));
  EXPECT_EQ(Resters(cluster, 4), 12u);
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Rest, TheDeathOfTheLeadersHostIsNoticed) {
  Cluster cluster(Resting(2));
  cluster.RunFor(Seconds(5));
  ASSERT_EQ(Resters(cluster, 2), 6u);
  const HostId leader = *cluster.Leader(kShard);
  const Term term = cluster.Summary(leader, kShard)->term;
  cluster.sim_host(leader).Crash();
  cluster.RunFor(Seconds(5));
  ASSERT_NE(cluster.Leader(kShard), leader);
  EXPECT_GT(cluster.Summary(*cluster.Leader(kShard), kShard)->term, term);
  EXPECT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
}

TEST(Rest, ARestartFasterThanTheTimeoutIsNoticed) {
  Cluster cluster(Resting(1));
  cluster.RunFor(Seconds(5));
  const HostId leader = *cluster.Leader(kShard);
  cluster.sim_host(leader).Crash();
  cluster.Start(leader);
  cluster.RunFor(Milliseconds(300));
  for (uint64_t host = 1; host <= 3; ++host) {
    if (HostId(host) == leader) continue;
    EXPECT_FALSE(cluster.observer(HostId(host)).rests.back().rests) << host;
  }
  EXPECT_TRUE(cluster.WaitForLeader(kShard));
}

TEST(Rest, ALeaderThatIsStoppedOnALivingHostIsNoticed) {
  Cluster cluster(Resting(1));
  cluster.RunFor(Seconds(5));
  const HostId leader = *cluster.Leader(kShard);
  const ReplicaId replica(10 + leader.value);
  ASSERT_TRUE(cluster.Ask(leader, kShard, StopReplica{replica}).has_value());
  cluster.RunFor(Seconds(5));
  ASSERT_TRUE(cluster.Leader(kShard).has_value());
  EXPECT_NE(cluster.Leader(kShard), leader);
}

}  // namespace
}  // namespace ww::raft
