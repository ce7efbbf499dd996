// Each kind of fault of links shows its effect in a world, and its end.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/faults/cluster.h"

namespace ww::faults {
namespace {

constexpr Duration kBegin = Seconds(1);
constexpr Duration kLasting = Seconds(1);
constexpr Duration kEnd = Seconds(2);
constexpr Duration kRun = Seconds(3);
// Messages of a healthy link in a second.
constexpr size_t kBeats = 95;
// Behind the arrivals of what was sent before.
constexpr Duration kSettled = Milliseconds(1020);

size_t During(const Cluster& cluster, uint64_t from, uint64_t to) {
  return cluster.CountReceived(from, to, kSettled, kEnd);
}
size_t Afterwards(const Cluster& cluster, uint64_t from, uint64_t to) {
  return cluster.CountReceived(from, to, kEnd, kRun);
}

PlanItem During(FaultKind kind, std::vector<uint64_t> hosts = {}) {
  return Item(kind, kBegin, kLasting, std::move(hosts));
}

TEST(LinkFaults, NoFaultLeavesEveryLinkWhole) {
  Cluster cluster(3);
  cluster.Inject({});
  cluster.Run(kRun);
  EXPECT_GE(During(cluster, 1, 2), kBeats);
}

TEST(LinkFaults, PartitionCutsBothWaysBetweenSidesOnly) {
  Cluster cluster(5);
  cluster.Inject({During(FaultKind::kPartition, {1, 2})});
  cluster.Run(kRun);
  EXPECT_EQ(During(cluster, 1, 3), 0u);
  EXPECT_EQ(During(cluster, 5, 2), 0u);
  EXPECT_GE(During(cluster, 1, 2), kBeats);
  EXPECT_GE(During(cluster, 3, 4), kBeats);
  EXPECT_GE(Afterwards(cluster, 1, 3), kBeats);
  EXPECT_GE(Afterwards(cluster, 5, 2), kBeats);
}

TEST(LinkFaults, EndingOneOfTwoPartitionsLeavesTheOther) {
  Cluster cluster(3);
  cluster.Inject({During(FaultKind::kPartition, {1}),
                  Item(FaultKind::kPartition, Milliseconds(1500), Milliseconds(1000), {1})});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.CountReceived(1, 2, Milliseconds(2020), Milliseconds(2500)), 0u);
  EXPECT_GT(cluster.CountReceived(1, 2, Milliseconds(2510), kRun), 40u);
}

TEST(LinkFaults, IsolatedLeaderIsWhoeverLeadsWhenItFires) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kIsolateLeader);
  item.shard = ShardId(7);
  cluster.quorums().leaders[ShardId(7)] = HostId(3);
  cluster.Inject({item});
  cluster.Run(Milliseconds(900));
  cluster.quorums().leaders[ShardId(7)] = HostId(2);
  cluster.Run(Milliseconds(2100));
  EXPECT_EQ(During(cluster, 2, 1), 0u);
  EXPECT_EQ(During(cluster, 3, 2), 0u);
  EXPECT_GE(During(cluster, 3, 1), kBeats);
  EXPECT_GE(Afterwards(cluster, 2, 1), kBeats);
}

TEST(LinkFaults, IsolationWaitsForALeader) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kIsolateLeader);
  item.shard = ShardId(1);
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(1500));
  EXPECT_EQ(injector.fates()[0], ItemFate::kNotTriggered);
  cluster.quorums().leaders[ShardId(1)] = HostId(1);
  cluster.Run(Milliseconds(100));
  EXPECT_EQ(injector.fates()[0], ItemFate::kFired);
  EXPECT_FALSE(cluster.world().network().Connected(HostId(1), HostId(2)));
}

TEST(LinkFaults, OneWayCutLosesOneDirection) {
  Cluster cluster(2);
  cluster.Inject({During(FaultKind::kOneWayCut, {1, 2})});
  cluster.Run(kRun);
  EXPECT_EQ(During(cluster, 1, 2), 0u);
  EXPECT_GE(During(cluster, 2, 1), kBeats);
  EXPECT_GE(Afterwards(cluster, 1, 2), kBeats);
}

