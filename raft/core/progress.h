// Progress: what a leader knows of one voter's log, and how much it may send there.
//
// Three states. Probing: where the logs agree is unknown; one append is under way at a time.
// Replicating: it is known; appends are pipelined within a window bounded in messages and entries.
// Installing: what comes next was compacted; a snapshot is under way and nothing else is sent.
// A window that went unanswered over a whole heartbeat round is taken for lost and probed again.
//
// Invariants: match < next; match never decreases; a window holds exactly what was sent after
// match; leaving a state frees all that it counted.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "raft/core/types.h"

namespace ww::raft {

// Appends under way to one follower, oldest first, in a ring that grows to its bound and stays.
class Window {
 public:
  explicit Window(uint32_t messages_max) : messages_max_(messages_max) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == messages_max_; }
  // Payload of all that is under way.
  uint64_t bytes() const { return bytes_; }
  // The heartbeat round after which the oldest was sent. Requires: not empty.
  uint64_t oldest_round() const;
  // Requires: not full; `last` above that of the newest.
  void Add(Index last, uint64_t round, uint64_t bytes);
  // Forgets all that ended at or before `match`.
  void FreeUpTo(Index match);

 private:
  struct Sent {
    Index last;
    uint64_t round;
    uint64_t bytes;
  };
  // Without a division, which costs as much as all the rest.
  size_t Around(size_t place) const { return place < ring_.size() ? place : place - ring_.size(); }
  Sent& At(size_t position) { return ring_[Around(head_ + position)]; }
  void Grow();

  std::vector<Sent> ring_;
  size_t head_ = 0;
  size_t size_ = 0;
  uint64_t bytes_ = 0;
  uint32_t messages_max_;
};

struct Probe {
  std::optional<uint64_t> sent_round;  // The heartbeat round after which a probe was sent.
};

// A snapshot is on its way. The state is left when the follower acknowledges something from which
// appends can go on, whatever it came by, or when the sender reports how the transfer ended.
struct Installing {
  LogPosition snapshot;
};

struct FlowLimits {
  uint32_t entries_max = 0;
  uint32_t messages_max = 0;
  uint64_t bytes_max = UINT64_MAX;  // Payload under way; one entry may exceed.
};

class Progress {
 public:
  // A new leader takes every log to agree with its own up to `last` and finds out (Raft 3.5).
  Progress(ReplicaId replica, Index last, LocalTime now)
      : replica_(replica), next_(last.next()), contact_(now) {}

  ReplicaId replica() const { return replica_; }
  Index match() const { return match_; }
  Index next() const { return next_; }
  LocalTime contact() const { return contact_; }
  bool probing() const { return std::holds_alternative<Probe>(state_); }
  // The snapshot under way; none in the other states.
  const Installing* installing() const { return std::get_if<Installing>(&state_); }

  // How many entries the next append may hold; none when nothing may be sent now.
  struct Room {
    bool may_send = false;
    uint64_t entries_max = 0;
    uint64_t bytes_max = 0;
    bool idle = false;  // Nothing is under way: one entry may exceed bytes_max.
  };
  Room RoomFor(const FlowLimits& limits) const;
  // An append of `count` entries from next() on leaves after heartbeat round `round`.
  void Sent(uint64_t count, uint64_t round, uint64_t bytes = 0);

  // The newest batch of reads that the follower confirmed.
  uint64_t confirmed_batch() const { return confirmed_batch_; }
  void Confirmed(uint64_t batch) {
    if (batch > confirmed_batch_) confirmed_batch_ = batch;
  }
  // When the newest heartbeat round began that the follower answered, by the leader's clock: until
  // T after that it helps nobody else to lead.
  LocalTime promised_from() const { return promised_from_; }
  void Promised(LocalTime round_start) {
    if (round_start > promised_from_) promised_from_ = round_start;
  }
  // The follower spoke in the leader's term.
  void Heard(LocalTime now) { contact_ = now; }
  // The log agrees, durably, up to `match`. Returns whether that is news. Idempotent, in any order.
  // `base` is that of the leader's log: from there on appends can go on.
  bool Accepted(Index match, Index base, const FlowLimits& limits);
  // The append after `rejected` was refused, and agreement is possible at `agreeable` at the
  // latest. Returns whether that is about the present probe or window, and not a late copy.
  bool Rejected(Index rejected, Index agreeable);
  // A heartbeat of `round` was answered. Returns whether something sent before it went unanswered;
  // then the follower is probed again from its match.
  bool HeartbeatAnswered(uint64_t round);
  // What it was sent got lost, or it can't be reached: probed again from its match, after its next
  // answer to a heartbeat later than `round`.
  void Unreachable(uint64_t round);
  // What it needs next was compacted, and `snapshot` is sent to it. Requires: none is already.
  void StartInstalling(const LogPosition& snapshot);
  // The transfer of `snapshot` ended. Delivered: probed behind it at once; otherwise as
  // Unreachable. Returns whether that is about the present transfer.
  struct Transfer {
    LogPosition snapshot;
    bool delivered = false;
  };
  bool TransferEnded(const Transfer& transfer, uint64_t round);
  // The leader's own log is durable up to `match`.
  void SelfDurable(Index match);

 private:
  void StartProbing();

  ReplicaId replica_;
  Index match_;
  Index next_;
  LocalTime contact_;  // When it last spoke in this term; check-quorum (Raft 6.2).
  uint64_t confirmed_batch_ = 0;
  LocalTime promised_from_{INT64_MIN};
  std::variant<Probe, Window, Installing> state_ = Probe{};
};

}  // namespace ww::raft
