// The vocabulary of the control plane: what the metadata of a cluster came to say.
//
// A binding tells each once, when the first replica of the metadata shard applies the entry that
// brought it about, in the order of that shard's log. What was refused is not told.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scenarios/checks/events.h"

namespace ww::checks {

using MigrationId = Tagged<struct CheckMigrationTag>;

// A controller took over: from now on it alone decides.
struct ControlTaken {
  HostId host;
  uint64_t term = 0;
};

// What the controller of this term decided, when the metadata had the version `expected`, had its
// effect, and made it `version`. Comes before what the effect was.
struct DecisionRecorded {
  uint64_t term = 0;
  uint64_t expected = 0;
  uint64_t version = 0;
};

// The metadata know of a shard, which is meant to have so many voters.
struct ShardRecorded {
  ShardId shard;
  uint64_t voters = 0;
  bool metadata = false;  // It is the one that all this stands in.
};

// Its founders were given up before the metadata said that it exists; others take their place.
struct ShardRefounded {
  ShardId shard;
  std::span<const Voter> voters;
};

// A host is not given replicas, for this reason; or no longer.
// kUnrecorded: the metadata do not know of it yet.
enum class HostMark : uint8_t { kDead, kDraining, kUnrecorded };
struct HostMarked {
  HostId host;
  HostMark mark = HostMark::kDead;
  bool on = false;
};

// A replica id was handed out.
struct IdAllocated {
  ReplicaKey who;
  MigrationId migration;  // Whose move under way it is for; none: for no migration.
};

enum class MigrationCause : uint8_t { kRequest, kRepair, kBalance, kDrain };
struct PlannedMove {
  HostId source;
  HostId target;
};
// It waits for its turn.
struct MigrationRequested {
  MigrationId migration;
  ShardId shard;
  MigrationCause cause = MigrationCause::kRequest;
  bool joint = false;  // Its moves promote and delete in one change.
  std::span<const PlannedMove> moves;
};
struct MigrationBegun {
  MigrationId migration;
};
// Of one move, in order; kPromoted, kDeleted: not with joint moves; kSwapped: only with those.
enum class MoveStep : uint8_t {
  kIntent,
  kAllocated,
  kAdded,
  kStarted,
  kCaughtUp,
  kPromoted,
  kHandedOver,
  kDeleted,
  kSwapped,
  kStopped,
  kDataRemoved,
};
std::string_view NameOf(MoveStep step);
// It is known to have happened. kAllocated is told by IdAllocated alone.
struct StepRecorded {
  MigrationId migration;
  uint32_t move = 0;
  MoveStep step = MoveStep::kIntent;
};
// In the move under way this voter leaves in place of the one that was to: another one was lost,
// and without the old one there would be no quorum. A later move of it takes the old one's place.
struct LeaverChanged {
  MigrationId migration;
  ReplicaId leaves;
};
// The move under way is going to be undone. A migration that waits ends with it.
struct MigrationAborted {
  MigrationId migration;
};
enum class RollbackStep : uint8_t { kBegun, kDeleted, kStopped, kDataRemoved };
struct RollbackRecorded {
  MigrationId migration;
  RollbackStep step = RollbackStep::kBegun;
};
struct MigrationEnded {
  MigrationId migration;
};

// What is left of a replica is not waited for. Of a migration: what its move under way leaves.
struct CleanupOwed {
  MigrationId migration;  // None: `who` is a stranger that was found.
  ReplicaKey who;
};
struct CleanupDone {
  ReplicaKey who;
};

// Leadership is about to be moved to even out load.
struct LeaderMoved {
  ShardId shard;
  ReplicaId to;
};

// --- What replicas say to those who control them ---

// The replica answered a read that needed everything up to `index`, and had applied that.
struct ReadAnswered {
  ReplicaKey who;
  Incarnation incarnation;
  Index index;
};

}  // namespace ww::checks
