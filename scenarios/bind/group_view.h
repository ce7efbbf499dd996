// GroupView: what the harness itself knows of the replicated groups: who leads, who is up, how far.
//
// Fed by the observer; never by the engine's tables and never by a check, so that fault budgets and
// phases are the same with checks on and off. Implements the QuorumView that the fault budget asks.
//
// Invariants: the newest leader is that of the highest term ever seen; commit of a shard never
// decreases.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "faults/quorum_view.h"
#include "raft/core/membership.h"
#include "scenarios/bind/first_starts.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::scenarios {

// A replica's place, for as long as it exists.
struct ReplicaPlace {
  ShardId shard;
  ReplicaId replica;
  HostId host;
};

class GroupView final : public faults::QuorumView {
 public:
  struct ReplicaState {
    explicit ReplicaState(const ReplicaPlace& where) : place(where) {}

    ReplicaPlace place;
    raft::Role role = raft::Role::kFollower;
    raft::Term term;
    raft::Index commit;
    raft::Index applied;
    bool takes_part = false;  // Started in the present incarnation and not stopped.
    bool stopped = false;     // It gave up; until it starts again.
    bool lost = false;        // Its disk was wiped.
    raft::Index lost_under;   // The newest change of members at that time.
    bool awaited = false;     // A founder that was placed and has not come to exist yet.
  };
  struct ShardState {
    ShardId shard;
    raft::Term leader_term;  // The highest in which anybody led.
    HostId leader_host;
    raft::Index commit;             // The highest that anybody reported.
    bool leader_committed = false;  // The leader of that term has committed in it.
    std::vector<ReplicaState> replicas;
    // By the newest membership that anybody reported.
    raft::Index members_since;
    std::vector<HostId> counting;  // Hosts of voters and witnesses.
    std::vector<HostId> outgoing;  // Likewise of the outgoing half; empty unless joint.
    // Those before it that somebody who counts may still go by, oldest first.
    struct Earlier {
      raft::Index until;  // The change that ended it.
      std::vector<HostId> counting;
      std::vector<HostId> outgoing;
    };
    std::vector<Earlier> earlier;
    std::vector<HostId> applying;  // Hosts of members with a machine.
    std::vector<HostId> growing;   // Voters, then who may be promoted; empty unless there is one.
    std::vector<ReplicaId> removed;
    // Hosts of voters that controllers are about to delete: the change may be in the log.
    std::vector<HostId> going;

    bool exists() const { return !counting.empty(); }
  };

  // Shards are numbered 1, 2, ... without gaps but among those that are created later; engine hosts
  // without any.
  GroupView(const std::vector<ReplicaPlace>& places, size_t hosts);

  std::vector<faults::QuorumGroup> Groups() const override;
  bool Intact(ShardId shard, HostId host) const override;
  std::optional<HostId> LeaderHost(ShardId shard) const override;

  ShardState& shard(ShardId id) { return shards_[id.value - 1]; }
  const std::vector<ShardState>& shards() const { return shards_; }
  // Null when the host has no replica of the shard.
  ReplicaState* ReplicaOn(ShardId shard, HostId host) {
    if (shard.none() || shard.value > shards_.size()) return nullptr;
    for (ReplicaState& replica : shards_[shard.value - 1].replicas) {
      if (replica.place.host == host) return &replica;
    }
    return nullptr;
  }

  // A shard that is created has founders, or others than before.
  void Placed(ShardId shard, const std::vector<ReplicaPlace>& places);
  // An identity came to a host, or is fenced there for ever.
  void Created(const ReplicaPlace& place);
  void Destroyed(const ReplicaPlace& place);

  // A supervised replicaset creates its shard on this host.
  void Founded(ShardId shard, HostId host);
  FirstStarts& first_starts() { return first_starts_; }

  // A replica has applied the membership.
  void MembersChanged(ShardId shard, const raft::Membership& membership);
  void Led(ShardId shard, HostId host, raft::Term term);
  void Committed(ReplicaState& replica, raft::Index index, bool leads) {
    ShardState& state = shards_[replica.place.shard.value - 1];
    replica.commit = index;
    state.commit = std::max(state.commit, index);
    if (leads && replica.place.host == state.leader_host) state.leader_committed = true;
  }
  void HostWentDown(HostId host);
  void Going(ShardId shard, HostId host);
  void NobodyGoes(ShardId shard);
  void HostWiped(HostId host);
  // The metadata know which disk the host has now. Who is placed on it before that is lost.
  void DiskReported(HostId host) { unreported_[host.value] = false; }
  // Durable data of the host was damaged, or its engine gave up.
  void HostDamaged(HostId host);
  void HostRepaired(HostId host);

  // What the metadata say is still to be done; all zero without a control plane.
  struct Control {
    uint64_t migrations = 0;  // Requested, and not ended.
    uint64_t foundings = 0;   // Shards that were requested, and are not created.
    uint64_t owed = 0;        // Cleanups.
    TrueTime balanced;        // When a move for balance was last recorded.
  };
  Control& control() { return control_; }
  const Control& control() const { return control_; }
  // Nothing is to be done, and no member is without a vote that is to have one.
  bool ControlAtRest() const;

  uint64_t leader_changes() const { return leader_changes_; }
  // Every shard's newest leader still leads and has committed in its term.
  bool AllLed() const;
  // Every replica that takes part has applied all that its shard is known to have committed.
  bool CaughtUp() const;
  // No replica takes part that its shard's newest membership does not have.
  bool NoZombies() const;

 private:
  bool HasGrown(const ShardState& state) const;
  static void AddPromotions(const ShardState& state, std::vector<faults::QuorumGroup>& groups);
  static void AddDeletions(const ShardState& state, std::vector<faults::QuorumGroup>& groups);
  // The least that anybody who counts has applied.
  raft::Index AppliedByAll(const ShardState& state) const;

  std::vector<ShardState> shards_;
  std::vector<bool> damaged_;     // By host.
  std::vector<bool> unreported_;  // By host: its disk came after the one that was last reported.
  Control control_;
  FirstStarts first_starts_;
  uint64_t leader_changes_ = 0;
};

}  // namespace ww::scenarios
