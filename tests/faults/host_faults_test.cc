// Each kind of fault of hosts shows its effect in a world, and its end.
#include <gtest/gtest.h>

#include <string>

#include "tests/faults/cluster.h"

namespace ww::faults {
namespace {

constexpr Duration kBegin = Seconds(1);
constexpr Duration kLasting = Seconds(1);
constexpr Duration kEnd = Seconds(2);
constexpr Duration kRun = Seconds(3);

PlanItem During(FaultKind kind, std::vector<uint64_t> hosts = {}) {
  return Item(kind, kBegin, kLasting, std::move(hosts));
}

TEST(HostFaults, CrashedHostIsDownForItsTimeAndComesBackAsAnotherIncarnation) {
  Cluster cluster(2);
  cluster.Inject({During(FaultKind::kCrash, {1})});
  cluster.Run(Milliseconds(999));
  EXPECT_TRUE(cluster.Up(1));
  cluster.Run(Milliseconds(2));
  EXPECT_FALSE(cluster.Up(1));
  cluster.Run(Milliseconds(998));
  EXPECT_FALSE(cluster.Up(1));
  cluster.Run(Milliseconds(2));
  EXPECT_TRUE(cluster.Up(1));
  cluster.Run(Milliseconds(100));
  EXPECT_EQ(cluster.Lives(1), 2u);
  EXPECT_EQ(cluster.Lives(2), 1u);
}

TEST(HostFaults, OverlappingCrashesKeepTheHostDownUntilTheLastEnds) {
  Cluster cluster(1);
  Injector& injector =
      cluster.Inject({During(FaultKind::kCrash, {1}),
                      Item(FaultKind::kCrash, Milliseconds(1500), Milliseconds(1000), {1})});
  cluster.Run(Milliseconds(2400));
  EXPECT_FALSE(cluster.Up(1));
  cluster.Run(Milliseconds(200));
  EXPECT_TRUE(cluster.Up(1));
  EXPECT_EQ(cluster.Lives(1), 2u);
  EXPECT_EQ(injector.fired(), 2u);
}

TEST(HostFaults, PowerLossTakesAllDownAtOnceAndTheyComeBackOneByOne) {
  Cluster cluster(3);
  cluster.Inject({During(FaultKind::kPowerLoss)});
  cluster.Run(Milliseconds(1001));
  for (const uint64_t host : {1, 2, 3}) EXPECT_FALSE(cluster.Up(host)) << host;
  cluster.Run(kRun);
  ASSERT_EQ(cluster.lives().size(), 6u);
  const Life* const back = &cluster.lives()[3];
  EXPECT_EQ(back[0].host, HostId(1));
  EXPECT_GE(back[0].began, TrueTime{} + kEnd);
  EXPECT_LT(back[0].began, back[1].began);
  EXPECT_LT(back[1].began, back[2].began);
  EXPECT_LT(back[2].began, TrueTime{} + Milliseconds(2600));
}

TEST(HostFaults, LostHostNeverComesBackWhateverElseEnds) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  Injector& injector =
      cluster.Inject({During(FaultKind::kLoseHost, {1}), During(FaultKind::kCrash, {1}),
                      Item(FaultKind::kPowerLoss, Milliseconds(1500), Milliseconds(500)),
                      Item(FaultKind::kPause, Milliseconds(1200), Milliseconds(300), {1})});
  cluster.Run(Milliseconds(999));
  EXPECT_TRUE(cluster.Up(1));
  cluster.Run(kRun);
  EXPECT_EQ(injector.fired(), 4u);
  injector.HealAll();
  cluster.Run(kRun);
  EXPECT_FALSE(cluster.Up(1));
  EXPECT_EQ(cluster.Lives(1), 1u);
  EXPECT_TRUE(cluster.Up(2));
  EXPECT_TRUE(cluster.Up(3));
}

TEST(HostFaults, NoMoreHostsAreLostThanEveryShardSurvives) {
  Cluster cluster(5);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  Injector& injector =
      cluster.Inject({During(FaultKind::kLoseHost, {1}), During(FaultKind::kLoseHost, {1}),
                      Item(FaultKind::kLoseHost, Milliseconds(1100), {}, {2}),
                      Item(FaultKind::kLoseHost, Milliseconds(1200), {}, {3})});
  cluster.Run(kRun);
  EXPECT_EQ(injector.fired(), 2u);  // Neither the same one again nor a third of five.
  EXPECT_EQ(injector.suppressed(), 2u);
  EXPECT_TRUE(cluster.Up(3));
}

TEST(HostFaults, WipedDiskIsEmptyWhenItsHostComesBack) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  Injector& injector = cluster.Inject(
      {During(FaultKind::kWipeDisk, {1}), Item(FaultKind::kWipeDisk, Milliseconds(1100), {}, {2})});
  cluster.Run(Milliseconds(999));
  EXPECT_FALSE(cluster.world().host(HostId(1)).disk().Names().empty());
  cluster.Run(Milliseconds(2));
  EXPECT_FALSE(cluster.Up(1));
  EXPECT_TRUE(cluster.world().host(HostId(1)).disk().Names().empty());
  cluster.quorums().damaged[HostId(1)] = true;
  cluster.Run(kRun);
  EXPECT_TRUE(cluster.Up(1));
  EXPECT_EQ(cluster.Lives(1), 2u);
  EXPECT_EQ(cluster.Lives(2), 1u);
  EXPECT_EQ(injector.fired(), 1u);
}

