// Judge::Checks: the ghost and every check, in the order in which they see an event. Included by
// the judge's sources only.
#pragma once

#include "scenarios/checks/acks.h"
#include "scenarios/checks/allocations.h"
#include "scenarios/checks/bootstraps.h"
#include "scenarios/checks/changes.h"
#include "scenarios/checks/clients.h"
#include "scenarios/checks/commits.h"
#include "scenarios/checks/configs.h"
#include "scenarios/checks/control.h"
#include "scenarios/checks/control_ghost.h"
#include "scenarios/checks/elections.h"
#include "scenarios/checks/failover_modes.h"
#include "scenarios/checks/failovers.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/identities.h"
#include "scenarios/checks/isolation.h"
#include "scenarios/checks/judge.h"
#include "scenarios/checks/leadership.h"
#include "scenarios/checks/leases.h"
#include "scenarios/checks/listeners.h"
#include "scenarios/checks/liveness.h"
#include "scenarios/checks/logs.h"
#include "scenarios/checks/machines.h"
#include "scenarios/checks/migrations.h"
#include "scenarios/checks/orphans.h"
#include "scenarios/checks/placements.h"
#include "scenarios/checks/progress.h"
#include "scenarios/checks/recovery.h"
#include "scenarios/checks/removals.h"
#include "scenarios/checks/reporter.h"
#include "scenarios/checks/rest.h"
#include "scenarios/checks/snapshots.h"
#include "scenarios/checks/stale_messages.h"
#include "scenarios/checks/upkeep.h"

namespace ww::checks {

// Within one event the check that is nearest to the cause goes first: its report is the one that
// is kept.
struct Judge::Checks {
  Checks(Judge& judge, const JudgeOptions& options)
      : enabled(options.enabled),
        reporter(judge, options),
        bootstraps(reporter, options.election_timeout),
        failovers(reporter),
        failover_modes(reporter),
        identities(reporter),
        isolation(reporter, options.may_contradict),
        removals(reporter, options.election_timeout),
        elections(reporter),
        logs(reporter),
        configs(reporter),
        control(reporter),
        changes(reporter),
        allocations(reporter),
        migrations(reporter, plane, options.election_timeout),
        placements(reporter, plane, {options.election_timeout, options.promote_lag_max}),
        orphans(reporter, plane, options.election_timeout),
        upkeep(reporter, plane, {options.election_timeout, options.replicas_gap_min}),
        commits(reporter),
        acks(reporter),
        progress(reporter),
        stale(reporter),
        recovery(reporter),
        machines(reporter),
        snapshots(reporter, machines),
        clients(reporter, machines),
        listeners(reporter, options.election_timeout),
        liveness(reporter, options.election_timeout),
        leases(reporter, elections),
        leadership(reporter, options.election_timeout) {}

  // Called at the start of each event; false when nothing is judged.
  bool Begin() {
    if (!enabled) return false;
    reporter.CountEvent();
    ghost.Begin();
    return true;
  }

  bool enabled;
  Reporter reporter;
  Ghost ghost;
  ControlGhost plane;
  BootstrapChecks bootstraps;
  FailoverChecks failovers;
  FailoverModeChecks failover_modes;
  IdentityChecks identities;
  IsolationChecks isolation;
  RemovalChecks removals;
  ElectionChecks elections;
  LogChecks logs;
  ConfigChecks configs;
  ControlChecks control;
  ChangeChecks changes;
  AllocationChecks allocations;
  MigrationChecks migrations;
  PlacementChecks placements;
  OrphanChecks orphans;
  UpkeepChecks upkeep;
  CommitChecks commits;
  AckChecks acks;
  ProgressChecks progress;
  StaleMessageChecks stale;
  RecoveryChecks recovery;
  MachineChecks machines;
  SnapshotChecks snapshots;
  ClientChecks clients;
  ListenerChecks listeners;
  LivenessChecks liveness;
  LeaseChecks leases;
  LeadershipChecks leadership;
};

}  // namespace ww::checks
