// Resolving a case: settings, then ranges, then the plan, all from the token's seed alone.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/case.h"
#include "scenarios/case_sites.h"
#include "scenarios/config/failover_file.h"
#include "scenarios/config/keys.h"
#include "scenarios/config/read_scenario.h"
#include "scenarios/draw_operations.h"
#include "scenarios/draw_plan.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"
#include "sim/trace/journal.h"
#include "sim/trace/schema.h"

namespace ww::scenarios {
namespace {

// Hosts make room for the voters, and voters for the hosts that were drawn.
void NarrowToHosts(Scenario& scenario, std::string_view drawn_next) {
  if (drawn_next == "hosts") {
    scenario.hosts.low = std::max(scenario.hosts.low, scenario.voters.low);
  } else if (drawn_next == "voters") {
    scenario.voters.high = std::min(scenario.voters.high, scenario.hosts.high);
  }
}

void DrawRanges(sim::Decisions& decisions, Scenario& scenario) {
  for (const DrawnRange& range : DrawnRanges(scenario)) {
    NarrowToHosts(scenario, range.key);
    sim::Stream& stream = decisions.Open(sites::kCaseRange, {HashName(range.key)});
    if (range.numbers != nullptr) {
      const uint64_t value = DrawNumber(decisions, stream, *range.numbers);
      *range.numbers = {value, value};
    } else {
      const Duration value = DrawDuration(decisions, stream, *range.durations);
      *range.durations = {value, value};
    }
  }
}

// One of those of the scenario; its instances say how many hosts there are.
void DrawConfiguration(sim::Decisions& decisions, Scenario& scenario) {
  const std::vector<std::string> all = ConfigurationsIn(scenario.failover.config);
  if (all.size() < 2) return;
  sim::Stream& stream = decisions.Open(sites::kCaseConfiguration, {});
  scenario.failover.config = all[decisions.Uniform(stream, all.size())];
  const auto config = ReadReplicaset(scenario.failover, scenario.failover.config);
  CHECK(config.ok());  // All of them were read before.
  const uint64_t instances = config->instances.size();
  scenario.hosts = {instances, instances};
}

}  // namespace

absl::StatusOr<Case> ResolveCase(const Token& token, const Scenario& scenario,
                                 std::string scenario_text) {
  Case resolved;
  resolved.token = token;
  resolved.scenario = scenario;
  resolved.scenario_text = std::move(scenario_text);
  for (const auto& setting : token.settings) {
    if (absl::Status status = SetKey(resolved.scenario, setting.first, setting.second);
        !status.ok()) {
      return status;
    }
  }
  if (absl::Status status = CheckScenario(resolved.scenario); !status.ok()) return status;
  // Decisions of their own: the world's streams begin where they always do.
  const Schema schema;
  Journal journal(schema);
  sim::Decisions decisions(token.seed, journal);
  DrawConfiguration(decisions, resolved.scenario);
  DrawRanges(decisions, resolved.scenario);
  resolved.plan = DrawPlan(decisions, resolved.scenario);
  resolved.operations = DrawOperations(decisions, resolved.scenario);
  return resolved;
}

}  // namespace ww::scenarios
