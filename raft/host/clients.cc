#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

Outcome OutcomeOf(AppliedAs as) {
  switch (as) {
    case AppliedAs::kEffect:
    case AppliedAs::kDuplicate:
      return Outcome::kCompleted;
    case AppliedAs::kForgotten:
      // It may well have had its effect; the client said that it no longer asks.
      return Outcome::kTerminated;
    case AppliedAs::kRejected:
      return Outcome::kRejected;
  }
  UNREACHABLE();
}

}  // namespace

void Host::State::OnClientRequest(HostId client_host, ClientRequest& request) {
  Slot* slot = SlotOf(request.shard);
  if (slot == nullptr || !slot->leads()) {
    auto reply = std::make_unique<ClientReply>();
    reply->request = request.request;
    reply->shard = request.shard;
    reply->outcome = Outcome::kNotLeader;
    if (slot != nullptr) reply->leader_host = slot->HostOf(slot->replica.leader());
    if (slot == nullptr) reply->response = snapshots_->WhyLost(request.shard);
    CHECK(slot == nullptr || reply->leader_host != env_.host());
    return Reply(client_host, std::move(reply));
  }
  if (const std::optional<WriteGate> gate = GateOf(*slot); gate.has_value()) {
    return RefuseWrite(*slot, client_host, request.request, *gate);
  }
  if (request.command.empty() || request.command.size() > config_.limits.payload_bytes_max) {
    COVER("host.payload_refused");
    return Answer(*slot, client_host, request.request, Outcome::kRejected);
  }
  if (full_ || Busy(*slot, request.command.size())) {
    COVER("host.busy");
    return Answer(*slot, client_host, request.request, Outcome::kBusy);
  }
  slot->waiting_bytes += request.command.size();
  slot->waiting.push_back(WaitingRequest{client_host, request.request, std::move(request.command)});
  if (!slot->wants_propose) proposing_.push_back(slot->number);
  slot->wants_propose = true;
}

std::optional<WriteGate> Host::State::GateOf(const Slot& slot) const {
  CHECK(slot.leads());
  return write_gates_.Meets(slot.who.shard, slot.replica.term(), now_);
}

void Host::State::RefuseWrite(const Slot& slot, HostId client_host, uint64_t request,
                              WriteGate gate) {
  COVER("host.write_not_admitted");
  auto reply = std::make_unique<ClientReply>();
  reply->request = request;
  reply->shard = slot.who.shard;
  reply->outcome = Outcome::kNotAdmitted;
  reply->response = NameOf(gate);
  Reply(client_host, std::move(reply));
}

bool Host::State::Busy(const Slot& slot, size_t command_bytes) const {
  if (slot.waiting.size() + slot.pending.size() >= config_.limits.proposals_pending_max)
    return true;
  const uint64_t held = slot.unapplied_bytes + slot.waiting_bytes;
  if (held + command_bytes <= config_.limits.log_bytes_max) return false;
  COVER("host.log_bytes_full");
  return true;
}

// A leader's log behind what is applied: at first what it took over with the leadership, and from
// then on what it appends. Only a leader refuses commands, and its log is never cut.
void Host::State::CountUnapplied(Slot& slot, const Effects& effects) {
  CHECK(slot.leads());
  for (const RoleChange& change : effects.role_changes) {
    if (change.role != Role::kLeader) continue;
    slot.unapplied_bytes = 0;
    for (Index at = slot.machine.applied().next(); at <= slot.replica.last_index(); ++at) {
      slot.unapplied_bytes += slot.replica.EntryAt(at).payload.size();
    }
    return;
  }
  if (!effects.append.has_value()) return;
  for (const Entry& entry : effects.append->entries) slot.unapplied_bytes += entry.payload.size();
}

void Host::State::Answer(const Slot& slot, HostId client_host, uint64_t request, Outcome outcome) {
  CHECK_NE(outcome, Outcome::kCompleted);
  CHECK(!client_host.none());
  auto reply = std::make_unique<ClientReply>();
  reply->request = request;
  reply->shard = slot.who.shard;
  reply->outcome = outcome;
  Reply(client_host, std::move(reply));
}

void Host::State::ProposeWaiting() {
  for (size_t i = 0; i < proposing_.size(); ++i) {
    Slot& slot = *slots_[proposing_[i]];
    CHECK(slot.wants_propose);
    slot.wants_propose = false;
    CHECK(slot.running() || slot.waiting.empty());
    if (slot.replica.transferring()) continue;  // They wait for its end.
    RefuseWaitingAtGate(slot);
    const size_t batch_max = config_.limits.proposals_batch_max;
    // Leadership may have been lost since they were taken: then nothing waits any more.
    for (size_t first = 0; first < slot.waiting.size(); first += batch_max) {
      ProposeBatch(slot, first, std::min(first + batch_max, slot.waiting.size()));
    }
    slot.waiting.clear();
    slot.waiting_bytes = 0;
  }
  proposing_.clear();
}

// One may have shut while they waited.
void Host::State::RefuseWaitingAtGate(Slot& slot) {
  if (slot.waiting.empty()) return;
  const std::optional<WriteGate> gate = GateOf(slot);
  if (!gate.has_value()) return;
  for (const WaitingRequest& request : slot.waiting) {
    RefuseWrite(slot, request.client_host, request.request, *gate);
  }
  slot.waiting.clear();
}

