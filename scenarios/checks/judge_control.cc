// The judge: events of the control plane.
#include "scenarios/checks/judge_checks.h"

namespace ww::checks {

void Judge::On(const ControllerCommand& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.control.On(event);
}

void Judge::On(const ControllerTermWritten& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.control.On(event);
}

void Judge::On(const ControlTaken& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.control.On(event);
}

void Judge::On(const DecisionRecorded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.control.On(event);
}

void Judge::On(const ShardRecorded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.ghost.Update(event);
  c.plane.Update(event);
}

void Judge::On(const HostMarked& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.upkeep.OnUnrest();
  c.plane.Update(event);
}

void Judge::On(const IdAllocated& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.allocations.On(event, c.ghost);
  c.migrations.On(event);
  c.plane.Update(event);
}

void Judge::On(const MigrationRequested& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event);
  c.upkeep.On(event);
  c.plane.Update(event, c.ghost, now_);
}

void Judge::On(const MigrationBegun& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event);
  c.plane.Update(event, now_);
}

void Judge::On(const StepRecorded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event, c.ghost);
  c.plane.Update(event);
}

void Judge::On(const LeaverChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event, c.ghost);
  c.plane.Update(event, c.ghost);
}

void Judge::On(const MigrationAborted& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event, c.ghost);
  c.plane.Update(event, now_);
}

void Judge::On(const RollbackRecorded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event, c.ghost);
  c.plane.Update(event);
}

void Judge::On(const MigrationEnded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event);
  c.upkeep.On(event);
  c.plane.Update(event, now_);
}

void Judge::On(const CleanupOwed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event);
  c.plane.Update(event);
}

void Judge::On(const ShardRefounded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const ShardGhost* shard = c.ghost.FindShard(event.shard);
  if (shard != nullptr && !shard->leaderships.empty()) c.reporter.FoundedTwice(event.shard);
  c.identities.On(event);
  c.ghost.Update(event);
  c.liveness.On(event, c.ghost);
}

void Judge::On(const CleanupDone& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event, c.ghost);
}

void Judge::On(const LeaderMoved& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.upkeep.On(event);
}

void Judge::On(const ReadAnswered& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.migrations.On(event);
  c.placements.On(event);
}

}  // namespace ww::checks
