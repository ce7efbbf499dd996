// Ratio, time, ids and hashes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <type_traits>

#include "sim/base/hash.h"
#include "sim/base/ids.h"
#include "sim/base/ratio.h"
#include "sim/base/time.h"

namespace ww {
namespace {

using ::testing::HasSubstr;

TEST(Ratio, ReadsFractionsZeroAndOne) {
  EXPECT_EQ(ParseRatio("1/1000").value(), Ratio(1, 1000));
  EXPECT_EQ(ParseRatio("0").value(), Ratio::Never());
  EXPECT_EQ(ParseRatio("1").value(), Ratio::Always());
  EXPECT_EQ(ParseRatio("4294967295/4294967295").value(), Ratio::Always());
}

TEST(Ratio, EqualValuesAreEqual) {
  EXPECT_EQ(Ratio(1, 2), Ratio(500, 1000));
  EXPECT_FALSE(Ratio(1, 2) == Ratio(1, 3));
  EXPECT_TRUE(Ratio().never());
}

TEST(Ratio, RefusesEverythingElse) {
  for (const char* text : {"", "/", "1/", "/2", "2/1", "1/0", "-1/2", "0.5", "1/2/3", "a", "2",
                           "1/4294967296", "4294967296"}) {
    const auto ratio = ParseRatio(text);
    ASSERT_FALSE(ratio.ok()) << text;
    EXPECT_THAT(ratio.status().message(), HasSubstr(absl::string_view(text)));
    EXPECT_THAT(ratio.status().message(), HasSubstr("expected a ratio"));
  }
}

TEST(RatioDeathTest, HoldsItsInvariants) {
  EXPECT_DEATH(Ratio(1, 0), "denominator > 0");
  EXPECT_DEATH(Ratio(2, 1), "numerator <= denominator");
}

RC_GTEST_PROP(Ratio, PrintsWhatItReads, ()) {
  const uint32_t denominator = *rc::gen::inRange<uint32_t>(1, UINT32_MAX);
  const uint32_t numerator = *rc::gen::inRange<uint32_t>(0, denominator);
  const Ratio ratio(numerator, denominator);
  RC_ASSERT(ParseRatio(fmt::format("{}", ratio)).value() == ratio);
}

TEST(Time, PrintsAllNineDigits) {
  EXPECT_EQ(FormatNanos(0), "0.000000000s");
  EXPECT_EQ(FormatNanos(12'345'678'901), "12.345678901s");
  EXPECT_EQ(FormatNanos(-1), "-0.000000001s");
  EXPECT_EQ(FormatNanos(INT64_MIN), "-9223372036.854775808s");
  EXPECT_EQ(fmt::format("{} {}", Milliseconds(5), TrueTime{7}), "0.005000000s 0.000000007s");
}

TEST(Time, InstantsAndDurationsAdd) {
  EXPECT_EQ(TrueTime{5} + Nanoseconds(3), TrueTime{8});
  EXPECT_EQ(TrueTime{5} - TrueTime{3}, Nanoseconds(2));
  EXPECT_EQ(Seconds(1), Milliseconds(1) * 1000);
  EXPECT_EQ(Seconds(1) / Milliseconds(3), 333);
  EXPECT_TRUE(LocalTime::Never().never());
  EXPECT_LT(LocalTime{}, LocalTime::Never());
}

template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

TEST(Time, InstantsOfDifferentClocksDoNotMix) {
  static_assert(Comparable<TrueTime, TrueTime>);
  static_assert(!Comparable<TrueTime, LocalTime>);
  static_assert(!Comparable<LocalTime, WallTime>);
  static_assert(!std::is_convertible_v<TrueTime, LocalTime>);
}

TEST(Tagged, KindsDoNotMix) {
  static_assert(Comparable<HostId, HostId>);
  static_assert(!Comparable<HostId, ShardId>);
  static_assert(!std::is_convertible_v<uint64_t, HostId>);
  static_assert(!std::is_convertible_v<HostId, uint64_t>);
  static_assert(sizeof(HostId) == sizeof(uint64_t));
}

TEST(Tagged, CountsAndCompares) {
  HostId id;
  EXPECT_TRUE(id.none());
  ++id;
  EXPECT_EQ(id, HostId(1));
  EXPECT_EQ(id.next(), HostId(2));
  EXPECT_EQ(id.next().previous(), id);
  EXPECT_EQ(id + 4, HostId(5));
  EXPECT_EQ(HostId(5) - HostId(2), 3u);
  EXPECT_EQ(HostId(5) - 2, HostId(3));
  EXPECT_EQ(fmt::format("{:>3}", HostId(7)), "  7");
}

// Values that every fingerprint and every stream stands on: a change makes old cases worthless.
TEST(Hash, HasItsPublishedValues) {
  EXPECT_EQ(Mix64(0), 0u);
  EXPECT_EQ(Mix64(0x9e3779b97f4a7c15ULL), 0xe220a8397b1dcdafULL);  // SplitMix64's first, seed 0.
  EXPECT_EQ(HashName(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(HashName("a"), 0xaf63dc4c8601ec8cULL);
  static_assert(HashName("foobar") == 0x85944171f73967e8ULL);
  EXPECT_EQ(MultiplyFold(UINT64_MAX, UINT64_MAX), UINT64_MAX);
}

TEST(Hash, AbsorbingZerosDoesNotStick) {
  std::set<uint64_t> states;
  uint64_t state = 0;
  for (int i = 0; i < 1000; ++i) {
    state = Absorb(state, 0);
    states.insert(state);
  }
  EXPECT_EQ(states.size(), 1000u);
}

RC_GTEST_PROP(Hash, AbsorbTellsTheOrderOfWords, (uint64_t state, uint64_t a, uint64_t b)) {
  RC_PRE(a != b);
  RC_ASSERT(Absorb(Absorb(state, a), b) != Absorb(Absorb(state, b), a));
}

}  // namespace
}  // namespace ww
