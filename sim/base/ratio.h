// Probability as a ratio of integers: the same on every compiler, unlike a float.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sim/base/check.h"

namespace ww {

// Invariants: 0 <= numerator <= denominator, denominator > 0.
class Ratio {
 public:
  constexpr Ratio() = default;  // Never.
  constexpr Ratio(uint32_t numerator, uint32_t denominator)
      : numerator_(numerator), denominator_(denominator) {
    CHECK(denominator > 0);
    CHECK(numerator <= denominator);
  }
  static constexpr Ratio Never() { return Ratio(0, 1); }
  static constexpr Ratio Always() { return Ratio(1, 1); }

  constexpr uint32_t numerator() const { return numerator_; }
  constexpr uint32_t denominator() const { return denominator_; }
  constexpr bool never() const { return numerator_ == 0; }
  friend constexpr bool operator==(Ratio a, Ratio b) {
    return uint64_t{a.numerator_} * b.denominator_ == uint64_t{b.numerator_} * a.denominator_;
  }

 private:
  uint32_t numerator_ = 0;
  uint32_t denominator_ = 1;
};

// Reads "1/1000", "0" or "1". Errors say what was found and what was expected.
absl::StatusOr<Ratio> ParseRatio(absl::string_view text);

}  // namespace ww

template <>
struct fmt::formatter<ww::Ratio> : fmt::formatter<uint32_t> {
  template <class Context>
  auto format(ww::Ratio r, Context& context) const {
    return fmt::format_to(context.out(), "{}/{}", r.numerator(), r.denominator());
  }
};
