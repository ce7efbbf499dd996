// Changes of membership: what operators ask for, and what the host does when one is applied.
#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

// --- Where replicas are ---

bool Slot::Knows(ReplicaId id, HostId host) {
  const HostId home = HostOf(id);
  if (!home.none()) return home == host;
  if (known.size() >= kKnownMax) return false;
  COVER("host.stranger_heard");
  known.push_back(Member{id, host, {}});
  return true;
}

// Who was a member until now is still told that it is none any more.
void Slot::LearnMembers() {
  std::vector<Member> members = MembersOf(replica.membership());
  for (const Member& before : known) {
    const auto same = [&before](const Member& member) { return member.replica == before.replica; };
    if (members.size() == kKnownMax || std::any_of(members.begin(), members.end(), same)) continue;
    members.push_back(before);
  }
  known = std::move(members);
}

// --- Asking ---

void Host::State::Carry(const AdminCall& call, const ChangeMembership& action) {
  if (full_) return Refuse(call, AdminReason::kDiskFull, "the disk has no room");
  Slot* slot = SlotOf(call.shard);
  if (slot == nullptr || !slot->leads()) {
    AdminReply reply;
    reply.outcome = AdminOutcome::kNotLeader;
    if (slot != nullptr) reply.leader_host = slot->HostOf(slot->replica.leader());
    return AnswerAdmin(call, std::move(reply));
  }
  Effects& effects = slot->replica.Step(now_, ProposeChange{action.change});
  const std::optional<ChangeRefusal> refusal = effects.change_refused;
  const std::optional<Index> index = effects.proposed_first;
  const Term term = slot->replica.term();
  CHECK_NE(refusal.has_value(), index.has_value());
  Finish(*slot, effects, index.has_value());
  if (index.has_value()) {
    CHECK(!slot->change.has_value());
    slot->change = PendingChange{{*index, term}, call};
    return;
  }
  COVER("host.change_refused");
  observer_.On(ChangeRefused{slot->who, *refusal});
  Tell(SystemEventKind::kChangeRefused, slot->who);
  AdminReply reply;
  reply.outcome = AdminOutcome::kRefused;
  reply.reason = AdminReason::kChangeRefused;
  if (config_.rules.refusals_explained) {
    reply.refusal = refusal;
    reply.text = NameOf(*refusal);
  }
  AnswerAdmin(call, std::move(reply));
}

// --- Applying ---

// A change counts once it is applied, and what it lets happen can't be undone: a replica that is
// removed may be destroyed. So a record has to say first that it is committed; a restart that did
// not know would wait for a quorum that is gone.
bool Host::State::MayApply(Slot& slot, Index index) {
  const Entry& entry = slot.replica.EntryAt(index);
  if (entry.type != EntryType::kMembership) return true;
  const LogPosition position{index, entry.term};
  if (slot.change_at != position) {
    slot.change_at = position;
    if (slot.recorded_commit < index) {
      slot.recorded_commit = slot.replica.commit();
      slot.newest_record =
          queue_.Push(slot.number, LogRecord{slot.who, CommitRecord{slot.recorded_commit}});
    }
    slot.change_record = slot.newest_record;
  }
  return slot.change_record <= durable_record_;
}

void Host::State::ResumeApplying(Slot& slot) {
  if (slot.wants_apply || slot.machine.applied() >= slot.replica.commit()) return;
  slot.wants_apply = true;
  applying_.push_back(slot.number);
}

// Who asked hears of it first: a leader that was removed has nothing to say afterwards.
void Host::State::ApplyChange(Slot& slot, const LogPosition& position) {
  AnswerChange(slot, position);
  Effects& effects = slot.replica.Step(now_, MembershipApplied{position.index});
  observer_.On(MembershipChanged{slot.who, &slot.replica.membership()});
  Tell(SystemEventKind::kMembershipChanged, slot.who);
  slot.LearnMembers();
  KnowPeersOf(slot);
  Finish(slot, effects, false);
  LeaveIfRemoved(slot);
}

// A snapshot says who belonged to the shard when it was taken.
void Host::State::LearnRestoredMembers(Slot& slot) {
  CHECK(!slot.replica.membership().voters.empty());
  observer_.On(MembershipChanged{slot.who, &slot.replica.membership()});
  slot.LearnMembers();
  KnowPeersOf(slot);
}

void Host::State::AnswerChange(Slot& slot, const LogPosition& position) {
  if (!slot.change.has_value() || slot.change->position.index != position.index) return;
  const PendingChange change = *std::exchange(slot.change, std::nullopt);
  AdminReply reply;
  reply.outcome = change.position == position ? AdminOutcome::kDone : AdminOutcome::kUnknown;
  reply.index = position.index;
  AnswerAdmin(change.call, std::move(reply));
}

void Host::State::TerminateChange(Slot& slot) {
  if (!slot.change.has_value()) return;
  COVER("host.deposed_with_change");
  AdminReply reply;
  reply.outcome = AdminOutcome::kUnknown;
  AnswerAdmin(std::exchange(slot.change, std::nullopt)->call, std::move(reply));
}

}  // namespace ww::raft
