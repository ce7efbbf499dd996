// Profile: the engine's rules for a scenario, and what giving a rule up may violate.
//
// A scenario names a profile (engine.profile) and may give up single rules on top of it
// (engine.without). Properties that a rule given up can violate are expected in every run that does
// without it: they are recorded and end no run. What a scenario declares itself in `expect:` is in
// addition wanted: a campaign that never sees it says so.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "raft/core/rules.h"
#include "scenarios/scenario.h"

namespace ww::scenarios {

// What may be violated without the rule of this name, by name of the property. A promise that no
// property speaks of has none.
std::span<const std::string_view> ViolatedWithout(std::string_view rule);

// Requires: valid names (ProfileDefect).
raft::Rules RulesOf(const EngineSpec& spec);
// What the scenario declares, then what its rules allow, and what a fault beyond every budget may
// destroy; each once.
std::vector<std::string> ExpectedOf(const Scenario& scenario);
// Whether members come back without what they acknowledged and voted, so that replicas meet what
// can't be true. Elsewhere it is a bug of the engine that they do.
bool MayContradict(const Scenario& scenario);

// The first name that is none: the key it stands in, the word, and all words that it could be.
struct ProfileDefect {
  std::string_view key;
  std::string word;
  std::vector<std::string_view> words;
};
std::optional<ProfileDefect> FindProfileDefect(const EngineSpec& spec);

}  // namespace ww::scenarios
