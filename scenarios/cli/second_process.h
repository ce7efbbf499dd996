// The same case in a process of its own, started afresh: other addresses, other hash salts.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "scenarios/case.h"

namespace ww::cli {

// Starts this program again with `run` for the one case and returns the fingerprint it printed.
// Errors: the process could not be started, or printed no result.
absl::StatusOr<uint64_t> FingerprintInSecondProcess(const scenarios::Token& token);

}  // namespace ww::cli
