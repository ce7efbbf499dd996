#include "scenarios/checks/logs.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

namespace {

// What leaders up to the replica's present term have committed: no leader of its term can lack it.
// Of what a later one commits the replica need not know: whom it counted has its term, and a late
// message of an earlier leader may take it from the others (Raft figure 3.7, read from the end).
Index CommittedUpToTerm(Ghost::Where where) {
  Index committed;
  for (const Leadership& leadership : where.shard.leaderships) {
    if (leadership.term > where.replica.state.term) break;
    committed = std::max(committed, leadership.committed);
  }
  return committed;
}

}  // namespace

void LogChecks::Before(const EntriesAppended& event, Ghost::Where where,
                       const std::optional<HandledMessage>& handled) {
  if (event.first <= where.replica.log.last() && !event.first.none()) {
    JudgeCut(event, where);
    JudgeCause(event, where, handled);
  }
  if (event.created) JudgeCreation(event, where);
}

void LogChecks::JudgeCut(const EntriesAppended& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  const GhostLog& committed = where.shard.committed;
  reporter_.Count(kTruncationLegal);
  const LogCell removed = replica.log.At(event.first);
  if (replica.role == Role::kLeader) {
    reporter_.Report(kLeaderAppendOnly, event.who.shard,
                     "shard {} replica {} cuts its log at index {}, but leads term {} "
                     "and held index {} (term {})",
                     event.who.shard, event.who.replica, event.first, replica.state.term,
                     event.first, removed.term);
  }
  if (event.first <= CommittedUpToTerm(where) && committed.Holds(event.first, removed.chain)) {
    reporter_.Report(kTruncationLegal, event.who.shard,
                     "shard {} replica {} cuts its log at index {}, but its entry there "
                     "(term {}) is the committed one",
                     event.who.shard, event.who.replica, event.first, removed.term);
  }
  if (!event.entries.empty() && event.entries[0].term != removed.term) return;
  reporter_.Report(kTruncationLegal, event.who.shard,
                   "shard {} replica {} cuts its log at index {}, but nothing conflicts "
                   "there: it held term {} and now {}",
                   event.who.shard, event.who.replica, event.first, removed.term,
                   event.entries.empty() ? std::string("holds nothing")
                                         : fmt::format("holds term {}", event.entries[0].term));
}

void LogChecks::JudgeCause(const EntriesAppended& event, Ghost::Where where,
                           const std::optional<HandledMessage>& handled) {
  const auto illegal = [&](const std::string& cause) {
    reporter_.Report(kTruncationLegal, event.who.shard,
                     "shard {} replica {} (term {}) cuts its log at index {}, but {}",
                     event.who.shard, event.who.replica, where.replica.state.term, event.first,
                     cause);
  };
  if (!handled.has_value() || handled->who != event.who) {
    return illegal("no message to it is being handled");
  }
  const Leadership* leadership = where.shard.LeadershipOf(handled->term);
  const bool from_leader = leadership != nullptr && leadership->replica == handled->from;
  if (handled->appends && from_leader && handled->term >= where.replica.state.term) return;
  illegal(fmt::format("the message that it acts on, of replica {} and term {}, is {}",
                      handled->from, handled->term,
                      !handled->appends ? "no append"
                      : from_leader     ? "of a lower term"
                                        : "not of the leader of that term"));
}

void LogChecks::JudgeCreation(const EntriesAppended& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kLeaderAppendOnly);
  for (const EntryView& entry : event.entries) {
    if (replica.role == Role::kLeader && entry.term == replica.state.term) continue;
    reporter_.Report(kLeaderAppendOnly, event.who.shard,
                     "shard {} replica {} creates an entry of term {} at index {} or "
                     "later, but {} term {}",
                     event.who.shard, event.who.replica, entry.term, event.first,
                     replica.role == Role::kLeader ? "leads" : "does not lead; it has",
                     replica.state.term);
    break;
  }
  if (event.entries.empty()) return;
  const Term term = event.entries[0].term;
  const Leadership* leadership = where.shard.LeadershipOf(term);
  if (leadership != nullptr && leadership->replica == event.who.replica) return;
  reporter_.Report(kEntryUnique, event.who.shard,
                   "shard {} index {} term {}: created by replica {}, but {} led that term",
                   event.who.shard, event.first, term, event.who.replica,
                   leadership == nullptr ? std::string("nobody")
                                         : fmt::format("replica {}", leadership->replica));
}

void LogChecks::After(const EntriesAppended& event, const AppendFacts& facts) {
  reporter_.Count(kLogMatching);
  if (event.created) reporter_.Count(kEntryUnique);
  const ShardId shard = event.who.shard;
  if (facts.gap) {
    reporter_.Report(kLogMatching, shard,
                     "shard {} replica {} appends at index {}, but its log ends before "
                     "the index in front of it",
                     shard, event.who.replica, event.first);
  }
  if (!facts.created_again.none()) {
    reporter_.Report(kEntryUnique, shard,
                     "shard {} index {} term {}: created by replica {}, but an entry of this index "
                     "and term exists already, {}",
                     shard, facts.created_again, facts.known.term, event.who.replica,
                     facts.known.creator.none()
                         ? std::string("of unknown origin")
                         : fmt::format("created by replica {}", facts.known.creator));
  }
  if (!facts.decreasing.none()) {
    reporter_.Report(kLogMatching, shard,
                     "shard {} replica {} appends index {} with term {}, but the entry "
                     "before it has a higher term",
                     shard, event.who.replica, facts.decreasing,
                     event.entries[facts.decreasing - event.first].term);
  }
  // What follows an entry that nobody created conflicts because of it.
  if (!facts.unknown.none() && (facts.conflict.none() || facts.unknown < facts.conflict)) {
    reporter_.Report(kEntryUnique, shard,
                     "shard {} index {} term {}: appended by replica {}, but no leader "
                     "created it",
                     shard, facts.unknown, event.entries[facts.unknown - event.first].term,
                     event.who.replica);
  }
  if (!facts.conflict.none()) {
    reporter_.Report(kLogMatching, shard,
                     "shard {} index {} term {}: the log of replica {} up to there is "
                     "{:016x}, but another log with this entry has {:016x}",
                     shard, facts.conflict, facts.known.term, event.who.replica, facts.chain,
                     facts.known.chain);
  }
}

void LogChecks::On(const RecordWritten& event, Ghost::Where where) {
  const Index last = where.replica.written.last();
  if (event.kind != RecordKind::kEntries) return;
  if (!event.first.none() && event.first <= last.next()) return;
  reporter_.Report(kLogMatching, event.who.shard,
                   "shard {} replica {} writes a record of entries from index {} on, but "
                   "what it wrote before ends at index {}",
                   event.who.shard, event.who.replica, event.first, last);
}

void LogChecks::On(const ReplicaStarted& event, Ghost::Where where, const GhostLog& recovered) {
  for (Index index = recovered.base().next(); index <= recovered.last(); ++index) {
    const LogCell cell = recovered.At(index);
    const RegistryRecord* known = where.shard.registry.Find(index, cell.term);
    reporter_.Count(kLogMatching);
    if (known == nullptr || known->chain == cell.chain) continue;
    reporter_.Report(kLogMatching, event.who.shard,
                     "shard {} index {} term {}: the log read back by replica {} up to "
                     "there is {:016x}, but another log with this entry has {:016x}",
                     event.who.shard, index, cell.term, event.who.replica, cell.chain,
                     known->chain);
    return;
  }
}

}  // namespace ww::checks
