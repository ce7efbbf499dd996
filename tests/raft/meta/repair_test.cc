// Repair, balance, placement and new shards: single decisions, and that they come to rest over the
// model of a cluster.
#include "raft/meta/repair.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "raft/meta/balance.h"
#include "raft/meta/placement.h"
#include "tests/raft/meta/generators.h"
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
    if (!plan.has_value()) plan = PlanBalance(controller.bench.state, controller.limits);
    if (!plan.has_value()) return true;
    controller.Perform({}, Submit{*plan});
  }
  return false;
}

uint64_t Moved(const Bench& bench) { return bench.state.migrations_done; }

// --- Hosts ---

TEST(Deaths, AreRecordedAfterTheSilenceAndTakenBackAtTheFirstWord) {
  const Limits limits;
  HostRecord host;
  host.id = HostId(1);
  EXPECT_EQ(JudgeHost(host, limits.dead_after - Nanoseconds(1), limits), std::nullopt);
  EXPECT_EQ(JudgeHost(host, limits.dead_after, limits), (RecordDeath{HostId(1), true}));
  host.dead = true;
  EXPECT_EQ(JudgeHost(host, limits.dead_after, limits), std::nullopt);
  EXPECT_EQ(JudgeHost(host, Nanoseconds(1), limits), std::nullopt);
  EXPECT_EQ(JudgeHost(host, Duration{}, limits), (RecordDeath{HostId(1), false}));
}

// --- Placement ---

TEST(Placing, TakesTheHostWithTheFewestReplicasThenTheLowestId) {
  Bench bench = Crowd(6, 2, {1, 2, 4});
  const ShardRecord& shard = bench.shard(2);
  EXPECT_EQ(ChooseTarget(bench.state, shard), HostId(5));
  bench.Must(RequestMove{ShardId(3), {}, {{HostId(1), HostId(5)}}});
  EXPECT_EQ(LoadOf(bench.state, HostId(5)), 1u) << "a move that waits counts";
  EXPECT_EQ(LoadOf(bench.state, HostId(1)), 2u);
  EXPECT_EQ(ChooseTarget(bench.state, bench.shard(2)), HostId(6));
}

TEST(Placing, CountsAMoveOnceAtEveryStep) {
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    for (const MoveStep step : StepsOf(strategy)) {
      Bench bench = ClusterWithShard(5);
      Take(bench, MoveOf(3, 4, strategy), step);
      EXPECT_EQ(LoadOf(bench.state, HostId(3)), 1u) << NameOf(step);
      EXPECT_EQ(LoadOf(bench.state, HostId(4)), 1u) << NameOf(step);
    }
  }
}

TEST(Placing, AvoidsHostsThatAreDeadDrainedUnknownOrHaveTheShard) {
  Bench bench = Crowd(5, 1, {1, 2});
  bench.Must(AddHost{{HostId(6), "x"}});
  bench.MustAct(RecordDeath{HostId(4)});
  bench.Must(RequestDrain{HostId(3)});
  EXPECT_EQ(ChooseTarget(bench.state, bench.shard(2)), HostId(5));
  bench.MustAct(RecordDeath{HostId(5)});
  EXPECT_EQ(ChooseTarget(bench.state, bench.shard(2)), std::nullopt);
}

// --- Repair ---

