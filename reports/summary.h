// Summary: what a campaign adds up to, and how its failures group.
//
// Feed it every result once; order does not matter to the totals, and groups are ordered by
// signature. Two results are the same failure when their signatures are equal.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "sim/trace/result.h"

namespace ww::reports {

// Neither passed nor failed as its scenario expects.
bool IsFailure(Verdict verdict);

struct FailureGroup {
  RunResult first;  // The one with the fewest events: the shortest to look at.
  uint64_t count = 0;
  std::vector<std::string> tokens;  // The first kTokensMax, in the order added.
  static constexpr size_t kTokensMax = 8;
};

// What there is, to say what never happened.
struct SummaryContext {
  std::vector<std::string> all_properties;
  std::vector<std::string> all_sites;
  int64_t wall_ns = 0;  // Of the whole campaign.
};

class Summary {
 public:
  void Add(const RunResult& result);

  uint64_t runs() const { return runs_; }
  uint64_t count(Verdict verdict) const;
  const std::map<std::string, FailureGroup>& groups() const { return groups_; }
  // Properties that a scenario declares in `judges:` and that no run judged.
  std::vector<std::string> DeclaredNeverJudged() const;

  // Properties that a scenario declares in `expect:` and that none of its runs violated, as
  // "scenario: property".
  std::vector<std::string> ExpectedNeverSeen() const;

  // {"summary": {...}}
  nlohmann::json ToJson(const SummaryContext& context) const;
  // Lines for people, without the failures. Of a single scenario it is told how often what
  // it is about was judged.
  // What was never reached is told from kCampaignRuns runs on, and named where that is not too
  // long: a few runs, or those of one scenario, reach little, and the list would hide the figures.
  static constexpr uint64_t kCampaignRuns = 20;
  static constexpr size_t kSitesNamedMax = 40;
  std::string ToText(const SummaryContext& context) const;

 private:
  // Of one quantity over all runs.
  struct Spread {
    uint64_t low = 0;
    uint64_t median = 0;
    uint64_t high = 0;
  };
  static Spread SpreadOf(std::vector<uint64_t> values);
  // The smallest value that so many in a thousand do not exceed; 0 of none.
  static uint64_t PermilleOf(std::vector<uint64_t> values, uint64_t permille);

  uint64_t runs_ = 0;
  std::set<std::string> scenarios_;
  std::map<Verdict, uint64_t> verdicts_;
  std::map<std::string, FailureGroup> groups_;
  std::map<std::string, uint64_t> judged_;
  std::map<std::string, uint64_t> noticed_;
  std::map<std::string, std::vector<uint64_t>> slowest_;  // One a run that timed it.
  std::map<std::string, uint64_t> reached_;
  std::map<std::string, uint64_t> faults_by_kind_;
  std::map<std::string, uint64_t> declared_;
  std::map<std::string, uint64_t>
      expected_;  // Declared ones with their scenario: runs that saw it.
  std::map<std::string, uint64_t> expected_by_property_;
  uint64_t events_ = 0;
  int64_t virtual_ns_ = 0;
  int64_t wall_ns_ = 0;
  uint64_t suppressed_ = 0;
  uint64_t not_triggered_ = 0;
  std::vector<uint64_t> wall_each_;
  std::vector<uint64_t> acked_each_;
  std::vector<uint64_t> fired_each_;
  std::vector<uint64_t> changes_each_;
};

}  // namespace ww::reports
