// The vocabulary of the checks: what happened, in words that no engine owns.
//
// A binding translates an engine's events and what the world saw into these. Checks judge nothing
// else. Spans and views are borrowed for the call. Every event carries the true time at which it
// happened in Judge::now().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::checks {

using Term = Tagged<struct CheckTermTag>;
using Index = Tagged<struct CheckIndexTag>;

// A replica identity: one (host, disk) for ever.
struct ReplicaKey {
  ShardId shard;
  ReplicaId replica;
  auto operator<=>(const ReplicaKey&) const = default;
};

// An entry as checks see it: its term and a digest of its type and payload.
struct EntryView {
  Term term;
  uint64_t digest = 0;
};

// --- Set-up and life of processes ---

struct Voter {
  ReplicaId replica;
  HostId host;
};
struct ShardCreated {
  ShardId shard;
  std::span<const Voter> voters;
  // Its machine is one that the reference knows: keys and values. Of any other machine replicas are
  // compared with each other, and what it answers is believed.
  bool key_value = true;
  bool founding = false;  // Nobody may use it until the metadata say that it exists.
};
struct HostStarted {
  HostId host;
  Incarnation incarnation;
};
struct HostCrashed {
  HostId host;
};
// Everything on the disk of a host that is down is gone; what it promised is not.
struct HostWiped {
  HostId host;
};
// An identity comes to a host for the first time.
struct ReplicaCreated {
  ReplicaKey who;
  HostId host;
  bool joins = false;  // Not one of the shard's initial members.
};
// A replica read back its state and takes part from now on.
struct ReplicaStarted {
  ReplicaKey who;
  HostId host;
  Incarnation incarnation;
  Term term;
  ReplicaId vote;
  std::span<const EntryView> entries;  // From the index after `base` on.
  Index base{};                        // The log begins after it; none: at index 1.
  Term base_term{};
  Index commit{};    // The newest that was written down.
  Index snapshot{};  // What its snapshot covers; none when there is none.
  Term snapshot_term{};
};
// A membership. Spans are borrowed, sorted by id.
struct ConfigView {
  std::span<const ReplicaId> voters;
  std::span<const ReplicaId> witnesses;
  std::span<const ReplicaId> outgoing_voters;
  std::span<const ReplicaId> outgoing_witnesses;
  std::span<const ReplicaId> non_voting;
  std::span<const ReplicaId> removed;
};
// An entry that changes the membership joined a log; told right after the entry.
struct ConfigAppended {
  ReplicaKey who;
  Index index;
  Term term;
  bool created = false;  // By this replica, as a leader.
  ConfigView config;     // What the change leads to.
  uint64_t request = 0;  // Digest of what was asked for; 0: nobody asked, the engine did it.
};
// Somebody asks a host to change who belongs to a shard; each asking leads to one entry at most.
struct ChangeAsked {
  uint64_t ask = 0;  // Unique in the run.
  ShardId shard;
  uint64_t request = 0;           // As in ConfigAppended.
  std::optional<Index> expected;  // The change that it has to follow; none: any.
};
enum class ChangeAnswer : uint8_t { kDone, kRefused, kUnknown };
struct ChangeAnswered {
  uint64_t ask = 0;
  ChangeAnswer answer = ChangeAnswer::kUnknown;
  Index index;  // kDone: where the change stands.
};
// A membership counts for a replica from now on: the change at `index` was applied.
struct MembershipChanged {
  ReplicaKey who;
  Index index;
  ConfigView config;
};
// The machine of a replica failed for good, for a reason of its own: nobody else's.
struct MachineBroke {
  ReplicaKey who;
  HostId host;
  std::string_view reason;
};
// The engine gave up on a replica (or on the log it lives in) and said so.
struct ReplicaStopped {
  ReplicaKey who;
  HostId host;
  std::string_view reason;
  bool contradicted =
      false;  // Another replica says what can't be true together with what it holds.
};
// Nothing of a stopped replica is under way any more.
struct ReplicaUnloaded {
  ReplicaKey who;
  HostId host;
};
// A stopped replica is fenced on its host for ever; its data is void.
struct ReplicaDestroyed {
  ReplicaKey who;
  HostId host;
};
struct CorruptionReported {
  HostId host;
  std::string_view detail;
};

// --- Consensus ---