TEST(HostFaults, PausedHostDoesNothingAndThenGoesOnInTheSameLife) {
  Cluster cluster(2);
  cluster.Inject({During(FaultKind::kPause, {1}),
                  Item(FaultKind::kPause, Milliseconds(1500), Milliseconds(700), {1})});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.CountReceived(1, 2, Milliseconds(1020), Milliseconds(2200)), 0u);
  EXPECT_EQ(cluster.CountReceived(2, 1, Milliseconds(1020), Milliseconds(2200)), 0u);
  EXPECT_GT(cluster.CountReceived(1, 2, Milliseconds(2200), kRun), 70u);
  EXPECT_EQ(cluster.Lives(1), 1u);
}

TEST(HostFaults, SlowHostDoesLess) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kSlow, {1});
  item.factor = 20'000;  // 20 ms a step.
  cluster.Inject({item});
  cluster.Run(kRun);
  EXPECT_LT(cluster.CountReceived(1, 2, Milliseconds(1020), kEnd), 40u);
  EXPECT_GT(cluster.CountReceived(2, 2, {}, {}) + cluster.CountReceived(1, 2, {}, kBegin), 90u);
  EXPECT_GT(cluster.CountReceived(1, 2, Milliseconds(2100), kRun), 85u);
}

TEST(HostFaults, SlowDiskTakesLongerAndDelaysAddUp) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kDiskSlow, {1});
  item.amount = Milliseconds(40);
  cluster.Inject({item, item});
  cluster.Run(kRun);
  const auto longest = [&](uint64_t host, Duration begin, Duration end) {
    Duration most;
    for (const DiskAct& act : cluster.Disk(HostId(host), begin, end)) {
      most = std::max(most, act.ended - act.began);
    }
    return most;
  };
  EXPECT_LT(longest(1, {}, kBegin), Milliseconds(2));
  // An append and a sync, 80 ms more for each.
  EXPECT_GE(longest(1, kBegin, kEnd), Milliseconds(160));
  EXPECT_LT(longest(2, kBegin, kEnd), Milliseconds(2));
  EXPECT_LT(longest(1, Milliseconds(2200), kRun), Milliseconds(2));
}

TEST(HostFaults, DiskErrorsFailCallsAndTheHostIsRestartedWhenTheyEnd) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = During(FaultKind::kDiskError, {1});
  item.ratio = Ratio(1, 2);
  cluster.Inject({item}, {FaultKind::kDiskError});
  cluster.Run(kRun);
  const auto failed = [&](uint64_t host, Duration begin, Duration end) {
    size_t count = 0;
    for (const DiskAct& act : cluster.Disk(HostId(host), begin, end)) {
      if (!act.status.ok()) ++count;
    }
    return count;
  };
  EXPECT_EQ(failed(1, {}, kBegin), 0u);
  EXPECT_GT(failed(1, kBegin, kEnd), 20u);
  EXPECT_EQ(failed(2, kBegin, kEnd), 0u);
  EXPECT_EQ(failed(1, kEnd, kRun), 0u);
  EXPECT_EQ(cluster.Lives(1), 2u);
  // That restart is of the process alone; a later crash is one of the machine again.
  EXPECT_TRUE(cluster.world().host(HostId(1)).disk().crash_rules().loses_unsynced);
}

TEST(HostFaults, DriftingClockGainsAndThenKeepsWhatItGained) {
  Cluster cluster(2);
  PlanItem fast = During(FaultKind::kClockDrift, {1});
  fast.factor = 100'000;
  PlanItem slow = During(FaultKind::kClockDrift, {2});
  slow.factor = 100'000;
  slow.negative = true;
  cluster.Inject({fast, slow});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.world().host(HostId(1)).LocalNow(), LocalTime{} + Milliseconds(3100));
  EXPECT_EQ(cluster.world().host(HostId(2)).LocalNow(), LocalTime{} + Milliseconds(2900));
}

TEST(HostFaults, StalledClockStandsStillUntilTheLastStallEnds) {
  Cluster cluster(2);
  cluster.Inject({During(FaultKind::kClockStall, {1}),
                  Item(FaultKind::kClockStall, Milliseconds(1500), Milliseconds(1000), {1})});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.world().host(HostId(1)).LocalNow(), LocalTime{} + Milliseconds(1500));
  // Its timers follow its clock.
  EXPECT_EQ(cluster.CountReceived(1, 2, Milliseconds(1050), Milliseconds(2490)), 0u);
  EXPECT_GT(cluster.CountReceived(1, 2, Milliseconds(2500), kRun), 40u);
}

}  // namespace
}  // namespace ww::faults
