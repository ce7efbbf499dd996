// Snapshots of a host: taken, recorded, compacted behind, sent, installed, restored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr ShardId kShard{1};

ClusterOptions Options() {
  ClusterOptions options;
  options.config.snapshots.every_entries = 10;
  options.config.snapshots.compaction_overhead = 3;
  options.config.snapshots.chunk_bytes = 300;
  options.config.snapshots.answer_timeout = Milliseconds(50);
  return options;
}

// Puts under `keys` different keys, `count` in all.
void Fill(Cluster& cluster, int count, int keys = 20) {
  for (int i = 0; i < count; ++i) {
    const std::string key = fmt::format("key-{}", i % keys);
    const std::optional<ClientReply> reply =
        cluster.Execute(kShard, Put(key, fmt::format("value {} {}", i, std::string(40, 'v'))));
    ASSERT_TRUE(reply.has_value());
  }
}

HostId NotTheLeader(const Cluster& cluster) {
  return HostId(cluster.Leader(kShard)->value % 3 + 1);
}

bool AllAgree(Cluster& cluster) {
  return cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(20)) &&
         cluster.agreement().disagreements.empty();
}

TEST(Snapshots, AreTakenByEveryReplicaAndTheLogForgetsWhatTheyCover) {
  Cluster cluster(Options());
  Fill(cluster, 35);
  cluster.RunFor(Seconds(1));
  for (uint64_t id = 1; id <= 3; ++id) {
    const RecordingObserver& seen = cluster.observer(HostId(id));
    ASSERT_THAT(seen.published, Not(IsEmpty()));
    ASSERT_THAT(seen.compactions, Not(IsEmpty()));
    const Index snapshot = seen.published.back().position.index;
    EXPECT_GE(snapshot, Index(30));
    EXPECT_EQ(seen.compactions.back().first, snapshot - 2) << "three entries are kept";
  }
  EXPECT_TRUE(AllAgree(cluster));
}

TEST(Snapshots, AreNotTakenWithoutAPolicy) {
  Cluster cluster({});
  Fill(cluster, 35);
  EXPECT_THAT(cluster.observer(HostId(1)).published, IsEmpty());
}

TEST(Snapshots, AreDueByBytesToo) {
  ClusterOptions options = Options();
  options.config.snapshots.every_entries = 0;
  options.config.snapshots.every_bytes = 1000;
  Cluster cluster(options);
  Fill(cluster, 35);
  cluster.RunFor(Seconds(1));
  EXPECT_THAT(cluster.observer(HostId(2)).published, Not(IsEmpty()));
}

TEST(Snapshots, AreWhatAHostStartsFrom) {
  Cluster cluster(Options());
  Fill(cluster, 35);
  cluster.RunFor(Seconds(1));
  const HostId host = NotTheLeader(cluster);
  const Index snapshot = cluster.observer(host).published.back().position.index;
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
  const RecordingObserver& seen = cluster.observer(host);
  ASSERT_EQ(seen.installed.size(), 1u);
  EXPECT_TRUE(seen.installed[0].at_start);
  EXPECT_EQ(seen.installed[0].position.index, snapshot);
  EXPECT_THAT(seen.corruptions, IsEmpty());
  EXPECT_EQ(cluster.Execute(kShard, Get("key-3"))->response.substr(0, 8), "value 23");
}

TEST(Snapshots, BringAFollowerUpThatWasAwayForTooLong) {
  Cluster cluster(Options());
  Fill(cluster, 5);
  const HostId host = NotTheLeader(cluster);
  cluster.sim_host(host).Crash();
  Fill(cluster, 60);
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
  const RecordingObserver& seen = cluster.observer(host);
  ASSERT_THAT(seen.installed, Not(IsEmpty()));
  EXPECT_FALSE(seen.installed.back().at_start);
  EXPECT_GE(seen.installed.back().position.index, Index(50));
  // It goes on from there, and starts from there.
  Fill(cluster, 3);
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
  EXPECT_TRUE(cluster.observer(host).installed.back().at_start);
}

ReplicaId ReplicaOn(HostId host) { return ReplicaId(10 * kShard.value + host.value); }

