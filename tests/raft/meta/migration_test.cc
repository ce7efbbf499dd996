// Migrations as a controller carries them out over a model of the cluster: with everything that may
// happen between any two of its steps.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>

#include "tests/raft/meta/generators.h"
#include "tests/raft/meta/model_cluster.h"

namespace ww::raft::meta {
namespace {

constexpr int kStepsMax = 200;

struct Case {
  Strategy strategy = Strategy::kStepwise;
  uint64_t voters = 3;
  uint64_t source = 1;  // Host 1 leads at first.
  IdMode ids = IdMode::kIncreasing;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    for (const IdMode ids : {IdMode::kIncreasing, IdMode::kRandom}) {
      cases.push_back({strategy, 3, 1, ids});
      cases.push_back({strategy, 3, 2, ids});
      cases.push_back({strategy, 1, 1, ids});
      cases.push_back({strategy, 2, 1, ids});
      cases.push_back({strategy, 4, 3, ids});
    }
  }
  return cases;
}

std::string TextOf(const Case& one, int at) {
  return std::string(NameOf(one.strategy)) + ", voters " + std::to_string(one.voters) +
         ", from host " + std::to_string(one.source) + ", at " + std::to_string(at);
}

// A shard on hosts 1 to `voters` of seven; one replica goes to host 6.
struct World {
  explicit World(const Case& one)
      : bench(ClusterWithShard(7, one.voters, one.ids)),
        cluster(bench),
        controller{bench, cluster} {
    id = bench.Must(MoveOf(one.source, 6, one.strategy)).migration;
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Bench bench;
  ModelCluster cluster;
  ModelController controller;
  MigrationId id;
};

using Event = std::function<void(World&)>;

// Runs the case with `event` before step `at`; false when it ended before. Everything down comes
// back at the end.
bool RunWith(const Case& one, int at, const Event& event,
             const std::function<void(World&)>& judge) {
  World world(one);
  for (int step = 0; step < at; ++step) {
    if (!world.controller.StepOnce()) return false;
  }
  if (world.bench.state.migrations.Find(world.id) == nullptr) return false;
  event(world);
  EXPECT_TRUE(world.controller.Finish(kStepsMax)) << TextOf(one, at);
  for (auto& [host, model] : world.cluster.hosts) {
    if (!model.up) world.cluster.ComeBack(host);
  }
  EXPECT_TRUE(world.controller.Finish(kStepsMax)) << TextOf(one, at);
  EXPECT_EQ(world.bench.state.ended.size(), 1u) << TextOf(one, at);
  ExpectAtRest(world.bench, world.cluster);
  judge(world);
  return true;
}

void AtEveryStep(const Event& event, const std::function<void(World&)>& judge) {
  for (const Case& one : Cases()) {
    int at = 0;
    while (!::testing::Test::HasFailure() && RunWith(one, at, event, judge)) ++at;
    EXPECT_GE(at, 12) << TextOf(one, at);
  }
}

void ExpectDone(World& world) {
  EXPECT_EQ(world.bench.state.migrations_done, 1u);
  EXPECT_NE(PlacementOn(world.bench.shard(2), HostId(6)), nullptr);
}

TEST(Migration, IsDoneWhenNothingHappens) {
  for (const Case& one : Cases()) {
    EXPECT_TRUE(RunWith(
        one, 0, [](World&) {}, ExpectDone))
        << TextOf(one, 0);
  }
}

TEST(Migration, GoesOnWithAnotherControllerAfterACrashAtAnyStep) {
  AtEveryStep([](World& world) { world.controller.TakeOver(); }, ExpectDone);
}

TEST(Migration, UsesOneIdHoweverOftenItsControllersCrash) {
  for (const Case& one : Cases()) {
    World world(one);
    for (int step = 0; step < kStepsMax && world.controller.StepOnce(); ++step) {
      world.cluster.CatchUp();
      const auto reads = world.cluster.reads;
      world.controller.TakeOver();
      world.cluster.reads = reads;  // Else it would read for ever.
    }
    ExpectDone(world);
    const ShardRecord& shard = world.bench.shard(2);
    const uint64_t used =
        one.ids == IdMode::kRandom ? shard.used.size() : shard.next_replica.value - 1;
    EXPECT_EQ(used, one.voters + 1);
  }
}

TEST(Migration, EndsOnceWhenItsTargetDiesAtAnyStep) {
  AtEveryStep([](World& world) { world.cluster.GoDown(HostId(6)); },
              [](World& world) {
                const bool there = PlacementOn(world.bench.shard(2), HostId(6)) != nullptr;
                EXPECT_EQ(there, world.bench.state.migrations_done == 1);
              });
}

// Whoever dies for good: as long as the others are a quorum the migration ends without it, and the
// shard has as many voters again as it is meant to have.
TEST(Migration, EndsWhileAnyHostIsGoneForGood) {
  for (uint64_t victim = 1; victim <= 6; ++victim) {
    const auto dies = [victim](World& world) { world.cluster.GoDown(HostId(victim)); };
    for (const Case& one : Cases()) {
      int at = 0;
      for (bool goes_on = true; goes_on && !HasFailure(); ++at) {
        World world(one);
        for (int step = 0; step < at && goes_on; ++step) goes_on = world.controller.StepOnce();
        if (!goes_on || world.bench.state.migrations.Find(world.id) == nullptr) break;
        dies(world);
        ASSERT_TRUE(world.controller.Finish(kStepsMax)) << TextOf(one, at);
        const ModelShard& shard = world.cluster.shards.at(kShard);
        if (!world.cluster.HasQuorum(shard)) continue;
        EXPECT_EQ(world.bench.state.ended.size(), 1u) << TextOf(one, at) << ", " << victim;
        EXPECT_EQ(shard.membership.voters.size(), one.voters) << TextOf(one, at) << ", " << victim;
      }
      EXPECT_GE(at, 12) << TextOf(one, at);
    }
  }
}

void ExpectAllVotersRun(const ModelCluster& cluster) {
  for (const Member& member : cluster.shards.at(kShard).membership.voters) {
    EXPECT_TRUE(cluster.Runs(member, kShard)) << "replica " << member.replica.value;
  }
}

// One of two voters, or the new one: it leaves in place of the old one, which stays.
TEST(Migration, GivesWayToTheLossOfAnotherVoterOnceTheNewOneVotes) {
  for (const uint64_t lost : {2, 6}) {
    World world(Case{Strategy::kStepwise, 2});
    while (world.cluster.shards.at(kShard).membership.voters.size() < 3) {
      ASSERT_TRUE(world.controller.StepOnce());
    }
    world.cluster.Wipe(HostId(lost));
    ASSERT_TRUE(world.controller.Finish(kStepsMax));
    ExpectAllVotersRun(world.cluster);
    ASSERT_EQ(world.bench.state.ended.size(), 1u);
    const EndedMigration& ended = world.bench.state.ended[0];
    EXPECT_EQ(ended.gave_way, lost == 2);
    EXPECT_EQ(ended.aborted.has_value(), lost == 6);
    EXPECT_NE(PlacementOn(world.bench.shard(2), HostId(1)), nullptr);
    EXPECT_EQ(PlacementOn(world.bench.shard(2), HostId(lost)), nullptr);
  }
}

// The later move is then the one of whoever stayed.
TEST(Migration, GivesWayToAVoterThatWasToLeaveLater) {
  Bench bench = ClusterWithShard(7, 2);
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  bench.Must(
      RequestMove{kShard, Strategy::kStepwise, {{HostId(1), HostId(6)}, {HostId(2), HostId(7)}}});
  while (cluster.shards.at(kShard).membership.voters.size() < 3) {
    ASSERT_TRUE(controller.StepOnce());
  }
  cluster.Wipe(HostId(2));
  ASSERT_TRUE(controller.Finish(kStepsMax));
  ExpectAllVotersRun(cluster);
  EXPECT_EQ(bench.state.migrations_done, 1u);
  for (const uint64_t host : {6, 7}) EXPECT_NE(PlacementOn(bench.shard(2), HostId(host)), nullptr);
}

// An order of before takes effect after all, when the lost voter is back.
TEST(Migration, GoesOnWhenTheOldReplicaWasDeletedAfterItGaveWay) {
  for (const uint64_t lost : {2, 6}) {
    World world(Case{Strategy::kStepwise, 2});
    const auto about_to_delete = [&] {
      return !world.controller.orders.empty() &&
             world.cluster.shards.at(kShard).membership.voters.size() == 3 &&
             std::get<Moving>(world.bench.migration(world.id).progress).step ==
                 MoveStep::kHandedOver;
    };
    while (!about_to_delete()) ASSERT_TRUE(world.controller.StepOnce());
    const ModelShard& shard = world.cluster.shards.at(kShard);
    const ReplicaId old = world.bench.migration(world.id).moves[0].old_replica;
    const ChangeMembers late{{DeleteMember{old}, shard.membership.change_index}};
    world.cluster.GoDown(HostId(lost));
    const auto gave_way = [&] {
      const Migration& migration = world.bench.migration(world.id);
      return migration.gave_way || std::holds_alternative<RollingBack>(migration.progress);
    };
    while (!gave_way()) ASSERT_TRUE(world.controller.StepOnce());
    world.cluster.ComeBack(HostId(lost));
    world.cluster.DoLate(kShard, late);
    ASSERT_EQ(shard.membership.voters.size(), 2u);
    ASSERT_TRUE(world.controller.Finish(kStepsMax));
    ExpectAtRest(world.bench, world.cluster);
    EXPECT_EQ(world.bench.state.migrations_done, 1u);
    EXPECT_EQ(PlacementOn(world.bench.shard(2), HostId(1)), nullptr);
  }
}

// A lone voter that dies takes its shard along: it goes on when the host is back.
TEST(Migration, GoesOnWhenItsSourceDiesAtAnyStep) {
  const auto source_dies = [](World& world) {
    world.cluster.GoDown(world.bench.migration(world.id).moves[0].source);
  };
  AtEveryStep(source_dies, ExpectDone);
}

TEST(Migration, ReadsAgainWhenItsTargetWasRestartedAtAnyStep) {
  AtEveryStep([](World& world) { world.cluster.Crash(HostId(6)); }, ExpectDone);
}

TEST(Migration, IsRolledBackWhenItsTargetLostItsDisk) {
  AtEveryStep(
      [](World& world) {
        const auto* moving = std::get_if<Moving>(&world.bench.migration(world.id).progress);
        // Later the new replica votes, and its loss is one for repair.
        if (moving == nullptr ||
            !MayAbort(world.bench.migration(world.id).strategy, moving->step)) {
          return;
        }
        const Membership& membership = world.cluster.shards.at(kShard).membership;
        for (const Member& member : membership.voters) {
          if (member.host == HostId(6)) return;
        }
        world.cluster.Wipe(HostId(6));
      },
      [](World&) {});
}

TEST(Migration, IsRolledBackWhenItIsCancelledAtAnyStepBeforeThePromotion) {
  AtEveryStep(
      [](World& world) {
        const auto* moving = std::get_if<Moving>(&world.bench.migration(world.id).progress);
        const bool late =
            moving != nullptr && !MayAbort(world.bench.migration(world.id).strategy, moving->step);
        const Result result = world.bench.Do(CancelMigration{world.id});
        EXPECT_EQ(std::holds_alternative<Refused>(result), late);
      },
      [](World&) {});
}

TEST(Migration, RefusesOldControllersAtEveryStep) {
  for (const Case& one : Cases()) {
    World world(one);
    for (int step = 0; step < kStepsMax; ++step) {
      const Term old_term = world.bench.state.controller.term;
      const Version old_version = world.bench.state.version;
      const std::vector<Migration> seen = world.bench.state.migrations.records();
      Wanted late = Wait{};
      if (!seen.empty()) {
        late = Next(world.bench.state, seen[0], world.cluster.See(kShard), {}, ReplicaId());
      }
      const auto reads = world.cluster.reads;
      world.controller.TakeOver();
      world.cluster.reads = reads;
      if (const auto* submit = std::get_if<Submit>(&late)) {
        const State before = world.bench.state;
        Apply(world.bench.state, Stamped{{old_term, old_version}, submit->action});
        Apply(world.bench.state, Stamped{{old_term, before.version}, submit->action});
        EXPECT_EQ(world.bench.state, before) << NameOf(late);
      }
      if (!world.controller.StepOnce()) break;
    }
    ExpectDone(world);
  }
}

TEST(Migration, OfAWholeShardAndBackGivesNewIds) {
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    Bench bench = ClusterWithShard(6);
    ModelCluster cluster(bench);
    ModelController controller{bench, cluster};
    const auto across = [&](uint64_t from, uint64_t to) {
      RequestMove request{kShard, strategy, {}};
      for (uint64_t i = 0; i < 3; ++i) {
        request.moves.push_back({HostId(from + i), HostId(to + i)});
      }
      bench.Must(request);
      EXPECT_TRUE(controller.Finish(kStepsMax));
      ExpectAtRest(bench, cluster);
    };
    across(1, 4);
    across(4, 1);
    across(1, 4);
    EXPECT_EQ(bench.state.migrations_done, 3u);
    EXPECT_EQ(bench.shard(2).next_replica, ReplicaId(13));
    EXPECT_EQ(cluster.shards.at(kShard).membership.removed.size(), 9u);
  }
}

// The host was away when its replica was deleted; it comes back with it, and the shard moves back.
TEST(Migration, BackToAHostThatKeepsAnEarlierReplicaCleansThatFirst) {
  for (const Strategy strategy : {Strategy::kStepwise, Strategy::kJoint}) {
    Bench bench = ClusterWithShard(6);
    ModelCluster cluster(bench);
    ModelController controller{bench, cluster};
    cluster.GoDown(HostId(1));
    bench.Must(MoveOf(1, 4, strategy));
    ASSERT_TRUE(controller.Finish(kStepsMax));
    EXPECT_EQ(bench.state.owed.size(), 1u);
    cluster.ComeBack(HostId(1));
    bench.MustAct(RecordDeath{HostId(1), false});
    bench.Must(MoveOf(4, 1, strategy));
    ASSERT_TRUE(controller.Finish(kStepsMax));
    ExpectAtRest(bench, cluster);
    EXPECT_EQ(PlacementOn(bench.shard(2), HostId(1))->replica, ReplicaId(5));
  }
}

TEST(Migration, OfTheMetadataShardIsLikeAnyOther) {
  Bench bench = Cluster(5);
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  bench.Must(RequestMove{kMetadataShard, Strategy::kStepwise, {{HostId(1), HostId(4)}}});
  EXPECT_TRUE(controller.Finish(kStepsMax));
  ExpectAtRest(bench, cluster);
  EXPECT_EQ(bench.state.migrations_done, 1u);
}

TEST(Migrations, OfManyShardsGoOnTogetherUpToTheLimit) {
  Bench bench = Cluster(6);
  for (uint64_t shard = 2; shard < 9; ++shard) {
    bench.Must(AdoptShard{
        ShardId(shard), {std::to_string(shard), std::to_string(shard + 1)}, Seats({1, 2, 3})});
    bench.Must(RequestMove{ShardId(shard), Strategy::kStepwise, {{HostId(1), HostId(4)}}});
  }
  ModelCluster cluster(bench);
  ModelController controller{bench, cluster};
  size_t most = 0;
  for (int step = 0; step < 1000 && controller.StepOnce(); ++step) {
    size_t begun = 0;
    for (const Migration& migration : bench.state.migrations) begun += IsWaiting(migration) ? 0 : 1;
    most = std::max(most, begun);
  }
  EXPECT_EQ(most, controller.limits.migrations_parallel_max);
  EXPECT_EQ(bench.state.migrations_done, 7u);
  ExpectAtRest(bench, cluster);
}

// --- Everything at once ---

void Disturb(World& world, int64_t& down_budget) {
  ModelCluster& cluster = world.cluster;
  const HostId host(1 + Small(7));
  switch (Small(10)) {
    case 0:
      cluster.Crash(host);
      return;
    case 1:
      if (down_budget == 0 || !cluster.hosts.at(host).up) return;
      --down_budget;
      cluster.GoDown(host);
      return;
    case 2:
      for (auto& [id, model] : cluster.hosts) {
        if (model.up) continue;
        cluster.ComeBack(id);
        ++down_budget;
      }
      return;
    case 3:
      world.controller.TakeOver();
      return;
    case 4:
      if (world.bench.state.migrations.Find(world.id) != nullptr) {
        world.bench.Do(CancelMigration{world.id});
      }
      return;
    case 5:
    case 6:
      cluster.Write(kShard);
      return;
    default:  // An order that was given before arrives again, or late.
      if (world.controller.orders.empty()) return;
      const auto& order = world.controller.orders[Small(world.controller.orders.size())];
      cluster.DoLate(order.first, order.second);
  }
}

TEST(Migration, EndsOnceAndCleanWhateverHappensBetweenItsSteps) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<Case> cases = Cases();
    World world(cases[Small(cases.size())]);
    int64_t down_budget = 1;
    for (uint64_t i = 0, count = Small(120); i < count; ++i) {
      if (Small(3) == 0) {
        Disturb(world, down_budget);
      } else {
        world.controller.StepOnce();
      }
    }
    for (auto& [host, model] : world.cluster.hosts) {
      if (!model.up) world.cluster.ComeBack(host);
    }
    RC_ASSERT(world.controller.Finish(kStepsMax));
    ExpectAtRest(world.bench, world.cluster);
    RC_ASSERT(world.bench.state.ended.size() == 1u);
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

}  // namespace
}  // namespace ww::raft::meta
