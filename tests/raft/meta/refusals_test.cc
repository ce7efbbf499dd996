// Every refusal, and that it has no effect (Bench sees to that).
#include <gtest/gtest.h>

#include <set>

#include "tests/raft/meta/worlds.h"

namespace ww::raft::meta {
namespace {

std::string WhyOf(const Result& result) {
  const auto* refused = std::get_if<Refused>(&result);
  return refused == nullptr ? "done" : NameOf(refused->why);
}

#define EXPECT_REFUSED(result, why) EXPECT_EQ(WhyOf(result), NameOf(Refusal::why))

TEST(Founding, ComesFirstAndOnce) {
  Bench bench;
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(1), "a"}}), kNotFounded);
  EXPECT_REFUSED(bench.Do(TakeControl{{Term(1), HostId(1)}}), kNotFounded);
  bench = Cluster(3);
  EXPECT_REFUSED(bench.Do(Found{ClusterId(7), IdMode::kIncreasing, {}, {}}), kAlreadyFounded);
}

TEST(Founding, RefusesWhatIsNoCluster) {
  Bench bench;
  const std::vector<HostSeat> hosts = {{HostId(1), "a"}, {HostId(2), "b"}};
  const auto found = [&](const std::vector<HostSeat>& on, const std::vector<Seat>& seats) {
    return bench.Do(Found{ClusterId(7), IdMode::kIncreasing, on, seats});
  };
  EXPECT_REFUSED(bench.Do(Found{ClusterId(), IdMode::kIncreasing, hosts, Seats({1})}), kZeroId);
  EXPECT_REFUSED(found({{HostId(), "a"}}, Seats({1})), kZeroId);
  EXPECT_REFUSED(found({{HostId(2), "b"}, {HostId(1), "a"}}, Seats({1})), kBadMembers);
  EXPECT_REFUSED(found({{HostId(1), "a"}, {HostId(2), " A"}}, Seats({1})), kBadMembers);
  EXPECT_REFUSED(found({{HostId(1), " "}}, Seats({1})), kBadTarget);
  EXPECT_REFUSED(found(hosts, Seats({1, 3})), kUnknownHost);
  EXPECT_REFUSED(found(hosts, Seats({1, 1})), kBadMembers);
  EXPECT_REFUSED(found(hosts, {}), kBadMembers);
  EXPECT_REFUSED(found(hosts, {{ReplicaId(), HostId(1)}}), kZeroId);
  EXPECT_REFUSED(found(hosts, {{ReplicaId(UINT64_MAX), HostId(1)}}), kIdsExhausted);
  EXPECT_REFUSED(found(hosts, {{ReplicaId(1), HostId(1), MemberRole::kNonVoting}}), kBadMembers);
  EXPECT_EQ(WhyOf(found(hosts, Seats({1, 2}))), "done");
}

TEST(Hosts, AreKnownOnce) {
  Bench bench = Cluster(3);
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(), "x"}}), kZeroId);
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(4), ""}}), kBadTarget);
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(4), std::string(256, 'x')}}), kBadTarget);
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(3), "x"}}), kHostExists);
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(4), " HOST-3 "}}), kHostExists);
  EXPECT_EQ(WhyOf(bench.Do(AddHost{{HostId(4), "x"}})), "done");
}

TEST(Hosts, HaveABound) {
  Bench bench = Cluster(3);
  for (uint64_t host = 4; host <= kHostsMax; ++host) {
    ASSERT_TRUE(std::holds_alternative<Done>(
        Apply(bench.state, AddHost{{HostId(host), TargetOf(HostId(host))}})));
  }
  EXPECT_REFUSED(bench.Do(AddHost{{HostId(kHostsMax + 1), "x"}}), kTooManyHosts);
}

