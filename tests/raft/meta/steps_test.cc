// The order of steps: what is recorded next is what comes next, and nothing else.
#include <gtest/gtest.h>

#include "tests/raft/meta/worlds.h"

namespace ww::raft::meta {
namespace {

constexpr Strategy kStrategies[] = {Strategy::kStepwise, Strategy::kJoint};

bool IsRefused(const Result& result, Refusal why) {
  const auto* refused = std::get_if<Refused>(&result);
  return refused != nullptr && refused->why == why;
}

std::string At(Strategy strategy, MoveStep step) {
  return std::string(NameOf(strategy)) + " at " + NameOf(step);
}

TEST(Steps, GoFromIntentToDataRemovedInBothStrategies) {
  for (const Strategy strategy : kStrategies) {
    EXPECT_EQ(StepsOf(strategy).front(), MoveStep::kIntent);
    EXPECT_EQ(StepsOf(strategy).back(), MoveStep::kDataRemoved);
    EXPECT_EQ(StepAfter(strategy, MoveStep::kDataRemoved), std::nullopt);
  }
}

// The recommended practice, by name: nobody is deleted before the new one is promoted, nobody is
// promoted before it caught up, no data goes before its replica was stopped.
TEST(Steps, KeepTheOrderOfTheRecommendedPractice) {
  const auto before = [](Strategy strategy, MoveStep first, MoveStep then) {
    return Reached(strategy, then, first) && !Reached(strategy, first, then);
  };
  using enum MoveStep;
  EXPECT_TRUE(before(Strategy::kStepwise, kStarted, kCaughtUp));
  EXPECT_TRUE(before(Strategy::kStepwise, kCaughtUp, kPromoted));
  EXPECT_TRUE(before(Strategy::kStepwise, kPromoted, kHandedOver));
  EXPECT_TRUE(before(Strategy::kStepwise, kHandedOver, kDeleted));
  EXPECT_TRUE(before(Strategy::kStepwise, kDeleted, kStopped));
  EXPECT_TRUE(before(Strategy::kStepwise, kStopped, kDataRemoved));
  EXPECT_TRUE(before(Strategy::kJoint, kCaughtUp, kHandedOver));
  EXPECT_TRUE(before(Strategy::kJoint, kHandedOver, kSwapped));
  EXPECT_TRUE(before(Strategy::kJoint, kSwapped, kStopped));
}

TEST(Steps, OnlyTheNextOneIsRecorded) {
  for (const Strategy strategy : kStrategies) {
    for (const MoveStep at : StepsOf(strategy)) {
      for (uint8_t raw = 0; raw <= static_cast<uint8_t>(MoveStep::kDataRemoved); ++raw) {
        const auto wanted = static_cast<MoveStep>(raw);
        Bench bench = ClusterWithShard(5);
        const MigrationId id = Take(bench, MoveOf(1, 4, strategy), at);
        const bool next = StepAfter(strategy, at) == wanted && wanted != MoveStep::kAllocated;
        const Result result = bench.Act(RecordStep{id, 0, wanted});
        ASSERT_EQ(std::holds_alternative<Done>(result), next)
            << At(strategy, at) << ", recording " << NameOf(wanted);
        ASSERT_TRUE(next || IsRefused(result, Refusal::kStepOutOfOrder));
        ASSERT_TRUE(IsRefused(bench.Act(RecordStep{id, 1, wanted}), Refusal::kStepOutOfOrder))
            << "another move";
      }
    }
  }
}

TEST(Steps, AMigrationEndsWhenItsLastMoveIsDoneAndOnce) {
  for (const Strategy strategy : kStrategies) {
    for (const MoveStep at : StepsOf(strategy)) {
      Bench bench = ClusterWithShard(5);
      const MigrationId id = Take(bench, MoveOf(1, 4, strategy), at);
      const Result end = bench.Act(EndMigration{id});
      if (at != MoveStep::kDataRemoved) {
        EXPECT_TRUE(IsRefused(end, Refusal::kNotFinished)) << At(strategy, at);
        continue;
      }
      EXPECT_TRUE(std::holds_alternative<Done>(end));
      EXPECT_TRUE(IsRefused(bench.Act(EndMigration{id}), Refusal::kUnknownMigration));
      EXPECT_EQ(bench.state.migrations_done, 1u);
      EXPECT_EQ(bench.state.ended.back().moves_done, 1u);
      EXPECT_EQ(PlacementOn(bench.shard(2), HostId(1)), nullptr);
      EXPECT_EQ(PlacementOn(bench.shard(2), HostId(4))->role, MemberRole::kVoter);
    }
  }
}

TEST(Steps, MovesOfOneMigrationComeOneAfterTheOther) {
  Bench bench = ClusterWithShard(6);
  const std::vector<HostMove> moves = {
      {HostId(1), HostId(4)}, {HostId(2), HostId(5)}, {HostId(3), HostId(6)}};
  const MigrationId id =
      Take(bench, RequestMove{kShard, Strategy::kStepwise, moves}, MoveStep::kDataRemoved);
  ASSERT_TRUE(IsSettled(bench.migration(id)));
  bench.MustAct(EndMigration{id});
  EXPECT_EQ(bench.state.ended.back().moves_done, 3u);
  for (uint64_t host = 4; host <= 6; ++host) {
    EXPECT_NE(PlacementOn(bench.shard(2), HostId(host)), nullptr);
  }
}

TEST(Abort, IsPossibleUntilTheNewReplicaVotes) {
  for (const Strategy strategy : kStrategies) {
    for (const MoveStep at : StepsOf(strategy)) {
      Bench bench = ClusterWithShard(5);
      const MigrationId id = Take(bench, MoveOf(1, 4, strategy), at);
      const MoveStep votes =
          strategy == Strategy::kStepwise ? MoveStep::kPromoted : MoveStep::kSwapped;
      const Result result = bench.Act(AbortMigration{id, AbortReason::kTargetLost});
      if (Reached(strategy, at, votes)) {
        EXPECT_TRUE(IsRefused(result, Refusal::kTooLateToAbort)) << At(strategy, at);
        EXPECT_TRUE(IsRefused(bench.Do(CancelMigration{id}), Refusal::kTooLateToAbort));
        continue;
      }
      ASSERT_TRUE(std::holds_alternative<Done>(result)) << At(strategy, at);
      EXPECT_TRUE(IsRefused(bench.Do(CancelMigration{id}), Refusal::kNothingNew));
      EXPECT_TRUE(
          IsRefused(bench.Act(RecordStep{id, 0, MoveStep::kPromoted}), Refusal::kStepOutOfOrder));
      if (at != MoveStep::kIntent) {
        EXPECT_TRUE(IsRefused(bench.Act(OweCleanup{id}), Refusal::kStepOutOfOrder));
        EXPECT_TRUE(IsRefused(bench.Act(EndMigration{id}), Refusal::kNotFinished));
        EXPECT_TRUE(IsRefused(bench.Act(RecordRollback{id, RollbackStep::kStopped}),
                              Refusal::kStepOutOfOrder));
        bench.MustAct(RecordRollback{id, RollbackStep::kDeleted});
        bench.MustAct(RecordRollback{id, RollbackStep::kStopped});
        bench.MustAct(RecordRollback{id, RollbackStep::kDataRemoved});
      }
      bench.MustAct(EndMigration{id});
      EXPECT_EQ(bench.state.migrations_aborted, 1u);
      EXPECT_EQ(bench.state.ended.back().aborted, AbortReason::kTargetLost);
      EXPECT_EQ(PlacementOn(bench.shard(2), HostId(4)), nullptr);
      EXPECT_EQ(PlacementOn(bench.shard(2), HostId(1))->role, MemberRole::kVoter);
    }
  }
}

TEST(Abort, OfAWaitingMigrationEndsItAtOnce) {
  Bench bench = ClusterWithShard(5);
  const MigrationId id = bench.Must(MoveOf(1, 4)).migration;
  EXPECT_TRUE(IsRefused(bench.Act(OweCleanup{id}), Refusal::kStepOutOfOrder));
  EXPECT_TRUE(IsRefused(bench.Act(AllocateReplica{id, {}}), Refusal::kStepOutOfOrder));
  bench.Must(CancelMigration{id});
  EXPECT_TRUE(bench.state.migrations.empty());
  EXPECT_EQ(bench.state.ended.back().aborted, AbortReason::kCancelled);
  EXPECT_EQ(bench.state.ended.back().moves_done, 0u);
}

TEST(Abort, KeepsTheMovesThatWereDone) {
  Bench bench = ClusterWithShard(6);
  const std::vector<HostMove> moves = {{HostId(1), HostId(4)}, {HostId(2), HostId(5)}};
  const MigrationId id =
      Take(bench, RequestMove{kShard, Strategy::kStepwise, moves}, MoveStep::kDeleted);
  bench.MustAct(OweCleanup{id});
  bench.MustAct(AllocateReplica{id, {}});
  bench.MustAct(AbortMigration{id, AbortReason::kTargetLost});
  bench.MustAct(RecordRollback{id, RollbackStep::kDeleted});
  bench.MustAct(OweCleanup{id});
  bench.MustAct(EndMigration{id});
  EXPECT_EQ(bench.state.ended.back().moves_done, 1u);
  EXPECT_NE(PlacementOn(bench.shard(2), HostId(4)), nullptr);
  EXPECT_NE(PlacementOn(bench.shard(2), HostId(2)), nullptr);
  EXPECT_EQ(bench.state.owed.size(), 2u);
}

// The swap was proposed, then the abort recorded, then the swap took effect.
TEST(Abort, ComesTooLateWhenTheSwapWon) {
  Bench bench = ClusterWithShard(5);
  const MigrationId id = Take(bench, MoveOf(1, 4, Strategy::kJoint), MoveStep::kHandedOver);
  bench.Must(CancelMigration{id});
  EXPECT_TRUE(
      IsRefused(bench.Act(RecordStep{id, 0, MoveStep::kStopped}), Refusal::kStepOutOfOrder));
  bench.MustAct(RecordStep{id, 0, MoveStep::kSwapped});
  bench.MustAct(RecordStep{id, 0, MoveStep::kStopped});
  bench.MustAct(RecordStep{id, 0, MoveStep::kDataRemoved});
  bench.MustAct(EndMigration{id});
  EXPECT_EQ(bench.state.migrations_done, 1u);
  EXPECT_EQ(bench.state.migrations_aborted, 0u);
}

TEST(Abort, OfASwapThatWasUndoneStaysOne) {
  for (const MoveStep at : {MoveStep::kAllocated, MoveStep::kHandedOver}) {
    Bench bench = ClusterWithShard(5);
    const MigrationId id = Take(bench, MoveOf(1, 4, Strategy::kJoint), at);
    bench.Must(CancelMigration{id});
    if (at == MoveStep::kHandedOver) bench.MustAct(RecordRollback{id, RollbackStep::kDeleted});
    EXPECT_TRUE(
        IsRefused(bench.Act(RecordStep{id, 0, MoveStep::kSwapped}), Refusal::kStepOutOfOrder));
  }
}

TEST(Cleanups, AreOwedOnceTheReplicaIsNoMember) {
  for (const Strategy strategy : kStrategies) {
    for (const MoveStep at : StepsOf(strategy)) {
      Bench bench = ClusterWithShard(5);
      const MigrationId id = Take(bench, MoveOf(1, 4, strategy), at);
      const Result result = bench.Act(OweCleanup{id});
      ASSERT_EQ(std::holds_alternative<Done>(result), OldIsLeaving(strategy, at))
          << At(strategy, at);
      if (!OldIsLeaving(strategy, at)) continue;
      const OwedCleanup& owed = bench.state.owed.Get({kShard, ReplicaId(1)});
      EXPECT_EQ(owed.host, HostId(1));
      EXPECT_EQ(owed.disk, DiskOf(HostId(1)));
      bench.MustAct(EndMigration{id});
    }
  }
}

TEST(Ids, AShardThatMovesBackGetsNewOnes) {
  Bench bench = ClusterWithShard(5);
  std::vector<uint64_t> seen = {1, 2, 3};
  for (const auto& [source, target] : {std::pair{1, 4}, {4, 1}, {1, 4}}) {
    const MigrationId id = Take(bench, MoveOf(source, target), MoveStep::kDataRemoved);
    seen.push_back(bench.migration(id).moves[0].new_replica.value);
    bench.MustAct(EndMigration{id});
  }
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
}

TEST(History, KeepsTheLastEndsAndCountsAll) {
  Bench bench = ClusterWithShard(5);
  for (size_t i = 0; i < kEndedMax + 5; ++i) {
    bench.Must(CancelMigration{bench.Must(MoveOf(1, 4)).migration});
  }
  EXPECT_EQ(bench.state.ended.size(), kEndedMax);
  EXPECT_EQ(bench.state.ended.front().id, MigrationId(6));
  EXPECT_EQ(bench.state.migrations_aborted, kEndedMax + 5);
}

}  // namespace
}  // namespace ww::raft::meta
