// Slot: one replica of a host with everything that the host keeps for it.
//
// Hot and small: what grows stands behind vectors that keep their capacity. Included by this room's
// sources only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "raft/core/replica.h"
#include "raft/env/env.h"
#include "raft/host/host.h"
#include "raft/host/reads.h"
#include "raft/host/removal_news.h"
#include "raft/host/slot_snapshots.h"
#include "raft/machine/shard_machine.h"
#include "sim/base/check.h"

namespace ww::raft {

// A message that speaks of records which are not durable yet.
struct HeldMessage {
  uint64_t after_record = 0;  // The newest record of the replica when it was held.
  Message message;
};

// An accepted reply says "durable and equal up to match": the last of several to the same leader
// says it all, and one answer a sync instead of one an append saves a message an entry.
inline bool Supersedes(const Message& later, const Message& earlier) {
  if (later.to != earlier.to || later.term != earlier.term) return false;
  const auto* newer = std::get_if<AppendReply>(&later.body);
  const auto* older = std::get_if<AppendReply>(&earlier.body);
  if (newer == nullptr || older == nullptr) return false;
  return newer->accepted && older->accepted && newer->match >= older->match;
}

inline bool IsAcceptance(const Message& message) {
  const auto* reply = std::get_if<AppendReply>(&message.body);
  return reply != nullptr && reply->accepted;
}

// A client request that was not proposed yet.
struct WaitingRequest {
  HostId client_host;
  uint64_t request = 0;
  Payload command;
};

// A proposed one, until the entry at its place is applied.
struct PendingRequest {
  LogPosition position;
  HostId client_host;
  uint64_t request = 0;
};

// Pending requests in order of their index: a vector with a moving head.
class PendingRequests {
 public:
  bool empty() const { return head_ == items_.size(); }
  size_t size() const { return items_.size() - head_; }
  const PendingRequest& front() const {
    CHECK(!empty());
    return items_[head_];
  }
  void Push(const PendingRequest& item) {
    CHECK(empty() || items_.back().position.index < item.position.index);
    if (empty()) {
      items_.clear();
      head_ = 0;
    } else if (head_ > kCompactAt && head_ * 2 > items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<ptrdiff_t>(head_));
      head_ = 0;
    }
    items_.push_back(item);
  }
  void Pop() {
    CHECK(!empty());
    ++head_;
  }

 private:
  static constexpr size_t kCompactAt = 64;
  std::vector<PendingRequest> items_;
  size_t head_ = 0;
};

// Stopping is not instant: records of the replica may be on their way to the log, and work of other
// fibers may hold it. Meanwhile it hears and says nothing, and no other may start in its place.
enum class SlotState : uint8_t { kRunning, kUnloading };

// An operator's request, for as long as its answer is owed.
struct AdminCall {
  HostId caller;
  uint64_t request = 0;
  ShardId shard;
};

// A transfer of leadership that an operator asked for.
struct TransferCall {
  AdminCall call;
  ReplicaId wanted;  // None: the host chooses.
  ReplicaId tried;   // The target of the newest attempt.
  uint32_t attempts = 0;
  LocalTime retry_at = LocalTime::Never();
};

// A change of membership that was proposed for an operator, until it is applied.
struct PendingChange {
  LogPosition position;
  AdminCall call;
};

inline constexpr size_t kKnownMax = 64;  // Replicas whose hosts a slot remembers.

// The leader that listeners were told of.
struct ToldLeader {
  Term term;
  ReplicaId leader;
  friend bool operator==(const ToldLeader&, const ToldLeader&) = default;
};

struct Slot {
  Slot(uint32_t number_of_slot, const ShardPlacement& placement, const ReplicaConfig& config,
       RecoveredState recovered, LocalTime now, ShardMachine&& empty_machine)
      : number(number_of_slot),
        who{placement.shard, placement.replica},
        last{recovered.base.index + recovered.entries.size(),
             recovered.entries.empty() ? recovered.base.term : recovered.entries.back().term},
        recorded_commit(recovered.commit),
        replica(config, std::move(recovered), now),
        machine(std::move(empty_machine)) {
    LearnMembers();
  }

  bool running() const { return state == SlotState::kRunning; }
  bool leads() const { return replica.role() == Role::kLeader; }
  // It votes and keeps metadata; it has no machine to ask.
  bool witnesses() const {
    return machine.skipped() || RoleOf(replica.membership(), who.replica) == MemberRole::kWitness;
  }
  // None when nobody has said where the replica is.
  HostId HostOf(ReplicaId id) const {
    for (const Member& member : known) {
      if (member.replica == id) return member.host;
    }
    return HostId();
  }
  bool HasMemberOn(HostId host) const {
    for (const Member& member : known) {
      if (member.host == host) return true;
    }
    return false;
  }
  // Whether a replica may speak from this host: a member from its own only. One that no membership
  // has named yet may be one of a membership to come: it is taken at its word.
  bool Knows(ReplicaId id, HostId host);
  // The membership changed.
  void LearnMembers();

  const uint32_t number;
  const ReplicaIdentity who;
  SlotState state = SlotState::kRunning;
  uint32_t pins = 0;          // Work of other fibers that holds the slot; it is not freed before.
  std::vector<Member> known;  // Members, who was one before, and strangers that spoke.
  LogPosition
      last;  // The last entry, as of the last step; before `replica`, which takes them over.
  Index recorded_commit;  // The newest commit index given to the log.
  Replica replica;
  ToldLeader told{replica.term(), ReplicaId()};
  ShardMachine machine;
  DrawHandle timeout_draws;
  bool quiet = false;            // As it was last reported.
  uint64_t newest_record = 0;    // Number of its newest record given to the log.
  bool wants_propose = false;    // It stands in the host's list.
  bool wants_apply = false;      // Likewise.
  bool leaving = false;          // It knows of its own removal, and waits for others to.
  RemovalNews removal;           // Who knows of its removal, when it was heard of.
  absl::Status broken;           // Why it stopped for good; OK: it did not.
  bool retires = false;          // It was removed from its shard: once unloaded it is destroyed.
  LocalTime contact;             // When its leader was last heard, or it last asked for news.
  std::vector<AdminCall> stops;  // Answered when it is unloaded.
  std::vector<AdminCall> snapshot_calls;  // Of whom the next snapshot is owed an answer.
  std::vector<HeldMessage> held;
  std::vector<WaitingRequest> waiting;
  PendingRequests pending;
  SlotReads reads;
  std::unique_ptr<TransferCall> transfer;

  // When the host has to look at it next.
  LocalTime NextDeadline() const {
    const LocalTime retry = transfer == nullptr ? LocalTime::Never() : transfer->retry_at;
    return std::min({replica.NextDeadline(), reads.deadline(), retry});
  }
  std::optional<PendingChange> change;  // Asked for here, not applied yet.
  // The entry that changes the membership next, and the record that makes it count.
  LogPosition change_at;
  uint64_t change_record = 0;
  uint64_t waiting_bytes = 0;    // Of `waiting`.
  uint64_t unapplied_bytes = 0;  // While it leads: payload of the log behind what is applied.
  SlotSnapshots snapshots;

  // What the batch that just became durable holds of this replica.
  bool in_batch = false;
  std::optional<LogPosition> batch_last;
  std::optional<HardState> batch_hard_state;
  std::optional<SnapshotRecord> batch_snapshot;
};

}  // namespace ww::raft
