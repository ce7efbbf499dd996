// Timeline: the last events of a trace as text, a column a host.
//
// Knows nothing of an engine: what is worth a line is what the trace's schema gives a display role.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ww::reports {

struct TimelineOptions {
  size_t events_max = 40;        // The newest ones.
  size_t column_width_max = 64;  // Characters a host; longer texts are cut with "~".
};

// Lines, oldest first. Errors: what TraceReader says of a damaged trace.
absl::StatusOr<std::string> RenderTimeline(std::string_view trace, const TimelineOptions& options);

}  // namespace ww::reports
