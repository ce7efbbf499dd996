// What an operator does to the membership of a shard: it adds, exchanges and removes replicas, and
// puts things right when that does not go through.
#include <algorithm>
#include <vector>

#include "scenarios/workload/operator.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

using raft::AdminOutcome;
using raft::ChangeRefusal;

constexpr uint32_t kChangeAttemptsMax = 120;
// A refusal that gives no reason may have been a bad moment, so many times.
constexpr uint32_t kUnexplainedMax = 10;
// Answers that replicas do not keep up, after which that is taken for the outcome.
constexpr uint32_t kHopelessAfter = 24;

raft::Member MemberAt(ReplicaId replica, HostId host) {
  return {replica, host, fmt::format("host-{}", host)};
}

// Refusals that another moment may take back.
bool PassesOver(ChangeRefusal refusal) {
  switch (refusal) {
    case ChangeRefusal::kChangePending:
    case ChangeRefusal::kTermNotCommitted:
    case ChangeRefusal::kNotCaughtUp:
    case ChangeRefusal::kNoLiveQuorum:
    case ChangeRefusal::kHandingOver:
    case ChangeRefusal::kWhileJoint:
      return true;
    case ChangeRefusal::kZeroReplicaId:
    case ChangeRefusal::kZeroHostId:
    case ChangeRefusal::kBadTarget:
    case ChangeRefusal::kRemovedId:
    case ChangeRefusal::kDuplicateId:
    case ChangeRefusal::kDuplicateTarget:
    case ChangeRefusal::kDuplicateHost:
    case ChangeRefusal::kPromotionElsewhere:
    case ChangeRefusal::kDemotion:
    case ChangeRefusal::kWitnessConversion:
    case ChangeRefusal::kNoVoterLeft:
    case ChangeRefusal::kNotAMember:
    case ChangeRefusal::kTooManyVoters:
    case ChangeRefusal::kTooManyMembers:
    case ChangeRefusal::kNothingToDo:
    case ChangeRefusal::kTooManyChanges:
    case ChangeRefusal::kNotJoint:
    case ChangeRefusal::kStaleChangeIndex:
    case ChangeRefusal::kLeaderLeaves:
      return false;
  }
  UNREACHABLE();
}

// A witness counts at once and is started afterwards. Where its vote would be needed already, time
// changes nothing.
bool PassesOver(ChangeRefusal refusal, const raft::ChangeRequest& change) {
  const auto* add = std::get_if<raft::AddMember>(&change.what);
  const bool witness = add != nullptr && add->role == raft::MemberRole::kWitness;
  return PassesOver(refusal) && !(witness && refusal == ChangeRefusal::kNoLiveQuorum);
}

bool Says(const std::optional<raft::AdminReply>& reply, ChangeRefusal refusal) {
  return reply.has_value() && reply->refusal == refusal;
}

bool IsUnexplained(const std::optional<raft::AdminReply>& reply) {
  return reply.has_value() && reply->reason == raft::AdminReason::kChangeRefused &&
         !reply->refusal.has_value();
}

bool IsDone(const std::optional<raft::AdminReply>& reply) {
  return reply.has_value() && reply->outcome == AdminOutcome::kDone;
}

}  // namespace

