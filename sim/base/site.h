// Site: the static name of a place that draws decisions.
//
// Each room lists its sites as constants in one table (sites.h); `list sites` prints the tables. A
// site is *noise* (delays, jitter, workload) or *fault* (something went wrong); shrinking turns
// whole sites benign by class and name.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/hash.h"

namespace ww {

enum class SiteClass : uint8_t { kNoise, kFault };

struct Site {
  std::string_view name;
  SiteClass site_class = SiteClass::kNoise;
  std::string_view purpose;  // One line, for `list sites`.

  constexpr uint64_t hash() const { return HashName(name); }
};

}  // namespace ww
