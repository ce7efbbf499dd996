// Events: what a program that embeds the engine is told of leaders, and of what happens to hosts
// and replicas.
//
// A listener is registered before Host::Run and is told every event from then on, one at a time, in
// the order in which things happened. Each listener has a queue of its own and, while something
// waits in it, a task of its own: it may take its time and may suspend, and nothing of the engine
// waits for it. Host::Run returns when every listener has heard everything; what a crash finds in a
// queue is lost with the process.
//
// No change of leader is ever lost. Memory is bounded all the same: to a listener that is
// `events_waiting_max` events behind, a replica's changes of leader are told as one, the newest,
// which says how many it stands for; and system events are passed over, and the next one says how
// many were.
//
// To add an event: a kind and its name here, and one Publish where it happens.
// Suspends: the listeners, and what waits for them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <variant>
#include <vector>

#include "raft/env/env.h"

namespace ww::raft {

// What a replica knows of its shard's leader changed. Terms of one replica never decrease in one
// life of the process.
struct LeaderUpdated {
  ReplicaIdentity who;
  Term term;
  ReplicaId leader;      // None: unknown.
  uint64_t skipped = 0;  // Earlier changes of this replica that this one stands for.
};

enum class SystemEventKind : uint8_t {
  kHostStopping,           // Run is about to return. The last event.
  kReplicaReady,           // What it was is recovered; it takes part.
  kReplicaUnloaded,        // It stopped and nothing of it is under way.
  kReplicaDeleted,         // Its data is void, and this host refuses it for ever.
  kTombstoneHit,           // `host` sent a message to one that was deleted; told once in a life.
  kConnectionEstablished,  // `host` gives signs of life, for the first time or again;
  kConnectionFailed,       // or none for an election timeout. Only where shards may rest.
  kMembershipChanged,      // A change was applied; it counts from here on.
  kChangeRefused,          // By its leader, with the reason that the caller was told.
  kTransferStarted,        // Of leadership, away from `who`, which led in `term`, to `host`.
  kTransferCompleted,      // The target leads a later term.
  kTransferAborted,        // It does not, or nobody knows.
  kTransferRefused,        // Nothing was begun.
  kQuorumLost,             // A leader heard no majority for an election timeout; it led in `term`.
  kSnapshotCreated,        // Taken from the own machine, and durable.
  kSnapshotSent,           // To `host`, which has it.
  kSnapshotNotSent,        // The transfer to `host` was given up.
  kSnapshotReceived,       // From the leader on `host`, and durable.
  kSnapshotRecovered,      // It replaced the machine.
  kSnapshotCompacted,      // One that a newer one stands for is gone from the disk.
  kSnapshotFailed,         // One could not be written, or what was received is none.
  kLogCompacted,           // Entries that a snapshot stands for are forgotten.
  kDiskFull,               // Commands are refused until
  kDiskHasRoom,            // there is room again.
  kReplicaBroken,  // It stopped for good: its machine failed, what it goes on from is lost, or its
                   // log and what others say of the shard can't both be true.
  // Of the log that all shards of the host share; kHostStopping follows.
  kLogUnusable,  // At the start: some of it can't be read, or is not what this host has written.
  kLogFailed,    // A write or a sync of it failed: nobody knows what of it is durable.
};
inline constexpr size_t kSystemEventKinds = 27;
const char* NameOf(SystemEventKind kind);

struct SystemEvent {
  SystemEventKind kind = SystemEventKind::kHostStopping;
  ReplicaIdentity who{};  // Of a replica's events.
  HostId host{};          // The other one.
  Term term{};            // Of a leader's events.
  uint64_t skipped = 0;   // System events that were passed over since the one before.
};

class EventListener {
 public:
  virtual ~EventListener() = default;
  virtual void On(const LeaderUpdated& event) = 0;
  virtual void On(const SystemEvent& event) = 0;
};

// The queues and tasks of a host's listeners.
class Events {
 public:
  Events(Env& env, uint32_t waiting_max);

  // Borrowed until Finish() returned or the process ended. Requires: nothing was published.
  void AddListener(EventListener& listener);
  // Neither suspends.
  void Publish(const LeaderUpdated& event);
  void Publish(const SystemEvent& event);
  // Returns when every listener has heard everything. Nothing is published afterwards.
  void Finish();

 private:
  using Event = std::variant<LeaderUpdated, SystemEvent>;
  struct Subscription {
    EventListener* listener = nullptr;
    std::deque<Event> waiting;
    uint64_t passed_over = 0;  // System events, since the newest that waits.
    bool delivering = false;   // Its task lives.
    TaskHandle task;
  };
  bool full(const Subscription& to) const { return to.waiting.size() >= waiting_max_; }
  void Push(Subscription& to, Event event);
  static void Deliver(Subscription& to);
  static uint64_t TakeBack(Subscription& to, const ReplicaIdentity& who);

  Env& env_;
  const uint32_t waiting_max_;
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
  bool published_ = false;
  bool finished_ = false;
};

}  // namespace ww::raft
