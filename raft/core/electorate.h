// Electorate: whose votes and copies count in a shard, and what is a quorum of them, also while the
// membership is joint (Raft 4.3): then of either half.
//
// A decision is won when each half has won it, lost as soon as one half has lost it. What a quorum
// has reached is the lesser of what the halves have. Of an empty electorate there is no quorum.
#pragma once

#include <algorithm>
#include <span>

#include "absl/container/inlined_vector.h"
#include "raft/core/quorum.h"
#include "raft/core/types.h"

namespace ww::raft {

using ReplicaIds = absl::InlinedVector<ReplicaId, kVotersMax>;

struct Electorate {
  ReplicaIds incoming;  // Voters and witnesses, sorted.
  ReplicaIds outgoing;  // Empty unless joint.

  bool joint() const { return !outgoing.empty(); }
  bool Has(ReplicaId replica) const;
  // Everybody once, sorted.
  ReplicaIds All() const;
  friend bool operator==(const Electorate&, const Electorate&) = default;
};

// Replica id 0, where a membership has it, is nobody.
Electorate ElectorateOf(const Membership& membership);

// Who has answered a question so far. Both sorted, each id once; those of nobody's half are
// ignored.
struct Answers {
  std::span<const ReplicaId> granted;
  std::span<const ReplicaId> refused;
};
BallotOutcome OutcomeOf(const Electorate& electorate, const Answers& answers);
// Whether `replicas` (sorted, each once) hold a majority of each half.
bool IsQuorum(const Electorate& electorate, std::span<const ReplicaId> replicas);

// The greatest value that a quorum has reached; `value_of` says which one a replica has. Requires:
// a voter.
template <class ValueOf>
auto ReachedByQuorum(const Electorate& electorate, ValueOf value_of) {
  using Value = decltype(value_of(ReplicaId()));
  const auto reached = [&value_of](const ReplicaIds& half) {
    absl::InlinedVector<Value, kVotersMax> values;
    for (const ReplicaId replica : half) values.push_back(value_of(replica));
    return ReachedByQuorum(std::move(values));
  };
  const Value incoming = reached(electorate.incoming);
  return electorate.joint() ? std::min(incoming, reached(electorate.outgoing)) : incoming;
}

}  // namespace ww::raft