// A shard that has lost a replica for good may have no live quorum for this change, or nobody that
// catches up, however long it waits: after some time that is an answer too.
//
// A change that is asked again after silence is refused when it had its effect before: the refusal
// says so, because every id is used once.
std::optional<raft::AdminReply> Operator::Change(ShardId shard, const raft::ChangeRequest& change) {
  HostId host(1);
  uint32_t unexplained = 0;
  uint32_t hopeless = 0;
  for (uint32_t attempts = 1; attempts <= kChangeAttemptsMax; ++attempts) {
    const std::optional<raft::AdminReply> reply =
        caller_.Ask(host, shard, raft::ChangeMembership{change});
    unexplained += IsUnexplained(reply) ? 1 : 0;
    const bool lags =
        Says(reply, ChangeRefusal::kNoLiveQuorum) || Says(reply, ChangeRefusal::kNotCaughtUp);
    hopeless += lags ? 1 : 0;
    const bool again =
        (reply.has_value() && reply->refusal.has_value() && PassesOver(*reply->refusal, change)) ||
        (IsUnexplained(reply) && unexplained < kUnexplainedMax);
    const bool decided =
        reply.has_value() && (reply->outcome == AdminOutcome::kDone ||
                              (reply->outcome == AdminOutcome::kRefused && !again));
    if (decided || hopeless == kHopelessAfter) return reply;
    const bool leads = reply.has_value() && reply->outcome == AdminOutcome::kRefused;
    if (reply.has_value() && !reply->leader_host.none()) {
      host = reply->leader_host;
    } else if (!leads) {
      host = HostId(host.value % options_.hosts + 1);
    }
    caller_.Pause(attempts);
  }
  return std::nullopt;
}

// Whoever may know what becomes of a replica there.
std::vector<HostId> Operator::HostsBeside(HostId host) const {
  std::vector<HostId> hosts;
  for (uint64_t id = 1; id <= options_.hosts; ++id) {
    if (HostId(id) != host) hosts.emplace_back(id);
  }
  return hosts;
}

ReplicaId Operator::Join(const OperatorItem& item, raft::MemberRole role) {
  const auto before = Insist(item.host, item.shard, raft::Describe{});
  if (!before.has_value() || !before->description.has_value()) return ReplicaId();
  if (!before->description->replica.none()) return ReplicaId();
  const ReplicaId replica = NewReplica(item);
  const raft::ChangeRequest add{raft::AddMember{role, MemberAt(replica, item.host)}};
  const std::optional<raft::AdminReply> added = Change(item.shard, add);
  if (!IsDone(added) && !Says(added, ChangeRefusal::kDuplicateId)) {
    // Silence is no refusal: it may be added yet. Nor is one without a reason.
    if (!added.has_value() || IsUnexplained(added)) RollBack(item, replica);
    return ReplicaId();
  }
  const raft::StartReplica start{
      replica, true, role, {}, HostsBeside(item.host), before->description->disk};
  started_.push_back({item.shard, start});
  for (uint32_t attempts = 1; attempts <= kAttemptsMax; ++attempts) {
    const auto started = Insist(item.host, item.shard, start);
    if (!started.has_value()) break;
    if (started->outcome == AdminOutcome::kDone) return replica;
    if (LivingOn(item.host, item.shard) == replica) return replica;
    if (started->reason != raft::AdminReason::kAlreadyExists) break;
    caller_.Pause(attempts);
  }
  RollBack(item, replica);
  return ReplicaId();
}

Operator::Ending Operator::Promote(const OperatorItem& item, ReplicaId replica) {
  const raft::ChangeRequest promote{
      raft::AddMember{raft::MemberRole::kVoter, MemberAt(replica, item.host)}};
  const std::optional<raft::AdminReply> promoted = Change(item.shard, promote);
  if (IsDone(promoted) || Says(promoted, ChangeRefusal::kDuplicateId)) return Ending::kDone;
  if (IsUnexplained(promoted) && IsVoter(item.shard, {replica, item.host}).value_or(false)) {
    return Ending::kDone;
  }
  return RollBack(item, replica);
}

Operator::Ending Operator::RollBack(const OperatorItem& item, ReplicaId replica) {
  return Delete(item.shard, {replica, item.host}) ? Ending::kNothingToDo : Ending::kGivenUp;
}

Operator::Ending Operator::Add(const OperatorItem& item) {
  const ReplicaId replica = Join(item, raft::MemberRole::kNonVoting);
  if (replica.none()) return Ending::kNothingToDo;
  return Promote(item, replica);
}

Operator::Ending Operator::AddWitness(const OperatorItem& item) {
  return Join(item, raft::MemberRole::kWitness).none() ? Ending::kNothingToDo : Ending::kDone;
}

