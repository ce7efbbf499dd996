// StandingRecords: the newest records of the kinds that stand alone (snapshot, bootstrap,
// tombstone, removed data), by replica. Whoever drops an old segment says again what of it still
// counts.
//
// Suspends: never.
#pragma once

#include <optional>
#include <vector>

#include "raft/store/record.h"
#include "raft/store/recovered_replica.h"

namespace ww::raft {

struct StandingOfReplica {
  ReplicaIdentity who;
  std::optional<SnapshotRecord> snapshot;
  std::optional<BootstrapRecord> bootstrap;
  bool destroyed = false;
  bool data_removed = false;
};

class StandingRecords {
 public:
  // What a recovered log says of a replica.
  void Note(const RecoveredReplica& recovered);
  // A record that was just given to the log; of the other kinds nothing is kept.
  void Note(const LogRecord& record);
  // Records that were noted so far.
  uint64_t notes() const { return notes_; }
  // Null when there is none.
  const StandingOfReplica* Find(const ReplicaIdentity& who) const;

 private:
  StandingOfReplica& At(const ReplicaIdentity& who);

  std::vector<StandingOfReplica> replicas_;  // Sorted by shard, then replica.
  uint64_t notes_ = 0;
};

}  // namespace ww::raft
