// Texts of single values, as scenarios, settings and cases spell them: strict both ways.
//
// Errors name what was found and what was expected, without a place; callers add file, line or key.
// Invariants: Parse(Format(v)) == v; there is no sign, no space and no fraction in any text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scenarios/scenario.h"
#include "sim/base/ratio.h"
#include "sim/base/time.h"
#include "sim/base/words.h"

namespace ww::scenarios {

// The longest duration that can be written: beyond it the scheduler's clock would overflow.
inline constexpr Duration kDurationMax = Seconds(1'000'000);

absl::StatusOr<uint64_t> ParseNumber(std::string_view text);
absl::StatusOr<bool> ParseFlag(std::string_view text);                    // true, false
absl::StatusOr<Duration> ParseDuration(std::string_view text);            // 20ns 100us 500ms 1s
absl::StatusOr<NumberRange> ParseNumberRange(std::string_view text);      // 5, 3..7, 2..6:2
absl::StatusOr<DurationRange> ParseDurationRange(std::string_view text);  // 1s, 500ms..5s
absl::StatusOr<Ratio> ParseStrictRatio(std::string_view text);            // 0, 1, 1/10

std::string FormatDuration(Duration value);  // In the largest unit that is exact.
std::string FormatRange(const NumberRange& value);
std::string FormatRange(const DurationRange& value);
std::string FormatRatio(Ratio value);

}  // namespace ww::scenarios
