// Resolving a case: the same seed gives the same case, and one key's draws move no other's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scenarios/case.h"
#include "scenarios/config/keys.h"

namespace ww::scenarios {
namespace {

using faults::FaultKind;
using faults::OccurrenceKind;
using faults::PlanItem;
using ::testing::HasSubstr;

FaultSpec Spec(FaultKind kind, Ratio exists = Ratio::Always()) {
  FaultSpec spec = DefaultFaultSpec(kind);
  spec.exists = exists;
  return spec;
}

Scenario Stormy() {
  Scenario scenario;
  scenario.name = "stormy";
  scenario.hosts = {3, 7};
  scenario.shards = {1, 4};
  scenario.phases.chaos = {Seconds(60), Seconds(120)};
  for (const faults::FaultInfo& info : faults::AllFaults()) {
    scenario.faults.push_back(Spec(info.kind));
  }
  return scenario;
}

Case Resolve(const Scenario& scenario, uint64_t seed,
             std::vector<std::pair<std::string, std::string>> settings = {}) {
  Token token;
  token.scenario = scenario.name;
  token.seed = seed;
  token.settings = std::move(settings);
  absl::StatusOr<Case> resolved = ResolveCase(token, scenario, "");
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  return *std::move(resolved);
}

// Items of one kind without their numbers, as text.
std::vector<std::string> ItemsOf(const Case& resolved, FaultKind kind) {
  std::vector<std::string> items;
  for (PlanItem item : resolved.plan.items) {
    item.id = 0;
    if (item.kind == kind) items.push_back(faults::Describe(item));
  }
  return items;
}

TEST(ResolveCase, SameSeedGivesTheSameCaseAndAnotherSeedAnother) {
  const std::string first = FormatCase(Resolve(Stormy(), 7));
  EXPECT_EQ(first, FormatCase(Resolve(Stormy(), 7)));
  EXPECT_NE(first, FormatCase(Resolve(Stormy(), 8)));
}

TEST(ResolveCase, EveryDrawnRangeBecomesOneValueWithinIt) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Case resolved = Resolve(Stormy(), seed);
    for (const DrawnRange& range : DrawnRanges(resolved.scenario)) {
      if (range.numbers != nullptr) {
        EXPECT_EQ(range.numbers->low, range.numbers->high) << range.key;
      }
      if (range.durations != nullptr) {
        EXPECT_EQ(range.durations->low, range.durations->high) << range.key;
      }
    }
    EXPECT_GE(resolved.scenario.hosts.low, 3u);
    EXPECT_LE(resolved.scenario.hosts.low, 7u);
  }
}

TEST(ResolveCase, RangesOfSingleEventsStayRanges) {
  Scenario scenario = Stormy();
  scenario.network.delay = {Milliseconds(1), Milliseconds(3)};
  const Case resolved = Resolve(scenario, 1);
  EXPECT_EQ(resolved.scenario.network.delay, scenario.network.delay);
  EXPECT_EQ(resolved.scenario.workload.value_bytes, scenario.workload.value_bytes);
}

TEST(ResolveCase, SettingIsAppliedBeforeDrawing) {
  const Case resolved = Resolve(Stormy(), 3, {{"hosts", "5"}, {"phases.chaos", "70s"}});
  EXPECT_EQ(resolved.scenario.hosts, (NumberRange{5, 5}));
  EXPECT_EQ(resolved.scenario.phases.chaos.low, Seconds(70));
  for (const PlanItem& item : resolved.plan.items) {
    EXPECT_LT(item.trigger.at, TrueTime{} + Seconds(70));
    for (const HostId host : item.hosts) EXPECT_LE(host.value, 5u);
  }
}

TEST(ResolveCase, NarrowingOneKeyLeavesTheOthersAsTheyWere) {
  const Case whole = Resolve(Stormy(), 11);
  const Case narrowed = Resolve(Stormy(), 11, {{"shards", "2"}});
  EXPECT_EQ(whole.scenario.hosts, narrowed.scenario.hosts);
  EXPECT_EQ(whole.scenario.phases.chaos, narrowed.scenario.phases.chaos);
}

