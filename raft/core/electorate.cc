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

Outcome OutcomeOf(const ReplicaIds& half, const Answers& answers) {
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

Outcome OutcomeOf(const Electorate& electorate, const Answers& answers) {
  const Outcome incoming = OutcomeOf(electorate.incoming, answers);
  if (!electorate.joint()) return incoming;
  const Outcome outgoing = OutcomeOf(electorate.outgoing, answers);
  if (incoming == Outcome::kLost || outgoing == Outcome::kLost) return Outcome::kLost;
  if (incoming == Outcome::kWon && outgoing == Outcome::kWon) return Outcome::kWon;
  return Outcome::kPending;
}

bool IsQuorum(const Electorate& electorate, std::span<const ReplicaId> replicas) {
  return OutcomeOf(electorate, {replicas, {}}) == Outcome::kWon;
}

}  // namespace ww::raft
