#include "scenarios/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "scenarios/case.h"
#include "scenarios/checks/judge.h"

namespace ww::scenarios {
namespace {

using ::testing::HasSubstr;

std::vector<std::string_view> PropertyNames() {
  std::vector<std::string_view> names;
  for (const checks::Property& property : checks::AllProperties()) names.push_back(property.name);
  return names;
}

absl::StatusOr<std::string> NoFiles(const std::string& path) {
  return absl::NotFoundError(path + ": no such file");
}

absl::StatusOr<LoadedScenario> Load(std::string_view name) {
  return LoadScenario(name, PropertyNames(), NoFiles);
}

TEST(Catalogue, EveryBuiltInScenarioLoadsUnderItsOwnName) {
  ASSERT_GE(BuiltInScenarios().size(), 9u);
  for (const EmbeddedScenario& built_in : BuiltInScenarios()) {
    const absl::StatusOr<LoadedScenario> loaded = Load(built_in.name);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->scenario.name, built_in.name);
    EXPECT_FALSE(loaded->scenario.summary.empty()) << built_in.name;
    EXPECT_FALSE(loaded->scenario.judges.empty()) << built_in.name;
    EXPECT_EQ(loaded->text, built_in.yaml);
  }
}

TEST(Catalogue, HasTheNamedScenarios) {
  for (const std::string_view name :
       {"steady", "storm", "crash-storm", "partition-storm", "lossy-network", "power-loss",
        "many-shards", "even-voters", "single-voter", "migration/replace", "bootstrap/priority"}) {
    EXPECT_TRUE(Load(name).ok()) << name;
  }
}

TEST(Catalogue, AFolderStandsForTheScenariosInIt) {
  const std::vector<std::string> balance = {"balance/hot-host", "balance/new-host"};
  EXPECT_EQ(Selected({"balance"}), balance);
  EXPECT_EQ(Selected({"balance/"}), balance);
  std::vector<std::string> repair = Selected({"repair/rolling-deaths", "repair"});
  EXPECT_EQ(repair.front(), "repair/rolling-deaths");
  EXPECT_THAT(repair, ::testing::Contains("repair/dead-host").Times(1));
  std::sort(repair.begin(), repair.end());
  EXPECT_EQ(repair, Selected({"repair"})) << "each of them once";
}

TEST(Catalogue, WhatIsNoFolderIsKeptAsItIsNamed) {
  EXPECT_THAT(Selected({"steady", "./mine.yaml", "bal", "steady"}),
              ::testing::ElementsAre("steady", "./mine.yaml", "bal"));
  EXPECT_EQ(Selected({}).size(), BuiltInScenarios().size());
}

TEST(Catalogue, EveryScenarioResolvesForManySeeds) {
  for (const EmbeddedScenario& built_in : BuiltInScenarios()) {
    const absl::StatusOr<LoadedScenario> loaded = Load(built_in.name);
    ASSERT_TRUE(loaded.ok());
    for (uint64_t seed = 0; seed < 50; ++seed) {
      Token token;
      token.scenario = std::string(built_in.name);
      token.seed = seed;
      const absl::StatusOr<Case> resolved = ResolveCase(token, loaded->scenario, loaded->text);
      ASSERT_TRUE(resolved.ok()) << built_in.name << ": " << resolved.status();
      EXPECT_LE(resolved->scenario.voters.high, resolved->scenario.hosts.low);
      EXPECT_EQ(resolved->plan.items.empty(), resolved->plan.enabled.empty());
    }
  }
}

TEST(Catalogue, StormIsAsLargeAsADefaultCaseHasToBe) {
  const absl::StatusOr<LoadedScenario> loaded = Load("storm");
  ASSERT_TRUE(loaded.ok());
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Token token;
    token.scenario = "storm";
    token.seed = seed;
    const absl::StatusOr<Case> resolved = ResolveCase(token, loaded->scenario, loaded->text);
    ASSERT_TRUE(resolved.ok());
    EXPECT_GE(resolved->plan.items.size(), 4u) << seed;
    EXPECT_LE(resolved->plan.items.size(), 200u) << seed;
    EXPECT_GE(resolved->scenario.shards.low, 2u);
    const Duration chaos = resolved->scenario.phases.chaos.low;
    EXPECT_GE(chaos, Seconds(60));
    EXPECT_LE(chaos, Seconds(300));
  }
}

TEST(Catalogue, EvenVotersAreNeverOdd) {
  const absl::StatusOr<LoadedScenario> loaded = Load("even-voters");
  ASSERT_TRUE(loaded.ok());
  std::vector<int> seen(7);
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Token token;
    token.scenario = "even-voters";
    token.seed = seed;
    const absl::StatusOr<Case> resolved = ResolveCase(token, loaded->scenario, loaded->text);
    ASSERT_TRUE(resolved.ok());
    ++seen.at(resolved->scenario.voters.low);
  }
  EXPECT_GT(seen[2], 0);
  EXPECT_GT(seen[4], 0);
  EXPECT_GT(seen[6], 0);
  EXPECT_EQ(seen[2] + seen[4] + seen[6], 100);
}

TEST(Catalogue, MissedNameIsAnsweredWithTheNearest) {
  const absl::StatusOr<LoadedScenario> loaded = Load("crashstorm");
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("did you mean 'crash-storm'?"));
}

TEST(Catalogue, MissedFolderIsAnsweredWithTheNearest) {
  for (const std::string_view missed : {"migration-replace", "migration/replaec", "replace"}) {
    const absl::StatusOr<LoadedScenario> loaded = Load(missed);
    ASSERT_FALSE(loaded.ok()) << missed;
    EXPECT_THAT(std::string(loaded.status().message()),
                HasSubstr("did you mean 'migration/replace'?"))
        << missed;
  }
}

TEST(Catalogue, PathIsReadByTheCallersFunction) {
  std::string asked;
  const auto reader = [&](const std::string& path) -> absl::StatusOr<std::string> {
    asked = path;
    return std::string("name: mine\njudges: [electon-safety]\n");
  };
  const absl::StatusOr<LoadedScenario> loaded =
      LoadScenario("./mine.yaml", PropertyNames(), reader);
  EXPECT_EQ(asked, "./mine.yaml");
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(std::string(loaded.status().message()),
              AllOf(HasSubstr("./mine.yaml"), HasSubstr("did you mean 'election-safety'?")));
}

}  // namespace
}  // namespace ww::scenarios
