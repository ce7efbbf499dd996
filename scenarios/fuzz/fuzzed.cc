#include "scenarios/fuzz/fuzzed.h"

#include <utility>

#include "scenarios/fuzz/generate.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {

bool IsFuzzed(const Token& token) { return token.scenario.starts_with(kFuzzPrefix); }

std::string ScenarioOf(const Token& token) {
  CHECK(IsFuzzed(token), "{}", token.scenario);
  return token.scenario.substr(kFuzzPrefix.size());
}

absl::StatusOr<Fuzzed> ResolveFuzzed(const Token& token, const Scenario& scenario,
                                     std::string scenario_text) {
  Token plain = token;
  plain.scenario = ScenarioOf(token);
  absl::StatusOr<Case> base = ResolveCase(plain, scenario, std::move(scenario_text));
  if (!base.ok()) return base.status();
  const Scenario& drawn = base->scenario;
  if (drawn.failover.on() && drawn.control.on && drawn.voters.low == 1) {
    return absl::InvalidArgumentError(
        "found a replicaset that comes about by priority and is coordinated afterwards, expected "
        "one of both: no sequence of operations is generated for it");
  }
  base->token = token;
  const Ground ground = GroundOf(*base);
  return Fuzzed{*std::move(base), SequenceOf(ground, token.seed)};
}

}  // namespace ww::scenarios::fuzz
