#include "scenarios/profile.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

// A leader that is alone counts what its disk may lose, and tells others that it is committed.
constexpr std::string_view kWithoutOwnCopyDurable[] = {
    "leader-commit-legal",   "committed-durable",   "leader-completeness", "committed-agreement",
    "follower-commit-legal", "apply-deterministic", "replica-catches-up",
};
// What a follower claims to hold is what it committed, not what its leader has there.
constexpr std::string_view kWithoutCommittedCompared[] = {"ack-honesty", "progress-sound",
                                                          "replica-catches-up"};
constexpr std::string_view kWithoutOwnTermCommitted[] = {"config-serialised"};
// The membership has a voter that nobody counts.
constexpr std::string_view kWithoutZeroRefused[] = {"quorum-membership", "leader-commit-legal",
                                                    "committed-durable"};
// A removed replica that nobody stops campaigns for ever, with ever higher terms.
constexpr std::string_view kWithoutRemovedNotHeard[] = {
    "removed-stays-removed", "leader-stable", "eventually-leader", "eventually-commit", "no-spin"};
constexpr std::string_view kWithoutRemovedTold[] = {"no-leak"};
// A wiped machine begins again as who it was, and what it had promised is forgotten.
constexpr std::string_view kWithoutDisksBound[] = {"replica-id-unique",
                                                   "recovery-faithful",
                                                   "vote-once",
                                                   "term-monotonic",
                                                   "election-safety",
                                                   "quorum-membership",
                                                   "entry-unique",
                                                   "log-matching",
                                                   "leader-commit-legal",
                                                   "leader-completeness",
                                                   "committed-durable",
                                                   "committed-agreement",
                                                   "replica-catches-up",
                                                   "eventually-leader",
                                                   "eventually-commit",
                                                   "acked-kept",
                                                   "progress-sound",
                                                   "linearizable",
                                                   "follower-commit-legal",
                                                   "truncation-legal",
                                                   "ack-honesty"};
// Who is told what can't be true ends its process, where disks forget what was promised.
constexpr std::string_view kWithoutContradictionsContained[] = {"no-crash"};
// A disk that went back holds less than its host acknowledged, and has forgotten its votes: whoever
// is not noticed in time is counted for what is gone, or helps two leaders in one term. Who notices
// stops, and too many may.
constexpr std::string_view kAfterOlderImage[] = {
    "recovery-faithful",   "term-monotonic", "vote-once",         "election-safety",
    "quorum-membership",   "entry-unique",   "log-matching",      "leader-completeness",
    "leader-commit-legal", "ack-honesty",    "committed-durable", "follower-commit-legal",
    "committed-agreement", "acked-kept",     "linearizable",      "eventually-leader",
    "eventually-commit",   "progress-sound", "truncation-legal"};
// A healthy leader gives way to whoever asks with a higher term.
constexpr std::string_view kWithoutStickiness[] = {"leader-stable"};

struct RuleFacts {
  std::string_view rule;
  std::span<const std::string_view> violated;
};
constexpr RuleFacts kFacts[] = {
    {"pre-vote", kWithoutStickiness},
    {"check-quorum", kWithoutStickiness},
    {"removed-not-heard", kWithoutRemovedNotHeard},
    {"own-copy-durable", kWithoutOwnCopyDurable},
    {"committed-compared", kWithoutCommittedCompared},
    {"own-term-committed", kWithoutOwnTermCommitted},
    {"zero-refused", kWithoutZeroRefused},
    {"removed-told", kWithoutRemovedTold},
    {"disks-bound", kWithoutDisksBound},
    {"contradictions-contained", kWithoutContradictionsContained},
};

void AddOnce(std::vector<std::string>& names, std::string_view name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

const raft::RuleInfo* FindRule(std::string_view name) {
  for (const raft::RuleInfo& info : raft::AllRules()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

bool Has(const Scenario& scenario, faults::FaultKind kind) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [kind](const FaultSpec& fault) { return fault.kind == kind; });
}

bool DisksForget(const Scenario& scenario) {
  return Has(scenario, faults::FaultKind::kWipeDisk) ||
         Has(scenario, faults::FaultKind::kOlderImage);
}

}  // namespace

std::span<const std::string_view> ViolatedWithout(std::string_view rule) {
  CHECK(FindRule(rule) != nullptr, "no rule is named {}", rule);
  for (const RuleFacts& facts : kFacts) {
    if (facts.rule == rule) return facts.violated;
  }
  return {};
}

raft::Rules RulesOf(const EngineSpec& spec) {
  const std::optional<raft::Profile> profile = raft::ProfileFromName(spec.profile);
  CHECK(profile.has_value(), "no profile is named {}", spec.profile);
  raft::Rules rules = raft::RulesOf(*profile);
  for (const std::string& name : spec.without) {
    const raft::RuleInfo* info = FindRule(name);
    CHECK(info != nullptr, "no rule is named {}", name);
    rules.*info->rule = false;
  }
  return rules;
}

// By what was asked for, not by the values that the engine got: a profile that gives up a rule by
// mistake is to be noticed.
std::vector<std::string> ExpectedOf(const Scenario& scenario) {
  std::vector<std::string> expected = scenario.expect;
  const std::vector<std::string>& without = scenario.engine.without;
  const bool keeps_none = scenario.engine.profile == raft::NameOf(raft::Profile::kDragonboatV4);
  for (const raft::RuleInfo& info : raft::AllRules()) {
    const bool given_up =
        keeps_none || std::find(without.begin(), without.end(), info.name) != without.end();
    if (!given_up) continue;
    // Where no disk forgets nothing may come of it, also in a profile without the rule.
    const bool of_disks = info.rule == &raft::Rules::disks_bound ||
                          info.rule == &raft::Rules::contradictions_contained;
    if (of_disks && !DisksForget(scenario)) continue;
    for (const std::string_view property : ViolatedWithout(info.name)) AddOnce(expected, property);
  }
  if (Has(scenario, faults::FaultKind::kOlderImage)) {
    for (const std::string_view property : kAfterOlderImage) AddOnce(expected, property);
  }
  return expected;
}

bool MayContradict(const Scenario& scenario) {
  if (Has(scenario, faults::FaultKind::kOlderImage)) return true;
  return Has(scenario, faults::FaultKind::kWipeDisk) && !RulesOf(scenario.engine).disks_bound;
}

std::optional<ProfileDefect> FindProfileDefect(const EngineSpec& spec) {
  if (!raft::ProfileFromName(spec.profile).has_value()) {
    ProfileDefect defect{"engine.profile", spec.profile, {}};
    for (const raft::Profile profile : {raft::Profile::kHardened, raft::Profile::kDragonboatV4}) {
      defect.words.push_back(raft::NameOf(profile));
    }
    return defect;
  }
  for (const std::string& name : spec.without) {
    if (FindRule(name) != nullptr) continue;
    ProfileDefect defect{"engine.without", name, {}};
    for (const raft::RuleInfo& info : raft::AllRules()) defect.words.push_back(info.name);
    return defect;
  }
  return std::nullopt;
}

}  // namespace ww::scenarios