TEST(Hosts, AreDrainedOnlyWhileTheRestHoldsTheirShards) {
  Bench bench = ClusterWithShard(4);
  EXPECT_REFUSED(bench.Do(RequestDrain{HostId(9)}), kUnknownHost);
  EXPECT_REFUSED(bench.Do(RequestDrain{HostId(1), false}), kNothingNew);
  bench.Must(RequestDrain{HostId(1)});
  EXPECT_REFUSED(bench.Do(RequestDrain{HostId(2)}), kTooFewHosts);
  EXPECT_EQ(WhyOf(bench.Do(RequestDrain{HostId(4)})), "done") << "nothing is there";
  EXPECT_EQ(WhyOf(bench.Do(RequestDrain{HostId(1), false})), "done");
}

TEST(Hosts, ReportsAreRecordedOnce) {
  Bench bench = ClusterWithShard(4);
  EXPECT_REFUSED(bench.Act(RecordDisk{HostId(9), DiskId(1)}), kUnknownHost);
  EXPECT_REFUSED(bench.Act(RecordDisk{HostId(1), DiskId()}), kZeroId);
  EXPECT_REFUSED(bench.Act(RecordDisk{HostId(1), DiskOf(HostId(1))}), kNothingNew);
  EXPECT_REFUSED(bench.Act(RecordDeath{HostId(9)}), kUnknownHost);
  EXPECT_REFUSED(bench.Act(RecordDeath{HostId(1), false}), kNothingNew);
}

TEST(Hosts, ReplicasKeepTheDiskThatTheyWereOn) {
  Bench bench = Cluster(3);
  bench.Must(AddHost{{HostId(4), "x"}});
  bench.Must(AdoptShard{kShard, {"a", "b"}, Seats({4})});
  EXPECT_TRUE(bench.shard(2).placements[0].disk.none());
  bench.MustAct(RecordDisk{HostId(4), DiskId(44)});
  EXPECT_EQ(bench.shard(2).placements[0].disk, DiskId(44));
  bench.MustAct(RecordDisk{HostId(4), DiskId(45)});
  EXPECT_EQ(bench.shard(2).placements[0].disk, DiskId(44));
  EXPECT_EQ(bench.state.hosts.Get(HostId(4)).disk, DiskId(45));
}

TEST(Shards, AreAdoptedOnce) {
  Bench bench = ClusterWithShard(4);
  const auto adopt = [&](uint64_t shard, KeyRange keys, std::vector<Seat> seats) {
    return bench.Do(AdoptShard{ShardId(shard), std::move(keys), std::move(seats)});
  };
  EXPECT_REFUSED(adopt(0, {"m", "n"}, Seats({1})), kZeroId);
  EXPECT_REFUSED(adopt(1, {"m", "n"}, Seats({1})), kShardExists);
  EXPECT_REFUSED(adopt(3, {"m", "n"}, Seats({9})), kUnknownHost);
  EXPECT_REFUSED(adopt(3, {"m", "n"}, Seats({1, 1})), kBadMembers);
  EXPECT_REFUSED(adopt(3, {"n", "m"}, Seats({1})), kBadRange);
  EXPECT_REFUSED(adopt(3, {"m", std::string(kKeyBytesMax + 1, 'z')}, Seats({1})), kBadRange);
  EXPECT_REFUSED(adopt(3, {"l", ""}, Seats({1})), kRangeOverlaps);
  EXPECT_REFUSED(adopt(3, {"", ""}, Seats({1})), kRangeOverlaps);
  EXPECT_REFUSED(adopt(3, {"b", "c"}, Seats({1})), kRangeOverlaps);
  EXPECT_EQ(WhyOf(adopt(3, {"m", ""}, Seats({1}))), "done");
  EXPECT_REFUSED(adopt(4, {"zz", ""}, Seats({1})), kRangeOverlaps);
}

