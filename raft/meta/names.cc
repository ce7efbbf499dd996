#include "raft/meta/commands.h"
#include "sim/base/check.h"

namespace ww::raft::meta {
namespace {

const char* Name(const Found&) { return "found"; }
const char* Name(const AddHost&) { return "add host"; }
const char* Name(const RequestDrain&) { return "request drain"; }
const char* Name(const AdoptShard&) { return "adopt shard"; }
const char* Name(const RequestCreateShard&) { return "request shard"; }
const char* Name(const RequestMove&) { return "request move"; }
const char* Name(const CancelMigration&) { return "cancel migration"; }
const char* Name(const AllocateId&) { return "allocate id"; }
const char* Name(const TakeControl&) { return "take control"; }
const char* Name(const RecordDisk&) { return "record disk"; }
const char* Name(const RecordDeath&) { return "record death"; }
const char* Name(const PlaceShard&) { return "place shard"; }
const char* Name(const UnplaceShard&) { return "unplace shard"; }
const char* Name(const RecordShardCreated&) { return "record shard created"; }
const char* Name(const RecordTransfer&) { return "record transfer"; }
const char* Name(const PlanMigration&) { return "plan migration"; }
const char* Name(const BeginMigration&) { return "begin migration"; }
const char* Name(const AllocateReplica&) { return "allocate replica"; }
const char* Name(const RecordStep&) { return "record step"; }
const char* Name(const GiveWay&) { return "give way"; }
const char* Name(const AbortMigration&) { return "abort migration"; }
const char* Name(const RecordRollback&) { return "record rollback"; }
const char* Name(const OweCleanup&) { return "owe cleanup"; }
const char* Name(const EndMigration&) { return "end migration"; }
const char* Name(const OweStranger&) { return "owe stranger"; }
const char* Name(const CleanupDone&) { return "cleanup done"; }
const char* Name(const TakeLock&) { return "take lock"; }
const char* Name(const RenewLock&) { return "renew lock"; }
const char* Name(const RecordAppointment&) { return "record appointment"; }
const char* Name(const RecordGrant&) { return "record grant"; }
const char* Name(const EndSwitch&) { return "end switch"; }
const char* Name(const RequestSwitch&) { return "request switch"; }
const char* Name(const Failover& failover) { return NameOf(failover.action); }
const char* Name(const Stamped& stamped) { return NameOf(stamped.action); }

}  // namespace

const char* NameOf(const Command& command) {
  return std::visit([](const auto& what) { return Name(what); }, command);
}

const char* NameOf(const ControllerAction& action) {
  return std::visit([](const auto& what) { return Name(what); }, action);
}

const char* NameOf(const FailoverAction& action) {
  return std::visit([](const auto& what) { return Name(what); }, action);
}

const char* NameOf(AppointmentCause cause) {
  switch (cause) {
    case AppointmentCause::kFirst:
      return "first";
    case AppointmentCause::kNotLive:
      return "not live";
    case AppointmentCause::kLostLeadership:
      return "lost leadership";
    case AppointmentCause::kSwitch:
      return "switch";
    case AppointmentCause::kNeverLed:
      return "never led";
  }
  UNREACHABLE();
}

const char* NameOf(SwitchState state) {
  switch (state) {
    case SwitchState::kNone:
      return "none";
    case SwitchState::kAsked:
      return "asked";
    case SwitchState::kDone:
      return "done";
    case SwitchState::kUnknown:
      return "unknown instance";
    case SwitchState::kAnonymous:
      return "anonymous instance";
    case SwitchState::kLearner:
      return "learner";
    case SwitchState::kNotLive:
      return "not live";
    case SwitchState::kNeverLed:
      return "never led";
  }
  UNREACHABLE();
}

const char* NameOf(Refusal refusal) {
  switch (refusal) {
#define CASE(value, name) \
  case Refusal::value:    \
    return name
    CASE(kMalformed, "malformed");
    CASE(kNotFounded, "not founded");
    CASE(kAlreadyFounded, "already founded");
    CASE(kZeroId, "id 0");
    CASE(kBadTarget, "bad target");
    CASE(kStaleController, "stale controller");
    CASE(kNotInControl, "not in control");
    CASE(kStaleVersion, "stale version");
    CASE(kNothingNew, "nothing new");
    CASE(kUnknownHost, "unknown host");
    CASE(kHostExists, "host exists");
    CASE(kHostDead, "host is dead");
    CASE(kHostDraining, "host is draining");
    CASE(kDiskUnknown, "disk unknown");
    CASE(kTooFewHosts, "too few hosts");
    CASE(kTooManyHosts, "too many hosts");
    CASE(kUnknownShard, "unknown shard");
    CASE(kShardExists, "shard exists");
    CASE(kTooManyShards, "too many shards");
    CASE(kBadRange, "bad range");
    CASE(kRangeOverlaps, "range overlaps");
    CASE(kBadMembers, "bad members");
    CASE(kShardNotLive, "shard not live");
    CASE(kShardPhase, "shard in another phase");
    CASE(kShardBusy, "shard busy");
    CASE(kBadMoves, "bad moves");
    CASE(kTargetHasMember, "target has a member");
    CASE(kSourceHasNone, "source has none");
    CASE(kNotAVoter, "not a voter");
    CASE(kTooManyWaiting, "too many waiting");
    CASE(kUnknownMigration, "unknown migration");
    CASE(kNotWaiting, "not waiting");
    CASE(kStepOutOfOrder, "step out of order");
    CASE(kTooLateToAbort, "too late to abort");
    CASE(kNotFinished, "not finished");
    CASE(kBadProposal, "bad proposal");
    CASE(kIdTaken, "id taken");
    CASE(kIdsExhausted, "ids exhausted");
    CASE(kStillPlaced, "still placed");
    CASE(kNeverUsed, "never used");
    CASE(kAlreadyOwed, "already owed");
    CASE(kNotOwed, "not owed");
    CASE(kTooManyOwed, "too many owed");
    CASE(kLockMoved, "lock moved");
    CASE(kStaleCoordinator, "stale coordinator");
    CASE(kAlreadyRecorded, "already recorded");
    CASE(kNotAppointed, "not appointed");
    CASE(kSwitchPending, "switch pending");
    CASE(kNoSuchSwitch, "no such switch");
    CASE(kLeaseTooLong, "lease too long");
#undef CASE
  }
  UNREACHABLE();
}

const char* NameOf(MoveStep step) {
  switch (step) {
    case MoveStep::kIntent:
      return "intent";
    case MoveStep::kAllocated:
      return "allocated";
    case MoveStep::kAdded:
      return "added";
    case MoveStep::kStarted:
      return "started";
    case MoveStep::kCaughtUp:
      return "caught up";
    case MoveStep::kPromoted:
      return "promoted";
    case MoveStep::kHandedOver:
      return "handed over";
    case MoveStep::kDeleted:
      return "deleted";
    case MoveStep::kSwapped:
      return "swapped";
    case MoveStep::kStopped:
      return "stopped";
    case MoveStep::kDataRemoved:
      return "data removed";
  }
  UNREACHABLE();
}

const char* NameOf(RollbackStep step) {
  switch (step) {
    case RollbackStep::kBegun:
      return "begun";
    case RollbackStep::kDeleted:
      return "deleted";
    case RollbackStep::kStopped:
      return "stopped";
    case RollbackStep::kDataRemoved:
      return "data removed";
  }
  UNREACHABLE();
}

const char* NameOf(AbortReason reason) {
  switch (reason) {
    case AbortReason::kCancelled:
      return "cancelled";
    case AbortReason::kTargetLost:
      return "target lost";
    case AbortReason::kTargetOccupied:
      return "target occupied";
    case AbortReason::kTargetFenced:
      return "target fenced";
    case AbortReason::kIdRemoved:
      return "id removed";
    case AbortReason::kSourceGone:
      return "source gone";
  }
  UNREACHABLE();
}

const char* NameOf(Strategy strategy) {
  return strategy == Strategy::kStepwise ? "stepwise" : "joint";
}

const char* NameOf(MigrationCause cause) {
  switch (cause) {
    case MigrationCause::kRequest:
      return "request";
    case MigrationCause::kRepair:
      return "repair";
    case MigrationCause::kBalance:
      return "balance";
    case MigrationCause::kDrain:
      return "drain";
  }
  UNREACHABLE();
}

const char* NameOf(ShardPhase phase) {
  switch (phase) {
    case ShardPhase::kRequested:
      return "requested";
    case ShardPhase::kPlaced:
      return "placed";
    case ShardPhase::kLive:
      return "live";
  }
  UNREACHABLE();
}

}  // namespace ww::raft::meta
