// Cases of built-in scenarios, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/case.h"
#include "scenarios/runner.h"

namespace ww::scenarios {

Case BuiltInCase(const std::string& scenario, uint64_t seed);

std::vector<std::string> BuiltInNames();

}  // namespace ww::scenarios
