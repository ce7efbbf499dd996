#include "scenarios/cli/campaign_options.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "scenarios/checks/judge.h"
#include "scenarios/cli/output.h"
#include "scenarios/fuzz/to_case.h"

namespace ww::cli {
namespace {

using scenarios::LoadedScenario;

constexpr uint64_t kRunsAScenario = 10;
constexpr uint64_t kRunsMax = 100'000'000;

absl::Status Refuse(const char* option, const std::string& found, const char* expected) {
  return absl::InvalidArgumentError(
      fmt::format("{}: found '{}', expected {}", option, found, expected));
}

// A seed for people who want another one each time; printed, so that it can be used again.
uint64_t DrawSeed() {
  uint64_t seed = 0;
  const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (read(fd, &seed, sizeof seed) != sizeof seed) seed = 0;
    close(fd);
  }
  return seed >> 24;  // Short enough to type.
}

struct SeedRange {
  uint64_t first = 1;
  uint64_t last = 1;
};

absl::StatusOr<SeedRange> ParseSeeds(const std::string& text) {
  const std::vector<std::string> ends = absl::StrSplit(text, "..");
  SeedRange range;
  if (ends.size() != 2 || !absl::SimpleAtoi(ends[0], &range.first) ||
      !absl::SimpleAtoi(ends[1], &range.last) || range.first > range.last ||
      range.last - range.first >= kRunsMax) {
    return Refuse("--seeds", text, "two seeds, the lower first, such as 1..100");
  }
  return range;
}

struct Part {
  uint64_t index = 0;
  uint64_t count = 1;
};

absl::StatusOr<Part> ParsePart(const std::string& text) {
  if (text.empty()) return Part{};
  const std::vector<std::string> words = absl::StrSplit(text, '/');
  Part part;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &part.index) ||
      !absl::SimpleAtoi(words[1], &part.count) || part.index == 0 || part.index > part.count) {
    return Refuse("--part", text, "a part of a whole, such as 2/8");
  }
  --part.index;
  return part;
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseSettings(
    const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Refuse("--set", text, "key=value, such as hosts=5");
    }
    const std::string key = text.substr(0, equals);
    if (key == "name" || key == "summary") {
      return Refuse("--set", text, "a key that changes what is run");
    }
    for (const auto& [other, value] : settings) {
      // A token names each key once.
      if (other == key) return Refuse("--set", text, "each key once");
    }
    settings.emplace_back(key, text.substr(equals + 1));
  }
  return settings;
}

absl::StatusOr<scenarios::Case> CaseFrom(const scenarios::Token& token,
                                         const LoadedScenario& loaded) {
  if (!scenarios::fuzz::IsFuzzed(token)) {
    return scenarios::ResolveCase(token, loaded.scenario, loaded.text);
  }
  const absl::StatusOr<scenarios::fuzz::Fuzzed> fuzzed =
      scenarios::fuzz::ResolveFuzzed(token, loaded.scenario, loaded.text);
  if (!fuzzed.ok()) return fuzzed.status();
  return scenarios::fuzz::ToCase(fuzzed->base, fuzzed->sequence.value());
}

}  // namespace

void AddOutputOptions(CLI::App& command, CampaignOptions& options) {
  command.add_option("--trace", options.trace_file, "write the trace of the one case here");
  command.add_option("--json", options.json_file,
                     "one result object a line; - for standard output");
  command.add_option("--junit", options.junit_file, "write JUnit XML here");
  command.add_option("--out", options.out_folder, "where cases of failures go")
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "print failures and nothing else");
  command.add_flag("--no-color", options.no_color, "print without colours");
}

void AddCampaignOptions(CLI::App& command, CampaignOptions& options) {
  CLI::Option* const seed =
      command.add_option("--seed", options.seed, "first seed, or random")->capture_default_str();
  command.add_option("--seeds", options.seeds, "A..B: each scenario with each of these seeds")
      ->excludes(seed);
  command.add_option("--runs", options.runs, "runs in all, spread evenly over the scenarios")
      ->check(CLI::Range(uint64_t{1}, kRunsMax));
  command.add_option("--time-limit", options.time_limit, "start no case after this long: 60s, 5m");
  command.add_option("--jobs", options.jobs, "worker processes; default: all cores")
      ->check(CLI::Range(1, 1024));
  command.add_option("--part", options.part, "I/N: this part of the campaign");
  command.add_option("--set", options.settings, "key=value: any scenario key; repeatable")
      ->take_all()
      ->allow_extra_args(false);  // One value each: the next word may be a scenario.
  command.add_flag("--check-determinism", options.check_determinism,
                   "run each case twice, the second time perturbed, and compare");
  command.add_flag("--require-judged", options.require_judged,
                   "fail (4) when a property that a scenario declares was never judged");
  command.add_flag("--require-expected", options.require_expected,
                   "fail (4) when a violation that a scenario expects was never seen");
  command.add_flag("--keep-going,!--no-keep-going", options.keep_going,
                   "go on after a failure (default)");
  AddOutputOptions(command, options);
}

