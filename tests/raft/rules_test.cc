// What the rules of the profiles change for those who use a host.
#include "raft/core/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ShardId kShard{1};

ReplicaId ReplicaOn(HostId host) { return ReplicaId(10 + host.value); }
HostId Other(HostId host) { return HostId(host.value % 3 + 1); }

ClusterOptions OptionsWith(bool Rules::*rule, bool kept) {
  ClusterOptions options;
  options.config.rules.*rule = kept;
  return options;
}

std::optional<AdminReply> Change(Cluster& cluster, const ChangeRequest& change) {
  for (int attempts = 0; attempts < 50; ++attempts) {
    const std::optional<HostId> leader = cluster.Leader(kShard);
    if (leader.has_value()) {
      auto reply = cluster.Ask(*leader, kShard, ChangeMembership{change});
      if (reply.has_value() && reply->outcome != AdminOutcome::kNotLeader) return reply;
    }
    cluster.RunFor(Milliseconds(200));
  }
  return std::nullopt;
}

TEST(RefusalsExplainedRule, ARefusedChangeHasItsReasonOrNone) {
  for (const bool kept : {true, false}) {
    Cluster cluster(OptionsWith(&Rules::refusals_explained, kept));
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    const auto reply = Change(cluster, {DeleteMember{ReplicaId(99)}, std::nullopt});
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->outcome, AdminOutcome::kRefused);
    EXPECT_EQ(reply->reason, AdminReason::kChangeRefused);
    EXPECT_EQ(reply->refusal.has_value(), kept);
    EXPECT_EQ(reply->text.empty(), !kept);
  }
}

TEST(TransfersReportedRule, WhoAsksIsToldHowItEndedOrThatNobodyKnows) {
  for (const bool kept : {true, false}) {
    Cluster cluster(OptionsWith(&Rules::transfers_reported, kept));
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    const HostId leader = *cluster.Leader(kShard);
    const ReplicaId target = ReplicaOn(Other(leader));
    const auto reply = cluster.Ask(leader, kShard, TransferLeadership{target});
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->outcome, kept ? AdminOutcome::kDone : AdminOutcome::kUnknown);
    // It happens all the same.
    EXPECT_TRUE(
        cluster.RunUntil([&] { return cluster.Leader(kShard) == Other(leader); }, Seconds(5)));
  }
}

TEST(TransfersReportedRule, WithoutATargetTheLeaderChoosesOrRefuses) {
  for (const bool kept : {true, false}) {
    Cluster cluster(OptionsWith(&Rules::transfers_reported, kept));
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    cluster.RunFor(Seconds(1));
    const auto reply =
        cluster.Ask(*cluster.Leader(kShard), kShard, TransferLeadership{ReplicaId()});
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->outcome, kept ? AdminOutcome::kDone : AdminOutcome::kRefused);
  }
}

TEST(TransfersReportedRule, AFailedTransferIsTriedAgainOrNot) {
  for (const bool kept : {true, false}) {
    Cluster cluster(OptionsWith(&Rules::transfers_reported, kept));
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    cluster.RunFor(Seconds(1));
    const HostId leader = *cluster.Leader(kShard);
    cluster.sim_host(Other(leader)).Crash();
    cluster.Ask(leader, kShard, TransferLeadership{ReplicaOn(Other(leader))});
    cluster.RunFor(Seconds(20));
    size_t begun = 0;
    for (const TransferChanged& one : cluster.observer(leader).transfers) {
      begun += one.event == TransferEvent::kStarted ? 1 : 0;
    }
    EXPECT_EQ(begun, kept ? 3u : 1u);
  }
}

// The leader deletes a replica that is away; it comes back and knows nothing of that.
TEST(RemovedToldRule, AReplicaThatWasAwayIsToldOfItsRemovalOrLivesOn) {
  for (const bool kept : {true, false}) {
    Cluster cluster(OptionsWith(&Rules::removed_told, kept));
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    cluster.RunFor(Seconds(1));
    const HostId away = Other(*cluster.Leader(kShard));
    cluster.sim_host(away).Crash();
    const auto gone = Change(cluster, {DeleteMember{ReplicaOn(away)}, std::nullopt});
    ASSERT_TRUE(gone.has_value());
    ASSERT_EQ(gone->outcome, AdminOutcome::kDone);
    cluster.Start(away);
    cluster.RunFor(Seconds(30));
    EXPECT_EQ(cluster.Summary(away, kShard).has_value(), !kept);
    const auto fenced = cluster.Ask(away, kShard, Describe{});
    ASSERT_TRUE(fenced.has_value() && fenced->description.has_value());
    EXPECT_EQ(fenced->description->tombstones.size(), kept ? 1u : 0u);
  }
}

