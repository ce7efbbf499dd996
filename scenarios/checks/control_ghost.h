// ControlGhost: what the checks know of the control plane, from events alone: shards and how many
// voters they are meant to have, migrations and how far they are, marked hosts, replicas that are
// gone for good.
//
// Common state of the checks of the control plane. They read it; only the judge updates it, after
// they have seen an event. What an event says is taken as it is, also when it can't be: whether it
// could be is for migration-once to judge.
//
// Invariants: a migration that ended stays, and changes no more.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "scenarios/checks/control_events.h"
#include "scenarios/checks/ghost.h"

namespace ww::checks {

struct MoveGhost {
  HostId source;
  HostId target;
  ReplicaId old_replica;  // The member on the source when it was requested; none: there was none.
  ReplicaId new_replica;  // None until allocated.
};

enum class MigrationPhase : uint8_t { kWaiting, kForward, kBack, kEnded };

struct MigrationGhost {
  MigrationId id;
  ShardId shard;
  MigrationCause cause = MigrationCause::kRequest;
  bool joint = false;
  std::vector<MoveGhost> moves;
  MigrationPhase phase = MigrationPhase::kWaiting;
  uint32_t move = 0;  // The one under way.
  MoveStep step = MoveStep::kIntent;
  RollbackStep back = RollbackStep::kBegun;
  TrueTime since;  // Requested; then begun.

  bool open() const { return phase != MigrationPhase::kEnded; }
  const MoveGhost& current() const { return moves[move]; }
};

class ControlGhost {
 public:
  // Whether there is a control plane at all.
  bool any() const { return !targets_.empty(); }
  // How many voters the shard is meant to have; nothing when the metadata don't know it.
  std::optional<uint64_t> TargetOf(ShardId shard) const;
  ShardId metadata_shard() const { return metadata_; }
  // Null when there is none.
  const MigrationGhost* Find(MigrationId id) const;
  const MigrationGhost* OpenOf(ShardId shard) const;
  const absl::btree_map<MigrationId, MigrationGhost>& migrations() const { return migrations_; }
  // When a waiting migration last had a chance to begin: something began or ended.
  TrueTime turned() const { return turned_; }
  bool Marked(HostId host, HostMark mark) const;
  // It was handed out for a migration.
  bool IsOfMigration(const ReplicaKey& who) const { return of_migrations_.contains(who); }
  bool Destroyed(const ReplicaKey& who) const { return destroyed_.contains(who); }
  // The host is up, connected, and its engine runs.
  bool Serves(const Ghost& ghost, HostId host) const;
  // A majority of the shard's voters live on hosts that serve.
  bool HasLiveQuorum(const Ghost& ghost, ShardId shard) const;

  void Update(const ShardRecorded& event);
  void Update(const HostMarked& event);
  void Update(const IdAllocated& event);
  void Update(const MigrationRequested& event, const Ghost& ghost, TrueTime now);
  void Update(const MigrationBegun& event, TrueTime now);
  void Update(const StepRecorded& event);
  void Update(const LeaverChanged& event, const Ghost& ghost);
  void Update(const MigrationAborted& event, TrueTime now);
  void Update(const RollbackRecorded& event);
  void Update(const MigrationEnded& event, TrueTime now);
  void Update(const CleanupOwed& event);
  void Update(const ReplicaDestroyed& event) { destroyed_.insert(event.who); }
  void Update(const EngineReturned& event) { returned_.insert(event.host); }
  void Update(const HostStarted& event) { returned_.erase(event.host); }

 private:
  MigrationGhost* FindOpen(MigrationId id);
  static void FinishMove(MigrationGhost& migration);

  absl::btree_map<ShardId, uint64_t> targets_;
  ShardId metadata_;
  absl::btree_map<MigrationId, MigrationGhost> migrations_;
  absl::btree_map<ShardId, MigrationId> newest_;  // Of each shard.
  TrueTime turned_;
  absl::btree_set<std::pair<HostId, HostMark>> marks_;
  absl::btree_set<ReplicaKey> of_migrations_;
  absl::btree_set<ReplicaKey> destroyed_;
  absl::btree_set<HostId> returned_;  // Engines that gave up while their process lives on.
};

}  // namespace ww::checks