absl::StatusOr<LoadedScenario> Load(const std::string& name) {
  std::vector<std::string_view> properties;
  for (const checks::Property& property : checks::AllProperties()) {
    properties.push_back(property.name);
  }
  return scenarios::LoadScenario(name, properties,
                                 [](const std::string& path) { return ReadFile(path); });
}

absl::StatusOr<scenarios::Case> ResolveToken(const scenarios::Token& token) {
  const bool fuzzed = scenarios::fuzz::IsFuzzed(token);
  const absl::StatusOr<LoadedScenario> loaded =
      Load(fuzzed ? scenarios::fuzz::ScenarioOf(token) : token.scenario);
  if (!loaded.ok()) return loaded.status();
  return CaseFrom(token, *loaded);
}

absl::StatusOr<scenarios::fuzz::Fuzzed> ResolveFuzzedToken(const scenarios::Token& token) {
  const absl::StatusOr<LoadedScenario> loaded = Load(scenarios::fuzz::ScenarioOf(token));
  if (!loaded.ok()) return loaded.status();
  return scenarios::fuzz::ResolveFuzzed(token, loaded->scenario, loaded->text);
}

absl::StatusOr<int64_t> ParseTimeLimit(const std::string& text) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  int64_t amount = 0;
  const std::string unit = text.substr(digits);
  const std::map<std::string, int64_t> units = {
      {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
  const auto it = units.find(unit);
  if (digits == 0 || digits > 9 || it == units.end() ||
      !absl::SimpleAtoi(text.substr(0, digits), &amount) || amount == 0 ||
      amount > INT64_MAX / 2 / it->second) {
    return Refuse("--time-limit", text, "a time with a unit, such as 60s, 5m or 1h");
  }
  return amount * it->second;
}

size_t JobsFrom(uint32_t asked) {
  if (asked > 0) return asked;
  return static_cast<size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

absl::StatusOr<CaseList> CaseList::Make(const CampaignOptions& options) {
  CaseList list;
  list.fuzzed_ = options.fuzzed;
  const std::vector<std::string> names = scenarios::Selected(options.scenarios);
  for (const std::string& name : names) {
    absl::StatusOr<LoadedScenario> loaded = Load(name);
    if (!loaded.ok()) return loaded.status();
    list.scenarios_.push_back({name, *std::move(loaded)});
  }
  auto settings = ParseSettings(options.settings);
  if (!settings.ok()) return settings.status();
  list.settings_ = *std::move(settings);
  const absl::StatusOr<Part> part = ParsePart(options.part);
  if (!part.ok()) return part.status();
  uint64_t runs = options.runs > 0 ? options.runs : kRunsAScenario * names.size();
  if (!options.seeds.empty()) {
    const absl::StatusOr<SeedRange> range = ParseSeeds(options.seeds);
    if (!range.ok()) return range.status();
    list.first_seed_ = range->first;
    runs = (range->last - range->first + 1) * names.size();
    if (options.runs > 0) return Refuse("--runs", "--seeds as well", "one of the two");
  } else if (options.seed == "random") {
    list.first_seed_ = DrawSeed();
    list.drawn_seed_ = list.first_seed_;
  } else if (!absl::SimpleAtoi(options.seed, &list.first_seed_)) {
    return Refuse("--seed", options.seed, "a number that is not negative, or random");
  }
  for (uint64_t i = part->index; i < runs; i += part->count) list.numbers_.push_back(i);
  for (const Named& named : list.scenarios_) {
    const auto resolved = CaseFrom(list.TokenOf(named, list.first_seed_), named.loaded);
    if (!resolved.ok()) return resolved.status();
  }
  return list;
}

scenarios::Token CaseList::TokenOf(size_t job) const {
  const uint64_t number = numbers_[job];
  return TokenOf(scenarios_[number % scenarios_.size()], first_seed_ + number / scenarios_.size());
}

scenarios::Token CaseList::TokenOf(const Named& named, uint64_t seed) const {
  const std::string prefix(fuzzed_ ? scenarios::kFuzzPrefix : "");
  return {prefix + named.name, seed, settings_};
}

absl::StatusOr<scenarios::Case> CaseList::CaseOf(size_t job) const {
  const LoadedScenario& loaded = scenarios_[numbers_[job] % scenarios_.size()].loaded;
  return CaseFrom(TokenOf(job), loaded);
}

}  // namespace ww::cli
