// eventually-leader, eventually-commit and replica-catches-up.
//
// Armed by PhaseBegan{kHeal}, which says that everything is healed; a shard is judged while a
// majority of its replicas runs on reachable hosts, and its clocks start again when that comes
// back. Deadlines are looked at when TimePassed or a phase says so, so a report is late, never
// early. Elections disturbed while faults are active are legal.
//
// eventually-commit: a request invoked while armed must be answered within its bound. What a client
// waits for a host that is down or away is its own time: the clock starts again when it asks
// another one. Clients that give up (kUnknown) hide nothing: several in a row, over a whole bound
// and without any answer between them, are reported too. A single one is legal: a deposed leader
// may have taken it.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class LivenessChecks {
 public:
  LivenessChecks(Reporter& reporter, Duration election_timeout)
      : reporter_(reporter), election_timeout_(election_timeout) {}

  void On(const ShardCreated& event);
  void On(const ShardRefounded& event, const Ghost& ghost) { Follow(event.shard, ghost); }
  // The ghost as it is after the event.
  void On(const ReplicaCreated& event, const Ghost& ghost);
  // The ghost as it is after the event.
  void On(const PhaseBegan& event, const Ghost& ghost);
  void On(const TimePassed& event, const Ghost& ghost);
  void On(const ReplicaStarted& event, Ghost::Where where, const Ghost& ghost);
  void OnReachability(const Ghost& ghost);  // Of any host or replica.
  void On(const CommitAdvanced& event, Ghost::Where where);
  void On(const ClientInvoked& event, const ShardGhost& shard);
  void On(const ClientAsked& event, const Ghost& ghost);
  void On(const ClientReturned& event, const ShardGhost& shard, const Ghost& ghost);

 private:
  // Somebody joined.
  void Follow(ShardId id, const Ghost& ghost);
  struct Lag {
    Index target;  // What was committed at `since`.
    TrueTime since;
  };
  struct Watch {
    TrueTime armed_at = TrueTime::Never();
    bool leader_seen = false;
    bool led = false;  // A leader that can commit was there when it was armed.
    uint32_t unknown_streak = 0;
    TrueTime streak_since;
    std::vector<Lag> replicas;
  };
  struct Deadline {
    uint64_t operation_id = 0;
    uint32_t shard = 0;
    TrueTime since;
  };
  struct Request {
    uint32_t shard = 0;
    TrueTime since;  // Invoked, or asked of a host that could answer after one that could not.
    HostId asked;    // Last; none before the first attempt.
  };

  void Refresh(const ShardGhost& shard, const Ghost& ghost);
  void Look(const Ghost& ghost);
  static bool HasAbleLeader(const ShardGhost& shard);
  void JudgeLeader(const ShardGhost& shard, Watch& watch);
  void JudgeLag(const ShardGhost& shard, Watch& watch, const Ghost& ghost);
  static bool CanAnswer(const Ghost& ghost, HostId host);
  void Await(uint64_t operation, Request& request);
  void JudgeRequests(const Ghost& ghost);
  void JudgeGivingUp(const Ghost& ghost);

  Reporter& reporter_;
  const Duration election_timeout_;
  bool healed_ = false;
  std::vector<Watch> watches_;  // By shard slot.
  // Requests invoked while armed, oldest first, and those of them that are open. A request whose
  // clock started again stands here twice; the later one counts.
  std::vector<Deadline> deadlines_;
  size_t deadlines_head_ = 0;
  absl::flat_hash_map<uint64_t, Request> open_;  // By operation id.
};

}  // namespace ww::checks
