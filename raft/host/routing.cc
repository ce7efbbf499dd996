// Which messages reach a replica, and where a replica's messages go.
#include <utility>

#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

MessageAccepted AcceptanceOf(const ReplicaIdentity& who, const Message& message) {
  MessageAccepted accepted{who, message.from, message.to, message.term};
  accepted.appends = std::holds_alternative<AppendRequest>(message.body);
  if (const auto* heartbeat = std::get_if<Heartbeat>(&message.body)) {
    accepted.round = heartbeat->round;
  } else if (const auto* order = std::get_if<TimeoutNow>(&message.body)) {
    accepted.round = order->round;
    accepted.orders = true;
  }
  return accepted;
}

}  // namespace

// Shard and both ids have to match a live identity, and a member speaks from its own host only:
// whatever else arrives is of another life, or of another disk, and changes nothing.
void Host::State::OnPeerMessage(PeerMessage& peer) {
  const Message& message = peer.message;
  Slot* slot = SlotOf(peer.shard);
  if (slot == nullptr || message.to != slot->who.replica) {
    ReplicaPage* page = book_.Find({peer.shard, message.to});
    const bool fenced = page != nullptr && page->fenced;
    if (fenced && !std::exchange(page->hit, true)) {
      events_.Publish({SystemEventKind::kTombstoneHit, {peer.shard, message.to}, peer.from_host});
    }
    return RefuseMessage(peer, fenced ? RefusalOfMessage::kTombstoned : RefusalOfMessage::kNotHere);
  }
  const bool malformed = message.from == slot->who.replica || peer.from_host.none();
  const bool heard =
      !config_.rules.removed_not_heard && KindOf(message) == MessageKind::kVoteRequest;
  if (IsRemoved(slot->replica.membership(), message.from) && !heard) {
    TellIfRemoved(peer.shard, message.from, peer.from_host);
    return RefuseMessage(peer, RefusalOfMessage::kFromRemoved);
  }
  if (malformed || !slot->Knows(message.from, peer.from_host)) {
    return RefuseMessage(peer, RefusalOfMessage::kWrongHost);
  }
  observer_.On(AcceptanceOf(slot->who, message));
  if (message.from == slot->replica.leader()) slot->contact = now_;
  // A resting replica is woken by it, and then counts contact anew.
  const bool late = message.term < slot->replica.term() && !slot->replica.quiet();
  MessageDone done{slot->who};
  if (late) done.before = slot->replica.ProtectedDigest();
  Finish(*slot, slot->replica.Receive(now_, peer.message), false);
  if (late) done.after = slot->replica.ProtectedDigest();
  observer_.On(done);
}

void Host::State::ReportMatch(const Slot& slot, const MatchEffect& effect) {
  CHECK(slot.leads());
  observer_.On(
      MatchChanged{slot.who, effect.follower, slot.replica.term(), effect.match, effect.next});
}

void Host::State::RefuseMessage(const PeerMessage& peer, RefusalOfMessage why) {
  COVER("host.message_refused");
  observer_.On(MessageRefused{peer.shard, peer.message.from, peer.message.to, peer.from_host, why});
}

}  // namespace ww::raft
