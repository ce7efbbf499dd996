// migration-once and migration-terminates: every migration goes through its steps in order, each
// recorded when it is so, and ends exactly once, in time.
//
// What a step says of the world is compared with what the ghost saw happen, ever: a member that was
// added may be gone again when that is recorded, by an order of an earlier controller that came
// late, but one that never was a member can't have been added.
//
// A migration that waits for its turn is due since anything else last began or ended; one under way
// since it began, once so long for each of its moves. Both only while whoever has to take part can
// be reached after healing.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "scenarios/checks/control_ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class MigrationChecks {
 public:
  MigrationChecks(Reporter& reporter, const ControlGhost& control, Duration election_timeout)
      : reporter_(reporter), control_(control), election_timeout_(election_timeout) {}

  // The control ghost as it is before the event.
  void On(const IdAllocated& event);
  void On(const MigrationRequested& event);
  void On(const MigrationBegun& event);
  void On(const StepRecorded& event, const Ghost& ghost);
  void On(const LeaverChanged& event, const Ghost& ghost);
  void On(const MigrationAborted& event, const Ghost& ghost);
  void On(const RollbackRecorded& event, const Ghost& ghost);
  void On(const MigrationEnded& event);
  void On(const CleanupOwed& event);
  void On(const CleanupDone& event, const Ghost& ghost);
  void On(const ReadAnswered& event) { readers_.insert(event.who); }

  void On(const PhaseBegan& event);
  void On(const TimePassed& event, const Ghost& ghost);

 private:
  // The open migration; reports otherwise.
  const MigrationGhost* Open(MigrationId id, std::string_view what);
  void Wrong(const MigrationGhost& migration, const std::string& what);
  bool IsGone(const ReplicaKey& who, const Ghost& ghost) const;
  std::string FalseOf(const MigrationGhost& migration, MoveStep step, const Ghost& ghost) const;
  bool IsLost(const MigrationGhost& migration, ReplicaId replica, const Ghost& ghost) const;
  void JudgeEnd(const MigrationGhost& migration);
  bool Due(const MigrationGhost& migration, const Ghost& ghost) const;
  void JudgeTime(const MigrationGhost& migration, const Ghost& ghost);
  void JudgeJoint(const ShardGhost& shard, const Ghost& ghost);

  Reporter& reporter_;
  const ControlGhost& control_;
  const Duration election_timeout_;
  MigrationId last_;
  absl::btree_set<ReplicaKey> readers_;  // A read through it completed, ever.
  bool healed_ = false;
  absl::btree_map<MigrationId, TrueTime> due_;  // Since when those who take part can be reached.
  absl::btree_map<ShardId, TrueTime> joint_;    // Likewise of shards that are in a joint change.
};

}  // namespace ww::checks