void Host::State::ProposeBatch(Slot& slot, size_t first, size_t end) {
  CHECK_LT(first, end);
  CHECK(slot.leads());
  const Term term = slot.replica.term();
  Index index = slot.last.index;
  Propose propose;
  for (size_t i = first; i < end; ++i) {
    WaitingRequest& request = slot.waiting[i];
    ++index;
    slot.pending.Push(
        PendingRequest{LogPosition{index, term}, request.client_host, request.request});
    propose.entries.push_back(Entry{Term(), EntryType::kCommand, std::move(request.command)});
  }
  Step(slot, std::move(propose));
  CHECK_EQ(slot.last.index, index);
  CHECK_EQ(slot.last.term, term);
}

// Leadership is gone: what was proposed may still commit, under this leader's successor, or may be
// cut. Nobody here will know.
void Host::State::TerminateRequests(Slot& slot) {
  if (!slot.pending.empty()) COVER("host.deposed_with_pending");
  for (; !slot.pending.empty(); slot.pending.Pop()) {
    const PendingRequest& request = slot.pending.front();
    Answer(slot, request.client_host, request.request, Outcome::kTerminated);
  }
  for (const WaitingRequest& request : slot.waiting) {
    Answer(slot, request.client_host, request.request, Outcome::kNotLeader);
  }
  slot.waiting.clear();
  slot.waiting_bytes = 0;
  CHECK(slot.pending.empty());
  TerminateChange(slot);
}

void Host::State::ApplyCommitted() {
  turn_slots_.clear();
  std::swap(turn_slots_, applying_);
  for (const uint32_t number : turn_slots_) {
    Slot& slot = *slots_[number];
    CHECK(slot.wants_apply);
    slot.wants_apply = false;
    if (!slot.running()) continue;
    if (ApplyBatch(slot)) {
      slot.wants_apply = true;
      applying_.push_back(number);
    }
  }
}

// Where a leader's copy counts before it is durable, the machine and those who wait for an answer
// see none of it before it is.
Index Host::State::ApplicableUpTo(const Slot& slot) const {
  const Index commit = slot.replica.commit();
  return config_.rules.own_copy_durable ? commit : std::min(commit, slot.replica.durable_index());
}

// Returns whether there is more to apply now.
bool Host::State::ApplyBatch(Slot& slot) {
  const bool more = ApplySome(slot);
  if (slot.running()) snapshots_->Applied(slot);
  if (!slot.reads.batches.empty()) AnswerReads(slot);
  return more;
}

bool Host::State::ApplySome(Slot& slot) {
  for (uint32_t i = 0; i < config_.limits.apply_batch_max; ++i) {
    if (!slot.running() || slot.machine.applied() >= ApplicableUpTo(slot)) return false;
    const Index next = slot.machine.applied().next();
    if (!MayApply(slot, next) || !MachineCan(slot, next)) return false;
    ApplyEntry(slot, next);
  }
  CHECK_LE(slot.machine.applied(), slot.replica.commit());
  return slot.machine.applied() < ApplicableUpTo(slot);
}

void Host::State::ApplyEntry(Slot& slot, Index index) {
  const Entry& entry = slot.replica.EntryAt(index);
  if (slot.leads()) {
    CHECK_GE(slot.unapplied_bytes, entry.payload.size());
    slot.unapplied_bytes -= entry.payload.size();
  }
  const LogPosition position{index, entry.term};
  const bool changes = entry.type == EntryType::kMembership;
  // A witness has no machine, and nothing to say of its state.
  if (entry.type == EntryType::kMetadata || slot.machine.skipped()) {
    slot.machine.Skip(index);
    if (changes) ApplyChange(slot, position);
    return;
  }
  const Applied applied = slot.machine.Apply(index, entry);
  CHECK_EQ(slot.machine.applied(), index);
  if (slot.snapshots.disk != nullptr) slot.snapshots.disk->Update(index, entry);
  slot.snapshots.applied_bytes += entry.payload.size();
  EntryApplied event;
  event.who = slot.who;
  event.index = index;
  event.term = entry.term;
  event.entry = &entry;
  event.command = applied.command;
  event.state_digest = slot.machine.digest();
  event.response = applied.response;
  event.duplicate = applied.as == AppliedAs::kDuplicate || applied.as == AppliedAs::kForgotten;
  event.rejected = applied.as == AppliedAs::kRejected || applied.as == AppliedAs::kForgotten;
  observer_.On(event);
  AnswerApplied(slot, position, applied);
  if (changes) ApplyChange(slot, position);
}

// The entry that was applied is the one that was proposed only if the term says so too: another
// leader may have put its own at this index.
void Host::State::AnswerApplied(Slot& slot, const LogPosition& position, const Applied& applied) {
  if (slot.pending.empty() || slot.pending.front().position.index > position.index) return;
  const PendingRequest request = slot.pending.front();
  slot.pending.Pop();
  CHECK_EQ(request.position.index, position.index);
  if (request.position.term != position.term) {
    return Answer(slot, request.client_host, request.request, Outcome::kTerminated);
  }
  const Outcome outcome = OutcomeOf(applied.as);
  if (outcome != Outcome::kCompleted) {
    return Answer(slot, request.client_host, request.request, outcome);
  }
  auto reply = std::make_unique<ClientReply>();
  reply->request = request.request;
  reply->shard = slot.who.shard;
  reply->outcome = outcome;
  reply->index = applied.index.value;
  reply->response = std::string(applied.response);
  Reply(request.client_host, std::move(reply));
}

}  // namespace ww::raft