TEST(ResolveCase, ChangingOneKindLeavesTheItemsOfAllOthers) {
  const Case before = Resolve(Stormy(), 5, {{"hosts", "5"}});
  const Case after = Resolve(Stormy(), 5, {{"hosts", "5"}, {"faults.pause.every", "1s"}});
  EXPECT_NE(ItemsOf(before, FaultKind::kPause), ItemsOf(after, FaultKind::kPause));
  for (const faults::FaultInfo& info : faults::AllFaults()) {
    if (info.kind == FaultKind::kPause) continue;
    EXPECT_EQ(ItemsOf(before, info.kind), ItemsOf(after, info.kind)) << info.name;
  }
}

TEST(ResolveCase, RingsAndBridgesNameDifferentHostsAndNeedEnoughOfThem) {
  size_t rings = 0;
  size_t bridges = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (const std::string hosts : {"3", "4", "7"}) {
      const Case resolved = Resolve(Stormy(), seed, {{"hosts", hosts}});
      for (const PlanItem& item : resolved.plan.items) {
        if (item.kind == FaultKind::kRing) ++rings;
        if (item.kind == FaultKind::kBridge) ++bridges;
        EXPECT_EQ(faults::SubjectError(item), "");
        EXPECT_FALSE(item.kind == FaultKind::kRing && hosts == "3");
        EXPECT_FALSE(item.kind == FaultKind::kBridge &&
                     fmt::format("{}", item.hosts.size()) == hosts);
      }
    }
  }
  EXPECT_GT(rings, 20u);
  EXPECT_GT(bridges, 20u);
}

TEST(ResolveCase, LongerChaosKeepsTheFaultsOfTheShorterOne) {
  const std::vector<std::string> shorter =
      ItemsOf(Resolve(Stormy(), 5, {{"phases.chaos", "60s"}}), FaultKind::kCrash);
  const std::vector<std::string> longer =
      ItemsOf(Resolve(Stormy(), 5, {{"phases.chaos", "120s"}}), FaultKind::kCrash);
  ASSERT_LT(shorter.size(), longer.size());
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
}

TEST(ResolveCase, ItemsAreSortedNumberedAndInsideChaos) {
  const Case resolved = Resolve(Stormy(), 2);
  ASSERT_GT(resolved.plan.items.size(), 20u);
  TrueTime last;
  uint32_t id = 0;
  for (const PlanItem& item : resolved.plan.items) {
    EXPECT_EQ(item.id, ++id);
    EXPECT_GE(item.trigger.at, last);
    last = item.trigger.at;
  }
  EXPECT_LT(last, TrueTime{} + resolved.scenario.phases.chaos.low);
}

TEST(ResolveCase, CrashesAreTriggeredInAllThreeWays) {
  std::map<OccurrenceKind, int> by_occurrence;
  int by_time = 0;
  std::set<bool> before;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    for (const PlanItem& item : Resolve(Stormy(), seed).plan.items) {
      if (item.kind != FaultKind::kCrash) continue;
      if (!item.trigger.occurrence.has_value()) {
        ++by_time;
        continue;
      }
      ++by_occurrence[item.trigger.occurrence->kind];
      if (item.trigger.occurrence->kind == OccurrenceKind::kIoPoint) {
        EXPECT_TRUE(item.trigger.occurrence->host.has_value());
        before.insert(item.trigger.occurrence->before);
      }
    }
  }
  EXPECT_GT(by_time, 20);
  EXPECT_GT(by_occurrence[OccurrenceKind::kEvent], 20);
  EXPECT_GT(by_occurrence[OccurrenceKind::kIoPoint], 50);
  EXPECT_EQ(before.size(), 2u);
}

TEST(ResolveCase, FaultsThatWaitForAStepNameThoseThatTheSpecAllows) {
  Scenario scenario;
  scenario.name = "moving";
  scenario.control.on = true;
  scenario.phases.chaos = {Seconds(600), Seconds(600)};
  FaultSpec spec = Spec(FaultKind::kPartition);
  spec.at_step = Ratio::Always();
  spec.steps = {"added", "undo"};
  spec.roles = {"target"};
  scenario.faults = {spec};
  std::map<std::string, int> seen;
  for (const PlanItem& item : Resolve(scenario, 3).plan.items) {
    ASSERT_TRUE(item.trigger.occurrence.has_value());
    EXPECT_TRUE(item.hosts.empty());
    ++seen[item.trigger.occurrence->name];
  }
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_GT(seen["migration.added.target"], 0);
  EXPECT_GT(seen["migration.undo.target"], 0);
}

