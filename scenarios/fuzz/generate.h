// RapidCheck's generator of sequences on a ground. The program and property tests use the same one.
//
// Every sequence that it gives is valid, and so is every shrink of it: what a command needed that
// was taken out is taken out with it. Shrinks come in the order in which they are worth trying:
// many commands less first, then simpler choices, then simpler commands. Each is simpler than what
// it came from, so any walk along shrinks ends.
#pragma once

#include <rapidcheck/Gen.h>

#include "scenarios/fuzz/sequence.h"

namespace ww::scenarios::fuzz {

rc::Gen<Sequence> SequencesOn(const Ground& ground);

// In their order, without what equals `sequence`.
std::vector<Sequence> ShrinksOf(const Ground& ground, const Sequence& sequence);

// The one that a seed stands for.
rc::Shrinkable<Sequence> SequenceOf(const Ground& ground, uint64_t seed);

}  // namespace ww::scenarios::fuzz
