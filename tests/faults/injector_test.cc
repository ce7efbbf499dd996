// Triggers, fates, budget and healing.
#include "faults/injector.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/faults/cluster.h"

namespace ww::faults {
namespace {

PlanItem CrashAtIo(uint64_t host, uint64_t n, bool before, std::string name = "sync") {
  PlanItem item = Item(FaultKind::kCrash, Seconds(1), Milliseconds(500), {host});
  Occurrence occurrence;
  occurrence.kind = OccurrenceKind::kIoPoint;
  occurrence.name = std::move(name);
  occurrence.n = n;
  occurrence.host = HostId(host);
  occurrence.before = before;
  item.trigger.occurrence = occurrence;
  return item;
}

// Whole records in the durable log. A crash may leave its size without its bytes.
size_t DurableRecords(Cluster& cluster, uint64_t host) {
  const sim::Disk& disk = cluster.world().host(HostId(host)).disk();
  const std::string bytes = disk.DurableBytes(disk.Names().front().second);
  size_t records = 0;
  for (size_t at = bytes.find(kRecord); at != std::string::npos; at = bytes.find(kRecord, at + 1)) {
    ++records;
  }
  return records;
}

TEST(Injector, CrashBeforeASyncLosesWhatItWouldHaveKept) {
  Cluster cluster(1);
  Injector& injector = cluster.Inject({CrashAtIo(1, 3, true)});
  cluster.Run(Seconds(1));
  const size_t before = DurableRecords(cluster, 1);
  cluster.Run(Milliseconds(200));
  EXPECT_FALSE(cluster.Up(1));
  EXPECT_EQ(DurableRecords(cluster, 1), before + 2);
  EXPECT_EQ(injector.fates()[0], ItemFate::kFired);
}

TEST(Injector, CrashAfterASyncKeepsItAndTheCallNeverReturns) {
  Cluster cluster(1);
  cluster.Inject({CrashAtIo(1, 3, false)});
  cluster.Run(Seconds(1));
  const size_t before = DurableRecords(cluster, 1);
  const size_t returned = cluster.Disk(HostId(1), {}, Seconds(2)).size();
  cluster.Run(Milliseconds(200));
  EXPECT_FALSE(cluster.Up(1));
  EXPECT_EQ(DurableRecords(cluster, 1), before + 3);
  EXPECT_EQ(cluster.Disk(HostId(1), {}, Seconds(2)).size(), returned + 2);
}

TEST(Injector, CrashAtAnIoPointIsFollowedByARestart) {
  for (const bool before : {false, true}) {
    Cluster cluster(1);
    cluster.Inject({CrashAtIo(1, 1, before, "")});
    cluster.Run(Seconds(3));
    EXPECT_TRUE(cluster.Up(1));
    EXPECT_EQ(cluster.Lives(1), 2u);
  }
}

TEST(Injector, OccurrencesCountFromTheTriggersTimeOn) {
  Cluster cluster(1);
  PlanItem item = CrashAtIo(1, 1, true);
  item.trigger.at = TrueTime{} + Seconds(2);
  cluster.Inject({item});
  cluster.Run(Milliseconds(1990));
  EXPECT_TRUE(cluster.Up(1));
  cluster.Run(Milliseconds(40));
  EXPECT_FALSE(cluster.Up(1));
}

TEST(Injector, RestartWaitsForTheDiskCallThatTheCrashComesAfter) {
  Cluster cluster(1);
  PlanItem crash = CrashAtIo(1, 1, false);
  crash.duration = Milliseconds(100);
  PlanItem slow = Item(FaultKind::kDiskSlow, Milliseconds(900), Seconds(5), {1});
  slow.amount = Milliseconds(400);
  cluster.Inject({crash, slow});
  cluster.Run(Milliseconds(5500));
  EXPECT_TRUE(cluster.Up(1));
  EXPECT_EQ(cluster.Lives(1), 2u);
}

TEST(Injector, HealingForestallsACrashThatADiskCallStillAwaits) {
  Cluster cluster(1);
  PlanItem slow = Item(FaultKind::kDiskSlow, Milliseconds(900), Seconds(5), {1});
  slow.amount = Milliseconds(400);
  Injector& injector = cluster.Inject({CrashAtIo(1, 1, false), slow});
  cluster.Run(Milliseconds(1450));
  ASSERT_EQ(injector.fates()[0], ItemFate::kFired);
  ASSERT_EQ(cluster.Lives(1), 1u);
  injector.HealAll();
  cluster.Run(Seconds(2));
  EXPECT_TRUE(cluster.Up(1));
  EXPECT_EQ(cluster.Lives(1), 2u);
}

PlanItem AtEvent(std::string name, uint64_t n) {
  PlanItem item = Item(FaultKind::kCrash, {}, Seconds(10));
  Occurrence occurrence;
  occurrence.kind = OccurrenceKind::kEvent;
  occurrence.name = std::move(name);
  occurrence.n = n;
  item.trigger.occurrence = occurrence;
  return item;
}

TEST(Injector, EventHitsTheHostOnWhichItOccurredAfterItsDelay) {
  Cluster cluster(3);
  PlanItem item = AtEvent("raft.leader", 2);
  item.trigger.delay = Milliseconds(5);
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(100));
  injector.Occurred(OccurrenceKind::kEvent, "raft.leader", HostId(1), ShardId(1));
  injector.Occurred(OccurrenceKind::kEvent, "raft.commit", HostId(1), ShardId(1));
  injector.Occurred(OccurrenceKind::kReachSite, "raft.leader", HostId(1), ShardId(1));
  cluster.Run(Milliseconds(100));
  EXPECT_TRUE(cluster.Up(1));
  injector.Occurred(OccurrenceKind::kEvent, "raft.leader", HostId(3), ShardId(1));
  cluster.Run(Milliseconds(4));
  EXPECT_TRUE(cluster.Up(3));
  cluster.Run(Milliseconds(2));
  EXPECT_FALSE(cluster.Up(3));
  EXPECT_TRUE(cluster.Up(1));
}

TEST(Injector, PartitionWithoutASideCutsOffTheHostOfItsEvent) {
  Cluster cluster(3);
  PlanItem item = AtEvent("migration.added.target", 1);
  item.kind = FaultKind::kPartition;
  item.duration = Seconds(1);
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(100));
  injector.Occurred(OccurrenceKind::kEvent, "migration.added.target", HostId(2), ShardId(1));
  cluster.Run(Seconds(2));
  EXPECT_TRUE(cluster.Received(HostId(1), HostId(2), Milliseconds(200), Seconds(1)).empty());
  EXPECT_TRUE(cluster.Received(HostId(2), HostId(3), Milliseconds(200), Seconds(1)).empty());
  EXPECT_FALSE(cluster.Received(HostId(1), HostId(3), Milliseconds(200), Seconds(1)).empty());
  EXPECT_FALSE(cluster.Received(HostId(1), HostId(2), Milliseconds(1300), Seconds(2)).empty());
}

