#include "raft/core/quorum.h"

namespace ww::raft {

BallotOutcome OutcomeOf(const Ballot& ballot) {
  CHECK_LE(ballot.granted + ballot.refused, ballot.voters);
  CHECK_LE(ballot.voters, kVotersMax);
  const size_t needed = QuorumOf(ballot.voters);
  if (ballot.granted >= needed) return BallotOutcome::kWon;
  if (ballot.voters - ballot.refused < needed) return BallotOutcome::kLost;
  return BallotOutcome::kPending;
}

}  // namespace ww::raft
