// Numbers of the configuration: IEEE doubles, because the published rule compares doubles.
//
// The one place of the engine with floats. They are compared and nothing else: no arithmetic, no
// time, no text. Spans of time are read from the text by integers (`ParseSeconds`).
#pragma once

#include <optional>
#include <string_view>

#include "sim/base/time.h"

namespace ww::raft::failover {

class Number {
 public:
  constexpr Number() = default;  // Zero.

  // A plain scalar as the published reader takes it: decimal integers within +-(10^14 - 1), leading
  // zeros and a sign allowed; otherwise what strtod takes in full (1e14, .5, 0x10, inf, nan).
  // Nothing: the text is no number there, or an integer beyond the bound.
  static std::optional<Number> Parse(std::string_view text);

  // False when either is NaN; zeros of both signs are equal.
  bool Exceeds(Number other) const { return value_ > other.value_; }
  bool nan() const { return value_ != value_; }
  bool minus_infinity() const;

 private:
  explicit constexpr Number(double value) : value_(value) {}
  double value_ = 0;
};

// Whether the text spells a decimal integer, of any size.
bool SpellsInteger(std::string_view text);

inline constexpr Duration kIntervalMax = Seconds(1'000'000);

// Seconds as a Duration, exact to the nanosecond (more digits are cut). Nothing for what is no
// span of time that a timer could have: negative, NaN, infinite, beyond kIntervalMax, hexadecimal
// with a fraction or an exponent.
std::optional<Duration> ParseSeconds(std::string_view text);

}  // namespace ww::raft::failover
