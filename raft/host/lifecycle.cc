// Replicas that come and go while the host runs.
#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

void Host::State::ListSlot(Slot& slot) {
  const auto at = std::lower_bound(
      by_shard_.begin(), by_shard_.end(), slot.who.shard,
      [](const ListedSlot& listed, ShardId shard) { return listed.shard < shard; });
  CHECK(at == by_shard_.end() || at->shard != slot.who.shard, "a host has two replicas of a shard");
  by_shard_.insert(at, ListedSlot{slot.who.shard, &slot});
}

// From here on it hears and says nothing. What it handed to the log is on its way all the same, and
// until that has arrived what the disk holds is not what its memory says.
void Host::State::Unload(Slot& slot, const absl::Status& reason) {
  CHECK(!env_.may_suspend());
  CHECK(slot.running());
  slot.state = SlotState::kUnloading;
  slot.held.clear();
  deadlines_.Forget(slot.number);
  ++stops_;
  observer_.On(ReplicaStopped{slot.who, reason});
  TerminateRequests(slot);
  CHECK(slot.waiting.empty());
  unloading_.push_back(slot.number);
}

bool Host::State::IsIdle(const Slot& slot) const {
  return slot.newest_record <= durable_record_ && slot.pins == 0 && !slot.wants_apply &&
         !slot.wants_propose && !slot.in_batch;
}

void Host::State::FinishUnloads() {
  for (size_t i = 0; i < unloading_.size();) {
    Slot& slot = *slots_[unloading_[i]];
    CHECK(!slot.running());
    if (!IsIdle(slot)) {
      COVER("host.unload_waits");
      ++i;
      continue;
    }
    unloading_.erase(unloading_.begin() + static_cast<ptrdiff_t>(i));
    Park(slot);
  }
}

// Everything it wrote is durable: what its memory says is what the disk holds, and stays at hand
// for its next start.
void Host::State::Park(Slot& slot) {
  CHECK(IsIdle(slot));
  const Replica& replica = slot.replica;
  ParkedReplica parked;
  parked.placement = {slot.who.shard, slot.who.replica, replica.membership()};
  parked.state.hard_state = {replica.term(), replica.vote()};
  for (Index at = replica.first_index(); at <= replica.last_index(); ++at) {
    parked.state.entries.push_back(replica.EntryAt(at));
  }
  parked.state.commit = slot.recorded_commit;
  parked.state.membership = replica.membership();
  const std::vector<AdminCall> stops = std::move(slot.stops);
  const auto listed = std::find_if(by_shard_.begin(), by_shard_.end(),
                                   [&slot](const ListedSlot& one) { return one.slot == &slot; });
  CHECK(listed != by_shard_.end());
  by_shard_.erase(listed);
  const uint32_t number = slot.number;
  free_slots_.push_back(number);
  slots_[number].reset();
  parked_.push_back(std::move(parked));
  for (const AdminCall& call : stops) AnswerDone(call, "stopped");
}

std::vector<Host::State::ParkedReplica>::iterator Host::State::FindParked(ShardId shard,
                                                                          ReplicaId replica) {
  return std::find_if(parked_.begin(), parked_.end(), [&](const ParkedReplica& one) {
    return one.placement.shard == shard && one.placement.replica == replica;
  });
}

}  // namespace ww::raft
