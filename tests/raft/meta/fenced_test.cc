// Members that their own hosts have fenced, on the disks that the metadata know.
#include <gtest/gtest.h>

#include "raft/meta/repair.h"
#include "tests/raft/meta/model_cluster.h"

namespace ww::raft::meta {
namespace {

constexpr int kStepsMax = 2000;

KeyRange RangeOf(uint64_t shard) {
  return {fmt::format("{:04}", shard), fmt::format("{:04}", shard + 1)};
}

// Shards 2 to `shards` + 1 on these hosts.
Bench Crowd(uint64_t hosts, uint64_t shards, const std::vector<uint64_t>& on) {
  Bench bench = Cluster(hosts);
  for (uint64_t shard = 2; shard < shards + 2; ++shard) {
    bench.Must(AdoptShard{ShardId(shard), RangeOf(shard), Seats(on)});
  }
  return bench;
}

// Plans and carries out until nothing is wanted. False when that takes too long.
bool Settle(ModelController& controller) {
  for (int i = 0; i < kStepsMax; ++i) {
    if (controller.StepOnce()) continue;
    std::optional<PlanMigration> plan = PlanRepair(controller.bench.state, controller.limits);
    if (!plan.has_value()) return true;
    controller.Perform({}, Submit{*plan});
  }
  return false;
}

// Its disk was lost before it was ever reported, so that the one after it is the first that the
// metadata know.
TEST(Fenced, MemberIsReplaced) {
  Bench bench = Crowd(5, 2, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  for (const ShardId shard : {kMetadataShard, ShardId(2)}) {
    cluster.hosts.at(HostId(3)).recorded.at(shard).clear();
    cluster.hosts.at(HostId(3)).tombstones[shard].insert(ReplicaId(3));
  }
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
  for (const ShardId shard : {kMetadataShard, ShardId(2)}) {
    const Membership& membership = cluster.shards.at(shard).membership;
    EXPECT_EQ(FindMember(membership, ReplicaId(3)), nullptr);
    EXPECT_EQ(membership.voters.size(), 3u);
    for (const Member& member : membership.voters) EXPECT_TRUE(cluster.Runs(member, shard));
  }
  EXPECT_NE(PlacementOf(bench.shard(3), ReplicaId(3)), nullptr) << "nobody fenced that one";
}

// It was dead when its shard came to exist, and was never told to start.
TEST(Fenced, MemberThatNeverWasIsReplacedToo) {
  Bench bench = Crowd(4, 1, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  cluster.hosts.at(HostId(3)).recorded.at(ShardId(2)).clear();
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
  EXPECT_EQ(PlacementOf(bench.shard(2), ReplicaId(3)), nullptr);
  EXPECT_NE(PlacementOn(bench.shard(2), HostId(4)), nullptr);
}

TEST(Fenced, MemberWaitsForAHost) {
  Bench bench = Crowd(3, 1, {1, 2, 3});
  ModelCluster cluster(bench);
  cluster.CatchUp();
  cluster.hosts.at(HostId(3)).recorded.at(ShardId(2)).clear();
  cluster.hosts.at(HostId(3)).tombstones[ShardId(2)].insert(ReplicaId(3));
  const auto tidied = [&] { return Tidy(bench.state, bench.shard(2), cluster.See(ShardId(2))); };
  EXPECT_EQ(tidied(), Wanted(Wait{WaitReason::kNothingToDo}));
  bench.Must(AddHost{{HostId(4), "host-4"}});
  bench.MustAct(RecordDisk{HostId(4), DiskOf(HostId(4))});
  EXPECT_EQ(tidied(), Wanted(Submit{PlanMigration{
                          ShardId(2), {}, MigrationCause::kRepair, {{HostId(3), HostId(4)}}}}));
}

}  // namespace
}  // namespace ww::raft::meta
