// log-snapshot-contiguous, snapshot-faithful, snapshot-no-regress.
//
// What a snapshot should hold is known from replicas that applied its index: their state digests
// cover machine and sessions. That it is durable is known from the disk, and what is committed from
// the leaders.
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/machines.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class SnapshotChecks {
 public:
  SnapshotChecks(Reporter& reporter, const MachineChecks& machines)
      : reporter_(reporter), machines_(machines) {}

  // All: the ghost as it was before the event.
  void On(const SnapshotPublished& event, Ghost::Where where, const HostGhost& host);
  void On(const SnapshotInstalled& event, Ghost::Where where);
  void On(const LogCompacted& event, Ghost::Where where);
  void On(const RecordWritten& event, Ghost::Where where);
  void On(const ReplicaStarted& event);

 private:
  struct Content {
    Index index;
    Term term;
    uint64_t state_digest = 0;
    bool metadata = false;
  };
  void JudgeContent(const Content& content, Ghost::Where where, const char* what);

  Reporter& reporter_;
  const MachineChecks& machines_;
};

}  // namespace ww::checks
