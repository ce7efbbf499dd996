// removed-stays-removed and no-leak: what becomes of replicas that their shard removed.
//
// A replica that is removed may not know it for long, and until it applied its removal, or was told
// by somebody who did, it may legally ask for votes, grant them and even lead a term that commits
// nothing. So the first property is judged by what each replica has applied: who has applied its
// own removal never campaigns again, and who has applied another's hears nothing from it. (It may
// vote: those who have not applied the removal may need that to learn that it is committed.) The
// second is a deadline: after healing a removed replica on a reachable host is gone within its
// bound.
#pragma once

#include <string_view>

#include "absl/container/btree_map.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class RemovalChecks {
 public:
  RemovalChecks(Reporter& reporter, Duration election_timeout)
      : reporter_(reporter), election_timeout_(election_timeout) {}

  void On(const MessageAccepted& event, Ghost::Where where);
  void On(const RoleChanged& event, Ghost::Where where);
  void On(const PhaseBegan& event);
  void On(const TimePassed& event, const Ghost& ghost);

 private:
  void JudgeSpeaker(Ghost::Where where, std::string_view what);
  void JudgeZombie(const ShardGhost& shard, const ReplicaGhost& replica, const Ghost& ghost);

  Reporter& reporter_;
  const Duration election_timeout_;
  bool healed_ = false;
  absl::btree_map<ReplicaKey, TrueTime> zombies_;  // Since when it could have been told.
};

}  // namespace ww::checks
