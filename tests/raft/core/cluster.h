// Cluster: replicas of one shard with a disk each and a network between them, in memory.
//
// Does the host's duties of effects.h in the plainest way: writes wait in a queue until Persist,
// messages wait in one list until somebody delivers, drops or repeats them, and a crash loses what
// was not persisted. Nothing happens by itself, so a test decides every interleaving.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "raft/core/replica.h"

namespace ww::raft::test {

inline constexpr Duration kElectionTimeout = Milliseconds(1000);
inline constexpr Duration kHeartbeatInterval = Milliseconds(100);

ReplicaConfig TestConfig();
// Replica n on host n, with the target "host-n".
Member MemberOf(uint64_t replica);
Membership VotersOf(const std::vector<uint64_t>& replicas);
// A log of entries of these terms, from index 1.
std::vector<Entry> LogOf(const std::vector<uint64_t>& terms);
// A disk that holds this and no snapshot.
RecoveredState DiskOf(const HardState& hard_state, const std::vector<uint64_t>& log_terms);

class Cluster {
 public:
  // Called after each step, before its messages and writes are taken over.
  using Observer = std::function<void(ReplicaId, const Effects&)>;
  // The length of the next election timeout of a replica.
  using Draw = std::function<Duration(ReplicaId)>;

  Cluster(ReplicaConfig config, Membership membership);

  void set_observer(Observer observer) { observer_ = std::move(observer); }
  void set_draw(Draw draw) { draw_ = std::move(draw); }
  // Whether every write becomes durable at once. On by default.
  void set_persist_at_once(bool at_once) { persist_at_once_ = at_once; }

  // Whether a replica learns that its writes are durable only when Report is called.
  void set_report_late(bool late) { report_late_ = late; }

  // Replaces the disk of a replica and starts it from there.
  void Load(ReplicaId replica, RecoveredState disk);
  // A replica that knows nobody, as a host starts it before or after it was added.
  void Join(ReplicaId replica);
  void Crash(ReplicaId replica);
  void Restart(ReplicaId replica);
  bool alive(ReplicaId replica) const { return nodes_.at(replica).replica != nullptr; }

  Replica& replica(ReplicaId id) { return *nodes_.at(id).replica; }
  const RecoveredState& disk(ReplicaId id) const { return nodes_.at(id).disk; }
  std::vector<ReplicaId> ids() const;
  LocalTime now() const { return now_; }

  void Step(ReplicaId id, Input input);
  void Propose(ReplicaId id, const std::vector<std::string>& payloads);
  // Asks a replica for a change of membership.
  void Change(ReplicaId id, const ChangeRequest& change);
  // Applies what is committed, in order, as far as records say durably that it is.
  void Apply(ReplicaId id);
  // Whether that happens after every step. On by default.
  void set_apply_at_once(bool at_once) { apply_at_once_ = at_once; }
  Index applied(ReplicaId id) const { return nodes_.at(id).applied; }
  // A snapshot at `index` is written, like any record; once it is durable the log is compacted up
  // to `compact_to`. Requires: index <= applied.
  void TakeSnapshot(ReplicaId id, Index index, Index compact_to);
  // Makes the oldest `count` steps' writes durable, in one batch.
  void Persist(ReplicaId id, size_t count);
  size_t unpersisted(ReplicaId id) const { return nodes_.at(id).writes.size(); }
  // Steps one of the reports that wait, in any order.
  void Report(ReplicaId id, size_t position);
  size_t unreported(ReplicaId id) const { return nodes_.at(id).reports.size(); }
  // The first index that a waiting write will change on disk, or none.
  Index FirstUnpersisted(ReplicaId id) const;

  // Snapshots that leaders send and that have not arrived yet.
  struct Transfer {
    ReplicaId from;
    SendSnapshot what;
    Membership membership;
  };
  std::vector<Transfer>& transfers() { return transfers_; }
  // Ends the transfer at a place: the snapshot arrives, or not, and its sender hears of that, or
  // not.
  struct Arrival {
    bool arrives = true;
    bool reported = true;
  };
  void EndTransfer(size_t position, const Arrival& arrival);
  // Whether snapshots arrive whenever messages do. Off by default.
  void set_transfer_at_once(bool at_once) { transfer_at_once_ = at_once; }

  void AdvanceTo(LocalTime time) { now_ = std::max(now_, time); }
  // Moves the clock to the replica's deadline and steps it.
  void ReachDeadline(ReplicaId id);
  // Lets `length` pass, stepping deadlines as they come, and delivering at once if told to.
  void Pass(Duration length, bool deliver);

  std::vector<Message>& network() { return network_; }
  // Delivers the message at a place of the network; the dead receive nothing.
  void Deliver(size_t position);
  // Delivers until nothing is in flight.
  void DeliverAll();
  // Messages of a cut link are lost when they are sent.
  void Cut(ReplicaId from, ReplicaId to) { cuts_[{from, to}] = true; }
  void Isolate(ReplicaId id);
  void Heal() { cuts_.clear(); }

  // The replica that leads in the highest term, or none.
  ReplicaId leader();
  std::string LogText(ReplicaId id);

 private:
  struct Write {
    std::optional<HardState> hard_state;
    std::optional<LogPosition> install;
    std::optional<AppendEffect> append;
    std::optional<CompactedTo> snapshot;
    std::vector<Message> held;
    Index commit;                          // Told with the entries, or alone.
    std::optional<Membership> membership;  // Of a snapshot.
  };
  struct Node {
    std::unique_ptr<Replica> replica;
    RecoveredState disk;
    std::deque<Write> writes;
    std::vector<Persisted> reports;
    Index applied;
    std::map<Index, Membership> memberships;  // By the index from which each held.
  };
  static const Membership& MembershipAt(const Node& node, Index index);
  void StepAlone(ReplicaId id, Input input);
  void Send(std::vector<Message> messages);
  void Start(ReplicaId id);
  std::optional<ReplicaId> NextDue(LocalTime until);
  static void WriteToDisk(RecoveredState& disk, const Write& write);

  ReplicaConfig config_;
  Membership membership_;
  std::map<ReplicaId, Node> nodes_;
  std::vector<Message> network_;
  std::vector<Transfer> transfers_;
  std::map<std::pair<ReplicaId, ReplicaId>, bool> cuts_;
  LocalTime now_;
  bool persist_at_once_ = true;
  bool report_late_ = false;
  bool transfer_at_once_ = false;
  bool apply_at_once_ = true;
  Observer observer_;
  Draw draw_;
};

}  // namespace ww::raft::test
