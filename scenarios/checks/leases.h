// lease-exclusive, and who counts towards reads and leases (quorum-membership).
//
// A lease may be used while its holder leads in its term and its clock shows less than the end that
// it reported. Whether that is so is asked at the moment when a leader of a higher term commits,
// with what the clocks show then (ClockRead), so no assumption about clocks is made here: a clock
// that breaks the engine's bound is the scenario's fault, and shows.
#pragma once

#include <vector>

#include "scenarios/checks/elections.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class LeaseChecks {
 public:
  LeaseChecks(Reporter& reporter, ElectionChecks& elections)
      : reporter_(reporter), elections_(elections) {}

  void On(const ReadsConfirmed& event, Ghost::Where where);
  void On(const LeaseChanged& event, Ghost::Where where);
  void On(const ClockRead& event);
  void On(const CommitAdvanced& event, Ghost::Where where);

 private:
  struct Lease {
    ShardId shard;
    ReplicaId holder;
    HostId host;
    Incarnation incarnation;
    Term term;
    LocalTime end;
  };

  Reporter& reporter_;
  ElectionChecks& elections_;
  std::vector<Lease> leases_;      // The newest of each holder.
  std::vector<LocalTime> clocks_;  // By host id.
};

}  // namespace ww::checks
