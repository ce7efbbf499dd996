// Shrinks the failure that a fuzzed token names, and leaves its case.
//
// First the sequence gets fewer and simpler commands (fuzz/shrink.h), then decision sites become
// benign, as long as the same property is violated. Candidates run in worker processes like any
// case, so one that dies or hangs is an answer too. What is left is written as a case file with a
// text beside it.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "scenarios/case.h"
#include "sim/trace/result.h"

namespace ww::cli {

struct FuzzShrinkOptions {
  size_t jobs = 1;
  std::string out_folder;  // The shrunk case goes to a folder `shrunk` in it.
};

struct ShrunkFailure {
  std::vector<std::string> words;  // The sequence, a line a command.
  size_t commands = 0;
  size_t commands_before = 0;
  size_t tries = 0;
  bool complete = false;  // Nothing simpler violates the property.
  RunResult result;       // Of the shrunk case; it names the file.
};

// `more` says whether another candidate may run; `tick` is called about five times a second.
absl::StatusOr<ShrunkFailure> ShrinkFuzzed(const RunResult& failure,
                                           const FuzzShrinkOptions& options,
                                           absl::FunctionRef<bool()> more,
                                           absl::FunctionRef<void()> tick);

}  // namespace ww::cli