TEST(LinkFaults, ClogHoldsThenReleasesEverythingInOrder) {
  Cluster cluster(2);
  cluster.Inject({During(FaultKind::kClog, {1, 2})});
  cluster.Run(kRun);
  EXPECT_EQ(During(cluster, 1, 2), 0u);
  EXPECT_GE(Afterwards(cluster, 1, 2), 2 * kBeats);
  const std::vector<Receipt> all = cluster.Received(HostId(1), HostId(2), {}, kRun);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const Receipt& a, const Receipt& b) {
    return a.number < b.number;
  }));
}

TEST(LinkFaults, ResetLosesWhatIsInFlight) {
  const auto received = [](std::vector<PlanItem> items) {
    Cluster cluster(2);
    for (const auto& link : {std::pair{1, 2}, std::pair{2, 1}}) {
      cluster.world().network().rules(HostId(link.first), HostId(link.second)).delay.base =
          Milliseconds(95);
    }
    cluster.Inject(std::move(items));
    cluster.Run(kRun);
    return std::pair{cluster.CountReceived(1, 2, {}, kRun), cluster.CountReceived(2, 1, {}, kRun)};
  };
  const auto whole = received({});
  const auto reset = received({During(FaultKind::kReset, {1, 2})});
  // About ten beats are under way at any time.
  EXPECT_LE(reset.first + 9, whole.first);
  EXPECT_GE(reset.first + 11, whole.first);
  EXPECT_EQ(reset.second, whole.second);
}

TEST(LinkFaults, LossLosesItsShareOnTheLinksOfItsHost) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kLoss, {1});
  item.ratio = Ratio(1, 2);
  cluster.Inject({item}, {FaultKind::kLoss});
  cluster.Run(kRun);
  EXPECT_GT(During(cluster, 1, 2), 25u);
  EXPECT_LT(During(cluster, 1, 2), 75u);
  EXPECT_LT(During(cluster, 3, 1), 75u);
  EXPECT_GE(During(cluster, 2, 3), kBeats);
  EXPECT_GE(Afterwards(cluster, 1, 2), kBeats);
}

TEST(LinkFaults, LossWithoutHostsIsEverywhereAndTheLargerOfTwoCounts) {
  Cluster cluster(2);
  PlanItem some = During(FaultKind::kLoss);
  some.ratio = Ratio(1, 10);
  PlanItem all = Item(FaultKind::kLoss, Milliseconds(1200), Milliseconds(300), {1});
  all.ratio = Ratio::Always();
  cluster.Inject({some, all});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.CountReceived(1, 2, Milliseconds(1220), Milliseconds(1500)), 0u);
  EXPECT_GT(cluster.CountReceived(1, 2, Milliseconds(1510), kEnd), 25u);
}

TEST(LinkFaults, DuplicationBringsMessagesTwice) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kDuplication);
  item.ratio = Ratio::Always();
  cluster.Inject({item}, {FaultKind::kDuplication});
  cluster.Run(kRun);
  EXPECT_GE(During(cluster, 1, 2), 2 * kBeats - 2);
  EXPECT_LE(Afterwards(cluster, 1, 2), 102u);
}

TEST(LinkFaults, ReorderingLetsMessagesOvertake) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kReordering);
  item.ratio = Ratio(1, 2);
  item.amount = Milliseconds(50);
  cluster.Inject({item}, {FaultKind::kReordering});
  cluster.Run(kRun);
  const auto in_order = [&](Duration begin, Duration end) {
    const std::vector<Receipt> all = cluster.Received(HostId(1), HostId(2), begin, end);
    return std::is_sorted(all.begin(), all.end(),
                          [](const Receipt& a, const Receipt& b) { return a.number < b.number; });
  };
  EXPECT_TRUE(in_order({}, kBegin));
  EXPECT_FALSE(in_order(kBegin, kEnd));
  EXPECT_TRUE(in_order(Milliseconds(2100), kRun));
}

