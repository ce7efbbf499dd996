// Ghost: what the checks know of every shard, replica and disk, from events alone.
//
// Common state of all checks. Checks read it; only the judge updates it, once an event. Nothing
// here comes from the engine's tables, so an engine that is wrong about itself can't mislead it.
//
// Ghost durability: a record is announced with the write that carries it (file, offset, end) and
// waits in the queue of its file until the world says that the file is synced up to its end. After
// a crash what still waits is in limbo: it may have survived in part, until the replica reports
// what it read back. After a failed sync nothing that waits in that file, or comes after it there,
// ever counts as durable in this life of the host (fsync's page loss: a later success says nothing
// about earlier pages, and a log is not readable beyond a hole). What a next life reads back of it
// may come from that cache: it is not durable either until it was written once more and synced.
//
// Memory: what lies before the log of every replica of a shard on its disk, nobody can come back
// to: the ghost forgets it (horizon), and so do the checks that remember entries of their own.
//
// Invariants: per shard the committed log never shrinks; a replica's durable match never exceeds
// the committed log; leaderships are sorted by term.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenarios/checks/bootstrap_events.h"
#include "scenarios/checks/config.h"
#include "scenarios/checks/control_events.h"
#include "scenarios/checks/events.h"
#include "scenarios/checks/ghost_log.h"
#include "scenarios/checks/stack.h"

namespace ww::checks {

struct HardState {
  Term term;
  ReplicaId vote;
  friend bool operator==(const HardState&, const HardState&) = default;
};

struct Grant {
  Term term;
  ReplicaId candidate;
};

inline constexpr Index kEverythingIntact{UINT64_MAX};

// What a disk says of a replica beside term, vote and entries.
struct DiskMarks {
  Index commit;
  Index snapshot;  // None: there is none.
  Index base;      // Entries up to here are gone.
  friend bool operator==(const DiskMarks&, const DiskMarks&) = default;
};

struct ReplicaGhost {
  ReplicaKey key;
  HostId host;
  uint32_t slot = 0;             // In its shard.
  std::optional<size_t> config;  // In its shard's; none: it knows nobody.
  bool founder = false;          // Of the shard's first membership.
  bool given_up = false;         // Of founders before those: it may ask for votes, in vain.

  // Memory of the present life.
  bool running = false;  // Started, and neither crashed nor stopped since.
  Incarnation incarnation;
  Role role = Role::kFollower;
  HardState state;
  Index commit;
  Index applied;
  GhostLog log;
  Index published;           // The newest snapshot on its disk, as far as it said so in this life.
  bool machineless = false;  // Its snapshots hold no state: it is a witness, and applies nothing.
  // The newest of a leader's rounds that it heard, in the term of that leader.
  Term round_term;
  uint64_t round = 0;

  // Over all lives, by term: whom it granted its vote.
  std::vector<Grant> grants;

  // Disk.
  GhostLog written;         // With everything announced.
  HardState durable_state;  // What certainly survives.
  GhostLog durable;         // A snapshot counts for the entries that it covers.
  DiskMarks durable_marks;
  bool bootstrap_durable = false;
  bool tombstone_durable = false;
  bool wiped = false;                // All of this went with its disk.
  Index intact = kEverythingIntact;  // Durable entries beyond it are damaged.
  bool state_damaged = false;
  bool damaged_at_tail = false;  // The damage looks like a torn tail: nothing good follows it.
  Index durable_match;           // Intact, durable and equal to the committed log up to here.
};

// The candidate that got the replica's vote of `term`; none so far.
ReplicaId GrantedTo(const ReplicaGhost& replica, Term term);

struct Leadership {
  Term term;
  ReplicaId replica;
  uint32_t slot = 0;
  Incarnation incarnation;
  Index base;       // Last entry at the election; what follows has the term of the leadership.
  Index committed;  // The newest entry that it committed.
  // Cells of its log at the election that its replica has cut since.
  Index saved_from;
  std::vector<LogCell> saved;
};

struct ShardGhost {
  ShardId id;
  uint32_t slot = 0;
  bool founding = false;               // Its founders may be given up yet, with all they hold.
  std::vector<ReplicaGhost> replicas;  // Whoever was created, and the voters.
  std::vector<Config> configs;         // The first one, then as they were appended.
  size_t committed_config = 0;         // The newest whose change is committed.
  std::vector<Leadership> leaderships;
  EntryRegistry registry;
  GhostLog committed;
  Index horizon;  // Up to here everything is forgotten.

