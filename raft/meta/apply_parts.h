// Parts of Apply: one function a command. Included by this room's sources only.
//
// Each judges everything before it changes anything.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "raft/meta/commands.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

struct Effect {
  MigrationId migration = {};
  std::vector<ReplicaId> replicas = {};
};
using Outcome = std::variant<Effect, Refusal>;

// Hosts: apply_hosts.cc.
Outcome On(State& state, const AddHost& command);
Outcome On(State& state, const RequestDrain& command);
Outcome On(State& state, const RecordDisk& command);
Outcome On(State& state, const RecordDeath& command);
Outcome On(State& state, const OweStranger& command);
Outcome On(State& state, const CleanupDone& command);

// Shards: apply_shards.cc.
Outcome On(State& state, const Found& command);
Outcome On(State& state, const AdoptShard& command);
Outcome On(State& state, const RequestCreateShard& command);
Outcome On(State& state, const PlaceShard& command);
Outcome On(State& state, const UnplaceShard& command);
Outcome On(State& state, const RecordShardCreated& command);
Outcome On(State& state, const RecordTransfer& command);
Outcome On(State& state, const AllocateId& command);

// Migrations: apply_migrations.cc; what their steps do: apply_steps.cc.
Outcome On(State& state, const RequestMove& command);
Outcome On(State& state, const PlanMigration& command);
Outcome On(State& state, const BeginMigration& command);
Outcome On(State& state, const CancelMigration& command);
Outcome On(State& state, const AbortMigration& command);
Outcome On(State& state, const EndMigration& command);
Outcome On(State& state, const AllocateReplica& command);
Outcome On(State& state, const RecordStep& command);
Outcome On(State& state, const GiveWay& command);
Outcome On(State& state, const RecordRollback& command);
Outcome On(State& state, const OweCleanup& command);

// Failover: apply_failover.cc. Nothing when it had its effect.
std::optional<Refusal> ApplyFailover(State& state, const FailoverAction& action);

// Whether the proposed id may be the shard's next.
std::optional<Refusal> JudgeProposal(IdMode mode, const ShardRecord& shard, ReplicaId proposed);
// Takes it out of use. Requires: JudgeProposal had nothing against it.
ReplicaId HandOut(IdMode mode, ShardRecord& shard, ReplicaId proposed);
// A host that a replica can be placed on now.
std::optional<Refusal> JudgeHome(const State& state, HostId host);
void AddPlacement(ShardRecord& shard, const Placement& placement);

}  // namespace ww::raft::meta
