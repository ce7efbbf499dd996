// Reads of clients: batches of a turn, answers from the machine, and refusals.
#include "raft/host/reads.h"

#include <algorithm>
#include <utility>

#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// In election timeouts: longer than a change of leader takes, so that a client is told.
constexpr int64_t kReadTimeouts = 2;
// Contexts of one life of the process; its incarnation stands above them.
constexpr uint64_t kContextBits = 40;
// Where a replica may be told the context of another one, its host stands above both.
constexpr uint64_t kHostShift = 56;

}  // namespace

void Host::State::OnClientQuery(HostId client_host, ClientQuery& query) {
  Slot* slot = SlotOf(query.shard);
  if (slot == nullptr) {
    auto reply = std::make_unique<ClientReply>();
    reply->request = query.request;
    reply->shard = query.shard;
    reply->outcome = Outcome::kNotLeader;
    return Reply(client_host, std::move(reply));
  }
  PendingQuery pending{client_host, query.request, std::move(query.key)};
  if (slot->witnesses()) return SendElsewhere(*slot, pending);
  // A stale read promises nothing but a state that once was.
  if (query.consistency == Consistency::kStale) return AnswerQuery(*slot, pending);
  if (slot->reads.waiting >= config_.limits.reads_pending_max) {
    COVER("host.read_busy");
    return Answer(*slot, client_host, query.request, Outcome::kBusy);
  }
  ++slot->reads.waiting;
  slot->reads.fresh.push_back(std::move(pending));
  if (!slot->reads.listed) reading_.push_back(slot->number);
  slot->reads.listed = true;
}

ReadContext Host::State::NextContext() {
  CHECK_LT(contexts_, uint64_t{1} << kContextBits);
  const uint64_t life = env_.incarnation().value << kContextBits;
  const uint64_t host = config_.rules.reads_keep_context ? 0 : host_.value << kHostShift;
  return ReadContext((life | host) + ++contexts_);
}

// One context for all that came in this turn.
void Host::State::AskReads() {
  for (size_t i = 0; i < reading_.size(); ++i) {
    Slot& slot = *slots_[reading_[i]];
    CHECK(slot.reads.listed);
    slot.reads.listed = false;
    if (slot.reads.fresh.empty()) continue;
    CHECK(slot.running());
    QueryBatch batch;
    batch.context = NextContext();
    batch.deadline = now_ + config_.election_timeout * kReadTimeouts;
    batch.queries = std::exchange(slot.reads.fresh, {});
    CHECK(slot.reads.batches.empty() || slot.reads.batches.back().deadline <= batch.deadline);
    const ReadContext context = batch.context;
    slot.reads.batches.push_back(std::move(batch));
    Step(slot, Read{context});
  }
  reading_.clear();
}

// The core has an index for some batches, or refuses them. Answers to batches that were given up
// meanwhile find nothing.
void Host::State::OnReadsReady(Slot& slot, const std::vector<ReadReady>& ready) {
  for (const ReadReady& one : ready) {
    std::vector<QueryBatch>& batches = slot.reads.batches;
    const auto at = std::find_if(batches.begin(), batches.end(), [&one](const QueryBatch& batch) {
      return batch.context == one.context;
    });
    if (at == batches.end()) {
      COVER("host.read_answer_late");
    } else if (one.index.none()) {
      RefuseBatch(slot, *at, slot.leads() ? Outcome::kBusy : Outcome::kNotLeader);
      batches.erase(at);
    } else {
      at->index = one.index;
    }
  }
  AnswerReads(slot);
}

// Those whose index the machine has reached (Raft 6.4, step 4).
void Host::State::AnswerReads(Slot& slot) {
  std::vector<QueryBatch>& batches = slot.reads.batches;
  size_t kept = 0;
  for (size_t at = 0; at < batches.size(); ++at) {
    if (!batches[at].index.none() && batches[at].index <= slot.machine.applied()) {
      observer_.On(ReadAnswered{slot.who, batches[at].index});
      // One that joined may have asked before it knew that it is a witness.
      for (const PendingQuery& query : batches[at].queries) {
        slot.witnesses() ? SendElsewhere(slot, query) : AnswerQuery(slot, query);
      }
      CHECK_GE(slot.reads.waiting, batches[at].queries.size());
      slot.reads.waiting -= static_cast<uint32_t>(batches[at].queries.size());
    } else {
      if (!batches[at].index.none()) COVER("host.read_waits_for_apply");
      if (kept != at) batches[kept] = std::move(batches[at]);
      ++kept;
    }
  }
  batches.resize(kept);
}