TEST(Snapshots, AreTakenWhenAskedFor) {
  ClusterOptions options = Options();
  options.config.snapshots.every_entries = 0;
  Cluster cluster(options);
  Fill(cluster, 12);
  cluster.RunFor(Seconds(1));
  const HostId host = NotTheLeader(cluster);
  const std::optional<AdminReply> taken = cluster.Ask(host, kShard, TakeSnapshot{ReplicaOn(host)});
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->outcome, AdminOutcome::kDone);
  EXPECT_EQ(taken->index, cluster.Summary(host, kShard)->applied);
  EXPECT_THAT(cluster.observer(host).compactions, testing::SizeIs(1));
  const std::optional<AdminReply> again = cluster.Ask(host, kShard, TakeSnapshot{ReplicaOn(host)});
  EXPECT_EQ(again->outcome, AdminOutcome::kRefused);
  EXPECT_EQ(again->reason, AdminReason::kNothingNew);
  EXPECT_EQ(cluster.Ask(host, kShard, TakeSnapshot{ReplicaId(99)})->reason, AdminReason::kNotFound);
}

TEST(Snapshots, ThatCantBeWrittenCostNothingElse) {
  Cluster cluster(Options());
  Fill(cluster, 8);
  const HostId host = NotTheLeader(cluster);
  sim::Disk& disk = cluster.sim_host(host).disk();
  disk.rules().bytes_max = disk.bytes_used() + 300;
  const std::optional<AdminReply> reply = cluster.Ask(host, kShard, TakeSnapshot{ReplicaOn(host)});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome, AdminOutcome::kAborted);
  EXPECT_EQ(reply->reason, AdminReason::kSnapshotFailed);
  EXPECT_THAT(cluster.observer(host).published, IsEmpty());
  disk.rules().bytes_max = 0;
  Fill(cluster, 20);
  ASSERT_TRUE(AllAgree(cluster));
  EXPECT_THAT(cluster.observer(host).published, Not(IsEmpty()));
}

TEST(Snapshots, ADamagedOneStopsItsReplicaAlone) {
  ClusterOptions options = Options();
  options.shards = 2;
  Cluster cluster(options);
  Fill(cluster, 35);
  for (int i = 0; i < 35; ++i) {
    ASSERT_TRUE(cluster.Execute(ShardId(2), Put("k", "v")).has_value());
  }
  cluster.RunFor(Seconds(1));
  const HostId host(2);
  cluster.sim_host(host).Crash();
  sim::Disk& disk = cluster.sim_host(host).disk();
  for (const auto& [name, file] : disk.Names()) {
    if (!name.starts_with("snapshot-1-")) continue;
    ASSERT_TRUE(disk.Rot(file, 90, 3)) << name;
  }
  cluster.Start(host);
  ASSERT_TRUE(
      cluster.RunUntil([&] { return cluster.Summary(host, ShardId(2)).has_value(); }, Seconds(5)));
  EXPECT_FALSE(cluster.ended(host).has_value());
  EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
  EXPECT_THAT(cluster.observer(host).stops, testing::SizeIs(1));
  EXPECT_THAT(cluster.observer(host).corruptions, testing::SizeIs(1));
  // Visible, and for as long as the file is what it is.
  EXPECT_EQ(cluster.Ask(host, kShard, StartReplica{ReplicaOn(host), false, {}, {}})->reason,
            AdminReason::kBroken);
  EXPECT_EQ(cluster.Execute(kShard, Get("key-3"))->outcome, Outcome::kCompleted);
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  cluster.RunFor(Seconds(2));
  EXPECT_THAT(cluster.observer(host).stops, testing::SizeIs(2)) << "once a life";
  // What is left of it can be removed; then another replica may take its place.
  EXPECT_EQ(cluster.Ask(host, kShard, RemoveReplicaData{ReplicaOn(host)})->outcome,
            AdminOutcome::kDone);
}

TEST(Snapshots, LetSegmentsOfTheLogGo) {
  ClusterOptions options = Options();
  options.config.limits.log_segment_bytes = 2000;
  Cluster cluster(options);
  Fill(cluster, 400);
  ASSERT_TRUE(AllAgree(cluster));
  for (uint64_t id = 1; id <= 3; ++id) {
    size_t segments = 0;
    size_t snapshots = 0;
    for (const auto& [name, file] : cluster.sim_host(HostId(id)).disk().Names()) {
      segments += name.starts_with("wal-") ? 1 : 0;
      snapshots += name.starts_with("snapshot-") ? 1 : 0;
    }
    EXPECT_LE(segments, 4u) << "of some 25";
    EXPECT_LE(snapshots, 2u);
  }
  for (uint64_t id = 1; id <= 3; ++id) {
    cluster.sim_host(HostId(id)).Crash();
    cluster.Start(HostId(id));
  }
  ASSERT_TRUE(AllAgree(cluster));
  EXPECT_EQ(cluster.Execute(kShard, Get("key-3"))->response.substr(0, 9), "value 383");
}

