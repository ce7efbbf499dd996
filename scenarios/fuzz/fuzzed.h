// What a token `fuzz:SCENARIO@SEED` stands for: a sequence that the seed gives, on the ground that
// scenario and seed settle.
#pragma once

#include <rapidcheck/Shrinkable.h>

#include <string>

#include "absl/status/statusor.h"
#include "scenarios/case.h"
#include "scenarios/fuzz/sequence.h"

namespace ww::scenarios::fuzz {

// Whether a token names a fuzzed sequence, and of which scenario.
bool IsFuzzed(const Token& token);
std::string ScenarioOf(const Token& token);

struct Fuzzed {
  Case base;  // Resolved; its token is the fuzzed one.
  rc::Shrinkable<Sequence> sequence;
};
// Requires: the token names a fuzzed sequence. `scenario` is the one that it names.
absl::StatusOr<Fuzzed> ResolveFuzzed(const Token& token, const Scenario& scenario,
                                     std::string scenario_text);

}  // namespace ww::scenarios::fuzz
