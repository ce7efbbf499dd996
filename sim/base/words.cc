#include "sim/base/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ww {
namespace {

// Levenshtein, one row at a time.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Quoted(std::string_view text) {
  constexpr size_t kShownMax = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, kShownMax)) {
    const bool printable = c >= 0x20 && c < 0x7f;
    shown += printable ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
  }
  return shown + (text.size() > kShownMax ? "'..." : "'");
}

std::string_view NearestWord(std::string_view word,
                             const std::vector<std::string_view>& candidates) {
  constexpr size_t kWordMax = 100;  // Longer ones are no typing errors.
  if (word.size() > kWordMax) return {};
  std::string_view nearest;
  size_t least = word.size() / 2 + 2;  // Further away, a suggestion would only confuse.
  for (const std::string_view candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view nearest = NearestWord(word, candidates);
  return nearest.empty() ? "" : fmt::format(", did you mean '{}'?", nearest);
}

}  // namespace ww
