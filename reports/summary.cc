#include "reports/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/reach_tables.h"

namespace ww::reports {
namespace {

using nlohmann::json;

// Rounded down; a campaign summary needs no fractions.
uint64_t PerSecond(uint64_t count, int64_t ns) {
  if (ns <= 0) return 0;
  return static_cast<uint64_t>(static_cast<unsigned __int128>(count) * 1'000'000'000 /
                               static_cast<uint64_t>(ns));
}

std::vector<std::string> Missing(const std::vector<std::string>& all,
                                 const std::map<std::string, uint64_t>& seen) {
  std::vector<std::string> missing;
  for (const std::string& name : all) {
    const auto it = seen.find(name);
    if (it == seen.end() || it->second == 0) missing.push_back(name);
  }
  return missing;
}

void AddCounts(const std::map<std::string, uint64_t>& from, std::map<std::string, uint64_t>& to) {
  for (const auto& [name, count] : from) to[name] += count;
}

}  // namespace

bool IsFailure(Verdict verdict) {
  return verdict != Verdict::kPass && verdict != Verdict::kExpected;
}

Summary::Spread Summary::SpreadOf(std::vector<uint64_t> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

uint64_t Summary::PermilleOf(std::vector<uint64_t> values, uint64_t permille) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t rank = (values.size() * permille + 999) / 1000;  // 1-based, rounded up.
  return values[std::max<size_t>(rank, 1) - 1];
}

void Summary::Add(const RunResult& result) {
  ++runs_;
  scenarios_.insert(result.scenario);
  ++verdicts_[result.verdict];
  AddCounts(result.judged, judged_);
  AddCounts(result.noticed, noticed_);
  for (const auto& [name, length] : result.slowest) slowest_[name].push_back(length);
  AddCounts(result.reached, reached_);
  AddCounts(result.faults_by_kind, faults_by_kind_);
  for (const std::string& property : result.judges) ++declared_[property];
  for (const std::string& property : result.expected_seen) ++expected_by_property_[property];
  for (const std::string& property : result.expects) {
    const std::vector<std::string>& seen = result.expected_seen;
    const bool found = std::find(seen.begin(), seen.end(), property) != seen.end();
    expected_[result.scenario + ": " + property] += found ? 1 : 0;
  }
  events_ += result.events;
  virtual_ns_ += result.virtual_ns;
  wall_ns_ += result.wall_ns;
  suppressed_ += result.suppressed_faults;
  not_triggered_ += result.not_triggered.size();
  wall_each_.push_back(static_cast<uint64_t>(result.wall_ns));
  acked_each_.push_back(result.operations_acked);
  fired_each_.push_back(result.faults_fired);
  changes_each_.push_back(result.leader_changes);
  if (!IsFailure(result.verdict)) return;
  FailureGroup& group = groups_[result.signature];
  if (group.count == 0 || result.events < group.first.events) group.first = result;
  ++group.count;
  if (group.tokens.size() < FailureGroup::kTokensMax) group.tokens.push_back(result.token);
}

uint64_t Summary::count(Verdict verdict) const {
  const auto it = verdicts_.find(verdict);
  return it == verdicts_.end() ? 0 : it->second;
}

std::vector<std::string> Summary::DeclaredNeverJudged() const {
  std::vector<std::string> names;
  for (const auto& [name, runs] : declared_) names.push_back(name);
  return Missing(names, judged_);
}

std::vector<std::string> Summary::ExpectedNeverSeen() const {
  std::vector<std::string> names;
  for (const auto& [name, runs] : expected_) {
    if (runs == 0) names.push_back(name);
  }
  return names;
}

json Summary::ToJson(const SummaryContext& context) const {
  json verdicts = json::object();
  for (const auto& [verdict, runs] : verdicts_) verdicts[NameOf(verdict)] = runs;
  json signatures = json::object();
  for (const auto& [signature, group] : groups_) {
    signatures[signature] = {{"count", group.count},
                             {"first", group.first.token},
                             {"property", group.first.property},
                             {"tokens", group.tokens}};
  }
  json slowest = json::object();
  for (const auto& [name, lengths] : slowest_) slowest[name] = PermilleOf(lengths, 999);
  const auto spread = [](const std::vector<uint64_t>& values) {
    const Spread s = SpreadOf(values);
    return json{{"low", s.low}, {"median", s.median}, {"high", s.high}};
  };
  json body = {{"runs", runs_},
               {"verdicts", verdicts},
               {"signatures", signatures},
               {"events", events_},
               {"events_per_s", PerSecond(events_, wall_ns_)},
               {"virtual_ns", virtual_ns_},
               {"wall_ns", context.wall_ns},
               {"virtual_per_wall", wall_ns_ > 0 ? virtual_ns_ / wall_ns_ : 0},
               {"wall_ns_per_run", spread(wall_each_)},
               {"operations_acked", spread(acked_each_)},
               {"faults_fired", spread(fired_each_)},
               {"faults_by_kind", faults_by_kind_},
               {"leader_changes", spread(changes_each_)},
               {"suppressed_faults", suppressed_},
               {"not_triggered_faults", not_triggered_},
               {"judged", judged_},
               {"noticed", noticed_},
               {"slowest_999_of_1000", slowest},
               {"reached", reached_},
               {"never_judged", Missing(context.all_properties, judged_)},
               {"declared_never_judged", DeclaredNeverJudged()},
               {"expected_by_property", expected_by_property_},
               {"expected_never_seen", ExpectedNeverSeen()},
               {"never_reached", Missing(context.all_sites, reached_)}};
  return {{"summary", body}};
}

std::string Summary::ToText(const SummaryContext& context) const {
  std::string text = fmt::format("{} runs: {} passed", runs_, count(Verdict::kPass));
  for (const Verdict verdict : {Verdict::kExpected, Verdict::kSafety, Verdict::kLiveness,
                                Verdict::kHarness, Verdict::kDiverged}) {
    if (count(verdict) > 0) text += fmt::format(", {} {}", count(verdict), NameOf(verdict));
  }
  text += fmt::format(" (in {}.{} s)\n", context.wall_ns / 1'000'000'000,
                      context.wall_ns / 100'000'000 % 10);
  const auto row = [&text](const char* what, const std::vector<uint64_t>& values, uint64_t unit) {
    const Spread s = SpreadOf(values);
    text +=
        fmt::format("  {:<22}{} / {} / {}\n", what, s.low / unit, s.median / unit, s.high / unit);
  };
  text += fmt::format("  {:<22}{} s, {} times real time on one core\n", "virtual time",
                      virtual_ns_ / 1'000'000'000, wall_ns_ > 0 ? virtual_ns_ / wall_ns_ : 0);
  text += fmt::format("  {:<22}{}, {} a second\n", "events", events_, PerSecond(events_, wall_ns_));
  text += "  in a run              low / median / high\n";
  row("  wall milliseconds", wall_each_, 1'000'000);
  row("  operations acked", acked_each_, 1);
  row("  faults fired", fired_each_, 1);
  row("  leader changes", changes_each_, 1);
  std::vector<std::string> kinds;
  for (const auto& [kind, fired] : faults_by_kind_) {
    kinds.push_back(fmt::format("{} {}", kind, fired));
  }
  if (!kinds.empty()) text += fmt::format("  {:<22}{}\n", "faults", fmt::join(kinds, ", "));
  text += fmt::format("  {:<22}{} suppressed by the budget, {} never triggered\n",
                      "faults without effect", suppressed_, not_triggered_);
  const auto list = [&text](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("  {:<22}{}\n", what, fmt::join(names, ", "));
  };
  std::vector<std::string> notices;
  for (const auto& [what, times] : noticed_) notices.push_back(fmt::format("{} {}", what, times));
  list("noticed", notices);
  if (scenarios_.size() == 1) {
    std::vector<std::string> judged;
    for (const auto& [property, runs] : declared_) {
      const auto times = judged_.find(property);
      if (times == judged_.end() || times->second == 0) continue;
      judged.push_back(fmt::format("{} {}", property, times->second));
    }
    list("judged", judged);
  }
  list("never judged", Missing(context.all_properties, judged_));
  list("declared, not judged", DeclaredNeverJudged());
  std::vector<std::string> expected;
  for (const auto& [property, runs] : expected_by_property_) {
    expected.push_back(fmt::format("{} {}", property, runs));
  }
  list("expected, in runs", expected);
  list("expected, never seen", ExpectedNeverSeen());
  text += ReachTables(context.all_sites, reached_);
  if (runs_ < kCampaignRuns) return text;
  std::vector<std::string> unreached = Missing(context.all_sites, reached_);
  std::erase_if(unreached, IsTableCell);  // Where there is a table it says so.
  if (unreached.size() <= kSitesNamedMax) {
    list("sites never reached", unreached);
  } else {
    text += fmt::format("  {:<22}{} of {}; the summary line of --json names them\n",
                        "sites never reached", unreached.size(), context.all_sites.size());
  }
  return text;
}

}  // namespace ww::reports