Operator::Ending Operator::AddNonVoting(const OperatorItem& item) {
  return Join(item, raft::MemberRole::kNonVoting).none() ? Ending::kNothingToDo : Ending::kDone;
}

Operator::Ending Operator::PromoteThere(const OperatorItem& item) {
  const std::optional<Leading> leading = LeaderOf(item.shard);
  if (!leading.has_value()) return Ending::kGivenUp;
  for (const raft::Member& member : leading->description.membership.non_voting) {
    if (member.host == item.host) return Promote(item, member.replica);
  }
  return Ending::kNothingToDo;
}

// What an operator does whose tool lost the id on the way.
Operator::Ending Operator::AddZero(const OperatorItem& item) {
  const raft::ChangeRequest add{
      raft::AddMember{raft::MemberRole::kVoter, MemberAt(ReplicaId(), item.host)}};
  return IsDone(Change(item.shard, add)) ? Ending::kDone : Ending::kNothingToDo;
}

std::optional<Operator::Place> Operator::VoterOutside(ShardId shard, HostId host) {
  for (uint64_t asked = 1; asked <= options_.hosts; ++asked) {
    const auto reply = Insist(HostId(asked), shard, raft::Describe{});
    if (!reply.has_value() || !reply->description.has_value()) continue;
    if (reply->description->role != raft::Role::kLeader) continue;
    for (const raft::Member& voter : reply->description->membership.voters) {
      if (voter.host != host) return Place{voter.replica, voter.host};
    }
  }
  return std::nullopt;
}

Operator::Ending Operator::Replace(const OperatorItem& item) {
  const ReplicaId replica = Join(item, raft::MemberRole::kNonVoting);
  if (replica.none()) return Ending::kNothingToDo;
  const std::optional<Place> old = VoterOutside(item.shard, item.host);
  if (!old.has_value()) return RollBack(item, replica);
  const raft::ChangeRequest swap{
      raft::EnterJoint{{raft::AddMember{raft::MemberRole::kVoter, MemberAt(replica, item.host)},
                        raft::DeleteMember{old->replica}}}};
  const std::optional<raft::AdminReply> swapped = Change(item.shard, swap);
  // Asked again after it was done, it is refused: one of the two is where it should be.
  if (!IsDone(swapped) && !Says(swapped, ChangeRefusal::kDuplicateId) &&
      !Says(swapped, ChangeRefusal::kRemovedId)) {
    return RollBack(item, replica);
  }
  // Asked to delete it once more, the leader says when the outgoing half is gone.
  return Delete(item.shard, *old) ? Ending::kDone : Ending::kGivenUp;
}

Operator::Ending Operator::Remove(const OperatorItem& item) {
  const ReplicaId replica = LivingOn(item.host, item.shard);
  if (replica.none()) return Ending::kNothingToDo;
  return Delete(item.shard, {replica, item.host}) ? Ending::kDone : Ending::kNothingToDo;
}

std::optional<bool> Operator::IsVoter(ShardId shard, const Place& place) {
  for (uint64_t asked = 1; asked <= options_.hosts; ++asked) {
    const auto reply = caller_.Ask(HostId(asked), shard, raft::Describe{});
    if (!reply.has_value() || !reply->description.has_value()) continue;
    if (reply->description->role != raft::Role::kLeader) continue;
    const std::vector<raft::Member>& voters = reply->description->membership.voters;
    return std::any_of(voters.begin(), voters.end(), [&place](const raft::Member& voter) {
      return voter.replica == place.replica;
    });
  }
  return std::nullopt;
}

ReplicaId Operator::MemberOn(ShardId shard, HostId host) {
  for (uint64_t asked = 1; asked <= options_.hosts; ++asked) {
    const auto reply = caller_.Ask(HostId(asked), shard, raft::Describe{});
    if (!reply.has_value() || !reply->description.has_value()) continue;
    if (reply->description->role != raft::Role::kLeader) continue;
    for (const raft::Member& voter : reply->description->membership.voters) {
      if (voter.host == host) return voter.replica;
    }
  }
  return ReplicaId();
}