TEST(Shards, AreCreatedPhaseByPhase) {
  Bench bench = Cluster(4);
  const auto request = [&](uint32_t voters, std::vector<HostId> hosts) {
    return bench.Do(RequestCreateShard{kShard, {"a", "b"}, voters, std::move(hosts)});
  };
  EXPECT_REFUSED(request(0, {}), kBadMembers);
  EXPECT_REFUSED(request(8, {}), kBadMembers);
  EXPECT_REFUSED(request(5, {}), kTooFewHosts);
  EXPECT_REFUSED(request(2, {HostId(1)}), kBadMembers);
  EXPECT_REFUSED(request(2, {HostId(2), HostId(1)}), kBadMembers);
  EXPECT_REFUSED(request(1, {HostId(9)}), kUnknownHost);
  bench.MustAct(RecordDeath{HostId(4)});
  EXPECT_REFUSED(request(1, {HostId(4)}), kHostDead);
  bench.MustAct(RecordDeath{HostId(4), false});
  bench.Must(RequestDrain{HostId(4)});
  EXPECT_REFUSED(request(1, {HostId(4)}), kHostDraining);
  ASSERT_EQ(WhyOf(request(2, {HostId(1), HostId(2)})), "done");

  EXPECT_REFUSED(bench.Do(MoveOf(1, 3)), kShardNotLive);
  EXPECT_REFUSED(bench.Do(AllocateId{kShard, {}}), kShardNotLive);
  EXPECT_REFUSED(bench.Act(RecordShardCreated{kShard}), kShardPhase);
  EXPECT_REFUSED(bench.Act(RecordShardCreated{ShardId(9)}), kUnknownShard);
  EXPECT_REFUSED(bench.Act(UnplaceShard{kShard}), kShardPhase);
  EXPECT_REFUSED(bench.Act(UnplaceShard{ShardId(9)}), kUnknownShard);
  EXPECT_REFUSED(bench.Act(PlaceShard{ShardId(9), {HostId(1)}, {}}), kUnknownShard);
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, {HostId(1), HostId(3)}, {}}), kBadMembers);
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, {HostId(1)}, {}}), kBadMembers);
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, {HostId(1), HostId(2)}, {ReplicaId(5)}}),
                 kBadProposal);
  const Done placed = bench.MustAct(PlaceShard{kShard, {HostId(1), HostId(2)}, {}});
  EXPECT_EQ(placed.replicas, (std::vector<ReplicaId>{ReplicaId(1), ReplicaId(2)}));
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, {HostId(1), HostId(2)}, {}}), kShardPhase);

  bench.MustAct(UnplaceShard{kShard});
  EXPECT_EQ(bench.state.owed.size(), 2u);
  bench.MustAct(PlaceShard{kShard, {HostId(1), HostId(2)}, {}});
  EXPECT_EQ(bench.shard(2).placements[0].replica, ReplicaId(3)) << "ids are never used again";
  bench.MustAct(RecordShardCreated{kShard});
  EXPECT_EQ(bench.shard(2).phase, ShardPhase::kLive);
}

TEST(Shards, TakeFoundersOnlyWhereTheyCanLive) {
  Bench bench = Cluster(3);
  bench.Must(AddHost{{HostId(4), "x"}});
  bench.Must(RequestCreateShard{kShard, {"a", "b"}, 1, {}});
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, {HostId(4)}, {}}), kDiskUnknown);
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, {HostId(5)}, {}}), kUnknownHost);
}

TEST(Shards, LeadershipIsMeantForVoters) {
  Bench bench = ClusterWithShard(4);
  EXPECT_REFUSED(bench.Act(RecordTransfer{ShardId(9), ReplicaId(1)}), kUnknownShard);
  EXPECT_REFUSED(bench.Act(RecordTransfer{kShard, ReplicaId(9)}), kNotAVoter);
  Take(bench, MoveOf(1, 4), MoveStep::kAdded);
  EXPECT_REFUSED(bench.Act(RecordTransfer{kShard, ReplicaId(4)}), kNotAVoter);
  EXPECT_EQ(WhyOf(bench.Act(RecordTransfer{kShard, ReplicaId(2)})), "done");
}

TEST(Control, NeedsAHigherTerm) {
  Bench bench = Cluster(3);
  EXPECT_REFUSED(bench.Do(TakeControl{{Term(), HostId(1)}}), kZeroId);
  EXPECT_REFUSED(bench.Do(TakeControl{{Term(2), HostId(9)}}), kUnknownHost);
  EXPECT_REFUSED(bench.Do(TakeControl{{Term(1), HostId(2)}}), kNothingNew);
  bench.Must(TakeControl{{Term(4), HostId(2)}});
  EXPECT_REFUSED(bench.Do(TakeControl{{Term(3), HostId(1)}}), kStaleController);
}

