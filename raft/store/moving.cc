#include "raft/store/moving.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

bool Before(const InSegment& a, const ReplicaIdentity& b) {
  return a.who.shard != b.shard ? a.who.shard < b.shard : a.who.replica < b.replica;
}

void Note(const LogRecord& record, InSegment& in) {
  if (const auto* run = std::get_if<EntriesRecord>(&record.body); run != nullptr) {
    in.commit = in.commit || !run->commit.none();
    Index index = run->first;
    for (const Entry& entry : run->entries) {
      in.entries.push_back({index, entry.term});
      ++index;
    }
    return;
  }
  const RecordKind kind = KindOf(record);
  in.hard_state = in.hard_state || kind == RecordKind::kHardState;
  in.commit = in.commit || kind == RecordKind::kCommit;
  in.stands_alone = in.stands_alone || kind >= RecordKind::kSnapshot;
}

bool Holds(const PresentState& present, const LogPosition& position) {
  return position.index >= present.first && position.index <= present.last &&
         present.at(position.index).term == position.term;
}

EntriesRecord WholeLog(const PresentState& present) {
  EntriesRecord run;
  run.first = present.first;
  run.commit = present.commit;
  run.entries.reserve(present.last - present.first + 1);
  for (Index index = present.first; index <= present.last; ++index) {
    run.entries.push_back(present.at(index));
  }
  return run;
}

uint64_t BytesOf(const PresentState& present, uint64_t enough) {
  uint64_t bytes = 0;
  for (Index index = present.first; index <= present.last && bytes <= enough; ++index) {
    bytes += EncodedSize(present.at(index));
  }
  return bytes;
}

}  // namespace

std::vector<InSegment> ByReplica(const std::vector<LogRecord>& records) {
  std::vector<InSegment> replicas;
  for (const LogRecord& record : records) {
    auto at = std::lower_bound(replicas.begin(), replicas.end(), record.who, Before);
    if (at == replicas.end() || at->who != record.who) {
      at = replicas.insert(at, InSegment());
      at->who = record.who;
    }
    Note(record, *at);
  }
  return replicas;
}

// Entries go first: a log that begins anew learns from the snapshot what it begins after. False
// when it is too much.
bool MovePresent(const InSegment& in, const PresentState& present,
                 const StandingOfReplica* standing, MovedRecords& moved) {
  const bool needed =
      std::any_of(in.entries.begin(), in.entries.end(),
                  [&present](const LogPosition& position) { return Holds(present, position); });
  if (needed) {
    if (moved.bytes + BytesOf(present, moved.bytes_max) > moved.bytes_max) return false;
    moved.Add({in.who, WholeLog(present)});
  }
  if (standing != nullptr && standing->snapshot.has_value() && (needed || in.stands_alone)) {
    moved.Add({in.who, *standing->snapshot});
  }
  if (in.commit && !needed && !present.commit.none()) {
    moved.Add({in.who, CommitRecord{present.commit}});
  }
  if (in.hard_state) moved.Add({in.who, present.hard_state});
  if (standing != nullptr && in.stands_alone) {
    if (standing->bootstrap.has_value()) moved.Add({in.who, *standing->bootstrap});
    if (standing->destroyed) moved.Add({in.who, TombstoneRecord{}});
  }
  return moved.bytes <= moved.bytes_max;
}

bool MoveRemoved(const StandingOfReplica& standing, MovedRecords& moved) {
  CHECK(standing.data_removed);
  if (standing.destroyed) moved.Add({standing.who, TombstoneRecord{}});
  moved.Add({standing.who, DataRemovedRecord{}});
  return moved.bytes <= moved.bytes_max;
}

}  // namespace ww::raft
