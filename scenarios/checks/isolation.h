// shard-isolation, of machines that fail: whose machine fails stops, and nobody else does for that.
//
// A replica that stops says why, so a stop for the reason that another shard's machine gave is a
// consequence of it that must not be. Neighbours that do not stop but stand still are for the
// liveness checks. So does a replica that is told what can't be true (ReplicaStopped.contradicted).
//
// no-crash, of replicas that contain what they can't make sense of: where no disk ever goes back to
// an earlier state, no replica meets a contradiction. The engine gave way to its own mistake, and
// would have ended the process if it did not stop the replica alone.
#pragma once

#include <string>
#include <vector>

#include "scenarios/checks/events.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class IsolationChecks {
 public:
  IsolationChecks(Reporter& reporter, bool may_contradict)
      : reporter_(reporter), may_contradict_(may_contradict) {}

  void On(const MachineBroke& event);
  void On(const ReplicaStopped& event);

 private:
  struct Broken {
    ReplicaKey who;
    HostId host;
    std::string reason;
  };
  void JudgeSharing(const ReplicaStopped& event);

  Reporter& reporter_;
  const bool may_contradict_;
  std::vector<Broken> contradicted_;
  std::vector<Broken> broken_;  // Few: a run breaks a handful of machines.
};

}  // namespace ww::checks
