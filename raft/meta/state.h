// State: everything that the metadata shard holds, as a value.
//
// Invariants (Defect): records name hosts, shards and migrations that exist; a shard has at most
// one replica on a host and at most one migration; key ranges do not overlap; every replica id in
// a placement, a move or an owed cleanup was handed out before, and is in one of them only once;
// while a move goes on the shard has all voters that it had before, or the new one instead.
#pragma once

#include <string_view>
#include <vector>

#include "raft/meta/failover.h"
#include "raft/meta/records.h"
#include "raft/meta/table.h"

namespace ww::raft::meta {

enum class IdMode : uint8_t {
  kIncreasing,  // 1, 2, ... a shard.
  kRandom,      // 64 random bits, proposed by the controller and refused when they were used.
};

// Who may decide: the leader of the metadata shard in that term.
struct Controller {
  Term term;
  HostId host;
  friend bool operator==(const Controller&, const Controller&) = default;
};

struct State {
  ClusterId cluster;  // None: not founded; nothing else is then there.
  IdMode ids = IdMode::kIncreasing;
  Version version;
  Controller controller;
  Table<HostRecord> hosts;
  Table<ShardRecord> shards;
  Table<Migration> migrations;  // Waiting and begun.
  Table<OwedCleanup> owed;
  std::vector<EndedMigration> ended;  // The last kEndedMax, in the order in which they ended.
  MigrationId last_migration;
  uint64_t migrations_done = 0;
  uint64_t migrations_aborted = 0;
  FailoverState failover;  // Beside the version: it has a fence of its own.
  friend bool operator==(const State&, const State&) = default;
};

// What is wrong with it; empty when nothing is.
std::string_view Defect(const State& state);
// Equal states have equal digests. Costs the small fields only: tables keep up their own.
uint64_t DigestOf(const State& state);

// --- Looking ---

// Null when there is none.
const Placement* PlacementOf(const ShardRecord& shard, ReplicaId replica);
const Placement* PlacementOn(const ShardRecord& shard, HostId host);
// Whether the id was ever handed out in the shard.
bool WasUsed(IdMode mode, const ShardRecord& shard, ReplicaId replica);
// Neither dead nor draining.
bool TakesReplicas(const HostRecord& host);
bool IsWaiting(const Migration& migration);
// The move under way, or being undone; null while it waits.
const Move* CurrentMove(const Migration& migration);
// Whether nothing is left to do but to end it.
bool IsSettled(const Migration& migration);

}  // namespace ww::raft::meta
