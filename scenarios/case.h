// Case: everything needed to run one simulation again.
//
// A token names a case on one line: SCENARIO@SEED?key=value&key=value. Resolving it gives a Case:
// every range of the scenario drawn to one value, the whole plan, and no overrides. A case file
// holds the resolved case, so that it can be edited and shrunk, and what was seen when it was
// written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "faults/plan.h"
#include "scenarios/config/operator_plan.h"
#include "scenarios/scenario.h"
#include "sim/decisions.h"

namespace ww::scenarios {

// A token's scenario that begins so names a fuzzed sequence of that scenario (fuzz/).
inline constexpr std::string_view kFuzzPrefix = "fuzz:";

struct Token {
  std::string
      scenario;  // A built-in name, or a path that begins with "./" or "/" or ends in .yaml.
  uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> settings;  // In the order given.
};
absl::StatusOr<Token> ParseToken(std::string_view text);
std::string FormatToken(const Token& token);
// 'quoted' for sh, only when it needs to be.
std::string QuoteForShell(std::string_view text);

// Bases of decision sites that differ from seeded.
struct SiteBaseSetting {
  std::string site;  // A site's name, or "*".
  sim::SiteBase base = sim::SiteBase::kSeeded;
};

// What was seen when a case file was written.
struct RecordedOutcome {
  std::string property;
  std::string fingerprint;  // 16 hexadecimal digits.
  std::string source;       // Source version.
};

struct Case {
  Token token;
  Scenario scenario;          // Every range is one value.
  std::string scenario_text;  // The YAML it came from.
  faults::Plan plan;
  OperatorPlan operations;
  std::vector<SiteBaseSetting> bases;
  std::vector<sim::Override> overrides;
  std::optional<RecordedOutcome> recorded;
};

// Draws every range and the plan from the token's seed. Errors name the key.
absl::StatusOr<Case> ResolveCase(const Token& token, const Scenario& scenario,
                                 std::string scenario_text);

// JSON. Reading refuses what it does not understand, naming file, line or key, what was found and
// what was expected; input is bounded to kCaseBytesMax.
inline constexpr size_t kCaseBytesMax = 64 << 20;
std::string FormatCase(const Case& value);
absl::StatusOr<Case> ParseCase(std::string_view json, std::string_view file_name);

}  // namespace ww::scenarios
