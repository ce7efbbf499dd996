// Primitives: what the bare world costs, fingerprint on, trace off.
//
// Each takes a clock of wall time from its caller, because only the command line may read a real
// one, and returns how many units of work took how long. Set-up is not included unless it is what
// is measured.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace ww::measure {

// Nanoseconds of wall time, monotonic.
using WallClock = absl::FunctionRef<uint64_t()>;

struct Measured {
  uint64_t units = 0;
  uint64_t wall_ns = 0;
};

// Timer events with 1,000 pending: each schedules its successor up to 2 ms ahead.
Measured TimerEvents(WallClock clock);
// Deliveries into receiving fibers: two hosts throw 128 messages to and fro.
Measured MessageDeliveries(WallClock clock);
// Pairs of switches: into a fiber and back.
Measured FiberSwitchPairs(WallClock clock);
// Worlds of five hosts with three fibers each, brought up and torn down on a warm pool of fibers.
Measured WorldSetUps(WallClock clock);

}  // namespace ww::measure
