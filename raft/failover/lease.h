// Leases: lengths of time that two clocks agree about, however different their rates.
//
// A clock's rate is wrong by at most so many millionths. What one clock measures as a length takes
// at most length / (1 - drift) of true time; another clock shows by then at most that times
// (1 + drift).
#pragma once

#include <cstdint>

#include "sim/base/check.h"
#include "sim/base/time.h"

namespace ww::raft::failover {

inline constexpr int64_t kMillion = 1'000'000;
inline constexpr uint32_t kDriftMax = 500'000;

// How long to wait on the own clock until a span of that length has ended on any other's that began
// no later.
inline Duration SurelyOver(Duration length, uint32_t drift_ppm_max) {
  CHECK_GE(length.ns, 0);
  CHECK_LT(drift_ppm_max, kDriftMax);
  const int64_t slow = kMillion - static_cast<int64_t>(drift_ppm_max);
  const int64_t fast = kMillion + static_cast<int64_t>(drift_ppm_max);
  // In this order, and in parts, so that nothing overflows and nothing is lost to rounding.
  const int64_t whole = length.ns / slow * fast;
  const int64_t rest = (length.ns % slow * fast + slow - 1) / slow;
  return Nanoseconds(whole + rest + 1);
}

}  // namespace ww::raft::failover
