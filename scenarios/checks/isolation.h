// shard-isolation, of machines that fail: whose machine fails stops, and nobody else does for that.
//
// A replica that stops says why, so a stop for the reason that another shard's machine gave is a
// consequence of it that must not be. Neighbours that do not stop but stand still are for the
// liveness checks.
#pragma once

#include <string>
#include <vector>

#include "scenarios/checks/events.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class IsolationChecks {
 public:
  explicit IsolationChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const MachineBroke& event);
  void On(const ReplicaStopped& event);

 private:
  struct Broken {
    ReplicaKey who;
    HostId host;
    std::string reason;
  };
  Reporter& reporter_;
  std::vector<Broken> broken_;  // Few: a run breaks a handful of machines.
};

}  // namespace ww::checks
