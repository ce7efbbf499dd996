// Dropping old segments of the log. What still counts of the oldest one is said again at the log's
// end; once that is durable the segment goes. So one slow shard can't pin the log for ever: its few
// records move, and the many of the busy ones need not, because snapshots stand for them.
//
// A segment stays while what would have to move is large: then a snapshot comes first, and until
// something is forgotten the segment is not read again.
#include <utility>

#include "raft/env/no_suspend.h"
#include "raft/host/host_state.h"
#include "raft/store/moving.h"
#include "sim/base/check.h"
#include "sim/base/context.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

// The one being written, and one before it: what was read lately is not moved about.
constexpr uint64_t kSegmentsKept = 2;

// Of a replica that lives here, or of one that is stopped.
PresentState PresentOf(const Slot& slot) {
  const Replica& replica = slot.replica;
  return {HardState{replica.term(), replica.vote()}, slot.recorded_commit, replica.first_index(),
          replica.last_index(),
          [&replica](Index index) -> const Entry& { return replica.EntryAt(index); }};
}
PresentState PresentOf(const RecoveredState& parked) {
  const Index first = parked.base.index.next();
  return {parked.hard_state, parked.commit, first, parked.base.index + parked.entries.size(),
          [&parked, first](Index index) -> const Entry& { return parked.entries[index - first]; }};
}

}  // namespace

void Host::State::ReclaimIfDue() {
  if (reclaiming_ || log_->tail().number == reclaim_seen_) return;
  reclaim_seen_ = log_->tail().number;
  if (log_->tail().number - log_->oldest_segment() < kSegmentsKept) return;
  if (pinned_.segment == log_->oldest_segment() && pinned_.state == StateThatPins()) return;
  reclaiming_ = true;
  reclaim_task_ = env_.tasks().Spawn("raft.reclaim", [this] {
    while (failure_.ok() && log_->tail().number - log_->oldest_segment() >= kSegmentsKept) {
      if (!ReclaimOldest()) break;
    }
    reclaiming_ = false;
  });
}

// Where the logs begin and what stands alone: while that is the same, logs have only grown, and
// what was too much to be moved still is. (A cut makes a log shorter, and by that a segment may go
// later than it could.)
uint64_t Host::State::StateThatPins() const {
  uint64_t state = Absorb(log_->standing().notes(), by_shard_.size());
  for (const ListedSlot& listed : by_shard_) {
    const Slot& slot = *listed.slot;
    state = Absorb(Absorb(state, slot.who.shard.value), slot.who.replica.value);
    state = Absorb(state, slot.replica.first_index().value);
  }
  return state;
}

// False when the segment stays.
bool Host::State::ReclaimOldest() {
  const uint64_t number = log_->oldest_segment();
  const absl::StatusOr<FileId> file = env_.files().Open(SegmentName(number), OpenFor::kExisting);
  // An error of reading takes nothing away from anybody: the segment only stays.
  if (!file.ok()) return absl::IsNotFound(file.status()) && log_->RemoveOldestSegment().ok();
  const absl::StatusOr<std::string> bytes = ReadSegment(env_, *file);
  if (!bytes.ok() || !failure_.ok()) return false;
  const std::optional<std::vector<LogRecord>> records = RecordsOf(*bytes);
  if (!records.has_value()) {
    observer_.On(CorruptionFound{file->value, 0, "an old segment of the log is damaged"});
    return false;
  }
  const std::optional<uint64_t> moved = Move(*records);
  if (!moved.has_value()) {
    COVER("log.segment_pinned");
    pinned_ = {number, StateThatPins()};
    return false;
  }
  while (failure_.ok() && durable_record_ < *moved) {
    if (reclaim_wake_->Wait() == Wake::kCancelled) return false;
  }
  return failure_.ok() && log_->RemoveOldestSegment().ok();
}

// Says again what counts of these records; returns the number of the newest record then, behind
// which nothing of them is needed. Nothing when that would be too much, or when nobody knows what
// counts.
std::optional<uint64_t> Host::State::Move(const std::vector<LogRecord>& records) {
  const NoSuspend guard(env_);
  MovedRecords moved;
  moved.bytes_max = config_.limits.log_segment_bytes / 2;
  for (const InSegment& in : ByReplica(records)) {
    const StandingOfReplica* standing = log_->standing().Find(in.who);
    const Slot* slot = AnySlotOf(in.who.shard);
    const ReplicaPage* page = book_.Find(in.who);
    bool fits = false;
    if (in.who == kHostItself) {
      moved.Add({kHostItself, HardState{controller_term_, ReplicaId()}});
      fits = moved.bytes <= moved.bytes_max;
    } else if (standing != nullptr && standing->data_removed) {
      fits = MoveRemoved(*standing, moved);
    } else if (slot != nullptr && slot->who == in.who) {
      fits = MovePresent(in, PresentOf(*slot), standing, moved);
    } else if (page != nullptr && page->parked.has_value()) {
      fits = MovePresent(in, PresentOf(*page->parked), standing, moved);
    }
    if (!fits) return std::nullopt;
  }
  for (LogRecord& record : moved.records) {
    COVER("log.segment_moved");
    Slot* slot = AnySlotOf(record.who.shard);
    if (slot != nullptr && slot->who != record.who) slot = nullptr;
    const uint64_t number =
        queue_.Push(slot == nullptr ? kNoSlot : slot->number, std::move(record));
    if (slot != nullptr) slot->newest_record = number;
  }
  if (!writing_ && !queue_.empty()) arrivals_->WakeOne();
  return queue_.newest();
}

}  // namespace ww::raft
