#include "scenarios/fuzz/sequence.h"

#include <algorithm>

#include "scenarios/config/failover_file.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

uint64_t Only(const NumberRange& range) {
  CHECK_EQ(range.low, range.high);
  return range.low;
}

bool Chosen(const Token& token, std::string_view key) {
  return std::any_of(token.settings.begin(), token.settings.end(),
                     [key](const auto& setting) { return setting.first == key; });
}

bool IsSupervised(const FailoverSpec& spec) {
  const auto config = ReadReplicaset(spec, spec.config);
  CHECK(config.ok());  // The case is resolved.
  return config->mode == raft::failover::Mode::kSupervised;
}

}  // namespace

Ground GroundOf(const Case& base) {
  const Scenario& scenario = base.scenario;
  Ground ground;
  ground.hosts_added = Only(scenario.control.hosts_added);
  ground.hosts = Only(scenario.hosts) + ground.hosts_added;
  ground.shards = Only(scenario.shards);
  ground.voters = Only(scenario.voters);
  ground.control_voters = Only(scenario.control.voters);
  ground.joint = scenario.control.strategy == "joint";
  ground.random_ids = scenario.control.random_ids;
  ground.repairs = scenario.control.dead_after > Duration{};
  ground.may_choose = !Chosen(base.token, "control.strategy") &&
                      !Chosen(base.token, "control.random_ids") &&
                      !Chosen(base.token, "control.dead_after");
  if (scenario.failover.on() && scenario.control.on) {
    ground.play = Play::kCoordinated;
  } else if (scenario.failover.on()) {
    ground.play = Play::kBootstrap;
    ground.editable = IsSupervised(scenario.failover);
  } else if (!scenario.control.on) {
    ground.play = Play::kMembers;
  }
  return ground;
}

}  // namespace ww::scenarios::fuzz
