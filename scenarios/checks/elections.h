// election-safety, vote-once, term-monotonic and quorum-membership.
//
// A vote counts at the moment a granting answer is handed to the network, or at which a candidate
// counts itself; voters are remembered over crashes. Told twice to the same candidate it is one
// vote. Two leaders at the same time in different terms are legal.
#pragma once

#include <span>
#include <string_view>

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ElectionChecks {
 public:
  explicit ElectionChecks(Reporter& reporter) : reporter_(reporter) {}

  // All judge against the ghost as it was before the event.
  void On(const TermChanged& event, Ghost::Where where);
  void On(const RoleChanged& event, Ghost::Where where);
  void On(const VoteAnswered& event, Ghost::Where where);
  void On(const CommitAdvanced& event, Ghost::Where where);
  void On(const ReplicaStarted& event, Ghost::Where where);
  // Whether `members`, each once, are a majority of the voters.
  void JudgeMajority(std::span<const ReplicaId> members, const ShardGhost& shard, ReplicaId who,
                     std::string_view decision);

 private:
  void JudgeLeadership(const RoleChanged& event, const ShardGhost& shard);
  void JudgeVotes(const RoleChanged& event, const ShardGhost& shard);

  Reporter& reporter_;
};

}  // namespace ww::checks
