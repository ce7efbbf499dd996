#include "scenarios/cli/what_there_is.h"

#include <algorithm>
#include <span>

#include "faults/sites.h"
#include "raft/core/sites.h"
#include "raft/env/sites.h"
#include "scenarios/case_sites.h"
#include "scenarios/checks/judge.h"
#include "scenarios/sites.h"
#include "scenarios/step_edges.h"
#include "sim/sites.h"

namespace ww::cli {
namespace {

void Add(std::span<const Site* const> table, std::vector<const Site*>& sites) {
  sites.insert(sites.end(), table.begin(), table.end());
}

}  // namespace

std::vector<std::string> AllPropertyNames() {
  std::vector<std::string> names;
  for (const checks::Property& property : checks::AllProperties())
    names.emplace_back(property.name);
  return names;
}

std::vector<std::string> AllReachSites() {
  std::vector<std::string> names;
  for (const std::string_view name : raft::kReachSites) names.emplace_back(name);
  for (const std::string_view name : raft::sites::kReachSites) names.emplace_back(name);
  for (const std::string_view name : faults::kReachSites) names.emplace_back(name);
  std::sort(names.begin(), names.end());
  // In the order of the table's rows and columns.
  for (const scenarios::StepCell& cell : scenarios::AllStepCells()) names.push_back(cell.site);
  return names;
}

std::vector<const Site*> AllDecisionSites() {
  std::vector<const Site*> sites;
  Add(sim::sites::kAll, sites);
  Add(raft::sites::kAll, sites);
  Add(scenarios::sites::kAll, sites);
  Add(scenarios::sites::kCaseSites, sites);
  std::sort(sites.begin(), sites.end(),
            [](const Site* a, const Site* b) { return a->name < b->name; });
  return sites;
}

}  // namespace ww::cli
