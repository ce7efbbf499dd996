// Search: is there one order of the operations on one key that explains all answers?
//
// The algorithm of Wing and Gong (1993) with Lowe's memory of visited configurations (2017): walk
// the history; an invoked operation may be put next in the order when its answer fits the state;
// when the return of an operation that is not in the order is reached, go back. A configuration
// (set of ordered operations, state) that was left once is not entered again.
//
// It believes no index: its only inputs are calls, answers and their order in time. The places that
// the engine's log gave to operations are a guess at the order: one that explains all answers and
// respects time is an order like any other, and most histories are done with it. An operation
// without an answer may take effect at any later place, or never. Values are compared by length and
// a polynomial hash that knows concatenation, so a state is two numbers.
//
// Bounded: after `steps_max` steps it gives up and says so; giving up is no violation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ww::checks {

// A value as length and hash; equal values are equal, others practically never.
struct ValueHash {
  uint64_t hash = 0;
  uint64_t size = 0;

  static ValueHash Of(std::string_view value);
  // The hash of this value followed by `more`. O(log size of more).
  ValueHash Then(const ValueHash& more) const;
  friend bool operator==(const ValueHash&, const ValueHash&) = default;
};

enum class HistoryKind : uint8_t { kPut, kAppend, kGet };

// One operation on one key. Times are any numbers that order the calls and returns.
struct HistoryOperation {
  static constexpr uint64_t kNever = UINT64_MAX;

  uint64_t id = 0;  // For texts.
  HistoryKind kind = HistoryKind::kPut;
  ValueHash argument;
  uint64_t invoked = 0;
  uint64_t returned = kNever;  // kNever: without an answer.
  ValueHash answer;            // kPut: the previous value. kGet: the value.
  uint64_t length = 0;         // kAppend: the answered length.
  // Where the log is said to have it; reads without an entry come after what has their place.
  uint64_t place = 0;  // 0: unknown, or it is said to have had no effect.
  bool reads_state = false;
};

enum class SearchVerdict : uint8_t { kLinearizable, kNotLinearizable, kGaveUp };

struct SearchResult {
  SearchVerdict verdict = SearchVerdict::kLinearizable;
  // kNotLinearizable: how many operations the longest order explained, and the one whose return no
  // order reached.
  size_t explained = 0;
  uint64_t stuck_id = 0;
  uint64_t steps = 0;
};

// Requires: distinct times within an operation (invoked < returned).
SearchResult SearchOrder(const std::vector<HistoryOperation>& history, uint64_t steps_max);

}  // namespace ww::checks
