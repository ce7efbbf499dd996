// What operators ask of this host, and what they are told.
#include <utility>

#include "raft/host/host_state.h"
#include "sim/base/check.h"

namespace ww::raft {

void Host::State::OnAdminRequest(HostId caller, const AdminRequest& request) {
  const AdminCall call{caller, request.request, request.shard};
  if (request.shard.none()) return Refuse(call, AdminReason::kIdZero, "shard id 0");
  std::visit([this, &call](const auto& action) { Carry(call, action); }, request.action);
}

void Host::State::AnswerAdmin(const AdminCall& call, AdminReply&& reply) {
  CHECK(!call.caller.none());
  reply.request = call.request;
  reply.shard = call.shard;
  transport_.Send(call.caller, std::make_unique<AdminReply>(std::move(reply)));
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

void Host::State::Carry(const AdminCall& call, const StartReplica& action) {
  if (action.replica.none()) return Refuse(call, AdminReason::kIdZero, "replica id 0");
  if (const Slot* slot = AnySlotOf(call.shard); slot != nullptr) {
    return Refuse(call, AdminReason::kAlreadyExists,
                  fmt::format("replica {} of shard {} {}", slot->who.replica, call.shard,
                              slot->running() ? "lives here" : "is still unloading"));
  }
  const auto parked = FindParked(call.shard, action.replica);
  if (parked == parked_.end()) {
    return Refuse(
        call, AdminReason::kNotFound,
        fmt::format("nothing is kept of replica {} of shard {}", action.replica, call.shard));
  }
  ParkedReplica restarted = std::move(*parked);
  parked_.erase(parked);
  ReplicaStarted event;
  event.who = {call.shard, action.replica};
  event.hard_state = restarted.state.hard_state;
  event.entries = restarted.state.entries;
  event.commit = restarted.state.commit;
  observer_.On(event);
  AddSlot(restarted.placement, std::move(restarted.state));
  AnswerDone(call, "started");
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
    description.voters = replica.membership().voters;
  }
  if (const Slot* slot = AnySlotOf(call.shard); slot != nullptr) {
    description.recorded.push_back(slot->who.replica);
  }
  for (const ParkedReplica& parked : parked_) {
    if (parked.placement.shard == call.shard) {
      description.recorded.push_back(parked.placement.replica);
    }
  }
  AdminReply reply;
  reply.outcome = AdminOutcome::kDone;
  reply.description = std::move(description);
  AnswerAdmin(call, std::move(reply));
}

}  // namespace ww::raft
