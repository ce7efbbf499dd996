// leader-completeness, committed-agreement, commit-apply-monotonic (its half about commit),
// leader-commit-legal, follower-commit-legal and committed-durable.
//
// A commit is judged against the disks as the ghost knows them at that instant, never against the
// leader's own table. An entry on a majority is not committed for that (Raft 5.4.2, figure 8), and
// commit may be lower after a restart: both are legal and not reported.
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class CommitChecks {
 public:
  explicit CommitChecks(Reporter& reporter) : reporter_(reporter) {}

  // The ghost as it was before the event.
  void Before(const CommitAdvanced& event, Ghost::Where where);
  void On(const RoleChanged& event, Ghost::Where where);
  void On(const LogTold& event, const ShardGhost& shard);
  // The ghost as it is after the event.
  void After(const CommitAdvanced& event, Ghost::Where where);
  // After events that may have lowered what some disk holds.
  void AfterLoss(const Ghost& ghost);

 private:
  void JudgeLeader(const CommitAdvanced& event, Ghost::Where where);
  void JudgeCounted(const CommitAdvanced& event, Ghost::Where where, const LogCell& cell);
  void JudgeFollower(const CommitAdvanced& event, Ghost::Where where);
  void JudgeAgreement(const CommitAdvanced& event, Ghost::Where where);
  void JudgeLaterLeaders(const CommitAdvanced& event, const ShardGhost& shard, const LogCell& cell);
  void JudgeHolders(const ShardGhost& shard);

  Reporter& reporter_;
};

}  // namespace ww::checks