TEST(LinkFaults, DelayComesOnTopAndDelaysAddUp) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kDelay, {1});
  item.amount = Milliseconds(300);
  PlanItem more = During(FaultKind::kDelay);
  more.amount = Milliseconds(400);
  cluster.Inject({item, more});
  cluster.Run(kRun);
  // What is sent at 1 s arrives 701 ms later.
  EXPECT_EQ(cluster.CountReceived(1, 2, kSettled, Milliseconds(1690)), 0u);
  EXPECT_GE(cluster.CountReceived(1, 2, Milliseconds(1700), kEnd), 25u);
  EXPECT_EQ(cluster.world().network().rules(HostId(1), HostId(2)).delay.base, Milliseconds(1));
}

std::set<uint32_t> Kinds(const std::vector<Receipt>& receipts) {
  std::set<uint32_t> kinds;
  for (const Receipt& receipt : receipts) kinds.insert(receipt.kind);
  return kinds;
}

TEST(LinkFaults, KindDropLosesOneKindOnOneLink) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kKindDrop, {1, 2});
  item.ratio = Ratio::Always();
  item.message_kind = 1;
  cluster.Inject({item});
  cluster.Run(kRun);
  const std::set<uint32_t> during = Kinds(cluster.Received(HostId(1), HostId(2), kSettled, kEnd));
  const std::set<uint32_t> before = Kinds(cluster.Received(HostId(1), HostId(2), {}, kBegin));
  EXPECT_EQ(before.count(1), 1u);
  EXPECT_EQ(during.count(1), 0u);
  EXPECT_FALSE(during.empty());
}

TEST(LinkFaults, KindHoldReleasesLateMessagesAtItsEnd) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kKindHold, {1, 2});
  item.message_kind = 1;
  cluster.Inject({item});
  cluster.Run(kRun);
  const std::vector<Receipt> at_end =
      cluster.Received(HostId(1), HostId(2), kEnd, Milliseconds(2005));
  const auto of_kind = [](const std::vector<Receipt>& receipts) {
    return std::count_if(receipts.begin(), receipts.end(),
                         [](const Receipt& receipt) { return receipt.kind == 1; });
  };
  EXPECT_EQ(of_kind(cluster.Received(HostId(1), HostId(2), kSettled, kEnd)), 0);
  EXPECT_GT(of_kind(at_end), 20);
}

TEST(LinkFaults, KindDropWithOneHostLosesTheKindOnAllLinksToIt) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kKindDrop, {2});
  item.ratio = Ratio::Always();
  item.message_kind = 1;
  cluster.Inject({item});
  cluster.Run(kRun);
  EXPECT_EQ(Kinds(cluster.Received(HostId(1), HostId(2), kSettled, kEnd)).count(1), 0u);
  EXPECT_EQ(Kinds(cluster.Received(HostId(3), HostId(2), kSettled, kEnd)).count(1), 0u);
  EXPECT_EQ(Kinds(cluster.Received(HostId(2), HostId(1), kSettled, kEnd)).count(1), 1u);
}

TEST(LinkFaults, KindDropWithoutHostsLosesTheKindEverywhere) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kKindDrop, {});
  item.ratio = Ratio::Always();
  item.message_kind = 1;
  cluster.Inject({item});
  cluster.Run(kRun);
  EXPECT_EQ(Kinds(cluster.Received(HostId(1), HostId(2), kSettled, kEnd)).count(1), 0u);
  EXPECT_EQ(Kinds(cluster.Received(HostId(2), HostId(3), kSettled, kEnd)).count(1), 0u);
}

uint64_t Refused(Cluster& cluster) {
  const sim::NetworkCounters& counters = cluster.world().network().counters();
  return counters.dropped_for[static_cast<size_t>(sim::DropReason::kDamaged)];
}

