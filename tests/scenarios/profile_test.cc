// Which rules a scenario's engine keeps, and which violations are expected for that.
#include "scenarios/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/checks/judge.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/read_scenario.h"
#include "scenarios/runner.h"
#include "tests/support/cases.h"

namespace ww::scenarios {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

FaultSpec Wipes() {
  FaultSpec spec;
  spec.kind = faults::FaultKind::kWipeDisk;
  return spec;
}

TEST(EngineProfile, HardenedIsTheDefaultAndExpectsNothing) {
  const Scenario scenario;
  EXPECT_EQ(RulesOf(scenario.engine), raft::Rules{});
  EXPECT_THAT(ExpectedOf(scenario), IsEmpty());
}

TEST(EngineProfile, SingleRulesAreGivenUpWithWhatTheyMayViolate) {
  for (const raft::RuleInfo& info : raft::AllRules()) {
    Scenario scenario;
    ASSERT_TRUE(SetKey(scenario, "engine.without", info.name).ok());
    scenario.faults.push_back(Wipes());
    raft::Rules rules;
    rules.*info.rule = false;
    EXPECT_EQ(RulesOf(scenario.engine), rules) << info.name;
    EXPECT_EQ(ExpectedOf(scenario).size(), ViolatedWithout(info.name).size()) << info.name;
    for (const std::string_view property : ViolatedWithout(info.name)) {
      EXPECT_NE(checks::FindProperty(property), nullptr) << property;
    }
  }
}

TEST(EngineProfile, DragonboatExpectsWhatAnyOfItsRulesMayViolateOnce) {
  Scenario scenario;
  scenario.expect = {"no-leak"};
  ASSERT_TRUE(SetKey(scenario, "engine.profile", "dragonboat-v4").ok());
  EXPECT_EQ(RulesOf(scenario.engine), raft::RulesOf(raft::Profile::kDragonboatV4));
  const std::vector<std::string> expected = ExpectedOf(scenario);
  EXPECT_EQ(expected.front(), "no-leak");
  EXPECT_EQ(std::count(expected.begin(), expected.end(), "no-leak"), 1);
  EXPECT_THAT(expected, Contains("committed-agreement"));
  // Of these nothing may come, in any profile, while disks stay what they are.
  for (const char* never : {"election-safety", "vote-once", "linearizable", "acked-kept"}) {
    EXPECT_THAT(expected, Not(Contains(never)));
  }
}

TEST(EngineProfile, WhatAWipedDiskMayViolateIsExpectedOnlyWhereDisksAreWiped) {
  Scenario scenario;
  ASSERT_TRUE(SetKey(scenario, "engine.without", "disks-bound").ok());
  EXPECT_THAT(ExpectedOf(scenario), IsEmpty());
  scenario.faults.push_back(Wipes());
  EXPECT_THAT(ExpectedOf(scenario), Contains("vote-once"));
}

TEST(EngineProfile, WhatADiskThatWentBackMayViolateIsExpectedInEveryProfile) {
  Scenario scenario;
  EXPECT_FALSE(MayContradict(scenario));
  FaultSpec back;
  back.kind = faults::FaultKind::kOlderImage;
  scenario.faults.push_back(back);
  EXPECT_THAT(ExpectedOf(scenario), Contains("vote-once"));
  EXPECT_THAT(ExpectedOf(scenario), Not(Contains("no-crash")));
  EXPECT_TRUE(MayContradict(scenario));
  ASSERT_TRUE(SetKey(scenario, "engine.without", "contradictions-contained").ok());
  EXPECT_THAT(ExpectedOf(scenario), Contains("no-crash"));
}

TEST(EngineProfile, WipedDisksContradictNothingWhileDisksAreBound) {
  Scenario scenario;
  scenario.faults.push_back(Wipes());
  EXPECT_FALSE(MayContradict(scenario));
  ASSERT_TRUE(SetKey(scenario, "engine.without", "disks-bound").ok());
  EXPECT_TRUE(MayContradict(scenario));
}

TEST(EngineProfile, UnknownNamesAreRefusedWithTheNearest) {
  const auto error = [](const std::string& engine) {
    const std::string text = "name: mine\nsummary: x\nengine: {" + engine + "}\n";
    return std::string(ReadScenario(text, "mine.yaml").status().message());
  };
  EXPECT_EQ(error("profile: dragonboat-v4"), "");
  EXPECT_THAT(error("profile: hardend"), HasSubstr("did you mean 'hardened'?"));
  EXPECT_THAT(error("without: [own-copy-durables]"), HasSubstr("did you mean 'own-copy-durable'?"));
}

TEST(EngineProfile, IsPartOfTheCaseAndItsToken) {
  Case value = BuiltInCase("unsynced-commit", 1);
  EXPECT_EQ(value.scenario.engine.profile, "dragonboat-v4");
  EXPECT_EQ(*GetKey(value.scenario, "engine.profile"), "dragonboat-v4");
}

// The scenario of a lone voter whose disk loses what it said was committed: what is named in the
// result is one of those that the scenario is about.
TEST(EngineProfile, TwoEntriesAreCommittedAtOneIndex) {
  sim::FiberPool fibers;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RunResult result = RunCase(BuiltInCase("unsynced-commit", seed), {}, fibers).result;
    ASSERT_EQ(result.verdict, Verdict::kExpected);
    const std::vector<std::string>& seen = result.expected_seen;
    if (std::find(seen.begin(), seen.end(), "committed-agreement") == seen.end()) continue;
    if (std::find(seen.begin(), seen.end(), "apply-deterministic") != seen.end()) return;
  }
  FAIL() << "no seed showed it";
}

// The same scenario with the rules of the default profile.
TEST(EngineProfile, HardenedTheSameScenarioIsClean) {
  sim::FiberPool fibers;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Case value = BuiltInCase("unsynced-commit", seed);
    value.scenario.engine.profile = "hardened";
    value.scenario.expect.clear();
    const RunResult result = RunCase(value, {}, fibers).result;
    EXPECT_EQ(result.verdict, Verdict::kPass) << result.property << ": " << result.message;
  }
}

}  // namespace
}  // namespace ww::scenarios
