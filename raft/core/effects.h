// Inputs and effects: the whole contract between the pure core and its host.
//
// Replica::Step(now, input) changes the replica's memory and returns what the host must do. The
// core performs no I/O, reads no clock and draws nothing: the time comes in as `now`, random
// lengths come in as ElectionTimeoutDrawn.
//
// The host's duties for one Effects value, in this order:
//   1. Put `hard_state`, `install` and `append` into the log batch, in this order (`append` cuts
//      what the log held from `append->first` on, durably too; `install` replaces all of it by the
//      snapshot's position). With `install` the state machine becomes that of the snapshot before
//      anything else happens to it.
//   2. Send `send_now` at once. Appends of a leader may leave before its own sync (Raft 10.2.1).
//   3. Send `send_after_durable` only when this Effects' records and all earlier ones of this
//      replica are durable; at once when there are none.
//   4. When records became durable: Step(Persisted{...}) with the newest of each that did.
//   5. Hand entries up to `commit` to the state machine, in order; those that change the membership
//      to this replica instead: Step(MembershipApplied), once a record of a commit index that
//      covers them is durable. Every record of entries tells the commit index too.
//   6. When `draw_election_timeout`: draw a length in [T, 2T) and Step(ElectionTimeoutDrawn).
//   7. Start sending each of `send_snapshots`, and say how it ended: Step(SnapshotStatus), always.
//   8. Answer the reads of each ReadReady once its index is applied. After a role change what was
//      read before and is not ready will not be: tell the readers.
//   9. After a `contradiction` has been told, and everything else of its Effects is carried out:
//   stop
//      the replica for good, and never step it again.
//  10. Call Step(DeadlineReached{}) when the clock reaches Replica::NextDeadline(), which may move
//      in either direction at each step. Reaching it late or too early is harmless.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "raft/core/contradiction.h"
#include "raft/core/membership.h"
#include "raft/core/messages.h"
#include "raft/core/types.h"

