// Supervised failover at runtime: failover-choice, failover-one-writer, failover-lease-order,
// failover-fencing, failover-no-failback, failover-gap-bounded.
//
// Who may write is ghost state: the last lease that an instance said it took, until it steps down,
// its process ends, its replica stops leading in the lease's term, or its host's clock shows the
// end (ClockRead comes first). No assumption about clocks is made. The choice is made a second time
// here, from the configuration and from what the coordinator was told.
//
// What an operator opens by hand is nobody's promise: clients may write there beside a lease. But a
// coordinator that was told so makes nobody a writer beside it, until it was told that this is
// over, or was told nothing for as long as a lease.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "scenarios/checks/failover_events.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/priority_rank.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class FailoverChecks {
 public:
  explicit FailoverChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ReplicasetCoordinated& event);
  void On(const CoordinatorLocked& event);
  void On(const AppointmentRecorded& event, const Ghost& ghost);
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
  void On(const LeadershipLeased& event, const Ghost& ghost);
  void On(const SteppedDown& event);
  void On(const WriteTaken& event, const Ghost& ghost);
  void On(const ClockRead& event);
  void On(const HostStarted& event);
  void On(const HostCrashed& event, const Ghost& ghost);
  void On(const HostReachable& event);
  void On(const PhaseBegan& event);
  void On(const TimePassed& event);

 private:
  struct Lease {
    ReplicaKey who;
    Incarnation incarnation;
    Term term;
    LocalTime until;
  };
  // What a coordinator was told last.
  struct Probe {
    bool live;
    bool leads;
    bool votes;
    bool writable = false;
    // It said so, while it was not appointed: then; it has not said since that it is over.
    std::optional<TrueTime> foreign_at{};
  };
  struct Instance {
    std::string name;
    bool eligible = false;             // Neither anonymous nor a learner.
    std::optional<PriorityRank> rank;  // None: nobody's choice. Where nobody has edited it.
    std::optional<Lease> lease;        // The last; none: it stepped down since, or never had one.
    std::optional<LocalTime> by_hand;  // Open until then.
    uint64_t term = 0;                 // The highest of a command that it heeded, in this life,
    uint64_t number = 0;               // and the highest number of that term.
    uint64_t term_ever = 0;            // In any life.
    bool reachable = true;
    Probe probe{false, false, false};
  };
  struct Gap {
    TrueTime since;
    HostId crashed;
    HostId coordinator;  // When it began.
    bool takeover = false;
    bool healed = false;  // It is the run's end that somebody is waited for.
  };
  struct Replicaset {
    absl::btree_map<HostId, Instance> instances;
    Duration gap_max;
    Duration takeover_max;
    bool only_crashes = false;
    Duration first_start_max;
    Duration lease;
    Duration lead_within;
    TrueTime waited_since;  // For the appointed one to lead: appointed, or seen to lead, last.
    bool leased = false;    // It was sent a lease.
    uint64_t probing = 0;   // The coordinator whose probes are kept.
    HostId appointed;
    HostId granted;  // As recorded, with the term of the shard.
    Term granted_in;
    std::optional<HostId> switch_to;
    bool switched = false;  // A switch was asked for since somebody was appointed.
    std::optional<Gap> gap;
    // By the hosts of coordinators that go by another configuration, and those of instances.
    absl::btree_map<HostId, absl::btree_map<HostId, std::optional<PriorityRank>>> edited;
  };

  Replicaset* Find(ShardId shard);
  bool Writes(HostId host, const Instance& instance, const Ghost& ghost) const;
  static std::optional<PriorityRank> RankOf(const Replicaset& set, HostId coordinator, HostId host);
  static std::optional<HostId> ChoiceOf(const Replicaset& set, HostId coordinator,
                                        HostId passed_over);
  bool IsOpenByHand(HostId host, const Instance& instance) const;
  void JudgePassingOver(const AppointeeChosen& event, const Replicaset& set);
  void JudgeOtherWriters(ShardId shard, const Replicaset& set, HostId host, const Ghost& ghost);
  void JudgeGap(ShardId shard, Replicaset& set, bool ended);

  Reporter& reporter_;
  absl::btree_map<ShardId, Replicaset> sets_;
  absl::btree_map<HostId, LocalTime> clocks_;
  absl::btree_map<HostId, bool> down_;
  uint64_t lock_term_ = 0;
  HostId coordinator_;  // Who took the lock last, and has not given up; none: nobody.
};

}  // namespace ww::checks
