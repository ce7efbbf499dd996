// Bounds of the liveness properties, in election timeouts T of the run.
//
// Each is meant to be at most three times the 99.9th percentile over clean seeds; until that
// percentile has been measured they are the starting values of the property list.
#pragma once

#include <cstdint>

namespace ww::checks {

inline constexpr int64_t kLeaderBound = 10;   // B1: eventually-leader.
inline constexpr int64_t kCommitBound = 20;   // B3: eventually-commit.
inline constexpr int64_t kCatchUpBound = 20;  // B4: replica-catches-up.

inline constexpr int64_t kReadBound = 20;  // B5: read-completes.
// transfer-terminates: T, a round trip, slow clocks.
inline constexpr int64_t kTransferBound = 3;
// leader-stable: how long after the last disturbance no change of leaders is legal any more.
inline constexpr int64_t kCalmBound = 4;
// events-in-order: by when a listener that takes no time has heard of a change.
inline constexpr int64_t kToldBound = 1;

// no-leak: a removed replica hears of it at its next campaign, or when it asks, every 10 T.
inline constexpr int64_t kZombieBound = 20;

// Clients may give up now and then; so many times in a row, over a whole bound, is no progress.
inline constexpr uint32_t kUnknownStreakMax = 3;

// no-spin: what a replica may do at rest. Heartbeats and answers take two messages an interval and
// follower, signs of life one an interval and pair of hosts; the bound is three times that. A disk
// has nothing to do; a few calls a replica are what was left over from the work before.
inline constexpr uint64_t kSpinFactor = 3;
inline constexpr uint64_t kDiskCallsAtRest = 8;

}  // namespace ww::checks
