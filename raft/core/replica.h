// Replica: one member of one shard, as a pure state machine (Raft, Ongaro 2014, chapters 3 and 9).
//
// Elections with pre-vote (9.6), leader stickiness (4.2.3) and check-quorum (6.2); replication with
// a probing and a pipelined state per follower, bounded in flight; commitment by counting durable
// copies of entries of the own term (3.6.2). Every entry and vote counts only when Persisted says
// that it is durable, the leader's own included.
//
// The membership is that of the newest change applied (changes.cc); decisions need a quorum of both
// halves while it is joint. Witnesses are sent the metadata of entries.
//
// The log may begin behind a snapshot; a follower that needs what was compacted is sent one.
//
// Invariants (checked after each step): term never decreases; log base <= commit <= last index;
// commit never decreases; a leader's log only grows at its end; durable <= last index; only a voter
// campaigns.
// Suspends: never. Draws: never.
#pragma once

#include <memory>
#include <optional>

#include "raft/core/effects.h"
#include "raft/core/rules.h"
#include "raft/core/types.h"

namespace ww::raft {

struct ReplicaConfig {
  ShardId shard;
  ReplicaId replica;
  Duration election_timeout;             // T. Every other bound derives from it.
  Duration heartbeat_interval;           // At most T / 3.
  uint32_t in_flight_entries_max = 256;  // Per follower, in the pipelined state.
  uint32_t in_flight_messages_max = 64;
  uint64_t in_flight_bytes_max = 16 << 20;  // Payload, likewise; one entry may exceed.
  uint32_t promote_lag_max = 256;           // Entries that a caught-up replica may lack.
  uint32_t append_entries_max = 64;         // Entries in one AppendRequest.
  uint32_t append_bytes_max =
      64 * 1024;  // Payload bytes in one AppendRequest; one entry may exceed.
  // Heartbeats fall on multiples of the interval, so that those of many shards leave together.
  bool aligned_heartbeats = false;
  // A leader without anything new for this long lets its shard rest; 0: never. Whoever sets it
  // watches the hosts of the members and sends WakeUp.
  Duration quiet_after;
  uint32_t reads_pending_max = 4096;  // Batches of reads that wait for a leader's confirmation.
  // How long a leader may answer reads without asking, from the start of a heartbeat round that a
  // quorum answered (Raft 6.4.1): T less what clocks may drift. None: leases are off. Either all
  // replicas of a shard have one or none has.
  std::optional<Duration> lease_length;
  Rules rules;
};

// What a host read back from its disk, or the start of a new replica (everything empty).
struct RecoveredState {
  HardState hard_state;
  LogPosition snapshot;        // What the machine was restored from; (0, 0): none.
  LogPosition base;            // What the log begins behind; at most the snapshot.
  std::vector<Entry> entries;  // From base.index + 1; they reach the snapshot.
  // What the machine has applied at this start: at least the snapshot; (0): the snapshot.
  Index applied{};
  Membership membership;  // As of that, or the shard's first.
  Index commit{};         // The newest written down; at most the last entry.
};

class Replica {
 public:
  // Starts as a follower at `now`. The first Step must be ElectionTimeoutDrawn.
  Replica(const ReplicaConfig& config, RecoveredState recovered, LocalTime now);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // The effects are valid until the next Step; the host may move out of them.
  Effects& Step(LocalTime now, Input&& input);
  // The same as Step(Received{message}), which is most steps, without moving the message about.
  // What is left of it is unspecified.
  Effects& Receive(LocalTime now, Message& message);

  // When DeadlineReached is next worth stepping; Never when there is nothing to wait for.
  LocalTime NextDeadline() const { return seen_.deadline; }

  Role role() const { return seen_.role; }
  Term term() const { return seen_.term; }
  ReplicaId vote() const;
  ReplicaId leader() const { return seen_.leader; }  // None when unknown.
  Index commit() const { return seen_.commit; }
  Index first_index() const;
  Index last_index() const { return seen_.last_index; }
  // Leads, and takes no proposals until the transfer ended.
  bool transferring() const { return seen_.transferring; }
  // Leads, and has heard the voter lately, who holds what is committed: it could take over.
  bool Healthy(ReplicaId voter, LocalTime now) const;
  Index durable_index() const;  // The newest entry that Persisted spoke of.
  // At rest: no heartbeats, no timers, until a message, a proposal or WakeUp.
  bool quiet() const { return seen_.quiet; }
  const Membership& membership() const;
  // Requires: first_index() <= index <= last_index().
  const Entry& EntryAt(Index index) const;
  // Also of the place before the first entry. Requires: first_index() - 1 <= index <= last_index().
  LogPosition PositionAt(Index index) const;
  // Whether a snapshot at `position` would tell it something: that is not committed here, and the
  // log does not hold it.
  bool Lacks(const LogPosition& position) const;

  // What its records say once all of them are durable, but for the commit index and the membership
  // at the log's base, which the host knows.
  RecoveredState AsRecorded() const;

  // Of everything that a message of a lower term must leave alone: term, vote, role, leader, log,
  // commit, what a leader knows of its members, lease, transfer. Not of timers.
  uint64_t ProtectedDigest() const;

  // One line for failure texts and golden scripts: role, term, commit, durable and last index.
  std::string Describe() const;

 private:
  class State;
  // What hosts ask for many times a step, as it is after the last one.
  struct Seen {
    Role role = Role::kFollower;
    bool quiet = false;
    bool transferring = false;
    Term term;
    ReplicaId leader;
    Index commit;
    Index last_index;
    LocalTime deadline = LocalTime::Never();
  };
  void Look();

  std::unique_ptr<State> state_;
  Seen seen_;
};

}  // namespace ww::raft