// The host may be away; it hears of the removal when it comes back, from the members. Later
// somebody with an old list in hand starts the replica again, which must not bring it back.
Operator::Ending Operator::Forget(const OperatorItem& item) {
  const ReplicaId replica = MemberOn(item.shard, item.host);
  if (replica.none()) return Ending::kNothingToDo;
  const auto deleted = Change(item.shard, {raft::DeleteMember{replica}});
  if (!IsDone(deleted) && !Says(deleted, ChangeRefusal::kRemovedId)) return Ending::kNothingToDo;
  process_.SleepFor(item.lasting);
  const auto started =
      caller_.Ask(item.host, item.shard, raft::StartReplica{replica, false, {}, {}});
  if (started.has_value() && started->reason == raft::AdminReason::kTombstoned) {
    // Nor may it come back as if it had never been here.
    caller_.Ask(item.host, item.shard, raft::StartReplica{replica, true, {}, {}});
  }
  return Ending::kDone;
}

// Its host is there and has nothing of the replica: the disk is another. A request of the time
// before that comes late must not bring it back.
Operator::Ending Operator::Refill(const OperatorItem& item) {
  const ReplicaId lost = MemberOn(item.shard, item.host);
  if (lost.none()) return Ending::kNothingToDo;
  const auto reply = Insist(item.host, item.shard, raft::Describe{});
  if (!reply.has_value() || !reply->description.has_value()) return Ending::kNothingToDo;
  const std::vector<ReplicaId>& recorded = reply->description->recorded;
  const bool kept = std::find(recorded.begin(), recorded.end(), lost) != recorded.end();
  if (kept || !reply->description->replica.none()) return Ending::kNothingToDo;
  for (const Started& before : started_) {
    const bool same = before.shard == item.shard && before.start.replica == lost;
    if (same) caller_.Ask(item.host, item.shard, before.start);
  }
  const auto deleted = Change(item.shard, {raft::DeleteMember{lost}});
  if (!IsDone(deleted) && !Says(deleted, ChangeRefusal::kRemovedId)) return Ending::kNothingToDo;
  return Add(item);
}

bool Operator::Delete(ShardId shard, const Place& place) {
  const auto deleted = Change(shard, {raft::DeleteMember{place.replica}});
  const bool gone = IsDone(deleted) || Says(deleted, ChangeRefusal::kRemovedId) ||
                    Says(deleted, ChangeRefusal::kNotAMember) ||
                    (IsUnexplained(deleted) && !IsVoter(shard, place).value_or(true));
  if (gone) Destroy(shard, place);
  return gone;
}

// A removed replica leaves by itself, once another member knows of the removal: until then it may
// be the only one that can tell. One that never learns of it, or was no member at all, is stopped.
bool Operator::LeftByItself(ShardId shard, const Place& place) {
  for (uint32_t attempts = 1; attempts <= kLeaveAttemptsMax; ++attempts) {
    const std::optional<raft::AdminReply> reply = Insist(place.host, shard, raft::Describe{});
    if (!reply.has_value() || !reply->description.has_value()) return false;
    const std::vector<ReplicaId>& recorded = reply->description->recorded;
    if (std::find(recorded.begin(), recorded.end(), place.replica) == recorded.end()) return true;
    if (reply->description->replica != place.replica) return false;
    caller_.Pause(attempts);
  }
  return false;
}

void Operator::Destroy(ShardId shard, const Place& place) {
  if (LeftByItself(shard, place)) return;
  for (uint32_t attempts = 1; attempts <= kAttemptsMax; ++attempts) {
    Insist(place.host, shard, raft::StopReplica{place.replica});
    const auto removed = Insist(place.host, shard, raft::RemoveReplicaData{place.replica});
    if (!removed.has_value() || removed->outcome == AdminOutcome::kDone) return;
    if (removed->reason != raft::AdminReason::kNotStopped) return;
    caller_.Pause(attempts);
  }
}

}  // namespace ww::scenarios
