// Replicas whose machine failed: they stop, alone and for good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/store/broken_mark.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"
#include "tests/raft/disk_program.h"

namespace ww::raft {
namespace {

using testing::SizeIs;

constexpr ShardId kShard{1};
constexpr ShardId kNeighbour{2};
constexpr HostId kHost{2};
constexpr ReplicaIdentity kWho{kShard, ReplicaId(12)};

// Two shards on three hosts; the machine of one replica fails at index 8, once.
ClusterOptions Options(bool* breaks) {
  ClusterOptions options;
  options.shards = 2;
  options.config.machine_health = [breaks](const ReplicaIdentity& who, Index index) {
    if (!*breaks || who != kWho || index < Index(8)) return absl::OkStatus();
    *breaks = false;
    return absl::InternalError("it can't count any further");
  };
  return options;
}

void Fill(Cluster& cluster, ShardId shard, int count) {
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(cluster.Execute(shard, Put("v")).has_value());
  }
}

TEST(BrokenMachine, StopsItsReplicaAloneAndForGood) {
  bool breaks = true;
  Cluster cluster(Options(&breaks));
  Fill(cluster, kShard, 12);
  Fill(cluster, kNeighbour, 12);
  ASSERT_FALSE(breaks);
  cluster.RunFor(Seconds(3));
  const RecordingObserver& seen = cluster.observer(kHost);
  for (int life = 1; life <= 3; ++life) {
    SCOPED_TRACE(life);
    EXPECT_FALSE(cluster.ended(kHost).has_value());
    EXPECT_FALSE(cluster.Summary(kHost, kShard).has_value());
    EXPECT_TRUE(cluster.Summary(kHost, kNeighbour).has_value());
    EXPECT_TRUE(cluster.AllApplied(kNeighbour));
    ASSERT_THAT(seen.stops, SizeIs(life)) << "once a life";
    EXPECT_EQ(seen.stops.back().who, kWho);
    EXPECT_EQ(seen.stops.back().reason.message(), "it can't count any further");
    const auto start = cluster.Ask(kHost, kShard, StartReplica{kWho.replica, false, {}, {}});
    ASSERT_TRUE(start.has_value());
    EXPECT_EQ(start->reason, AdminReason::kBroken);
    EXPECT_EQ(start->text, "it can't count any further");
    const uint64_t asked = cluster.Send(kHost, kShard, Get());
    ASSERT_TRUE(cluster.RunUntil([&] { return cluster.ReplyTo(asked) != nullptr; }, Seconds(1)));
    EXPECT_EQ(cluster.ReplyTo(asked)->outcome, Outcome::kNotLeader);
    EXPECT_EQ(cluster.ReplyTo(asked)->response, "it can't count any further");
    EXPECT_EQ(cluster.Execute(kShard, Get())->outcome, Outcome::kCompleted);
    cluster.sim_host(kHost).Crash();
    cluster.Start(kHost);
    ASSERT_TRUE(cluster.RunUntil([&] { return cluster.Summary(kHost, kNeighbour).has_value(); },
                                 Seconds(5)));
    cluster.RunFor(Seconds(3));
  }
}

TEST(BrokenMachine, GoesWithTheDataOfItsReplica) {
  bool breaks = true;
  Cluster cluster(Options(&breaks));
  Fill(cluster, kShard, 12);
  cluster.RunFor(Seconds(3));
  const auto removed = cluster.Ask(kHost, kShard, RemoveReplicaData{kWho.replica});
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ(removed->outcome, AdminOutcome::kDone);
  const auto start = cluster.Ask(kHost, kShard, StartReplica{kWho.replica, false, {}, {}});
  EXPECT_EQ(start->reason, AdminReason::kTombstoned);
  cluster.sim_host(kHost).Crash();
  cluster.Start(kHost);
  cluster.RunFor(Seconds(3));
  EXPECT_THAT(cluster.observer(kHost).stops, SizeIs(1)) << "nothing is there that could stop";
  for (const auto& [name, file] : cluster.sim_host(kHost).disk().Names()) {
    EXPECT_FALSE(IsMarkName(name)) << name;
  }
}

TEST(BrokenMark, IsThereWholeOnceItWasWrittenWhereverTheHostLosesPower) {
  DiskProgram plain;
  plain.Run([](bind::SimEnv& env) { ASSERT_TRUE(WriteMark(env, kWho, "why").ok()); });
  for (uint64_t at = 1; at <= plain.oracle.points; ++at) {
    for (const auto action : {sim::IoAction::kCrashBefore, sim::IoAction::kCrashAfter}) {
      DiskProgram disk(at);
      disk.oracle.at = at;
      disk.oracle.action = action;
      bool written = false;
      disk.Run([&](bind::SimEnv& env) { written = WriteMark(env, kWho, "why").ok(); });
      disk.oracle.at = 0;
      disk.Run([&](bind::SimEnv& env) {
        const auto why = ReadMark(env, kWho);
        EXPECT_TRUE(why.ok() || (!written && absl::IsNotFound(why.status()))) << why.status();
        if (why.ok()) {
          EXPECT_EQ(*why, "why");
        }
      });
    }
  }
}

TEST(BrokenMark, MarksAlsoWhenItsReasonIsDamaged) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) { ASSERT_TRUE(WriteMark(env, kWho, "why").ok()); });
  ASSERT_TRUE(disk.disk().Rot(disk.disk().Names().at(0).second, 10, 3));
  disk.Run([](bind::SimEnv& env) {
    const auto why = ReadMark(env, kWho);
    ASSERT_TRUE(why.ok());
    EXPECT_THAT(*why, testing::HasSubstr("can't be read"));
  });
}

}  // namespace
}  // namespace ww::raft
