// HostClock: what a host's clocks show, as a function of true time.
//
// The monotonic clock has an offset and a rate (drift in parts per million) and can stand still;
// the wall clock follows it and can jump in both directions. A change keeps the value shown at that
// instant, so the monotonic clock never goes back.
#pragma once

#include "sim/base/time.h"

namespace ww::sim {

class HostClock {
 public:
  HostClock() = default;
  // Shows `offset` at true time 0.
  HostClock(Duration offset, int64_t drift_ppm);

  LocalTime Now(TrueTime now) const;
  WallTime Wall(TrueTime now) const;
  // The first true time at which Now() >= local; Never while the clock stands still. Never earlier
  // than `now`.
  TrueTime When(TrueTime now, LocalTime local) const;

  // Requires: drift_ppm > -1,000,000.
  void SetDrift(TrueTime now, int64_t drift_ppm);
  int64_t drift_ppm() const { return drift_ppm_; }
  // Both clocks stand still until Continue.
  void Stall(TrueTime now);
  void Continue(TrueTime now);
  bool stalled() const { return stalled_; }
  void JumpWall(Duration by);

 private:
  void Rebase(TrueTime now);

  TrueTime anchor_true_;
  LocalTime anchor_local_;
  int64_t drift_ppm_ = 0;
  bool stalled_ = false;
  Duration wall_offset_;
};

}  // namespace ww::sim
