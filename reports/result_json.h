// Results as JSON: one object a run, and back.
//
// The keys are the contract of `--json`; keys beyond it are additions. Reading refuses what is not
// such an object, with the key, what was found and what was expected.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "sim/trace/result.h"

namespace ww::reports {

nlohmann::json ToJson(const RunResult& result);
// One line without a line break.
std::string FormatResult(const RunResult& result);
absl::StatusOr<RunResult> ParseResult(std::string_view line);

// "00ff..." with 16 digits.
std::string FormatFingerprint(uint64_t fingerprint);

}  // namespace ww::reports