TEST(Control, OnlyTheLastControllerThatKnowsTheStateActs) {
  Bench bench = Cluster(3);
  bench.Must(TakeControl{{Term(4), HostId(2)}});
  const Version now = bench.state.version;
  const RecordDeath death{HostId(3)};
  EXPECT_REFUSED(bench.Do(Stamped{{Term(1), now}, death}), kStaleController);
  EXPECT_REFUSED(bench.Do(Stamped{{Term(3), now}, death}), kStaleController);
  EXPECT_REFUSED(bench.Do(Stamped{{Term(5), now}, death}), kNotInControl);
  EXPECT_REFUSED(bench.Do(Stamped{{Term(4), now - 1}, death}), kStaleVersion);
  EXPECT_REFUSED(bench.Do(Stamped{{Term(4), now + 1}, death}), kStaleVersion);
  EXPECT_EQ(WhyOf(bench.Do(Stamped{{Term(4), now}, death})), "done");
  EXPECT_REFUSED(bench.Do(Stamped{{Term(4), now}, death}), kStaleVersion) << "a late repetition";
}

TEST(Control, WhatOperatorsAskForMakesDecisionsStale) {
  Bench bench = ClusterWithShard(5);
  const Stamp before{bench.state.controller.term, bench.state.version};
  bench.Must(MoveOf(1, 4));
  EXPECT_REFUSED(bench.Do(Stamped{before, PlanMigration{kShard, {}, {}, {{HostId(2), HostId(5)}}}}),
                 kStaleVersion);
}

TEST(Requests, AreRefusedAtOnceWithTheirReason) {
  Bench bench = ClusterWithShard(5);
  const auto request = [&](std::vector<HostMove> moves) {
    return bench.Do(RequestMove{kShard, Strategy::kStepwise, std::move(moves)});
  };
  const auto move = [](uint64_t a, uint64_t b) { return HostMove{HostId(a), HostId(b)}; };
  EXPECT_REFUSED(bench.Do(RequestMove{ShardId(9), {}, {move(1, 4)}}), kUnknownShard);
  EXPECT_REFUSED(request({}), kBadMoves);
  EXPECT_REFUSED(request({move(1, 4), move(1, 5)}), kBadMoves);
  EXPECT_REFUSED(request({move(1, 4), move(2, 4)}), kBadMoves);
  EXPECT_REFUSED(request({move(1, 9)}), kUnknownHost);
  EXPECT_REFUSED(request({move(9, 4)}), kUnknownHost);
  EXPECT_REFUSED(request({move(4, 5)}), kSourceHasNone);
  EXPECT_REFUSED(request({move(1, 2)}), kTargetHasMember);
  EXPECT_REFUSED(request({move(1, 1)}), kTargetHasMember);
  bench.MustAct(RecordDeath{HostId(4)});
  EXPECT_REFUSED(request({move(1, 4)}), kHostDead);
  bench.MustAct(RecordDeath{HostId(4), false});
  bench.Must(RequestDrain{HostId(4)});
  EXPECT_REFUSED(request({move(1, 4)}), kHostDraining);
  bench.Must(RequestDrain{HostId(4), false});
  EXPECT_EQ(WhyOf(request({move(1, 4), move(2, 5)})), "done");
}

TEST(Requests, TwoMigrationsOfOneShardAreRefusedAtEveryStep) {
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    for (const MoveStep step : StepsOf(strategy)) {
      Bench bench = ClusterWithShard(5);
      const MigrationId id = Take(bench, MoveOf(1, 4, strategy), step);
      EXPECT_REFUSED(bench.Do(MoveOf(2, 5)), kShardBusy) << NameOf(step);
      EXPECT_REFUSED(bench.Act(PlanMigration{kShard, {}, {}, {{HostId(2), HostId(5)}}}),
                     kShardBusy);
      if (step != MoveStep::kDataRemoved) continue;
      bench.MustAct(EndMigration{id});
      EXPECT_EQ(WhyOf(bench.Do(MoveOf(2, 5))), "done");
    }
  }
}

