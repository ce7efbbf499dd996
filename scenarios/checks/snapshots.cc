#include "scenarios/checks/snapshots.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

// One that was never applied by anybody can't be told right from wrong, and never is right.
void SnapshotChecks::JudgeContent(const Content& content, Ghost::Where where, const char* what) {
  const ShardGhost& shard = where.shard;
  const Reference& reference = machines_.Of(shard.slot);
  reporter_.Count(kSnapshotFaithful);
  const bool applied_by_some = content.metadata || content.index <= reference.applied();
  if (content.index.none() || !applied_by_some || content.index > shard.commit()) {
    reporter_.Report(kSnapshotFaithful, shard.id,
                     "shard {}: replica {} {} a snapshot at index {}, but no replica "
                     "has applied more than {} and {} is committed",
                     shard.id, where.replica.key.replica, what, content.index, reference.applied(),
                     shard.commit());
    return;
  }
  // Older than any that a replica could start from: whether it may be used is judged elsewhere.
  if (content.index < shard.horizon || content.index <= reference.forgotten()) return;
  const Term committed = shard.committed.TermAt(content.index);
  if (content.term != committed) {
    reporter_.Report(kSnapshotFaithful, shard.id,
                     "shard {}: replica {} {} a snapshot at index {} of term {}, but "
                     "the committed entry there is of term {}",
                     shard.id, where.replica.key.replica, what, content.index, content.term,
                     committed);
    return;
  }
  if (content.metadata) return;
  const AppliedRecord& applied = reference.At(content.index);
  if (applied.state_digest == content.state_digest) return;
  reporter_.Report(
      kSnapshotFaithful, shard.id,

      "shard {}: replica {} {} a snapshot at index {} with state {:016x}, but the state "
      "of replica {} after that index was {:016x}",
      shard.id, where.replica.key.replica, what, content.index, content.state_digest,
      shard.replicas[applied.first].key.replica, applied.state_digest);
}

void SnapshotChecks::On(const SnapshotPublished& event, Ghost::Where where, const HostGhost& host) {
  JudgeContent({event.index, event.term, event.state_digest, event.metadata}, where,
               event.received ? "received" : "took");
  if (!event.received && !event.metadata && event.index > where.replica.applied) {
    reporter_.Report(kSnapshotFaithful, where.shard.id,
                     "shard {}: replica {} took a snapshot at index {}, but its machine "
                     "has applied up to {} only",
                     where.shard.id, event.who.replica, event.index, where.replica.applied);
  }
  uint64_t synced = 0;
  for (const FileGhost& file : host.files) {
    if (file.number == event.file) synced = file.synced;
  }
  if (synced >= event.bytes) return;
  reporter_.Report(kSnapshotFaithful, where.shard.id,
                   "shard {}: replica {} publishes a snapshot at index {} of {} bytes, but "
                   "{} of them are synced",
                   where.shard.id, event.who.replica, event.index, event.bytes, synced);
}

void SnapshotChecks::On(const SnapshotInstalled& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  const GhostLog& committed = where.shard.committed;
  JudgeContent({event.index, event.term, event.state_digest, event.metadata}, where,
               event.at_start ? "starts from" : "installs");
  if (event.at_start) return;
  reporter_.Count(kSnapshotNoRegress);
  if (event.index <= replica.commit || event.index <= replica.applied) {
    reporter_.Report(kSnapshotNoRegress, where.shard.id,
                     "shard {}: replica {} installs a snapshot at index {}, but its commit "
                     "is {} and it has applied up to {}",
                     where.shard.id, event.who.replica, event.index, replica.commit,
                     replica.applied);
  }
  if (event.index > committed.last()) return;  // Reported above.
  const bool held = replica.log.Holds(event.index, committed.ChainAt(event.index));
  const Index expected = held ? replica.log.last() : event.index;
  if (event.log_last == expected) return;
  reporter_.Report(
      kSnapshotNoRegress, where.shard.id,
      "shard {}: replica {} installs a snapshot at index {}, which its log {}; the log "
      "ended at {} before, and ends at {} afterwards",
      where.shard.id, event.who.replica, event.index,
      held ? "holds, so what follows stays" : "does not hold, so it is replaced",
      replica.log.last(), event.log_last);
}

void SnapshotChecks::On(const LogCompacted& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kLogSnapshotContiguous);
  const Index done = replica.machineless ? replica.commit : replica.applied;
  const Index covered = std::min(replica.durable_marks.snapshot, done);
  if (!event.first.none() && event.first.previous() <= covered) return;
  reporter_.Report(kLogSnapshotContiguous, where.shard.id,
                   "shard {}: replica {} forgets its entries before index {}, but its durable "
                   "snapshot is at {} and it has applied up to {}",
                   where.shard.id, event.who.replica, event.first, replica.durable_marks.snapshot,
                   done);
}

// The record makes a restart begin with the snapshot, so its file must be there before.
void SnapshotChecks::On(const RecordWritten& event, Ghost::Where where) {
  if (event.kind != RecordKind::kSnapshot) return;
  reporter_.Count(kLogSnapshotContiguous);
  if (event.base <= event.snapshot && event.snapshot <= where.replica.published) return;
  reporter_.Report(
      kLogSnapshotContiguous, where.shard.id,
      "shard {}: replica {} writes that its log begins after index {} and its snapshot "
      "is at {}, but its newest published one is at {}",
      where.shard.id, event.who.replica, event.base, event.snapshot, where.replica.published);
}

void SnapshotChecks::On(const ReplicaStarted& event) {
  if (event.base.none() && event.snapshot.none()) return;
  reporter_.Count(kLogSnapshotContiguous);
  const Index last = event.base + event.entries.size();
  if (event.base <= event.snapshot && event.snapshot <= last) return;
  reporter_.Report(kLogSnapshotContiguous, event.who.shard,
                   "shard {}: replica {} starts with a log of {}..{}, but its snapshot is at {}",
                   event.who.shard, event.who.replica, event.base.next(), last, event.snapshot);
}

}  // namespace ww::checks