// Term or vote in memory.
struct TermChanged {
  ReplicaKey who;
  Term term;
  ReplicaId vote;
  ShardId under{};  // The shard of the message that is being handled; none: there is none.
};
enum class Role : uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };
struct RoleChanged {
  ReplicaKey who;
  Incarnation incarnation;
  Role role = Role::kFollower;
  Term term;
  ReplicaId leader;
  std::span<const ReplicaId> elected_by;
};
// The log was cut from `first` on, then these entries follow.
struct EntriesAppended {
  ReplicaKey who;
  Index first;
  std::span<const EntryView> entries;
  bool truncates = false;
  bool created = false;  // By the replica itself as leader.
  ShardId under{};       // As in TermChanged.
};
// A leader takes a follower's log to agree with its own up to `match`, durably; also when that
// went down.
struct MatchChanged {
  ReplicaKey who;
  ReplicaId follower;
  Term term;  // Of the leadership.
  Index match;
  Index next;  // What the follower is sent next.
};
struct CommitAdvanced {
  ReplicaKey who;
  Index index;
  Term term;
  bool leads = false;
  std::span<const ReplicaId> counted;
  ShardId under{};  // As in TermChanged.
};

// --- Reads, leases, transfers of leadership ---

// A leader learned that it still led after some reads came; their answers need only what is
// committed up to `index`.
struct ReadsConfirmed {
  ReplicaKey who;
  Term term;
  Index index;
  bool lease = false;  // By lease: nobody was asked.
  std::span<const ReplicaId> counted;
};
// The leader of the term may answer reads without asking until its host's clock shows `end`.
struct LeaseChanged {
  ReplicaKey who;
  HostId host;
  Term term;
  LocalTime end;
  std::span<const ReplicaId> counted;  // Empty: the lease is given back.
};
// What a host's clock shows now. Comes before a leader's commit, for the shard's hosts, while
// leases are in use.
struct ClockRead {
  HostId host;
  LocalTime shows;
};
enum class TransferEvent : uint8_t { kStarted, kCompleted, kAborted, kRefused };
struct TransferChanged {
  ReplicaKey who;  // Led in `term` when it began.
  ReplicaId target;
  Term term;
  TransferEvent event = TransferEvent::kStarted;
  bool keeps_leading = false;  // kAborted: it says that it leads as before.
};
// One attempt of a client to read from a host, and the host's answer, whatever it says.
struct QueryAsked {
  uint64_t query_id = 0;  // Unique in the run.
  ShardId shard;
  HostId host;
};
struct QueryAnswered {
  uint64_t query_id = 0;
};

// --- Durability: records announced with the write that carries them, and what the disk did ---

enum class RecordKind : uint8_t {
  kHardState,
  kEntries,
  kCommit,
  kSnapshot,
  kBootstrap,
  kTombstone,
  kDataRemoved,
};
struct RecordWritten {
  ReplicaKey who;
  HostId host;
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t end = 0;
  RecordKind kind = RecordKind::kEntries;
  Term term;       // kHardState.
  ReplicaId vote;  // Likewise.
  Index first;     // kEntries: the log was cut from here on, then these follow.
  std::span<const EntryView> entries;
  Index commit;    // kEntries, kCommit; none: it says nothing.
  Index snapshot;  // kSnapshot: what it covers,
  Term snapshot_term;
  Index base;  // after what the log begins,
  Term base_term;
  bool resets = false;  // and whether nothing of the log before is kept.
};
struct FileSynced {
  HostId host;
  uint32_t file = 0;
  uint64_t size = 0;
};
struct FileSyncFailed {
  HostId host;
  uint32_t file = 0;
};
struct FileDamaged {
  HostId host;
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};
struct BelievedDurable {
  ReplicaKey who;
  Index last;
};

// --- Snapshots ---

// A snapshot stands on the disk under its final name, in a file of this number and size.
struct SnapshotPublished {
  ReplicaKey who;
  HostId host;
  Index index;
  Term term;
  uint64_t state_digest = 0;
  uint32_t file = 0;
  uint64_t bytes = 0;
  bool received = false;  // Otherwise taken from the replica's own machine.
  bool metadata = false;  // A witness's: it holds no state.
};
// The machine became that of a snapshot. In the middle of a life the log is replaced too, if it
// does not hold the snapshot's last entry.
struct SnapshotInstalled {
  ReplicaKey who;
  Index index;
  Term term;
  uint64_t state_digest = 0;
  Index log_last;  // Of the log afterwards.
  bool at_start = false;
  bool metadata = false;  // It holds no state.
};
// Entries before `first` are gone from memory.
struct LogCompacted {
  ReplicaKey who;
  Index snapshot;
  Index first;
};

// --- Messages, at the moment they are handed to the network: what they claim ---

struct VoteRequested {
  ReplicaKey who;
  ReplicaId to;
  bool pre_vote = false;
  Term term;
  Index last_index;
  Term last_term;
};
struct VoteAnswered {
  ReplicaKey who;
  ReplicaId candidate;
  bool pre_vote = false;
  bool granted = false;
  Term term;
};
struct AppendAnswered {
  ReplicaKey who;
  ReplicaId leader;
  Term term;
  bool accepted = false;
  Index match;
};

// --- Messages, at the moment a host decides about them ---

