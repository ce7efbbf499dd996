// recovery-faithful: what a replica reads back is at least what was durable and at most what was
// written.
//
// What is legal: a log file is a sequence of records, and a crash leaves all synced ones and, of
// the unsynced ones, any sectors in part. A recovery that reads the sequence finds the synced
// records and then some number k >= 0 of the unsynced ones, in order; where a record holds several
// entries, the last record may be found in part. So (term, vote) and log must be the state after
// the durable records and some such k, the same k for both when they share a file and otherwise
// each its own. An entry behind a hole is never legal, a durable cut that comes back neither.
// Damage to synced bytes lowers the floor to what is intact, but only if the host reported
// corruption, or if nothing good followed the damage, where it can't be told from a torn write.
// A snapshot stands for the committed entries that it covers, so a log may begin after any place at
// or below it; what is read back of snapshot, base and commit index is judged like the rest.
// Corruption reported by a host whose storage never failed is reported too: an unsynced tail in
// pieces is the normal end of a log.
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class RecoveryChecks {
 public:
  explicit RecoveryChecks(Reporter& reporter) : reporter_(reporter) {}

  // What a log that begins after a snapshot's base stands on: the committed log up to there.
  GhostLog BeforeLog(const ReplicaStarted& event, Ghost::Where where);
  // The ghost as it was before the event.
  void On(const ReplicaStarted& event, Ghost::Where where, const GhostLog& recovered,
          const HostGhost& host);
  void On(const CorruptionReported& event, const HostGhost& host);

 private:
  Reporter& reporter_;
};

}  // namespace ww::checks