TEST(Requests, OnlyVotersAreMoved) {
  Bench bench = Cluster(5);
  bench.Must(AdoptShard{kShard,
                        {"a", "b"},
                        {{ReplicaId(1), HostId(1), MemberRole::kVoter},
                         {ReplicaId(2), HostId(2), MemberRole::kWitness}}});
  EXPECT_REFUSED(bench.Do(MoveOf(2, 4)), kNotAVoter);
}

TEST(Requests, WaitUpToABound) {
  Bench bench = Cluster(5);
  for (uint64_t i = 0; i <= kWaitingMax; ++i) {
    const KeyRange keys{fmt::format("{:04}", i), fmt::format("{:04}", i + 1)};
    ASSERT_TRUE(std::holds_alternative<Done>(
        Apply(bench.state, AdoptShard{ShardId(i + 2), keys, Seats({1})})));
    const Result result =
        Apply(bench.state, RequestMove{ShardId(i + 2), {}, {{HostId(1), HostId(4)}}});
    ASSERT_EQ(std::holds_alternative<Done>(result), i < kWaitingMax);
  }
  EXPECT_REFUSED(bench.Do(RequestMove{ShardId(kWaitingMax + 2), {}, {{HostId(1), HostId(4)}}}),
                 kTooManyWaiting);
  bench.MustAct(BeginMigration{MigrationId(1)});
  EXPECT_EQ(WhyOf(bench.Do(RequestMove{ShardId(kWaitingMax + 2), {}, {{HostId(1), HostId(4)}}})),
            "done");
}

TEST(Migrations, ThatAreNotThereAreUnknownToEveryCommand) {
  Bench bench = ClusterWithShard(5);
  const MigrationId none(5);
  EXPECT_REFUSED(bench.Do(CancelMigration{none}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(BeginMigration{none}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(AllocateReplica{none, {}}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(RecordStep{none, 0, MoveStep::kAdded}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(RecordRollback{none, RollbackStep::kDeleted}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(AbortMigration{none, {}}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(OweCleanup{none}), kUnknownMigration);
  EXPECT_REFUSED(bench.Act(EndMigration{none}), kUnknownMigration);
}

TEST(Migrations, AreBegunOnce) {
  Bench bench = ClusterWithShard(5);
  const MigrationId id = Take(bench, MoveOf(1, 4), MoveStep::kIntent);
  EXPECT_REFUSED(bench.Act(BeginMigration{id}), kNotWaiting);
}

TEST(Allocation, NeedsATargetThatIsThere) {
  Bench bench = ClusterWithShard(5);
  bench.Must(AddHost{{HostId(6), "x"}});
  const MigrationId id = Take(bench, MoveOf(1, 6), MoveStep::kIntent);
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, {}}), kDiskUnknown);
  bench.MustAct(RecordDisk{HostId(6), DiskId(6)});
  bench.MustAct(RecordDeath{HostId(6)});
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, {}}), kHostDead);
  bench.MustAct(RecordDeath{HostId(6), false});
  bench.Must(RequestDrain{HostId(6)});
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, {}}), kHostDraining);
  bench.Must(RequestDrain{HostId(6), false});
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, ReplicaId(5)}), kBadProposal);
  EXPECT_EQ(bench.MustAct(AllocateReplica{id, {}}).replicas, std::vector{ReplicaId(4)});
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, {}}), kStepOutOfOrder);
}

