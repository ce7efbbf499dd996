// PriorityRank: how the priorities of a configuration order, as they are written.
//
// The checks' own reading of numbers, without floating point: a decimal fraction of any length, its
// point moved to the front. Numbers are equal where doubles are: whole ones below 2^64 are rounded
// to 53 bits, and of fractions all digits count, which nobody writes down beyond a double's.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ww::checks {

class PriorityRank {
 public:
  // Nothing: it is one that never wins, not a number or minus infinity.
  static std::optional<PriorityRank> Of(std::string_view text);

  friend bool operator==(const PriorityRank&, const PriorityRank&) = default;
  friend std::strong_ordering operator<=>(const PriorityRank& a, const PriorityRank& b);

 private:
  int sign_ = 0;
  bool infinite_ = false;
  // The magnitude is 0.<digits> times ten to the power of `point`; zero has no digits.
  int64_t point_ = 0;
  std::string digits_;  // Neither the first nor the last is 0.

  void SetWhole(uint64_t value);
  void SetDecimal(std::string_view text);
  void Normalise();
};

}  // namespace ww::checks
