// repair-restores and balance-settles: what controllers do by their own decision, in time and not
// for ever.
//
// A voter is lost when its disk was wiped or the metadata declared its host dead. After healing,
// with a live majority of the shard and a host to spare, the shard has as many voters as it is
// meant to have, none of them lost, within its bound for each voter that is lost.
//
// Such a host is up, recorded in the metadata, and neither dead nor draining.
//
// Moves for balance come to an end: in a stretch without anything that changes load (migrations for
// other reasons, hosts that come, go or are marked) there are no moves any more behind the bound.
// At the end voters are even: no host has so many more than another one, which could take one of
// them, that controllers would move one.
#pragma once

#include "absl/container/btree_map.h"
#include "scenarios/checks/control_ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class UpkeepChecks {
 public:
  struct Bounds {
    Duration election_timeout;
    uint64_t replicas_gap_min = 0;  // 0: nobody evens out.
  };
  UpkeepChecks(Reporter& reporter, const ControlGhost& control, const Bounds& bounds)
      : reporter_(reporter),
        control_(control),
        election_timeout_(bounds.election_timeout),
        replicas_gap_min_(bounds.replicas_gap_min) {}

  void On(const PhaseBegan& event, const Ghost& ghost);
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
  bool Takes(const HostGhost& host, const Ghost& ghost) const;
  void JudgeMove(ShardId shard, const char* what);
  bool EvenedOutByNow(const Ghost& ghost) const;
  void JudgeSpread(const Ghost& ghost);
  const ShardGhost* Movable(const Ghost& ghost, HostId from, HostId to) const;

  Reporter& reporter_;
  const ControlGhost& control_;
  const Duration election_timeout_;
  const uint64_t replicas_gap_min_;
  bool healed_ = false;
  absl::btree_map<ShardId, Loss> losses_;
  TrueTime changed_;  // When load last changed.
};

}  // namespace ww::checks
