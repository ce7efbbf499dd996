#include "scenarios/checks/judge.h"

#include <fmt/format.h>

#include "scenarios/checks/judge_checks.h"

namespace ww::checks {

Judge::Judge(const JudgeOptions& options) : checks_(std::make_unique<Checks>(*this, options)) {}
Judge::~Judge() = default;

void Judge::On(const ShardCreated& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.On(event);
  c.ghost.Update(event);
  c.placements.On(event);
  c.progress.On(event);
  c.machines.On(event);
  c.clients.On(event);
  c.liveness.On(event);
  c.leadership.On(event);
}

void Judge::On(const ReplicaCreated& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.identities.On(event, c.ghost);
  c.ghost.Update(event);
  c.liveness.On(event, c.ghost);
}

void Judge::On(const ReplicaUnloaded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.On(event);
}

void Judge::On(const ReplicaDestroyed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.On(event);
  c.orphans.On(event, c.ghost);
  c.plane.Update(event);
}

void Judge::On(const MessageAccepted& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.identities.On(event);
  c.removals.On(event, where);
  c.placements.On(event);
  c.ghost.Update(event, where);
  c.stale.On(event, c.ghost);
}

void Judge::On(const MessageHandled& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.stale.On(event, c.ghost);
  c.ghost.Update(event);
}

void Judge::On(const MessageRefused& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.On(event);
}

void Judge::On(const HostStarted& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.failovers.On(event);
  c.failover_modes.On(event);
  c.reporter.Count(PropertyId::kNoCrash);
  c.ghost.Update(event);
  c.plane.Update(event);
  c.upkeep.OnUnrest();
  c.liveness.OnReachability(c.ghost);
  c.leadership.OnUnrest();
}

void Judge::On(const HostCrashed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.failovers.On(event, c.ghost);
  c.failover_modes.On(event);
  c.identities.On(event);
  c.control.On(event);
  c.listeners.On(event);
  c.ghost.Update(event);
  c.upkeep.OnUnrest();
  c.liveness.OnReachability(c.ghost);
  c.leadership.OnUnrest();
}

void Judge::On(const HostWiped& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.identities.On(event, c.ghost);
  c.control.On(event);
  c.ghost.Update(event);
}

void Judge::On(const ReplicaStarted& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  const Ghost::Where where = c.ghost.At(event.who);
  c.identities.On(event, where);
  c.snapshots.On(event);
  GhostLog recovered = c.recovery.BeforeLog(event, where);
  for (const EntryView& entry : event.entries) recovered.Append(entry);
  c.recovery.On(event, where, recovered, c.ghost.Host(event.host));
  c.elections.On(event, where);
  c.logs.On(event, where, recovered);
  c.listeners.On(event, where);
  c.placements.On(event);
  c.ghost.Update(event, where, std::move(recovered));
  c.commits.AfterLoss(c.ghost);
  c.liveness.On(event, where, c.ghost);
  c.leadership.On(event);
  c.leadership.OnUnrest();
}

void Judge::On(const MachineBroke& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.isolation.On(event);
}

void Judge::On(const ReplicaStopped& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.isolation.On(event);
  c.ghost.Update(event, c.ghost.At(event.who));
  c.liveness.OnReachability(c.ghost);
  c.leadership.OnUnrest();
}

void Judge::On(const CorruptionReported& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  HostGhost& host = c.ghost.Host(event.host);
  c.recovery.On(event, host);
  host.corruption_reported = true;
}

void Judge::On(const TermChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.OnChange(event.who, event.under, "its term or vote changes");
  c.stale.OnChange(event.who, "its term or vote changes", c.ghost);
  const Ghost::Where where = c.ghost.At(event.who);
  c.elections.On(event, where);
  c.ghost.Update(event, where);
}

void Judge::On(const RoleChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.stale.OnChange(event.who, "its role changes", c.ghost);
  c.removals.On(event, where);
  c.configs.On(event, where);
  c.elections.On(event, where);
  c.acks.On(event, where);
  c.commits.On(event, where);
  c.leadership.On(event, where);
  c.listeners.On(event, where);
  c.failover_modes.On(event);
  c.ghost.Update(event, where);
}

void Judge::On(const EntriesAppended& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.OnChange(event.who, event.under, "its log changes");
  c.stale.OnChange(event.who, "its log changes", c.ghost);
  const Ghost::Where where = c.ghost.At(event.who);
  c.logs.Before(event, where, c.ghost.handled());
  const AppendFacts facts = c.ghost.Update(event, where);
  c.logs.After(event, facts);
}

void Judge::On(const ConfigAppended& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.configs.On(event, where);
  c.changes.On(event);
  c.placements.On(event, where);
  c.ghost.Update(event, where);
}

void Judge::On(const ChangeAsked& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.changes.On(event);
}

void Judge::On(const ChangeAnswered& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.changes.On(event, c.ghost);
}

void Judge::On(const MembershipChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.configs.On(event, where);
  c.bootstraps.On(event);
  c.ghost.Update(event, where);
  c.leadership.On(event, where);
  c.leadership.OnUnrest();
}

void Judge::On(const MatchChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.stale.OnChange(event.who, "its knowledge of a follower changes", c.ghost);
  c.progress.On(event, c.ghost.At(event.who));
}

void Judge::On(const CommitAdvanced& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.identities.OnChange(event.who, event.under, "its commit index changes");
  c.stale.OnChange(event.who, "its commit index changes", c.ghost);
  const Ghost::Where where = c.ghost.At(event.who);
  c.configs.On(event, where);
  c.elections.On(event, where);
  c.commits.Before(event, where);
  c.leases.On(event, where);
  c.ghost.Update(event, where);
  c.commits.After(event, where);
  c.liveness.On(event, where);
}

void Judge::On(const ReadsConfirmed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.leases.On(event, where);
  c.clients.On(event, where.shard);
}

void Judge::On(const LeaseChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.stale.OnChange(event.who, "its lease changes", c.ghost);
  c.leases.On(event, c.ghost.At(event.who));
}

void Judge::On(const ClockRead& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
  c.leases.On(event);
}

void Judge::On(const TransferChanged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.stale.OnChange(event.who, "its transfer of leadership changes", c.ghost);
  c.failover_modes.On(event);
  c.leadership.On(event, c.ghost.At(event.who), c.ghost);
}

void Judge::On(const LogTold& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.commits.On(event, c.ghost.Shard(event.shard));
}

void Judge::On(const QueryAsked& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.leadership.On(event, c.ghost);
}

void Judge::On(const QueryAnswered& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.leadership.On(event);
}

void Judge::On(const RecordWritten& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  const Ghost::Where where = c.ghost.At(event.who);
  c.logs.On(event, where);
  c.snapshots.On(event, where);
  c.ghost.Update(event, where);
}

void Judge::On(const SnapshotPublished& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.snapshots.On(event, where, c.ghost.Host(event.host));
  c.ghost.Update(event, where);
}

void Judge::On(const SnapshotInstalled& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.snapshots.On(event, where);
  c.ghost.Update(event, where);
}

void Judge::On(const LogCompacted& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.snapshots.On(event, c.ghost.At(event.who));
}

void Judge::On(const FileSynced& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.control.On(event);
  c.ghost.Update(event);
  c.commits.AfterLoss(c.ghost);
  for (const uint32_t slot : c.ghost.forgot()) {
    c.machines.Forget(slot, c.ghost.shards()[slot].horizon);
  }
}

void Judge::On(const FileSyncFailed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.control.On(event);
  c.ghost.Update(event);
}

void Judge::On(const FileDamaged& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.ghost.Update(event);
  c.commits.AfterLoss(c.ghost);
}

void Judge::On(const BelievedDurable& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.acks.On(event, c.ghost.At(event.who));
}

void Judge::On(const VoteRequested& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.acks.On(event, c.ghost.At(event.who));
}

void Judge::On(const VoteAnswered& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.acks.On(event, where);
  c.elections.On(event, where);
  c.ghost.Update(event, where);
}

void Judge::On(const AppendAnswered& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.acks.On(event, where);
  c.progress.On(event, where);
}

void Judge::On(const EntryApplied& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const Ghost::Where where = c.ghost.At(event.who);
  c.configs.On(event, where);
  c.bootstraps.On(event);
  const uint64_t effect = c.machines.On(event, where);
  if (effect != 0) c.clients.OnEffect(effect, event);
  c.ghost.Update(event, where);
}

void Judge::On(const ClientInvoked& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const ShardGhost& shard = c.ghost.Shard(event.shard);
  c.clients.On(event, shard);
  c.liveness.On(event, shard);
}

void Judge::On(const ClientAsked& event) {
  Checks& c = *checks_;
  if (c.Begin()) c.liveness.On(event, c.ghost);
}

void Judge::On(const ClientReturned& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  const ShardGhost& shard = c.ghost.Shard(event.shard);
  c.clients.On(event, shard);
  c.liveness.On(event, shard, c.ghost);
}

void Judge::On(const ListenerAdded& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.listeners.On(event);
}

void Judge::On(const LeaderTold& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.listeners.On(event);
}

void Judge::On(const EngineReturned& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.listeners.On(event);
  c.plane.Update(event);
}

void Judge::On(const PhaseBegan& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.failovers.On(event);
  c.failover_modes.On(event);
  c.removals.On(event);
  c.migrations.On(event);
  c.orphans.On(event);
  c.upkeep.On(event, c.ghost);
  c.leadership.On(event, c.ghost);
  c.liveness.On(event, c.ghost);
}

void Judge::On(const TimePassed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.bootstraps.On(event);
  c.failovers.On(event);
  c.failover_modes.On(event);
  c.removals.On(event, c.ghost);
  c.migrations.On(event, c.ghost);
  c.orphans.On(event, c.ghost);
  c.upkeep.On(event, c.ghost);
  c.leadership.On(event, c.ghost);
  c.liveness.On(event, c.ghost);
}

void Judge::On(const HostReachable& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.failovers.On(event);
  c.ghost.Update(event);
  c.upkeep.OnUnrest();
  c.liveness.OnReachability(c.ghost);
  c.leadership.OnUnrest();
}

void Judge::On(const RestMeasured& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  JudgeRest(event, c.ghost, c.reporter);
}

void Judge::On(const EngineCrashed& event) {
  Checks& c = *checks_;
  if (!c.Begin()) return;
  c.reporter.Count(PropertyId::kNoCrash);
  c.reporter.Report(PropertyId::kNoCrash, ShardId(), "engine code on host {} ended its process: {}",
                    event.host, event.detail);
}

void Judge::Finish() {
  Checks& c = *checks_;
  if (!c.enabled) return;
  c.listeners.Finish();
  c.clients.Finish(c.ghost);
  c.orphans.Finish(c.ghost, c.clients);
}

}  // namespace ww::checks
