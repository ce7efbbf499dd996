#include "scenarios/checks/priority_rank.h"

#include <algorithm>

namespace ww::checks {
namespace {

constexpr int kDoubleBits = 53;
constexpr size_t kWholeDigitsMax = 19;  // Those of any number below 10^19 fit 64 bits.
constexpr int64_t kExponentMax = 100'000;

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return 0;
}

// Half goes to the even neighbour.
uint64_t RoundedToDouble(uint64_t value) {
  int dropped = 0;
  while (dropped < 11 && (value >> dropped) >> kDoubleBits != 0) ++dropped;
  if (dropped == 0) return value;
  const uint64_t unit = uint64_t{1} << dropped;
  const uint64_t rest = value % unit;
  const uint64_t down = value - rest;
  const bool odd = (value >> dropped) % 2 == 1;
  const bool up = rest > unit / 2 || (rest == unit / 2 && odd);
  return up ? down + unit : down;
}

}  // namespace

std::strong_ordering operator<=>(const PriorityRank& a, const PriorityRank& b) {
  if (a.sign_ != b.sign_) return a.sign_ <=> b.sign_;
  const PriorityRank& low = a.sign_ < 0 ? b : a;  // Of two negative ones the smaller is higher.
  const PriorityRank& high = a.sign_ < 0 ? a : b;
  if (low.infinite_ != high.infinite_) return low.infinite_ <=> high.infinite_;
  if (low.point_ != high.point_) return low.point_ <=> high.point_;
  return low.digits_.compare(high.digits_) <=> 0;
}

void PriorityRank::Normalise() {
  const size_t first = std::min(digits_.find_first_not_of('0'), digits_.size());
  point_ -= static_cast<int64_t>(first);
  digits_.erase(0, first);
  while (!digits_.empty() && digits_.back() == '0') digits_.pop_back();
  if (digits_.empty()) {
    sign_ = 0;
    point_ = 0;
  }
}

void PriorityRank::SetWhole(uint64_t value) {
  digits_ = std::to_string(RoundedToDouble(value));
  point_ = static_cast<int64_t>(digits_.size());
  Normalise();
}

// Digits, a point, digits, an exponent.
void PriorityRank::SetDecimal(std::string_view text) {
  const std::string_view mantissa = text.substr(0, text.find('e'));
  int64_t exponent = 0;
  bool minus = false;
  if (mantissa.size() < text.size()) {
    for (const char c : text.substr(mantissa.size() + 1)) {
      if (c == '-') minus = true;
      if (c >= '0' && c <= '9') exponent = std::min(kExponentMax, exponent * 10 + DigitOf(c));
    }
  }
  point_ = static_cast<int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  for (const char c : mantissa) {
    if (c != '.') digits_.push_back(c);
  }
  point_ += minus ? -exponent : exponent;
  Normalise();
  const auto size = static_cast<int64_t>(digits_.size());
  if (digits_.empty() || size > point_ || point_ > static_cast<int64_t>(kWholeDigitsMax)) return;
  uint64_t whole = 0;
  for (int64_t i = 0; i < point_; ++i) {
    whole = whole * 10 +
            (i < size ? static_cast<uint64_t>(DigitOf(digits_[static_cast<size_t>(i)])) : 0);
  }
  SetWhole(whole);
}

std::optional<PriorityRank> PriorityRank::Of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower.starts_with("nan")) return std::nullopt;
  PriorityRank rank;
  rank.sign_ = negative ? -1 : 1;
  if (lower.starts_with("inf")) {
    if (negative) return std::nullopt;
    rank.infinite_ = true;
  } else if (lower.starts_with("0x")) {
    uint64_t value = 0;
    for (const char c : std::string_view(lower).substr(2)) {
      value = value * 16 + static_cast<uint64_t>(DigitOf(c));
    }
    rank.SetWhole(value);
  } else {
    rank.SetDecimal(lower);
  }
  return rank;
}

}  // namespace ww::checks
