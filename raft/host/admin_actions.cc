// What operators ask of this host, and what they are told.
#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr std::string_view kStarted = "started";

}  // namespace

void Host::State::OnAdminRequest(HostId caller, const AdminRequest& request) {
  const AdminCall call{caller, request.request, request.shard};
  if (!Heeds(request)) {
    return Refuse(call, AdminReason::kStaleController,
                  fmt::format("a controller of term {} was heeded here", controller_term_));
  }
  const bool of_host = std::holds_alternative<DescribeHost>(request.action);
  if (request.shard.none() && !of_host) return Refuse(call, AdminReason::kIdZero, "shard id 0");
  std::visit([this, &call](const auto& action) { Carry(call, action); }, request.action);
}

void Host::State::AnswerAdmin(const AdminCall& call, AdminReply&& reply) {
  CHECK(!call.caller.none());
  reply.request = call.request;
  reply.shard = call.shard;
  Reply(call.caller, std::make_unique<AdminReply>(std::move(reply)));
}

void Host::State::Refuse(const AdminCall& call, AdminReason reason, std::string text) {
  CHECK(reason != AdminReason::kNone);
  AdminReply reply;
  reply.outcome = AdminOutcome::kRefused;
  reply.reason = reason;
  reply.text = std::move(text);
  AnswerAdmin(call, std::move(reply));
}

void Host::State::AnswerDone(const AdminCall& call, std::string text) {
  AdminReply reply;
  reply.outcome = AdminOutcome::kDone;
  reply.text = std::move(text);
  AnswerAdmin(call, std::move(reply));
}

bool Host::State::IsStarting(ShardId shard) const {
  return std::any_of(owed_.begin(), owed_.end(), [shard](const OwedAnswer& owed) {
    return owed.call.shard == shard && owed.text == kStarted;
  });
}

// What lives here is looked at first, but a fence is a fence whatever lives.
void Host::State::Carry(const AdminCall& call, const StartReplica& action) {
  const ReplicaIdentity who{call.shard, action.replica};
  if (!action.disk.none() && action.disk != log_->tail().disk) {
    COVER("host.start_for_other_disk");
    return Refuse(call, AdminReason::kOtherDisk,
                  fmt::format("disk {} is meant, this is disk {}", action.disk, log_->tail().disk));
  }
  StartRefusal refusal = book_.JudgeStart(call.shard, host_, action);
  const bool fenced = refusal.reason == AdminReason::kTombstoned;
  if (const Slot* slot = AnySlotOf(call.shard); slot != nullptr && !fenced) {
    // Asked again before its record is durable: a crash may take it yet, so it does not exist.
    if (slot->who == who && IsStarting(call.shard)) return Owe(call, kStarted);
    return Refuse(call, AdminReason::kAlreadyExists,
                  fmt::format("replica {} of shard {} {}", slot->who.replica, call.shard,
                              slot->running() ? "lives here" : "is still unloading"));
  }
  if (refusal.reason != AdminReason::kNone) {
    return Refuse(call, refusal.reason, std::move(refusal.text));
  }
  if (snapshots_->IsLost(who)) {
    return Refuse(call, AdminReason::kBroken, snapshots_->WhyLost(call.shard));
  }
  if (FoundingOf(who) != nullptr) {
    return Refuse(call, AdminReason::kAlreadyExists, "the other members have to let it in yet");
  }
  if (book_.Find(who) == nullptr) {
    Membership members;
    members.voters = action.members;
    // Whoever names the disk that is meant has recorded it: on another one this would be refused.
    const bool recorded = !action.disk.none();
    const bool founded = action.join || recorded || !config_.rules.disks_bound;
    Create(who, Bootstrap{action.join, action.role, std::move(members), {}, action.ask, founded});
    if (!founded) {
      BeginFounding(who, call);
      return SendClaims();
    }
  }
  Announce(who, *book_.Find(who)->parked);
  StartParked(who);
  Owe(call, kStarted);
  if (queue_.newest() <= durable_record_) PayOwed();
}

void Host::State::Carry(const AdminCall& call, const StopReplica& action) {
  Slot* slot = AnySlotOf(call.shard);
  if (slot == nullptr || slot->who.replica != action.replica) {
    return Refuse(
        call, AdminReason::kNotFound,
        fmt::format("replica {} of shard {} does not live here", action.replica, call.shard));
  }
  slot->stops.push_back(call);
  if (slot->running()) Unload(*slot, absl::CancelledError("it was asked to stop"));
}

void Host::State::Carry(const AdminCall& call, const RemoveReplicaData& action) {
  if (action.replica.none()) return Refuse(call, AdminReason::kIdZero, "replica id 0");
  const ReplicaIdentity who{call.shard, action.replica};
  const Slot* slot = AnySlotOf(call.shard);
  if (slot != nullptr && slot->who == who) {
    return Refuse(call, AdminReason::kNotStopped,
                  fmt::format("replica {} of shard {} {}", action.replica, call.shard,
                              slot->running() ? "lives here" : "is still unloading"));
  }
  const ReplicaPage* page = book_.Find(who);
  if (page == nullptr) {
    return Refuse(
        call, AdminReason::kNotFound,
        fmt::format("nothing is kept of replica {} of shard {}", action.replica, call.shard));
  }
  if (!page->fenced) Destroy(who);
  Owe(call, "removed");
  if (queue_.newest() <= durable_record_) PayOwed();
}

void Host::State::Carry(const AdminCall& call, const TakeSnapshot& action) {
  Slot* slot = SlotOf(call.shard);
  if (slot == nullptr || slot->who.replica != action.replica) {
    return Refuse(
        call, AdminReason::kNotFound,
        fmt::format("replica {} of shard {} does not live here", action.replica, call.shard));
  }
  if (slot->replica.membership().voters.empty()) {
    return Refuse(call, AdminReason::kMembersUnknown, "it knows no member of its shard yet");
  }
  const Index newest = slot->snapshots.newest.position.index;
  if (slot->machine.applied() <= newest) {
    return Refuse(call, AdminReason::kNothingNew,
                  fmt::format("its newest snapshot is at index {} already", newest));
  }
  snapshots_->Ask(*slot, call);
}

void Host::State::Carry(const AdminCall& call, const Describe&) {
  ShardDescription description;
  if (const Slot* slot = SlotOf(call.shard); slot != nullptr) {
    const Replica& replica = slot->replica;
    description.replica = slot->who.replica;
    description.role = replica.role();
    description.term = replica.term();
    description.leader = replica.leader();
    description.commit = replica.commit();
    description.applied = slot->machine.applied();
    description.membership = replica.membership();
  }
  for (const ReplicaBook::Entry& entry : book_.Of(call.shard)) {
    (entry.page->fenced ? description.tombstones : description.recorded)
        .push_back(entry.who.replica);
  }
  description.disk = log_->tail().disk;
  description.incarnation = env_.incarnation();
  AdminReply reply;
  reply.outcome = AdminOutcome::kDone;
  reply.description = std::move(description);
  AnswerAdmin(call, std::move(reply));
}

void Host::State::Carry(const AdminCall& call, const DescribeHost&) {
  HostDescription description{log_->tail().disk, env_.incarnation(), {}};
  for (const ListedSlot& listed : by_shard_) {
    const Slot& slot = *listed.slot;
    if (!slot.running()) continue;
    description.replicas.push_back({slot.who.shard, slot.who.replica, slot.leads()});
  }
  AdminReply reply;
  reply.outcome = AdminOutcome::kDone;
  reply.host = std::move(description);
  AnswerAdmin(call, std::move(reply));
}

}  // namespace ww::raft
