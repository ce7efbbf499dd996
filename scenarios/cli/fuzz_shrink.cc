#include "scenarios/cli/fuzz_shrink.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "reports/summary.h"
#include "scenarios/cli/campaign.h"
#include "scenarios/cli/campaign_options.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/what_there_is.h"
#include "scenarios/fuzz/shrink.h"
#include "scenarios/fuzz/to_case.h"
#include "sim/base/check.h"

namespace ww::cli {
namespace {

namespace fuzz = scenarios::fuzz;
using scenarios::Case;

constexpr size_t kBaseTriesMax = 120;

class Shrinker {
 public:
  Shrinker(const RunResult& failure, const FuzzShrinkOptions& options,
           absl::FunctionRef<bool()> more, absl::FunctionRef<void()> tick)
      : failure_(failure), options_(options), more_(more), tick_(tick) {}

  // For each case whether it violates the property; fewer answers when the time was over.
  std::vector<bool> Fail(const std::vector<Case>& cases) {
    std::vector<bool> answers;
    PoolOptions pool;
    pool.processes = std::min(options_.jobs, cases.size());
    const auto case_of = [&cases](size_t i) -> absl::StatusOr<Case> { return cases[i]; };
    const auto done = [&](const RunResult& result) {
      answers.push_back(reports::IsFailure(result.verdict) && result.property == failure_.property);
    };
    RunCampaign({cases.size(), case_of, pool, {}}, more_, done, tick_);
    return answers;
  }

  fuzz::Shrunk ShrinkSequence(const fuzz::Fuzzed& fuzzed) {
    const auto oracle = [&](const std::vector<fuzz::Sequence>& sequences) {
      std::vector<Case> cases;
      for (const fuzz::Sequence& one : sequences) cases.push_back(fuzz::ToCase(fuzzed.base, one));
      return Fail(cases);
    };
    fuzz::ShrinkLimits limits;
    limits.batch = options_.jobs;
    return fuzz::Shrink(fuzzed.sequence, limits, oracle);
  }

  // Noise that the violation does not need is taken out: all of it, or as many sites as may be, by
  // halves.
  Case WithBenignSites(const Case& value) {
    std::vector<std::string> sites;
    for (const Site* site : AllDecisionSites()) {
      if (site->site_class == SiteClass::kNoise) sites.emplace_back(site->name);
    }
    Case now = value;
    size_t tries = 0;
    for (size_t chunk = sites.size(); chunk > 0; chunk /= 2) {
      for (size_t at = 0; at < sites.size();) {
        if (++tries > kBaseTriesMax) return now;
        const size_t end = std::min(at + chunk, sites.size());
        Case candidate = now;
        for (size_t i = at; i < end; ++i) {
          candidate.bases.push_back({sites[i], sim::SiteBase::kBenign});
        }
        const std::vector<bool> answer = Fail({candidate});
        if (answer.empty()) return now;
        if (!answer.front()) {
          at = end;
          continue;
        }
        now = std::move(candidate);
        sites.erase(sites.begin() + static_cast<std::ptrdiff_t>(at),
                    sites.begin() + static_cast<std::ptrdiff_t>(end));
      }
    }
    return now;
  }

  // Runs it once more, alone, which leaves its case file and the text beside it.
  RunResult Write(const Case& value) {
    RunResult written;
    CaseRunOptions run;
    run.token_is_whole = false;
    run.out_folder = options_.out_folder + "/shrunk";
    const auto case_of = [&value](size_t) -> absl::StatusOr<Case> { return value; };
    const auto done = [&written](const RunResult& result) { written = result; };
    RunCampaign(
        {1, case_of, PoolOptions{}, run}, [] { return true; }, done, tick_);
    return written;
  }

 private:
  const RunResult& failure_;
  const FuzzShrinkOptions& options_;
  absl::FunctionRef<bool()> more_;
  absl::FunctionRef<void()> tick_;
};

// The text beside the case begins with what is done.
absl::Status PutWordsFirst(const ShrunkFailure& shrunk) {
  std::string name = shrunk.result.case_file;
  CHECK(name.ends_with(".case"), "{}", name);
  name.replace(name.size() - 5, 5, ".txt");
  const absl::StatusOr<std::string> text = ReadFile(name);
  if (!text.ok()) return text.status();
  return WriteFile(name, fmt::format("{}\n\n{}", fmt::join(shrunk.words, "\n"), *text));
}

}  // namespace

absl::StatusOr<ShrunkFailure> ShrinkFuzzed(const RunResult& failure,
                                           const FuzzShrinkOptions& options,
                                           absl::FunctionRef<bool()> more,
                                           absl::FunctionRef<void()> tick) {
  const absl::StatusOr<scenarios::Token> token = scenarios::ParseToken(failure.token);
  if (!token.ok()) return token.status();
  const absl::StatusOr<fuzz::Fuzzed> fuzzed = ResolveFuzzedToken(*token);
  if (!fuzzed.ok()) return fuzzed.status();
  Shrinker shrinker(failure, options, more, tick);
  const fuzz::Shrunk found = shrinker.ShrinkSequence(*fuzzed);
  const Case value = shrinker.WithBenignSites(fuzz::ToCase(fuzzed->base, found.sequence));
  ShrunkFailure shrunk;
  shrunk.words = fuzz::Describe(found.sequence);
  shrunk.commands = found.sequence.commands.size();
  shrunk.commands_before = fuzzed->sequence.value().commands.size();
  shrunk.tries = found.tries;
  shrunk.complete = found.complete;
  shrunk.result = shrinker.Write(value);
  if (shrunk.result.property != failure.property || shrunk.result.case_file.empty()) {
    return absl::InternalError(fmt::format("the shrunk case ended otherwise: {} {}",
                                           NameOf(shrunk.result.verdict), shrunk.result.message));
  }
  if (absl::Status written = PutWordsFirst(shrunk); !written.ok()) return written;
  return shrunk;
}

}  // namespace ww::cli