TEST(Allocation, RandomIdsAreRefusedWhenTheyWereEverUsed) {
  Bench bench = ClusterWithShard(5, 3, IdMode::kRandom);
  const MigrationId id = Take(bench, MoveOf(1, 4), MoveStep::kIntent);
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, {}}), kBadProposal);
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, ReplicaId(2)}), kIdTaken);
  bench.Must(AllocateId{kShard, ReplicaId(77)});
  EXPECT_REFUSED(bench.Act(AllocateReplica{id, ReplicaId(77)}), kIdTaken);
  bench.MustAct(AllocateReplica{id, ReplicaId(UINT64_MAX)});
  bench.MustAct(AbortMigration{id, AbortReason::kTargetLost});
  bench.MustAct(RecordRollback{id, RollbackStep::kDeleted});
  bench.MustAct(OweCleanup{id});
  bench.MustAct(EndMigration{id});
  EXPECT_REFUSED(bench.Do(AllocateId{kShard, ReplicaId(UINT64_MAX)}), kIdTaken)
      << "an id of an aborted move is burnt";
}

TEST(Allocation, FoundersWithRandomIdsConflictWithoutUsingAnyUp) {
  Bench bench = Cluster(3, IdMode::kRandom);
  bench.Must(RequestCreateShard{kShard, {"a", "b"}, 2, {}});
  const std::vector<HostId> hosts = {HostId(1), HostId(2)};
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, hosts, {}}), kBadProposal);
  EXPECT_REFUSED(bench.Act(PlaceShard{kShard, hosts, {ReplicaId(5), ReplicaId(5)}}), kIdTaken);
  EXPECT_EQ(WhyOf(bench.Act(PlaceShard{kShard, hosts, {ReplicaId(5), ReplicaId(6)}})), "done");
}

TEST(Allocation, StopsBeforeIdsRunOut) {
  Bench bench = Cluster(3);
  bench.Must(AdoptShard{kShard, {"a", "b"}, {{ReplicaId(UINT64_MAX - 1), HostId(1)}}});
  EXPECT_REFUSED(bench.Do(AllocateId{kShard, {}}), kIdsExhausted);
  EXPECT_REFUSED(bench.Do(AllocateId{ShardId(9), {}}), kUnknownShard);
}

TEST(Cleanups, AreOwedForStrangersOnly) {
  Bench bench = ClusterWithShard(5);
  bench.Must(AllocateId{kShard, {}});
  const ReplicaOfShard stranger{kShard, ReplicaId(4)};
  EXPECT_REFUSED(bench.Act(OweStranger{{kShard, ReplicaId(1)}, HostId(1)}), kStillPlaced);
  EXPECT_REFUSED(bench.Act(OweStranger{{kShard, ReplicaId(5)}, HostId(1)}), kNeverUsed);
  EXPECT_REFUSED(bench.Act(OweStranger{{ShardId(9), ReplicaId(1)}, HostId(1)}), kUnknownShard);
  EXPECT_REFUSED(bench.Act(OweStranger{stranger, HostId(9)}), kUnknownHost);
  EXPECT_REFUSED(bench.Act(CleanupDone{stranger}), kNotOwed);
  bench.MustAct(OweStranger{stranger, HostId(5)});
  EXPECT_REFUSED(bench.Act(OweStranger{stranger, HostId(5)}), kAlreadyOwed);
  bench.MustAct(CleanupDone{stranger});
  EXPECT_REFUSED(bench.Act(CleanupDone{stranger}), kNotOwed);
}

TEST(Cleanups, HaveABound) {
  Bench bench = ClusterWithShard(5);
  for (size_t i = 0; i <= kOwedMax; ++i) {
    const Done made = std::get<Done>(Apply(bench.state, AllocateId{kShard, {}}));
    const Result owed =
        Apply(bench.state, Stamped{{Term(1), bench.state.version},
                                   OweStranger{{kShard, made.replicas[0]}, HostId(5)}});
    EXPECT_EQ(WhyOf(owed), i == kOwedMax ? NameOf(Refusal::kTooManyOwed) : "done");
  }
  const MigrationId id = Take(bench, MoveOf(1, 4), MoveStep::kDeleted);
  EXPECT_REFUSED(bench.Act(OweCleanup{id}), kTooManyOwed);
}

TEST(Refusals, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kRefusals; ++i) names.insert(NameOf(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), kRefusals);
}

}  // namespace
}  // namespace ww::raft::meta
