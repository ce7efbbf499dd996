// The control plane: what controllers ask for, and who heeds them (migration-plan-fenced).
//
// What a host has heeded it knows at least as long as its process lives, and for ever once the
// record of it is durable. The ghost joins the record with the syncs of its file, as the ghost of
// logs does. In the metadata themselves only the last controller that took over decides, and only
// on what they say at that moment.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "scenarios/checks/control_events.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ControlChecks {
 public:
  explicit ControlChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ControllerCommand& event);
  void On(const ControllerTermWritten& event);
  void On(const ControlTaken& event);
  void On(const DecisionRecorded& event);
  void On(const FileSynced& event);
  void On(const FileSyncFailed& event);
  void On(const HostCrashed& event);
  // What stood on its disk is forgotten, rightly.
  void On(const HostWiped& event) { fences_.erase(event.host); }

 private:
  // The highest term of a controller that a host has heeded.
  struct Fence {
    uint64_t known = 0;                          // In this life of its process.
    uint64_t durable = 0;                        // In every later one, at least.
    std::vector<ControllerTermWritten> written;  // Not synced yet, oldest first.
  };
  Reporter& reporter_;
  absl::btree_map<HostId, Fence> fences_;
  ControlTaken controller_;  // The last one.
};

}  // namespace ww::checks
