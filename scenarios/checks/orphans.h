// migration-no-orphan and migration-data-kept: what migrations leave behind, and what they must not
// take away.
//
// After healing, at rest, whoever is a member lives, whoever lives is a member, and nobody is a
// member without a vote for ever. Each is given its time: an order of an earlier controller may
// have come late, and has to be found first.
//
// Nothing of a member is destroyed; and at the end every voter of a shard that migrations went
// through has applied whatever was acknowledged, in the one order that other checks compare.
#pragma once

#include <string>

#include "absl/container/btree_map.h"
#include "scenarios/checks/control_ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ClientChecks;

class OrphanChecks {
 public:
  OrphanChecks(Reporter& reporter, const ControlGhost& control, Duration election_timeout)
      : reporter_(reporter), control_(control), election_timeout_(election_timeout) {}

  void On(const ReplicaDestroyed& event, const Ghost& ghost);
  void On(const PhaseBegan& event);
  void On(const TimePassed& event, const Ghost& ghost);
  void Finish(const Ghost& ghost, const ClientChecks& clients);

 private:
  void JudgeShard(const ShardGhost& shard, const Ghost& ghost);
  // `wrong`: what it is that it should not be; empty: nothing.
  void JudgeReplica(const ReplicaKey& who, const std::string& wrong);
  void JudgeData(const ShardGhost& shard, Index acknowledged, const Ghost& ghost);

  Reporter& reporter_;
  const ControlGhost& control_;
  const Duration election_timeout_;
  bool healed_ = false;
  absl::btree_map<ReplicaKey, TrueTime> orphans_;  // Since when.
};

}  // namespace ww::checks