TEST(Snapshots, AReplicaThatIsStartedAgainGoesOnFromItsOwn) {
  Cluster cluster(Options());
  Fill(cluster, 35);
  cluster.RunFor(Seconds(1));
  const HostId host = NotTheLeader(cluster);
  for (int round = 0; round < 3; ++round) {
    const auto stopped = cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)});
    ASSERT_EQ(stopped->outcome, AdminOutcome::kDone);
    Fill(cluster, 3);
    const auto started = cluster.Ask(host, kShard, StartReplica{ReplicaOn(host), false, {}, {}});
    ASSERT_EQ(started->outcome, AdminOutcome::kDone);
    ASSERT_TRUE(AllAgree(cluster));
    EXPECT_TRUE(cluster.observer(host).installed.back().at_start);
  }
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
}

TEST(Snapshots, AWitnessIsSentNoMachine) {
  Cluster cluster(Options());
  Fill(cluster, 35);
  const HostId host = NotTheLeader(cluster);
  const ReplicaId old = ReplicaOn(host);
  const auto ask_leader = [&](const ChangeRequest& change) {
    std::optional<AdminReply> reply;
    cluster.RunUntil(
        [&] {
          reply = cluster.Ask(*cluster.Leader(kShard), kShard, ChangeMembership{change});
          return reply.has_value() && reply->outcome == AdminOutcome::kDone;
        },
        Seconds(20));
    return reply.has_value() && reply->outcome == AdminOutcome::kDone;
  };
  ASSERT_TRUE(ask_leader({DeleteMember{old}}));
  cluster.RunFor(Seconds(5));
  const ReplicaId witness(100);
  ASSERT_TRUE(ask_leader({AddMember{MemberRole::kWitness, {witness, host, "elsewhere"}}}));
  const auto started =
      cluster.Ask(host, kShard, StartReplica{witness, true, MemberRole::kWitness, {}});
  ASSERT_TRUE(started.has_value());
  ASSERT_EQ(started->outcome, AdminOutcome::kDone) << started->text;
  ASSERT_TRUE(
      cluster.RunUntil([&] { return !cluster.observer(host).installed.empty(); }, Seconds(10)));
  EXPECT_TRUE(cluster.observer(host).installed.back().metadata);
  EXPECT_LT(cluster.observer(host).published.back().bytes, 400u);
  Fill(cluster, 35);
  cluster.RunFor(Seconds(1));
  EXPECT_TRUE(cluster.observer(host).published.back().metadata);
  EXPECT_FALSE(cluster.observer(host).published.back().received) << "it takes some of its own";
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

// One transfer at a time, and the first receiver is gone in the middle of it.
TEST(Snapshots, AReceiverThatIsGoneDoesNotKeepOthersWaiting) {
  ClusterOptions options = Options();
  options.hosts = 5;
  options.config.snapshots.sends_max = 1;
  options.config.snapshots.chunk_bytes = 64;
  options.config.snapshots.transfer_timeout = Seconds(600);
  Cluster cluster(options);
  Fill(cluster, 5);
  const uint64_t leader = cluster.Leader(kShard)->value;
  const HostId first(leader % 5 + 1);
  const HostId second((leader + 1) % 5 + 1);
  cluster.sim_host(first).Crash();
  cluster.sim_host(second).Crash();
  Fill(cluster, 60);
  cluster.Start(first);
  ASSERT_TRUE(
      cluster.RunUntil([&] { return cluster.Summary(first, kShard).has_value(); }, Seconds(5)));
  cluster.RunFor(Milliseconds(150));
  cluster.sim_host(first).Crash();
  cluster.Start(second);
  EXPECT_TRUE(
      cluster.RunUntil([&] { return !cluster.observer(second).installed.empty(); }, Seconds(10)));
}

TEST(Snapshots, ArriveOverANetworkThatLosesAndRepeats) {
  ClusterOptions options = Options();
  options.config.snapshots.chunk_bytes = 100;
  Cluster cluster(options);
  Fill(cluster, 5);
  const HostId host = NotTheLeader(cluster);
  cluster.sim_host(host).Crash();
  Fill(cluster, 60);
  for (uint64_t from = 1; from <= 3; ++from) {
    for (uint64_t to = 1; to <= 3; ++to) {
      if (from == to) continue;
      sim::LinkRules& rules = cluster.world().network().rules(HostId(from), HostId(to));
      rules.loss_on = rules.duplication_on = rules.reordering_on = true;
      rules.loss = rules.duplication = rules.reordering = Ratio(1, 5);
      rules.reordering_max = Milliseconds(20);
    }
  }
  cluster.Start(host);
  ASSERT_TRUE(
      cluster.RunUntil([&] { return !cluster.observer(host).installed.empty(); }, Seconds(60)));
}

}  // namespace
}  // namespace ww::raft
