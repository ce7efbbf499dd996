#include "scenarios/cli/case_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "reports/result_json.h"
#include "reports/timeline.h"
#include "scenarios/cli/crash_report.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/second_process.h"
#include "scenarios/cli/version.h"
#include "scenarios/determinism.h"
#include "scenarios/runner.h"
#include "sim/base/hash.h"

namespace ww::cli {
namespace {

using scenarios::Case;
using scenarios::RunCase;
using scenarios::RunOptions;
using scenarios::RunOutput;

constexpr size_t kDecisionsShownMax = 200;
constexpr size_t kDecisionsKeptMax = 2'000;  // In a case file.
constexpr size_t kTimelineTraceBytes = 8 << 20;
constexpr size_t kFileNameMax = 120;

bool Failed(Verdict verdict) { return verdict != Verdict::kPass && verdict != Verdict::kExpected; }

std::string DescribeDecisions(const std::vector<sim::Decision>& decisions) {
  std::string text = fmt::format("{} decisions that were not benign:\n", decisions.size());
  size_t shown = 0;
  for (const sim::Decision& decision : decisions) {
    if (decision.site->site_class != SiteClass::kFault) continue;
    if (++shown > kDecisionsShownMax) break;
    text += fmt::format("  {} [{}] n={} value={} of {}\n", decision.site->name,
                        decision.key.ToString(), decision.n, decision.value, decision.tag.bound);
  }
  return text + fmt::format("  ({} of fault sites shown, noise left out)\n", shown);
}

RunOutput RunAgainForPeople(const Case& value, sim::FiberPool& fibers) {
  RunOptions options;
  options.record = true;
  options.trace = true;
  options.trace_bytes_max = kTimelineTraceBytes;
  return RunCase(value, options, fibers);
}

// The case with what its fault sites decided, the oldest first: a later source that draws otherwise
// misses them, and so a replay there does not take "another run" for "fixed".
Case WithFaultDecisions(Case value, const std::vector<sim::Decision>& decisions) {
  if (!value.overrides.empty()) return value;
  for (const sim::Decision& decision : decisions) {
    if (decision.site->site_class != SiteClass::kFault) continue;
    if (value.overrides.size() == kDecisionsKeptMax) break;
    value.overrides.push_back({std::string(decision.site->name), decision.key, decision.n,
                               decision.n, decision.tag, decision.value});
  }
  return value;
}

std::string DescribePlan(const Case& value) {
  std::string text = "\nKinds of faults that exist in this run:";
  for (const faults::FaultKind kind : value.plan.enabled) {
    text += fmt::format(" {}", faults::InfoOf(kind).name);
  }
  text += "\nThe plan:\n";
  for (const faults::PlanItem& item : value.plan.items) {
    text += "  " + faults::Describe(item) + "\n";
  }
  return text;
}

std::string DescribeLastEvents(std::string_view trace) {
  if (trace.empty()) return "\nThe run left no trace of its last events.\n";
  const absl::StatusOr<std::string> timeline = reports::RenderTimeline(trace, {});
  return "\nLast events:\n" +
         (timeline.ok() ? *timeline : std::string(timeline.status().message()) + "\n");
}

std::string ExplainFailure(const Case& value, const RunResult& result, const RunOutput& again) {
  std::string text = fmt::format("{}: {}\n\n", result.property, result.message);
  for (const std::string& line : result.details) text += line + "\n";
  if (again.result.fingerprint != result.fingerprint) {
    text += fmt::format("\nThe same case run again ended with fingerprint {}, not {}.\n",
                        reports::FormatFingerprint(again.result.fingerprint),
                        reports::FormatFingerprint(result.fingerprint));
  }
  return text + DescribePlan(value) + DescribeLastEvents(again.trace) + "\n" +
         DescribeDecisions(again.recorded);
}

// What makes two runs of the case differ, in words; empty when nothing does. Compares with a
// perturbed run in this process and with a run in a process of its own.
std::string FindNondeterminism(const Case& value, const CaseRunOptions& options,
                               const RunResult& result, sim::FiberPool& fibers) {
  const scenarios::DeterminismReport report = scenarios::CheckDeterminism(value, {}, fibers);
  if (!report.deterministic) return report.difference;
  if (!options.token_is_whole) return {};
  const absl::StatusOr<uint64_t> second = FingerprintInSecondProcess(value.token);
  if (!second.ok()) return std::string(second.status().message());
  if (*second == result.fingerprint) return {};
  return fmt::format(
      "two processes ran the case with different fingerprints: {} and {}; write a "
      "trace of each (whitewater replay --trace FILE): they differ from the first diverging event "
      "on",
      reports::FormatFingerprint(result.fingerprint), reports::FormatFingerprint(*second));
}

}  // namespace

std::string FileStem(const std::string& token) {
  std::string stem;
  for (const char c : token) {
    const bool kept =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '@' || c == '-';
    stem.push_back(kept ? c : '-');
  }
  while (!stem.empty() && (stem.front() == '.' || stem.front() == '-')) stem.erase(0, 1);
  stem.resize(std::min(stem.size(), kFileNameMax));
  if (stem == token) return stem;
  // What was replaced or cut must still tell two tokens apart.
  return fmt::format("{}-{:08x}", stem, static_cast<uint32_t>(HashName(token)));
}

std::string MakeSignature(std::string_view property, std::string_view message) {
  std::string text(property);
  text += ": ";
  for (const char c : message) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) {
      text.push_back(c);
    } else if (text.back() != '#') {
      text.push_back('#');
    }
  }
  return text;
}