// One that applies its own removal stops in every profile; whether its data goes, and its id is
// fenced, is the difference. Of two voters it has the entry when it is committed.
TEST(RemovedToldRule, AReplicaThatHearsOfItsRemovalIsFencedOrOnlyStops) {
  for (const bool kept : {true, false}) {
    ClusterOptions options = OptionsWith(&Rules::removed_told, kept);
    options.hosts = 2;
    Cluster cluster(options);
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    cluster.RunFor(Seconds(1));
    const HostId leader = *cluster.Leader(kShard);
    const HostId host(3 - leader.value);
    ASSERT_EQ(Change(cluster, {DeleteMember{ReplicaOn(host)}, std::nullopt})->outcome,
              AdminOutcome::kDone);
    ASSERT_TRUE(
        cluster.RunUntil([&] { return !cluster.Summary(host, kShard).has_value(); }, Seconds(20)));
    cluster.RunFor(Seconds(1));
    const auto reply = cluster.Ask(host, kShard, Describe{});
    ASSERT_TRUE(reply.has_value() && reply->description.has_value());
    EXPECT_EQ(reply->description->tombstones.size(), kept ? 1u : 0u);
    EXPECT_EQ(reply->description->recorded.size(), kept ? 0u : 1u);
    const auto again =
        cluster.Ask(host, kShard, StartReplica{ReplicaOn(host), false, MemberRole::kVoter, {}});
    EXPECT_EQ(again->outcome, kept ? AdminOutcome::kRefused : AdminOutcome::kDone);
  }
}

// Two followers ask while nothing of the leader's arrives; its next heartbeat confirms both reads.
TEST(ReadContextRule, OfReadsConfirmedTogetherAllAreAnsweredOrOnlyTheNewest) {
  for (const bool kept : {true, false}) {
    Cluster cluster(OptionsWith(&Rules::reads_keep_context, kept));
    ASSERT_TRUE(cluster.Execute(kShard, Put("v")).has_value());
    cluster.RunFor(Seconds(1));
    const HostId leader = *cluster.Leader(kShard);
    const HostId followers[] = {Other(leader), Other(Other(leader))};
    std::vector<uint64_t> requests;
    for (const HostId host : followers) cluster.world().network().Cut(leader, host);
    for (const HostId host : followers) {
      requests.push_back(cluster.SendQuery(host, kShard, "k", Consistency::kLinearizable));
      cluster.RunFor(Milliseconds(20));
    }
    cluster.world().network().HealAll();
    cluster.RunFor(Seconds(5));
    std::vector<Outcome> outcomes;
    for (const uint64_t request : requests) {
      ASSERT_NE(cluster.ReplyTo(request), nullptr);
      outcomes.push_back(cluster.ReplyTo(request)->outcome);
    }
    EXPECT_THAT(outcomes, ElementsAre(kept ? Outcome::kCompleted : Outcome::kTerminated,
                                      Outcome::kCompleted));
  }
}

// A lone voter may tell others of a commit that it can lose; its own clients wait for its disk.
TEST(OwnCopyRule, AnswersWaitForTheDiskInEveryProfile) {
  for (const bool kept : {true, false}) {
    ClusterOptions options = OptionsWith(&Rules::own_copy_durable, kept);
    options.hosts = 1;
    Cluster cluster(options);
    ASSERT_TRUE(cluster.Execute(kShard, Put("a")).has_value());
    const HostId host(1);
    cluster.sim_host(host).disk().rules().sync = {Milliseconds(300), {}, 0};
    const uint64_t write = cluster.Send(host, kShard, Put("b"));
    cluster.RunFor(Milliseconds(100));
    const ReplicaSummary summary = *cluster.Summary(host, kShard);
    EXPECT_EQ(summary.commit == summary.last, !kept);
    EXPECT_LT(summary.applied, summary.last);
    EXPECT_EQ(cluster.ReplyTo(write), nullptr);
    cluster.RunFor(Seconds(1));
    ASSERT_NE(cluster.ReplyTo(write), nullptr);
    EXPECT_EQ(cluster.ReplyTo(write)->outcome, Outcome::kCompleted);
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Rules, AClusterWorksWithoutAnyOfThem) {
  ClusterOptions options;
  options.config.rules = RulesOf(Profile::kDragonboatV4);
  Cluster cluster(options);
  ASSERT_TRUE(cluster.Execute(kShard, Put("a")).has_value());
  cluster.sim_host(*cluster.Leader(kShard)).Crash();
  ASSERT_TRUE(cluster.Execute(kShard, Put("b")).has_value());
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

}  // namespace
}  // namespace ww::raft
