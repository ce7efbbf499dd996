#include "scenarios/workload/operator.h"

#include "sim/base/check.h"
#include "sim/host.h"

namespace ww::scenarios {
namespace {

constexpr uint32_t kHandOverAttemptsMax = 8;
// Longer than a replica unloads. On a disk that was wiped meanwhile it may wait for ever to be let
// in by members that are gone.
constexpr uint32_t kStartAttemptsMax = 40;

}  // namespace

Operator::Operator(sim::Process& process, RunObserver& observer, const OperatorOptions& options)
    : process_(process),
      observer_(observer),
      options_(options),
      caller_(process, observer, options.timeout) {
  CHECK_GT(options_.hosts, 0u);
}

void Operator::Run(ClientControl& control) {
  control_ = &control;
  const LocalTime start = process_.host().LocalNow();
  for (const OperatorItem& item : options_.plan) {
    process_.SleepUntil(start + Duration{item.at.ns});
    if (control.healing != (item.action == OperatorAction::kCalmTransfer)) continue;
    observer_.OperatorBegan(process_.host().id(), item);
    const Ending ending = Perform(item);
    observer_.OperatorEnded(process_.host().id(), item, static_cast<uint64_t>(ending));
  }
  --control.active;
}

Operator::Ending Operator::Perform(const OperatorItem& item) {
  switch (item.action) {
    case OperatorAction::kRestart:
      return Restart(item);
    case OperatorAction::kTransfer:
      return HandOver(item);
    case OperatorAction::kCalmTransfer:
      return HandOverInTheCalm(item);
    case OperatorAction::kAdd:
      return Add(item);
    case OperatorAction::kReplace:
      return Replace(item);
    case OperatorAction::kWitness:
      return AddWitness(item);
    case OperatorAction::kMeddle:
      return Meddle(item);
    case OperatorAction::kRemove:
      return Remove(item);
    case OperatorAction::kForget:
      return Forget(item);
    case OperatorAction::kSnapshot:
      return Snapshot(item);
    case OperatorAction::kJoin:
      return AddNonVoting(item);
    case OperatorAction::kPromote:
      return PromoteThere(item);
    case OperatorAction::kAddZero:
      return AddZero(item);
    case OperatorAction::kRefill:
      return Refill(item);
    case OperatorAction::kMigrate:
      return Migrate(item);
    case OperatorAction::kMigrateShard:
      return MigrateShard(item);
    case OperatorAction::kDrain:
      return Drain(item);
    case OperatorAction::kSleep:
      process_.SleepFor(item.lasting);
      return Ending::kDone;
    case OperatorAction::kAwait:
      return Await(item);
    case OperatorAction::kSwitch:
      return Switch(item);
    case OperatorAction::kMigrateBack:
      return MigrateBack(item);
    case OperatorAction::kMigrateLeader:
      return MigrateLeader(item);
    case OperatorAction::kCancel:
      return Cancel(item);
    case OperatorAction::kCrowd:
      return Crowd(item);
    case OperatorAction::kCreate:
      return Create(item);
    case OperatorAction::kAddHost:
      return AddHost(item);
    case OperatorAction::kByHand:
      return OpenByHand(item);
  }
  UNREACHABLE();
}

std::optional<raft::AdminReply> Operator::Insist(HostId host, ShardId shard,
                                                 const raft::AdminAction& action) {
  uint32_t after_healing = 0;
  for (uint32_t attempts = 1; attempts <= kAttemptsMax; ++attempts) {
    std::optional<raft::AdminReply> reply = caller_.Ask(host, shard, action);
    if (reply.has_value()) return reply;
    if (control_->healing && ++after_healing == kAttemptsAfterHealing) break;
    caller_.Pause(attempts);
  }
  return std::nullopt;
}

ReplicaId Operator::LivingOn(HostId host, ShardId shard) {
  const std::optional<raft::AdminReply> reply = Insist(host, shard, raft::Describe{});
  if (!reply.has_value() || !reply->description.has_value()) return ReplicaId();
  return reply->description->replica;
}

// Asks host after host, following hints, until a leader takes it on or refuses. A question without
// an answer is not asked again: the leader may be at it.
Operator::Ending Operator::HandOver(const OperatorItem& item) {
  return HandOverTo(LivingOn(item.host, item.shard), item.host, item.shard);
}

// Whoever leads knows who its voters are, also one whose host is lost.
Operator::Ending Operator::HandOverInTheCalm(const OperatorItem& item) {
  const std::optional<Leading> leading = LeaderOf(item.shard);
  if (!leading.has_value()) return Ending::kNothingToDo;
  ReplicaId target;
  for (const raft::Member& voter : leading->description.membership.voters) {
    if (voter.host == item.host && voter.host != leading->host) target = voter.replica;
  }
  return HandOverTo(target, leading->host, item.shard);
}

// Without a target the leader chooses.
Operator::Ending Operator::HandOverTo(ReplicaId target, HostId host, ShardId shard) {
  for (uint32_t attempts = 1; attempts <= kHandOverAttemptsMax; ++attempts) {
    const auto reply = caller_.Ask(host, shard, raft::TransferLeadership{target});
    if (reply.has_value() && reply->outcome == raft::AdminOutcome::kDone) return Ending::kDone;
    if (!reply.has_value() || reply->outcome != raft::AdminOutcome::kNotLeader) {
      return Ending::kGivenUp;
    }
    const HostId next(host.value % options_.hosts + 1);
    host = reply->leader_host.none() ? next : reply->leader_host;
    if (reply->leader_host.none()) caller_.Pause(attempts);
  }
  return Ending::kGivenUp;
}

// Once: what happens to it when nobody answers, the next one who asks will see.
Operator::Ending Operator::Snapshot(const OperatorItem& item) {
  const ReplicaId replica = LivingOn(item.host, item.shard);
  if (replica.none()) return Ending::kNothingToDo;
  const auto reply = caller_.Ask(item.host, item.shard, raft::TakeSnapshot{replica});
  if (!reply.has_value()) return Ending::kGivenUp;
  if (reply->reason == raft::AdminReason::kNothingNew) return Ending::kNothingToDo;
  return reply->outcome == raft::AdminOutcome::kDone ? Ending::kDone : Ending::kGivenUp;
}

// A host that crashes meanwhile starts the replica by itself; then both questions are refused, with
// reasons that say that all is well.
Operator::Ending Operator::Restart(const OperatorItem& item) {
  const ReplicaId replica = LivingOn(item.host, item.shard);
  if (replica.none()) return Ending::kNothingToDo;
  const auto stopped = Insist(item.host, item.shard, raft::StopReplica{replica});
  process_.SleepFor(item.lasting);
  const raft::StartReplica start{replica, false, raft::MemberRole::kVoter, {}};
  for (uint32_t attempts = 1; attempts <= kStartAttemptsMax; ++attempts) {
    const auto started = Insist(item.host, item.shard, start);
    if (!started.has_value()) return Ending::kGivenUp;
    if (started->outcome == raft::AdminOutcome::kDone) return Ending::kDone;
    if (started->reason != raft::AdminReason::kAlreadyExists) return Ending::kGivenUp;
    // It lives: started by its host, or by an earlier question whose answer was lost. Or it is
    // unloading yet, because the stop was not heard of before.
    if (LivingOn(item.host, item.shard) == replica) return Ending::kDone;
    caller_.Pause(attempts);
  }
  return stopped.has_value() ? Ending::kGivenUp : Ending::kNothingToDo;
}

}  // namespace ww::scenarios
