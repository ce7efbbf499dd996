// Majorities: pure mathematics over at most kVotersMax values. Knows no replica.
//
// A quorum of n voters is n / 2 + 1 of them: 1 of 1, 2 of 2 and 3, 3 of 4 and 5, 4 of 6 and 7. Of
// no voters there is no quorum: nothing is ever won, reached or committed.
#pragma once

#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "raft/core/types.h"
#include "sim/base/check.h"

namespace ww::raft {

constexpr size_t QuorumOf(size_t voters) { return voters / 2 + 1; }

// The greatest value that a quorum has reached: of {3, 9, 5} it is 5. Requires: 1 to kVotersMax
// values, one a voter. Insertion sort: for so few values nothing is faster.
template <class Value>
Value ReachedByQuorum(absl::InlinedVector<Value, kVotersMax> values) {
  CHECK(!values.empty());
  CHECK_LE(values.size(), kVotersMax);
  for (size_t sorted = 1; sorted < values.size(); ++sorted) {
    const Value value = values[sorted];
    size_t at = sorted;
    for (; at > 0 && values[at - 1] < value; --at) values[at] = values[at - 1];
    values[at] = value;
  }
  return values[QuorumOf(values.size()) - 1];
}

enum class BallotOutcome : uint8_t { kPending, kWon, kLost };

struct Ballot {
  size_t voters = 0;
  size_t granted = 0;
  size_t refused = 0;
};

// Lost as soon as those who have not refused are no quorum any more. Requires: granted + refused <=
// voters.
BallotOutcome OutcomeOf(const Ballot& ballot);

}  // namespace ww::raft
