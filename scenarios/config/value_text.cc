#include "scenarios/config/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

absl::Status Unexpected(std::string_view text, std::string_view expected) {
  return absl::InvalidArgumentError(fmt::format("found {}, expected {}", Quoted(text), expected));
}

struct Unit {
  std::string_view name;
  int64_t ns;
};
// Longest first for formatting; none is a suffix of "s" alone that digits could precede.
constexpr std::array<Unit, 4> kUnits = {Unit{"s", 1'000'000'000}, Unit{"ms", 1'000'000},
                                        Unit{"us", 1'000}, Unit{"ns", 1}};

// The two sides of "low..high"; one value is both.
std::pair<std::string_view, std::string_view> SplitRange(std::string_view text) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return {text, text};
  return {text.substr(0, dots), text.substr(dots + 2)};
}

}  // namespace

absl::StatusOr<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != end) {
    return Unexpected(text, "a whole number such as 5");
  }
  return value;
}

absl::StatusOr<bool> ParseFlag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Unexpected(text, "true or false");
}

absl::StatusOr<Duration> ParseDuration(std::string_view text) {
  constexpr std::string_view kExpected = "a duration with its unit, such as 500ms (ns, us, ms, s)";
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const absl::StatusOr<uint64_t> number = ParseNumber(text.substr(0, digits));
  const std::string_view suffix = text.substr(digits);
  const Unit* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& candidate) { return candidate.name == suffix; });
  if (!number.ok() || unit == kUnits.end()) return Unexpected(text, kExpected);
  if (*number > static_cast<uint64_t>(kDurationMax.ns / unit->ns)) {
    return Unexpected(text, fmt::format("a duration of at most {}", FormatDuration(kDurationMax)));
  }
  return Duration{static_cast<int64_t>(*number) * unit->ns};
}

absl::StatusOr<NumberRange> ParseNumberRange(std::string_view text) {
  constexpr std::string_view kExpected = "a number or a range such as 5, 3..7 or 2..6:2";
  const size_t colon = text.find(':');
  const bool stepped = colon != std::string_view::npos;
  const auto [low_text, high_text] = SplitRange(text.substr(0, colon));
  const absl::StatusOr<uint64_t> low = ParseNumber(low_text);
  const absl::StatusOr<uint64_t> high = ParseNumber(high_text);
  const absl::StatusOr<uint64_t> step = ParseNumber(stepped ? text.substr(colon + 1) : "1");
  if (!low.ok() || !high.ok() || !step.ok()) return Unexpected(text, kExpected);
  if (*low > *high) return Unexpected(text, "a range whose first number is not the larger one");
  if (*step == 0) return Unexpected(text, "a step of at least 1");
  return NumberRange{*low, *high, *step};
}

absl::StatusOr<DurationRange> ParseDurationRange(std::string_view text) {
  const auto [low_text, high_text] = SplitRange(text);
  const absl::StatusOr<Duration> low = ParseDuration(low_text);
  if (!low.ok()) return low.status();
  const absl::StatusOr<Duration> high = ParseDuration(high_text);
  if (!high.ok()) return high.status();
  if (*low > *high) return Unexpected(text, "a range whose first duration is not the longer one");
  return DurationRange{*low, *high};
}

// Stricter than ParseRatio, which lets signs and spaces pass.
absl::StatusOr<Ratio> ParseStrictRatio(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789/") != std::string_view::npos) {
    return Unexpected(text, "a ratio between 0 and 1 such as 1/10");
  }
  return ParseRatio(absl::string_view(text.data(), text.size()));
}

std::string FormatDuration(Duration value) {
  CHECK_GE(value.ns, 0);
  if (value.ns == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (value.ns % unit.ns == 0) return fmt::format("{}{}", value.ns / unit.ns, unit.name);
  }
  UNREACHABLE();
}

std::string FormatRange(const NumberRange& value) {
  const std::string step = value.step == 1 ? "" : fmt::format(":{}", value.step);
  if (value.low == value.high) return fmt::format("{}{}", value.low, step);
  return fmt::format("{}..{}{}", value.low, value.high, step);
}

std::string FormatRange(const DurationRange& value) {
  if (value.low == value.high) return FormatDuration(value.low);
  return fmt::format("{}..{}", FormatDuration(value.low), FormatDuration(value.high));
}

std::string FormatRatio(Ratio value) {
  return fmt::format("{}/{}", value.numerator(), value.denominator());
}

}  // namespace ww::scenarios
