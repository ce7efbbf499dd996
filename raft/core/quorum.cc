#include "raft/core/quorum.h"

namespace ww::raft {

Outcome OutcomeOf(const Ballot& ballot) {
  CHECK_LE(ballot.granted + ballot.refused, ballot.voters);
  CHECK_LE(ballot.voters, kVotersMax);
  const size_t needed = QuorumOf(ballot.voters);
  if (ballot.granted >= needed) return Outcome::kWon;
  if (ballot.voters - ballot.refused < needed) return Outcome::kLost;
  return Outcome::kPending;
}

}  // namespace ww::raft
