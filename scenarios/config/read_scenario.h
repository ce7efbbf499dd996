// Reads a scenario from YAML: strict, bounded, every error with its place.
//
// Nested maps spell dotted keys; keys.h has the table. What no single key can be wrong about
// (voters against hosts, heartbeat against T) is a cross-check.
#pragma once

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "scenarios/scenario.h"

namespace ww::scenarios {

// `file_name` is for errors only. Cross-checked, except for the names of properties.
absl::StatusOr<Scenario> ReadScenario(std::string_view yaml, std::string_view file_name);

// Cross-checks, as after `--set`. Errors name the key.
absl::Status CheckScenario(const Scenario& scenario);

// Every word of `judges` and `expect` is one of `known`; errors name the nearest.
absl::Status CheckProperties(const Scenario& scenario, std::span<const std::string_view> known);

}  // namespace ww::scenarios
