// Options that the campaign commands share, and the list of cases they describe.
//
// Errors name the option, what was found and what was expected; nothing has run by then.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "scenarios/case.h"
#include "scenarios/catalogue/catalogue.h"
#include "scenarios/fuzz/fuzzed.h"

namespace ww::cli {

// As given on the command line.
struct CampaignOptions {
  std::vector<std::string> scenarios;
  bool fuzzed = false;  // Their cases are fuzzed sequences.
  std::string seed = "1";
  std::string seeds;
  uint64_t runs = 0;  // 0: not given.
  std::string time_limit;
  uint32_t jobs = 0;  // 0: all cores.
  std::string part;
  std::vector<std::string> settings;
  bool check_determinism = false;
  bool require_judged = false;
  bool require_expected = false;
  bool keep_going = true;
  std::string trace_file;
  std::string json_file;
  std::string junit_file;
  std::string out_folder = "whitewater-out";
  bool quiet = false;
  bool no_color = false;
};

// Options of the output, which replay shares.
void AddOutputOptions(CLI::App& command, CampaignOptions& options);
// All but which scenarios, which each command names in its own words.
void AddCampaignOptions(CLI::App& command, CampaignOptions& options);

// The cases of a campaign, by number; made when asked for.
class CaseList {
 public:
  // Loads the scenarios, reads seeds, runs and part, and resolves one case of each scenario, so
  // that a bad setting is found before anything runs.
  static absl::StatusOr<CaseList> Make(const CampaignOptions& options);

  size_t size() const { return numbers_.size(); }
  scenarios::Token TokenOf(size_t job) const;
  absl::StatusOr<scenarios::Case> CaseOf(size_t job) const;
  // Set when the seed was drawn: what to print.
  std::optional<uint64_t> drawn_seed() const { return drawn_seed_; }

 private:
  struct Named {
    std::string name;  // As it was given; the token's.
    scenarios::LoadedScenario loaded;
  };
  scenarios::Token TokenOf(const Named& named, uint64_t seed) const;
  std::vector<Named> scenarios_;
  bool fuzzed_ = false;
  std::vector<std::pair<std::string, std::string>> settings_;
  uint64_t first_seed_ = 1;
  std::vector<uint64_t> numbers_;  // Of the whole campaign; this part's.
  std::optional<uint64_t> drawn_seed_;
};

// Reads a built-in scenario or a file.
absl::StatusOr<scenarios::LoadedScenario> Load(const std::string& name);
// The case that a token names, also a fuzzed one.
absl::StatusOr<scenarios::Case> ResolveToken(const scenarios::Token& token);
// Requires: it names a fuzzed one.
absl::StatusOr<scenarios::fuzz::Fuzzed> ResolveFuzzedToken(const scenarios::Token& token);

// "90s", "5m", "1h", "500ms": nanoseconds.
absl::StatusOr<int64_t> ParseTimeLimit(const std::string& text);
// How many processes: what was asked for, or one a core.
size_t JobsFrom(uint32_t asked);

}  // namespace ww::cli
