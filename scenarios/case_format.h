// What writing and reading of case files share.
#pragma once

#include <cstdint>
#include <string_view>

#include "faults/plan.h"
#include "sim/decisions.h"

namespace ww::scenarios {

// Raised when a reader of this source would misunderstand an older file, or the other way round.
inline constexpr uint64_t kCaseFormat = 1;

std::string_view NameOf(faults::OccurrenceKind kind);
std::string_view NameOf(sim::SiteBase base);

}  // namespace ww::scenarios
