// Diff of two traces: the first difference, named, with the records before it.
//
// Records are compared in full and by the fingerprint after them, so a decision that differs shows
// at the next record, although decisions are not in a trace. Traces that dropped their oldest
// records are compared where they overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/trace/reader.h"

namespace ww {

enum class DifferenceKind : uint8_t {
  kSchema,       // They speak of different kinds of events; no record was compared.
  kRecord,       // A record differs in time, host, kind or a field.
  kDecision,     // A record is equal, but a decision before it was not.
  kFirstEnds,    // The first trace ends; the second has one more record.
  kSecondEnds,   // The other way round.
  kFingerprint,  // All records are equal, but a decision after the last was not.
  kNoOverlap,    // They keep no record of the same number.
};

struct TraceDifference {
  DifferenceKind kind = DifferenceKind::kRecord;
  uint64_t number = 0;              // Of the record.
  std::string what;                 // One line: what differs, with both values.
  std::vector<std::string> before;  // Lines of the equal records before it, oldest first.
  std::string first;                // The differing record in text; empty where there is none.
  std::string second;

  // Several lines, each ended.
  std::string ToText() const;
};

// Nothing when the traces are equal. An error, which names the trace, when one is damaged before
// a difference is found. `before_max` bounds the records of context.
absl::StatusOr<std::optional<TraceDifference>> DiffTraces(std::string_view first,
                                                          std::string_view second,
                                                          size_t before_max = 10);

}  // namespace ww