TEST(LinkFaults, CorruptedAndTruncatedMessagesAreRefused) {
  for (const FaultKind kind : {FaultKind::kCorruption, FaultKind::kTruncation}) {
    Cluster cluster(3);
    PlanItem item = During(kind, {1});
    item.ratio = Ratio(1, 2);
    cluster.Inject({item}, {kind});
    cluster.Run(kRun);
    EXPECT_GT(During(cluster, 1, 2), kBeats / 4);
    EXPECT_LT(During(cluster, 1, 2), kBeats * 3 / 4);
    EXPECT_LT(During(cluster, 3, 1), kBeats * 3 / 4);
    EXPECT_GE(During(cluster, 2, 3), kBeats);
    EXPECT_GE(Afterwards(cluster, 1, 2), kBeats);
    EXPECT_GT(Refused(cluster), kBeats);
    EXPECT_EQ(cluster.world().network().counters().believed, 0u);
  }
}

TEST(LinkFaults, FlakyLinkIsCutAndWholeByTurnsBothWays) {
  Cluster cluster(3);
  PlanItem item = During(FaultKind::kFlakyLink, {1, 2});
  item.amount = Milliseconds(300);
  cluster.Inject({item});
  cluster.Run(kRun);
  for (const uint64_t from : {1u, 2u}) {
    const auto received = [&](int64_t begin, int64_t end) {
      return cluster.CountReceived(from, 3 - from, Milliseconds(begin), Milliseconds(end));
    };
    EXPECT_EQ(received(1020, 1300), 0u);
    EXPECT_GT(received(1320, 1600), 20u);
    EXPECT_EQ(received(1620, 1900), 0u);
    EXPECT_GT(received(1920, 3000), 95u) << "an end while it is whole leaves it so";
  }
  EXPECT_GE(During(cluster, 1, 3), kBeats);
}

TEST(LinkFaults, FlakyLinkThatEndsWhileItIsCutIsWholeAgain) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kFlakyLink, {1, 2});
  item.amount = Milliseconds(400);
  cluster.Inject({item});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.CountReceived(1, 2, Milliseconds(1820), kEnd), 0u);
  EXPECT_GE(Afterwards(cluster, 1, 2), kBeats);
}

TEST(LinkFaults, InARingEachHostReachesItsNeighboursOnly) {
  Cluster cluster(5);
  cluster.Inject({During(FaultKind::kRing, {3, 1, 4, 2, 5})});
  cluster.Run(kRun);
  const std::set<std::pair<uint64_t, uint64_t>> neighbours = {
      {1, 3}, {1, 4}, {2, 4}, {2, 5}, {3, 5}};
  for (uint64_t from = 1; from <= 5; ++from) {
    for (uint64_t to = 1; to <= 5; ++to) {
      if (from == to) continue;
      const bool near = neighbours.contains({std::min(from, to), std::max(from, to)});
      EXPECT_EQ(During(cluster, from, to) > 0, near) << from << " to " << to;
      EXPECT_GE(Afterwards(cluster, from, to), kBeats);
    }
  }
}

TEST(LinkFaults, OnlyTheBridgeReachesBothSides) {
  Cluster cluster(5);
  cluster.Inject({During(FaultKind::kBridge, {2, 1, 4})});
  cluster.Run(kRun);
  EXPECT_EQ(During(cluster, 1, 3), 0u);
  EXPECT_EQ(During(cluster, 5, 4), 0u);
  for (const uint64_t other : {1u, 3u, 4u, 5u}) {
    EXPECT_GE(During(cluster, 2, other), kBeats);
    EXPECT_GE(During(cluster, other, 2), kBeats);
  }
  EXPECT_GE(During(cluster, 1, 4), kBeats);
  EXPECT_GE(During(cluster, 3, 5), kBeats);
  EXPECT_GE(Afterwards(cluster, 1, 3), kBeats);
}

TEST(LinkFaults, EnabledKindDrawsAtEveryMessageEvenWhileNoneIsInForce) {
  Cluster off(2);
  off.Inject({});
  off.Run(kRun);
  Cluster on(2);
  on.Inject({}, {FaultKind::kLoss});
  on.Run(kRun);
  EXPECT_GT(on.world().decisions().count(), off.world().decisions().count() + 400);
  EXPECT_GE(During(on, 1, 2), kBeats);
}

}  // namespace
}  // namespace ww::faults
