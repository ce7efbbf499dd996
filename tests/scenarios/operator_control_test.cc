// What operators ask of controllers: moves, moves back, leaders, cancels, crowds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/cluster.h"
#include "scenarios/workload/operator.h"

namespace ww::scenarios {
namespace {

constexpr ShardId kShard{2};  // Its replicas are on hosts 2, 3 and 4 at first.

OperatorItem Item(OperatorAction action, Duration at, uint64_t host, uint64_t from = 0) {
  OperatorItem item;
  item.action = action;
  item.at = TrueTime{} + at;
  item.shard = kShard;
  item.host = HostId(host);
  item.from = HostId(from);
  return item;
}

// A cluster of four hosts whose operator does these things.
std::unique_ptr<Cluster> Operated(sim::FiberPool& fibers, OperatorPlan plan, size_t shards = 1) {
  ClusterSpec spec;
  spec.hosts = 4;
  spec.shards = shards;
  spec.control.emplace();
  spec.operations = std::move(plan);
  for (size_t i = 0; i < spec.operations.size(); ++i) {
    spec.operations[i].id = static_cast<uint32_t>(i + 1);
  }
  auto cluster = std::make_unique<Cluster>(std::move(spec), fibers);
  cluster->Start();
  EXPECT_TRUE(cluster->RunUntilLed(Seconds(20)));
  cluster->RunFor(Seconds(3));  // Controllers come to know the hosts.
  cluster->StartClients();
  return cluster;
}

bool IsOn(Cluster& cluster, ShardId shard, uint64_t host) {
  const GroupView::ReplicaState* replica = cluster.view().ReplicaOn(shard, HostId(host));
  return replica != nullptr && replica->takes_part;
}

TEST(OperatorControl, MovesAReplicaAwayAndBackUnderANewId) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Item(OperatorAction::kMigrate, Seconds(1), 1, 3),
                                   Item(OperatorAction::kMigrateBack, Seconds(15), 1)});
  const ReplicaId first = cluster->view().ReplicaOn(kShard, HostId(3))->place.replica;
  cluster->RunFor(Seconds(14));
  EXPECT_TRUE(IsOn(*cluster, kShard, 1));
  EXPECT_FALSE(IsOn(*cluster, kShard, 3));
  cluster->RunFor(Seconds(16));
  EXPECT_FALSE(IsOn(*cluster, kShard, 1));
  ASSERT_TRUE(IsOn(*cluster, kShard, 3));
  EXPECT_NE(cluster->view().ReplicaOn(kShard, HostId(3))->place.replica, first);
  EXPECT_FALSE(cluster->judge().violation().has_value());
}

TEST(OperatorControl, MovesTheReplicaThatLeads) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Item(OperatorAction::kMigrateLeader, Seconds(1), 2)});
  const HostId leader = *cluster->view().LeaderHost(kShard);
  cluster->RunFor(Seconds(15));
  EXPECT_TRUE(IsOn(*cluster, kShard, 1));  // The one that had none.
  EXPECT_FALSE(IsOn(*cluster, kShard, leader.value));
  EXPECT_NE(*cluster->view().LeaderHost(kShard), leader);
}

TEST(OperatorControl, GivesUpWhatItAskedFor) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Item(OperatorAction::kMigrate, Seconds(1), 1, 3),
                                   Item(OperatorAction::kCancel, Milliseconds(1200), 1)});
  cluster->RunFor(Seconds(15));
  EXPECT_FALSE(IsOn(*cluster, kShard, 1));
  EXPECT_TRUE(IsOn(*cluster, kShard, 3));
  EXPECT_TRUE(cluster->view().ControlAtRest());
}

TEST(OperatorControl, HasNothingToCancelOrMoveBackAtFirst) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Item(OperatorAction::kCancel, Seconds(1), 1),
                                   Item(OperatorAction::kMigrateBack, Seconds(2), 1)});
  cluster->RunFor(Seconds(4));
  EXPECT_EQ(cluster->clients().active, 0u);
  for (uint64_t host = 2; host <= 4; ++host) EXPECT_TRUE(IsOn(*cluster, kShard, host));
}

TEST(OperatorControl, CrowdsAReplicaOfEveryShardOntoAHost) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Item(OperatorAction::kCrowd, Seconds(1), 1)}, 4);
  cluster->RunFor(Seconds(20));
  for (uint64_t shard = 2; shard <= 5; ++shard) EXPECT_TRUE(IsOn(*cluster, ShardId(shard), 1));
}

OperatorItem Creation(Duration at, uint64_t shard, uint64_t host) {
  OperatorItem item = Item(OperatorAction::kCreate, at, host);
  item.shard = ShardId(shard);
  return item;
}

