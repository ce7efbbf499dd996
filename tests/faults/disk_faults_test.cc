// Each kind of fault of disks that does more than fail calls shows its effect in a world.
#include <gtest/gtest.h>

#include <algorithm>
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

std::string LogOf(Cluster& cluster, uint64_t host) {
  sim::Disk& disk = cluster.world().host(HostId(host)).disk();
  return disk.Names().empty() ? "" : disk.DurableBytes(disk.Names().front().second);
}

// Bits that are not what the cluster wrote.
size_t WrongBits(const std::string& log) {
  size_t wrong = 0;
  for (size_t i = 0; i < log.size(); ++i) {
    const auto difference = static_cast<unsigned char>(log[i] ^ kRecord[i % kRecord.size()]);
    for (unsigned bits = difference; bits != 0; bits &= bits - 1) ++wrong;
  }
  return wrong;
}

TEST(DiskFaults, StalledDiskReturnsFromNothingUntilTheLastStallEnds) {
  Cluster cluster(2);
  cluster.Inject({During(FaultKind::kDiskStall, {1}),
                  Item(FaultKind::kDiskStall, Milliseconds(1500), Seconds(1), {1})});
  cluster.Run(kRun);
  EXPECT_EQ(cluster.Disk(HostId(1), Milliseconds(1001), Milliseconds(2499)).size(), 0u);
  EXPECT_GT(cluster.Disk(HostId(1), {}, kBegin).size(), 80u);
  EXPECT_GT(cluster.Disk(HostId(1), Milliseconds(2500), kRun).size(), 40u);
  EXPECT_GT(cluster.Disk(HostId(2), kBegin, kEnd).size(), 80u);
  EXPECT_EQ(cluster.Lives(1), 1u);
}

TEST(DiskFaults, HealingEndsAStall) {
  Cluster cluster(1);
  Injector& injector = cluster.Inject({Item(FaultKind::kDiskStall, kBegin, Seconds(100), {1})});
  cluster.Run(kEnd);
  injector.HealAll();
  cluster.Run(kLasting);
  EXPECT_GT(cluster.Disk(HostId(1), kEnd, kRun).size(), 80u);
}

TEST(DiskFaults, ShortWritesFailAndLeaveAPrefix) {
  Cluster cluster(2);
  PlanItem item = During(FaultKind::kShortWrite, {1});
  item.ratio = Ratio(1, 2);
  cluster.Inject({item}, {FaultKind::kShortWrite});
  cluster.Run(kRun);
  const auto failed = [&](uint64_t host, Duration begin, Duration end) {
    const std::vector<DiskAct> acts = cluster.Disk(HostId(host), begin, end);
    return std::count_if(acts.begin(), acts.end(),
                         [](const DiskAct& act) { return !act.status.ok(); });
  };
  EXPECT_EQ(failed(1, {}, kBegin), 0);
  EXPECT_GT(failed(1, kBegin, kEnd), 20);
  EXPECT_EQ(failed(1, Milliseconds(2020), kRun), 0);
  EXPECT_EQ(failed(2, {}, kRun), 0);
  EXPECT_GT(WrongBits(LogOf(cluster, 1)), 0u) << "what was written next stands behind a part";
  EXPECT_EQ(WrongBits(LogOf(cluster, 2)), 0u);
}

TEST(DiskFaults, RotFlipsSoManyBitsAndTheProcessIsStartedAgain) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = During(FaultKind::kBitRot, {1});
  item.factor = 5;
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(999));
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 0u);
  cluster.Run(Milliseconds(2));
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 5u);
  EXPECT_EQ(cluster.Lives(1), 1u);
  cluster.Run(kRun);
  EXPECT_EQ(cluster.Lives(1), 2u);
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 5u);
  EXPECT_EQ(WrongBits(LogOf(cluster, 2)), 0u);
  injector.HealAll();
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 5u) << "nobody was to replace it";
}

TEST(DiskFaults, ARottenDiskIsReplacedWhenItsTimeHasCome) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = During(FaultKind::kBitRot, {1});
  item.amount = Milliseconds(500);
  PlanItem later = Item(FaultKind::kBitRot, Milliseconds(1100), Milliseconds(100), {1});
  later.amount = Milliseconds(100);
  cluster.Inject({item, later});
  cluster.Run(Milliseconds(1299));
  EXPECT_GT(WrongBits(LogOf(cluster, 1)), 0u);
  cluster.Run(Milliseconds(100));
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 0u);
  EXPECT_LT(LogOf(cluster, 1).size(), 20 * kRecord.size()) << "it began with nothing";
  cluster.Run(Milliseconds(2000));
  EXPECT_GT(LogOf(cluster, 1).size(), 150 * kRecord.size()) << "replaced once, not twice";
  EXPECT_EQ(cluster.Lives(1), 4u);  // After each item's time, and with the new disk.
}

