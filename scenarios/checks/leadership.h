// transfer-outcome-true, transfer-terminates, role-eligible of transfer targets, leader-stable and
// read-completes: what leaders owe to operators, readers and each other.
//
// Deadlines are armed by PhaseBegan{kHeal} and looked at when TimePassed or a phase says so, like
// those of liveness.h. leader-stable: a shard is calm from the last thing that may cost a leader
// its office (a life begins or ends, a host leaves or comes back, a transfer begins, faults end);
// from kCalmBound after that on nobody else may come to lead while the calm lasts.
//
// A transfer has to succeed when it begins that long after the last disturbance, from a leader that
// has been in office for an election timeout to a voter that holds all that is committed, with all
// voters within reach, and nothing disturbs it. Whatever clients ask for is no disturbance.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class LeadershipChecks {
 public:
  LeadershipChecks(Reporter& reporter, Duration election_timeout)
      : reporter_(reporter), election_timeout_(election_timeout) {}

  void On(const ShardCreated&) {
    calm_since_.push_back(TrueTime::Never());
    led_since_.push_back(TrueTime::Never());
  }
  void On(const RoleChanged& event, Ghost::Where where);
  // A life of a replica begins: it owes nothing for the one before.
  void On(const ReplicaStarted& event);
  void On(const TransferChanged& event, Ghost::Where where, const Ghost& ghost);
  // After the ghost has taken it.
  void On(const MembershipChanged& event, Ghost::Where where);
  void On(const QueryAsked& event, const Ghost& ghost);
  void On(const QueryAnswered& event);
  void On(const PhaseBegan& event, const Ghost& ghost);
  void On(const TimePassed& event, const Ghost& ghost);
  // A life began or ended, or a host came or went: nothing is calm.
  void OnUnrest();

 private:
  struct PendingTransfer {
    ReplicaKey who;
    ReplicaId target;
    Term term;
    Incarnation incarnation;
    TrueTime since;
    // When its leader applied a membership in which the target may not lead.
    TrueTime target_gone = TrueTime::Never();
    bool must_succeed = false;
  };
  struct Query {
    uint64_t id = 0;
    ShardId shard;
    HostId host;
    Incarnation incarnation;
    TrueTime since;
  };

  void JudgeTarget(const TransferChanged& event, Ghost::Where where);
  bool MustSucceed(const TransferChanged& event, Ghost::Where where, const Ghost& ghost) const;
  void JudgeEnd(const PendingTransfer& one, TransferEvent end);
  void JudgeOutcome(const TransferChanged& event, Ghost::Where where);
  void JudgeTransfers(const Ghost& ghost);
  void JudgeQueries(const Ghost& ghost);
  void JudgeCalm(const Ghost& ghost);

  Reporter& reporter_;
  const Duration election_timeout_;
  bool healed_ = false;
  TrueTime undisturbed_since_ = TrueTime::Never();  // Of all shards; Never while not healed.
  std::vector<TrueTime> calm_since_;                // By shard slot; Never while nothing is judged.
  std::vector<TrueTime> led_since_;                 // Likewise: when the newest leader came.
  std::vector<PendingTransfer> transfers_;
  std::vector<Query> queries_;  // Oldest first; answered ones are gone from `open_`.
  absl::flat_hash_map<uint64_t, TrueTime> open_;  // When it was asked.
};

}  // namespace ww::checks
