#include "sim/clock.h"

#include <limits>

#include "sim/base/check.h"

namespace ww::sim {
namespace {

constexpr int64_t kMillion = 1'000'000;
// Beyond the end of any run; keeps sums of three times in 64 bits.
constexpr int64_t kFarthest = int64_t{1} << 60;

}  // namespace

HostClock::HostClock(Duration offset, int64_t drift_ppm)
    : anchor_local_{offset.ns}, drift_ppm_(drift_ppm) {
  CHECK(drift_ppm > -kMillion);
}

LocalTime HostClock::Now(TrueTime now) const {
  CHECK(now >= anchor_true_);
  if (stalled_) return anchor_local_;
  const Duration elapsed = now - anchor_true_;
  if (drift_ppm_ == 0) return anchor_local_ + elapsed;
  // 128 bits: a day in nanoseconds times a million is more than 64.
  const __int128 shown = static_cast<__int128>(elapsed.ns) * (kMillion + drift_ppm_) / kMillion;
  return anchor_local_ + Duration{static_cast<int64_t>(shown)};
}

WallTime HostClock::Wall(TrueTime now) const { return {(Now(now).ns + wall_offset_.ns)}; }

TrueTime HostClock::When(TrueTime now, LocalTime local) const {
  if (local.never()) return TrueTime::Never();
  if (local <= Now(now)) return now;
  if (local.ns >= kFarthest) return TrueTime::Never();
  if (stalled_) return TrueTime::Never();
  const Duration ahead = local - anchor_local_;
  if (drift_ppm_ == 0) return anchor_true_ + ahead;
  // The least e with floor(e * rate / million) >= ahead, rounded up for that reason.
  const __int128 rate = kMillion + drift_ppm_;
  const __int128 elapsed = (static_cast<__int128>(ahead.ns) * kMillion + rate - 1) / rate;
  const __int128 when = elapsed + anchor_true_.ns;
  if (when >= std::numeric_limits<int64_t>::max()) return TrueTime::Never();
  return {static_cast<int64_t>(when)};
}

void HostClock::Rebase(TrueTime now) {
  anchor_local_ = Now(now);
  anchor_true_ = now;
}

void HostClock::SetDrift(TrueTime now, int64_t drift_ppm) {
  CHECK(drift_ppm > -kMillion);
  Rebase(now);
  drift_ppm_ = drift_ppm;
}

void HostClock::Stall(TrueTime now) {
  Rebase(now);
  stalled_ = true;
}

void HostClock::Continue(TrueTime now) {
  Rebase(now);
  stalled_ = false;
}

void HostClock::JumpWall(Duration by) { wall_offset_ += by; }

}  // namespace ww::sim
