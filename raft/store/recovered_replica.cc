#include "raft/store/recovered_replica.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr std::string_view kNothingWrong;

}  // namespace

std::string_view RecoveredReplica::Take(const LogRecord& record) {
  CHECK(record.who == who);
  const RecordKind kind = KindOf(record);
  if (data_removed && kind != RecordKind::kTombstone && kind != RecordKind::kDataRemoved) {
    return "a record of a replica whose data was removed";
  }
  return std::visit([this](const auto& body) { return Take(body); }, record.body);
}

std::string_view RecoveredReplica::Take(const HardState& state) {
  hard_state = state;
  return kNothingWrong;
}

// What the snapshot covers needs no entries: those at or below `base` are passed over. They only
// come when a batch is repeated that had them before its snapshot record.
std::string_view RecoveredReplica::Take(const EntriesRecord& record) {
  CHECK(!record.first.none());
  if (partial && (record.first > last().next() || (BaseUnknown() && record.first <= base.index))) {
    BeginAt(record.first);
  }
  if (record.first > last().next()) return "entries leave a gap in a replica's log";
  const Index end = record.first + record.entries.size();
  if (end <= base.index.next()) return TakeCommit(record.commit);
  const Index first = std::max(record.first, base.index.next());
  const auto skipped = static_cast<ptrdiff_t>(first - record.first);
  entries.resize(first - base.index - 1);
  entries.insert(entries.end(), record.entries.begin() + skipped, record.entries.end());
  CHECK_EQ(last().next(), end);
  return TakeCommit(record.commit);
}

// Entries before these were in a segment that is gone. What a snapshot said of the base stays true:
// entries behind it that are missing were cut, and those that came instead follow it.
void RecoveredReplica::BeginAt(Index first) {
  entries.clear();
  base = first.previous() <= compacted.index ? compacted : LogPosition{first.previous(), Term()};
}

std::string_view RecoveredReplica::Take(const CommitRecord& record) {
  return TakeCommit(record.commit);
}

std::string_view RecoveredReplica::TakeCommit(Index index) {
  if (index > last() && !partial) return "a commit index is beyond the end of its log";
  commit = std::max(commit, index);
  return kNothingWrong;
}

// Not after each record: in a batch that is repeated, earlier entries cut what later ones bring
// back.
std::string_view RecoveredReplica::Wrong() const {
  if (BaseUnknown()) return "what a replica's log begins after is in a segment that is gone";
  CHECK_LE(base.index, snapshot.index);  // Only snapshot records say what a log begins after.
  return commit > last() ? "entries were cut that were known to be committed" : kNothingWrong;
}

std::string_view RecoveredReplica::Take(const SnapshotRecord& record) {
  if (record.position.index < snapshot.index) return kNothingWrong;  // A repeated older one.
  compacted = std::max(compacted, record.log_base,
                       [](const auto& a, const auto& b) { return a.index < b.index; });
  if (record.resets) {
    entries.clear();
    base = snapshot = record.position;
    commit = std::max(commit, snapshot.index);
    return kNothingWrong;
  }
  if (partial && !Holds(record.position) && !FindBase(record)) {
    // What it covers was in a segment that is gone; that it exists is true all the same.
    snapshot = record.position;
    return TakeCommit(snapshot.index);
  }
  if (!Holds(record.position)) return "a snapshot covers what its log does not hold";
  if (record.log_base.index > base.index) {
    if (!Holds(record.log_base)) return "a log would begin after what it does not hold";
    entries.erase(entries.begin(),
                  entries.begin() + static_cast<ptrdiff_t>(record.log_base.index - base.index));
    base = record.log_base;
  } else if (record.log_base.index == base.index && BaseUnknown()) {
    base = record.log_base;
  }
  snapshot = record.position;
  return TakeCommit(snapshot.index);
}

// A log whose beginning was in a segment that is gone learns it from a snapshot: one at its very
// base, or one of which nothing is left that the log has seen.
bool RecoveredReplica::FindBase(const SnapshotRecord& record) {
  if (record.log_base != record.position) return false;
  if (record.position.index == base.index && base.term.none()) {
    base.term = record.position.term;
    return true;
  }
  if (record.position.index < last()) return false;
  entries.clear();
  base = record.position;
  return true;
}

std::string_view RecoveredReplica::Take(const BootstrapRecord& record) {
  bootstrap = record;
  return kNothingWrong;
}

std::string_view RecoveredReplica::Take(const TombstoneRecord&) {
  destroyed = true;
  return kNothingWrong;
}

std::string_view RecoveredReplica::Take(const DataRemovedRecord&) {
  RecoveredReplica empty;
  empty.who = who;
  empty.destroyed = destroyed;
  empty.data_removed = true;
  *this = std::move(empty);
  return kNothingWrong;
}

namespace {

bool IsOfTheLog(RecordKind kind) {
  return kind == RecordKind::kEntries || kind == RecordKind::kCommit ||
         kind == RecordKind::kSnapshot;
}

// Whether `later` of the same batch and replica makes `earlier` void.
bool MakesVoid(const LogRecord& later, const LogRecord& earlier) {
  if (KindOf(later) == RecordKind::kDataRemoved) return KindOf(earlier) != RecordKind::kTombstone;
  if (const auto* snapshot = std::get_if<SnapshotRecord>(&later.body); snapshot != nullptr) {
    return snapshot->resets && IsOfTheLog(KindOf(earlier));
  }
  const auto* cut = std::get_if<EntriesRecord>(&later.body);
  const auto* run = std::get_if<EntriesRecord>(&earlier.body);
  return cut != nullptr && run != nullptr && run->first >= cut->first;
}

}  // namespace

void AddToRepeat(LogRecord record, std::vector<LogRecord>& records) {
  std::erase_if(records, [&record](const LogRecord& earlier) {
    return earlier.who == record.who && MakesVoid(record, earlier);
  });
  records.push_back(std::move(record));
}

}  // namespace ww::raft
