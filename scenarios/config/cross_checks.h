// Cross-checks: what a scenario can get wrong between keys.
#pragma once

#include <optional>
#include <string>

#include "scenarios/scenario.h"

namespace ww::scenarios {

struct Conflict {
  std::string key;      // The key to change.
  std::string message;  // What was found, what was expected.
};

// The first conflict, in the order of the table of keys.
std::optional<Conflict> FindConflict(const Scenario& scenario);

// More items than this would make a plan that nobody can read.
inline constexpr int64_t kPlanItemsOfKindMax = 2000;

}  // namespace ww::scenarios
