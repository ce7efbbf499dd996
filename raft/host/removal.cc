// What becomes of a replica that was removed from its shard, and how it learns that it was.
#include <algorithm>

#include "raft/core/membership.h"
#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// Without leader contact for so many election timeouts a replica asks whether it was removed.
constexpr int64_t kAskAfter = 10;

}  // namespace

// It stops, is fenced, and its data goes: the removal is final, whatever anybody else may say.
void Host::State::Retire(Slot& slot) {
  slot.retires = true;
  if (slot.running()) Unload(slot, absl::CancelledError("it was removed from its shard"));
}

// Knowing of its own removal it still stays until enough others know: of two voters the one that
// removes itself would leave the other alone for ever.
void Host::State::LeaveIfRemoved(Slot& slot) {
  const bool removed = IsRemoved(slot.replica.membership(), slot.who.replica);
  if (!removed || !slot.running() || slot.leaving) return;
  COVER("host.removed_itself");
  if (!config_.rules.removed_told) {
    // Its data stays, and nothing keeps it from being started again.
    return Unload(slot, absl::CancelledError("it applied its own removal"));
  }
  slot.leaving = true;
  slot.removal.Hear(slot.who.replica, slot.replica.membership());
  AskWhetherRemoved(slot);
}

// Anybody may have sent it: to a replica that is a member, or may be one yet, it would be a lie.
void Host::State::TellIfRemoved(ShardId shard, ReplicaId replica, HostId host) {
  const Slot* slot = SlotOf(shard);
  if (slot == nullptr || host.none() || host == host_) return;
  if (!IsRemoved(slot->replica.membership(), replica) || !config_.rules.removed_told) return;
  COVER("host.removal_told");
  Membership members = slot->replica.membership();
  members.removed.clear();
  transport_.Send(
      host, std::make_unique<RemovalNotice>(shard, replica, slot->who.replica, std::move(members)));
}

void Host::State::OnRemovalQuestion(const RemovalQuestion& question) {
  TellIfRemoved(question.shard, question.replica, question.from_host);
}

// Who says so may be its leader alone, before any other voter knows. If that disk were lost now,
// the others would wait for the vote of a replica that is gone.
void Host::State::OnRemovalNotice(const RemovalNotice& notice) {
  const ReplicaIdentity who{notice.shard, notice.replica};
  Slot* slot = AnySlotOf(notice.shard);
  if (slot != nullptr && slot->who == who) {
    COVER("host.removal_heard");
    // One that is unloading votes no more, whoever knows of it, and has no deadlines.
    const bool first = !slot->removal.heard();
    if (!slot->running() || slot->removal.Hear(notice.told_by, notice.members)) {
      return Retire(*slot);
    }
    slot->leaving = true;
    // Those who have to know may be others than the members that it knew.
    if (first) AskWhetherRemoved(*slot);
    deadlines_.Want(slot->number, DueOf(*slot));
    return;
  }
  // A stopped one is as gone as a living one.
  const ReplicaPage* page = book_.Find(who);
  if (page == nullptr || page->fenced) return;
  COVER("host.removal_heard");
  Destroy(who);
}

// A leader needs nobody to tell it, and at rest silence is no news.
LocalTime Host::State::AskDue(const Slot& slot) const {
  if (slot.leads() || (slot.replica.quiet() && !slot.leaving)) return LocalTime::Never();
  if (!config_.rules.removed_told) return LocalTime::Never();
  return slot.contact + config_.election_timeout * (slot.leaving ? 1 : kAskAfter);
}

void Host::State::AskWhetherRemoved(Slot& slot) {
  COVER("host.asked_whether_removed");
  slot.contact = now_;
  for (const HostId host : HostsToAsk(slot)) {
    transport_.Send(host,
                    std::make_unique<RemovalQuestion>(slot.who.shard, slot.who.replica, host_));
  }
}

// The members it knows, those who have to know of its removal, and whom it was told of when it
// joined: the members it knows may have been removed themselves. One that has not learned of any
// yet also asks whomever its host has heard of.
std::vector<HostId> Host::State::HostsToAsk(const Slot& slot) {
  std::vector<HostId> hosts;
  for (const Member& member : slot.known) hosts.push_back(member.host);
  for (const Member& member : MembersOf(slot.removal.members())) hosts.push_back(member.host);
  const std::vector<HostId>& told = book_.Find(slot.who)->bootstrap.ask;
  hosts.insert(hosts.end(), told.begin(), told.end());
  if (slot.replica.membership().voters.empty()) {
    if (!told.empty()) COVER("host.asked_hosts_of_join");
    for (const Peer& peer : peers_.all()) hosts.push_back(peer.host);
    for (const ShardPlacement& placement : config_.shards) {
      for (const Member& member : placement.membership.voters) hosts.push_back(member.host);
    }
  }
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  std::erase(hosts, host_);
  return hosts;
}

}  // namespace ww::raft
