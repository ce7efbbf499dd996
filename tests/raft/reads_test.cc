// Reads without entries and leadership transfers, as clients and operators see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

constexpr ShardId kShard{1};

ReplicaId ReplicaOn(HostId host) { return ReplicaId(10 + host.value); }
HostId Other(HostId host) { return HostId(host.value % 3 + 1); }

std::optional<ClientReply> Query(Cluster& cluster, HostId host, std::string_view key,
                                 Consistency consistency = Consistency::kLinearizable) {
  const uint64_t request = cluster.SendQuery(host, kShard, key, consistency);
  cluster.RunUntil([&] { return cluster.ReplyTo(request) != nullptr; }, Seconds(5));
  const ClientReply* reply = cluster.ReplyTo(request);
  if (reply == nullptr) return std::nullopt;
  return *reply;
}

uint64_t LeaseReads(Cluster& cluster) {
  uint64_t reads = 0;
  for (uint64_t host = 1; host <= 3; ++host) {
    reads += cluster.observer(HostId(host)).lease_confirmations;
  }
  return reads;
}

TEST(HostReads, SeeWhatWasAcknowledgedOnEveryHost) {
  Cluster cluster({});
  const std::optional<ClientReply> put = cluster.Execute(kShard, Put("k", "v"));
  ASSERT_TRUE(put.has_value());
  for (uint64_t host = 1; host <= 3; ++host) {
    const std::optional<ClientReply> reply = Query(cluster, HostId(host), "k");
    ASSERT_TRUE(reply.has_value()) << host;
    EXPECT_EQ(reply->outcome, Outcome::kCompleted);
    EXPECT_EQ(reply->response, "v");
    EXPECT_GE(reply->index, put->index);
  }
  EXPECT_EQ(Query(cluster, HostId(1), "other")->response, "");
  EXPECT_EQ(LeaseReads(cluster), 0u);
}

TEST(HostReads, OfOneTurnShareOneConfirmation) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  const uint64_t before = cluster.observer(leader).confirmations;
  std::vector<uint64_t> requests;
  for (int i = 0; i < 50; ++i) {
    requests.push_back(cluster.SendQuery(leader, kShard, "k", Consistency::kLinearizable));
  }
  cluster.RunFor(Seconds(1));
  for (const uint64_t request : requests) {
    ASSERT_NE(cluster.ReplyTo(request), nullptr);
    EXPECT_EQ(cluster.ReplyTo(request)->outcome, Outcome::kCompleted);
  }
  EXPECT_LT(cluster.observer(leader).confirmations - before, 50u);
}

TEST(HostReads, AreRefusedWithoutAQuorumWhileStaleOnesAreNot) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  for (uint64_t host = 1; host <= 3; ++host) {
    if (HostId(host) != leader) cluster.sim_host(HostId(host)).Crash();
  }
  const std::optional<ClientReply> reply = Query(cluster, leader, "k");
  ASSERT_TRUE(reply.has_value());
  EXPECT_NE(reply->outcome, Outcome::kCompleted);
  const std::optional<ClientReply> stale = Query(cluster, leader, "k", Consistency::kStale);
  ASSERT_TRUE(stale.has_value());
  EXPECT_EQ(stale->outcome, Outcome::kCompleted);
  EXPECT_EQ(stale->response, "v");
  // Also by one that knows no leader any more, at once.
  EXPECT_EQ(Query(cluster, leader, "k")->outcome, Outcome::kNotLeader);
}

