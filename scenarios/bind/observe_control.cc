// What hosts say of those who control them, and what the metadata come to say, in the checks'
// vocabulary.
#include <algorithm>
#include <string>
#include <utility>

#include "raft/machine/command.h"
#include "raft/meta/codec.h"
#include "scenarios/bind/observer.h"
#include "scenarios/bind/translate.h"
#include "scenarios/occurrences.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::scenarios {
namespace {

namespace meta = raft::meta;

checks::MigrationId IdOf(meta::MigrationId id) { return checks::MigrationId(id.value); }

checks::MigrationCause CauseOf(meta::MigrationCause cause) {
  switch (cause) {
    case meta::MigrationCause::kRequest:
      return checks::MigrationCause::kRequest;
    case meta::MigrationCause::kRepair:
      return checks::MigrationCause::kRepair;
    case meta::MigrationCause::kBalance:
      return checks::MigrationCause::kBalance;
    case meta::MigrationCause::kDrain:
      return checks::MigrationCause::kDrain;
  }
  UNREACHABLE();
}

checks::MoveStep StepOf(meta::MoveStep step) {
  switch (step) {
    case meta::MoveStep::kIntent:
      return checks::MoveStep::kIntent;
    case meta::MoveStep::kAllocated:
      return checks::MoveStep::kAllocated;
    case meta::MoveStep::kAdded:
      return checks::MoveStep::kAdded;
    case meta::MoveStep::kStarted:
      return checks::MoveStep::kStarted;
    case meta::MoveStep::kCaughtUp:
      return checks::MoveStep::kCaughtUp;
    case meta::MoveStep::kPromoted:
      return checks::MoveStep::kPromoted;
    case meta::MoveStep::kHandedOver:
      return checks::MoveStep::kHandedOver;
    case meta::MoveStep::kDeleted:
      return checks::MoveStep::kDeleted;
    case meta::MoveStep::kSwapped:
      return checks::MoveStep::kSwapped;
    case meta::MoveStep::kStopped:
      return checks::MoveStep::kStopped;
    case meta::MoveStep::kDataRemoved:
      return checks::MoveStep::kDataRemoved;
  }
  UNREACHABLE();
}

checks::RollbackStep StepOf(meta::RollbackStep step) {
  switch (step) {
    case meta::RollbackStep::kBegun:
      return checks::RollbackStep::kBegun;
    case meta::RollbackStep::kDeleted:
      return checks::RollbackStep::kDeleted;
    case meta::RollbackStep::kStopped:
      return checks::RollbackStep::kStopped;
    case meta::RollbackStep::kDataRemoved:
      return checks::RollbackStep::kDataRemoved;
  }
  UNREACHABLE();
}

// Both enumerations name the steps in the same order; the last ones are those of a rollback.
StepEdge EdgeOf(meta::MoveStep step) { return static_cast<StepEdge>(step); }
static_assert(static_cast<int>(meta::MoveStep::kDataRemoved) ==
              static_cast<int>(StepEdge::kDataRemoved));
static_assert(static_cast<int>(meta::MoveStep::kSwapped) == static_cast<int>(StepEdge::kSwapped));

StepEdge EdgeOf(meta::RollbackStep step) {
  return static_cast<StepEdge>(static_cast<int>(StepEdge::kUndo) + static_cast<int>(step));
}
static_assert(static_cast<int>(meta::RollbackStep::kDataRemoved) ==
              static_cast<int>(StepEdge::kUndoDataRemoved) - static_cast<int>(StepEdge::kUndo));

uint64_t VotersOf(const std::vector<meta::Seat>& seats) {
  return static_cast<uint64_t>(std::count_if(seats.begin(), seats.end(), [](const auto& seat) {
    return seat.role == raft::MemberRole::kVoter;
  }));
}

}  // namespace

// Tells what one command made of the metadata, by what it asked for and what it was answered.
class MetadataTeller {
 public:
  MetadataTeller(RunObserver& run, HostId host, const meta::Done& done)
      : run_(run), told_(run.metadata_), host_(host), done_(done) {}

