#include "scenarios/checks/machines.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

namespace {

// Before the horizon; an answer that took longer than so many entries is not compared.
constexpr uint64_t kRecordsKept = 1024;

// Opening a session twice is no second effect.
bool InSession(const EntryApplied& event) {
  return event.command.has_value() && event.command->series != 0 &&
         event.command->operation != Operation::kRegister &&
         event.command->operation != Operation::kUnregister;
}

const char* Effect(bool duplicate, bool rejected) {
  if (rejected) return "refused";
  return duplicate ? "answered from the session" : "executed";
}

}  // namespace

uint64_t MachineChecks::On(const EntryApplied& event, Ghost::Where where) {
  JudgeOrder(event, where);
  JudgeEntry(event, where.shard);
  Reference& reference = references_[where.shard.slot];
  const ResponseDigest response = ResponseDigest::Of(event.response);
  if (event.index.none()) return 0;
  if (event.index <= reference.forgotten()) return 0;  // Reported above, if anything.
  if (event.index <= reference.applied()) {
    JudgeLater(event, where.shard, reference.At(event.index), response);
    return 0;
  }
  if (event.index != reference.applied().next()) return 0;  // A gap, reported above.
  const Execution execution = reference.Execute(event, where.replica.slot, response);
  JudgeFirst(event, execution, response);
  const bool took_effect = event.command.has_value() && !event.rejected && !execution.was_duplicate;
  return took_effect ? reference.At(event.index).identity : 0;
}

void MachineChecks::Forget(uint32_t shard_slot, Index horizon) {
  Reference& reference = references_[shard_slot];
  const Index up_to = std::min(horizon, reference.applied());
  if (up_to.value > kRecordsKept) reference.ForgetUpTo(Index(up_to.value - kRecordsKept));
}

void MachineChecks::JudgeOrder(const EntryApplied& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kApplyOnce);
  if (event.index <= replica.applied) {
    reporter_.Report(kApplyOnce, event.who.shard,
                     "shard {} replica {} (incarnation {}) applies index {}, but its "
                     "machine has applied up to index {} already",
                     event.who.shard, event.who.replica, event.incarnation, event.index,
                     replica.applied);
    return;
  }
  if (event.index != replica.applied.next()) {
    reporter_.Report(kCommitApplyMonotonic, event.who.shard,
                     "shard {} replica {} applies index {}, but the last one it applied "
                     "is {}",
                     event.who.shard, event.who.replica, event.index, replica.applied);
  }
  if (event.index > replica.commit) {
    reporter_.Report(kCommitApplyMonotonic, event.who.shard,
                     "shard {} replica {} applies index {}, but its commit is {}", event.who.shard,
                     event.who.replica, event.index, replica.commit);
  }
}

void MachineChecks::JudgeEntry(const EntryApplied& event, const ShardGhost& shard) {
  if (event.index.none() || event.index > shard.commit()) return;
  reporter_.Count(kCommittedAgreement);
  const uint64_t committed = shard.committed.ChainAt(event.index);
  const uint64_t chain = ExtendChain(shard.committed.ChainAt(event.index.previous()), event.entry);
  if (chain == committed) return;
  reporter_.Report(kCommittedAgreement, event.who.shard,
                   "shard {} replica {} applies at index {} an entry of term {} ({:016x}), but the "
                   "committed one there has term {} ({:016x})",
                   event.who.shard, event.who.replica, event.index, event.entry.term, chain,
                   shard.committed.TermAt(event.index), committed);
}

void MachineChecks::JudgeFirst(const EntryApplied& event, const Execution& execution,
                               const ResponseDigest& response) {
  if (execution.was_closed) {
    reporter_.Report(kSessionExactlyOnce, event.who.shard,
                     "shard {}: replica {} accepts client {} series {} at index {}, but the client "
                     "closed that session at index {}",
                     event.who.shard, event.who.replica, event.command->client,
                     event.command->series, event.index, execution.earlier);
    return;
  }
  if (!execution.evicted_before.none()) {
    reporter_.Report(kSessionExactlyOnce, event.who.shard,
                     "shard {}: replica {} knows the session of client {} at index {}, which was "
                     "last used at index {}, but one used last at index {} was evicted before",
                     event.who.shard, event.who.replica, event.command->client, event.index,
                     execution.earlier, execution.evicted_before);
    return;
  }
  if (InSession(event) && !event.rejected) {
    reporter_.Count(kSessionExactlyOnce);
    if (execution.was_duplicate && !event.duplicate) {
      reporter_.Report(kSessionExactlyOnce, event.who.shard,
                       "shard {}: replica {} executes client {} series {} at index {}, which took "
                       "effect at index {} already",
                       event.who.shard, event.who.replica, event.command->client,
                       event.command->series, event.index, execution.earlier);
      return;
    }
    if (event.duplicate && !execution.was_duplicate) {
      reporter_.Report(kSessionExactlyOnce, event.who.shard,
                       "shard {}: replica {} answers client {} series {} at index {} from its "
                       "session, but it never took effect before",
                       event.who.shard, event.who.replica, event.command->client,
                       event.command->series, event.index);
      return;
    }
  }
  if (!execution.judged || execution.expected == response) return;
  reporter_.Report(execution.was_duplicate ? kSessionExactlyOnce : kApplyDeterministic,
                   event.who.shard, "shard {}: replica {} answers {} at index {}, but {} {}",
                   event.who.shard, event.who.replica, response.Describe(), event.index,
                   execution.was_duplicate
                       ? fmt::format("index {}, where it took effect, answered", execution.earlier)
                       : std::string("the reference machine answers"),
                   execution.expected.Describe());
}

void MachineChecks::JudgeLater(const EntryApplied& event, const ShardGhost& shard,
                               const AppliedRecord& record, const ResponseDigest& response) {
  const auto first = [&] { return shard.replicas[record.first].key.replica; };
  reporter_.Count(kApplyDeterministic);
  if (event.duplicate != record.duplicate || event.rejected != record.rejected) {
    reporter_.Report(InSession(event) ? kSessionExactlyOnce : kApplyDeterministic, event.who.shard,
                     "shard {} index {}: {} by replica {}, but {} by replica {}", event.who.shard,
                     event.index, Effect(event.duplicate, event.rejected), event.who.replica,
                     Effect(record.duplicate, record.rejected), first());
  }
  if (!(response == record.response)) {
    reporter_.Report(kApplyDeterministic, event.who.shard,
                     "shard {} index {}: replica {} answers {}, but replica {} answered "
                     "{}",
                     event.who.shard, event.index, event.who.replica, response.Describe(), first(),
                     record.response.Describe());
  }
  if (event.state_digest != record.state_digest) {
    reporter_.Report(kApplyDeterministic, event.who.shard,
                     "shard {} index {}: the state of replica {} is {:016x} after it, but that of "
                     "replica {} was {:016x}",
                     event.who.shard, event.index, event.who.replica, event.state_digest, first(),
                     record.state_digest);
  }
}

}  // namespace ww::checks
