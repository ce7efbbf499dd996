#include "raft/core/electorate.h"

namespace ww::raft {
namespace {

bool Contains(std::span<const ReplicaId> sorted, ReplicaId replica) {
  return std::binary_search(sorted.begin(), sorted.end(), replica);
}

size_t CountIn(const ReplicaIds& half, std::span<const ReplicaId> replicas) {
  return static_cast<size_t>(std::count_if(
      half.begin(), half.end(), [&](ReplicaId replica) { return Contains(replicas, replica); }));
}

ReplicaIds IdsOf(const std::vector<Member>& voters, const std::vector<Member>& witnesses) {
  ReplicaIds ids;
  for (const std::vector<Member>* members : {&voters, &witnesses}) {
    for (const Member& member : *members) {
      if (!member.replica.none()) ids.push_back(member.replica);
    }
  }
  std::sort(ids.begin(), ids.end());
  CHECK_LE(ids.size(), kVotersMax);
  return ids;
}

BallotOutcome OutcomeOf(const ReplicaIds& half, const Answers& answers) {
  return OutcomeOf(
      Ballot{half.size(), CountIn(half, answers.granted), CountIn(half, answers.refused)});
}

}  // namespace

bool Electorate::Has(ReplicaId replica) const {
  return Contains(incoming, replica) || Contains(outgoing, replica);
}

ReplicaIds Electorate::All() const {
  ReplicaIds all;
  std::set_union(incoming.begin(), incoming.end(), outgoing.begin(), outgoing.end(),
                 std::back_inserter(all));
  return all;
}

Electorate ElectorateOf(const Membership& membership) {
  return {IdsOf(membership.voters, membership.witnesses),
          IdsOf(membership.outgoing_voters, membership.outgoing_witnesses)};
}

BallotOutcome OutcomeOf(const Electorate& electorate, const Answers& answers) {
  const BallotOutcome incoming = OutcomeOf(electorate.incoming, answers);
  if (!electorate.joint()) return incoming;
  const BallotOutcome outgoing = OutcomeOf(electorate.outgoing, answers);
  if (incoming == BallotOutcome::kLost || outgoing == BallotOutcome::kLost)
    return BallotOutcome::kLost;
  if (incoming == BallotOutcome::kWon && outgoing == BallotOutcome::kWon)
    return BallotOutcome::kWon;
  return BallotOutcome::kPending;
}

bool IsQuorum(const Electorate& electorate, std::span<const ReplicaId> replicas) {
  return OutcomeOf(electorate, {replicas, {}}) == BallotOutcome::kWon;
}

}  // namespace ww::raft
