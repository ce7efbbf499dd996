// `whitewater fuzz`: generated sequences of operations and faults. Failures are grouped, and one of
// each group is shrunk when all have run.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "scenarios/cli/campaign.h"
#include "scenarios/cli/campaign_options.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/failure_text.h"
#include "scenarios/cli/fuzz_shrink.h"
#include "scenarios/cli/interrupt.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/result_files.h"
#include "scenarios/cli/what_there_is.h"

namespace ww::cli {
namespace {

constexpr const char* kUsualScenario = "migration/replace";
// As many as a time limit lets through.
constexpr uint64_t kRunsInTime = 1'000'000;
// Kinds of failure that are shrunk, and for how long each.
constexpr size_t kShrunkMax = 8;
constexpr int64_t kShrinkNanosMax = int64_t{120} * 1'000'000'000;

int Refuse(const absl::Status& status) {
  fmt::print(stderr, "whitewater fuzz: {}\n", std::string(status.message()));
  return kExitUsage;
}

class Fuzzing {
 public:
  Fuzzing(const CampaignOptions& options, const CaseList& cases, int64_t time_limit_ns,
          ResultFiles& files)
      : options_(options),
        cases_(cases),
        time_limit_ns_(time_limit_ns),
        files_(files),
        text_(files.text_stream()),
        color_(!options.no_color && isatty(fileno(text_)) == 1),
        progress_(options.quiet),
        state_{0, cases.size(), 0} {}

  int Act() {
    EndAtInterrupt();
    Begin();
    RunAll();
    progress_.Clear();
    const reports::SummaryContext context{AllPropertyNames(), AllReachSites(),
                                          progress_.ElapsedNanos()};
    if (!options_.quiet) fmt::print(text_, "{}", summary_.ToText(context));
    nlohmann::json object = summary_.ToJson(context);
    object["summary"]["shrunk"] = ShrinkGroups();
    const absl::Status written = files_.Finish(object);
    AnnotateForGithub(summary_);
    if (Interrupted()) {
      fmt::print(stderr, "whitewater fuzz: interrupted after {} runs\n", state_.done);
    }
    if (!written.ok()) {
      fmt::print(stderr, "whitewater fuzz: {}\n", std::string(written.message()));
      return kExitHarness;
    }
    const int status = ExitStatusOf(summary_, {options_.require_judged, options_.require_expected});
    return Interrupted() && status == kExitPassed ? kExitInterrupted : status;
  }

 private:
  void Begin() {
    if (options_.quiet) return;
    if (cases_.drawn_seed().has_value()) fmt::print(text_, "seed {}\n", *cases_.drawn_seed());
    if (cases_.size() == 0) {
      fmt::print(text_, "this part of the campaign is empty: there are fewer runs than parts\n");
    }
    std::fflush(text_);
  }

  void RunAll() {
    const auto more = [this] {
      const bool in_time = time_limit_ns_ == 0 || progress_.ElapsedNanos() < time_limit_ns_;
      return !Interrupted() && in_time && (options_.keep_going || state_.failures == 0);
    };
    const auto done = [this](const RunResult& result) { Done(result); };
    const auto case_of = [this](size_t job) { return cases_.CaseOf(job); };
    PoolOptions pool;
    pool.processes = std::min(JobsFrom(options_.jobs), std::max<size_t>(1, cases_.size()));
    CaseRunOptions run;
    run.check_determinism = options_.check_determinism;
    run.trace_file = options_.trace_file;
    run.out_folder = options_.out_folder;
    RunCampaign({cases_.size(), case_of, pool, run}, more, done, [this] { Show(); });
  }

  void Show() { progress_.Show(state_); }

  void Done(const RunResult& result) {
    summary_.Add(result);
    files_.Add(result);
    ++state_.done;
    if (!reports::IsFailure(result.verdict)) return;
    ++state_.failures;
    if (summary_.groups().at(result.signature).count > 1) return;
    progress_.Clear();
    fmt::print(text_, "{}\n", FailureText(result, color_));
    std::fflush(text_);
  }

  // Tells each group, the first ones shrunk; what is written of them for programs.
  nlohmann::json ShrinkGroups() {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& [signature, group] : summary_.groups()) {
      reports::FailureGroup told = group;
      if (all.size() < kShrunkMax && !Interrupted()) all.push_back(ShrinkGroup(told));
      progress_.Clear();
      fmt::print(text_, "\n{}", GroupText(told, color_));
      std::fflush(text_);
    }
    return all;
  }

