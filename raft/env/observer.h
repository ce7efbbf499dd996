// Observer: what the engine tells the world about itself, as typed events.
//
// Reported at the moment it happens, before the engine acts on it. What the engine sends and writes
// is seen by the world anyhow; only what the world cannot see is here, and with each decision by
// quorum who counted. Records are announced with the write that carries them (file, offset,
// length), so that a judge can join them with what became durable. Spans are borrowed for the call.
// Suspends: never. The observer never changes anything.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "raft/core/effects.h"
#include "raft/core/membership.h"
#include "raft/core/types.h"
#include "raft/machine/command.h"

namespace ww::raft {

struct ReplicaIdentity {
  ShardId shard;
  ReplicaId replica;
  friend bool operator==(const ReplicaIdentity&, const ReplicaIdentity&) = default;
};

// What a host read back for a replica, after the log was recovered and before it takes part.
struct ReplicaStarted {
  ReplicaIdentity who;
  HardState hard_state;
  LogPosition base;                // The log begins after it; none: at index 1.
  std::span<const Entry> entries;  // From the index after `base` on.
  Index commit;                    // The newest that was written down.
  LogPosition snapshot;            // What the snapshot covers; none when there is none.
};

// Term or vote changed in memory.
struct HardStateChanged {
  ReplicaIdentity who;
  HardState state;
};

struct RoleChanged {
  ReplicaIdentity who;
  Role role = Role::kFollower;
  Term term;
  ReplicaId leader;
  std::span<const ReplicaId> elected_by;
  LogPosition last;  // The replica's last entry at that moment.
};

// Entries joined the log in memory, after everything from `first` on was cut.
struct EntriesAppended {
  ReplicaIdentity who;
  Index first;
  std::span<const Entry> entries;
  uint64_t digest = 0;  // Entries::DigestOf(entries); known already.
  bool truncates = false;
  bool created = false;  // By this replica as leader, not received from one.
};

// A record is being written (not yet synced) at [offset, offset + bytes) of `file`. Announced just
// before the write: bytes may reach the disk although a crash keeps the write from returning.
enum class RecordKind : uint8_t {
  kHardState,
  kEntries,
  kCommit,
  kSnapshot,
  kBootstrap,
  kTombstone,    // The identity was destroyed on this host, for ever.
  kDataRemoved,  // Everything else that was written of it is void.
};
inline constexpr size_t kRecordKinds = 7;
struct RecordWritten {
  ReplicaIdentity who;
  RecordKind kind = RecordKind::kEntries;
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  HardState hard_state;  // kHardState.
  Index first;           // kEntries: the log is cut at `first`, then these follow.
  std::span<const Entry> entries;
  uint64_t entries_digest = 0;  // Entries::DigestOf(entries); known already.
  Index commit;                 // kCommit, kEntries: none when it says nothing.
  LogPosition snapshot;         // kSnapshot: what it covers,
  LogPosition log_base;         // after what the log begins,
  bool resets = false;          // and whether nothing of the log before is kept.
  bool founded = true;          // kBootstrap: the replica takes part, and was created before.
};

// A leader takes a follower's log to agree with its own up to `match`, durably.
struct MatchChanged {
  ReplicaIdentity who;
  ReplicaId follower;
  Term term;
  Index match;
  Index next;  // What it is sent next.
};

// The engine takes it for durable; only ever compared with what is.
struct BelievedDurable {
  ReplicaIdentity who;
  Index last;
};

struct CommitAdvanced {
  ReplicaIdentity who;
  Index index;
  Term term;  // Of the replica.
  bool leads = false;
  std::span<const ReplicaId> counted;
};

// One entry had its effect on the state machine.
struct EntryApplied {
  ReplicaIdentity who;
  Index index;
  Term term;  // Of the entry.
  const Entry* entry = nullptr;
  const Command* command = nullptr;  // What it says; null when it is empty or malformed.
  uint64_t state_digest = 0;         // Machine and sessions, after the entry.
  std::string_view response;         // What the client is told; empty for an empty entry.
  bool duplicate = false;            // A session had it before; answered from the cache.
  bool rejected = false;  // No effect and no answer: malformed, its session is unknown or
                          // full, or (with `duplicate`) its answer was dropped already.
};

// A replica rests: its shard has nothing to say, and costs nothing until it has; or it does so no
// longer.
struct RestChanged {
  ReplicaIdentity who;
  bool rests = false;
};

// An identity comes to this host for the first time: its bootstrap record is about to be written.
struct ReplicaCreated {
  ReplicaIdentity who;
  bool joins = false;
  std::span<const Member> voters;  // Initial ones; none when it joins.
};

// Nothing of a stopped replica is under way any more; what its disk holds stays.
struct ReplicaUnloaded {
  ReplicaIdentity who;
};

// A stopped replica is fenced on this host for ever, and its data is void.
struct ReplicaDestroyed {
  ReplicaIdentity who;
};

// The living replica `who` is about to act on a message, or has just done so.
struct MessageAccepted {
  ReplicaIdentity who;
  ReplicaId from;
  ReplicaId to;
  Term term{};           // The message's.
  bool appends = false;  // It is a leader's, and may carry entries.
  uint64_t round = 0;    // Of a heartbeat, or of an order to campaign; 0: it has none.
  bool orders = false;   // To campaign.
};
struct MessageDone {
  ReplicaIdentity who;
  // Replica::ProtectedDigest() before and after a message of a lower term; otherwise not taken.
  uint64_t before = 0;
  uint64_t after = 0;
};

// A message to a replica changed nothing: it is for no live identity, or from none.
enum class RefusalOfMessage : uint8_t {
  kNotHere,      // The identity does not live on this host.
  kTombstoned,   // It did once.
  kFromRemoved,  // The sender's id was removed from the shard.
  kWrongHost,    // The sender's id belongs to another host.
};
struct MessageRefused {
  ShardId shard;
  ReplicaId from;
  ReplicaId to;
  HostId from_host;
  RefusalOfMessage why = RefusalOfMessage::kNotHere;
};

// A leader learned that it still led after some reads came; they may be answered from any state
// that holds everything up to `index`.
struct ReadsConfirmed {
  ReplicaIdentity who;
  Term term;
  Index index;
  bool lease = false;  // By lease: nobody was asked.
  std::span<const ReplicaId> counted;
};

// A replica answers reads: a leader was found to lead still after they came, and the machine here
// has reached what they need. What a stale read is answered is not told.
struct ReadAnswered {
  ReplicaIdentity who;
  Index index;  // What they needed, at most what is applied.
};

// Until when a leader may answer reads without asking, by its own clock. Reported before it does.
struct LeaseChanged {
  ReplicaIdentity who;
  Term term;
  LocalTime end;
  std::span<const ReplicaId> counted;  // Who promised; empty when the lease is given back.
};

// A leadership transfer began, ended or was refused.
struct TransferChanged {
  ReplicaIdentity who;  // Who led in `term`, when it began.
  ReplicaId target;
  Term term;
  TransferEvent event = TransferEvent::kStarted;
  TransferReason reason = TransferReason::kNone;
};

// A membership counts from now on: the entry at its change index was applied.
struct MembershipChanged {
  ReplicaIdentity who;
  const Membership* membership = nullptr;
};

// A leader refused a change of membership.
struct ChangeRefused {
  ReplicaIdentity who;
  ChangeRefusal refusal = ChangeRefusal::kZeroReplicaId;
};

// A snapshot of the replica stands on its disk, whole, under its final name. The log's record of it
// is still to come.
struct SnapshotPublished {
  ReplicaIdentity who;
  LogPosition position;
  uint64_t state_digest = 0;  // Of machine and sessions in it.
  uint32_t file = 0;
  uint64_t bytes = 0;
  bool received = false;  // From a leader; otherwise taken here.
  bool metadata = false;  // A witness's: there is no machine in it.
};

// One could not be written, or is unusable. What the replica had before it still has.
struct SnapshotFailed {
  ReplicaIdentity who;
  LogPosition position;
  absl::Status reason;
};

// The machine became that of a snapshot: at a start, or in place of what it had.
struct SnapshotInstalled {
  ReplicaIdentity who;
  LogPosition position;
  uint64_t state_digest = 0;
  Index applied_before;
  Index log_last;  // Where the log ends now.
  bool at_start = false;
  bool metadata = false;  // There is no machine in it.
};

// Entries before `first` are forgotten; `snapshot` covers them.
struct LogCompacted {
  ReplicaIdentity who;
  LogPosition snapshot;
  Index first;
};

// The transfer of a snapshot is over, as one side sees it.
enum class TransferEnd : uint8_t { kSent, kNotSent, kReceived, kNotReceived };
struct TransferEnded {
  ReplicaIdentity who;
  ReplicaId peer;
  LogPosition position;
  TransferEnd end = TransferEnd::kSent;
};

// A host was asked for something by a controller of this term, which decided on this version of the
// metadata shard. Heeded: it is carried out or refused on its merits; otherwise it has no effect.
struct ControllerCommand {
  ShardId shard;
  Term term;
  uint64_t version = 0;
  std::string_view action;
  bool heeded = false;
};

// A replica stops taking part, for a reason that the host's caller is told too. Cancelled: it was
// told to. Aborted: another replica says what can't be true together with what it holds.
struct ReplicaStopped {
  ReplicaIdentity who;
  absl::Status reason;
};

// Damage found in what was read back; never silently repaired.
struct CorruptionFound {
  uint32_t file = 0;
  uint64_t offset = 0;
  std::string_view detail;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void On(const ReplicaCreated& event) = 0;
  virtual void On(const ReplicaStarted& event) = 0;
  virtual void On(const HardStateChanged& event) = 0;
  virtual void On(const RoleChanged& event) = 0;
  virtual void On(const EntriesAppended& event) = 0;
  virtual void On(const RecordWritten& event) = 0;
  virtual void On(const BelievedDurable& event) = 0;
  virtual void On(const MatchChanged& event) = 0;
  virtual void On(const CommitAdvanced& event) = 0;
  virtual void On(const EntryApplied& event) = 0;
  virtual void On(const RestChanged& event) = 0;
  virtual void On(const ReadsConfirmed& event) = 0;
  virtual void On(const ReadAnswered& event) = 0;
  virtual void On(const LeaseChanged& event) = 0;
  virtual void On(const TransferChanged& event) = 0;
  virtual void On(const MembershipChanged& event) = 0;
  virtual void On(const ChangeRefused& event) = 0;
  virtual void On(const SnapshotPublished& event) = 0;
  virtual void On(const SnapshotFailed& event) = 0;
  virtual void On(const SnapshotInstalled& event) = 0;
  virtual void On(const LogCompacted& event) = 0;
  virtual void On(const TransferEnded& event) = 0;
  virtual void On(const ReplicaStopped& event) = 0;
  virtual void On(const ReplicaUnloaded& event) = 0;
  virtual void On(const ReplicaDestroyed& event) = 0;
  virtual void On(const CorruptionFound& event) = 0;
  virtual void On(const MessageAccepted& event) = 0;
  virtual void On(const MessageDone& event) = 0;
  virtual void On(const MessageRefused& event) = 0;
  virtual void On(const ControllerCommand& event) = 0;
};

}  // namespace ww::raft