TEST(OperatorControl, CreatesAShardOnTheHostsItNames) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Creation(Seconds(1), 3, 4)});
  cluster->RunFor(Seconds(10));
  for (const uint64_t host : {4, 1, 2}) EXPECT_TRUE(IsOn(*cluster, ShardId(3), host)) << host;
  EXPECT_FALSE(IsOn(*cluster, ShardId(3), 3));
  EXPECT_TRUE(cluster->view().shards()[2].leader_committed);
  EXPECT_THAT(cluster->observer().created_shards(), testing::ElementsAre(ShardId(3)));
  EXPECT_TRUE(cluster->observer().ControlRests());
  EXPECT_FALSE(cluster->judge().violation().has_value());
}

// Hosts 4 and 5 are not there at first. Host 5 is never set up.
TEST(OperatorControl, AddsAHostThatTakesWhatALostOneHad) {
  sim::FiberPool fibers;
  ClusterSpec spec;
  spec.hosts = 3;
  spec.hosts_added = 2;
  spec.control.emplace();
  spec.control->controllers.repairs = true;
  spec.control->controllers.limits.dead_after = Seconds(3);
  for (const Duration at : {Seconds(10), Seconds(12)}) {
    spec.operations.push_back(Item(OperatorAction::kAddHost, at, 4));
    spec.operations.back().id = static_cast<uint32_t>(spec.operations.size());
  }
  faults::PlanItem loss;
  loss.id = 1;
  loss.kind = faults::FaultKind::kLoseHost;
  loss.hosts = {HostId(3)};
  loss.trigger.at = TrueTime{} + Seconds(1);
  spec.plan.items = {loss};
  spec.plan.enabled = {faults::FaultKind::kLoseHost};
  Cluster cluster(std::move(spec), fibers);
  cluster.Start();
  EXPECT_TRUE(cluster.RunUntilLed(Seconds(20)));
  cluster.RunFor(Seconds(3));
  cluster.StartFaults();
  cluster.StartClients();
  cluster.RunFor(Seconds(9));
  EXPECT_FALSE(cluster.world().host(HostId(4)).up());
  EXPECT_FALSE(cluster.world().host(HostId(3)).up());
  cluster.RunFor(Seconds(11));
  EXPECT_TRUE(cluster.world().host(HostId(4)).up());
  EXPECT_EQ(cluster.world().host(HostId(4)).incarnation(), Incarnation(1));
  for (const uint64_t shard : {1, 2}) EXPECT_TRUE(IsOn(cluster, ShardId(shard), 4)) << shard;
  cluster.injector().HealAll();
  EXPECT_FALSE(cluster.world().host(HostId(5)).up());
  EXPECT_FALSE(cluster.judge().violation().has_value());
}

TEST(OperatorControl, IsRefusedAShardThatExists) {
  sim::FiberPool fibers;
  auto cluster = Operated(fibers, {Creation(Seconds(1), 3, 4), Creation(Seconds(4), 3, 1)});
  cluster->RunFor(Seconds(10));
  EXPECT_TRUE(IsOn(*cluster, ShardId(3), 4));
  EXPECT_FALSE(IsOn(*cluster, ShardId(3), 3));
  EXPECT_THAT(cluster->observer().created_shards(), testing::SizeIs(1));
}

// A shard that stands in its host's configuration would be founded once more: nobody could tell the
// host that its only replica lived there once.
TEST(OperatorControl, WhatItCreatedAndMovedAwayIsNotFoundedAgainOnAnEmptyDisk) {
  sim::FiberPool fibers;
  ClusterSpec spec;
  spec.hosts = 4;
  spec.voters = 1;
  spec.control.emplace();
  OperatorItem away = Item(OperatorAction::kMigrate, Seconds(6), 2);
  away.shard = ShardId(3);
  spec.operations = {Creation(Seconds(4), 3, 4), away};
  for (size_t i = 0; i < spec.operations.size(); ++i) {
    spec.operations[i].id = static_cast<uint32_t>(i + 1);
  }
  Cluster cluster(std::move(spec), fibers);
  cluster.Start();
  ASSERT_TRUE(cluster.RunUntilLed(Seconds(20)));
  cluster.StartClients();
  cluster.RunFor(Seconds(5));
  EXPECT_TRUE(IsOn(cluster, ShardId(3), 4));
  cluster.RunFor(Seconds(10));
  ASSERT_TRUE(IsOn(cluster, ShardId(3), 2));
  sim::Host& first = cluster.world().host(HostId(4));
  first.Crash();
  first.disk().Wipe();
  first.Start();
  cluster.RunFor(Seconds(10));
  EXPECT_TRUE(IsOn(cluster, ShardId(3), 2));
  EXPECT_FALSE(IsOn(cluster, ShardId(3), 4));
  EXPECT_FALSE(cluster.judge().violation().has_value());
}

}  // namespace
}  // namespace ww::scenarios
