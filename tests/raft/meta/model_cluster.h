// A cluster small enough to be judged by eye: hosts, shards with their memberships, and a
// controller that does what decide.h wants. Effects are those of the engine; time does not exist.
//
// What is asked of the cluster may be lost, and may arrive again later; answers are never heard,
// only views are. The controller may lose its memory at any time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "raft/meta/decide.h"
#include "tests/raft/meta/worlds.h"

namespace ww::raft::meta {

struct ModelReplica {
  bool runs = false;
  Index applied;
};

struct ModelHost {
  DiskId disk;
  bool up = true;
  Incarnation incarnation{1};
  std::map<ShardId, std::map<ReplicaId, ModelReplica>> recorded;
  std::map<ShardId, std::set<ReplicaId>> tombstones;
};

struct ModelShard {
  Membership membership;
  Index last{1};  // And committed.
  ReplicaId leader;
};

class ModelCluster {
 public:
  // Of a bench whose shards are live.
  explicit ModelCluster(const Bench& bench);

  // --- What the world does ---
  void Crash(HostId host);  // The process restarts; what ran runs again.
  void GoDown(HostId host) { hosts.at(host).up = false; }
  void ComeBack(HostId host);
  void Wipe(HostId host);     // Another disk, with nothing on it.
  void Write(ShardId shard);  // Clients do, if there is a quorum.
  void Elect(ShardId shard);  // Somebody leads, if there is a quorum.
  void CatchUp();             // Who runs applies everything.

  // --- What a controller sees and does ---
  ShardView See(ShardId shard) const;
  // Carries out a wish that is not for the metadata shard, and checks that it may be.
  void Do(ShardId shard, const Wanted& wanted);
  // As Do, of an order that was given a while ago: it may be refused, and nothing else is judged.
  void DoLate(ShardId shard, const Wanted& wanted);
  // The controller forgets what only it knows.
  void ForgetController() {
    reads.clear();
    unwilling.clear();
  }

  bool HasQuorum(const ModelShard& shard) const;
  bool Runs(const Member& member, ShardId shard) const;

  std::map<HostId, ModelHost> hosts;
  std::map<ShardId, ModelShard> shards;
  std::map<ShardId, ReadProof> reads;
  std::map<ShardId, std::vector<ReplicaId>> unwilling;
  std::map<ShardId, uint32_t> wanted_voters;
  uint64_t lag_max = Limits{}.lag_max;

 private:
  void Change(ShardId id, const ChangeRequest& change);
  void JudgeChange(ShardId id, const ChangeRequest& change) const;
  void Start(ShardId id, const StartOn& start);
  void Carry(ShardId id, const Wanted& wanted);
};

// A controller over the model: one round of what there is to do. Returns whether it did anything.
struct ModelController {
  Bench& bench;
  ModelCluster& cluster;
  Limits limits = {};
  uint64_t proposals = 5000;
  std::vector<std::pair<ShardId, Wanted>> orders = {};  // Given so far.

  // One wish of one migration, cleanup or shard; nothing when all wait.
  bool StepOnce();
  void TakeOver();  // Another controller, that knows nothing.
  // Until nothing is to be done. False when that takes more than `steps`.
  bool Finish(int steps);

  bool Perform(ShardId shard, const Wanted& wanted);
  bool JudgeHosts();
};

// What must hold when all hosts are up and nothing is left to do.
void ExpectAtRest(const Bench& bench, const ModelCluster& cluster);

}  // namespace ww::raft::meta