  // Puts what is left of the group's failure into what people read of it.
  nlohmann::json ShrinkGroup(reports::FailureGroup& group) {
    RunResult& failure = group.first;
    const int64_t begun = progress_.ElapsedNanos();
    const auto more = [this, begun] {
      return !Interrupted() && progress_.ElapsedNanos() - begun < kShrinkNanosMax;
    };
    nlohmann::json object = {{"token", failure.token}, {"property", failure.property}};
    const absl::StatusOr<ShrunkFailure> shrunk = ShrinkFuzzed(
        failure, {JobsFrom(options_.jobs), options_.out_folder}, more, [this] { Show(); });
    std::vector<std::string> lines;
    if (shrunk.ok()) {
      lines.push_back(
          fmt::format("shrunk from {} commands to {} ({} tries{}):", shrunk->commands_before,
                      shrunk->commands, shrunk->tries, shrunk->complete ? "" : ", not to the end"));
      for (const std::string& line : shrunk->words) lines.push_back("  " + line);
      lines.push_back(fmt::format("replay what is left: whitewater replay {}",
                                  scenarios::QuoteForShell(shrunk->result.case_file)));
      object["commands"] = shrunk->commands;
      object["sequence"] = shrunk->words;
      object["tries"] = shrunk->tries;
      object["complete"] = shrunk->complete;
      object["case_file"] = shrunk->result.case_file;
    } else {
      lines.push_back(fmt::format("not shrunk: {}", std::string(shrunk.status().message())));
      object["error"] = std::string(shrunk.status().message());
    }
    failure.details.insert(failure.details.begin(), lines.begin(), lines.end());
    return object;
  }

  const CampaignOptions& options_;
  const CaseList& cases_;
  const int64_t time_limit_ns_;
  ResultFiles& files_;
  FILE* const text_;
  const bool color_;
  reports::Summary summary_;
  Progress progress_;
  ProgressState state_;
};

}  // namespace

FuzzCommand::FuzzCommand(CLI::App& app)
    : Command(app.add_subcommand(
          "fuzz", "generate sequences of operations and faults, and shrink what fails")) {
  subcommand()->add_option(
      "scenario", scenario_,
      fmt::format("where they are played: a name or a YAML file; default: {}", kUsualScenario));
  AddCampaignOptions(*subcommand(), options_);
  subcommand()->footer(
      "The scenario says how large the cluster is, how its network and disks behave and what is\n"
      "judged; what is done and what goes wrong is generated. With a time limit and no --runs, as\n"
      "many sequences run as fit.\n"
      "Examples:\n"
      "  whitewater fuzz --time-limit 60s\n"
      "  whitewater fuzz migration/replace --runs 1000 --seed random --jobs 4\n"
      "  whitewater fuzz bootstrap/priority --runs 200 --json results.json\n"
      "  whitewater replay 'fuzz:migration/replace@7'");
}

int FuzzCommand::Act() {
  options_.fuzzed = true;
  options_.scenarios = {scenario_.empty() ? kUsualScenario : scenario_};
  int64_t time_limit_ns = 0;
  if (!options_.time_limit.empty()) {
    const absl::StatusOr<int64_t> limit = ParseTimeLimit(options_.time_limit);
    if (!limit.ok()) return Refuse(limit.status());
    time_limit_ns = *limit;
    if (options_.runs == 0 && options_.seeds.empty()) options_.runs = kRunsInTime;
  }
  const absl::StatusOr<CaseList> cases = CaseList::Make(options_);
  if (!cases.ok()) return Refuse(cases.status());
  if (!options_.trace_file.empty() && cases->size() != 1) {
    return Refuse(absl::InvalidArgumentError(fmt::format(
        "--trace: found {} cases, expected one: give --runs 1, or use `whitewater replay`",
        cases->size())));
  }
  absl::Status writable = CheckFileCanBeWritten("--trace", options_.trace_file);
  if (writable.ok()) writable = CheckFolderCanBeMade("--out", options_.out_folder);
  if (!writable.ok()) return Refuse(writable);
  ResultFiles files(options_.json_file, options_.junit_file);
  if (absl::Status opened = files.Open(); !opened.ok()) return Refuse(opened);
  return Fuzzing(options_, *cases, time_limit_ns, files).Act();
}

}  // namespace ww::cli
