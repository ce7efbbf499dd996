// Leadership transfer (Raft 3.10): the target is brought up to date, then told to campaign.
//
// The order to campaign is repeated once a heartbeat round while the target stands where the leader
// stands. How it ended is known when a leader of a later term is heard of, or after T.
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

// --- At the leader ---

// At rest nobody is heard, and everybody holds everything.
bool Replica::State::Healthy(ReplicaId voter, LocalTime now) const {
  if (!Is<Leader>()) return false;
  for (const Progress& progress : leading().members) {
    if (progress.replica() != voter) continue;
    const bool heard = quiet_ || now - progress.contact() <= config_.heartbeat_interval * 3;
    return heard && !progress.probing() && progress.match() >= commit_;
  }
  return false;
}

TransferReason Replica::State::WhyNoTransfer(ReplicaId target) const {
  if (!Is<Leader>()) return TransferReason::kNotLeader;
  if (transfer_.has_value()) return TransferReason::kInProgress;
  if (target == config_.replica) return TransferReason::kTargetLeads;
  if (RoleOf(membership_, target) != MemberRole::kVoter) return TransferReason::kTargetNoVoter;
  return TransferReason::kNone;
}

void Replica::State::On(Transfer& input) {
  const TransferReason reason = WhyNoTransfer(input.target);
  if (reason != TransferReason::kNone) {
    COVER("core.transfer_refused");
    effects_.transfer =
        TransferEffect{input.target, hard_state_.term, TransferEvent::kRefused, reason};
    return;
  }
  transfer_ = PendingTransfer{input.target, hard_state_.term, now_ + config_.election_timeout};
  effects_.transfer = TransferEffect{input.target, hard_state_.term, TransferEvent::kStarted,
                                     TransferReason::kNone};
  if (quiet_) EndRest();
  GiveLeaseBack();
  SendTimeoutNow();
}

// Only to a target that holds all of the leader's log durably: then it can win (Raft 3.10). As long
// as the transfer lasts nothing is appended, so it stays so.
void Replica::State::SendTimeoutNow() {
  if (!transferring()) return;
  const Progress* target = ProgressOf(transfer_->target);
  if (target == nullptr || target->match() != log_.last()) return;
  const uint64_t round = leading().round;
  if (transfer_->told && transfer_->told_round == round) return;
  transfer_->told = true;
  transfer_->told_round = round;
  CHECK(leading().lease.given_back);
  SendNow(transfer_->target, TimeoutNow{log_.last_position(), round});
}

// Called at any deadline, whatever the role is by then.
void Replica::State::OnTransferDeadline() {
  if (!transfer_.has_value() || now_ < transfer_->deadline) return;
  const bool leads = Is<Leader>() && hard_state_.term == transfer_->term;
  EndTransfer(TransferEvent::kAborted,
              leads ? TransferReason::kTimeout : TransferReason::kSuccessorUnseen);
}

// The role, the term or the known leader changed.
void Replica::State::OnSuccessor() {
  if (!transfer_.has_value() || hard_state_.term == transfer_->term) return;
  if (leader().none()) return;
  CHECK_GT(hard_state_.term, transfer_->term);
  if (leader() == transfer_->target)
    return EndTransfer(TransferEvent::kCompleted, TransferReason::kNone);
  EndTransfer(TransferEvent::kAborted, TransferReason::kOtherLeader);
}

// A change that was under way before took the target away: it can't lead any more, and what waits
// for the end of the transfer need not wait for its deadline.
void Replica::State::EndTransferIfTargetGone() {
  if (!transferring()) return;
  if (RoleOf(membership_, transfer_->target) == MemberRole::kVoter) return;
  COVER("core.transfer_target_gone");
  EndTransfer(TransferEvent::kAborted, TransferReason::kTargetNoVoter);
}

void Replica::State::EndTransfer(TransferEvent event, TransferReason reason) {
  CHECK(transfer_.has_value());
  CHECK(!effects_.transfer.has_value());
  if (event == TransferEvent::kCompleted) COVER("core.transfer_completed");
  if (reason == TransferReason::kTimeout) COVER("core.transfer_aborted");
  effects_.transfer = TransferEffect{transfer_->target, transfer_->term, event, reason};
  transfer_.reset();
}

// --- At the target and at those whom it asks ---

// Stickiness and promises keep strangers from deposing a leader, not the leader from standing down.
bool Replica::State::ToldToCampaign(const Message& message, const VoteRequest& request) const {
  CHECK_EQ(message.to, config_.replica);
  if (!request.transfer || request.pre_vote) return false;
  return !config_.rules.orders_of_members || electorate_.Has(message.from);
}

// An order that came late must not depose a leader that has given the transfer up: by then its
// heartbeats went on, or its log did.
void Replica::State::OnTimeoutNow(const Message& message, const TimeoutNow& order) {
  CHECK_EQ(message.term, hard_state_.term);
  const Follower* follower = std::get_if<Follower>(&role_);
  const bool obeys = follower != nullptr && follower->leader == message.from && votes_ &&
                     order.round >= follower->round && log_.last_position() == order.last &&
                     EverythingDurable() && !ChangeUnapplied();
  if (!obeys) {
    COVER("core.timeout_now_ignored");
    return;
  }
  StartCampaign({}, true);
}

}  // namespace ww::raft
