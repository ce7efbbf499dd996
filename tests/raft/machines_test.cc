// Machines on disk in a cluster: what a restart goes on from, and what others are sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/machine/disk_machine.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr ShardId kShard{1};
const std::string kValue(60, 'v');

ClusterOptions Options() {
  ClusterOptions options;
  options.config.machine = MachineKind::kDisk;
  options.config.snapshots.every_entries = 20;
  options.config.snapshots.sync_every_entries = 4;
  options.config.snapshots.compaction_overhead = 0;
  options.config.snapshots.chunk_bytes = 300;
  options.config.snapshots.answer_timeout = Milliseconds(50);
  return options;
}

void Fill(Cluster& cluster, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string key = fmt::format("key-{}", i % 7);
    ASSERT_TRUE(cluster.Execute(kShard, Put(key, kValue)).has_value());
  }
}

HostId NotTheLeader(const Cluster& cluster) {
  return HostId(cluster.Leader(kShard)->value % 3 + 1);
}

ReplicaIdentity ReplicaOn(HostId host) {
  return {kShard, ReplicaId(10 * kShard.value + host.value)};
}

bool AllAgree(Cluster& cluster) {
  return cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(20)) &&
         cluster.agreement().disagreements.empty();
}

std::optional<sim::FileNumber> FileNamed(Cluster& cluster, HostId host, std::string_view prefix) {
  for (const auto& [name, file] : cluster.sim_host(host).disk().Names()) {
    if (name.starts_with(prefix)) return file;
  }
  return std::nullopt;
}

TEST(Machines, OnDiskAreNotToldAgainWhatTheyHaveDurably) {
  ClusterOptions options = Options();
  options.config.snapshots.every_entries = 0;
  Cluster cluster(options);
  Fill(cluster, 30);
  cluster.RunFor(Seconds(1));
  const HostId host = NotTheLeader(cluster);
  const Index applied = cluster.Summary(host, kShard)->applied;
  const uint64_t told = cluster.observer(host).applied;
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
  const RecordingObserver& seen = cluster.observer(host);
  ASSERT_THAT(seen.installed, SizeIs(1)) << "though it has no snapshot";
  EXPECT_TRUE(seen.installed[0].at_start);
  EXPECT_GT(seen.installed[0].position.index.value + 4, applied.value);
  EXPECT_LE(seen.applied - told, 4u);
}

TEST(Machines, InMemoryAreToldEverythingAgain) {
  ClusterOptions options = Options();
  options.config.machine = MachineKind::kMemory;
  options.config.snapshots.every_entries = 0;
  Cluster cluster(options);
  Fill(cluster, 30);
  cluster.RunFor(Seconds(1));
  const HostId host = NotTheLeader(cluster);
  const uint64_t told = cluster.observer(host).applied;
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
  EXPECT_GE(cluster.observer(host).applied - told, 30u);
}