TEST(Repair, BringsBackTheCountAfterADeathAndCleansTheZombie) {
  Bench bench = Crowd(6, 5, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  cluster.GoDown(HostId(2));
  ASSERT_TRUE(Settle(controller));
  for (const ShardRecord& shard : bench.state.shards) {
    EXPECT_EQ(PlacementOn(shard, HostId(2)), nullptr);
    EXPECT_EQ(cluster.shards.at(shard.id).membership.voters.size(), 3u);
  }
  EXPECT_EQ(bench.state.owed.size(), 6u) << "the metadata shard's too";
  cluster.ComeBack(HostId(2));
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
}

TEST(Repair, ReplacesWhatWasOnADiskThatIsGone) {
  Bench bench = Crowd(5, 3, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  cluster.Wipe(HostId(3));
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
  for (const ShardRecord& shard : bench.state.shards) {
    for (const Placement& placement : shard.placements) {
      EXPECT_FALSE(IsLost(bench.state, placement));
      EXPECT_FALSE(placement.host == HostId(3) && placement.replica == ReplicaId(3));
    }
  }
}

TEST(Repair, OfRollingDeathsEnds) {
  Bench bench = Crowd(7, 4, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  for (uint64_t host = 1; host <= 4; ++host) {
    cluster.GoDown(HostId(host));
    ASSERT_TRUE(Settle(controller)) << host;
    for (const ShardRecord& shard : bench.state.shards) {
      const Membership& membership = cluster.shards.at(shard.id).membership;
      for (const Member& member : membership.voters) EXPECT_TRUE(cluster.Runs(member, shard.id));
    }
  }
  for (uint64_t host = 1; host <= 4; ++host) cluster.ComeBack(HostId(host));
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
}

TEST(Repair, WaitsWithoutALiveQuorumOrAHost) {
  Bench bench = Crowd(4, 1, {1, 2, 3});
  bench.MustAct(RecordDeath{HostId(1)});
  EXPECT_TRUE(PlanRepair(bench.state, {}).has_value());
  bench.MustAct(RecordDeath{HostId(2)});
  EXPECT_EQ(PlanRepair(bench.state, {}), std::nullopt);
  bench.MustAct(RecordDeath{HostId(2), false});
  bench.MustAct(RecordDeath{HostId(4)});
  EXPECT_EQ(PlanRepair(bench.state, {}), std::nullopt);
}

TEST(Repair, TakesTheShardWithTheFewestLeftFirstAndDrainsLast) {
  Bench bench = Cluster(7);
  bench.Must(AdoptShard{ShardId(2), RangeOf(2), Seats({1, 2, 3, 4, 5})});
  bench.Must(AdoptShard{ShardId(3), RangeOf(3), Seats({5, 6, 7})});
  bench.Must(RequestDrain{HostId(4)});
  EXPECT_EQ(PlanRepair(bench.state, {})->cause, MigrationCause::kDrain);
  bench.MustAct(RecordDeath{HostId(5)});
  const auto plan = PlanRepair(bench.state, {});
  EXPECT_EQ(plan->shard, ShardId(3));
  EXPECT_EQ(plan->cause, MigrationCause::kRepair);
  EXPECT_EQ(plan->moves[0].source, HostId(5));
}

TEST(Repair, HasRoomOfItsOwnBesideMigrationsThatAreStuck) {
  Bench bench = Crowd(6, 6, {1, 2, 3});
  for (uint64_t shard = 2; shard < 6; ++shard) {
    bench.Must(RequestMove{ShardId(shard), {}, {{HostId(1), HostId(4)}}});
    bench.MustAct(BeginMigration{*NextToBegin(bench.state, {})});
  }
  bench.Must(RequestMove{ShardId(6), {}, {{HostId(1), HostId(4)}}});
  EXPECT_EQ(NextToBegin(bench.state, {}), std::nullopt);
  bench.MustAct(RecordDeath{HostId(3)});
  const auto plan = PlanRepair(bench.state, {});
  ASSERT_TRUE(plan.has_value());
  const MigrationId repair = bench.MustAct(*plan).migration;
  EXPECT_EQ(NextToBegin(bench.state, {}), repair);
}

TEST(Drain, EmptiesTheHost) {
  Bench bench = Crowd(5, 4, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  bench.Must(RequestDrain{HostId(1)});
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
  EXPECT_EQ(LoadOf(bench.state, HostId(1)), 0u);
}

// --- Balance ---

uint32_t Gap(const State& state) {
  uint32_t least = UINT32_MAX;
  uint32_t most = 0;
  for (const HostRecord& host : state.hosts) {
    least = std::min(least, LoadOf(state, host.id));
    most = std::max(most, LoadOf(state, host.id));
  }
  return most - least;
}

TEST(Balance, EvensOutAndRests) {
  Bench bench = Crowd(6, 9, {1, 2, 3});
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  ASSERT_TRUE(Settle(controller));
  ExpectAtRest(bench, cluster);
  EXPECT_LT(Gap(bench.state), 2u);
  // Thirty replicas, five to a host: fifteen had to go, and no replica went twice.
  EXPECT_EQ(Moved(bench), 15u);
  EXPECT_EQ(PlanBalance(bench.state, {}), std::nullopt);
}

TEST(Balance, LeavesASmallGapAlone) {
  Bench bench = Cluster(4);  // One replica on each of three hosts, none on the fourth.
  EXPECT_EQ(PlanBalance(bench.state, {}), std::nullopt);
  bench.Must(AdoptShard{kShard, RangeOf(2), Seats({1})});
  EXPECT_TRUE(PlanBalance(bench.state, {}).has_value());
  Limits wide;
  wide.replicas_gap_min = 3;
  EXPECT_EQ(PlanBalance(bench.state, wide), std::nullopt);
}

TEST(Balance, WaitsForRepairAndForItself) {
  Bench bench = Crowd(6, 9, {1, 2, 3});
  const auto plan = PlanBalance(bench.state, {});
  ASSERT_TRUE(plan.has_value());
  Bench hurt = bench;
  hurt.MustAct(RecordDeath{HostId(1)});
  EXPECT_EQ(PlanBalance(hurt.state, {}), std::nullopt);
  bench.MustAct(*plan);
  EXPECT_EQ(PlanBalance(bench.state, {}), std::nullopt);
}

TEST(Balance, RestsFromAnywhere) {
  EXPECT_TRUE(rc::check([] {
    Bench bench = Cluster(6);
    for (uint64_t shard = 2, count = 2 + Small(12); shard < count; ++shard) {
      std::vector<uint64_t> on;
      for (uint64_t host = 1; host <= 6; ++host) {
        if (Small(2) == 0 && on.size() < 5) on.push_back(host);
      }
      if (on.empty()) on.push_back(1);
      bench.Must(AdoptShard{ShardId(shard), RangeOf(shard), Seats(on)});
    }
    ModelCluster cluster(bench);
    ModelController controller{bench, cluster};
    RC_ASSERT(Settle(controller));
    ExpectAtRest(bench, cluster);
    RC_ASSERT(Moved(bench) <= 60);
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

// --- Leaders ---

TEST(Leaders, MoveFromTheBusiestHostUntilTheyAreEven) {
  Bench bench = Crowd(3, 8, {1, 2, 3});
  std::vector<Leadership> leaders;
  for (uint64_t shard = 1; shard <= 9; ++shard) leaders.push_back({ShardId(shard), ReplicaId(1)});
  const std::vector<HostId> healthy = {HostId(1), HostId(2), HostId(3)};
  int transfers = 0;
  while (const auto transfer = PlanTransfer(bench.state, leaders, healthy, {})) {
    ASSERT_LT(++transfers, 20) << "leadership does not settle";
    bench.MustAct(*transfer);
    leaders[transfer->shard.value - 1].leader = transfer->to;
  }
  EXPECT_EQ(transfers, 6);
}

TEST(Leaders, StayWhileTheGapIsSmall) {
  Bench bench = Crowd(3, 3, {1, 2, 3});
  const std::vector<HostId> healthy = {HostId(1), HostId(2), HostId(3)};
  std::vector<Leadership> leaders = {{ShardId(2), ReplicaId(1)}, {ShardId(3), ReplicaId(2)}};
  EXPECT_EQ(PlanTransfer(bench.state, leaders, healthy, {}), std::nullopt);
  leaders.push_back({ShardId(4), ReplicaId(1)});
  EXPECT_TRUE(PlanTransfer(bench.state, leaders, healthy, {}).has_value());
  Limits wide;
  wide.leaders_gap_min = 3;
  EXPECT_EQ(PlanTransfer(bench.state, leaders, healthy, wide), std::nullopt);
}

TEST(Leaders, MoveToHealthyHostsOnlyAndNotDuringMigrations) {
  Bench bench = Crowd(4, 3, {1, 2, 3});
  const std::vector<Leadership> leaders = {{ShardId(2), ReplicaId(1)}, {ShardId(3), ReplicaId(1)}};
  const auto plan = [&](const std::vector<HostId>& healthy) {
    return PlanTransfer(bench.state, leaders, healthy, {});
  };
  EXPECT_EQ(plan({HostId(1), HostId(3)}), (RecordTransfer{ShardId(2), ReplicaId(3)}));
  EXPECT_EQ(plan({HostId(1)}), std::nullopt);
  bench.MustAct(RecordDeath{HostId(2)});
  EXPECT_EQ(plan({HostId(1), HostId(2)}), std::nullopt);
  bench.Must(RequestMove{ShardId(2), {}, {{HostId(1), HostId(4)}}});
  EXPECT_EQ(plan({HostId(1), HostId(3)}), (RecordTransfer{ShardId(3), ReplicaId(3)}));
}

// --- New shards ---

ShardView Everywhere(uint64_t hosts) {
  ShardView view;
  for (uint64_t host = 1; host <= hosts; ++host) {
    HostView seen;
    seen.host = HostId(host);
    seen.answered = true;
    seen.disk = DiskOf(HostId(host));
    view.hosts.push_back(seen);
  }
  return view;
}

TEST(Founding, PlacesStartsAndRecords) {
  Bench bench = Cluster(4);
  bench.Must(RequestCreateShard{kShard, {"a", "b"}, 2, {}});
  ShardView view = Everywhere(4);
  const auto next = [&] { return NextFounding(bench.state, bench.shard(2), view); };
  ASSERT_EQ(next(), Wanted(Submit{PlaceShard{kShard, {HostId(1), HostId(4)}, {}}}))
      << "host 4 has the fewest, then the lowest id counts";
  bench.MustAct(std::get<Submit>(next()).action);
  for (const uint64_t host : {1, 4}) {
    const Wanted wanted = next();
    ASSERT_TRUE(std::holds_alternative<StartOn>(wanted));
    const StartOn& start = std::get<StartOn>(wanted);
    EXPECT_EQ(start.host, HostId(host));
    EXPECT_EQ(start.disk, DiskOf(HostId(host)));
    EXPECT_EQ(start.members.size(), 2u);
    view.hosts[host - 1].live = start.replica;
  }
  EXPECT_EQ(next(), Wanted(Wait{WaitReason::kNoLeader}));
  view.leader = LeaderView{ReplicaId(2), Index(1), {}};
  EXPECT_EQ(next(), Wanted(Submit{RecordShardCreated{kShard}}));
  bench.MustAct(RecordShardCreated{kShard});
  EXPECT_EQ(next(), Wanted(Wait{WaitReason::kNothingToDo}));
}

// Three founders on hosts 1, 2 and 3 of a cluster of four.
struct Placed {
  Placed() : bench(Cluster(4)), view(Everywhere(4)) {
    bench.Must(RequestCreateShard{kShard, {"a", "b"}, 3, {HostId(1), HostId(2), HostId(3)}});
    bench.MustAct(PlaceShard{kShard, {HostId(1), HostId(2), HostId(3)}, {}});
  }
  Wanted Next() { return NextFounding(bench.state, bench.shard(2), view); }
  void Live(uint64_t host) { view.hosts[host - 1].live = ReplicaId(host); }
  // It has a record, and waits to be let in.
  void Recorded(uint64_t host) { view.hosts[host - 1].recorded = {ReplicaId(host)}; }
  void Fenced(uint64_t host) {
    view.hosts[host - 1].live = ReplicaId();
    view.hosts[host - 1].recorded.clear();
    view.hosts[host - 1].tombstones = {ReplicaId(host)};
  }

  Bench bench;
  ShardView view;
};
const Wanted kAnew = Submit{UnplaceShard{kShard}};

TEST(Founding, FencesTooManyToBeginBeforeItStartsAnew) {
  Placed placed;
  placed.bench.MustAct(RecordDeath{HostId(3)});
  placed.view.hosts[2].answered = false;
  EXPECT_TRUE(std::holds_alternative<StartOn>(placed.Next())) << "there is nothing to fence yet";
  placed.Recorded(1);
  EXPECT_EQ(placed.Next(), Wanted(RemoveDataOn{ReplicaId(1), HostId(1)}));
  placed.Fenced(1);
  placed.Recorded(2);
  EXPECT_EQ(placed.Next(), Wanted(RemoveDataOn{ReplicaId(2), HostId(2)}))
      << "2 and 3 could elect one of them";
  placed.Fenced(2);
  EXPECT_EQ(placed.Next(), kAnew);
}

// Nobody is let in by hosts that have no record of the shard.
TEST(Founding, StartsAllBeforeItWaitsForOne) {
  Placed placed;
  for (const uint64_t host : {1, 2, 3}) {
    const Wanted wanted = placed.Next();
    ASSERT_TRUE(std::holds_alternative<StartOn>(wanted));
    EXPECT_EQ(std::get<StartOn>(wanted).host, HostId(host));
    placed.Recorded(host);
  }
  EXPECT_TRUE(std::holds_alternative<StartOn>(placed.Next())) << "it may have been stopped";
}

TEST(Founding, ADiskThatIsGoneNeedsNoFence) {
  Placed placed;
  placed.bench.MustAct(RecordDisk{HostId(3), DiskId(333)});
  placed.Live(1);
  placed.Recorded(2);
  EXPECT_EQ(placed.Next(), Wanted(RemoveDataOn{ReplicaId(2), HostId(2)}));
  placed.Fenced(2);
  EXPECT_EQ(placed.Next(), kAnew) << "one of three elects nobody";
}

TEST(Founding, OnesThatHaveBegunGoOnWithoutTheOneThatIsLost) {
  Placed placed;
  placed.bench.MustAct(RecordDisk{HostId(3), DiskId(333)});
  placed.Live(1);
  placed.Live(2);
  EXPECT_EQ(placed.Next(), Wanted(Wait{WaitReason::kNoLeader}));
  placed.view.leader = LeaderView{ReplicaId(2), Index(1), {}};
  EXPECT_EQ(placed.Next(), Wanted(Submit{RecordShardCreated{kShard}}));
}

TEST(Founding, HasNoWayBackOnceOneIsFenced) {
  Placed placed;
  placed.Fenced(1);
  placed.Live(2);
  placed.Live(3);
  placed.view.leader = LeaderView{ReplicaId(2), Index(1), {}};
  EXPECT_EQ(placed.Next(), Wanted(StopOn{ReplicaId(2), HostId(2)}));
  placed.Fenced(2);
  EXPECT_EQ(placed.Next(), kAnew);
}

TEST(Founding, WaitsForAFounderThatIsMerelySilent) {
  Placed placed;
  placed.Live(1);
  placed.Live(2);
  placed.view.hosts[2].answered = false;
  EXPECT_EQ(placed.Next(), Wanted(Wait{WaitReason::kHostSilent}));
  placed.bench.MustAct(UnplaceShard{kShard});
  placed.view = Everywhere(4);
  placed.Live(1);
  EXPECT_EQ(NextCleanup(placed.bench.state, placed.bench.state.owed.Get({kShard, ReplicaId(1)}),
                        placed.view),
            Wanted(StopOn{ReplicaId(1), HostId(1)}))
      << "a group that never counted needs nobody's vote";
}

TEST(Founding, WaitsForEnoughHosts) {
  Bench bench = Cluster(3);
  bench.Must(RequestCreateShard{kShard, {"a", "b"}, 3, {}});
  bench.MustAct(RecordDeath{HostId(2)});
  EXPECT_EQ(NextFounding(bench.state, bench.shard(2), {}), Wanted(Wait{WaitReason::kTooFewHosts}));
}

// --- Strangers ---

TEST(Strangers, ThatALateOrderMadeMembersAreDeleted) {
  Bench bench = ClusterWithShard(5);
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  const ReplicaId burnt = bench.Must(AllocateId{kShard, {}}).replicas[0];
  Membership& membership = cluster.shards.at(kShard).membership;
  membership.non_voting.push_back(Member{burnt, HostId(5), TargetOf(HostId(5))});
  cluster.hosts.at(HostId(5)).recorded[kShard][burnt] = {true, Index(1)};
  ASSERT_TRUE(controller.Finish(50));
  ExpectAtRest(bench, cluster);
}

TEST(Strangers, WhoseIdsWereNeverHandedOutAreLeftAlone) {
  Bench bench = ClusterWithShard(5);
  ModelCluster cluster(bench);
  cluster.hosts.at(HostId(5)).recorded[kShard][ReplicaId(99)] = {true, Index(1)};
  EXPECT_EQ(Tidy(bench.state, bench.shard(2), cluster.See(kShard)),
            Wanted(Wait{WaitReason::kNothingToDo}));
}

// --- Random ids ---

TEST(RandomIds, BenignDrawsGiveTheNextUnusedId) {
  ShardRecord shard;
  EXPECT_EQ(RandomId(shard, 0), ReplicaId(1));
  shard.used = {ReplicaId(1), ReplicaId(7)};
  EXPECT_EQ(RandomId(shard, 0), ReplicaId(8));
}

TEST(RandomIds, OneNearTheEndLeavesAllOthersToBeDrawn) {
  ShardRecord shard;
  shard.used = {ReplicaId(1), ReplicaId(UINT64_MAX - 1)};
  EXPECT_EQ(RandomId(shard, 0), ReplicaId(UINT64_MAX));
  EXPECT_EQ(RandomId(shard, 100), ReplicaId(99));
  shard.used.push_back(ReplicaId(UINT64_MAX));
  EXPECT_EQ(RandomId(shard, 5), ReplicaId(5));
}

RC_GTEST_PROP(RandomIds, NoDrawGivesNone, (uint64_t used, uint64_t drawn)) {
  ShardRecord shard;
  if (used > 0) shard.used = {ReplicaId(used)};
  RC_ASSERT(!RandomId(shard, drawn).none());
  RC_ASSERT(!RandomId(shard, UINT64_MAX - used).none());
}

}  // namespace
}  // namespace ww::raft::meta
