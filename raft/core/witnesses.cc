// Witnesses: they vote and count, and keep metadata only. So what they know must not be all that is
// left: nobody can lead who holds less than a witness that it needs, and a witness can't lead.
//
// A witness hears of an entry only when voters hold it durably: as many as a quorum needs beside
// all witnesses, so that it completes quorums and is no part of them before; and at least one that
// stays, when a change is under way that takes voters away, the leader itself perhaps. This delays
// what a witness counts for by the voters' own writing, and never what a quorum could commit.
#include <algorithm>

#include "raft/core/metadata.h"
#include "raft/core/state.h"

namespace ww::raft {

bool Replica::State::IsWitness(ReplicaId replica) const {
  return std::binary_search(witnesses_.begin(), witnesses_.end(), replica);
}

Entries Replica::State::MetadataOfAll(const Entries& entries) {
  Entries metadata;
  metadata.reserve(entries.size());
  for (const Entry& entry : entries) metadata.push_back(MetadataOf(entry));
  return metadata;
}

// The last entry that `count` of the voters hold durably. Voters that are no members yet, or none
// any more, hold nothing.
Index Replica::State::HeldBy(const std::vector<Member>& voters, size_t count) const {
  CHECK_GE(count, 1u);
  CHECK_LE(count, voters.size());
  absl::InlinedVector<Index, kVotersMax> held;
  for (const Member& voter : voters) {
    const Progress* progress = ProgressOf(voter.replica);
    held.push_back(progress == nullptr ? Index() : progress->match());
  }
  std::sort(held.begin(), held.end());
  return held[held.size() - count];
}

Index Replica::State::LastForWitnesses() const {
  CHECK(Is<Leader>());
  const size_t voters = membership_.voters.size();
  const size_t witnesses = membership_.witnesses.size();
  const size_t quorum = QuorumOf(voters + witnesses);
  const Index held = HeldBy(membership_.voters, quorum > witnesses ? quorum - witnesses : 1);
  if (changes_.empty()) return held;
  const auto change = DecodeMembershipEntry(log_.At(changes_.back()).payload.view());
  CHECK(change.has_value());
  return std::min(held, HeldBy(change->result.voters, 1));
}

// The last entry that may be sent to a member.
Index Replica::State::LastFor(ReplicaId member) const {
  return IsWitness(member) ? LastForWitnesses() : log_.last();
}

// A voter holds more than before.
void Replica::State::SendToWitnesses() {
  if (witnesses_.empty()) return;
  for (Progress& member : leading().members) {
    if (IsWitness(member.replica())) SendAppends(member);
  }
}

}  // namespace ww::raft
