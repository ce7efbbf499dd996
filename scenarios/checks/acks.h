// ack-honesty: what a message claims is true on stable storage at the moment it leaves.
//
// Accepted entries are compared with the log of the leader of that term as it was when it led, so
// a late answer to a deposed leader is still judged. A vote of a term below the durable one is
// kept by that higher term, whatever its record said. A leader's own copy is judged when it counts
// it (BelievedDurable).
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class AckChecks {
 public:
  explicit AckChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const VoteRequested& event, Ghost::Where where);
  void On(const VoteAnswered& event, Ghost::Where where);
  void On(const AppendAnswered& event, Ghost::Where where);
  void On(const BelievedDurable& event, Ghost::Where where);
  void On(const RoleChanged& event, Ghost::Where where);

 private:
  Reporter& reporter_;
};

}  // namespace ww::checks
