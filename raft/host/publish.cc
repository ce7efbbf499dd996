// What listeners are told, and when.
#include "raft/host/host_state.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

SystemEventKind KindOf(TransferEvent event) {
  switch (event) {
    case TransferEvent::kStarted:
      return SystemEventKind::kTransferStarted;
    case TransferEvent::kCompleted:
      return SystemEventKind::kTransferCompleted;
    case TransferEvent::kAborted:
      return SystemEventKind::kTransferAborted;
    case TransferEvent::kRefused:
      return SystemEventKind::kTransferRefused;
  }
  UNREACHABLE("transfer event {}", static_cast<int>(event));
}

}  // namespace

// A change of role alone is none of the leader.
void Host::State::TellLeader(Slot& slot, const RoleChange& change) {
  CHECK_GE(change.term, slot.told.term);
  const ToldLeader now{change.term, change.leader};
  if (now == slot.told) return;
  slot.told = now;
  events_.Publish(LeaderUpdated{slot.who, now.term, now.leader});
}

void Host::State::Tell(SystemEventKind kind, const ReplicaIdentity& who) {
  CHECK(!who.shard.none());
  events_.Publish(SystemEvent{kind, who});
}

void Host::State::TellTransfer(const Slot& slot, const TransferEffect& transfer) {
  events_.Publish(
      SystemEvent{KindOf(transfer.event), slot.who, slot.HostOf(transfer.target), transfer.term});
}

void Host::State::TellOfSnapshot(SystemEventKind kind, const Slot& slot, HostId host) {
  events_.Publish(SystemEvent{kind, slot.who, host, slot.replica.term()});
}

// Without rest hosts give each other no regular signs, and silence means nothing.
void Host::State::TellOfBeat(HostId host, bool gave_no_sign) {
  if (!rests() || !gave_no_sign || peers_.GivesNoSign(host)) return;
  events_.Publish(SystemEvent{SystemEventKind::kConnectionEstablished, {}, host});
}

}  // namespace ww::raft
