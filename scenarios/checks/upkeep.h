// repair-restores and balance-settles: what controllers do by their own decision, in time and not
// for ever.
//
// A voter is lost when its disk was wiped or the metadata declared its host dead. After healing,
// with a live majority of the shard and a host to spare, the shard has as many voters as it is
// meant to have, none of them lost, within its bound for each voter that is lost.
//
// Moves for balance come to an end: in a stretch without anything that changes load (migrations for
// other reasons, hosts that come, go or are marked) there are no moves any more behind the bound.
#pragma once

#include "absl/container/btree_map.h"
#include "scenarios/checks/control_ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class UpkeepChecks {
 public:
  UpkeepChecks(Reporter& reporter, const ControlGhost& control, Duration election_timeout)
      : reporter_(reporter), control_(control), election_timeout_(election_timeout) {}

  void On(const PhaseBegan& event);
  void On(const TimePassed& event, const Ghost& ghost);
  void On(const MigrationRequested& event);
  // Before the control ghost takes it.
  void On(const MigrationEnded& event);
  void On(const LeaderMoved& event);
  // A host came, went, or was marked.
  void OnUnrest() { changed_ = reporter_.now(); }

 private:
  struct Loss {
    TrueTime since;
    int64_t lost = 0;
  };
  void JudgeShard(const ShardGhost& shard, uint64_t target, const Ghost& ghost);
  bool Lost(const ShardGhost& shard, ReplicaId voter) const;
  bool HasRoom(const ShardGhost& shard, const Ghost& ghost) const;
  void JudgeMove(ShardId shard, const char* what);

  Reporter& reporter_;
  const ControlGhost& control_;
  const Duration election_timeout_;
  bool healed_ = false;
  absl::btree_map<ShardId, Loss> losses_;
  TrueTime changed_;  // When load last changed.
};

}  // namespace ww::checks