TEST(Machines, OnDiskHaveStandInsForSnapshots) {
  Cluster cluster(Options());
  Fill(cluster, 50);
  cluster.RunFor(Seconds(1));
  const HostId host = NotTheLeader(cluster);
  ASSERT_THAT(cluster.observer(host).compactions, Not(IsEmpty()));
  EXPECT_LT(cluster.observer(host).published.back().bytes, 250u);
  EXPECT_TRUE(FileNamed(cluster, host, MachineFileName(ReplicaOn(host))).has_value());
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  ASSERT_TRUE(AllAgree(cluster));
  const std::optional<ClientReply> read = cluster.Execute(kShard, Get("key-3"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->response, kValue);
}

TEST(Machines, OnDiskSendWhoFellBehindTheWholeState) {
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
  EXPECT_TRUE(seen.published.back().received);
  EXPECT_GT(seen.published.back().bytes, 400u);
  // Before and after its own files have taken it in, it is what a start goes on from.
  for (int i = 0; i < 2; ++i) {
    cluster.RunFor(Seconds(1));
    const size_t before = seen.installed.size();
    cluster.sim_host(host).Crash();
    cluster.Start(host);
    ASSERT_TRUE(AllAgree(cluster));
    ASSERT_GT(seen.installed.size(), before);
    EXPECT_TRUE(seen.installed[before].at_start);
    EXPECT_GE(seen.installed[before].position.index, Index(60));
    EXPECT_THAT(seen.stops, IsEmpty());
    Fill(cluster, 5);
  }
}

TEST(Machines, OnDiskGoOnAfterTheirReplicaWasStopped) {
  ClusterOptions options = Options();
  options.config.snapshots.every_entries = 0;
  Cluster cluster(options);
  Fill(cluster, 30);
  const HostId host = NotTheLeader(cluster);
  const ReplicaId replica = ReplicaOn(host).replica;
  const uint64_t told = cluster.observer(host).applied;
  ASSERT_EQ(cluster.Ask(host, kShard, StopReplica{replica})->outcome, AdminOutcome::kDone);
  Fill(cluster, 3);
  ASSERT_EQ(cluster.Ask(host, kShard, StartReplica{replica, false, {}, {}})->outcome,
            AdminOutcome::kDone);
  Fill(cluster, 20);
  ASSERT_TRUE(AllAgree(cluster));
  EXPECT_LE(cluster.observer(host).applied - told, 28u) << "nothing twice";
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  EXPECT_TRUE(AllAgree(cluster));
}

// A stand-in without what it stands for is worth nothing, and no other replica is to believe it.
TEST(Machines, OnDiskWhoseFileIsLostStopTheirReplicaAlone) {
  for (const bool removed : {false, true}) {
    ClusterOptions options = Options();
    options.shards = 2;
    Cluster cluster(options);
    Fill(cluster, 50);
    ASSERT_TRUE(cluster.Execute(ShardId(2), Put("v")).has_value());
    cluster.RunFor(Seconds(1));
    const HostId host(2);
    cluster.sim_host(host).Crash();
    const auto file = FileNamed(cluster, host, MachineFileName(ReplicaOn(host)));
    ASSERT_TRUE(file.has_value());
    // Its image, or only what tells whose it is.
    ASSERT_TRUE(cluster.sim_host(host).disk().Rot(*file, removed ? 20 : 80, 3));
    cluster.Start(host);
    ASSERT_TRUE(cluster.RunUntil([&] { return cluster.Summary(host, ShardId(2)).has_value(); },
                                 Seconds(5)));
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
    EXPECT_THAT(cluster.observer(host).stops, SizeIs(1));
    EXPECT_THAT(cluster.observer(host).corruptions, SizeIs(1));
    EXPECT_EQ(cluster.Execute(kShard, Get("key-3"))->outcome, Outcome::kCompleted);
  }
}

// The log says durably that something is committed before a machine has it durably.
TEST(Machines, OnDiskAreNeverAheadOfTheLog) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    ClusterOptions options = Options();
    options.seed = seed;
    options.config.snapshots.sync_every_entries = 1;
    Cluster cluster(options);
    Fill(cluster, 10);
    for (uint64_t id = 1; id <= 3; ++id) {
      sim::Disk& disk = cluster.sim_host(HostId(id)).disk();
      disk.rules().sync = {Milliseconds(1), Milliseconds(20), 0};
      disk.crash_rules().kept_weight = 0;
    }
    for (int i = 0; i < 20; ++i) cluster.Send(*cluster.Leader(kShard), kShard, Put("v"));
    cluster.RunFor(Milliseconds(static_cast<int64_t>(seed) * 4));
    for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
    for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
    ASSERT_TRUE(cluster.Execute(kShard, Put("w")).has_value());
    ASSERT_TRUE(AllAgree(cluster));
    for (uint64_t id = 1; id <= 3; ++id) {
      ASSERT_THAT(cluster.observer(HostId(id)).stops, IsEmpty());
      ASSERT_THAT(cluster.observer(HostId(id)).corruptions, IsEmpty());
    }
  }
}

}  // namespace
}  // namespace ww::raft
