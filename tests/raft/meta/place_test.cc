// Whose the place of an initial member is.
#include "raft/meta/place.h"

#include <gtest/gtest.h>

#include "tests/raft/meta/worlds.h"

namespace ww::raft::meta {
namespace {

constexpr ShardId kShard{2};
const KeyRange kKeys{"a", "b"};

PlaceOwner OwnerOnHost(const State& state, uint64_t host, DiskId disk) {
  return OwnerOf(state, {{kShard, ReplicaId(host)}, HostId(host), disk});
}

// Hosts 1 to 4, none of which has reported its disk; the shard on the first three.
Bench Unreported() {
  Bench bench;
  Found found{ClusterId(7), IdMode::kIncreasing, {}, Seats({1, 2, 3})};
  for (uint64_t host = 1; host <= 4; ++host) {
    found.hosts.push_back(HostSeat{HostId(host), TargetOf(HostId(host))});
  }
  bench.Must(found);
  bench.Must(TakeControl{{Term(1), HostId(1)}});
  return bench;
}

TEST(Place, IsUnknownUntilItsShardIsRecorded) {
  const Bench bench = Cluster(4);
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskOf(HostId(1))), PlaceOwner::kUnknown);
  EXPECT_EQ(OwnerOnHost(State{}, 1, DiskOf(HostId(1))), PlaceOwner::kUnknown);
}

TEST(Place, BelongsToTheFirstDiskThatItsHostReports) {
  Bench bench = Unreported();
  bench.Must(AdoptShard{kShard, kKeys, Seats({1, 2, 3})});
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskId(5)), PlaceOwner::kUnknown);
  bench.MustAct(RecordDisk{HostId(1), DiskId(5)});
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskId(5)), PlaceOwner::kAsker);
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskId(6)), PlaceOwner::kOtherDisk);
  EXPECT_EQ(OwnerOnHost(bench.state, 2, DiskId(5)), PlaceOwner::kUnknown);
  bench.MustAct(RecordDisk{HostId(1), DiskId(6)});
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskId(5)), PlaceOwner::kAsker);
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskId(6)), PlaceOwner::kOtherDisk);
}

TEST(Place, IsNobodysWithoutAPlacementOnThatHost) {
  Bench bench = Cluster(4);
  bench.Must(AdoptShard{kShard, kKeys, Seats({1, 2, 3})});
  const DiskId disk = DiskOf(HostId(4));
  EXPECT_EQ(OwnerOnHost(bench.state, 4, disk), PlaceOwner::kNobody);
  const AskedPlace elsewhere{{kShard, ReplicaId(1)}, HostId(4), disk};
  EXPECT_EQ(OwnerOf(bench.state, elsewhere), PlaceOwner::kNobody);
}

TEST(Place, IsNobodysOnceItsReplicaIsLeaving) {
  Bench bench = Cluster(4);
  bench.Must(AdoptShard{kShard, kKeys, Seats({1, 2, 3})});
  const MigrationId id =
      bench.Must(RequestMove{kShard, Strategy::kStepwise, {{HostId(1), HostId(4)}}}).migration;
  bench.MustAct(BeginMigration{id});
  bench.MustAct(AllocateReplica{id, ReplicaId()});
  for (const MoveStep step : {MoveStep::kAdded, MoveStep::kStarted, MoveStep::kCaughtUp,
                              MoveStep::kPromoted, MoveStep::kHandedOver}) {
    bench.MustAct(RecordStep{id, 0, step});
  }
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskOf(HostId(1))), PlaceOwner::kAsker);
  bench.MustAct(RecordStep{id, 0, MoveStep::kDeleted});
  EXPECT_EQ(OwnerOnHost(bench.state, 1, DiskOf(HostId(1))), PlaceOwner::kNobody);
}

}  // namespace
}  // namespace ww::raft::meta
