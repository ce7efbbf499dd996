// Witnesses on a host: they keep a shard alive with their votes, and have nothing to be asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;

constexpr ShardId kShard{1};
constexpr HostId kThird{3};
constexpr ReplicaId kWitness{70};

std::vector<Member> Voters() {
  return {{ReplicaId(11), HostId(1), "h1"}, {ReplicaId(12), HostId(2), "h2"}};
}

void Change(Cluster& cluster, const std::variant<AddMember, DeleteMember>& what) {
  ChangeRequest change;
  std::visit([&change](const auto& one) { change.what = one; }, what);
  for (int attempts = 0; attempts < 20; ++attempts) {
    ASSERT_TRUE(cluster.WaitForLeader(kShard));
    const auto reply = cluster.Ask(*cluster.Leader(kShard), kShard, ChangeMembership{change});
    if (reply.has_value() && reply->outcome == AdminOutcome::kDone) return;
    cluster.RunFor(Milliseconds(200));
  }
  FAIL() << "nobody changed the membership";
}

// Two voters on hosts 1 and 2, and a witness on host 3.
void Create(Cluster& cluster) {
  for (const Member& voter : Voters()) {
    const StartReplica start{voter.replica, false, MemberRole::kVoter, Voters()};
    ASSERT_EQ(cluster.Ask(voter.host, kShard, start)->outcome, AdminOutcome::kDone);
  }
  ASSERT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
  Change(cluster, AddMember{MemberRole::kWitness, {kWitness, kThird, "h3"}});
  const StartReplica join{kWitness, true, MemberRole::kWitness, {}};
  ASSERT_EQ(cluster.Ask(kThird, kShard, join)->outcome, AdminOutcome::kDone);
  ASSERT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(5)));
}

TEST(HostWitness, KeepsTheShardAliveWithItsVote) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster({.shards = 0, .seed = seed});
    Create(cluster);
    const HostId first = *cluster.Leader(kShard);
    cluster.sim_host(first).Crash();
    ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2") << seed;
    EXPECT_NE(*cluster.Leader(kShard), first);
    cluster.sim_host(kThird).Crash();
    cluster.Start(first);
    ASSERT_EQ(cluster.Execute(kShard, Append("c"))->response, "3") << seed;
    cluster.Start(kThird);
    EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(HostWitness, NeverLeadsHoweverLongItIsAlone) {
  Cluster cluster({.shards = 0});
  Create(cluster);
  cluster.sim_host(HostId(1)).Crash();
  cluster.sim_host(HostId(2)).Crash();
  cluster.RunFor(Seconds(30));
  EXPECT_EQ(cluster.Summary(kThird, kShard)->role, Role::kFollower);
  EXPECT_FALSE(cluster.Leader(kShard).has_value());
}

TEST(HostWitness, SendsReadersToTheLeader) {
  Cluster cluster({.shards = 0});
  Create(cluster);
  for (const bool restarted : {false, true}) {
    for (const Consistency consistency : {Consistency::kLinearizable, Consistency::kStale}) {
      const uint64_t request = cluster.SendQuery(kThird, kShard, "k", consistency);
      cluster.RunFor(Seconds(1));
      ASSERT_NE(cluster.ReplyTo(request), nullptr);
      EXPECT_EQ(cluster.ReplyTo(request)->outcome, Outcome::kNotLeader);
      EXPECT_EQ(cluster.ReplyTo(request)->leader_host, *cluster.Leader(kShard));
    }
    if (restarted) continue;
    cluster.sim_host(kThird).Crash();
    cluster.Start(kThird);
    cluster.RunFor(Seconds(1));
  }
}

TEST(HostWitness, IsNoTargetOfATransfer) {
  Cluster cluster({.shards = 0});
  Create(cluster);
  const auto reply = cluster.Ask(*cluster.Leader(kShard), kShard, TransferLeadership{kWitness});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome, AdminOutcome::kRefused);
  EXPECT_EQ(reply->reason, AdminReason::kTargetNoVoter);
}

TEST(HostWitness, GoesWhenItIsRemovedAndTheVotersStay) {
  Cluster cluster({.shards = 0});
  Create(cluster);
  Change(cluster, DeleteMember{kWitness});
  cluster.RunFor(Seconds(3));
  EXPECT_FALSE(cluster.Summary(kThird, kShard).has_value());
  EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
}

}  // namespace
}  // namespace ww::raft