TEST(Injector, EventIsFilteredByHostAndShard) {
  Cluster cluster(3);
  PlanItem item = AtEvent("raft.leader", 1);
  item.trigger.occurrence->host = HostId(2);
  item.trigger.occurrence->shard = ShardId(5);
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(100));
  injector.Occurred(OccurrenceKind::kEvent, "raft.leader", HostId(1), ShardId(5));
  injector.Occurred(OccurrenceKind::kEvent, "raft.leader", HostId(2), ShardId(4));
  cluster.Run(Milliseconds(10));
  EXPECT_EQ(injector.fired(), 0u);
  injector.Occurred(OccurrenceKind::kEvent, "raft.leader", HostId(2), ShardId(5));
  cluster.Run(Milliseconds(10));
  EXPECT_EQ(injector.fired(), 1u);
  EXPECT_FALSE(cluster.Up(2));
}

TEST(Injector, ReachSiteTriggersAnyKind) {
  Cluster cluster(3);
  PlanItem item = Item(FaultKind::kPartition, {}, Seconds(1), {1});
  Occurrence occurrence;
  occurrence.kind = OccurrenceKind::kReachSite;
  occurrence.name = "log.torn_tail";
  item.trigger.occurrence = occurrence;
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(100));
  EXPECT_TRUE(cluster.world().network().Connected(HostId(1), HostId(2)));
  injector.Occurred(OccurrenceKind::kReachSite, "log.torn_tail", HostId(2), ShardId());
  cluster.Run(Milliseconds(1));
  EXPECT_FALSE(cluster.world().network().Connected(HostId(1), HostId(2)));
}

