// Leadership transfers that operators ask for: choice of the target, another try, the outcome.
#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr uint32_t kAttemptsMax = 3;

AdminReason ReasonOf(TransferReason reason) {
  switch (reason) {
    case TransferReason::kNone:
      return AdminReason::kNone;
    case TransferReason::kNotLeader:
    case TransferReason::kOtherLeader:
      return AdminReason::kOtherLeads;
    case TransferReason::kTargetLeads:
      return AdminReason::kTargetLeads;
    case TransferReason::kTargetNoVoter:
      return AdminReason::kTargetNoVoter;
    case TransferReason::kInProgress:
      return AdminReason::kTransferInProgress;
    case TransferReason::kTimeout:
      return AdminReason::kTransferTimeout;
    case TransferReason::kSuccessorUnseen:
      return AdminReason::kLeadershipLost;
  }
  UNREACHABLE();
}

// Whether it can be tried again. After a timeout this replica leads as before; and where the host
// chooses, it may choose another one.
bool MayTryAgain(const TransferCall& transfer, TransferReason reason) {
  if (transfer.attempts >= kAttemptsMax) return false;
  return reason == TransferReason::kTimeout ||
         (reason == TransferReason::kTargetNoVoter && transfer.wanted.none());
}

}  // namespace

void Host::State::Carry(const AdminCall& call, const TransferLeadership& action) {
  Slot* slot = SlotOf(call.shard);
  if (slot == nullptr || !slot->leads()) {
    AdminReply reply;
    reply.outcome = AdminOutcome::kNotLeader;
    if (slot != nullptr) reply.leader_host = slot->HostOf(slot->replica.leader());
    return AnswerAdmin(call, std::move(reply));
  }
  if (slot->transfer != nullptr || slot->replica.transferring()) {
    return Refuse(call, AdminReason::kTransferInProgress, "another transfer is under way");
  }
  if (!config_.rules.transfers_reported) return BeginTransfer(*slot, call, action.target);
  slot->transfer = std::make_unique<TransferCall>();
  slot->transfer->call = call;
  slot->transfer->wanted = action.target;
  TryTransfer(*slot);
}

// Begun, whatever comes of it: the caller is told at once that this is not known.
void Host::State::BeginTransfer(Slot& slot, const AdminCall& call, ReplicaId target) {
  if (target.none()) return Refuse(call, AdminReason::kIdZero, "a transfer needs a target");
  AdminReply reply;
  reply.outcome = AdminOutcome::kUnknown;
  reply.text = "asked for";
  AnswerAdmin(call, std::move(reply));
  Step(slot, Transfer{target});
}

// The voter whose host leads the fewest of the shards that live here too, among those that are
// heard and hold what is committed; the first of equals. None when there is no such voter.
ReplicaId Host::State::ChooseTarget(const Slot& slot) const {
  ReplicaId best;
  size_t least = SIZE_MAX;
  for (const Member& member : slot.replica.membership().voters) {
    if (member.replica == slot.who.replica || !slot.replica.Healthy(member.replica, now_)) continue;
    size_t led = 0;
    for (const ListedSlot& listed : by_shard_) {
      led += listed.slot->HostOf(listed.slot->replica.leader()) == member.host ? 1 : 0;
    }
    // One that just failed is the last choice.
    if (member.replica == slot.transfer->tried) led = SIZE_MAX - 1;
    if (led >= least) continue;
    best = member.replica;
    least = led;
  }
  return best;
}

void Host::State::TryTransfer(Slot& slot) {
  CHECK(slot.transfer != nullptr);
  TransferCall& transfer = *slot.transfer;
  ++transfer.attempts;
  transfer.retry_at = LocalTime::Never();
  const ReplicaId target = transfer.wanted.none() ? ChooseTarget(slot) : transfer.wanted;
  if (target.none()) {
    COVER("host.transfer_no_target");
    return EndTransfer(slot, AdminOutcome::kRefused, AdminReason::kNoHealthyVoter);
  }
  transfer.tried = target;
  Step(slot, Transfer{target});
}

// The core's word.
void Host::State::OnTransfer(Slot& slot, const TransferEffect& effect) {
  observer_.On(TransferChanged{slot.who, effect.target, effect.term, effect.event, effect.reason});
  if (effect.event == TransferEvent::kStarted) return;
  ResumeProposals(slot);
  if (slot.transfer == nullptr) return;
  TransferCall& transfer = *slot.transfer;
  switch (effect.event) {
    case TransferEvent::kStarted:
      return;
    case TransferEvent::kCompleted:
      return EndTransfer(slot, AdminOutcome::kDone, AdminReason::kNone);
    case TransferEvent::kRefused:
      return EndTransfer(slot, AdminOutcome::kRefused, ReasonOf(effect.reason));
    case TransferEvent::kAborted:
      if (MayTryAgain(transfer, effect.reason)) {
        transfer.retry_at = now_ + config_.election_timeout * (int64_t{1} << transfer.attempts) / 2;
        return;
      }
      return EndTransfer(slot, AdminOutcome::kAborted, ReasonOf(effect.reason));
  }
  UNREACHABLE();
}

void Host::State::EndTransfer(Slot& slot, AdminOutcome outcome, AdminReason reason) {
  CHECK(slot.transfer != nullptr);
  AdminReply reply;
  reply.outcome = outcome;
  reply.reason = reason;
  reply.text = fmt::format("after {} of {} attempts", slot.transfer->attempts, kAttemptsMax);
  const AdminCall call = slot.transfer->call;
  slot.transfer.reset();
  AnswerAdmin(call, std::move(reply));
}

// Between two attempts the leadership may have gone elsewhere by itself.
void Host::State::ReviewTransfer(Slot& slot) {
  if (slot.transfer == nullptr || slot.transfer->retry_at > now_) return;
  if (slot.leads()) return TryTransfer(slot);
  EndTransfer(slot, AdminOutcome::kAborted, AdminReason::kLeadershipLost);
}

// What came while the transfer lasted has waited for its end.
void Host::State::ResumeProposals(Slot& slot) {
  if (slot.waiting.empty() || slot.wants_propose || slot.replica.transferring()) return;
  slot.wants_propose = true;
  proposing_.push_back(slot.number);
}

}  // namespace ww::raft
