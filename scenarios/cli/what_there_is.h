// Everything that has a name: properties, reach sites, decision sites, faults, scenarios.
#pragma once

#include <string>
#include <vector>

#include "sim/base/site.h"

namespace ww::cli {

std::vector<std::string> AllPropertyNames();
// Sorted.
std::vector<std::string> AllReachSites();
// Of all rooms, sorted by name.
std::vector<const Site*> AllDecisionSites();

}  // namespace ww::cli
