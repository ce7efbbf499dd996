#include "scenarios/checks/clients.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::checks {

using enum PropertyId;

namespace {

// A key. An engine that answers rightly needs little more than one step an operation.
constexpr uint64_t kSearchStepsMax = 300'000;

}  // namespace

void ClientChecks::On(const ClientInvoked& event, const ShardGhost& shard) {
  // Another try of the same operation changes nothing: it began with the first.
  const auto [it, first] = open_.try_emplace(event.operation_id);
  if (!first) return;
  Open& open = it->second;
  open.identity = IdentityOf(event.command);
  // Whoever confirms a read later knows what is committed now (Raft 6.4), answered or not.
  open.floor = floors_[shard.slot];
  if (event.via == Via::kConfirmed) open.floor = std::max(open.floor, shard.commit());
  // Values are unique; reads of a key outside of a session all look the same.
  open.unique = event.command.series != 0 || event.command.operation != Operation::kGet;
  open.in_session = event.command.series != 0;
  open.via = event.via;
  open.history =
      event.via == Via::kStale ? History::kNotRecorded : history_.Invoke(event, open.identity);
}

void ClientChecks::On(const ClientReturned& event, const ShardGhost& shard) {
  const auto it = open_.find(event.operation_id);
  CHECK(it != open_.end(), "operation {} returned without having been invoked", event.operation_id);
  const Open open = it->second;
  open_.erase(it);
  switch (event.outcome) {
    case Outcome::kCompleted:
      history_.Complete(open.history, event);
      if (open.via == Via::kLog) JudgeCompleted(event, shard, open);
      if (open.via == Via::kConfirmed) JudgeRead(event, shard, open);
      break;
    case Outcome::kRejected:
      if (open.unique && open.via == Via::kLog)
        failed_.try_emplace(open.identity, event.operation_id);
      break;
    case Outcome::kUnknown:
      break;
  }
}

void ClientChecks::JudgeCompleted(const ClientReturned& event, const ShardGhost& shard,
                                  const Open& open) {
  const Reference& reference = machines_.Of(shard.slot);
  reporter_.Count(kAckedKept);
  if (event.index.none() || event.index > reference.applied()) {
    reporter_.Report(kAckedKept, shard.id,
                     "shard {}: operation {} was answered as completed at index {}, but "
                     "committed and applied is only up to {}",
                     shard.id, event.operation_id, event.index, reference.applied());
    return;
  }
  if (event.index <= reference.forgotten()) return;
  const AppliedRecord& record = reference.At(event.index);
  if (record.identity != open.identity || record.rejected) {
    reporter_.Report(
        kAckedKept, shard.id,
        "shard {}: operation {} was answered as completed at index {}, but "
        "the committed entry there (term {}) {}",
        shard.id, event.operation_id, event.index,
        event.index <= shard.commit() ? shard.committed.At(event.index).term : Term(),
        record.identity == open.identity ? "was refused by the machine" : "is another command");
    return;
  }
  if (open.in_session && record.duplicate) {
    reporter_.Report(kSessionExactlyOnce, shard.id,
                     "shard {}: operation {} was answered with index {}, but the "
                     "command there is a repetition of one that took effect before",
                     shard.id, event.operation_id, event.index);
    return;
  }
  reporter_.Count(kLinearizable);
  if (event.index <= open.floor) {
    reporter_.Report(kLinearizable, shard.id,
                     "shard {}: operation {} took effect at index {}, but an operation "
                     "at index {} was complete before it was invoked",
                     shard.id, event.operation_id, event.index, open.floor);
  }
  const ResponseDigest response = ResponseDigest::Of(event.response);
  if (!(response == record.response)) {
    reporter_.Report(record.duplicate ? kSessionExactlyOnce : kLinearizable, shard.id,
                     "shard {}: operation {} was answered {}, but at its index {} the "
                     "machine answered {}",
                     shard.id, event.operation_id, response.Describe(), event.index,
                     record.response.Describe());
  }
  Index& floor = floors_[shard.slot];
  floor = std::max(floor, event.index);
}

void ClientChecks::JudgeRead(const ClientReturned& event, const ShardGhost& shard,
                             const Open& open) {
  const Reference& reference = machines_.Of(shard.slot);
  reporter_.Count(kReadFresh);
  if (event.index < open.floor || event.index > reference.applied()) {
    reporter_.Report(kReadFresh, shard.id,
                     "shard {}: read {} was answered from the state at index {}, but index {} was "
                     "committed before it was invoked, and applied is up to {}",
                     shard.id, event.operation_id, event.index, open.floor, reference.applied());
    return;
  }
  Index& floor = floors_[shard.slot];
  floor = std::max(floor, event.index);
}

// Under a lease nobody else commits, so its holder knows of all that was ever answered.
void ClientChecks::On(const ReadsConfirmed& event, const ShardGhost& shard) {
  if (!event.lease) return;
  reporter_.Count(kReadFresh);
  if (event.index >= floors_[shard.slot]) return;
  reporter_.Report(kReadFresh, shard.id,
                   "shard {} replica {}: answers reads by its lease of term {} from "
                   "index {} on, but an operation at index {} is complete",
                   event.who.shard, event.who.replica, event.term, event.index,
                   floors_[shard.slot]);
}

void ClientChecks::OnEffect(uint64_t identity, const EntryApplied& event) {
  history_.TookEffect(event.who.shard, identity, event.index);
  if (failed_.empty()) return;
  reporter_.Count(kDefiniteFailure);
  const auto it = failed_.find(identity);
  if (it == failed_.end()) return;
  reporter_.Report(kDefiniteFailure, event.who.shard,
                   "shard {}: operation {} was definitely refused, but takes effect at "
                   "index {} (term {}, replica {})",
                   event.who.shard, it->second, event.index, event.entry.term, event.who.replica);
}

void ClientChecks::Finish(const Ghost& ghost) {
  for (const ShardGhost& shard : ghost.shards()) JudgeEnd(shard);
  JudgeHistory();
}

void ClientChecks::JudgeEnd(const ShardGhost& shard) {
  for (const ReplicaGhost& replica : shard.replicas) {
    if (!replica.running || replica.applied.none()) continue;
    reporter_.Count(kAckedKept);
    const Index index = std::min(replica.applied, shard.commit());
    if (replica.log.Holds(index, shard.committed.At(index).chain)) continue;
    reporter_.Report(kAckedKept, shard.id,
                     "shard {}: at the end replica {} has applied up to index {}, but "
                     "its log (last index {}) no longer holds what was committed at "
                     "index {}",
                     shard.id, replica.key.replica, replica.applied, replica.log.last(), index);
  }
}

void ClientChecks::JudgeHistory() {
  if (reporter_.disabled(kLinearizable)) return;
  for (const History::KeyHistory& key : history_.ByKey()) {
    const SearchResult result = SearchOrder(key.operations, kSearchStepsMax);
    if (result.verdict == SearchVerdict::kGaveUp) {
      reporter_.Note(Notice::kSearchGaveUp);
      continue;
    }
    reporter_.Count(kLinearizable);
    if (result.verdict == SearchVerdict::kLinearizable) continue;
    reporter_.Report(kLinearizable, key.shard,
                     "shard {} key {}: no order explains the answers of its {} "
                     "operations; the longest explains {} and then contradicts the "
                     "answer of operation {}",
                     key.shard, key.key, key.operations.size(), result.explained, result.stuck_id);
  }
}

}  // namespace ww::checks
