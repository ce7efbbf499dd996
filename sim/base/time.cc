#include "sim/base/time.h"

namespace ww {

std::string FormatNanos(int64_t ns) {
  const char* sign = ns < 0 ? "-" : "";
  const uint64_t magnitude = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  return fmt::format("{}{}.{:09}s", sign, magnitude / 1'000'000'000, magnitude % 1'000'000'000);
}

}  // namespace ww
