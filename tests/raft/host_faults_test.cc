#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/host/slot.h"
#include "tests/raft/cluster.h"

namespace ww::raft {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ShardId kShard{1};

Command Append(std::string_view value, ClientId client = ClientId(), uint64_t series = 0) {
  return Command{Operation::kAppend, client, series, 0, "k", value};
}
Command Get() { return Command{Operation::kGet, ClientId(), 0, 0, "k", {}}; }
Command Registration(ClientId client) {
  return Command{Operation::kRegister, client, 0, 0, {}, {}};
}

// Between the host and all other engine hosts; clients still reach it.
void Isolate(Cluster& cluster, HostId host) {
  for (uint64_t id = 1; id <= cluster.hosts(); ++id) {
    if (HostId(id) == host) continue;
    cluster.world().network().Cut(host, HostId(id));
    cluster.world().network().Cut(HostId(id), host);
  }
}

TEST(Host, AFailedSyncStopsEveryReplicaAndNothingItWroteIsClaimed) {
  Cluster cluster({.shards = 2});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  cluster.sim_host(leader).disk().rules().errors_on = true;
  cluster.sim_host(leader).disk().rules().sync_error = Ratio::Always();
  const uint64_t request = cluster.Send(leader, kShard, Append("b"));
  cluster.RunFor(Milliseconds(20));
  ASSERT_TRUE(cluster.ended(leader).has_value());
  EXPECT_EQ(cluster.ended(leader)->code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(cluster.observer(leader).stops, SizeIs(2));
  ASSERT_NE(cluster.ReplyTo(request), nullptr);
  EXPECT_EQ(cluster.ReplyTo(request)->outcome, Outcome::kTerminated);
  // The others go on, and a new life of the host joins them.
  ASSERT_TRUE(cluster.Execute(kShard, Append("c")).has_value());
  cluster.sim_host(leader).disk().rules().errors_on = false;
  cluster.sim_host(leader).Crash();
  cluster.Start(leader);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

// What a failed sync left in the cache is read back by the next life, relied on, and must then
// survive a loss of power.
TEST(Host, WhatALifeReadBackAndReliedOnSurvivesALossOfPower) {
  Cluster cluster({.hosts = 1});
  ASSERT_EQ(cluster.Execute(kShard, Append("a"))->outcome, Outcome::kCompleted);
  sim::Disk& disk = cluster.sim_host(HostId(1)).disk();
  disk.crash_rules().loses_unsynced = false;
  disk.rules().errors_on = true;
  disk.rules().sync_error = Ratio::Always();
  cluster.Send(HostId(1), kShard, Append("b"));
  cluster.RunFor(Milliseconds(20));
  ASSERT_TRUE(cluster.ended(HostId(1)).has_value());
  disk.rules().errors_on = false;
  cluster.sim_host(HostId(1)).Crash();
  cluster.Start(HostId(1));
  ASSERT_EQ(cluster.Execute(kShard, Get())->response, "ab");
  disk.crash_rules().loses_unsynced = true;
  disk.crash_rules().kept_weight = 0;
  cluster.sim_host(HostId(1)).Crash();
  cluster.Start(HostId(1));
  const std::optional<ClientReply> read = cluster.Execute(kShard, Get());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->response, "ab");
}

TEST(Host, AFailedAppendStopsAFollowerToo) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId follower(cluster.Leader(kShard)->value % 3 + 1);
  sim::DiskRules& rules = cluster.sim_host(follower).disk().rules();
  rules.errors_on = true;
  rules.write_error = Ratio::Always();
  ASSERT_TRUE(cluster.Execute(kShard, Append("b")).has_value());
  cluster.RunFor(Milliseconds(20));
  ASSERT_TRUE(cluster.ended(follower).has_value());
  EXPECT_EQ(cluster.ended(follower)->code(), absl::StatusCode::kUnavailable);
}

TEST(Host, DamageOfTheLogKeepsAHostFromStarting) {
  Cluster cluster({});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(2);
  cluster.sim_host(host).Crash();
  sim::Disk& disk = cluster.sim_host(host).disk();
  ASSERT_TRUE(disk.Rot(disk.Names()[0].second, 60, 1));
  cluster.Start(host);
  cluster.RunFor(Seconds(3));
  ASSERT_TRUE(cluster.ended(host).has_value());
  EXPECT_EQ(cluster.ended(host)->code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(cluster.observer(host).corruptions, SizeIs(1));
  EXPECT_THAT(cluster.observer(host).stops, SizeIs(1));
  EXPECT_EQ(cluster.Execute(kShard, Append("a"))->response, "6");
}

TEST(Host, ADeposedLeaderDoesNotAnswerForTheEntryOfAnother) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster({.seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId old_leader = *cluster.Leader(kShard);
    Isolate(cluster, old_leader);
    const uint64_t lost = cluster.Send(old_leader, kShard, Append("lost"));
    ASSERT_TRUE(cluster.RunUntil(
        [&] { return cluster.Leader(kShard).value_or(old_leader) != old_leader; }, Seconds(20)));
    ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    cluster.world().network().HealAll();
    ASSERT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(20)));
    ASSERT_NE(cluster.ReplyTo(lost), nullptr);
    EXPECT_EQ(cluster.ReplyTo(lost)->outcome, Outcome::kTerminated);
    EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Host, RefusesMoreThanItsBoundAndKeepsWhatItAccepted) {
  ClusterOptions options;
  options.config.limits.proposals_pending_max = 10;
  options.config.limits.proposals_batch_max = 3;
  options.config.limits.apply_batch_max = 2;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  cluster.RunFor(Seconds(1));
  std::vector<uint64_t> requests;
  for (int i = 0; i < 30; ++i) {
    requests.push_back(cluster.Send(*cluster.Leader(kShard), kShard, Append("x")));
  }
  cluster.RunFor(Seconds(1));
  int completed = 0;
  int busy = 0;
  for (const uint64_t request : requests) {
    ASSERT_NE(cluster.ReplyTo(request), nullptr);
    completed += cluster.ReplyTo(request)->outcome == Outcome::kCompleted ? 1 : 0;
    busy += cluster.ReplyTo(request)->outcome == Outcome::kBusy ? 1 : 0;
  }
  EXPECT_EQ(completed + busy, 30);
  EXPECT_GE(completed, 10);
  EXPECT_GT(busy, 0);
  EXPECT_EQ(cluster.Execute(kShard, Get())->response.size(), static_cast<size_t>(completed));
}

TEST(Host, ARetryThroughAnotherLeaderCountsOnce) {
  Cluster cluster({});
  const ClientId client(99);
  ASSERT_EQ(cluster.Execute(kShard, Registration(client))->outcome, Outcome::kCompleted);
  const std::optional<ClientReply> first = cluster.Execute(kShard, Append("x", client, 1));
  cluster.sim_host(*cluster.Leader(kShard)).Crash();
  const std::optional<ClientReply> again = cluster.Execute(kShard, Append("x", client, 1));
  ASSERT_EQ(again->outcome, Outcome::kCompleted);
  EXPECT_EQ(again->response, first->response);
  EXPECT_EQ(again->index, first->index);
  EXPECT_EQ(cluster.Execute(kShard, Get())->response, "x");
}

TEST(Host, RejectsWhatHasNoSessionAndWhatIsNoCommand) {
  Cluster cluster({});
  EXPECT_EQ(cluster.Execute(kShard, Append("x", ClientId(7), 1))->outcome, Outcome::kRejected);
  EXPECT_EQ(cluster.Execute(kShard, Get())->response, "");
}

// Buggify: tiny batches and late syncs are legal, only slow.
TEST(Host, SurvivesStormsOfCrashesWithTinyBatchesAndLateSyncs) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    ClusterOptions options{.shards = 3, .seed = seed};
    options.env.buggify = Ratio(1, 3);
    Cluster cluster(options);
    for (uint64_t id = 1; id <= 3; ++id) {
      cluster.sim_host(HostId(id)).disk().crash_rules().torn_weight = 1;
    }
    std::map<uint64_t, uint64_t> written;
    for (uint64_t round = 0; round < 15; ++round) {
      const ShardId shard(round % 3 + 1);
      const std::optional<ClientReply> reply = cluster.Execute(shard, Append("x"));
      ASSERT_TRUE(reply.has_value()) << seed;
      if (reply->outcome == Outcome::kCompleted) ++written[shard.value];
      const HostId victim((seed + round) % 3 + 1);
      for (uint64_t i = 0; i < 6; ++i) {
        cluster.Send(victim, ShardId(i % 3 + 1), Command{Operation::kPut, {}, 0, 0, "o", "y"});
      }
      cluster.RunFor(Microseconds(500 + 70 * static_cast<int64_t>(round)));
      cluster.sim_host(victim).Crash();
      cluster.RunFor(Milliseconds(static_cast<int64_t>(seed) * 100));
      cluster.Start(victim);
    }
    for (uint64_t shard = 1; shard <= 3; ++shard) {
      const std::optional<ClientReply> read = cluster.Execute(ShardId(shard), Get());
      ASSERT_TRUE(read.has_value()) << seed;
      EXPECT_GE(read->response.size(), written[shard]) << seed;
    }
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty()) << seed;
    for (uint64_t id = 1; id <= 3; ++id) {
      EXPECT_THAT(cluster.observer(HostId(id)).corruptions, IsEmpty()) << seed;
    }
  }
}