TEST(Injector, EveryItemHasOneFateAndKindsAreCounted) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem first = Item(FaultKind::kDiskError, Milliseconds(100), Seconds(5), {1});
  PlanItem second = Item(FaultKind::kDiskError, Milliseconds(200), Seconds(5), {2});
  Injector& injector =
      cluster.Inject({first, second, Item(FaultKind::kCrash, Milliseconds(300), Seconds(1), {3}),
                      Item(FaultKind::kPause, Seconds(50), Seconds(1), {3}), AtEvent("never", 1)});
  cluster.Run(Seconds(1));
  EXPECT_EQ(injector.fates(),
            (std::vector<ItemFate>{ItemFate::kFired, ItemFate::kSuppressed, ItemFate::kFired,
                                   ItemFate::kNotTriggered, ItemFate::kNotTriggered}));
  EXPECT_EQ(injector.fired(), 2u);
  EXPECT_EQ(injector.suppressed(), 1u);
  EXPECT_EQ(injector.FiredByKind(), (std::vector<std::pair<FaultKind, uint64_t>>{
                                        {FaultKind::kCrash, 1}, {FaultKind::kDiskError, 1}}));
}

TEST(Injector, BudgetIsFreeAgainWhenAFaultEnds) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  Injector& injector =
      cluster.Inject({Item(FaultKind::kDiskError, Milliseconds(100), Milliseconds(200), {1}),
                      Item(FaultKind::kDiskError, Milliseconds(400), Milliseconds(200), {2})});
  cluster.Run(Seconds(1));
  EXPECT_EQ(injector.fired(), 2u);
}

TEST(Injector, CrashOfEveryHostIsWithinTheBudget) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  Injector& injector =
      cluster.Inject({Item(FaultKind::kPowerLoss, Milliseconds(100), Seconds(1)),
                      Item(FaultKind::kCrash, Milliseconds(200), Seconds(1), {2})});
  cluster.Run(Milliseconds(500));
  EXPECT_EQ(injector.fired(), 2u);
}

TEST(Injector, HealingEndsEverythingAndNothingFiresAfterwards) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem slow_disk = Item(FaultKind::kDiskSlow, Milliseconds(100), Seconds(60), {1});
  slow_disk.amount = Milliseconds(100);
  PlanItem loss = Item(FaultKind::kLoss, Milliseconds(100), Seconds(60));
  loss.ratio = Ratio::Always();
  PlanItem slow = Item(FaultKind::kSlow, Milliseconds(100), Seconds(60), {2});
  slow.factor = 100;
  Injector& injector = cluster.Inject(
      {slow_disk, loss, slow, Item(FaultKind::kCrash, Milliseconds(150), Seconds(60), {3}),
       Item(FaultKind::kPause, Milliseconds(100), Seconds(60), {1}),
       Item(FaultKind::kClockStall, Milliseconds(100), Seconds(60), {2}),
       Item(FaultKind::kPartition, Milliseconds(100), Seconds(60), {2}),
       Item(FaultKind::kClog, Milliseconds(100), Seconds(60), {1, 2}),
       Item(FaultKind::kCrash, Milliseconds(1500), Seconds(1), {1}), CrashAtIo(2, 1, true)},
      {FaultKind::kLoss});
  cluster.Run(Milliseconds(500));
  EXPECT_EQ(injector.fired(), 8u);
  injector.HealAll();
  const TrueTime healed = cluster.world().now();
  const Duration begin = healed - TrueTime{} + Milliseconds(100);
  cluster.Run(Seconds(3));
  EXPECT_EQ(injector.fired(), 8u);
  for (const uint64_t from : {1, 2, 3}) {
    EXPECT_TRUE(cluster.Up(from));
    for (const uint64_t to : {1, 2, 3}) {
      if (from == to) continue;
      EXPECT_GT(cluster.CountReceived(from, to, begin, begin + Seconds(2)), 190u)
          << from << " -> " << to;
    }
  }
  EXPECT_EQ(cluster.Lives(1), 1u);
  EXPECT_EQ(cluster.Lives(3), 2u);
  EXPECT_FALSE(cluster.world().host(HostId(2)).clock().stalled());
}

TEST(Injector, SamePlanAndSeedGiveTheSameRun) {
  const auto fingerprint = [](uint64_t seed) {
    Cluster cluster(3, seed);
    PlanItem loss = Item(FaultKind::kLoss, Milliseconds(100), Seconds(1));
    loss.ratio = Ratio(1, 2);
    cluster.Inject(
        {loss, Item(FaultKind::kPowerLoss, Milliseconds(200), Seconds(1)), CrashAtIo(1, 7, false)},
        {FaultKind::kLoss, FaultKind::kReordering});
    cluster.Run(Seconds(3));
    return cluster.world().journal().fingerprint();
  };
  EXPECT_EQ(fingerprint(1), fingerprint(1));
  EXPECT_NE(fingerprint(1), fingerprint(2));
}

}  // namespace
}  // namespace ww::faults