namespace ww::raft {

// --- Inputs ---

struct Received {
  Message message;
};
// Some deadline may be due; the core looks which ones are.
struct DeadlineReached {};
struct ElectionTimeoutDrawn {
  Duration length;  // In [T, 2T).
};
// Entries for the log, as one append; the core sets their terms. A replica that does not lead
// appends nothing and leaves `proposed_first` empty; nor does a leader that is handing over.
struct Propose {
  Entries entries;
};
// A change of membership. A leader appends it, alone (`proposed_first`), or refuses it with the
// reason (`change_refused`); a replica that does not lead does neither.
struct ProposeChange {
  ChangeRequest change;
};
// The entry of EntryType::kMembership at `index` was applied, in its turn with all the others, and
// a record says durably that it is committed: from here on it counts (Raft 4.1).
struct MembershipApplied {
  Index index;
};
// What is now on stable storage: the newest durable entry (with the term it was written at) and
// hard state. Never ahead of what Effects asked to be written.
struct Persisted {
  std::optional<LogPosition> last;
  std::optional<HardState> hard_state;
  std::optional<LogPosition> installed;  // Of an `install`: its record is durable.
};
// A snapshot of this replica's own machine is durable, with its record. The entries up to `index`
// are no longer wanted; those behind a snapshot that a follower is being sent are kept even so.
struct CompactedTo {
  LogPosition snapshot;  // At most commit().
  Index index;           // At most that of the snapshot.
};
// A snapshot that a leader sent is published on this host's disk, whole and verified. Effects say
// with `install` whether it is taken; otherwise it is not needed, or came too late.
struct SnapshotReceived {
  ReplicaId from;  // The leader that sent it,
  Term term;       // in this term.
  LogPosition position;
  Membership membership;
};
// How the transfer of a snapshot that Effects asked for ended. Reports of an earlier leadership or
// transfer change nothing.
struct SnapshotStatus {
  ReplicaId to;
  Term term;  // Of the leadership in which it was asked for.
  LogPosition snapshot;
  bool delivered = false;
};
// Messages to a replica are not arriving.
struct Unreachable {
  ReplicaId replica;
};

// Ends the rest of a quiet replica (replica.h, quiet()): the host whose heartbeats stand in for its
// leader's went silent or started anew.
struct WakeUp {};

// A batch of reads wants to know from which index on the machine may answer them (Raft 6.4). At a
// leader and at a follower of one; elsewhere it is refused.
struct Read {
  ReadContext context;
};
// Hand the leadership over to this voter (Raft 3.10), as far as that is possible within T.
struct Transfer {
  ReplicaId target;
};

using Input = std::variant<Received, DeadlineReached, ElectionTimeoutDrawn, Propose, Persisted,
                           CompactedTo, SnapshotReceived, SnapshotStatus, Unreachable, WakeUp, Read,
                           Transfer, ProposeChange, MembershipApplied>;

// --- Effects ---

// Entries to write from `first` on. Never empty.
struct AppendEffect {
  Index first;
  Entries entries;
  bool truncates = false;  // The log held an entry at `first`; it and all later ones are cut.
  Index last() const { return first + (entries.size() - 1); }
};

// Replicas that counted towards a decision, each once, sorted. Judged by checks.
using Responders = absl::InlinedVector<ReplicaId, kVotersMax>;

struct RoleChange {
  Role role = Role::kFollower;
  Term term;
  ReplicaId leader;       // None when unknown.
  Responders elected_by;  // Of a new leader or candidate: who granted; empty otherwise.
  bool transfer = false;  // A candidate whose leader told it to campaign: nobody was asked before.
};

struct CommitEffect {
  Index index;
  bool leads = false;
  Responders counted;  // When this replica leads: the voters whose durable copies were counted.
};

// What a leader takes a follower's log to agree with, durably, moved.
struct MatchEffect {
  ReplicaId follower;
  Index match;
  Index next;  // What it is sent next.
};

// The snapshot at `position` is to be streamed to a follower whose next entry was compacted.
struct SendSnapshot {
  ReplicaId to;
  Term term;
  LogPosition position;
};

struct ReadReady {
  ReadContext context;
  Index index;  // None: refused; this replica knows no leader, or too many reads wait.
};

// A leader learned that it still led after these reads came.
struct ReadConfirmation {
  Index index;         // The highest that a read got.
  bool lease = false;  // By lease: nobody was asked.
  Responders counted;  // Otherwise who confirmed, this leader included.
};

// Until when this leader may answer reads without asking. An end that is not after the present time
// gives an earlier one back.
struct LeaseEffect {
  LocalTime end;
  Responders counted;  // Who promised; empty when it is given back.
};

enum class TransferEvent : uint8_t {
  kStarted,
  kCompleted,  // The target leads a later term.
  kAborted,
  kRefused,  // Nothing was begun.
};
enum class TransferReason : uint8_t {
  kNone,
  kNotLeader,
  kTargetLeads,     // The target is this leader.
  kTargetNoVoter,   // Or is none any more.
  kInProgress,      // Another transfer is.
  kTimeout,         // T passed and this replica leads as before.
  kOtherLeader,     // Another replica than the target leads a later term.
  kSuccessorUnseen  // Leadership was lost, and T passed without word of a successor.
};
struct TransferEffect {
  ReplicaId target;
  Term term;  // In which this replica led when it began.
  TransferEvent event = TransferEvent::kStarted;
  TransferReason reason = TransferReason::kNone;
};

struct Effects {
  std::optional<HardState> hard_state;
  std::optional<LogPosition> install;  // The machine and the log become those of this snapshot.
  std::optional<AppendEffect> append;
  std::vector<Message> send_now;
  std::vector<Message> send_after_durable;
  std::vector<SendSnapshot> send_snapshots;
  std::optional<MatchEffect> match;
  std::optional<CommitEffect> commit;
  std::vector<RoleChange> role_changes;  // In order; also a new leader or term.
  bool quorum_lost = false;              // It led and steps down by check-quorum.
  std::optional<Index> proposed_first;   // Of a proposal that was accepted.
  std::optional<ChangeRefusal> change_refused;
  bool draw_election_timeout = false;
  std::vector<ReadReady> reads_ready;  // Of Read inputs of this replica.
  std::optional<ReadConfirmation> read_confirmation;
  std::optional<LeaseEffect> lease;
  std::optional<TransferEffect> transfer;
  std::optional<Contradiction> contradiction;

  bool persists() const {
    return hard_state.has_value() || append.has_value() || install.has_value();
  }
  void Clear();
};

}  // namespace ww::raft
