// Shrinks a failing sequence: walks along RapidCheck's shrinks, from each to the first simpler one
// that still fails, until none does.
//
// Candidates are asked about in batches, so that they can be run side by side; what comes out does
// not depend on the size of a batch.
#pragma once

#include <rapidcheck/Shrinkable.h>

#include <cstddef>
#include <vector>

#include "absl/functional/function_ref.h"
#include "scenarios/fuzz/sequence.h"

namespace ww::scenarios::fuzz {

struct ShrinkLimits {
  size_t batch = 1;
  size_t tries_max = 600;  // Candidates, in their order.
};

struct Shrunk {
  Sequence sequence;
  size_t tries = 0;
  bool complete = false;  // Nothing simpler fails; otherwise a limit, or the oracle, ended it.
};

// For each candidate whether it fails like the original; fewer answers than candidates end it.
using Oracle = absl::FunctionRef<std::vector<bool>(const std::vector<Sequence>&)>;

// Requires: what `failing` holds fails.
Shrunk Shrink(const rc::Shrinkable<Sequence>& failing, const ShrinkLimits& limits, Oracle fails);

}  // namespace ww::scenarios::fuzz
