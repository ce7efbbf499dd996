// Every built-in scenario is healthy when nothing is left to chance and nothing goes wrong.

#include <gtest/gtest.h>

#include "scenarios/runner.h"
#include "tests/support/cases.h"

namespace ww::scenarios {
namespace {

class EveryScenario : public testing::TestWithParam<std::string> {};

TEST_P(EveryScenario, PassesAllZeroAndExercisesWhatItJudges) {
  Case value = BuiltInCase(GetParam(), 1);
  value.plan.items.clear();
  value.scenario.phases.chaos = {Seconds(20), Seconds(20)};
  sim::FiberPool fibers;
  const RunResult result = RunCase(value, {.all_zero = true}, fibers).result;
  EXPECT_EQ(result.verdict, Verdict::kPass) << result.property << ": " << result.message;
  EXPECT_GT(result.operations_acked, 100u);
  // An operator may stop a leader.
  if (value.operations.empty()) {
    EXPECT_EQ(result.leader_changes, 0u);
  }
  EXPECT_EQ(result.faults_fired, 0u);
  for (const std::string& property : value.scenario.judges) {
    // Without a fault nobody restarts, leads after another, or cuts a log.
    if (property == "recovery-faithful" || property == "leader-completeness") continue;
    if (property == "truncation-legal" || property == "snapshot-no-regress") continue;
    EXPECT_GT(result.judged.contains(property) ? result.judged.at(property) : 0, 0u) << property;
  }
}

TEST_P(EveryScenario, PassesWithItsFaults) {
  sim::FiberPool fibers;
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    const RunResult result = RunCase(BuiltInCase(GetParam(), seed), {}, fibers).result;
    EXPECT_EQ(result.verdict, Verdict::kPass)
        << result.token << ": " << result.property << ": " << result.message;
  }
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, EveryScenario, testing::ValuesIn(BuiltInNames()),
                         [](const auto& scenario) {
                           std::string name = scenario.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace ww::scenarios