// A witness has nothing to read.
void Host::State::SendElsewhere(const Slot& slot, const PendingQuery& query) {
  COVER("host.witness_asked");
  CHECK(!slot.leads());
  auto reply = std::make_unique<ClientReply>();
  reply->request = query.request;
  reply->shard = slot.who.shard;
  reply->outcome = Outcome::kNotLeader;
  reply->leader_host = slot.HostOf(slot.replica.leader());
  Reply(query.client_host, std::move(reply));
}

void Host::State::AnswerQuery(const Slot& slot, const PendingQuery& query) {
  CHECK(!query.client_host.none());
  CHECK(!slot.machine.skipped());
  auto reply = std::make_unique<ClientReply>();
  reply->request = query.request;
  reply->shard = slot.who.shard;
  reply->outcome = Outcome::kCompleted;
  reply->index = slot.machine.applied().value;
  reply->response = slot.machine.Query(query.key);
  Reply(query.client_host, std::move(reply));
}

void Host::State::RefuseBatch(Slot& slot, const QueryBatch& batch, Outcome outcome) {
  CHECK_GE(slot.reads.waiting, batch.queries.size());
  slot.reads.waiting -= static_cast<uint32_t>(batch.queries.size());
  const HostId leader = slot.leads() ? HostId() : slot.HostOf(slot.replica.leader());
  for (const PendingQuery& query : batch.queries) {
    auto reply = std::make_unique<ClientReply>();
    reply->request = query.request;
    reply->shard = slot.who.shard;
    reply->outcome = outcome;
    if (outcome == Outcome::kNotLeader) reply->leader_host = leader;
    Reply(query.client_host, std::move(reply));
  }
}

// The leader that was asked is gone, and nobody else knows of the question. What has its index
// keeps it: it was confirmed.
void Host::State::DropReads(Slot& slot) {
  std::vector<QueryBatch>& batches = slot.reads.batches;
  if (batches.empty()) return;
  COVER("host.reads_dropped");
  for (const QueryBatch& batch : batches) {
    if (batch.index.none()) RefuseBatch(slot, batch, Outcome::kNotLeader);
  }
  std::erase_if(batches, [](const QueryBatch& batch) { return batch.index.none(); });
}

void Host::State::ExpireReads(Slot& slot) {
  std::vector<QueryBatch>& batches = slot.reads.batches;
  while (!batches.empty() && batches.front().deadline <= now_) {
    COVER("host.read_expired");
    RefuseBatch(slot, batches.front(), Outcome::kTerminated);
    batches.erase(batches.begin());
  }
  CHECK_GT(slot.reads.deadline(), now_);
}

// The replica stops taking part.
void Host::State::TerminateReads(Slot& slot) {
  for (const QueryBatch& batch : slot.reads.batches) {
    RefuseBatch(slot, batch, Outcome::kTerminated);
  }
  slot.reads.batches.clear();
  for (const PendingQuery& query : slot.reads.fresh) {
    Answer(slot, query.client_host, query.request, Outcome::kTerminated);
  }
  slot.reads.fresh.clear();
  slot.reads.waiting = 0;
}

void Host::State::ReportReads(const Slot& slot, const Effects& effects) {
  const Term term = slot.replica.term();
  if (effects.lease.has_value()) {
    observer_.On(LeaseChanged{slot.who, term, effects.lease->end, effects.lease->counted});
  }
  if (effects.read_confirmation.has_value()) {
    const ReadConfirmation& confirmation = *effects.read_confirmation;
    observer_.On(ReadsConfirmed{slot.who, term, confirmation.index, confirmation.lease,
                                confirmation.counted});
  }
}

}  // namespace ww::raft
