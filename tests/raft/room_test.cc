// Hosts whose disk is full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;

constexpr ShardId kShard{1};

void Fill(Cluster& cluster, HostId host) {
  sim::Disk& disk = cluster.sim_host(host).disk();
  disk.rules().bytes_max = disk.bytes_used();
}
void MakeRoom(Cluster& cluster, HostId host) {
  cluster.sim_host(host).disk().rules().bytes_max = 0;
}

std::optional<ClientReply> Await(Cluster& cluster, uint64_t request) {
  cluster.RunUntil([&] { return cluster.ReplyTo(request) != nullptr; }, Seconds(2));
  const ClientReply* reply = cluster.ReplyTo(request);
  return reply == nullptr ? std::nullopt : std::optional(*reply);
}

TEST(Room, ALeaderWithoutAnyRefusesCommandsAndAnswersReads) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  Fill(cluster, leader);
  // The one that finds the disk full is kept by the others; whoever comes later is refused.
  EXPECT_EQ(Await(cluster, cluster.Send(leader, kShard, Append("b")))->response, "2");
  EXPECT_EQ(Await(cluster, cluster.Send(leader, kShard, Append("c")))->outcome, Outcome::kBusy);
  for (const HostId host : {leader, HostId(leader.value % 3 + 1)}) {
    const uint64_t query = cluster.SendQuery(host, kShard, "k", Consistency::kLinearizable);
    const std::optional<ClientReply> read = Await(cluster, query);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->outcome, Outcome::kCompleted);
    EXPECT_EQ(read->response, "ab");
  }
  cluster.RunFor(Seconds(5));
  EXPECT_EQ(cluster.Leader(kShard), leader);
  EXPECT_LT(cluster.Summary(leader, kShard)->durable, cluster.Summary(leader, kShard)->commit);
  MakeRoom(cluster, leader);
  cluster.RunFor(Seconds(1));
  EXPECT_EQ(cluster.Execute(kShard, Append("d"))->response, "3");
  EXPECT_FALSE(cluster.ended(leader).has_value());
}

TEST(Room, AFollowerWithoutAnyHoldsNobodyUpAndComesBack) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId follower(cluster.Leader(kShard)->value % 3 + 1);
  Fill(cluster, follower);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(cluster.Execute(kShard, Append("b")).has_value());
  EXPECT_LT(cluster.Summary(follower, kShard)->durable, Index(10));
  MakeRoom(cluster, follower);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Room, AStartWithoutAnyWaits) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(2);
  cluster.sim_host(host).Crash();
  Fill(cluster, host);
  cluster.Start(host);
  cluster.RunFor(Seconds(2));
  EXPECT_FALSE(cluster.ended(host).has_value());
  EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
  MakeRoom(cluster, host);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
}

TEST(Room, ASegmentThatFoundNoneIsBegunLater) {
  ClusterOptions options;
  options.config.limits.log_segment_bytes = 600;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(cluster.Leader(kShard)->value % 3 + 1);
  for (int round = 0; round < 20; ++round) {
    Fill(cluster, host);
    ASSERT_TRUE(cluster.Execute(kShard, Append("b")).has_value());
    cluster.RunFor(Milliseconds(500));
    MakeRoom(cluster, host);
    cluster.RunFor(Milliseconds(500));
  }
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
  EXPECT_THAT(cluster.observer(host).corruptions, IsEmpty());
}

}  // namespace
}  // namespace ww::raft