// The living replica `who` is about to act on a message from one replica to another.
struct MessageAccepted {
  ReplicaKey who;
  ReplicaId from;
  ReplicaId to;
  Term term{};           // The message's.
  bool appends = false;  // It is a leader's, and may carry entries.
  // A leader's rounds of signs of life count up within its term: the round of one, or the round
  // after which somebody was told to campaign (`orders`); 0: it is neither.
  uint64_t round = 0;
  bool orders = false;
};
// It has done so. Of a message of a lower term than its own: a digest, before and after, of what
// such a message must leave alone; of others nothing.
struct MessageHandled {
  ReplicaKey who;
  uint64_t before = 0;
  uint64_t after = 0;
};
struct MessageRefused {
  HostId host;
  ShardId shard;
  ReplicaId from;
  ReplicaId to;
};

// --- The control plane ---

// A controller asked a host for something; heeded, it has its effect or is refused on its merits.
struct ControllerCommand {
  HostId host;
  ShardId shard;  // None: the host itself.
  uint64_t term = 0;
  uint64_t version = 0;  // Of what the controller decided on.
  std::string_view action;
  bool heeded = false;
};

// The record that keeps what it has heeded is about to be written, up to `end` of the file.
struct ControllerTermWritten {
  HostId host;
  uint64_t term = 0;
  uint32_t file = 0;
  uint64_t end = 0;
};

// --- State machine and clients ---

enum class Operation : uint8_t { kRegister, kPut, kAppend, kGet, kUnregister };

// What a command asks for. Of an empty entry there is none.
struct CommandView {
  Operation operation = Operation::kPut;
  ClientId client;
  uint64_t series = 0;  // 0 without a session.
  std::string_view key;
  std::string_view value;
};
struct EntryApplied {
  ReplicaKey who;
  Incarnation incarnation;
  Index index;
  EntryView entry;
  std::optional<CommandView> command;
  uint64_t state_digest = 0;
  std::string_view response;
  bool duplicate = false;
  bool rejected = false;  // Unknown session or malformed: no effect.
};
// How an operation is carried out. All but the first are reads (kGet).
enum class Via : uint8_t {
  kLog,
  kConfirmed,  // By a replica that learned up to where it has to be.
  kStale,      // Of any state that once was.
};
struct ClientInvoked {
  uint64_t operation_id = 0;  // Unique in the run; retries of one operation share it.
  ShardId shard;
  CommandView command;
  Via via = Via::kLog;
};
// Each attempt of it, as it leaves for a host.
struct ClientAsked {
  uint64_t operation_id = 0;
  HostId host;
};
enum class Outcome : uint8_t { kCompleted, kRejected, kUnknown };
struct ClientReturned {
  uint64_t operation_id = 0;
  ShardId shard;
  Outcome outcome = Outcome::kUnknown;
  Index index;  // kCompleted.
  std::string_view response;
};

// A host tells what its log holds from an index on, as committed; at the moment it is handed to the
// network.
struct LogTold {
  HostId host;
  ShardId shard;
  Index first;
  std::span<const EntryView> entries;
};

// --- What a program beside the engine is told ---

// A host tells it to a listener, from its start on. A prompt one takes no time for an event.
struct ListenerAdded {
  HostId host;
  Incarnation incarnation;
  uint32_t listener = 0;  // Unique on the host.
  bool prompt = false;
};
// A replica knows of another term or leader than before. A listener that is far behind may be told
// several changes of a replica as one, the newest.
struct LeaderTold {
  HostId host;
  Incarnation incarnation;
  uint32_t listener = 0;
  ReplicaKey who;
  Term term;
  ReplicaId leader;
  uint64_t skipped = 0;  // Earlier changes that it stands for.
};
// The engine of a host gave up or was stopped, and its process lives on.
struct EngineReturned {
  HostId host;
};

// --- Phases; for liveness ---

enum class Phase : uint8_t { kBootstrap, kChaos, kHeal, kConverge, kVerify, kDone };
struct PhaseBegan {
  Phase phase = Phase::kBootstrap;
};
// Raised by the runner now and then while deadlines are armed, and at the end of each phase.
struct TimePassed {};
// A replica that is up, on a host that is up and connected to a majority: it has to keep up.
struct HostReachable {
  HostId host;
  bool reachable = false;
};
// What happened in a stretch of time in which nothing was wrong and nobody asked for anything, the
// deadlines of everything before it long passed. From the runner, at the end of a run.
struct RestMeasured {
  Duration length;
  Duration heartbeat_interval;
  uint64_t hosts = 0;
  uint64_t messages = 0;    // Handed to the network by engine hosts.
  uint64_t disk_calls = 0;  // Of engine hosts.
};
// The engine or the harness died in this run (from the runner, after the fact).
struct EngineCrashed {
  HostId host;
  std::string_view detail;
};

}  // namespace ww::checks
