// TraceBuilder: writes synthetic traces for the judge in few words.
//
// One shard (1) with replicas 1..n on hosts 1..n and one log file a host, unless told otherwise.
// The builder keeps just enough of each replica's log to make good traces short: what it appended,
// wrote and synced. A bad trace is a good one with one step bent.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "scenarios/checks/judge.h"

namespace ww::checks {

class TraceBuilder {
 public:
  explicit TraceBuilder(uint64_t voters = 3, JudgeOptions options = {}) : judge_(options) {
    std::vector<Voter> members;
    for (uint64_t i = 1; i <= voters; ++i) members.push_back({ReplicaId(i), HostId(i)});
    judge_.On(ShardCreated{kShard, members});
    for (uint64_t i = 1; i <= voters; ++i) {
      Boot(i);
      Start(i, 0, 0, {});
    }
  }

  static constexpr ShardId kShard{1};
  Judge& judge() { return judge_; }
  void At(Duration now) { judge_.SetNow(TrueTime{now.ns}); }

  // --- Lives ---
  void Boot(uint64_t r) { judge_.On(HostStarted{HostId(r), Incarnation(++state_[r].incarnation)}); }
  void Crash(uint64_t r) { judge_.On(HostCrashed{HostId(r)}); }
  // Reads back term, vote and the entries with these terms.
  void Start(uint64_t r, uint64_t term, uint64_t vote, const std::vector<uint64_t>& terms) {
    const std::vector<EntryView> entries = Entries(1, terms);
    judge_.On(ReplicaStarted{Key(r), HostId(r), Incarnation(state_[r].incarnation), Term(term),
                             ReplicaId(vote), entries});
  }
  // The same behind a snapshot at `base`, which the log begins after.
  void StartFrom(uint64_t r, uint64_t term, uint64_t vote, uint64_t base, uint64_t base_term,
                 const std::vector<uint64_t>& terms) {
    const std::vector<EntryView> entries = Entries(base + 1, terms);
    judge_.On(ReplicaStarted{Key(r), HostId(r), Incarnation(state_[r].incarnation), Term(term),
                             ReplicaId(vote), entries, Index(base), Term(base_term), Index(base),
                             Index(base), Term(base_term)});
  }
  void CrashAndStart(uint64_t r, uint64_t term, uint64_t vote, const std::vector<uint64_t>& terms) {
    Crash(r);
    Boot(r);
    Start(r, term, vote, terms);
  }

  // --- Terms, votes, roles ---
  void Turn(uint64_t r, uint64_t term, uint64_t vote = 0) {
    judge_.On(TermChanged{Key(r), Term(term), ReplicaId(vote)});
  }
  void WriteState(uint64_t r, uint64_t term, uint64_t vote) {
    RecordWritten record;
    record.kind = RecordKind::kHardState;
    record.term = Term(term);
    record.vote = ReplicaId(vote);
    Write(r, record);
  }
  void Become(uint64_t r, Role role, uint64_t term, const std::vector<uint64_t>& by = {}) {
    std::vector<ReplicaId> members;
    for (const uint64_t member : by) members.push_back(ReplicaId(member));
    judge_.On(RoleChanged{Key(r), Incarnation(state_[r].incarnation), role, Term(term),
                          ReplicaId(r), members});
    if (role == Role::kLeader) leaders_[term] = r;
  }
  void AskVote(uint64_t r, uint64_t to, uint64_t term, uint64_t last, uint64_t last_term) {
    judge_.On(
        VoteRequested{Key(r), ReplicaId(to), false, Term(term), Index(last), Term(last_term)});
  }
  void Grant(uint64_t r, uint64_t candidate, uint64_t term) {
    judge_.On(VoteAnswered{Key(r), ReplicaId(candidate), false, true, Term(term)});
  }
  // Takes the term, makes the vote durable and grants it.
  void Vote(uint64_t r, uint64_t candidate, uint64_t term) {
    Turn(r, term, candidate);
    WriteState(r, term, candidate);
    Sync(r);
    if (candidate != r) Grant(r, candidate, term);
  }
  // A whole election won by r with these votes (its own among them).
  void Elect(uint64_t r, uint64_t term, const std::vector<uint64_t>& by) {
    Vote(r, r, term);
    Become(r, Role::kCandidate, term);
    for (const uint64_t member : by) {
      if (member != r) Vote(member, r, term);
    }
    Become(r, Role::kLeader, term, by);
  }

