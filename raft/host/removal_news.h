// Who is known to know that a replica was removed, and whether it may go.
//
// A change of members counts for a replica when it has applied it. Voters that have not applied a
// removal still count the removed one, and may need its vote, or what it knows to be committed, to
// elect a leader: it has to stay for as long as those who do not know could be a quorum without
// those who do. It may go
// - once those who do not know are no quorum of the membership without it: whoever asks one who
//   knows learns of the commit (core/election.cc), or
// - once anybody has applied a later change: that was appended where the removal was known to be
//   committed, each copy of it brought that knowledge, and a quorum holds it.
// How long it has waited says nothing: what is cut off from it may need it all the more.
#pragma once

#include <vector>

#include "raft/core/membership.h"
#include "raft/core/types.h"

namespace ww::raft {

class RemovalNews {
 public:
  // `from` has applied the removal, and goes by `members` now. So does the replica itself once it
  // has applied its own removal; it does not count as one that knows. Returns whether the replica
  // may go.
  bool Hear(ReplicaId from, const Membership& members);
  bool heard() const { return !members_.voters.empty(); }
  // The first that was heard of: who has to know.
  const Membership& members() const { return members_; }

 private:
  Membership members_;
  std::vector<ReplicaId> knows_;  // Sorted.
};

}  // namespace ww::raft
