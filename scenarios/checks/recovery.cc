#include "scenarios/checks/recovery.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

namespace {

// What a recovery may read back of one replica: walks through the states after the durable records
// and each number of unsynced ones.
class LegalStates {
 public:
  struct Found {
    HardState state;
    DiskMarks marks;
  };
  LegalStates(const ShardGhost& shard, const ReplicaGhost& replica, const Found& found,
              const GhostLog& log)
      : shard_(shard),
        replica_(replica),
        found_(found),
        log_(log),
        state_(replica.durable_state),
        marks_(replica.durable_marks),
        cells_(replica.durable) {
    Note(Equals(cells_));
  }

  void Add(const WrittenRecord& record, const std::vector<LogCell>& cells) {
    if (first_file_ == kNoFile) first_file_ = record.file;
    one_file_ = one_file_ && record.file == first_file_;
    switch (record.kind) {
      case RecordKind::kHardState:
        state_ = record.state;
        break;
      case RecordKind::kEntries: {
        if (record.first > cells_.last().next()) return;
        LookInside(record, cells.data() + record.cells_begin);
        TakeEntries(record, cells, cells_);
        break;
      }
      case RecordKind::kSnapshot:
        if (record.resets) cells_ = Prefix(shard_.committed, record.marks.snapshot);
        break;
      case RecordKind::kDataRemoved:
        cells_ = GhostLog();
        state_ = HardState();
        break;
      case RecordKind::kCommit:
      case RecordKind::kBootstrap:
      case RecordKind::kTombstone:
        break;
    }
    AddMarks(record, marks_);
    Note(Equals(cells_));
  }

  bool state_found() const { return state_seen_ || replica_.state_damaged; }
  bool log_found() const { return log_seen_; }
  bool found() const {
    if (replica_.state_damaged) return log_seen_;
    return one_file_ ? both_seen_ : state_seen_ && log_seen_;
  }

 private:
  static constexpr uint32_t kNoFile = UINT32_MAX;

  bool Equals(const GhostLog& log) const {
    return log.last() == log_.last() && log.Holds(log_.last(), log_.At(log_.last()).chain);
  }

  void Note(bool log_equal) {
    const bool state_equal = state_ == found_.state;
    state_seen_ = state_seen_ || state_equal;
    log_seen_ = log_seen_ || log_equal;
    both_seen_ = both_seen_ || (state_equal && log_equal && marks_ == found_.marks);
  }

  // The record found in part: some of its entries, from its first on.
  void LookInside(const WrittenRecord& record, const LogCell* begin) {
    const Index last = log_.last();
    const Index end = record.first + record.cells_count;
    if (last < record.first || last >= end) return;
    Note(log_.At(last).chain == begin[last - record.first].chain);
  }

  const ShardGhost& shard_;
  const ReplicaGhost& replica_;
  const Found found_;
  const GhostLog& log_;
  HardState state_;
  DiskMarks marks_;
  GhostLog cells_;
  bool state_seen_ = false;
  bool log_seen_ = false;
  bool both_seen_ = false;
  bool one_file_ = true;
  uint32_t first_file_ = kNoFile;
};

// Damage excuses a shorter log, down to what is intact.
bool ExcusedByDamage(const ReplicaGhost& replica, const GhostLog& recovered,
                     const HostGhost& host) {
  if (replica.intact == kEverythingIntact) return false;
  if (!host.corruption_reported && !replica.damaged_at_tail) return false;
  const Index last = recovered.last();
  return last >= replica.intact && replica.durable.Holds(last, recovered.At(last).chain);
}

std::string DescribeState(const HardState& state) {
  return fmt::format("term {} and {}", state.term,
                     state.vote.none() ? std::string("no vote")
                                       : fmt::format("a vote for replica {}", state.vote));
}

}  // namespace

GhostLog RecoveryChecks::BeforeLog(const ReplicaStarted& event, Ghost::Where where) {
  const GhostLog& committed = where.shard.committed;
  if (event.base.none() && event.snapshot.none()) return GhostLog();
  const bool known = event.snapshot <= committed.last() && event.base <= event.snapshot &&
                     committed.TermAt(event.base) == event.base_term &&
                     committed.TermAt(event.snapshot) == event.snapshot_term;
  if (known) return Prefix(committed, event.base);
  reporter_.Report(
      kRecoveryFaithful, event.who.shard,

      "shard {}: replica {} (host {}, incarnation {}) read back a log that begins after "
      "index {} (term {}) and a snapshot at index {} (term {}), which is not of the "
      "committed log, known to index {}",
      event.who.shard, event.who.replica, event.host, event.incarnation, event.base,
      event.base_term, event.snapshot, event.snapshot_term, committed.last());
  return Prefix(committed, std::min(event.base, committed.last()));
}

void RecoveryChecks::On(const ReplicaStarted& event, Ghost::Where where, const GhostLog& recovered,
                        const HostGhost& host) {
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kRecoveryFaithful);
  const HardState found{event.term, event.vote};
  const DiskMarks marks{event.commit, event.snapshot, event.base};
  LegalStates legal(where.shard, replica, {found, marks}, recovered);
  uint64_t unsynced = 0;
  for (const WrittenRecord& record : host.limbo.records) {
    const bool mine =
        !record.settled && record.replica == replica.slot && record.shard == where.shard.slot;
    if (!mine) continue;
    ++unsynced;
    legal.Add(record, host.limbo.cells);
  }
  if (legal.found()) return;
  if (legal.state_found() && ExcusedByDamage(replica, recovered, host)) return;
  const std::string what =
      fmt::format("shard {}: replica {} (host {}, incarnation {})", event.who.shard,
                  event.who.replica, event.host, event.incarnation);
  if (!legal.state_found()) {
    reporter_.Report(kRecoveryFaithful, event.who.shard,
                     "{} read back {}, but {} was durable and none of {} unsynced "
                     "records says so",
                     what, DescribeState(found), DescribeState(replica.durable_state), unsynced);
  } else if (!legal.log_found()) {
    const Index equal = MatchingPrefix(replica.durable, recovered, recovered.last());
    reporter_.Report(kRecoveryFaithful, event.who.shard,
                     "{} read back a log that ends at index {} (term {}) and equals the "
                     "durable one up to {}, but the durable one ends at {} (term {}) and "
                     "none of {} unsynced records makes up for it",
                     what, recovered.last(), recovered.At(recovered.last()).term, equal,
                     replica.durable.last(), replica.durable.At(replica.durable.last()).term,
                     unsynced);
  } else {
    reporter_.Report(
        kRecoveryFaithful, event.who.shard,
        "{} read back {}, a log of {}..{}, commit {} and snapshot {}, which were never "
        "on its disk together; durable are commit {} and snapshot {}, and {} unsynced "
        "records",
        what, DescribeState(found), event.base.next(), recovered.last(), event.commit,
        event.snapshot, replica.durable_marks.commit, replica.durable_marks.snapshot, unsynced);
  }
}

void RecoveryChecks::On(const CorruptionReported& event, const HostGhost& host) {
  reporter_.Count(kRecoveryFaithful);
  if (host.storage_faulted) return;
  reporter_.Report(kRecoveryFaithful, ShardId(),
                   "host {} reports corruption ({}), but its disk damaged nothing and "
                   "failed no sync: only unsynced bytes were lost",
                   event.host, event.detail);
}

}  // namespace ww::checks
