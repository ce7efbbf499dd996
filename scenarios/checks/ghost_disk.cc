// The half of the ghost that follows disks: which announced records became durable, and which did
// not.
#include <algorithm>

#include "scenarios/checks/ghost.h"
#include "sim/base/check.h"

namespace ww::checks {
namespace {

// Below it, moving the rest of a queue forward costs more than it saves.
constexpr size_t kCompactAfter = 256;
// Forgetting is worth its while for so many entries; looking for what has no meaning, for so many
// records.
constexpr uint64_t kForgetAtLeast = 64;
constexpr size_t kLookAfter = 4096;
constexpr size_t kFilesKept = 512;
// A replica's newest records that are no entries: its hard state is among them.
constexpr uint32_t kAloneKept = 8;

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
  return {record.offset,
          static_cast<uint32_t>(record.end - record.offset),
          static_cast<uint32_t>((record.first + record.cells_count).value),
          static_cast<uint32_t>(record.first.value),
          record.shard,
          record.replica};
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
  // What is forgotten is written again by a start that repeats its last batch.
  const Index base = replica.written.base();
  const uint64_t known = event.first > base ? 0 : (base - event.first) + 1;
  const auto skipped = std::min<uint64_t>(known, event.entries.size());
  record.first = std::max(event.first, base.next());
  record.cells_count = event.entries.size() - skipped;
  if (record.cells_count == 0) return true;
  replica.written.CutFrom(record.first);
  for (const EntryView& entry : event.entries.subspan(skipped)) {
    queue.cells.push_back(replica.written.Append(entry));
  }
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

// Between the writing of a record and its sync the log's beginning may be forgotten.
bool TakeEntries(const WrittenRecord& record, const std::vector<LogCell>& cells, GhostLog& log) {
  if (record.first > log.last().next()) return false;
  const Index end = record.first + record.cells_count;
  if (end <= log.base().next()) return true;
  const Index first = std::max(record.first, log.base().next());
  log.CutFrom(first);
  for (uint64_t i = first - record.first; i < record.cells_count; ++i) {
    log.Push(cells[record.cells_begin + i]);
  }
  return true;
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
  file.synced = event.size;
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
    ++Host(event.host).placed;
    ++queue.head;
  }
  DropTaken(queue);
  HostGhost& host = Host(event.host);
  const bool many = host.placed >= std::max(host.placed_look_at, kLookAfter);
  if (many || host.files.size() >= std::max(host.files_look_at, kFilesKept)) ForgetFiles(host);
}

// Entries behind which every start of their replica begins, and all but the newest of the records
// that stand alone: damage to them harms nobody.
void Ghost::DropMeaningless(FileGhost& file, AloneBehind& alone) const {
  Stack<PlacedRecord> kept;  // Newest first.
  for (size_t i = file.durable.size(); i > 0; --i) {
    const PlacedRecord& record = file.durable[i - 1];
    if (record.first == 0) {
      const uint64_t who = uint64_t{record.shard} << 32 | record.replica;
      if (++alone[who] <= kAloneKept) kept.Push(record);
    } else {
      const ReplicaGhost& replica = shards_[record.shard].replicas[record.replica];
      if (record.last > replica.durable_marks.base.value) kept.Push(record);
    }
  }
  if (kept.size() == file.durable.size()) return;
  // A new stack: the old one keeps the memory of everything that was in it.
  Stack<PlacedRecord> in_order;
  for (size_t i = kept.size(); i > 0; --i) in_order.Push(kept[i - 1]);
  file.durable = std::move(in_order);
}

FileGhost& Ghost::AddFile(HostGhost& host, uint32_t number) {
  host.files.emplace_back().number = number;
  return host.files.back();
}

// Old segments of which nothing counts, and files that never had records. Whoever speaks of one
// again begins with nothing known of it. The newest files are still being spoken of.
void Ghost::ForgetFiles(HostGhost& host) const {
  AloneBehind alone;
  host.placed = 0;
  for (size_t i = host.files.size(); i > 0; --i) {
    DropMeaningless(host.files[i - 1], alone);
    host.placed += host.files[i - 1].durable.size();
  }
  const size_t old = host.files.size() - std::min(host.files.size(), kFilesKept / 2);
  const auto says_nothing = [](const FileGhost& file) {
    return file.durable.empty() && file.waiting.records.empty() && !file.doubtful;
  };
  const auto end = host.files.begin() + static_cast<ptrdiff_t>(old);
  host.files.erase(std::remove_if(host.files.begin(), end, says_nothing), end);
  host.files_look_at = host.files.size() * 2;
  host.placed_look_at = host.placed * 2;
}

void Ghost::MoveHorizon(ShardGhost& shard) {
  Index horizon = shard.commit();
  for (const ReplicaGhost& replica : shard.replicas) {
    // One that was destroyed never comes back.
    if (!replica.tombstone_durable) horizon = std::min(horizon, replica.durable_marks.base);
  }
  if (horizon < shard.horizon + kForgetAtLeast) return;
  shard.horizon = horizon;
  shard.registry.ForgetUpTo(horizon);
  shard.committed.ForgetBefore(horizon);
  Term oldest(UINT64_MAX);
  for (ReplicaGhost& replica : shard.replicas) {
    replica.log.ForgetBefore(horizon);
    replica.written.ForgetBefore(horizon);
    replica.durable.ForgetBefore(horizon);
    oldest = std::min({oldest, replica.state.term, replica.durable_state.term});
  }
  // Of leaders that every replica has left behind nobody speaks any more; the newest, and the one
  // that committed most, are still asked for.
  Index most;
  Term newest;
  for (const Leadership& leadership : shard.leaderships) {
    most = std::max(most, leadership.committed);
    newest = leadership.term;
  }
  std::erase_if(shard.leaderships, [&](const Leadership& leadership) {
    return leadership.term < oldest && leadership.saved.empty() && leadership.committed < most &&
           leadership.term < newest;
  });
  forgot_.push_back(shard.slot);
  noted_ = true;
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
      MoveHorizon(shard);
      return;
    case RecordKind::kDataRemoved:
      // Whoever was removed may go before its leader has applied that, and what it acknowledged is
      // still counted: rightly, because every quorum of the next membership meets the others of
      // this one. Nor has one anything to remove whose disk was wiped.
      if (replica.wiped || Config::In(shard.CommittedConfig().removed, replica.key.replica)) return;
      replica.durable = GhostLog();
      replica.durable_state = HardState();
      UpdateDurableMatch(shard, replica);
      return;
    case RecordKind::kEntries:
      break;
  }
  // Only a record lost from another file can leave a hole; nothing beyond a hole can be read.
  if (TakeEntries(record, queue.cells, replica.durable)) UpdateDurableMatch(shard, replica);
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

// What its replicas hold durably stays in the ghost: whoever counted on it did so rightly, and a
// quorum that misses it would need the vote of one that never comes back.
void Ghost::Update(const HostWiped& event) {
  HostGhost& host = Host(event.host);
  host.files.clear();
  host.limbo = RecordQueue();
  for (const HostGhost::Place& place : host.replicas) {
    ReplicaGhost& replica = shards_[place.shard].replicas[place.replica];
    if (replica.bootstrap_durable) replica.wiped = true;
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
