// The half of the ghost that follows disks: which announced records became durable, and which did
// not.
#include <algorithm>

#include "scenarios/checks/ghost.h"
#include "sim/base/check.h"

namespace ww::checks {
namespace {

// Below it, moving the rest of a queue forward costs more than it saves.
constexpr size_t kCompactAfter = 256;

void DropTaken(RecordQueue& queue) {
  if (queue.head == queue.records.size()) {
    queue.records.clear();
    queue.cells.clear();
    queue.head = 0;
    return;
  }
  if (queue.head < kCompactAfter || queue.head * 2 < queue.records.size()) return;
  const uint64_t cells = queue.records[queue.head].cells_begin;
  queue.records.erase(queue.records.begin(),
                      queue.records.begin() + static_cast<ptrdiff_t>(queue.head));
  queue.cells.erase(queue.cells.begin(), queue.cells.begin() + static_cast<ptrdiff_t>(cells));
  queue.head = 0;
  for (WrittenRecord& record : queue.records) record.cells_begin -= cells;
}

PlacedRecord PlaceOf(const WrittenRecord& record) {
  CHECK_LE(record.offset, record.end);
  CHECK_LT(record.end - record.offset, UINT32_MAX);
  CHECK_LT(record.first.value, UINT32_MAX);
  return {record.offset, static_cast<uint32_t>(record.end - record.offset),
          static_cast<uint32_t>(record.first.value), record.shard, record.replica};
}

}  // namespace

bool Ghost::Update(const RecordWritten& event, Where where) {
  ReplicaGhost& replica = where.replica;
  RecordQueue& queue = File(Host(event.host), event.file).waiting;
  WrittenRecord record;
  record.shard = where.shard.slot;
  record.replica = replica.slot;
  record.file = event.file;
  record.kind = event.kind;
  record.resets = event.resets;
  record.offset = event.offset;
  record.end = event.end;
  record.cells_begin = queue.cells.size();
  record.state = {event.term, event.vote};
  record.marks = {event.commit, event.snapshot, event.base};
  if (event.kind == RecordKind::kEntries && !WriteEntries(event, replica, record, queue)) {
    return false;
  }
  if (event.kind == RecordKind::kSnapshot && !WriteSnapshot(event, where)) return false;
  if (event.kind == RecordKind::kDataRemoved) replica.written = GhostLog();
  queue.records.push_back(record);
  return true;
}

bool Ghost::WriteEntries(const RecordWritten& event, ReplicaGhost& replica, WrittenRecord& record,
                         RecordQueue& queue) {
  if (event.first.none() || event.first > replica.written.last().next()) return false;
  record.first = event.first;
  replica.written.CutFrom(event.first);
  for (const EntryView& entry : event.entries) {
    queue.cells.push_back(replica.written.Append(entry));
  }
  record.cells_count = event.entries.size();
  return true;
}

// A snapshot is of the committed log, whatever the replica's own log held.
bool Ghost::WriteSnapshot(const RecordWritten& event, Where where) {
  const GhostLog& committed = where.shard.committed;
  GhostLog& written = where.replica.written;
  if (event.snapshot.none() || event.snapshot > committed.last()) return false;
  if (committed.TermAt(event.snapshot) != event.snapshot_term) return false;
  if (event.base > event.snapshot || committed.TermAt(event.base) != event.base_term) return false;
  if (event.resets) {
    written = Prefix(committed, event.snapshot);
    return true;
  }
  return written.Holds(event.snapshot, committed.ChainAt(event.snapshot));
}

void AddMarks(const WrittenRecord& record, DiskMarks& marks) {
  switch (record.kind) {
    case RecordKind::kHardState:
    case RecordKind::kBootstrap:
    case RecordKind::kTombstone:
      return;
    case RecordKind::kEntries:
    case RecordKind::kCommit:
      marks.commit = std::max(marks.commit, record.marks.commit);
      return;
    case RecordKind::kSnapshot:
      marks.snapshot = std::max(marks.snapshot, record.marks.snapshot);
      marks.base = std::max(marks.base, record.marks.base);
      marks.commit = std::max(marks.commit, marks.snapshot);
      return;
    case RecordKind::kDataRemoved:
      marks = DiskMarks();
      return;
  }
}

void Ghost::Update(const FileSynced& event) {
  FileGhost& file = File(Host(event.host), event.file);
  if (file.doubtful) return;
  RecordQueue& queue = file.waiting;
  // Written once more and synced: what a cache alone may have held before says nothing any more.
  if (queue.head < queue.records.size() && queue.records[queue.head].end <= event.size) {
    for (WrittenRecord& record : Host(event.host).limbo.records) {
      if (record.doubtful && record.file == event.file) record.settled = true;
    }
  }
  while (queue.head < queue.records.size() && queue.records[queue.head].end <= event.size) {
    const WrittenRecord& record = queue.records[queue.head];
    BecomeDurable(record, queue);
    // A file that was cut and written again holds the newer records at these places.
    while (!file.durable.empty() && file.durable.back().offset >= record.offset) {
      file.durable.Shrink(file.durable.size() - 1);
    }
    file.durable.Push(PlaceOf(record));
    ++queue.head;
  }
  DropTaken(queue);
}

void Ghost::BecomeDurable(const WrittenRecord& record, const RecordQueue& queue) {
  ShardGhost& shard = shards_[record.shard];
  ReplicaGhost& replica = shard.replicas[record.replica];
  AddMarks(record, replica.durable_marks);
  switch (record.kind) {
    case RecordKind::kHardState:
      replica.durable_state = record.state;
      return;
    case RecordKind::kCommit:
      return;
    case RecordKind::kBootstrap:
      replica.bootstrap_durable = true;
      return;
    case RecordKind::kTombstone:
      replica.tombstone_durable = true;
      return;
    case RecordKind::kSnapshot:
      if (record.resets) replica.durable = Prefix(shard.committed, record.marks.snapshot);
      UpdateDurableMatch(shard, replica);
      return;
    case RecordKind::kDataRemoved:
      // Whoever was removed may go before its leader has applied that, and what it acknowledged is
      // still counted: rightly, because every quorum of the next membership meets the others of
      // this one.
      if (Config::In(shard.CommittedConfig().removed, replica.key.replica)) return;
      replica.durable = GhostLog();
      replica.durable_state = HardState();
      UpdateDurableMatch(shard, replica);
      return;
    case RecordKind::kEntries:
      break;
  }
  // Only a record lost from another file can leave a hole; nothing beyond a hole can be read.
  if (record.first > replica.durable.last().next()) return;
  replica.durable.CutFrom(record.first);
  for (uint64_t i = 0; i < record.cells_count; ++i) {
    replica.durable.Push(queue.cells[record.cells_begin + i]);
  }
  UpdateDurableMatch(shard, replica);
}

void Ghost::Update(const FileSyncFailed& event) {
  HostGhost& host = Host(event.host);
  host.storage_faulted = true;
  File(host, event.file).doubtful = true;
}

void Ghost::Update(const FileDamaged& event) {
  HostGhost& host = Host(event.host);
  host.storage_faulted = true;
  FileGhost& file = File(host, event.file);
  for (size_t i = 0; i < file.durable.size(); ++i) {
    const PlacedRecord& record = file.durable[i];
    const bool hit =
        record.offset < event.offset + event.bytes && event.offset < record.offset + record.bytes;
    if (!hit) continue;
    ShardGhost& shard = shards_[record.shard];
    ReplicaGhost& replica = shard.replicas[record.replica];
    const bool damaged_before = replica.state_damaged || replica.intact != kEverythingIntact;
    replica.damaged_at_tail =
        i + 1 == file.durable.size() && (!damaged_before || replica.damaged_at_tail);
    if (record.first == 0) {
      replica.state_damaged = true;  // Or another record that stands alone.
    } else {
      replica.intact = std::min(replica.intact, Index(record.first - 1));
      UpdateDurableMatch(shard, replica);
    }
  }
}

void Ghost::PutInLimbo(HostGhost& host) {
  RecordQueue& limbo = host.limbo;
  const bool all_settled = std::all_of(limbo.records.begin(), limbo.records.end(),
                                       [](const WrittenRecord& record) { return record.settled; });
  if (all_settled) {
    limbo.records.clear();
    limbo.cells.clear();
  }
  for (FileGhost& file : host.files) {
    RecordQueue& queue = file.waiting;
    for (size_t i = queue.head; i < queue.records.size(); ++i) {
      WrittenRecord record = queue.records[i];
      const auto begin = queue.cells.begin() + static_cast<ptrdiff_t>(record.cells_begin);
      record.cells_begin = limbo.cells.size();
      record.doubtful = file.doubtful;
      limbo.cells.insert(limbo.cells.end(), begin,
                         begin + static_cast<ptrdiff_t>(record.cells_count));
      limbo.records.push_back(record);
    }
    queue = RecordQueue();
    file.doubtful = false;
  }
}

}  // namespace ww::checks