  // --- Operators ---
  void operator()(const meta::Found& command) {
    Shard(meta::kMetadataShard, VotersOf(command.founders), "found");
    run_.Feed(checks::ShardRecorded{meta::kMetadataShard, VotersOf(command.founders), true});
  }
  void operator()(const meta::AddHost& command) {
    Host(command.host.host, "add", true);
    run_.Feed(checks::HostMarked{command.host.host, checks::HostMark::kUnrecorded, false});
  }
  void operator()(const meta::RequestDrain& command) {
    Host(command.host, "drain", command.draining);
    if (command.draining) told_.draining.insert(command.host);
    if (!command.draining) told_.draining.erase(command.host);
    run_.Feed(checks::HostMarked{command.host, checks::HostMark::kDraining, command.draining});
  }
  void operator()(const meta::AdoptShard& command) {
    Shard(command.shard, VotersOf(command.members), "adopt");
    run_.Feed(checks::ShardRecorded{command.shard, VotersOf(command.members), false});
  }
  void operator()(const meta::RequestCreateShard& command) {
    Shard(command.shard, command.voters, "request");
    told_.foundings[command.shard].voters = command.voters;
    told_.foundings[command.shard].hosts = command.hosts;
    ++run_.view_.control().foundings;
  }
  void operator()(const meta::RequestMove& command) {
    Requested({command.shard, command.strategy, meta::MigrationCause::kRequest, command.moves});
  }
  void operator()(const meta::CancelMigration& command) {
    Migration(command.migration, "cancel", {});
    Aborted(command.migration);
    CameTo(command.migration, StepEdge::kUndo);
  }
  void operator()(const meta::AllocateId& command) { Allocated(command.shard, {}); }

  void operator()(const meta::TakeControl& command) {
    run_.Record(run_.kinds_.control_taken, host_, command.controller.host, command.controller.term);
    told_.controller = command.controller.host;
    run_.Feed(checks::ControlTaken{command.controller.host, command.controller.term.value});
  }
  void operator()(const meta::Stamped& command) {
    run_.Feed(checks::DecisionRecorded{command.stamp.term.value, command.stamp.expected.value,
                                       done_.version.value});
    std::visit(*this, command.action);
  }
  // --- Coordinators, and operators to them ---
  void operator()(const meta::Failover& command) { std::visit(*this, command.action); }
  void operator()(const meta::TakeLock& command) {
    const uint64_t term = command.seen_term.value + 1;
    Board(ShardId(), term, command.host, "lock taken");
    run_.Feed(checks::CoordinatorLocked{command.host, term});
  }
  void operator()(const meta::RenewLock&) {}
  void operator()(const meta::RecordAppointment& command) {
    const uint64_t term = command.fence.term.value;
    Board(command.shard, term, command.host, meta::NameOf(command.cause));
    run_.ReadInstanceClocks();
    run_.Feed(checks::AppointmentRecorded{command.shard, term, command.host});
  }
  void operator()(const meta::RecordGrant& command) {
    const uint64_t term = command.fence.term.value;
    Board(command.shard, term, command.host, "lease");
    run_.Feed(checks::GrantRecorded{command.shard, term, command.host,
                                    checks::Term(command.raft_term.value)});
  }
  void operator()(const meta::EndSwitch& command) {
    Board(command.shard, command.fence.term.value, HostId(), meta::NameOf(command.state));
    const bool done = command.state == meta::SwitchState::kDone;
    run_.Feed(checks::SwitchEnded{
        command.shard, done ? checks::SwitchEnding::kDone : checks::SwitchEnding::kRefused});
  }
  void operator()(const meta::RequestSwitch& command) {
    Board(command.shard, 0, command.to, "switch asked for");
    run_.Feed(checks::SwitchAsked{command.shard, command.to});
  }

