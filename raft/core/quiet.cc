// Rest: a shard without anything to say costs nothing.
//
// A leader whose followers all hold what it holds, committed, stops its heartbeats and says so
// (Quiesce); a follower that agrees stops its election timer. While they rest, the hosts' own
// heartbeats stand in for the leader's: the host of a quiet replica sends WakeUp when the host of
// any other member goes silent or starts anew. Any message that concerns the leadership, a proposal
// and WakeUp end the rest; a woken leader sends a heartbeat at once, which wakes its followers.
//
// Rest touches timers alone, so it can cost liveness but never safety.
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

// When the next heartbeats are due.
LocalTime Replica::State::NextHeartbeat() const {
  const int64_t interval = config_.heartbeat_interval.ns;
  CHECK_GT(interval, 0);
  if (!config_.aligned_heartbeats) return now_ + config_.heartbeat_interval;
  return LocalTime{(now_.ns / interval + 1) * interval};
}

// Nothing is new, and every follower is heard and holds all of it: one that does not could neither
// be helped nor be missed by a leader at rest.
bool Replica::State::MayRest() const {
  CHECK(!quiet_);
  if (config_.quiet_after.ns <= 0 || now_ - active_ < config_.quiet_after) return false;
  if (commit_ != log_.last() || !EverythingDurable() || !changes_.empty()) return false;
  if (!leading().reads.pending.empty() || transferring()) return false;
  const LocalTime heard_by = now_ - config_.heartbeat_interval * 2;
  for (const Progress& follower : leading().members) {
    if (follower.replica() == config_.replica) continue;
    if (follower.probing() || follower.match() != log_.last()) return false;
    if (follower.contact() < heard_by) return false;
  }
  return true;
}

void Replica::State::Rest() {
  COVER("core.rested");
  CHECK(Is<Leader>());
  CHECK_EQ(log_.last_term(), hard_state_.term);
  for (const Progress& follower : leading().members) {
    if (follower.replica() == config_.replica) continue;
    SendNow(follower.replica(), Quiesce{log_.last_position()});
  }
  quiet_ = true;
}

void Replica::State::OnQuiesce(const Message& message, const Quiesce& quiesce) {
  CHECK_EQ(message.term, hard_state_.term);
  if (!FollowLeader(message.from)) return;
  CHECK_EQ(leader(), message.from);
  if (log_.last_position() != quiesce.last || !EverythingDurable()) {
    COVER("core.quiesce_refused");
    SendAfterDurable(message.from, HeartbeatReply{kNoRound});
    return;
  }
  FollowCommit(quiesce.last.index, quiesce.last.index);
  quiet_ = true;
}

// A follower sleeps through a repeated Quiesce, and through campaigns of others than its leader:
// whoever can't hear that one wakes it up instead.
bool Replica::State::Wakes(const Message& message) const {
  CHECK(quiet_);
  if (Is<Leader>()) return true;
  const bool of_leader = message.from == leader();
  switch (KindOf(message)) {
    case MessageKind::kQuiesce:
      return !of_leader;
    case MessageKind::kVoteRequest:
      return of_leader;
    case MessageKind::kVoteReply:
    case MessageKind::kAppendRequest:
    case MessageKind::kAppendReply:
    case MessageKind::kHeartbeat:
    case MessageKind::kHeartbeatReply:
    case MessageKind::kTimeoutNow:
      return true;
    case MessageKind::kReadRequest:
    case MessageKind::kReadReply:
      return false;
  }
  UNREACHABLE();
}

// A leader counts contact from now on, like a new one; a follower does not know whether its leader
// is alive, and waits a whole timeout for a sign of it.
void Replica::State::EndRest() {
  COVER("core.rest_ended");
  CHECK(quiet_);
  quiet_ = false;
  if (Follower* follower = std::get_if<Follower>(&role_); follower != nullptr) {
    follower->contact.reset();
    RestartElectionTimer();
    return;
  }
  Leader& leader = leading();
  for (Progress& follower : leader.members) follower.Heard(now_);
  if (!leader.quorum_due.never()) leader.quorum_due = now_ + config_.election_timeout;
  active_ = now_;
  BroadcastHeartbeat();
}

}  // namespace ww::raft
