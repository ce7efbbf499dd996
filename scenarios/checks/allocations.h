// id-allocation-unique: an id that was handed out, or that a replica ever had, never is again.
#pragma once

#include "absl/container/btree_set.h"
#include "scenarios/checks/control_events.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class AllocationChecks {
 public:
  explicit AllocationChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const IdAllocated& event, const Ghost& ghost);

 private:
  Reporter& reporter_;
  absl::btree_set<ReplicaKey> handed_out_;
};

}  // namespace ww::checks
