#include "sim/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace ww::sim {
namespace {

TrueTime At(int64_t ns) { return {ns}; }

TEST(HostClock, ShowsTrueTimePlusItsOffset) {
  EXPECT_EQ(HostClock().Now(At(77)), LocalTime{77});
  const HostClock clock(Seconds(-3), 0);
  EXPECT_EQ(clock.Now(At(0)), LocalTime{-3'000'000'000});
  EXPECT_EQ(clock.Wall(At(Seconds(3).ns)), WallTime{0});
}

TEST(HostClock, DriftsByPartsPerMillion) {
  const HostClock fast(Duration{}, 100);
  const HostClock slow(Duration{}, -100);
  EXPECT_EQ(fast.Now(At(Seconds(1).ns)), LocalTime{1'000'100'000});
  EXPECT_EQ(slow.Now(At(Seconds(1).ns)), LocalTime{999'900'000});
}

TEST(HostClock, AChangeOfDriftKeepsTheValueShown) {
  HostClock clock(Duration{}, 500'000);
  clock.SetDrift(At(1000), -500'000);
  EXPECT_EQ(clock.Now(At(1000)), LocalTime{1500});
  EXPECT_EQ(clock.Now(At(2000)), LocalTime{2000});
}

TEST(HostClock, StandsStillUntilItContinues) {
  HostClock clock;
  clock.Stall(At(100));
  EXPECT_TRUE(clock.stalled());
  EXPECT_EQ(clock.Now(At(5000)), LocalTime{100});
  EXPECT_EQ(clock.Wall(At(5000)), WallTime{100});
  EXPECT_TRUE(clock.When(At(5000), LocalTime{101}).never());
  EXPECT_EQ(clock.When(At(5000), LocalTime{100}), At(5000));
  clock.Continue(At(5000));
  EXPECT_EQ(clock.Now(At(5001)), LocalTime{101});
}

TEST(HostClock, AJumpMovesTheWallClockAlone) {
  HostClock clock;
  clock.JumpWall(Seconds(10));
  clock.JumpWall(Seconds(-4));
  EXPECT_EQ(clock.Now(At(5)), LocalTime{5});
  EXPECT_EQ(clock.Wall(At(5)), WallTime{5 + Seconds(6).ns});
}

TEST(HostClock, NeverStaysNever) {
  EXPECT_TRUE(HostClock().When(At(0), LocalTime::Never()).never());
  EXPECT_TRUE(HostClock(Seconds(-1), 500).When(At(0), LocalTime{INT64_MAX - 1}).never());
  EXPECT_TRUE(
      HostClock(Duration{}, -999'999).When(At(0), LocalTime{1'000'000'000'000'000}).never());
}

TEST(HostClock, RefusesToRunBackwards) {
  EXPECT_DEATH(HostClock(Duration{}, -1'000'000), "CHECK failed");
  HostClock clock;
  clock.Stall(At(100));
  EXPECT_DEATH(clock.Now(At(99)), "CHECK failed");
}

// When() is the inverse of Now(): the first true time that shows at least the local one.
RC_GTEST_PROP(HostClock, WhenIsTheFirstTimeThatShowsIt, ()) {
  const int64_t ppm = *rc::gen::inRange<int64_t>(-900'000, 2'000'000);
  const int64_t offset = *rc::gen::inRange<int64_t>(-1'000'000'000, 1'000'000'000);
  HostClock clock(Duration{offset}, *rc::gen::inRange<int64_t>(-1000, 1000));
  const TrueTime change = At(*rc::gen::inRange<int64_t>(0, 1'000'000'000'000));
  clock.SetDrift(change, ppm);
  const TrueTime now = change + Duration{*rc::gen::inRange<int64_t>(0, 1'000'000'000'000)};
  const LocalTime local =
      clock.Now(now) + Duration{*rc::gen::inRange<int64_t>(-1000, 1'000'000'000'000)};
  const TrueTime when = clock.When(now, local);
  RC_ASSERT(when >= now);
  RC_ASSERT(clock.Now(when) >= local);
  if (when > now) RC_ASSERT(clock.Now(when - Duration{1}) < local);
}

RC_GTEST_PROP(HostClock, TheMonotonicClockNeverGoesBack, ()) {
  HostClock clock(Duration{}, *rc::gen::inRange<int64_t>(-500'000, 500'000));
  TrueTime now;
  LocalTime shown = clock.Now(now);
  for (int i = 0; i < 20; ++i) {
    now = now + Duration{*rc::gen::inRange<int64_t>(0, 1'000'000)};
    const int change = *rc::gen::inRange(0, 4);
    if (change == 0) clock.SetDrift(now, *rc::gen::inRange<int64_t>(-999'999, 999'999));
    if (change == 1) clock.Stall(now);
    if (change == 2) clock.Continue(now);
    if (change == 3) clock.JumpWall(Duration{*rc::gen::inRange<int64_t>(-1'000'000, 1'000'000)});
    RC_ASSERT(clock.Now(now) >= shown);
    shown = clock.Now(now);
  }
}

}  // namespace
}  // namespace ww::sim