  // --- Logs. `salt` makes another payload at the same index and term. ---
  std::vector<EntryView> Entries(uint64_t first, const std::vector<uint64_t>& terms,
                                 uint64_t salt = 0) const {
    std::vector<EntryView> entries;
    for (size_t i = 0; i < terms.size(); ++i) {
      entries.push_back({Term(terms[i]), Digest(first + i, terms[i], salt)});
    }
    return entries;
  }
  static uint64_t Digest(uint64_t index, uint64_t term, uint64_t salt = 0) {
    return index * 1000003 + term * 101 + salt * 7;
  }
  void Create(uint64_t r, uint64_t first, const std::vector<uint64_t>& terms, uint64_t salt = 0) {
    Append(r, first, terms, true, salt);
  }
  void Copy(uint64_t r, uint64_t first, const std::vector<uint64_t>& terms, uint64_t salt = 0) {
    Append(r, first, terms, false, salt);
  }
  void WriteEntries(uint64_t r, uint64_t first, const std::vector<uint64_t>& terms,
                    uint64_t salt = 0) {
    const std::vector<EntryView> entries = Entries(first, terms, salt);
    RecordWritten record;
    record.first = Index(first);
    record.entries = entries;
    Write(r, record);
  }
  // A record that says nothing but its kind.
  void WriteMark(uint64_t r, RecordKind kind) {
    RecordWritten record;
    record.kind = kind;
    Write(r, record);
  }
  void Sync(uint64_t r) { judge_.On(FileSynced{HostId(r), kFile, state_[r].file_size}); }
  // A sync that covers the file up to `size` only: more was written while it ran.
  void SyncUpTo(uint64_t r, uint64_t size) { judge_.On(FileSynced{HostId(r), kFile, size}); }
  void FailSync(uint64_t r) { judge_.On(FileSyncFailed{HostId(r), kFile}); }
  // In memory and durably.
  void CreateDurably(uint64_t r, uint64_t first, const std::vector<uint64_t>& terms) {
    Create(r, first, terms);
    WriteEntries(r, first, terms);
    Sync(r);
  }
  void CopyDurably(uint64_t r, uint64_t first, const std::vector<uint64_t>& terms) {
    Copy(r, first, terms);
    WriteEntries(r, first, terms);
    Sync(r);
  }
  void Ack(uint64_t r, uint64_t leader, uint64_t term, uint64_t match) {
    judge_.On(AppendAnswered{Key(r), ReplicaId(leader), Term(term), true, Index(match)});
  }

  void TellLog(uint64_t host, uint64_t first, const std::vector<uint64_t>& terms,
               uint64_t salt = 0) {
    const std::vector<EntryView> entries = Entries(first, terms, salt);
    judge_.On(LogTold{HostId(host), ShardId(1), Index(first), entries});
  }

  // --- Messages while a replica acts on them ---
  void Accept(uint64_t r, uint64_t from, uint64_t term, bool appends = false) {
    judge_.On(MessageAccepted{Key(r), ReplicaId(from), ReplicaId(r), Term(term), appends});
  }
  void Handled(uint64_t r, uint64_t before = 0, uint64_t after = 0) {
    judge_.On(MessageHandled{Key(r), before, after});
  }
  void Match(uint64_t leader, uint64_t follower, uint64_t term, uint64_t match) {
    judge_.On(
        MatchChanged{Key(leader), ReplicaId(follower), Term(term), Index(match), Index(match + 1)});
  }

  // --- Commit and apply ---
  void Commit(uint64_t r, uint64_t index, uint64_t term, const std::vector<uint64_t>& counted) {
    std::vector<ReplicaId> members;
    for (const uint64_t member : counted) members.push_back(ReplicaId(member));
    judge_.On(CommitAdvanced{Key(r), Index(index), Term(term), true, members});
  }
  void Follow(uint64_t r, uint64_t index, uint64_t term) {
    judge_.On(CommitAdvanced{Key(r), Index(index), Term(term), false, {}});
  }
  struct Applied {
    uint64_t term = 1;
    CommandView command;
    std::string response;
    uint64_t state = 0;
    bool duplicate = false;
    bool rejected = false;
  };
  void Apply(uint64_t r, uint64_t index, const Applied& what) {
    EntryApplied event;
    event.who = Key(r);
    event.incarnation = Incarnation(state_[r].incarnation);
    event.index = Index(index);
    event.entry = {Term(what.term), Digest(index, what.term)};
    event.command = what.command;
    event.state_digest = what.state;
    event.response = what.response;
    event.duplicate = what.duplicate;
    event.rejected = what.rejected;
    judge_.On(event);
  }
  void ApplyEmpty(uint64_t r, uint64_t index, uint64_t term) {
    EntryApplied event;
    event.who = Key(r);
    event.incarnation = Incarnation(state_[r].incarnation);
    event.index = Index(index);
    event.entry = {Term(term), Digest(index, term)};
    judge_.On(event);
  }

