// RecoveredReplica: what a host's log says about one replica, folded record by record.
//
// The rules of FORMAT.md ("What records mean") in one place; tests use them as their model too.
//
// Invariants: entries follow `base` without a gap; base <= snapshot; commit <= the log's end.
// Suspends: never.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "raft/store/record.h"

namespace ww::raft {

struct RecoveredReplica {
  ReplicaIdentity who;
  HardState hard_state;
  LogPosition base;            // The log begins after it; none: at index 1.
  std::vector<Entry> entries;  // From the index after `base` on.
  Index commit;
  LogPosition compacted;  // The newest base that a snapshot record named.
  LogPosition snapshot;   // Of the newest published snapshot; none when there is none.
  std::optional<BootstrapRecord> bootstrap;
  bool destroyed = false;     // A tombstone: it never starts here again.
  bool data_removed = false;  // Everything above is empty for good.
  // The log's oldest segments are gone. What of them still counts is said again somewhere in the
  // rest; until then a log may begin anywhere, and the term of its base is not known.
  bool partial = false;

  Index last() const { return base.index + entries.size(); }
  // Requires: base.index <= index <= last().
  Term TermAt(Index index) const {
    return index == base.index ? base.term : entries[index - base.index - 1].term;
  }
  bool Holds(const LogPosition& position) const {
    return position.index >= base.index && position.index <= last() &&
           TermAt(position.index) == position.term;
  }

  // Takes the next record of this replica. Returns what is wrong with it; empty when nothing is.
  [[nodiscard]] std::string_view Take(const LogRecord& record);
  // What is wrong once the last batch was taken; empty when nothing is.
  [[nodiscard]] std::string_view Wrong() const;

 private:
  std::string_view Take(const HardState& state);
  std::string_view Take(const EntriesRecord& record);
  std::string_view Take(const CommitRecord& record);
  std::string_view Take(const SnapshotRecord& record);
  std::string_view Take(const BootstrapRecord& record);
  std::string_view Take(const TombstoneRecord& record);
  std::string_view Take(const DataRemovedRecord& record);
  std::string_view TakeCommit(Index index);
  void BeginAt(Index first);
  bool BaseUnknown() const { return !base.index.none() && base.term.none(); }
  bool FindBase(const SnapshotRecord& record);
};

// Adds a record to those of a batch that a later one repeats. What it makes void is left out:
// repeated behind it, it would leave a gap or bring back what was cut.
void AddToRepeat(LogRecord record, std::vector<LogRecord>& records);

}  // namespace ww::raft
