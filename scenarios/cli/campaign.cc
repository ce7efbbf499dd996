#include "scenarios/cli/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "reports/result_json.h"
#include "scenarios/checks/judge.h"
#include "scenarios/cli/output.h"
#include "scenarios/profile.h"
#include "sim/base/check.h"

namespace ww::cli {
namespace {

using scenarios::Case;

// A result for a run that never handed one back.
RunResult ResultWithout(const scenarios::Token& token) {
  RunResult result;
  result.token = scenarios::FormatToken(token);
  result.scenario = token.scenario;
  result.seed = token.seed;
  result.verdict = Verdict::kHarness;
  return result;
}

RunResult ResultOfDeath(const Case& value, const JobOutcome& outcome) {
  RunResult result = ResultWithout(value.token);
  if (outcome.end == JobOutcome::End::kStuck) {
    result.property = "no-progress";
    result.message = "the run made no progress for 60 s of wall time and was killed";
  } else if (!outcome.property.empty()) {
    const checks::Property* property = checks::FindProperty(outcome.property);
    const bool liveness = property != nullptr && property->kind == checks::PropertyKind::kLiveness;
    result.verdict = liveness ? Verdict::kLiveness : Verdict::kSafety;
    result.property = outcome.property;
    result.message = outcome.message;
    result.details.push_back("In the same step the engine died: " + outcome.detail);
  } else {
    result.verdict = outcome.engine_side ? Verdict::kSafety : Verdict::kHarness;
    result.property = outcome.engine_side ? "no-crash" : "harness-crash";
    result.message = outcome.detail;
  }
  result.signature = MakeSignature(result.property, result.message);
  result.judges = value.scenario.judges;
  result.expects = value.scenario.expect;
  const std::vector<std::string> expected = scenarios::ExpectedOf(value.scenario);
  if (std::find(expected.begin(), expected.end(), result.property) != expected.end()) {
    result.verdict = Verdict::kExpected;
    result.expected_seen.push_back(result.property);
  }
  return result;
}

RunResult ParseReply(const std::string& reply) {
  absl::StatusOr<RunResult> result = reports::ParseResult(reply);
  CHECK(result.ok(), "{}", result.status().ToString());
  return *std::move(result);
}

// Runs a case that killed its worker once more, alone and with a trace, and writes its case file.
RunResult Confirm(const Case& value, RunResult result, const CaseRunOptions& options) {
  CaseRunOptions again = options;
  again.out_folder.clear();
  if (!options.out_folder.empty() && MakeFolder(options.out_folder).ok()) {
    again.crash_trace_file = options.out_folder + "/crash.trace";
  }
  const RunResult second = RunAlone(value, again);
  result.details.push_back(second.signature == result.signature
                               ? "Run again alone, it died in the same way."
                               : fmt::format("Run again alone, it ended otherwise: {} {}",
                                             NameOf(second.verdict), second.message));
  if (options.out_folder.empty()) return result;
  std::string trace;
  if (absl::StatusOr<std::string> left = ReadFile(again.crash_trace_file); left.ok()) {
    trace = *std::move(left);
    std::remove(again.crash_trace_file.c_str());
  }
  const absl::Status written = WriteCrash(value, options.out_folder, trace, result);
  if (!written.ok()) result.details.push_back(std::string(written.message()));
  return result;
}

// Hands results on in the order of their numbers.
class InOrder {
 public:
  explicit InOrder(absl::FunctionRef<void(const RunResult&)> done) : done_(done) {}

  void Add(size_t number, RunResult result) {
    waiting_.emplace(number, std::move(result));
    for (auto it = waiting_.begin(); it != waiting_.end() && it->first == next_;
         it = waiting_.erase(it), ++next_) {
      done_(it->second);
    }
  }

 private:
  absl::FunctionRef<void(const RunResult&)> done_;
  std::map<size_t, RunResult> waiting_;
  size_t next_ = 0;
};

}  // namespace

RunResult RunAlone(const Case& value, const CaseRunOptions& options) {
  RunResult result = ResultWithout(value.token);
  bool begun = false;
  const auto source = [&begun]() -> std::optional<size_t> {
    if (begun) return std::nullopt;
    begun = true;
    return 0;
  };
  const auto work = [&value, &options](size_t, absl::FunctionRef<void()> alive) {
    sim::FiberPool fibers;
    return reports::FormatResult(RunOneCase(value, options, fibers, alive));
  };
  const auto sink = [&value, &result](const JobOutcome& outcome) {
    const bool ended = outcome.end == JobOutcome::End::kDone;
    result = ended ? ParseReply(outcome.reply) : ResultOfDeath(value, outcome);
  };
  WorkerPool(PoolOptions{}).Run(source, work, sink, [] {});
  return result;
}

void RunCampaign(const CampaignParts& parts, absl::FunctionRef<bool()> more,
                 absl::FunctionRef<void(const RunResult&)> done, absl::FunctionRef<void()> tick) {
  size_t next = 0;
  InOrder in_order(done);
  std::optional<sim::FiberPool> fibers;  // Of the worker; empty in this process.
  const auto case_of = [&parts](size_t job) {
    absl::StatusOr<Case> value = parts.case_of(job);
    CHECK(value.ok(), "{}", value.status().ToString());
    return *std::move(value);
  };
  const auto source = [&]() -> std::optional<size_t> {
    if (next >= parts.cases || !more()) return std::nullopt;
    return next++;
  };
  const auto work = [&](size_t job, absl::FunctionRef<void()> alive) {
    if (!fibers.has_value()) fibers.emplace();
    return reports::FormatResult(RunOneCase(case_of(job), parts.run, *fibers, alive));
  };
  const auto sink = [&](const JobOutcome& outcome) {
    if (outcome.end == JobOutcome::End::kDone) {
      return in_order.Add(outcome.job, ParseReply(outcome.reply));
    }
    const Case value = case_of(outcome.job);
    in_order.Add(outcome.job, Confirm(value, ResultOfDeath(value, outcome), parts.run));
  };
  WorkerPool(parts.pool).Run(source, work, sink, tick);
}

}  // namespace ww::cli
