// Which records of an old segment still count, and what says so again (FORMAT.md, "Old segments").
//
// What is moved is what is true now, not the old record: term and vote, the whole log if any entry
// of it stands in the segment, the newest records of the kinds that stand alone.
//
// Suspends: never.
#pragma once

#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "raft/store/record.h"
#include "raft/store/standing_records.h"

namespace ww::raft {

// What one replica has in a segment.
struct InSegment {
  ReplicaIdentity who;
  bool hard_state = false;
  bool commit = false;
  bool stands_alone = false;         // Snapshot, bootstrap, tombstone or removed data.
  std::vector<LogPosition> entries;  // In the order in which they were written.
};
// Sorted by shard, then replica.
std::vector<InSegment> ByReplica(const std::vector<LogRecord>& records);

// What is true of a replica, with everything that was given to the log so far.
struct PresentState {
  HardState hard_state;
  Index commit;  // As it was given to the log.
  Index first;   // Of the log; one beyond the last when it is empty.
  Index last;
  absl::AnyInvocable<const Entry&(Index) const> at;
};

struct MovedRecords {
  std::vector<LogRecord> records;
  uint64_t bytes = 0;
  uint64_t bytes_max = 0;

  void Add(LogRecord&& record) {
    bytes += EncodedSize(record);
    records.push_back(std::move(record));
  }
};

// Add what is to be said again of one replica; `standing` is null when nothing stands. False when
// it is too much.
bool MovePresent(const InSegment& in, const PresentState& present,
                 const StandingOfReplica* standing, MovedRecords& moved);
// Of one whose data was removed.
bool MoveRemoved(const StandingOfReplica& standing, MovedRecords& moved);

}  // namespace ww::raft