TEST(ResolveCase, StepsOfTheOtherStrategyAreNeitherDrawnNorTaken) {
  Scenario scenario;
  scenario.name = "moving";
  scenario.control.on = true;
  scenario.control.strategy = "joint";
  scenario.phases.chaos = {Seconds(3600), Seconds(3600)};
  scenario.faults = {Spec(FaultKind::kCrash)};
  scenario.faults[0].at_step = Ratio::Always();
  std::set<std::string> seen;
  for (const PlanItem& item : Resolve(scenario, 3).plan.items) {
    seen.insert(item.trigger.occurrence->name);
  }
  EXPECT_TRUE(seen.contains("migration.swapped.leader"));
  EXPECT_FALSE(seen.contains("migration.promoted.leader"));
  const absl::StatusOr<Case> refused =
      ResolveCase({"moving", 1, {{"faults.crash.steps", "deleted"}}}, scenario, "");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()),
              testing::AllOf(HasSubstr("faults.crash.steps"), HasSubstr("'deleted'")));
}

TEST(ResolveCase, WhatCannotWaitForAStepIsRefusedWithItsKey) {
  Scenario scenario;
  scenario.name = "moving";
  scenario.faults = {Spec(FaultKind::kCrash), Spec(FaultKind::kLoss)};
  const auto refusal = [&scenario](std::string key, std::string value) {
    const absl::StatusOr<Case> resolved =
        ResolveCase({"moving", 1, {{std::move(key), std::move(value)}}}, scenario, "");
    return resolved.ok() ? std::string() : std::string(resolved.status().message());
  };
  EXPECT_THAT(refusal("faults.crash.at_step", "1/2"), HasSubstr("without control.on"));
  scenario.control.on = true;
  EXPECT_EQ(refusal("faults.crash.at_step", "1/2"), "");
  EXPECT_THAT(refusal("faults.loss.at_step", "1/2"), HasSubstr("does not hit one host"));
  EXPECT_THAT(refusal("faults.crash.roles", "sourec"), HasSubstr("did you mean 'source'"));
}

TEST(ResolveCase, SwarmDrawsDifferentKindsForDifferentSeeds) {
  Scenario scenario = Stormy();
  for (FaultSpec& spec : scenario.faults) spec.exists = Ratio(1, 2);
  std::set<std::vector<FaultKind>> sets;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Case resolved = Resolve(scenario, seed);
    EXPECT_FALSE(resolved.plan.enabled.empty());
    EXPECT_TRUE(std::is_sorted(resolved.plan.enabled.begin(), resolved.plan.enabled.end()));
    sets.insert(resolved.plan.enabled);
  }
  EXPECT_GT(sets.size(), 45u);
}

TEST(ResolveCase, KindThatMayNotExistNeverExists) {
  Scenario scenario;
  scenario.name = "none";
  scenario.faults = {Spec(FaultKind::kCrash, Ratio::Never())};
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_TRUE(Resolve(scenario, seed).plan.enabled.empty());
  }
}

TEST(ResolveCase, SingleHostHasNoNetworkFaults) {
  const Case resolved = Resolve(Stormy(), 4, {{"hosts", "1"}, {"voters", "1"}});
  for (const PlanItem& item : resolved.plan.items) {
    EXPECT_NE(item.kind, FaultKind::kPartition);
    EXPECT_NE(item.kind, FaultKind::kOneWayCut);
  }
  EXPECT_FALSE(resolved.plan.items.empty());
}

TEST(ResolveCase, VotersThatAreSetMakeRoomAmongTheHosts) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const Case resolved = Resolve(Stormy(), seed, {{"voters", "6"}});
    EXPECT_EQ(resolved.scenario.voters.low, 6u);
    EXPECT_GE(resolved.scenario.hosts.low, 6u);
  }
}

TEST(ResolveCase, BadSettingIsRefusedWithItsKey) {
  Token token;
  token.settings = {{"hots", "5"}};
  const absl::StatusOr<Case> unknown = ResolveCase(token, Stormy(), "");
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("did you mean 'hosts'?"));
  token.settings = {{"voters", "9"}};
  const absl::StatusOr<Case> conflict = ResolveCase(token, Stormy(), "");
  EXPECT_THAT(std::string(conflict.status().message()), HasSubstr("key 'voters'"));
}

}  // namespace
}  // namespace ww::scenarios
