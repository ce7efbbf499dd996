// Time in integer nanoseconds. Instants of different clocks are different types.
//
// TrueTime is what the scheduler counts and only checks may see. LocalTime is what a host's
// monotonic clock shows; WallTime is what its wall clock shows. A Duration belongs to no clock.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <string>

namespace ww {

struct Duration {
  int64_t ns = 0;

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
  constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
  constexpr Duration operator*(int64_t factor) const { return {ns * factor}; }
  constexpr Duration operator/(int64_t divisor) const { return {ns / divisor}; }
  constexpr int64_t operator/(Duration other) const { return ns / other.ns; }
  Duration& operator+=(Duration other) {
    ns += other.ns;
    return *this;
  }
};

constexpr Duration Nanoseconds(int64_t n) { return {n}; }
constexpr Duration Microseconds(int64_t n) { return {n * 1'000}; }
constexpr Duration Milliseconds(int64_t n) { return {n * 1'000'000}; }
constexpr Duration Seconds(int64_t n) { return {n * 1'000'000'000}; }

// A point on one clock.
template <class Clock>
struct Instant {
  int64_t ns = 0;

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Instant operator-(Duration d) const { return {ns - d.ns}; }
  constexpr Duration operator-(Instant other) const { return {ns - other.ns}; }
  static constexpr Instant Never() { return {INT64_MAX}; }
  constexpr bool never() const { return ns == INT64_MAX; }
};

using TrueTime = Instant<struct TrueClock>;
using LocalTime = Instant<struct LocalClock>;
using WallTime = Instant<struct WallClock>;

// "12.345678901s": seconds with all nine digits, so that texts sort and compare.
std::string FormatNanos(int64_t ns);

}  // namespace ww

template <>
struct fmt::formatter<ww::Duration> : fmt::formatter<std::string> {
  template <class Context>
  auto format(ww::Duration d, Context& context) const {
    return fmt::formatter<std::string>::format(ww::FormatNanos(d.ns), context);
  }
};

template <class Clock>
struct fmt::formatter<ww::Instant<Clock>> : fmt::formatter<std::string> {
  template <class Context>
  auto format(ww::Instant<Clock> t, Context& context) const {
    return fmt::formatter<std::string>::format(ww::FormatNanos(t.ns), context);
  }
};
