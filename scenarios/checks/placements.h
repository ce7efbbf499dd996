// What a change of membership does to a shard that the control plane looks after:
// migration-promote-caught-up, migration-quorum-kept, migration-replace-before-remove.
//
// All are judged when a leader appends the change, because by then its harm is decided. One that
// others have followed, and committed after it, harms nobody any more.
//
// A voter is live when the leader that appends the change has acted on a message of it in the last
// election timeout: then it was up and connected at some instant of that time.
//
// A read proves something of one life of the replica that is promoted. Who decides can't know of a
// restart that comes while the order is on its way, so a restart of less than an election timeout
// ago is not held against it: everything that the replica had acknowledged outlives it.
//
// A voter has caught up when what it holds durably lies at most `lag_max` behind the commit.
#pragma once

#include <vector>

#include "absl/container/btree_map.h"
#include "scenarios/checks/control_ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class PlacementChecks {
 public:
  struct Bounds {
    Duration election_timeout;
    uint64_t lag_max = 0;
  };
  PlacementChecks(Reporter& reporter, const ControlGhost& control, const Bounds& bounds)
      : reporter_(reporter), control_(control), bounds_(bounds) {}

  // Shards whose machine is no key-value one are what a control plane keeps its metadata in.
  void On(const ShardCreated& event) { controlled_ = controlled_ || !event.key_value; }
  // The ghost as it is before the event.
  void On(const ConfigAppended& event, Ghost::Where where);
  void On(const MessageAccepted& event);
  void On(const ReadAnswered& event);
  void On(const ReplicaStarted& event) { started_[event.who] = reporter_.now(); }

 private:
  struct Change {
    const ReplicaKey& leader;
    const ShardGhost& shard;
    const Config& before;
    const Config& after;
    Index index;
  };
  struct Read {
    Incarnation incarnation;
    Index index;
  };
  void JudgePromotion(const Change& change, ReplicaId promoted);
  void JudgeQuorums(const Change& change);
  void JudgeCount(const Change& change, uint64_t target);
  void JudgeReplacement(const Change& change);
  bool Lags(const ShardGhost& shard, Index at) const {
    return shard.commit() > at && shard.commit() - at > bounds_.lag_max;
  }
  bool Lives(const Change& change, ReplicaId id) const;
  // Whether the replica was in the life before its present one until just now.
  bool RestartedOnTheWay(const ReplicaKey& who, Incarnation read_in, Incarnation now_in) const;

  Reporter& reporter_;
  const ControlGhost& control_;
  const Bounds bounds_;
  bool controlled_ = false;
  absl::btree_map<ReplicaKey, Read> reads_;        // The last that completed through it.
  absl::btree_map<ReplicaKey, TrueTime> started_;  // Its present life.
  absl::btree_map<std::pair<ReplicaKey, ReplicaId>, TrueTime> heard_;  // Of whom, by whom.
};

}  // namespace ww::checks
