// Replicas that come and go while the host runs.
#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

// --- The start of a host ---

// The log has a page of everything that ever was here. What the configuration places here and the
// log knows nothing of is new; the rest of the configuration is history.
absl::Status Host::State::ReadBook(std::vector<RecoveredReplica>& recovered) {
  for (RecoveredReplica& replica : recovered) {
    if (replica.who == kHostItself) {
      controller_term_ = replica.hard_state.term;
      continue;
    }
    if (replica.destroyed || replica.data_removed) {
      book_.Fence(replica.who);
      continue;
    }
    std::optional<Bootstrap> bootstrap;
    if (replica.bootstrap.has_value()) bootstrap = BootstrapOf(*replica.bootstrap);
    if (!bootstrap.has_value()) {
      return absl::DataLossError(fmt::format("replica {} of shard {} has no bootstrap record",
                                             replica.who.replica, replica.who.shard));
    }
    ReplicaPage& page = book_.Add(replica.who, *bootstrap);
    page.parked.emplace();
    page.parked->hard_state = replica.hard_state;
    page.parked->snapshot = replica.snapshot;
    page.parked->base = replica.base;
    page.parked->entries = std::move(replica.entries);
    page.parked->commit = replica.commit;
  }
  for (const ShardPlacement& placement : config_.shards) {
    const StartReplica first{placement.replica, false, MemberRole::kVoter,
                             placement.membership.voters};
    if (book_.Find({placement.shard, placement.replica}) != nullptr) continue;
    const StartRefusal refusal = book_.JudgeStart(placement.shard, host_, first);
    CHECK(refusal.reason == AdminReason::kNone || refusal.reason == AdminReason::kOtherRecorded,
          "shard {}: {}", placement.shard, refusal.text);
    if (refusal.reason != AdminReason::kNone) continue;
    Create(
        {placement.shard, placement.replica},
        Bootstrap{
            false, MemberRole::kVoter, placement.membership, {}, {}, !config_.rules.disks_bound});
  }
  return absl::OkStatus();
}

void Host::State::Announce(const ReplicaIdentity& who, const RecoveredState& state) {
  ReplicaStarted event;
  event.who = who;
  event.hard_state = state.hard_state;
  event.base = state.base;
  event.entries = state.entries;
  event.commit = state.commit;
  event.snapshot = state.snapshot;
  observer_.On(event);
}

// Told of what was read back before anything is done with it; also of replicas that start empty.
void Host::State::AnnounceStarts() {
  CHECK(slots_.empty());
  for (const ReplicaBook::Entry& entry : book_.All()) {
    if (!entry.page->parked.has_value() || !entry.page->bootstrap.founded) continue;
    Announce(entry.who, *entry.page->parked);
  }
}

void Host::State::StartRecorded() {
  for (const ReplicaBook::Entry& entry : book_.All()) {
    // Without the state that its log goes on from it can't take part; the others can.
    if (!entry.page->parked.has_value() || snapshots_->IsLost(entry.who)) continue;
    if (entry.page->bootstrap.founded) {
      StartParked(entry.who);
    } else {
      BeginFounding(entry.who, std::nullopt);
    }
  }
  CHECK(to_record_.empty());
  SendClaims();
}

// --- The start of a replica ---

// An identity that was never here. Its bootstrap record goes into the log before its first other
// record, and what it says waits for that. One that has to be let in exists only then.
void Host::State::Create(const ReplicaIdentity& who, const Bootstrap& bootstrap) {
  book_.Add(who, bootstrap).parked.emplace();
  if (!bootstrap.founded) return;
  observer_.On(ReplicaCreated{who, bootstrap.joins, bootstrap.members.voters});
  to_record_.push_back(who);
}

Slot& Host::State::StartParked(const ReplicaIdentity& who) {
  ReplicaPage* page = book_.Find(who);
  CHECK(page != nullptr);
  CHECK(!page->fenced);
  CHECK(page->parked.has_value());
  RecoveredState state = *std::move(page->parked);
  page->parked.reset();
  state.membership = page->bootstrap.members;
  const ShardPlacement placement{who.shard, who.replica, page->bootstrap.members};
  std::optional<BootstrapRecord> first_record;
  if (const auto first = std::find(to_record_.begin(), to_record_.end(), who);
      first != to_record_.end()) {
    to_record_.erase(first);
    first_record = RecordOf(page->bootstrap);
  }
  return AddSlot(placement, std::move(state), first_record);
}

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
  TerminateReads(slot);
  if (slot.transfer != nullptr) {
    EndTransfer(slot, AdminOutcome::kUnknown, AdminReason::kLeadershipLost);
  }
  CHECK(slot.waiting.empty());
  CHECK(slot.snapshot_calls.empty() || slot.snapshots.taking);
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
  const ReplicaIdentity who = slot.who;
  ReplicaPage* page = book_.Find(who);
  CHECK(page != nullptr);
  CHECK(!page->fenced);
  CHECK(!page->parked.has_value());
  page->parked = slot.replica.AsRecorded();
  page->parked->commit = slot.recorded_commit;
  const bool retires = slot.retires;
  if (slot.broken.ok()) {
    snapshots_->Keep(slot, *page->parked);
  } else {
    snapshots_->Lose(who, slot.broken);
  }
  const std::vector<AdminCall> stops = std::move(slot.stops);
  const auto listed = std::find_if(by_shard_.begin(), by_shard_.end(),
                                   [&slot](const ListedSlot& one) { return one.slot == &slot; });
  CHECK(listed != by_shard_.end());
  by_shard_.erase(listed);
  const uint32_t number = slot.number;
  free_slots_.push_back(number);
  slots_[number].reset();
  observer_.On(ReplicaUnloaded{who});
  Tell(SystemEventKind::kReplicaUnloaded, who);
  if (retires) Destroy(who);
  for (const AdminCall& call : stops) AnswerDone(call, "stopped");
}

// --- The end of a replica ---

// The fence comes first: data that is gone without one would let an old message, or an old
// operator, bring the identity back without what it promised. Both are in one batch or two that
// follow each other, and a batch counts whole.
void Host::State::Destroy(const ReplicaIdentity& who) {
  CHECK(AnySlotOf(who.shard) == nullptr || AnySlotOf(who.shard)->who != who);
  const ReplicaPage* page = book_.Find(who);
  CHECK(page != nullptr);
  CHECK(!page->fenced);
  ForgetFounding(who);
  book_.Fence(who);
  snapshots_->TakeKept(who);
  observer_.On(ReplicaDestroyed{who});
  Tell(SystemEventKind::kReplicaDeleted, who);
  queue_.Push(kNoSlot, LogRecord{who, TombstoneRecord{}});
  queue_.Push(kNoSlot, LogRecord{who, DataRemovedRecord{}});
}

void Host::State::Owe(const AdminCall& call, std::string_view text) {
  CHECK(owed_.empty() || owed_.back().after_record <= queue_.newest());
  owed_.push_back(OwedAnswer{queue_.newest(), call, text});
}

void Host::State::PayOwed() {
  size_t paid = 0;
  for (; paid < owed_.size() && owed_[paid].after_record <= durable_record_; ++paid) {
    AnswerDone(owed_[paid].call, std::string(owed_[paid].text));
  }
  owed_.erase(owed_.begin(), owed_.begin() + static_cast<ptrdiff_t>(paid));
}

}  // namespace ww::raft