  // --- Snapshots ---
  struct Snapshot {
    uint64_t index = 0;
    uint64_t term = 1;
    uint64_t state = 0;
    bool received = false;
    bool metadata = false;
  };
  // Synced as far as `synced` says; all of it by default.
  void Publish(uint64_t r, const Snapshot& what, uint64_t synced = kSnapshotBytes) {
    judge_.On(FileSynced{HostId(r), kSnapshotFile, synced});
    judge_.On(SnapshotPublished{Key(r), HostId(r), Index(what.index), Term(what.term), what.state,
                                kSnapshotFile, kSnapshotBytes, what.received, what.metadata});
  }
  void WriteSnapshot(uint64_t r, const Snapshot& what, uint64_t base, bool resets = false) {
    RecordWritten record;
    record.kind = RecordKind::kSnapshot;
    record.snapshot = Index(what.index);
    record.snapshot_term = Term(what.term);
    record.base = Index(base);
    record.base_term = Term(base == 0 ? 0 : what.term);
    record.resets = resets;
    Write(r, record);
  }
  void Install(uint64_t r, const Snapshot& what, uint64_t log_last) {
    judge_.On(SnapshotInstalled{Key(r), Index(what.index), Term(what.term), what.state,
                                Index(log_last), false});
  }
  void Restore(uint64_t r, const Snapshot& what, uint64_t log_last) {
    judge_.On(SnapshotInstalled{Key(r), Index(what.index), Term(what.term), what.state,
                                Index(log_last), true});
  }
  void Compact(uint64_t r, uint64_t snapshot, uint64_t first) {
    judge_.On(LogCompacted{Key(r), Index(snapshot), Index(first)});
  }

  // --- Clients ---
  void Invoke(uint64_t operation, const CommandView& command) {
    judge_.On(ClientInvoked{operation, kShard, command});
  }
  void Ask(uint64_t operation, uint64_t host) { judge_.On(ClientAsked{operation, HostId(host)}); }
  void Return(uint64_t operation, Outcome outcome, uint64_t index = 0,
              const std::string& response = "") {
    judge_.On(ClientReturned{operation, kShard, outcome, Index(index), response});
  }

  // --- Shorthand for whole stretches ---
  // Term 1, leader 1: entries 1..n durable on all and committed by all.
  void Prelude(uint64_t n = 1) {
    Elect(1, 1, {1, 2});
    for (uint64_t index = 1; index <= n; ++index) Replicate(index, 1);
  }
  void Replicate(uint64_t index, uint64_t term) {
    CreateDurably(1, index, {term});
    CopyDurably(2, index, {term});
    CopyDurably(3, index, {term});
    Ack(2, 1, term, index);
    Ack(3, 1, term, index);
    Commit(1, index, term, {1, 2});
    Follow(2, index, term);
    Follow(3, index, term);
  }

  static ReplicaKey Key(uint64_t r) { return {kShard, ReplicaId(r)}; }
  static constexpr uint32_t kFile = 7;
  static constexpr uint32_t kSnapshotFile = 8;
  static constexpr uint64_t kSnapshotBytes = 4000;
  uint64_t file_size(uint64_t r) { return state_[r].file_size; }
  void Damage(uint64_t r, uint64_t offset, uint64_t bytes) {
    judge_.On(FileDamaged{HostId(r), kFile, offset, bytes});
  }

 private:
  struct ReplicaState {
    uint64_t incarnation = 0;
    uint64_t file_size = 0;
  };

  void Append(uint64_t r, uint64_t first, const std::vector<uint64_t>& terms, bool created,
              uint64_t salt) {
    const std::vector<EntryView> entries = Entries(first, terms, salt);
    // A copy comes with an append of the newest leader.
    const bool told = !created && !leaders_.empty() && leaders_.rbegin()->second != r;
    if (told) Accept(r, leaders_.rbegin()->second, leaders_.rbegin()->first, true);
    judge_.On(EntriesAppended{Key(r), Index(first), entries, false, created});
    if (told) Handled(r);
  }
  void Write(uint64_t r, RecordWritten& record) {
    record.who = Key(r);
    record.host = HostId(r);
    record.file = kFile;
    record.offset = state_[r].file_size;
    state_[r].file_size += kRecordBytes;
    record.end = state_[r].file_size;
    judge_.On(record);
  }

 public:
  static constexpr uint64_t kRecordBytes = 100;

 private:
  Judge judge_;
  std::map<uint64_t, ReplicaState> state_;
  std::map<uint64_t, uint64_t> leaders_;  // By term.
};

inline CommandView Put(uint64_t client, uint64_t series, std::string_view key,
                       std::string_view value) {
  return {Operation::kPut, ClientId(client), series, key, value};
}
inline CommandView AppendTo(uint64_t client, uint64_t series, std::string_view key,
                            std::string_view value) {
  return {Operation::kAppend, ClientId(client), series, key, value};
}
inline CommandView Get(uint64_t client, uint64_t series, std::string_view key) {
  return {Operation::kGet, ClientId(client), series, key, ""};
}

}  // namespace ww::checks
