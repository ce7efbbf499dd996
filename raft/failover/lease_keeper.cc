#include "raft/failover/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "raft/host/admin.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft::failover {

void LeaseKeeper::Start(ServicePort& port) {
  CHECK(port_ == nullptr);
  port_ = &port;
  Shut();
}

void LeaseKeeper::Shut() {
  lease_ = std::nullopt;
  by_hand_ = std::nullopt;
  port_->ShutWrites(shard_, WriteGate::kNoLease);
}

bool LeaseKeeper::Holds(const ReplicaStanding& standing) const {
  if (!lease_.has_value() || !standing.leads || standing.term != lease_->term) return false;
  return port_->env().clock().Now() < lease_->until;
}

void LeaseKeeper::On(HostId from, const WireMessage& message) {
  if (message.kind() != kLeaseKind) return;
  const auto& command = static_cast<const LeaseMessage&>(message);
  if (command.shard != shard_ || command.step == LeaseStep::kAnswer) return;
  if (command.step == LeaseStep::kByHand) return OpenByHand(command);
  const bool heeded = command.fence > last_;
  if (heeded) {
    last_ = command.fence;
    Heed(command);
  } else {
    COVER("failover.stale_command");
    Say(LeaseEvent::Kind::kRefused, command);
  }
  CHECK(command.fence <= last_);
  Answer(from, command, heeded);
}

void LeaseKeeper::Heed(const LeaseMessage& command) {
  switch (command.step) {
    case LeaseStep::kProbe:
      return Say(LeaseEvent::Kind::kProbed, command);
    case LeaseStep::kGrant:
      return Take(command);
    case LeaseStep::kStepDown:
      return StepDown(command);
    case LeaseStep::kTransfer:
      return HandOver(command);
    case LeaseStep::kAnswer:
    case LeaseStep::kByHand:
      break;
  }
  UNREACHABLE();
}

// A lease that is there stays as it is when a new one can't be taken.
void LeaseKeeper::Take(const LeaseMessage& command) {
  const Grant& grant = command.grant;
  const ReplicaStanding standing = port_->StandingOf(shard_);
  const Lease lease{grant.term, grant.from + grant.length};
  const bool of_this_life = grant.incarnation == port_->env().incarnation();
  // One that is still to come was never told to anybody.
  const bool in_force = grant.from <= Now() && Now() < lease.until;
  const bool leads = standing.leads && standing.term == grant.term && !grant.term.none();
  if (!of_this_life || !leads || !in_force) {
    COVER("failover.lease_not_taken");
    return Say(LeaseEvent::Kind::kNotTaken, command);
  }
  lease_ = lease;
  by_hand_ = std::nullopt;
  Say(LeaseEvent::Kind::kTaken, command);
  port_->AdmitWrites(shard_, WriteGate::kNoLease, Admission{lease.term, lease.until});
  CHECK(Holds(standing));
}

void LeaseKeeper::StepDown(const LeaseMessage& command) {
  Shut();
  Say(LeaseEvent::Kind::kSteppedDown, command);
}

// Whoever has a lease needs no hand.
void LeaseKeeper::OpenByHand(const LeaseMessage& command) {
  if (lease_.has_value() && Holds(port_->StandingOf(shard_))) {
    COVER("failover.needs_no_hand");
    return;
  }
  // A length that its clock can't add up to was meant to be none.
  const Duration left = Nanoseconds(INT64_MAX - Now().ns);
  lease_ = std::nullopt;
  by_hand_ = Now() + std::min(command.grant.length, left);
  COVER("failover.opened_by_hand");
  port_->AdmitWrites(shard_, WriteGate::kNoLease, Admission{Term(), *by_hand_});
  const ReplicaStanding standing = port_->StandingOf(shard_);
  watcher_.On(
      {shard_, LeaseEvent::Kind::kByHand, last_, standing.replica, standing.term, *by_hand_});
}

// What becomes of it is seen by whoever asks next.
void LeaseKeeper::HandOver(const LeaseMessage& command) {
  Say(LeaseEvent::Kind::kTransferring, command);
  auto request = std::make_unique<AdminRequest>();
  request->request = ++asked_;
  request->shard = shard_;
  request->action = TransferLeadership{command.replica};
  port_->Send(port_->env().host(), std::move(request));
}

void LeaseKeeper::Answer(HostId to, const LeaseMessage& command, bool heeded) {
  const ReplicaStanding standing = port_->StandingOf(shard_);
  // Who lost the leadership that its lease names has given the lease up.
  if (lease_.has_value() && !Holds(standing)) Shut();
  const bool by_hand = by_hand_.has_value() && Now() < *by_hand_;
  auto answer = std::make_unique<LeaseMessage>();
  answer->step = LeaseStep::kAnswer;
  answer->request = command.request;
  answer->shard = shard_;
  answer->fence = command.fence;
  const ReplicaId may_lead = standing.votes ? standing.replica : ReplicaId();
  answer->state =
      InstanceState{heeded,         port_->env().incarnation(),   Now(), may_lead, standing.term,
                    standing.leads, lease_.has_value() || by_hand};
  port_->Send(to, std::move(answer));
}

void LeaseKeeper::Say(LeaseEvent::Kind kind, const LeaseMessage& command) {
  const ReplicaStanding standing = port_->StandingOf(shard_);
  const LocalTime until = lease_.has_value() ? lease_->until : LocalTime{};
  watcher_.On({shard_, kind, command.fence, standing.replica, standing.term, until});
}

}  // namespace ww::raft::failover
