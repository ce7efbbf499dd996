// Bounds of the liveness properties, in election timeouts T of the run.
//
// Each is at most three times the 99.9th percentile, over clean runs of all scenarios, of the
// longest that a run took; tests/calibrate.sh measures that. What stands beside a bound was
// measured over 3,000 runs of the hardened engine.
#pragma once

#include <cstdint>

namespace ww::checks {

inline constexpr int64_t kLeaderBound = 7;   // B1: eventually-leader. 2.6.
inline constexpr int64_t kCommitBound = 20;  // B3: eventually-commit. 8.6.
// B4: replica-catches-up. 5.0, which is how often it is looked at after healing.
inline constexpr int64_t kCatchUpBound = 15;

inline constexpr int64_t kReadBound = 4;  // B5: read-completes. 1.5, of 533.
// transfer-terminates: T, a round trip, slow clocks. 1.0, of 23.
inline constexpr int64_t kTransferBound = 3;
// leader-stable: how long after the last disturbance no change of leaders is legal any more.
// 2.7, of 888.
inline constexpr int64_t kCalmBound = 4;
// events-in-order: by when a listener that takes no time has heard of a change.
inline constexpr int64_t kToldBound = 1;

// bootstrap-liveness: beyond twice the connect timeout, which an attempt that began before may
// take.
inline constexpr int64_t kBootstrapBound = 2;

// no-leak: a removed replica hears of it at its next campaign, or when it asks, every 10 T.
// 6.0, of 51.
inline constexpr int64_t kZombieBound = 18;

// B7: migration-terminates: a move of a migration, or its turn; a joint membership.
inline constexpr int64_t kMigrationBound = 20;
// migration-no-orphan: shards are looked at one after the other. 4.0, of 75.
inline constexpr int64_t kOrphanBound = 12;
// repair-restores: for each lost voter.
inline constexpr int64_t kRepairBound = 30;
// balance-settles: how long after the last change of load nothing is moved any more.
// 3.3, of 666.
inline constexpr int64_t kSettleBound = 9;

// Clients may give up now and then; so many times in a row, over a whole bound, is no progress.
inline constexpr uint32_t kUnknownStreakMax = 3;

// no-spin: what a replica may do at rest. Heartbeats and answers take two messages an interval and
// follower, signs of life one an interval and pair of hosts; the bound is three times that. A disk
// has nothing to do; a few calls a replica are what was left over from the work before.
inline constexpr uint64_t kSpinFactor = 3;
inline constexpr uint64_t kDiskCallsAtRest = 8;

}  // namespace ww::checks
