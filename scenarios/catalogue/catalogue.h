// Catalogue: the built-in scenarios, embedded in the binary, and how a name becomes a scenario.
//
// A name is a built-in scenario ("storm", "migration/replace") or a path ("./mine.yaml"). Files are
// read by a function of the caller, because nothing below the command line touches real files.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "scenarios/scenario.h"

namespace ww::scenarios {

struct EmbeddedScenario {
  std::string_view name;  // Its key `name`, and its path in this folder without ".yaml".
  std::string_view yaml;
};
// By name.
std::span<const EmbeddedScenario> BuiltInScenarios();

// What the names of a command line select, in their order and each once: a folder ("migration",
// "migration/") stands for all scenarios in it, no name for all there are; any other name is kept.
std::vector<std::string> Selected(const std::vector<std::string>& names);

struct LoadedScenario {
  Scenario scenario;
  std::string text;  // The YAML it came from.
};

using FileReader = absl::FunctionRef<absl::StatusOr<std::string>(const std::string& path)>;

// Whether a scenario's name is a path rather than a built-in name.
bool IsScenarioPath(std::string_view name);

// Errors name the nearest built-in name, or the place in the file. Names of properties in `judges`
// and `expect` are checked against `properties`.
absl::StatusOr<LoadedScenario> LoadScenario(std::string_view name_or_path,
                                            std::span<const std::string_view> properties,
                                            FileReader read_file);

}  // namespace ww::scenarios