  // --- Controllers ---
  void operator()(const meta::RecordDisk& command) {
    Host(command.host, "disk", true);
    run_.view_.DiskReported(command.host);
  }
  void operator()(const meta::RecordDeath& command) {
    Host(command.host, "dead", command.dead);
    run_.Feed(checks::HostMarked{command.host, checks::HostMark::kDead, command.dead});
  }
  void operator()(const meta::PlaceShard& command) {
    told_.foundings[command.shard].placed = done_.replicas.size();
    Allocated(command.shard, {});
    Founders(command.shard, command.hosts);
  }
  void operator()(const meta::UnplaceShard& command) {
    Shard(command.shard, told_.foundings[command.shard].voters, "unplace");
    run_.view_.control().owed += std::exchange(told_.foundings[command.shard].placed, 0);
  }
  void operator()(const meta::RecordShardCreated& command) {
    const uint64_t voters = told_.foundings[command.shard].voters;
    told_.foundings.erase(command.shard);
    told_.created.push_back(command.shard);
    --run_.view_.control().foundings;
    Shard(command.shard, voters, "created");
    run_.Feed(checks::ShardRecorded{command.shard, voters, false});
  }
  void operator()(const meta::RecordTransfer& command) {
    Shard(command.shard, 0, "move leader");
    run_.view_.control().balanced = run_.world_.now();
    run_.Feed(checks::LeaderMoved{command.shard, command.to});
  }
  void operator()(const meta::PlanMigration& command) { Requested(command); }
  void operator()(const meta::BeginMigration& command) {
    Migration(command.migration, "begin", {});
    told_.open[command.migration].begun = true;
    Stepped(command.migration, meta::MoveStep::kIntent);
    run_.Feed(checks::MigrationBegun{IdOf(command.migration)});
    CameTo(command.migration, StepEdge::kIntent);
  }
  void operator()(const meta::AllocateReplica& command) {
    Allocated(ShardOf(command.migration), command.migration);
    Stepped(command.migration, meta::MoveStep::kAllocated);
    CameTo(command.migration, StepEdge::kAllocated);
  }
  void operator()(const meta::RecordStep& command) {
    Migration(command.migration, "step", meta::NameOf(command.step), command.move);
    Stepped(command.migration, command.step);
    run_.Feed(checks::StepRecorded{IdOf(command.migration), command.move, StepOf(command.step)});
    CameTo(command.migration, EdgeOf(command.step));
    if (command.step == meta::MoveStep::kHandedOver) OldGoes(command.migration);
    if (command.step == meta::MoveStep::kDeleted) run_.view_.NobodyGoes(ShardOf(command.migration));
    if (command.step == meta::MoveStep::kDataRemoved) NextMove(command.migration);
  }
  void operator()(const meta::GiveWay& command) {
    Migration(command.migration, "give way", {}, command.move);
    GaveWay(command.migration, command.replica);
    OldGoes(command.migration);
    run_.Feed(checks::LeaverChanged{IdOf(command.migration), command.replica});
  }
  void operator()(const meta::AbortMigration& command) {
    Migration(command.migration, "abort", meta::NameOf(command.reason));
    Aborted(command.migration);
    CameTo(command.migration, StepEdge::kUndo);
  }
  void operator()(const meta::RecordRollback& command) {
    Migration(command.migration, "roll back", meta::NameOf(command.step));
    run_.Feed(checks::RollbackRecorded{IdOf(command.migration), StepOf(command.step)});
    CameTo(command.migration, EdgeOf(command.step));
  }
  void operator()(const meta::OweCleanup& command) {
    Migration(command.migration, "owe cleanup", {});
    ++run_.view_.control().owed;
    run_.Feed(checks::CleanupOwed{IdOf(command.migration), {}});
  }
  void operator()(const meta::EndMigration& command) {
    Migration(command.migration, "end", {});
    Close(command.migration);
    run_.Feed(checks::MigrationEnded{IdOf(command.migration)});
  }
  void operator()(const meta::OweStranger& command) {
    Cleanup(command.who, "owe");
    ++run_.view_.control().owed;
    run_.Feed(checks::CleanupOwed{{}, {command.who.shard, command.who.replica}});
  }
  void operator()(const meta::CleanupDone& command) {
    Cleanup(command.who, "done");
    uint64_t& owed = run_.view_.control().owed;
    owed -= std::min<uint64_t>(owed, 1);
    run_.Feed(checks::CleanupDone{{command.who.shard, command.who.replica}});
  }

