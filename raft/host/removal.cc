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
// So many after it was first told that it was removed it goes, whoever else knows of it.
constexpr int64_t kGoAfter = 3;

// How many others may need its vote, as far as it knows: none of one that never had any.
size_t VotersBeside(const Membership& membership, ReplicaId replica) {
  std::vector<ReplicaId> voters;
  for (const std::vector<Member>* half :
       {&membership.voters, &membership.witnesses, &membership.outgoing_voters,
        &membership.outgoing_witnesses}) {
    for (const Member& member : *half) voters.push_back(member.replica);
  }
  std::sort(voters.begin(), voters.end());
  voters.erase(std::unique(voters.begin(), voters.end()), voters.end());
  if (IsRemoved(membership, replica)) return voters.size();
  const bool votes = std::find(voters.begin(), voters.end(), replica) != voters.end();
  return votes ? voters.size() - 1 : 0;
}

}  // namespace

// It stops, is fenced, and its data goes: the removal is final, whatever anybody else may say.
void Host::State::Retire(Slot& slot) {
  slot.retires = true;
  if (slot.running()) Unload(slot, absl::CancelledError("it was removed from its shard"));
}

// Knowing of its own removal it still stays until another member has applied it too. A change
// counts when it is applied, so those who have not may need its vote to learn that it is committed:
// of two voters the one that removes itself would leave the other alone for ever.
void Host::State::LeaveIfRemoved(Slot& slot) {
  const bool removed = IsRemoved(slot.replica.membership(), slot.who.replica);
  if (!removed || !slot.running() || slot.leaving) return;
  COVER("host.removed_itself");
  if (!config_.rules.removed_told) {
    // Its data stays, and nothing keeps it from being started again.
    return Unload(slot, absl::CancelledError("it applied its own removal"));
  }
  slot.leaving = true;
  AskWhetherRemoved(slot);
}

// Anybody may have sent it: to a replica that is a member, or may be one yet, it would be a lie.
void Host::State::TellIfRemoved(ShardId shard, ReplicaId replica, HostId host) {
  const Slot* slot = SlotOf(shard);
  if (slot == nullptr || host.none() || host == host_) return;
  if (!IsRemoved(slot->replica.membership(), replica) || !config_.rules.removed_told) return;
  COVER("host.removal_told");
  transport_.Send(host, std::make_unique<RemovalNotice>(shard, replica));
}

void Host::State::OnRemovalQuestion(const RemovalQuestion& question) {
  TellIfRemoved(question.shard, question.replica, question.from_host);
}

// Who knows of the removal may be its leader alone, before any other voter does. If that disk were
// lost now, the others would wait for the vote of a replica that is gone. So two have to know,
// where there are two, and what goes itself does not count.
bool Host::State::MayGo(const Slot& slot, HostId told_by) const {
  const Membership& membership = slot.replica.membership();
  if (VotersBeside(membership, slot.who.replica) <= 1) return true;
  if (slot.told_by.none()) return false;
  return slot.told_by != told_by || now_ >= slot.told_at + config_.election_timeout * kGoAfter;
}

void Host::State::OnRemovalNotice(HostId from, const RemovalNotice& notice) {
  const ReplicaIdentity who{notice.shard, notice.replica};
  Slot* slot = AnySlotOf(notice.shard);
  if (slot != nullptr && slot->who == who) {
    COVER("host.removal_heard");
    // One that is unloading votes no more, whoever knows of it, and has no deadlines.
    if (!slot->running() || MayGo(*slot, from)) return Retire(*slot);
    if (!slot->told_by.none()) return;
    slot->told_by = from;
    slot->told_at = now_;
    slot->leaving = true;
    AskWhetherRemoved(*slot);
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

// The members it knows, and whom it was told of when it joined: the members it knows may have been
// removed themselves. One that has not learned of any yet also asks whomever its host has heard of.
std::vector<HostId> Host::State::HostsToAsk(const Slot& slot) {
  std::vector<HostId> hosts;
  for (const Member& member : slot.known) hosts.push_back(member.host);
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