  Index commit() const { return committed.last(); }
  const ReplicaGhost* Find(ReplicaId replica) const;
  const Leadership* LeadershipOf(Term term) const;
  // The leader's log at `index` when it led; none when it held nothing there.
  std::optional<uint64_t> LeaderChainAt(const Leadership& leadership, Index index) const;
  // Null when it knows nobody.
  const Config* ConfigOf(const ReplicaGhost& replica) const {
    return replica.config.has_value() ? &configs[*replica.config] : nullptr;
  }
  const Config& CommittedConfig() const { return configs[committed_config]; }
  // What the change at an index of the replica's log leads to, or of the committed log when its own
  // begins later; null when there is none. Before the first change it is what the shard began with.
  const Config* FindConfig(const ReplicaGhost& replica, Index index) const;
  // Whether the replica certainly holds `chain` at `index`.
  bool HoldsDurably(ReplicaId replica, Index index, uint64_t chain) const;
};

struct WrittenRecord {
  uint32_t shard = 0;  // Slots.
  uint32_t replica = 0;
  uint32_t file = 0;
  RecordKind kind = RecordKind::kEntries;
  bool resets = false;   // kSnapshot.
  bool settled = false;  // In limbo: its replica has started since.
  // In limbo: a sync of its file had failed, so a cache may be all that has it.
  bool doubtful = false;
  uint64_t offset = 0;
  uint64_t end = 0;
  HardState state;
  Index first;
  DiskMarks marks;           // As far as it speaks of them.
  uint64_t cells_begin = 0;  // Into the cells beside the queue.
  uint64_t cells_count = 0;
};

// What a record of entries makes of a log: what was there from its first entry on is cut. What the
// log has forgotten is passed over, as by a recovery. False when the record would leave a hole.
bool TakeEntries(const WrittenRecord& record, const std::vector<LogCell>& cells, GhostLog& log);
// What a record adds to the marks that the records before it left.
void AddMarks(const WrittenRecord& record, DiskMarks& marks);

// Records in the order in which they were written, with the cells of their entries.
struct RecordQueue {
  std::vector<WrittenRecord> records;
  size_t head = 0;
  std::vector<LogCell> cells;
};

// Where a durable record lies; for damage. Small, because there is one for each record of a run.
struct PlacedRecord {
  uint64_t offset = 0;
  uint32_t bytes = 0;
  uint32_t last = 0;   // Index of its last entry.
  uint32_t first = 0;  // Index; 0: not entries.
  uint32_t shard = 0;  // Slots.
  uint32_t replica = 0;
};

struct FileGhost {
  uint32_t number = 0;
  bool doubtful = false;        // A sync failed in this life of the host.
  uint64_t synced = 0;          // Its size at the newest good sync.
  RecordQueue waiting;          // Written, not synced.
  Stack<PlacedRecord> durable;  // By offset.
};

struct HostGhost {
  HostId id;
  bool up = false;
  bool reachable = true;
  bool storage_faulted = false;      // Damage or a failed sync, ever.
  bool corruption_reported = false;  // In this life.
  Incarnation incarnation;
  std::vector<FileGhost> files;  // As they were first used.
  // With so many of them, and so many durable records in them, what says nothing any more is
  // dropped.
  size_t files_look_at = 0;
  size_t placed_look_at = 0;
  size_t placed = 0;
  RecordQueue limbo;
  struct Place {
    uint32_t shard = 0;
    uint32_t replica = 0;
  };
  std::vector<Place> replicas;
};

// The message that a replica acts on at this moment.
struct HandledMessage {
  ReplicaKey who;
  ReplicaId from;
  Term term;
  bool appends = false;
  // Of a lower term than its receiver's when it came, or of an attempt that is over: told to
  // campaign after a round behind which its receiver has heard others since.
  bool late = false;
  uint64_t round = 0;  // Of an order to campaign.
};

// What an update found out, for the checks that judge it. Valid until the next update.
struct AppendFacts {
  bool gap = false;      // It would leave a hole; nothing was appended.
  Index conflict;        // The first entry whose registered prefix differs; none when equal.
  Index created_again;   // The first created entry that was already known.
  Index unknown;         // The first copied entry that nobody created.
  RegistryRecord known;  // What was registered for the first of these.
  uint64_t chain = 0;    // What the log has at the conflict.
  Index decreasing;      // The first entry with a lower term than the one before it.
};

class Ghost {
 public:
  struct Where {
    ShardGhost& shard;
    ReplicaGhost& replica;
  };

  // Requires: the shard was created and has this voter.
  Where At(const ReplicaKey& who) {
    // Events of one replica come in rows.
    if (newest_at_.has_value() && newest_at_->replica.key == who) return *newest_at_;
    return newest_at_.emplace(LookUp(who));
  }
  ShardGhost& Shard(ShardId shard) {
    if (shard.value < small_ids_.size() && small_ids_[shard.value] != 0) {
      return shards_[small_ids_[shard.value] - 1];
    }
    return LargeShard(shard);
  }
  const ShardGhost* FindShard(ShardId shard) const;
  HostGhost& Host(HostId host) {
    if (host.value >= host_count_) [[unlikely]]
      AddHosts(host);
    return hosts_[host.value];
  }
  const std::vector<ShardGhost>& shards() const { return shards_; }
  const std::vector<HostGhost>& hosts() const { return hosts_; }
  bool Reachable(const ReplicaGhost& replica) const;
  // Shards in which a replica's durable match fell in this event.
  const std::vector<uint32_t>& lowered() const { return lowered_; }
  // Shards whose horizon moved in this event.
  const std::vector<uint32_t>& forgot() const { return forgot_; }

