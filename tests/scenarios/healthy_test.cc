// Every built-in scenario is healthy when nothing is left to chance and nothing goes wrong.

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/config/failover_file.h"
#include "scenarios/profile.h"
#include "scenarios/runner.h"
#include "tests/support/cases.h"

namespace ww::scenarios {
namespace {

// Where the engine's rules, or the scenario itself, expect a violation it is no failure.
bool Ended(const Case& value, const RunResult& result) {
  if (result.verdict == Verdict::kPass) return true;
  return result.verdict == Verdict::kExpected && !ExpectedOf(value.scenario).empty();
}

// Whoever is elected first hands over to who may write.
bool WriterIsConfigured(const Scenario& scenario) {
  using raft::failover::Mode;
  if (!scenario.failover.on()) return false;
  const auto config = ReadReplicaset(scenario.failover, scenario.failover.config);
  return config.ok() && (config->mode == Mode::kOff || config->mode == Mode::kManual);
}

class EveryScenario : public testing::TestWithParam<std::string> {};

TEST_P(EveryScenario, PassesAllZeroAndExercisesWhatItJudges) {
  Case value = BuiltInCase(GetParam(), 1);
  value.plan.items.clear();
  value.scenario.phases.chaos = {Seconds(20), Seconds(20)};
  sim::FiberPool fibers;
  const RunResult result = RunCase(value, {.all_zero = true}, fibers).result;
  EXPECT_TRUE(Ended(value, result)) << result.property << ": " << result.message;
  EXPECT_GT(result.operations_acked, 100u);
  // An operator may stop a leader, and a coordinator appoints another one than the first.
  const bool appointed = value.scenario.failover.on() && value.scenario.control.on;
  if (value.operations.empty() && !appointed && !WriterIsConfigured(value.scenario)) {
    EXPECT_EQ(result.leader_changes, 0u);
  }
  EXPECT_EQ(result.faults_fired, 0u);
  for (const std::string& property : value.scenario.judges) {
    // Without a fault nobody restarts, leads after another, cuts a log, or hears of what is over,
    // no migration is left for the time after healing, and nothing is lost or out of balance.
    if (property == "stale-message-inert" || property == "migration-terminates") continue;
    if (property == "repair-restores" || property == "balance-settles") continue;
    if (property == "recovery-faithful" || property == "leader-completeness") continue;
    // There is one appointment, so nobody is displaced.
    if (property == "failover-no-failback") continue;
    if (property == "truncation-legal" || property == "snapshot-no-regress") continue;
    EXPECT_GT(result.judged.contains(property) ? result.judged.at(property) : 0, 0u) << property;
  }
}

TEST_P(EveryScenario, PassesWithItsFaults) {
  sim::FiberPool fibers;
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    const Case value = BuiltInCase(GetParam(), seed);
    const RunResult result = RunCase(value, {}, fibers).result;
    EXPECT_TRUE(Ended(value, result))
        << result.token << ": " << result.property << ": " << result.message;
  }
}

// Most of them in the first few runs; the bound is far below what a campaign has.
TEST_P(EveryScenario, SeesWhatItExpects) {
  std::vector<std::string> missing = BuiltInCase(GetParam(), 1).scenario.expect;
  sim::FiberPool fibers;
  for (uint64_t seed = 1; seed <= 200 && !missing.empty(); ++seed) {
    const RunResult result = RunCase(BuiltInCase(GetParam(), seed), {}, fibers).result;
    std::erase_if(missing, [&result](const std::string& property) {
      const std::vector<std::string>& seen = result.expected_seen;
      return std::find(seen.begin(), seen.end(), property) != seen.end();
    });
  }
  EXPECT_TRUE(missing.empty()) << missing.front() << " was never violated";
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, EveryScenario, testing::ValuesIn(BuiltInNames()),
                         [](const auto& scenario) {
                           std::string name = scenario.param;
                           for (char& c : name) c = c == '-' || c == '/' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace ww::scenarios