 private:
  // Before any of them is told.
  void Founders(ShardId shard, const std::vector<HostId>& hosts) {
    CHECK_EQ(hosts.size(), done_.replicas.size());
    std::vector<checks::Voter> voters;
    std::vector<ReplicaPlace> places;
    for (size_t i = 0; i < hosts.size(); ++i) {
      voters.push_back({done_.replicas[i], hosts[i]});
      places.push_back({shard, done_.replicas[i], hosts[i]});
    }
    run_.view_.Placed(shard, places);
    if (std::exchange(told_.foundings[shard].told, true)) {
      run_.Feed(checks::ShardRefounded{shard, voters});
    } else {
      run_.Feed(checks::ShardCreated{shard, voters, true, true});
    }
  }
  void Shard(ShardId shard, uint64_t voters, std::string_view what) {
    run_.Record(run_.kinds_.control_shard, host_, shard, voters, what);
  }
  void Host(HostId host, std::string_view what, bool on) {
    run_.Record(run_.kinds_.control_host, host_, host, what, on);
  }
  void Board(ShardId shard, uint64_t term, HostId of, std::string_view what) {
    run_.Record(run_.kinds_.stateboard, host_, shard, term, of, what);
  }
  void Cleanup(const meta::ReplicaOfShard& who, std::string_view what) {
    run_.Record(run_.kinds_.control_cleanup, host_, who.shard, who.replica, what);
  }
  void Migration(meta::MigrationId id, std::string_view what, std::string_view detail,
                 uint32_t move = 0) {
    run_.Record(run_.kinds_.control_migration, host_, ShardOf(id), id, what, move, detail);
  }
  ShardId ShardOf(meta::MigrationId id) const {
    const auto at = told_.open.find(id);
    return at == told_.open.end() ? ShardId() : at->second.shard;
  }
  // Plans may hang on it.
  void Stepped(meta::MigrationId id, meta::MoveStep step) {
    const auto at = static_cast<size_t>(step);
    CHECK_LT(at, kStepEvents.size());
    run_.Occurred(kStepEvents[at], host_, ShardOf(id));
  }
  void Requested(const meta::PlanMigration& plan) {
    told_.open[done_.migration] = {plan.shard, false, plan.moves, 0, StepEdge::kIntent};
    ++run_.view_.control().migrations;
    if (plan.cause == meta::MigrationCause::kBalance) {
      run_.view_.control().balanced = run_.world_.now();
    }
    Migration(done_.migration, "request", meta::NameOf(plan.cause));
    std::vector<checks::PlannedMove> moves;
    for (const meta::HostMove& move : plan.moves) moves.push_back({move.source, move.target});
    run_.Feed(checks::MigrationRequested{IdOf(done_.migration), plan.shard, CauseOf(plan.cause),
                                         plan.strategy == meta::Strategy::kJoint, moves});
  }
  void Allocated(ShardId shard, meta::MigrationId migration) {
    for (const ReplicaId replica : done_.replicas) {
      run_.Record(run_.kinds_.control_id, host_, shard, replica, migration);
      run_.Feed(checks::IdAllocated{{shard, replica}, IdOf(migration)});
    }
  }
  // Faults may hang on it.
  void CameTo(meta::MigrationId id, StepEdge edge) {
    const auto at = told_.open.find(id);
    if (at == told_.open.end()) return;
    at->second.edge = edge;
    for (size_t role = 0; role < kStepRoles; ++role) {
      const StepCell& cell = CellOf(edge, static_cast<StepRole>(role));
      const HostId host = run_.HostIn(at->second, cell.role);
      if (!host.none()) run_.Occurred(cell.event, host, at->second.shard);
    }
  }
  // Another voter leaves in the move under way; in a later move of it the one that was to.
  void GaveWay(meta::MigrationId id, ReplicaId leaves) {
    const auto at = told_.open.find(id);
    if (at == told_.open.end()) return;
    const auto& replicas = run_.view_.shard(at->second.shard).replicas;
    const auto found = std::find_if(
        replicas.begin(), replicas.end(),
        [leaves](const GroupView::ReplicaState& one) { return one.place.replica == leaves; });
    if (found == replicas.end()) return;
    std::vector<meta::HostMove>& moves = at->second.moves;
    const HostId stays = std::exchange(moves[at->second.move].source, found->place.host);
    for (size_t i = at->second.move + 1; i < moves.size(); ++i) {
      if (moves[i].source == found->place.host) moves[i].source = stays;
    }
  }
  void NextMove(meta::MigrationId id) {
    const auto at = told_.open.find(id);
    if (at == told_.open.end() || at->second.move + 1 >= at->second.moves.size()) return;
    ++at->second.move;
    CameTo(id, StepEdge::kIntent);
  }
  // One that has not begun ends so.
  void Aborted(meta::MigrationId id) {
    const auto at = told_.open.find(id);
    if (at != told_.open.end() && !at->second.begun) Close(id);
    run_.Feed(checks::MigrationAborted{IdOf(id)});
  }
  // Orders to delete it may be on their way from now on.
  void OldGoes(meta::MigrationId id) {
    const auto at = told_.open.find(id);
    if (at == told_.open.end()) return;
    const MetadataTold::Migration& migration = at->second;
    run_.view_.Going(migration.shard, migration.moves[migration.move].source);
  }
  void Close(meta::MigrationId id) {
    if (const ShardId shard = ShardOf(id); !shard.none()) run_.view_.NobodyGoes(shard);
    if (told_.open.erase(id) > 0) --run_.view_.control().migrations;
  }

