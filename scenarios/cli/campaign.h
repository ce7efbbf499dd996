// Campaign: runs a list of cases in worker processes and collects what came of them.
//
// A worker that dies or hangs is a result of its case: engine code gives `no-crash` (safety),
// harness code `harness`; the case is then run again alone, to say whether it does the same again.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "scenarios/case.h"
#include "scenarios/cli/case_runner.h"
#include "scenarios/cli/worker_pool.h"
#include "sim/trace/result.h"

namespace ww::cli {

struct CampaignParts {
  size_t cases = 0;
  absl::FunctionRef<absl::StatusOr<scenarios::Case>(size_t)> case_of;
  PoolOptions pool;
  CaseRunOptions run;
};

// `more` says whether another case may begin; `done` gets results in the order of the cases.
void RunCampaign(const CampaignParts& parts, absl::FunctionRef<bool()> more,
                 absl::FunctionRef<void(const RunResult&)> done, absl::FunctionRef<void()> tick);

// One case in a process of its own.
RunResult RunAlone(const scenarios::Case& value, const CaseRunOptions& options);

}  // namespace ww::cli
