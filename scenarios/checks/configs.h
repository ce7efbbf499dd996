// config-from-log, config-serialised, config-adjacent and role-eligible.
//
// A change of membership counts when it is applied, so the membership of a replica is that of the
// newest change among the entries that it applied, and of nothing else.
#pragma once

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ConfigChecks {
 public:
  explicit ConfigChecks(Reporter& reporter) : reporter_(reporter) {}

  // Before the ghost takes it; the entry itself it has already.
  void On(const ConfigAppended& event, Ghost::Where where);
  void On(const MembershipChanged& event, Ghost::Where where);
  void On(const RoleChanged& event, Ghost::Where where);
  // Who commits still may lead.
  void On(const CommitAdvanced& event, Ghost::Where where);
  void On(const EntryApplied& event, Ghost::Where where);

 private:
  void JudgeSerialised(const ConfigAppended& event, Ghost::Where where);
  void JudgeAdjacent(const ConfigAppended& event, Ghost::Where where, const Config& next);

  Reporter& reporter_;
};

}  // namespace ww::checks
