// `whitewater list`: scenarios, properties, faults, sites and scenario keys.
#include <fmt/format.h>

#include "faults/plan.h"
#include "scenarios/catalogue/catalogue.h"
#include "scenarios/checks/judge.h"
#include "scenarios/cli/campaign_options.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/what_there_is.h"
#include "scenarios/config/keys.h"
#include "sim/base/check.h"

namespace ww::cli {
namespace {

void Row(std::string_view name, std::string_view kind, std::string_view purpose) {
  fmt::print("  {:<34} {:<10} {}\n", name, kind, purpose);
}

void ListScenarios() {
  fmt::print("Scenarios (whitewater run NAME; ./FILE.yaml for one of your own):\n");
  for (const scenarios::EmbeddedScenario& built_in : scenarios::BuiltInScenarios()) {
    const absl::StatusOr<scenarios::LoadedScenario> loaded = Load(std::string(built_in.name));
    CHECK(loaded.ok(), "{}", loaded.status().ToString());
    Row(built_in.name, "", loaded->scenario.summary);
  }
}

void ListProperties() {
  fmt::print("Properties that are judged:\n");
  for (const checks::Property& property : checks::AllProperties()) {
    const bool safety = property.kind == checks::PropertyKind::kSafety;
    Row(property.name, safety ? "safety" : "liveness", property.definition);
  }
}

void ListFaults() {
  fmt::print("Kinds of faults (scenario key faults.NAME):\n");
  for (const faults::FaultInfo& fault : faults::AllFaults()) {
    Row(fault.name, fault.survivable ? "survivable" : "budgeted", fault.purpose);
  }
}

void ListSites() {
  fmt::print("Decision sites (noise or fault):\n");
  for (const Site* site : AllDecisionSites()) {
    Row(site->name, site->site_class == SiteClass::kNoise ? "noise" : "fault", site->purpose);
  }
  fmt::print("Reach sites (rare branches, counted in `reached`):\n");
  for (const std::string& name : AllReachSites()) Row(name, "", "");
}

void ListKeys() {
  fmt::print("Scenario keys (in YAML, and for --set KEY=VALUE):\n");
  for (const scenarios::KeyInfo& key : scenarios::AllKeys()) {
    fmt::print("  {:<36} {:<14} {:<18} {}{}\n", key.name, key.type,
               key.default_value.empty() ? "" : "default " + key.default_value, key.purpose,
               key.bounds.empty() ? "" : fmt::format(" ({})", key.bounds));
  }
}

}  // namespace

ListCommand::ListCommand(CLI::App& app)
    : Command(app.add_subcommand(
          "list", "what there is: scenarios, properties, faults, sites or scenario keys")) {
  subcommand()
      ->add_option("what", what_, "scenarios, properties, faults, sites or keys")
      ->check(CLI::IsMember({"scenarios", "properties", "faults", "sites", "keys"}));
  subcommand()->footer("Examples:\n  whitewater list\n  whitewater list properties");
}

int ListCommand::Act() {
  const bool all = what_ == "all";
  if (all || what_ == "scenarios") ListScenarios();
  if (all || what_ == "properties") ListProperties();
  if (all || what_ == "faults") ListFaults();
  if (all || what_ == "sites") ListSites();
  if (what_ == "keys") ListKeys();
  return kExitPassed;
}

}  // namespace ww::cli