absl::Status WriteFailure(const Case& value, const std::string& folder, std::string_view notes,
                          RunResult& result) {
  if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
  Case failed = value;
  failed.recorded = scenarios::RecordedOutcome{
      result.property, reports::FormatFingerprint(result.fingerprint), kSourceVersion};
  const std::string stem = folder + "/" + FileStem(result.token);
  if (absl::Status written = WriteFile(stem + ".case", scenarios::FormatCase(failed));
      !written.ok()) {
    return written;
  }
  result.case_file = stem + ".case";
  return notes.empty() ? absl::OkStatus() : WriteFile(stem + ".txt", notes);
}

absl::Status WriteCrash(const Case& value, const std::string& folder, std::string_view trace,
                        RunResult& result) {
  const std::string notes = fmt::format("{}: {}\n", result.property, result.message) +
                            DescribePlan(value) + DescribeLastEvents(trace);
  return WriteFailure(value, folder, notes, result);
}

RunResult RunOneCase(const Case& value, const CaseRunOptions& options, sim::FiberPool& fibers,
                     absl::FunctionRef<void()> alive) {
  // Runs inside take over the handler.
  RunContext context(scenarios::FormatToken(value.token));
  std::string crash_trace_file = options.crash_trace_file;
  const bool keeps_crash = !crash_trace_file.empty();
  context.SetFailureHandler(ReportFailedCheck, keeps_crash ? &crash_trace_file : nullptr);
  const RunContext::Scope scope(context);
  const auto heartbeat = [&alive](uint64_t) { alive(); };
  absl::FunctionRef<void(uint64_t)> heartbeat_reference = heartbeat;
  RunOptions run;
  run.trace = keeps_crash || !options.trace_file.empty();
  if (options.trace_file.empty()) run.trace_bytes_max = kTimelineTraceBytes;
  run.heartbeat = &heartbeat_reference;
  const auto start = std::chrono::steady_clock::now();
  RunOutput output = RunCase(value, run, fibers);
  const auto wall = std::chrono::steady_clock::now() - start;
  RunResult result = std::move(output.result);
  result.wall_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
  if (!options.trace_file.empty()) {
    if (absl::Status written = WriteFile(options.trace_file, output.trace); !written.ok()) {
      result.details.push_back(std::string(written.message()));
    }
  }
  if (options.check_determinism && !Failed(result.verdict)) {
    const std::string difference = FindNondeterminism(value, options, result, fibers);
    if (!difference.empty()) {
      result.verdict = Verdict::kHarness;
      result.property = "determinism";
      result.message = difference;
    }
  }
  if (!Failed(result.verdict)) return result;
  if (result.signature.empty()) result.signature = MakeSignature(result.property, result.message);
  if (options.out_folder.empty()) return result;
  const RunOutput again = RunAgainForPeople(value, fibers);
  const std::string notes = ExplainFailure(value, result, again);
  const bool same = again.result.fingerprint == result.fingerprint;
  const Case failed = same ? WithFaultDecisions(value, again.recorded) : value;
  if (absl::Status written = WriteFailure(failed, options.out_folder, notes, result);
      !written.ok()) {
    result.details.push_back(std::string(written.message()));
  }
  return result;
}

}  // namespace ww::cli
