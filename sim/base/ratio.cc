#include "sim/base/ratio.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace ww {

absl::StatusOr<Ratio> ParseRatio(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  const bool whole = parts.second.empty() && text.find('/') == absl::string_view::npos;
  uint32_t numerator = 0;
  uint32_t denominator = 1;
  const bool parsed = absl::SimpleAtoi(parts.first, &numerator) &&
                      (whole || absl::SimpleAtoi(parts.second, &denominator));
  if (!parsed || denominator == 0 || numerator > denominator) {
    return absl::InvalidArgumentError(
        absl::StrCat("found '", text, "', expected a ratio between 0 and 1 such as 1/1000"));
  }
  return Ratio(numerator, denominator);
}

}  // namespace ww