TEST(HostReads, BeyondTheBoundAreBusy) {
  ClusterOptions options;
  options.config.limits.reads_pending_max = 2;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  for (uint64_t host = 1; host <= 3; ++host) {
    if (HostId(host) != leader) cluster.sim_host(HostId(host)).Crash();
  }
  std::vector<uint64_t> requests;
  for (int i = 0; i < 3; ++i) {
    requests.push_back(cluster.SendQuery(leader, kShard, "k", Consistency::kLinearizable));
  }
  cluster.RunFor(Milliseconds(100));
  size_t busy = 0;
  for (const uint64_t request : requests) {
    const ClientReply* reply = cluster.ReplyTo(request);
    busy += reply != nullptr && reply->outcome == Outcome::kBusy ? 1 : 0;
  }
  EXPECT_EQ(busy, 1u);
  // Nobody waits for ever.
  cluster.RunFor(Seconds(5));
  for (const uint64_t request : requests) EXPECT_NE(cluster.ReplyTo(request), nullptr);
}

TEST(HostReads, ByLeaseAskNobodyOnceOneIsHeld) {
  ClusterOptions options;
  options.config.lease_drift_ppm_max = 1000;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  EXPECT_EQ(Query(cluster, leader, "k")->response, "v");
  EXPECT_EQ(Query(cluster, Other(leader), "k")->response, "v");
  EXPECT_EQ(LeaseReads(cluster), 2u);
}

TEST(HostTransfers, GiveTheLeadershipToTheTargetAndSaySo) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  const HostId target = Other(leader);
  const auto reply = cluster.Ask(leader, kShard, TransferLeadership{ReplicaOn(target)});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome, AdminOutcome::kDone);
  EXPECT_EQ(*cluster.Leader(kShard), target);
  EXPECT_EQ(cluster.Execute(kShard, Put("k", "w"))->response, "v");
}

TEST(HostTransfers, ChooseAHealthyVoterWhenNoneIsNamed) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  const HostId dead = Other(leader);
  cluster.sim_host(dead).Crash();
  cluster.RunFor(Milliseconds(600));
  const auto reply = cluster.Ask(leader, kShard, TransferLeadership{});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome, AdminOutcome::kDone) << reply->text;
  EXPECT_EQ(*cluster.Leader(kShard), Other(dead));
}

TEST(HostTransfers, AreRefusedForAReasonOfTheirOwn) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  const auto itself = cluster.Ask(leader, kShard, TransferLeadership{ReplicaOn(leader)});
  EXPECT_EQ(itself->reason, AdminReason::kTargetLeads);
  const auto stranger = cluster.Ask(leader, kShard, TransferLeadership{ReplicaId(99)});
  EXPECT_EQ(stranger->outcome, AdminOutcome::kRefused);
  EXPECT_EQ(stranger->reason, AdminReason::kTargetNoVoter);
  const auto elsewhere =
      cluster.Ask(Other(leader), kShard, TransferLeadership{ReplicaOn(Other(leader))});
  EXPECT_EQ(elsewhere->outcome, AdminOutcome::kNotLeader);
  EXPECT_EQ(elsewhere->leader_host, leader);
}

TEST(HostTransfers, ToADeadTargetAreTriedABoundedNumberOfTimesWhileProposalsWait) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Put("k", "v")).has_value());
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  const HostId dead = Other(leader);
  cluster.sim_host(dead).Crash();
  EXPECT_FALSE(cluster.Ask(leader, kShard, TransferLeadership{ReplicaOn(dead)}).has_value());
  const auto second = cluster.Ask(leader, kShard, TransferLeadership{});
  EXPECT_EQ(second->reason, AdminReason::kTransferInProgress);
  const std::optional<ClientReply> put = cluster.Execute(kShard, Put("k", "w"));
  ASSERT_TRUE(put.has_value());
  EXPECT_EQ(put->response, "v");
  cluster.RunFor(Seconds(12));
  size_t started = 0;
  size_t aborted = 0;
  for (const TransferChanged& one : cluster.observer(leader).transfers) {
    started += one.event == TransferEvent::kStarted ? 1 : 0;
    aborted += one.event == TransferEvent::kAborted ? 1 : 0;
  }
  EXPECT_EQ(started, 3u);
  EXPECT_EQ(aborted, 3u);
  EXPECT_EQ(*cluster.Leader(kShard), leader);
}

}  // namespace
}  // namespace ww::raft
