// Snapshots of a host: taken, recorded, compacted behind, sent, installed, restored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr ShardId kShard{1};

Command Put(std::string_view key, std::string_view value) {
  Command command;
  command.operation = Operation::kPut;
  command.key = key;
  command.value = value;
  return command;
}
Command Get(std::string_view key) {
  Command command;
  command.operation = Operation::kGet;
  command.key = key;
  return command;
}

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
