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
// A wiped machine begins again as who it was, and what it had promised is forgotten. Its leader
// goes by what it used to hold, which ends its process.
constexpr std::string_view kWithoutDisksBound[] = {
    "replica-id-unique",   "recovery-faithful",   "vote-once",         "term-monotonic",
    "election-safety",     "quorum-membership",   "entry-unique",      "log-matching",
    "leader-commit-legal", "leader-completeness", "committed-durable", "committed-agreement",
    "replica-catches-up",  "eventually-leader",   "eventually-commit", "acked-kept",
    "progress-sound",      "linearizable",        "no-crash",          "follower-commit-legal",
    "truncation-legal",    "ack-honesty"};
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

bool DisksForget(const Scenario& scenario) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(), [](const FaultSpec& fault) {
    return fault.kind == faults::FaultKind::kWipeDisk ||
           fault.kind == faults::FaultKind::kOlderImage;
  });
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
    if (info.rule == &raft::Rules::disks_bound && !DisksForget(scenario)) continue;
    for (const std::string_view property : ViolatedWithout(info.name)) AddOnce(expected, property);
  }
  return expected;
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
