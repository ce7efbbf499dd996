// Toy engine: a primary-backup register. It shows that the world knows no engine.
//
// Host 1 is the primary, host 2 the backup, host 3 writes numbers 1, 2, 3, ... to the primary and
// reads from whoever is up. The primary stores a number, sends it to the backup and answers the
// client; with the planted bug it answers before the backup has it, so that a crash of the primary
// at that moment loses what was acknowledged. Its only property: a read never returns less than
// what was acknowledged before.
//
// Uses the world and the fault injector alone: no engine under raft/, no check, no binding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "faults/plan.h"
#include "sim/fiber.h"

namespace ww::toy {

enum class Variant : uint8_t { kCorrect, kAcksTooEarly };

struct Outcome {
  uint64_t acknowledged = 0;  // The newest number that the client was told is safe.
  uint64_t faults_fired = 0;
  std::optional<std::string> failure;  // What contradicts what, when the property was violated.
  uint64_t fingerprint = 0;
  std::string trace;
};

// One run of the register under a plan of faults.
Outcome RunRegister(uint64_t seed, Variant variant, const faults::Plan& plan,
                    sim::FiberPool& fibers);

}  // namespace ww::toy
