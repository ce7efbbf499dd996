// Keys: the one table of what a scenario can say. Reading YAML, `--set`, tokens, case files and the
// listing all go through it.
//
// A key is a dotted path of the YAML document ("workload.clients"). Fault kinds share the fields of
// FaultSpec under "faults.<kind>.": setting one for a kind that the scenario does not list adds the
// kind with its defaults.
// Errors name key, what was found, what was expected, and for unknown keys the nearest valid one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scenarios/scenario.h"

namespace ww::scenarios {

struct KeyInfo {
  std::string name;           // "workload.clients", "faults.crash.every".
  std::string_view type;      // "number", "number range", "duration", "ratio", ...
  std::string_view unit;      // "", "bytes", "entries", ...
  std::string default_value;  // As it would be written.
  std::string bounds;         // "1..64"; empty when there are none.
  std::string_view purpose;   // One line.
  bool drawn = false;         // A range of it is narrowed to one value when a case is resolved.
};

// Every key, the fields of every fault kind included, in the order of the table.
std::vector<KeyInfo> AllKeys();
// The names of AllKeys alone.
std::vector<std::string> AllKeyNames();

// Sets one key from its text. Lists are separated by commas.
absl::Status SetKey(Scenario& scenario, std::string_view key, std::string_view value);
// The text that SetKey would take. Requires: the key exists.
absl::StatusOr<std::string> GetKey(const Scenario& scenario, std::string_view key);
// Every key with its text: fault kinds only as far as the scenario lists them.
std::vector<std::pair<std::string, std::string>> ResolvedKeys(const Scenario& scenario);

// The specification of a kind that a scenario names without saying more.
FaultSpec DefaultFaultSpec(faults::FaultKind kind);

// Ranges that are narrowed to one value when a case is resolved, by key.
struct DrawnRange {
  std::string_view key;
  NumberRange* numbers = nullptr;      // Either this
  DurationRange* durations = nullptr;  // or this.
};
std::vector<DrawnRange> DrawnRanges(Scenario& scenario);

}  // namespace ww::scenarios
