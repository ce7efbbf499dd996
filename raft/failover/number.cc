#include "raft/failover/number.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view WithoutSign(std::string_view text) {
  const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  return sign ? text.substr(1) : text;
}

std::string_view WithoutZeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

// "12.5e3": the digits without the point, and where the point stands: 0.DIGITS * 10^point.
struct Decimal {
  std::string digits;
  int64_t point = 0;
};

// The exponent behind "e"; far beyond any use it is cut, not wrapped.
std::optional<int64_t> ParseExponent(std::string_view text) {
  constexpr int64_t kExponentMax = 100'000;
  const bool negative = text.starts_with('-');
  const std::string_view digits = WithoutSign(text);
  if (!SpellsInteger(digits) || digits != WithoutSign(digits)) return std::nullopt;
  int64_t value = 0;
  for (const char c : digits) value = std::min(value * 10 + (c - '0'), kExponentMax);
  return negative ? -value : value;
}

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal decimal;
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, e);
  const size_t dot = std::min(mantissa.find('.'), mantissa.size());
  const std::string_view fraction = mantissa.substr(std::min(dot + 1, mantissa.size()));
  decimal.digits = std::string(mantissa.substr(0, dot)) + std::string(fraction);
  decimal.point = static_cast<int64_t>(dot);
  if (decimal.digits.empty()) return std::nullopt;
  if (!std::all_of(decimal.digits.begin(), decimal.digits.end(), IsDigit)) return std::nullopt;
  if (e < text.size()) {
    const std::optional<int64_t> exponent = ParseExponent(text.substr(e + 1));
    if (!exponent.has_value()) return std::nullopt;
    decimal.point += *exponent;
  }
  const size_t zeros = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, zeros);
  decimal.point -= static_cast<int64_t>(zeros);
  CHECK(decimal.digits.empty() || decimal.digits[0] != '0');
  return decimal;
}

std::optional<Duration> HexadecimalSeconds(std::string_view digits) {
  constexpr size_t kDigitsMax = 6;  // Beyond kIntervalMax anyway.
  digits = WithoutZeros(digits);
  if (digits.size() > kDigitsMax) return std::nullopt;
  int64_t seconds = 0;
  for (const char c : digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const size_t value = kDigits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    if (value == std::string_view::npos) return std::nullopt;
    seconds = seconds * 16 + static_cast<int64_t>(value);
  }
  if (Seconds(seconds) > kIntervalMax) return std::nullopt;
  return Seconds(seconds);
}

}  // namespace

bool SpellsInteger(std::string_view text) {
  const std::string_view digits = WithoutSign(text);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), IsDigit);
}

std::optional<Number> Number::Parse(std::string_view text) {
  constexpr size_t kIntegerDigitsMax = 14;  // 10^14 - 1.
  constexpr size_t kTextMax = 1000;         // Longer ones are no numbers that a person wrote.
  if (text.empty() || text.size() > kTextMax) return std::nullopt;
  if (SpellsInteger(text) && WithoutZeros(WithoutSign(text)).size() > kIntegerDigitsMax) {
    return std::nullopt;
  }
  // strtod skips spaces in front; a scalar has none, and one that a quote brought is no number.
  const char first = text[0];
  if (first == ' ' || (first >= '\t' && first <= '\r')) return std::nullopt;
  const std::string terminated(text);
  char* end = nullptr;
  const double value = std::strtod(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size()) return std::nullopt;
  return Number(value);
}

bool Number::minus_infinity() const { return value_ == -std::numeric_limits<double>::infinity(); }

std::optional<Duration> ParseSeconds(std::string_view text) {
  if (!Number::Parse(text).has_value() || text.starts_with('-')) return std::nullopt;
  text = WithoutSign(text);
  if (text.starts_with("0x") || text.starts_with("0X")) return HexadecimalSeconds(text.substr(2));
  const std::optional<Decimal> decimal = ParseDecimal(text);
  if (!decimal.has_value()) return std::nullopt;
  if (decimal->digits.empty()) return Duration{};
  constexpr int64_t kWholeDigitsMax = 7;  // Of kIntervalMax.
  constexpr int64_t kFractionDigits = 9;
  if (decimal->point > kWholeDigitsMax) return std::nullopt;
  int64_t ns = 0;
  for (int64_t i = 0; i < decimal->point + kFractionDigits; ++i) {
    const bool given = i < static_cast<int64_t>(decimal->digits.size());
    ns = ns * 10 + (given ? decimal->digits[static_cast<size_t>(i)] - '0' : 0);
  }
  CHECK_GE(ns, 0);
  if (Nanoseconds(ns) > kIntervalMax) return std::nullopt;
  return Nanoseconds(ns);
}

}  // namespace ww::raft::failover
