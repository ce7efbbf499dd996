// What listeners are told, and when.
#include "raft/host/host_state.h"
#include "sim/base/check.h"

namespace ww::raft {

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

// Without rest hosts give each other no regular signs, and silence means nothing.
void Host::State::TellOfBeat(HostId host, bool gave_no_sign) {
  if (!rests() || !gave_no_sign || peers_.GivesNoSign(host)) return;
  events_.Publish(SystemEvent{SystemEventKind::kConnectionEstablished, {}, host});
}

}  // namespace ww::raft
