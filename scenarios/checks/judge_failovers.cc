// Judge: failover at runtime.
#include "scenarios/checks/judge.h"
#include "scenarios/checks/judge_checks.h"

namespace ww::checks {

void Judge::On(const ReplicasetCoordinated& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const CoordinatorLocked& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const AppointmentRecorded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event, c.ghost);
}

void Judge::On(const GrantRecorded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const SwitchAsked& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const SwitchEnded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const LeaseSent& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const OpenedByHand& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const CoordinatorGaveUp& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const InstanceProbed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const CoordinatorReconfigured& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const AppointeeChosen& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const CoordinatorCommand& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const LeadershipLeased& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event, c.ghost);
}

void Judge::On(const SteppedDown& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
}

void Judge::On(const WriteTaken& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event, c.ghost);
  c.failover_modes.On(event);
}

void Judge::On(const ReplicasetConfigured& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failover_modes.On(event);
}

}  // namespace ww::checks
