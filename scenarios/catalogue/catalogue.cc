#include "scenarios/catalogue/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scenarios/config/read_scenario.h"
#include "scenarios/config/value_text.h"

namespace ww::scenarios {
namespace {

absl::StatusOr<LoadedScenario> Read(std::string text, const std::string& file_name,
                                    std::span<const std::string_view> properties) {
  absl::StatusOr<Scenario> scenario = ReadScenario(text, file_name);
  if (!scenario.ok()) return scenario.status();
  if (absl::Status status = CheckProperties(*scenario, properties); !status.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}", file_name, std::string(status.message())));
  }
  return LoadedScenario{*std::move(scenario), std::move(text)};
}

// The scenario of that name in some folder; nothing when there is none, or several.
std::string_view InAnyFolder(std::string_view name, const std::vector<std::string_view>& names) {
  std::string_view found;
  for (const std::string_view candidate : names) {
    const size_t slash = candidate.rfind('/');
    if (slash == std::string_view::npos || candidate.substr(slash + 1) != name) continue;
    if (!found.empty()) return {};
    found = candidate;
  }
  return found;
}

}  // namespace

std::vector<std::string> Selected(const std::vector<std::string>& names) {
  std::vector<std::string> selected;
  const auto select = [&selected](std::string_view name) {
    if (std::find(selected.begin(), selected.end(), name) == selected.end()) {
      selected.emplace_back(name);
    }
  };
  if (names.empty()) {
    for (const EmbeddedScenario& built_in : BuiltInScenarios()) select(built_in.name);
  }
  for (const std::string& name : names) {
    const std::string folder = name.ends_with('/') ? name : name + '/';
    bool found = false;
    for (const EmbeddedScenario& built_in : BuiltInScenarios()) {
      if (!built_in.name.starts_with(folder)) continue;
      select(built_in.name);
      found = true;
    }
    if (!found) select(name);
  }
  return selected;
}

bool IsScenarioPath(std::string_view name) {
  return name.starts_with("./") || name.starts_with("../") || name.starts_with('/') ||
         name.ends_with(".yaml");
}

absl::StatusOr<LoadedScenario> LoadScenario(std::string_view name_or_path,
                                            std::span<const std::string_view> properties,
                                            FileReader read_file) {
  const std::string name(name_or_path);
  if (IsScenarioPath(name_or_path)) {
    absl::StatusOr<std::string> text = read_file(name);
    if (!text.ok()) return text.status();
    return Read(*std::move(text), name, properties);
  }
  std::vector<std::string_view> names;
  for (const EmbeddedScenario& built_in : BuiltInScenarios()) {
    if (built_in.name == name_or_path) {
      return Read(std::string(built_in.yaml), name + ".yaml", properties);
    }
    names.push_back(built_in.name);
  }
  const std::string_view elsewhere = InAnyFolder(name, names);
  const std::string suggestion =
      elsewhere.empty() ? DidYouMean(name, names) : fmt::format(", did you mean '{}'?", elsewhere);
  return absl::InvalidArgumentError(
      fmt::format("unknown scenario {}{} (a file's path begins with ./ or / or ends in .yaml)",
                  Quoted(name), suggestion));
}

}  // namespace ww::scenarios
