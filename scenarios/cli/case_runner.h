// Running one case for a command: wall time, trace, determinism check, and what a failure leaves.
//
// Runs in a worker process. Everything a failing case needs to be understood is written before the
// result is handed back: the case file, and a text beside it with the decisions that were not
// benign and the last events before the violation, a column a host.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "scenarios/case.h"
#include "sim/fiber.h"
#include "sim/trace/result.h"

namespace ww::cli {

struct CaseRunOptions {
  bool check_determinism = false;
  // Whether the token alone describes the case, so that another process can run it from there.
  bool token_is_whole = true;
  std::string trace_file;        // Empty: no trace is kept.
  std::string crash_trace_file;  // Where a failed CHECK leaves the run's newest events; or empty.
  std::string out_folder;        // Where a failure's case goes; empty: nowhere.
};

RunResult RunOneCase(const scenarios::Case& value, const CaseRunOptions& options,
                     sim::FiberPool& fibers, absl::FunctionRef<void()> alive);

// Writes the case file of a failure (`result.case_file` is set) and `notes` beside it.
absl::Status WriteFailure(const scenarios::Case& value, const std::string& folder,
                          std::string_view notes, RunResult& result);

// Case and notes of a run that killed its process. `trace` is what it left; empty for nothing.
absl::Status WriteCrash(const scenarios::Case& value, const std::string& folder,
                        std::string_view trace, RunResult& result);

// A token as a file name without an ending; two tokens never have the same.
std::string FileStem(const std::string& token);

// Property and message without numbers: equal failures have equal signatures.
std::string MakeSignature(std::string_view property, std::string_view message);

}  // namespace ww::cli
