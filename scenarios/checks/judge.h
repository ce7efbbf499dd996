// Judge: feeds every event to the ghost and to every check, and keeps the first violation.
//
// Dispatch is static: a check is a class with `On(const Event&)` for the events it wants; there is
// no virtual call and no cost for the others. The ghost (ghost.h) is common state that checks read
// and only the judge updates. A run ends at the first violation that is not expected.
//
// Invariants: checks never influence the run: they draw nothing, call nothing of the world and can
// be switched off one by one without changing its fingerprint.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/checks/bootstrap_events.h"
#include "scenarios/checks/control_events.h"
#include "scenarios/checks/events.h"
#include "scenarios/checks/failover_events.h"
#include "sim/base/time.h"

namespace ww::checks {

enum class PropertyKind : uint8_t { kSafety, kLiveness };

struct Property {
  std::string_view name;
  PropertyKind kind = PropertyKind::kSafety;
  std::string_view definition;
};
// Every property that this build judges, by name.
const std::vector<Property>& AllProperties();
const Property* FindProperty(std::string_view name);

struct Violation {
  std::string property;
  PropertyKind kind = PropertyKind::kSafety;
  std::string message;  // The two facts that contradict each other.
  ShardId shard;        // None when it concerns no single shard.
  TrueTime when;
  uint64_t event = 0;  // Number of the event that the judge was given; 1 is the first.
};

struct JudgeOptions {
  Duration election_timeout = Seconds(1);  // T: the base of all liveness bounds.
  uint64_t promote_lag_max = 16;           // Entries by which who gets a vote may lag.
  std::vector<std::string> disabled;       // Properties not judged.
  std::vector<std::string> expected;       // Properties whose violation is recorded, then muted.
  // Hosts so far apart in voters are evened out by controllers; 0: nobody does that.
  uint64_t replicas_gap_min = 0;
  bool may_contradict = false;  // Members come back without what they promised.
  bool enabled = true;          // False: no check runs at all (for measuring them).
};

class Judge {
 public:
  explicit Judge(const JudgeOptions& options);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  // Set by the world's side before each event.
  void SetNow(TrueTime now) { now_ = now; }
  TrueTime now() const { return now_; }

  void On(const ShardCreated& event);
  void On(const ShardRefounded& event);
  void On(const HostStarted& event);
  void On(const HostCrashed& event);
  void On(const HostWiped& event);
  void On(const ReplicaCreated& event);
  void On(const ReplicasetSupervised& event);
  void On(const BootstrapRecalled& event);
  void On(const BootstrapPromised& event);
  void On(const BootstrapBegun& event);
  void On(const BootstrapJoined& event);
  void On(const ReplicasetCoordinated& event);
  void On(const CoordinatorLocked& event);
  void On(const AppointmentRecorded& event);
  void On(const GrantRecorded& event);
  void On(const SwitchAsked& event);
  void On(const SwitchEnded& event);
  void On(const LeaseSent& event);
  void On(const OpenedByHand& event);
  void On(const CoordinatorGaveUp& event);
  void On(const InstanceProbed& event);
  void On(const AppointeeChosen& event);
  void On(const CoordinatorReconfigured& event);
  void On(const CoordinatorCommand& event);
  void On(const LeadershipLeased& event);
  void On(const SteppedDown& event);
  void On(const WriteTaken& event);
  void On(const ReplicasetConfigured& event);
  void On(const ReplicaStarted& event);
  void On(const MachineBroke& event);
  void On(const ReplicaStopped& event);
  void On(const ReplicaUnloaded& event);
  void On(const ReplicaDestroyed& event);
  void On(const CorruptionReported& event);
  void On(const TermChanged& event);
  void On(const RoleChanged& event);
  void On(const EntriesAppended& event);
  void On(const ConfigAppended& event);
  void On(const MembershipChanged& event);
  void On(const ChangeAsked& event);
  void On(const ChangeAnswered& event);
  void On(const MatchChanged& event);
  void On(const CommitAdvanced& event);
  void On(const ReadsConfirmed& event);
  void On(const LeaseChanged& event);
  void On(const ClockRead& event);
  void On(const TransferChanged& event);
  void On(const LogTold& event);
  void On(const QueryAsked& event);
  void On(const QueryAnswered& event);
  void On(const RecordWritten& event);
  void On(const FileSynced& event);
  void On(const FileSyncFailed& event);
  void On(const FileDamaged& event);
  void On(const BelievedDurable& event);
  void On(const SnapshotPublished& event);
  void On(const SnapshotInstalled& event);
  void On(const LogCompacted& event);
  void On(const VoteRequested& event);
  void On(const VoteAnswered& event);
  void On(const AppendAnswered& event);
  void On(const MessageAccepted& event);
  void On(const MessageHandled& event);
  void On(const MessageRefused& event);
  void On(const ControllerCommand& event);
  void On(const ControllerTermWritten& event);
  void On(const ControlTaken& event);
  void On(const DecisionRecorded& event);
  void On(const ShardRecorded& event);
  void On(const HostMarked& event);
  void On(const IdAllocated& event);
  void On(const MigrationRequested& event);
  void On(const MigrationBegun& event);
  void On(const StepRecorded& event);
  void On(const LeaverChanged& event);
  void On(const MigrationAborted& event);
  void On(const RollbackRecorded& event);
  void On(const MigrationEnded& event);
  void On(const CleanupOwed& event);
  void On(const CleanupDone& event);
  void On(const LeaderMoved& event);
  void On(const ReadAnswered& event);
  void On(const EntryApplied& event);
  void On(const ClientInvoked& event);
  void On(const ClientAsked& event);
  void On(const ClientReturned& event);
  void On(const ListenerAdded& event);
  void On(const LeaderTold& event);
  void On(const EngineReturned& event);
  void On(const PhaseBegan& event);
  void On(const TimePassed& event);
  void On(const HostReachable& event);
  void On(const RestMeasured& event);
  void On(const EngineCrashed& event);

  // Final judgements of a run that ended without a violation (acked-kept, search checker, ...).
  void Finish();

  // The first violation that was not expected.
  const std::optional<Violation>& violation() const { return violation_; }
  const std::vector<Violation>& expected_violations() const { return expected_; }
  // How often each property judged something non-trivial, ordered by name.
  std::vector<std::pair<std::string_view, uint64_t>> Judged() const;
  // What was noticed and is no violation, and how often, ordered by name.
  std::vector<std::pair<std::string_view, uint64_t>> Noticed() const;
  // The longest that a liveness property took in the run, in thousandths of an election timeout;
  // those that timed something, ordered by name.
  std::vector<std::pair<std::string_view, uint64_t>> Slowest() const;
  // The ghost's view of a shard for failure texts: a line a replica.
  std::string DescribeShard(ShardId shard) const;
  // What fault budgets and summaries ask.
  Index GhostCommit(ShardId shard) const;
  // Leader of the highest term seen of the shard; none before the first.
  ReplicaId NewestLeader(ShardId shard) const;

 private:
  friend class Reporter;
  struct Checks;
  TrueTime now_;
  std::optional<Violation> violation_;
  std::vector<Violation> expected_;
  std::unique_ptr<Checks> checks_;
};

}  // namespace ww::checks
