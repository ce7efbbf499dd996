// Heartbeats between hosts: those of their shards in one message, and signs of life while shards
// rest.
#include <utility>

#include "raft/env/no_suspend.h"
#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

// Returns whether the message waits for the end of the turn; it is moved from then.
bool Host::State::HoldBeat(const Slot& slot, HostId target, Message& message) {
  const auto kind = static_cast<uint32_t>(KindOf(message));
  if (!config_.coalesce_heartbeats || !TravelsInBeats(kind)) return false;
  peers_.Know(target, now_);
  peers_.Find(target)->waiting.emplace_back(slot.who.shard, host_, std::move(message));
  beats_wait_ = true;
  return true;
}

// The last thing in a turn. Signs of life are due on multiples of the interval, like heartbeats.
void Host::State::SendBeats() {
  CHECK(!env_.may_suspend());
  const bool due = rests() && now_ >= beat_due_;
  if (!due && !beats_wait_) return;
  if (due) {
    const int64_t interval = config_.heartbeat_interval.ns;
    beat_due_ = LocalTime{(now_.ns / interval + 1) * interval};
    for (const HostId host : peers_.FallenSilent(now_, config_.election_timeout)) {
      COVER("host.peer_silent");
      events_.Publish(SystemEvent{SystemEventKind::kConnectionFailed, {}, host});
      WakeSharing(host);
    }
  }
  for (Peer& peer : peers_.all()) {
    if (peer.waiting.empty() && !due) continue;
    if (peer.waiting.size() == 1 && !rests()) {
      transport_.Send(peer.host, std::make_unique<PeerMessage>(std::move(peer.waiting.front())));
    } else {
      auto beat = std::make_unique<HostBeat>();
      beat->from_host = host_;
      beat->pulse = {env_.incarnation(), stops_};
      beat->messages = std::exchange(peer.waiting, {});
      transport_.Send(peer.host, std::move(beat));
    }
    peer.waiting.clear();
  }
  beats_wait_ = false;
}

void Host::State::OnHostBeat(HostBeat& beat) {
  if (beat.from_host.none() || beat.from_host == host_ || beat.pulse.incarnation.none()) {
    COVER("host.stray_message");
    return;
  }
  const bool gave_no_sign = peers_.GivesNoSign(beat.from_host);
  if (peers_.Felt(beat.from_host, beat.pulse, now_)) {
    COVER("host.pulse_changed");
    WakeSharing(beat.from_host);
  }
  TellOfBeat(beat.from_host, gave_no_sign);
  for (PeerMessage& message : beat.messages) OnPeerMessage(message);
}

// Ends the rest of every replica that has a fellow member on the host. What its leaders sent there
// may be lost: it is not waited for.
void Host::State::WakeSharing(HostId host) {
  for (const ListedSlot& listed : by_shard_) {
    Slot& slot = *listed.slot;
    if (!slot.running() || !slot.HasMemberOn(host)) continue;
    if (slot.replica.quiet()) Step(slot, WakeUp{});
    if (slot.leads()) StopWaitingFor(slot, host);
  }
}

void Host::State::StopWaitingFor(Slot& slot, HostId host) {
  for (const Member& member : MembersOf(slot.replica.membership())) {
    if (member.host != host || member.replica == slot.who.replica) continue;
    Step(slot, Unreachable{member.replica});
    return;
  }
}

// Fellow members of a replica that begins here, or of one whose membership changed.
void Host::State::KnowPeersOf(const Slot& slot) {
  for (const Member& member : MembersOf(slot.replica.membership())) {
    if (member.host != host_) peers_.Know(member.host, now_);
  }
}

void Host::State::ReportRest(Slot& slot) {
  CHECK_NE(slot.quiet, slot.replica.quiet());
  slot.quiet = !slot.quiet;
  observer_.On(RestChanged{slot.who, slot.quiet});
}

}  // namespace ww::raft