  RunObserver& run_;
  MetadataTold& told_;
  HostId host_;
  const meta::Done& done_;
};

HostId RunObserver::HostIn(const MetadataTold::Migration& migration, StepRole role) const {
  if (migration.moves.empty()) return HostId();
  switch (role) {
    case StepRole::kSource:
      return migration.moves[migration.move].source;
    case StepRole::kTarget:
      return migration.moves[migration.move].target;
    case StepRole::kLeader:
      return view_.LeaderHost(migration.shard).value_or(HostId());
    case StepRole::kController:
      return metadata_.controller;
  }
  UNREACHABLE();
}

std::vector<ShardId> RunObserver::AwaitedShards() const {
  std::vector<ShardId> awaited;
  for (const auto& one : metadata_.foundings) {
    const auto& founding = one.second;
    const std::vector<HostId>& hosts = founding.hosts;
    // A request to drain that comes late may be the last word: such a host takes nothing new.
    const bool placed = founding.placed > 0;
    const bool can_take = std::all_of(hosts.begin(), hosts.end(), [this, placed](HostId host) {
      return world_.host(host).up() && (placed || !metadata_.draining.contains(host));
    });
    if (can_take) awaited.push_back(one.first);
  }
  return awaited;
}

void RunObserver::CountEdges(HostId crashed) const {
  for (const auto& [id, migration] : metadata_.open) {
    for (size_t role = 0; migration.begun && role < kStepRoles; ++role) {
      const StepCell& cell = CellOf(migration.edge, static_cast<StepRole>(role));
      if (HostIn(migration, cell.role) == crashed) RecordReach(cell.site, HashName(cell.site));
    }
  }
}

// Whoever applies an entry first tells of it; others make the same of it, which is judged too.
void RunObserver::MetadataApplied(HostId host, const raft::EntryApplied& event) {
  if (event.index <= metadata_.last) return;
  metadata_.last = event.index;
  const raft::Command* put = event.command;
  if (put == nullptr || put->operation != raft::Operation::kPut || event.duplicate) return;
  const std::optional<meta::Command> command = meta::DecodeCommand(put->value);
  const std::optional<meta::Result> result = meta::DecodeResult(event.response);
  if (!command.has_value() || !result.has_value()) return;
  const auto* done = std::get_if<meta::Done>(&*result);
  if (done != nullptr) std::visit(MetadataTeller(*this, host, *done), *command);
}

void HostObserver::On(const raft::ControllerCommand& event) {
  run_.Record(run_.kinds_.command, host_, event.shard, event.term, event.version, event.action,
              event.heeded);
  run_.Feed(checks::ControllerCommand{host_, event.shard, event.term.value, event.version,
                                      event.action, event.heeded});
}

void HostObserver::On(const raft::ReadAnswered& event) {
  if (run_.metadata_.shard.none()) return;
  run_.Feed(checks::ReadAnswered{KeyOf(event.who), incarnation_, IndexOf(event.index)});
}

}  // namespace ww::scenarios