TEST(Host, ReportsInTheOrderInWhichThingsHappen) {
  Cluster cluster({.hosts = 1});
  cluster.observer(HostId(1)).keep_events = true;
  ASSERT_EQ(cluster.Execute(kShard, Append("x"))->outcome, Outcome::kCompleted);
  EXPECT_THAT(cluster.observer(HostId(1)).events,
              testing::ElementsAre(
                  "created 1/11 ", "started 1/11 entries 0", "written 1/11 bootstrap",
                  "role 1/11 1 term 0 last 0", "hard_state 1/11 term 1 vote 11",
                  "role 1/11 2 term 1 last 0", "written 1/11 hard_state term 1 bytes 40",
                  "role 1/11 3 term 1 last 0", "appended 1/11 1+1 created",
                  "written 1/11 entries 1+1 bytes 64", "commit 1/11 1 leads true",
                  "appended 1/11 2+1 created", testing::StartsWith("written 1/11 entries 2+1"),
                  "commit 1/11 2 leads true"));
}

TEST(HeldMessages, OnlyALaterAcceptanceToTheSameLeaderSupersedesOne) {
  const auto reply = [](uint64_t to, uint64_t term, bool accepted, uint64_t match) {
    return Message{ReplicaId(1), ReplicaId(to), Term(term),
                   AppendReply{accepted, Index(match), Index(), {}}};
  };
  const Message earlier = reply(2, 5, true, 7);
  EXPECT_TRUE(Supersedes(reply(2, 5, true, 8), earlier));
  EXPECT_TRUE(Supersedes(reply(2, 5, true, 7), earlier));
  EXPECT_FALSE(Supersedes(reply(2, 5, true, 6), earlier));
  EXPECT_FALSE(Supersedes(reply(3, 5, true, 8), earlier));
  EXPECT_FALSE(Supersedes(reply(2, 6, true, 8), earlier));
  EXPECT_FALSE(Supersedes(reply(2, 5, false, 8), earlier));
  EXPECT_FALSE(Supersedes(reply(2, 5, true, 8), reply(2, 5, false, 7)));
  const Message vote{ReplicaId(1), ReplicaId(2), Term(5), VoteReply{false, true, Term(5)}};
  EXPECT_FALSE(Supersedes(reply(2, 5, true, 8), vote));
}

}  // namespace
}  // namespace ww::raft
