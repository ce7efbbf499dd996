// Commands: what is asked of the metadata shard, what it answers, and why it refuses.
//
// Operators' commands carry no stamp; their sessions make them count once. What a controller does
// is stamped with its term and the version that it decided on, and has no effect unless it is the
// last one that took control and nothing has changed since (apply.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/meta/failover.h"
#include "raft/meta/records.h"
#include "raft/meta/state.h"

namespace ww::raft::meta {

// --- Operators ---

struct Seat {
  ReplicaId replica;
  HostId host;
  MemberRole role = MemberRole::kVoter;
  friend bool operator==(const Seat&, const Seat&) = default;
};
struct HostSeat {
  HostId host;
  std::string target;
  friend bool operator==(const HostSeat&, const HostSeat&) = default;
};
// The first command of all: the cluster, its first hosts, and the founders of the metadata shard.
struct Found {
  ClusterId cluster;
  IdMode ids = IdMode::kIncreasing;
  std::vector<HostSeat> hosts;  // Sorted.
  std::vector<Seat> founders;   // Sorted by replica id.
  friend bool operator==(const Found&, const Found&) = default;
};
struct AddHost {
  HostSeat host;
  friend bool operator==(const AddHost&, const AddHost&) = default;
};
// Makes room on a host, or no longer.
struct RequestDrain {
  HostId host;
  bool draining = true;
  friend bool operator==(const RequestDrain&, const RequestDrain&) = default;
};
// A shard that exists already, made without this metadata.
struct AdoptShard {
  ShardId shard;
  KeyRange keys;
  std::vector<Seat> members;  // Sorted by replica id.
  friend bool operator==(const AdoptShard&, const AdoptShard&) = default;
};
// A new shard, on these hosts or, without any, wherever there is room.
struct RequestCreateShard {
  ShardId shard;
  KeyRange keys;
  uint32_t voters = 0;
  std::vector<HostId> hosts;  // Sorted.
  friend bool operator==(const RequestCreateShard&, const RequestCreateShard&) = default;
};
struct HostMove {
  HostId source;
  HostId target;
  friend bool operator==(const HostMove&, const HostMove&) = default;
};
// Moves voters of a shard, one after the other.
struct RequestMove {
  ShardId shard;
  Strategy strategy = Strategy::kStepwise;
  std::vector<HostMove> moves;
  friend bool operator==(const RequestMove&, const RequestMove&) = default;
};
struct CancelMigration {
  MigrationId migration;
  friend bool operator==(const CancelMigration&, const CancelMigration&) = default;
};
// Takes an id out of use for ever, whatever becomes of it.
struct AllocateId {
  ShardId shard;
  ReplicaId proposed;  // With random ids; none with increasing ones. So everywhere below.
  friend bool operator==(const AllocateId&, const AllocateId&) = default;
};

// --- Controllers ---

// The leader of the metadata shard takes over, with its Raft term, before it does anything else.
struct TakeControl {
  Controller controller;
  friend bool operator==(const TakeControl&, const TakeControl&) = default;
};

// The disk that a host reports.
struct RecordDisk {
  HostId host;
  DiskId disk;
  friend bool operator==(const RecordDisk&, const RecordDisk&) = default;
};
struct RecordDeath {
  HostId host;
  bool dead = true;
  friend bool operator==(const RecordDeath&, const RecordDeath&) = default;
};
// Chooses the founders of a requested shard; gives them their ids.
struct PlaceShard {
  ShardId shard;
  std::vector<HostId> hosts;        // Sorted.
  std::vector<ReplicaId> proposed;  // As many, or none.
  friend bool operator==(const PlaceShard&, const PlaceShard&) = default;
};
// A founder died before the shard existed: all of them are given up, and cleanups owed.
struct UnplaceShard {
  ShardId shard;
  friend bool operator==(const UnplaceShard&, const UnplaceShard&) = default;
};
struct RecordShardCreated {
  ShardId shard;
  friend bool operator==(const RecordShardCreated&, const RecordShardCreated&) = default;
};
// Leadership is about to be moved for balance.
struct RecordTransfer {
  ShardId shard;
  ReplicaId to;
  friend bool operator==(const RecordTransfer&, const RecordTransfer&) = default;
};
// A migration of the controller's own making; it waits like a requested one.
struct PlanMigration {
  ShardId shard;
  Strategy strategy = Strategy::kStepwise;
  MigrationCause cause = MigrationCause::kRepair;
  std::vector<HostMove> moves;
  friend bool operator==(const PlanMigration&, const PlanMigration&) = default;
};
struct BeginMigration {
  MigrationId migration;
  friend bool operator==(const BeginMigration&, const BeginMigration&) = default;
};
// Gives the move under way its new replica id.
struct AllocateReplica {
  MigrationId migration;
  ReplicaId proposed;
  friend bool operator==(const AllocateReplica&, const AllocateReplica&) = default;
};
// The next step of the move is known to have happened. A swap that was under way when its move was
// aborted, and won, is recorded so too: the migration then goes forward again.
struct RecordStep {
  MigrationId migration;
  uint32_t move = 0;
  MoveStep step = MoveStep::kAdded;
  friend bool operator==(const RecordStep&, const RecordStep&) = default;
};
struct AbortMigration {
  MigrationId migration;
  AbortReason reason = AbortReason::kTargetLost;
  friend bool operator==(const AbortMigration&, const AbortMigration&) = default;
};
// The old replica can't be deleted, because another voter was lost: that one leaves in its place,
// and the old one stays; in a later move of the lost one, if there is one, it leaves after all.
// Also the way back, when the old one was deleted all the same.
struct GiveWay {
  MigrationId migration;
  uint32_t move = 0;
  ReplicaId replica;  // Who leaves now.
  friend bool operator==(const GiveWay&, const GiveWay&) = default;
};
struct RecordRollback {
  MigrationId migration;
  RollbackStep step = RollbackStep::kDeleted;
  friend bool operator==(const RecordRollback&, const RecordRollback&) = default;
};
// What is left to clean of the move under way is owed, and the move goes on without it.
struct OweCleanup {
  MigrationId migration;
  friend bool operator==(const OweCleanup&, const OweCleanup&) = default;
};
struct EndMigration {
  MigrationId migration;
  friend bool operator==(const EndMigration&, const EndMigration&) = default;
};
// A host has a replica that is none of its shard's.
struct OweStranger {
  ReplicaOfShard who;
  HostId host;
  friend bool operator==(const OweStranger&, const OweStranger&) = default;
};
struct CleanupDone {
  ReplicaOfShard who;
  friend bool operator==(const CleanupDone&, const CleanupDone&) = default;
};

using ControllerAction =
    std::variant<RecordDisk, RecordDeath, PlaceShard, UnplaceShard, RecordShardCreated,
                 RecordTransfer, PlanMigration, BeginMigration, AllocateReplica, RecordStep,
                 AbortMigration, RecordRollback, OweCleanup, EndMigration, OweStranger, CleanupDone,
                 GiveWay>;

// What the controller knew when it decided.
struct Stamp {
  Term term;
  Version expected;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};
struct Stamped {
  Stamp stamp;
  ControllerAction action;
  friend bool operator==(const Stamped&, const Stamped&) = default;
};

// Of coordinators, and of operators to them (failover.h). Leaves the version alone.
struct Failover {
  FailoverAction action;
  friend bool operator==(const Failover&, const Failover&) = default;
};

using Command =
    std::variant<Found, AddHost, RequestDrain, AdoptShard, RequestCreateShard, RequestMove,
                 CancelMigration, AllocateId, TakeControl, Stamped, Failover>;

// --- Answers ---

enum class Refusal : uint8_t {
  kMalformed,        // The bytes are no command.
  kNotFounded,       // Nothing but Found comes first.
  kAlreadyFounded,   // The cluster has its id.
  kZeroId,           // An id or a disk is 0.
  kBadTarget,        // A host's target is blank or too long.
  kStaleController,  // Another controller took over.
  kNotInControl,     // The controller has not taken over yet.
  kStaleVersion,     // Something has changed since it decided.
  kNothingNew,       // It is so already.
  kUnknownHost,
  kHostExists,
  kHostDead,
  kHostDraining,
  kDiskUnknown,  // The host has not reported its disk yet.
  kTooFewHosts,  // The rest could not hold what is on the host.
  kTooManyHosts,
  kUnknownShard,
  kShardExists,
  kTooManyShards,
  kBadRange,       // Empty, or with bounds too long.
  kRangeOverlaps,  // Another shard has some of the keys.
  kBadMembers,     // Not sorted, an id, host or target twice, no voter, or too many.
  kShardNotLive,   // It does not exist yet.
  kShardPhase,     // It is not in the phase that this ends.
  kShardBusy,      // A migration of the shard waits or goes on.
  kBadMoves,       // None, too many, or a host twice.
  kTargetHasMember,
  kSourceHasNone,
  kNotAVoter,       // Only voters are moved, and lead.
  kTooManyWaiting,  // Requests.
  kUnknownMigration,
  kNotWaiting,      // It was begun before.
  kStepOutOfOrder,  // The migration is not where this could come next.
  kTooLateToAbort,  // The new replica votes.
  kNotFinished,     // It can't end before its steps are done.
  kBadProposal,     // Increasing ids are not proposed, random ones have to be.
  kIdTaken,         // The proposed id was used before.
  kIdsExhausted,
  kStillPlaced,  // The replica is one of its shard's.
  kNeverUsed,    // The id was never handed out.
  kAlreadyOwed,
  kNotOwed,
  kTooManyOwed,
  kLockMoved,         // The lock is not any more as it was seen.
  kStaleCoordinator,  // It does not hold the lock, or has recorded something later.
  kAlreadyRecorded,   // This very record; or the lock was renewed as often.
  kNotAppointed,      // The lease is for another instance; nobody was appointed yet.
  kSwitchPending,     // A switch was asked for, and has not ended.
  kNoSuchSwitch,
  kLeaseTooLong,
};
inline constexpr size_t kRefusals = static_cast<size_t>(Refusal::kLeaseTooLong) + 1;

// It had its effect. Ids that it made; none when it makes none.
struct Done {
  Version version;  // Of the state that it led to.
  MigrationId migration;
  std::vector<ReplicaId> replicas;
  friend bool operator==(const Done&, const Done&) = default;
};
// It had none.
struct Refused {
  Refusal why = Refusal::kMalformed;
  Version version;  // Of the state that refused it.
  friend bool operator==(const Refused&, const Refused&) = default;
};
using Result = std::variant<Done, Refused>;

const char* NameOf(const Command& command);  // Of a stamped one: of its action.
const char* NameOf(const ControllerAction& action);
const char* NameOf(Refusal refusal);
const char* NameOf(MoveStep step);
const char* NameOf(RollbackStep step);
const char* NameOf(AbortReason reason);
const char* NameOf(Strategy strategy);
const char* NameOf(MigrationCause cause);
const char* NameOf(ShardPhase phase);

}  // namespace ww::raft::meta