TEST(DiskFaults, HealingReplacesWhatWasToBeReplaced) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = During(FaultKind::kBitRot, {1});
  item.amount = Seconds(100);
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(1500));
  injector.HealAll();
  EXPECT_EQ(LogOf(cluster, 1), "");
  EXPECT_TRUE(cluster.Up(1));
}

TEST(DiskFaults, LatentErrorsAreThereWhenTheProcessComesBack) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = During(FaultKind::kLatentError, {1});
  item.factor = 20;  // The log's last sector is written again and again.
  cluster.Inject({item});
  cluster.Run(Milliseconds(1500));
  sim::Host& host = cluster.world().host(HostId(1));
  const sim::FileNumber file = host.disk().Names().front().second;
  const uint64_t bytes = host.disk().DurableBytes(file).size();
  host.Crash();
  absl::StatusCode code = absl::StatusCode::kOk;
  host.SetMain([&](sim::Process& process) {
    code = host.disk().Read(process, file, 0, bytes).status().code();
  });
  host.Start();
  cluster.Run(Milliseconds(10));
  EXPECT_EQ(code, absl::StatusCode::kDataLoss);
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 0u) << "nothing says what stood there";
}

TEST(DiskFaults, MisdirectedWritesStandWhereOthersShould) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = During(FaultKind::kMisdirectedWrite, {1});
  item.factor = 20;
  Injector& injector = cluster.Inject({item});
  cluster.Run(Milliseconds(999));
  EXPECT_EQ(WrongBits(LogOf(cluster, 1)), 0u);
  cluster.Run(Milliseconds(2));
  EXPECT_GT(WrongBits(LogOf(cluster, 1)), 500u);
  EXPECT_EQ(cluster.Lives(1), 1u);
  cluster.Run(kRun);
  EXPECT_EQ(cluster.Lives(1), 2u);
  EXPECT_EQ(WrongBits(LogOf(cluster, 2)), 0u);
  EXPECT_EQ(injector.fired(), 1u);
}

TEST(DiskFaults, ADamagedHostCountsUntilItsDiskIsReplaced) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem first = Item(FaultKind::kBitRot, kBegin, Milliseconds(100), {1});
  first.amount = Milliseconds(400);
  Injector& injector =
      cluster.Inject({first, Item(FaultKind::kBitRot, Milliseconds(1200), Milliseconds(100), {2}),
                      Item(FaultKind::kLatentError, Milliseconds(1300), Milliseconds(100), {1}),
                      Item(FaultKind::kLatentError, Milliseconds(1600), Milliseconds(100), {3})});
  cluster.Run(kRun);
  EXPECT_EQ(injector.fates()[0], ItemFate::kFired);
  EXPECT_EQ(injector.fates()[1], ItemFate::kSuppressed);
  EXPECT_EQ(injector.fates()[2], ItemFate::kFired) << "no more than it has already";
  EXPECT_EQ(injector.fates()[3], ItemFate::kFired);
}

// A host that only gave up for a while has its data still.
TEST(DiskFaults, DamageIsSuppressedAlsoOnAHostThatIsNotIntactForAWhile) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  cluster.quorums().damaged[HostId(1)] = true;
  cluster.quorums().damaged[HostId(2)] = true;
  Injector& injector = cluster.Inject({During(FaultKind::kBitRot, {2})});
  cluster.Run(kRun);
  EXPECT_EQ(injector.suppressed(), 1u);
}

TEST(DiskFaults, AnOlderImageComesBackAndItsHostCountsNoMore) {
  Cluster cluster(3);
  cluster.quorums().groups = {{ShardId(1), cluster.hosts()}};
  PlanItem item = Item(FaultKind::kOlderImage, kBegin, Milliseconds(300), {1});
  item.amount = Milliseconds(500);
  Injector& injector = cluster.Inject({item, Item(FaultKind::kWipeDisk, kEnd, kLasting, {2})});
  cluster.Run(Milliseconds(1001));
  const std::string then = LogOf(cluster, 1);
  cluster.Run(Milliseconds(490));
  EXPECT_TRUE(cluster.Up(1));
  EXPECT_GT(LogOf(cluster, 1).size(), then.size());
  cluster.Run(Milliseconds(20));
  EXPECT_FALSE(cluster.Up(1));
  EXPECT_EQ(LogOf(cluster, 1), then);
  cluster.Run(kRun);
  EXPECT_TRUE(cluster.Up(1));
  EXPECT_EQ(cluster.Lives(1), 2u);
  EXPECT_EQ(injector.fired(), 1u);
  EXPECT_EQ(injector.suppressed(), 1u);
}

}  // namespace
}  // namespace ww::faults
