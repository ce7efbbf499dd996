#include "faults/budget.h"

#include <gtest/gtest.h>

#include "tests/faults/cluster.h"

namespace ww::faults {
namespace {

std::vector<HostId> Hosts(std::initializer_list<uint64_t> ids) {
  std::vector<HostId> hosts;
  for (const uint64_t id : ids) hosts.push_back(HostId(id));
  return hosts;
}

TEST(Budget, AllowsHarmToAMinority) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3, 4, 5})}};
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({1})).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({2}), Hosts({1})).within);
  EXPECT_FALSE(CheckBudget(view, Hosts({2, 3}), Hosts({1})).within);
}

TEST(Budget, HalfOfAnEvenGroupIsNoMajority) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3, 4})}};
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({1})).within);
  EXPECT_FALSE(CheckBudget(view, Hosts({2}), Hosts({1})).within);
}

TEST(Budget, NothingOfAGroupOfOneMayBeHarmed) {
  FakeQuorums view;
  view.groups = {{ShardId(4), Hosts({2})}};
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({1})).within);
  const BudgetVerdict verdict = CheckBudget(view, {}, Hosts({2}));
  EXPECT_FALSE(verdict.within);
  EXPECT_EQ(verdict.exceeded, ShardId(4));
}

TEST(Budget, MembersThatLostDataCountAsHarmed) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3})}};
  view.damaged[HostId(3)] = true;
  EXPECT_FALSE(CheckBudget(view, {}, Hosts({1})).within);
}

TEST(Budget, FaultThatTouchesNoIntactMemberIsAllowedEvenWhenTheMajorityIsGone) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3})}};
  view.damaged[HostId(2)] = true;
  view.damaged[HostId(3)] = true;
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({3})).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({1}), Hosts({1})).within);
}

TEST(Budget, EveryHalfOfAJointConfigurationKeepsItsMajority) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3, 4, 5})}, {ShardId(1), Hosts({1, 6, 7})}};
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({6})).within);
  EXPECT_FALSE(CheckBudget(view, Hosts({1}), Hosts({6})).within);
}

TEST(Budget, HarmForGoodCountsAlsoOnAHostThatMayBecomeAMember) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3})}};
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({4}), Harm::kForGood).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({4}), Hosts({1})).within);
  EXPECT_FALSE(CheckBudget(view, Hosts({4}), Hosts({1}), Harm::kForGood).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({1}), Hosts({4})).within);
  EXPECT_FALSE(CheckBudget(view, Hosts({1}), Hosts({4}), Harm::kForGood).within);
}

TEST(Budget, WhatGoesAtOnceIsMissedAlsoWhereAnotherFaultWouldHavePassed) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3})}};
  EXPECT_TRUE(CheckBudget(view, Hosts({1, 2}), Hosts({1})).within);
  EXPECT_FALSE(CheckBudget(view, Hosts({1, 2}), Hosts({1}), Harm::kGone).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({1}), Hosts({1}), Harm::kGone).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({1, 2}), Hosts({4}), Harm::kGone).within);
}

TEST(Budget, WhatIsAwaitedMayGoButNotBreak) {
  FakeQuorums view;
  view.groups = {{ShardId(1), Hosts({1, 2, 3}), 0, true}};
  EXPECT_TRUE(CheckBudget(view, Hosts({2, 3}), Hosts({1})).within);
  EXPECT_TRUE(CheckBudget(view, Hosts({2, 3}), Hosts({1}), Harm::kGone).within);
  EXPECT_FALSE(CheckBudget(view, {}, Hosts({1}), Harm::kForGood).within);
  EXPECT_TRUE(CheckBudget(view, {}, Hosts({4}), Harm::kForGood).within);
}

TEST(Plan, NamesOfKindsAreReadBackAndDescribed) {
  for (const FaultInfo& info : AllFaults()) {
    EXPECT_EQ(FaultKindFromName(info.name), info.kind);
    PlanItem item = Item(info.kind, Seconds(1), Seconds(2), {1, 2});
    item.id = 3;
    EXPECT_EQ(Describe(item).find("3: " + std::string(info.name)), 0u);
  }
  EXPECT_EQ(FaultKindFromName("crush"), std::nullopt);
}

TEST(Plan, DescribesACrashInOneLine) {
  PlanItem item = Item(FaultKind::kCrash, Milliseconds(4200), Milliseconds(1500), {2});
  item.id = 3;
  EXPECT_EQ(Describe(item), "3: crash h2 at 4.200000000s for 1.500000000s");
  Occurrence occurrence;
  occurrence.kind = OccurrenceKind::kIoPoint;
  occurrence.name = "sync";
  occurrence.n = 5;
  occurrence.host = HostId(2);
  occurrence.before = true;
  item.trigger.occurrence = occurrence;
  EXPECT_EQ(Describe(item),
            "3: crash h2 before I/O point #5 (sync) on h2 from 4.200000000s for 1.500000000s");
}

TEST(Plan, ItemWithoutItsSubjectIsRefused) {
  EXPECT_EQ(SubjectError(Item(FaultKind::kCrash, {}, {}, {1})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kCrash, {}, {})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kClog, {}, {}, {1})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kClog, {}, {}, {1, 1})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kPartition, {}, {})), "");
  EXPECT_EQ(SubjectError(Item(FaultKind::kRing, {}, {}, {1, 2, 3, 4})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kRing, {}, {}, {1, 2, 3})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kRing, {}, {}, {1, 2, 3, 2})), "");
  EXPECT_EQ(SubjectError(Item(FaultKind::kBridge, {}, {}, {1, 2})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kBridge, {}, {}, {1})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kFlakyLink, {}, {}, {1})), "");
  EXPECT_NE(SubjectError(Item(FaultKind::kIsolateLeader, {}, {})), "");
}

}  // namespace
}  // namespace ww::faults
