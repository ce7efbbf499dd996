// Records: what the metadata shard knows of hosts, shards, migrations and owed cleanups.
//
// Shapes only. Everything here is a value. What must hold between records stands in state.h.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "raft/core/types.h"
#include "sim/base/ids.h"

namespace ww::raft {

// What tells one formatted disk from any other (raft/store/disk_id.h makes them). An alias may be
// said twice; that header would bring the Env along, which nothing here may know.
using DiskId = Tagged<struct DiskIdTag>;

}  // namespace ww::raft

namespace ww::raft::meta {

using ClusterId = Tagged<struct ClusterTag>;
using Version = Tagged<struct MetadataVersionTag>;  // Counts the changes that were applied.
using MigrationId = Tagged<struct MigrationTag>;    // 1, 2, ...; never used again.

inline constexpr ShardId kMetadataShard{1};

inline constexpr size_t kHostsMax = 1024;
inline constexpr size_t kShardsMax = 65536;
inline constexpr size_t kPlacementsMax = kMembersMax;
inline constexpr size_t kMovesMax = kVotersMax;
inline constexpr size_t kMigrationsMax = 1024;  // Not ended.
inline constexpr size_t kWaitingMax = 256;      // Of these, not begun.
inline constexpr size_t kEndedMax = 64;         // Of which more than a count is kept.
inline constexpr size_t kOwedMax = 4096;
inline constexpr size_t kKeyBytesMax = 1024;  // Of a bound of a key range.

// --- Hosts ---

// A machine. Dead: unheard of for so long that its replicas are rebuilt elsewhere. Draining: its
// replicas are moved away because an operator said so. It may be both.
struct HostRecord {
  HostId id;
  std::string target;  // How it is reached.
  DiskId disk;         // As it was last reported; none: not yet.
  bool dead = false;
  bool draining = false;
  friend bool operator==(const HostRecord&, const HostRecord&) = default;
};

// --- Shards ---

// Keys from `begin` on and below `end`; an empty end is behind all keys.
struct KeyRange {
  std::string begin;
  std::string end;
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

// Planned: it has its id, and nobody was told yet that it may become a member. Member: it is one.
// Leaving: it is none any more, and its host has something to clean.
enum class PlacementState : uint8_t { kPlanned, kMember, kLeaving };

struct Placement {
  ReplicaId replica;
  HostId host;
  DiskId disk;  // The identity lives on this disk alone; none: not reported yet.
  MemberRole role = MemberRole::kVoter;
  PlacementState state = PlacementState::kPlanned;
  friend bool operator==(const Placement&, const Placement&) = default;
};

enum class ShardPhase : uint8_t {
  kRequested,  // Somebody wants it; nothing is placed.
  kPlaced,     // Its founders have ids and hosts.
  kLive,       // It exists.
};

struct ShardRecord {
  ShardId id;
  std::optional<KeyRange> keys;  // None: the metadata shard.
  uint32_t voters = 0;           // How many it is meant to have.
  ShardPhase phase = ShardPhase::kRequested;
  std::vector<HostId> hosts;          // Requested: where; none: anywhere. Sorted.
  std::vector<Placement> placements;  // Sorted by replica id.
  ReplicaId next_replica{1};          // With increasing ids: the next one. Never lowered.
  std::vector<ReplicaId> used;  // With random ids: all there ever were. Sorted, never shorter.
  MigrationId migration;        // That it is busy with, waiting or begun; none: free.
  ReplicaId leader_wanted;      // Whom leadership was last meant to go to, for balance.
  friend bool operator==(const ShardRecord&, const ShardRecord&) = default;
};

// --- Migrations ---

enum class Strategy : uint8_t { kStepwise, kJoint };
enum class MigrationCause : uint8_t { kRequest, kRepair, kBalance, kDrain };

// What is known to have happened to the move under way. steps.h has their order.
enum class MoveStep : uint8_t {
  kIntent,
  kAllocated,    // The new replica has its id.
  kAdded,        // It is a non-voting member.
  kStarted,      // It runs on the target.
  kCaughtUp,     // A read through it completed, and it lags little.
  kPromoted,     // It is a voter.
  kHandedOver,   // The old replica does not lead.
  kDeleted,      // The old replica is no member.
  kSwapped,      // Joint: promoted and deleted in one change, which was left.
  kStopped,      // The old replica does not run.
  kDataRemoved,  // Nothing is left of it, or its cleanup is owed: the move is done.
};

enum class RollbackStep : uint8_t {
  kBegun,
  kDeleted,      // The new replica is no member.
  kStopped,      // It does not run.
  kDataRemoved,  // Nothing is left of it, or its cleanup is owed.
};

enum class AbortReason : uint8_t {
  kCancelled,       // By an operator.
  kTargetLost,      // The target host died, was drained, or has another disk now.
  kTargetOccupied,  // It has another member of the shard.
  kTargetFenced,    // It has fenced the new replica's id.
  kIdRemoved,       // The shard has removed the new replica's id.
  kSourceGone,      // The old replica is no member although nobody deleted it here.
};

// One replica goes to another host: a new one is made there, then the old one is deleted.
struct Move {
  ReplicaId old_replica;
  HostId source;
  HostId target;
  ReplicaId new_replica;  // None until allocated.
  friend bool operator==(const Move&, const Move&) = default;
};

struct Waiting {
  friend bool operator==(const Waiting&, const Waiting&) = default;
};
struct Moving {
  uint32_t move = 0;  // Index of the one under way; those before are done.
  MoveStep step = MoveStep::kIntent;
  friend bool operator==(const Moving&, const Moving&) = default;
};
struct RollingBack {
  uint32_t move = 0;  // This one is undone; those before stay done.
  AbortReason reason = AbortReason::kCancelled;
  RollbackStep step = RollbackStep::kBegun;
  friend bool operator==(const RollingBack&, const RollingBack&) = default;
};

struct Migration {
  MigrationId id;
  ShardId shard;
  Strategy strategy = Strategy::kStepwise;
  MigrationCause cause = MigrationCause::kRequest;
  std::vector<Move> moves;  // One after the other.
  bool gave_way = false;    // In some move another voter left than was asked for: it was lost.
  std::variant<Waiting, Moving, RollingBack> progress;
  friend bool operator==(const Migration&, const Migration&) = default;
};

// What stays of one that ended.
struct EndedMigration {
  MigrationId id;
  ShardId shard;
  MigrationCause cause = MigrationCause::kRequest;
  uint32_t moves_done = 0;
  bool gave_way = false;
  std::optional<AbortReason> aborted;  // None: done.
  friend bool operator==(const EndedMigration&, const EndedMigration&) = default;
};

// --- Cleanups ---

struct ReplicaOfShard {
  ShardId shard;
  ReplicaId replica;
  friend auto operator<=>(const ReplicaOfShard&, const ReplicaOfShard&) = default;
};

// A replica that is no member any more and whose host could not be told yet, or has not removed its
// data. This is how zombies are cleaned when they come back.
struct OwedCleanup {
  ReplicaOfShard id;
  HostId host;
  DiskId disk;  // Gone with the disk; none: unknown.
  friend bool operator==(const OwedCleanup&, const OwedCleanup&) = default;
};

// Of the record's bytes (codec.h), without its place among others.
uint64_t DigestOf(const HostRecord& record);
uint64_t DigestOf(const ShardRecord& record);
uint64_t DigestOf(const Migration& record);
uint64_t DigestOf(const OwedCleanup& record);

}  // namespace ww::raft::meta
