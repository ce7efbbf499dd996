// `whitewater run`: named scenarios over a range of seeds.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "scenarios/cli/campaign.h"
#include "scenarios/cli/campaign_options.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/failure_text.h"
#include "scenarios/cli/interrupt.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/result_files.h"
#include "scenarios/cli/what_there_is.h"

namespace ww::cli {
namespace {

int Refuse(const absl::Status& status) {
  fmt::print(stderr, "whitewater run: {}\n", std::string(status.message()));
  return kExitUsage;
}

absl::Status CheckTogether(const CampaignOptions& options, const CaseList& cases) {
  if (!options.trace_file.empty() && cases.size() != 1) {
    return absl::InvalidArgumentError(fmt::format(
        "--trace: found {} cases, expected one: name a scenario and give --runs 1, or use "
        "`whitewater replay`",
        cases.size()));
  }
  absl::Status trace = CheckFileCanBeWritten("--trace", options.trace_file);
  return trace.ok() ? CheckFolderCanBeMade("--out", options.out_folder) : trace;
}

// The campaign itself, with everything checked.
int Run(const CampaignOptions& options, const CaseList& cases, int64_t time_limit_ns,
        ResultFiles& files) {
  FILE* const text = files.text_stream();
  const bool color = !options.no_color && isatty(fileno(text)) == 1;
  if (cases.drawn_seed().has_value() && !options.quiet) {
    fmt::print(text, "seed {}\n", *cases.drawn_seed());
    std::fflush(text);
  }
  if (cases.size() == 0 && !options.quiet) {
    fmt::print(text, "this part of the campaign is empty: there are fewer runs than parts\n");
  }
  reports::Summary summary;
  Progress progress(options.quiet);
  ProgressState state{0, cases.size(), 0};
  const auto more = [&] {
    const bool in_time = time_limit_ns == 0 || progress.ElapsedNanos() < time_limit_ns;
    return !Interrupted() && in_time && (options.keep_going || state.failures == 0);
  };
  const auto done = [&](const RunResult& result) {
    summary.Add(result);
    files.Add(result);
    ++state.done;
    if (!reports::IsFailure(result.verdict)) return;
    ++state.failures;
    const reports::FailureGroup& group = summary.groups().at(result.signature);
    if (group.count > 1) return;  // Told once; counted at the end.
    progress.Clear();
    fmt::print(text, "{}\n", FailureText(result, color));
    std::fflush(text);
  };
  EndAtInterrupt();
  const auto case_of = [&cases](size_t job) { return cases.CaseOf(job); };
  PoolOptions pool;
  pool.processes = std::min(JobsFrom(options.jobs), std::max<size_t>(1, cases.size()));
  CaseRunOptions run;
  run.check_determinism = options.check_determinism;
  run.trace_file = options.trace_file;
  run.out_folder = options.out_folder;
  RunCampaign({cases.size(), case_of, pool, run}, more, done, [&] { progress.Show(state); });
  progress.Clear();

  const reports::SummaryContext context{AllPropertyNames(), AllReachSites(),
                                        progress.ElapsedNanos()};
  const absl::Status written = files.Finish(summary.ToJson(context));
  if (!options.quiet) fmt::print(text, "{}", summary.ToText(context));
  for (const auto& [signature, group] : summary.groups()) {
    fmt::print(text, "\n{}", GroupText(group, color));
  }
  AnnotateForGithub(summary);
  if (Interrupted()) {
    fmt::print(stderr, "whitewater run: interrupted after {} of {} runs\n", state.done, state.all);
  }
  if (!written.ok()) {
    fmt::print(stderr, "whitewater run: {}\n", std::string(written.message()));
    return kExitHarness;
  }
  const int status = ExitStatusOf(summary, {options.require_judged, options.require_expected});
  return Interrupted() && status == kExitPassed ? kExitInterrupted : status;
}

int RunWith(const CampaignOptions& options) {
  const absl::StatusOr<CaseList> cases = CaseList::Make(options);
  if (!cases.ok()) return Refuse(cases.status());
  if (absl::Status together = CheckTogether(options, *cases); !together.ok()) {
    return Refuse(together);
  }
  int64_t time_limit_ns = 0;
  if (!options.time_limit.empty()) {
    const absl::StatusOr<int64_t> limit = ParseTimeLimit(options.time_limit);
    if (!limit.ok()) return Refuse(limit.status());
    time_limit_ns = *limit;
  }
  ResultFiles files(options.json_file, options.junit_file);
  if (absl::Status opened = files.Open(); !opened.ok()) return Refuse(opened);
  return Run(options, *cases, time_limit_ns, files);
}

}  // namespace

RunCommand::RunCommand(CLI::App& app)
    : Command(app.add_subcommand("run", "run scenarios over a range of seeds")) {
  subcommand()->add_option("scenarios", options_.scenarios,
                           "names (see `whitewater list`), folders of them or paths of YAML files; "
                           "default: all built-in");
  AddCampaignOptions(*subcommand(), options_);
  subcommand()->footer(
      "Examples:\n"
      "  whitewater run storm --seeds 1..1000\n"
      "  whitewater run --runs 200 --check-determinism\n"
      "  whitewater run ./mine.yaml --seed random --time-limit 5m --junit results.xml\n"
      "  whitewater run crash-storm --set hosts=5 --set workload.clients=8");
}

int RunCommand::Act() { return RunWith(options_); }

}  // namespace ww::cli