  // None: replicas act by themselves.
  const std::optional<HandledMessage>& handled() const { return handled_; }

  // Before each event.
  void Begin() {
    if (!noted_) [[likely]]
      return;
    noted_ = false;
    lowered_.clear();
    forgot_.clear();
  }

  void Update(const ShardCreated& event);
  void Update(const ShardRecorded& event);
  void Update(const ShardRefounded& event);
  void Update(const BootstrapBegun& event);
  void Update(const ReplicaCreated& event);
  void Update(const ConfigAppended& event, Where where);
  void Update(const MembershipChanged& event, Where where);
  void Update(const HostStarted& event);
  void Update(const HostCrashed& event);
  void Update(const HostWiped& event);
  // `recovered` are the chains of what the event says was read back.
  void Update(const ReplicaStarted& event, Where where, GhostLog recovered);
  void Update(const ReplicaStopped& event, Where where);
  void Update(const TermChanged& event, Where where);
  void Update(const RoleChanged& event, Where where);
  void Update(const SnapshotPublished& event, Where where);
  void Update(const SnapshotInstalled& event, Where where);
  void Update(const VoteAnswered& event, Where where);
  AppendFacts Update(const EntriesAppended& event, Where where);
  void Update(const CommitAdvanced& event, Where where);
  // False when the record would leave a hole in the written log, or contradicts it.
  bool Update(const RecordWritten& event, Where where);
  void Update(const FileSynced& event);
  void Update(const FileSyncFailed& event);
  void Update(const FileDamaged& event);
  void Update(const HostReachable& event);
  void Update(const EntryApplied& event, Where where) { where.replica.applied = event.index; }
  void Update(const MessageAccepted& event, Where where) {
    ReplicaGhost& replica = where.replica;
    bool late = event.term < replica.state.term;
    if (event.round != 0) late |= NoteRound(event, replica);
    handled_ = HandledMessage{event.who,     event.from, event.term,
                              event.appends, late,       event.orders ? event.round : 0};
  }
  void Update(const MessageHandled&) { handled_.reset(); }

 private:
  void AddFounders(ShardGhost& shard, std::span<const Voter> founders);
  Where LookUp(const ReplicaKey& who);
  // Whether the message is of an older attempt than what the replica has heard.
  static bool NoteRound(const MessageAccepted& event, ReplicaGhost& replica) {
    if (event.orders) return event.term == replica.round_term && event.round < replica.round;
    if (event.term < replica.round_term) return false;
    if (event.term > replica.round_term) replica.round = 0;
    replica.round_term = event.term;
    replica.round = event.round > replica.round ? event.round : replica.round;
    return false;
  }
  ShardGhost& LargeShard(ShardId shard);
  static void RecordGrant(ReplicaGhost& replica, const Grant& grant);
  void AddHosts(HostId last);
  static FileGhost& File(HostGhost& host, uint32_t number) {
    for (FileGhost& file : host.files) {
      if (file.number == number) [[likely]]
        return file;
    }
    return AddFile(host, number);
  }
  // How many of a replica's newest records that are no entries were seen behind a place, by slots
  // of shard and replica.
  using AloneBehind = absl::flat_hash_map<uint64_t, uint32_t>;
  static FileGhost& AddFile(HostGhost& host, uint32_t number);
  void ForgetFiles(HostGhost& host) const;
  bool WriteEntries(const RecordWritten& event, ReplicaGhost& replica, WrittenRecord& record,
                    RecordQueue& queue);
  static bool WriteSnapshot(const RecordWritten& event, Where where);
  void BecomeDurable(const WrittenRecord& record, const RecordQueue& queue);
  void PutInLimbo(HostGhost& host);
  void UpdateDurableMatch(ShardGhost& shard, ReplicaGhost& replica);
  void MoveHorizon(ShardGhost& shard);
  void DropMeaningless(FileGhost& file, AloneBehind& alone) const;
  static void KeepLeadershipsBeforeCut(ShardGhost& shard, const ReplicaGhost& replica, Index first);

  std::vector<ShardGhost> shards_;
  std::vector<uint32_t> small_ids_;  // Slot + 1 by shard id, for ids below kSmallIds.
  absl::flat_hash_map<uint64_t, uint32_t> large_ids_;
  std::vector<HostGhost> hosts_;  // By host id.
  size_t host_count_ = 0;
  std::optional<Where> newest_at_;  // None when places may have moved.
  bool noted_ = false;              // One of the next two is not empty.
  std::vector<uint32_t> lowered_;
  std::vector<uint32_t> forgot_;
  std::optional<HandledMessage> handled_;
};

}  // namespace ww::checks
