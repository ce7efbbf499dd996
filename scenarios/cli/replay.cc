// `whitewater replay`: runs one case again and says whether the same violation appears.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "reports/result_json.h"
#include "scenarios/cli/campaign.h"
#include "scenarios/cli/campaign_options.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/failure_text.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/result_files.h"
#include "scenarios/cli/version.h"
#include "scenarios/cli/what_there_is.h"

namespace ww::cli {
namespace {

using scenarios::Case;

absl::StatusOr<Case> Find(const std::string& which) {
  if (which.ends_with(".case")) {
    const absl::StatusOr<std::string> text = ReadFile(which);
    if (!text.ok()) return text.status();
    return scenarios::ParseCase(*text, which);
  }
  const absl::StatusOr<scenarios::Token> token = scenarios::ParseToken(which);
  if (!token.ok()) return token.status();
  return ResolveToken(*token);
}

// A replay that passes although some overrides found no draw tells nothing.
void JudgeFidelity(RunResult& result) {
  if (result.verdict != Verdict::kPass || result.overrides_met == result.overrides_all) return;
  result.verdict = Verdict::kDiverged;
  result.property = "fidelity";
  result.message = fmt::format(
      "the run passed, but only {} of {} overrides found their draw: the case no longer describes "
      "this build",
      result.overrides_met, result.overrides_all);
}

// One sentence: what became of the violation that the case recorded.
std::string Answer(const Case& value, const RunResult& result) {
  const bool failed = reports::IsFailure(result.verdict);
  const std::vector<std::string>& seen = result.expected_seen;
  if (!value.recorded.has_value()) {
    if (result.verdict != Verdict::kExpected) return failed ? "fails" : "passes";
    return fmt::format("ends as its scenario expects, violating {}", fmt::join(seen, ", "));
  }
  const scenarios::RecordedOutcome& recorded = *value.recorded;
  if (result.verdict == Verdict::kDiverged) return "diverged";
  if (std::find(seen.begin(), seen.end(), recorded.property) != seen.end()) {
    return fmt::format("violates {} again, which its scenario expects", recorded.property);
  }
  if (!failed) return fmt::format("no longer fails (recorded: {})", recorded.property);
  if (result.property != recorded.property) {
    return fmt::format("fails otherwise: {}, recorded was {}", result.property, recorded.property);
  }
  if (reports::FormatFingerprint(result.fingerprint) != recorded.fingerprint) {
    return fmt::format(
        "the same property is violated, with another fingerprint (recorded {} on source {}, this "
        "is source {})",
        recorded.fingerprint, recorded.source, kSourceVersion);
  }
  return "the same violation, with the same fingerprint";
}

// How far the run came. One whose process died, as a failed assertion of the engine ends it, has no
// fingerprint and no counts, wherever it is run.
std::string Extent(const RunResult& result) {
  if (result.events == 0) return "its process died, so that nothing was counted";
  return fmt::format("fingerprint {}, {} events, {} virtual",
                     reports::FormatFingerprint(result.fingerprint), result.events,
                     Duration{result.virtual_ns});
}

}  // namespace

ReplayCommand::ReplayCommand(CLI::App& app)
    : Command(app.add_subcommand("replay", "run one case again, from its token or its file")) {
  subcommand()->add_option("case", which_, "TOKEN or FILE.case")->required();
  subcommand()->add_flag("--check-determinism", check_determinism_,
                         "run it twice, the second time perturbed, and compare");
  AddOutputOptions(*subcommand(), options_);
  subcommand()->footer(
      "Examples:\n"
      "  whitewater replay 'storm@42?hosts=5'\n"
      "  whitewater replay whitewater-out/storm@42.case --trace storm.trace");
}

int ReplayCommand::Act() {
  const auto refuse = [](const absl::Status& status) {
    fmt::print(stderr, "whitewater replay: {}\n", std::string(status.message()));
    return kExitUsage;
  };
  const absl::StatusOr<Case> value = Find(which_);
  if (!value.ok()) return refuse(value.status());
  absl::Status writable = CheckFileCanBeWritten("--trace", options_.trace_file);
  if (writable.ok()) writable = CheckFolderCanBeMade("--out", options_.out_folder);
  if (!writable.ok()) return refuse(writable);
  ResultFiles files(options_.json_file, options_.junit_file);
  if (absl::Status opened = files.Open(); !opened.ok()) return refuse(opened);
  if (options_.trace_file.empty()) {
    if (absl::Status made = MakeFolder(options_.out_folder); !made.ok()) return refuse(made);
    options_.trace_file =
        options_.out_folder + "/" + FileStem(scenarios::FormatToken(value->token)) + ".trace";
  }

  CaseRunOptions run;
  run.check_determinism = check_determinism_;
  run.token_is_whole = !which_.ends_with(".case");
  run.trace_file = options_.trace_file;
  run.crash_trace_file = options_.trace_file;
  run.out_folder = options_.out_folder;
  RunResult result = RunAlone(*value, run);
  JudgeFidelity(result);
  reports::Summary summary;
  summary.Add(result);
  files.Add(result);
  const absl::Status written =
      files.Finish(summary.ToJson({AllPropertyNames(), AllReachSites(), result.wall_ns}));
  FILE* const text = files.text_stream();
  const bool color = !options_.no_color && isatty(fileno(text)) == 1;
  if (reports::IsFailure(result.verdict)) fmt::print(text, "{}", FailureText(result, color));
  if (result.verdict == Verdict::kExpected) {
    fmt::print(text, "{}: {}\n", result.property, result.message);
  }
  fmt::print(text, "{}: {} ({}, trace in {})\n", result.token, Answer(*value, result),
             Extent(result), options_.trace_file);
  if (!written.ok()) return refuse(written);
  return ExitStatusOf(summary, {});
}

}  // namespace ww::cli
