#include "tests/support/cases.h"

#include "scenarios/catalogue/catalogue.h"
#include "scenarios/checks/judge.h"
#include "sim/base/check.h"

namespace ww::scenarios {

Case BuiltInCase(const std::string& scenario, uint64_t seed) {
  std::vector<std::string_view> properties;
  for (const checks::Property& property : checks::AllProperties()) {
    properties.push_back(property.name);
  }
  const auto loaded = LoadScenario(scenario, properties, [](const std::string& path) {
    return absl::StatusOr<std::string>(absl::NotFoundError(path));
  });
  CHECK(loaded.ok(), "{}", loaded.status().ToString());
  Token token;
  token.scenario = scenario;
  token.seed = seed;
  auto value = ResolveCase(token, loaded->scenario, loaded->text);
  CHECK(value.ok(), "{}", value.status().ToString());
  return *std::move(value);
}

std::vector<std::string> BuiltInNames() {
  std::vector<std::string> names;
  for (const EmbeddedScenario& scenario : BuiltInScenarios()) names.emplace_back(scenario.name);
  return names;
}

}  // namespace ww::scenarios
