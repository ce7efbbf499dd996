// Judge: what instances say while they bootstrap.
#include "scenarios/checks/judge.h"
#include "scenarios/checks/judge_checks.h"

namespace ww::checks {

void Judge::On(const ReplicasetSupervised& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
}

void Judge::On(const BootstrapRecalled& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
}

void Judge::On(const BootstrapPromised& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
}

void Judge::On(const BootstrapBegun& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.identities.On(event, c.ghost);
  c.ghost.Update(event);
}

void Judge::On(const BootstrapJoined& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
}

}  // namespace ww::checks
