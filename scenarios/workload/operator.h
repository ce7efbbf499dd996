// Operator: a program that does to replicas what people who run such a system do.
//
// It goes through the items of its plan, one after the other, each when its time has come. Whatever
// is not answered is asked again, or looked up: it never takes silence for an outcome. What it
// stopped it starts again, also after the faults have ended.
//
// Invariants: at its end every replica that it stopped was started again, or its host has refused
// for good.
// Suspends: Run.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "raft/meta/commands.h"
#include "scenarios/config/operator_plan.h"
#include "scenarios/workload/admin_caller.h"
#include "scenarios/workload/client.h"

namespace ww::scenarios {

struct OperatorOptions {
  size_t hosts = 0;    // Engine hosts are 1..hosts.
  ShardId last_shard;  // The highest one.
  size_t voters = 3;   // Of shards that it creates.
  OperatorPlan plan;
  raft::meta::Strategy strategy = raft::meta::Strategy::kStepwise;  // Of migrations.
  Duration timeout = Seconds(1);                                    // Of one question.
  std::function<void(HostId)> set_up = {};                          // A machine is set up.
};

class Operator {
 public:
  Operator(sim::Process& process, RunObserver& observer, const OperatorOptions& options);

  // Until the plan is done; what was begun is brought to an end. From `control.healing` on only
  // what is meant for that time is begun.
  void Run(ClientControl& control);

 private:
  // A host may be down for long; within so many attempts everything was healed.
  static constexpr uint32_t kAttemptsMax = 200;
  // A host that says nothing for so long after healing is lost.
  static constexpr uint32_t kAttemptsAfterHealing = 15;
  // Longer than it takes a replica to ask whether it was removed.
  static constexpr uint32_t kLeaveAttemptsMax = 40;

  enum class Ending : uint8_t { kDone, kNothingToDo, kGivenUp };
  struct Place {
    ReplicaId replica;
    HostId host;
  };

  Ending Perform(const OperatorItem& item);
  Ending Restart(const OperatorItem& item);
  Ending HandOver(const OperatorItem& item);
  Ending HandOverInTheCalm(const OperatorItem& item);
  Ending HandOverTo(ReplicaId target, HostId host, ShardId shard);
  Ending Snapshot(const OperatorItem& item);

  // --- operator_members.cc: changes of membership ---
  Ending Add(const OperatorItem& item);
  Ending Replace(const OperatorItem& item);
  Ending AddWitness(const OperatorItem& item);
  Ending AddNonVoting(const OperatorItem& item);
  Ending PromoteThere(const OperatorItem& item);
  Ending AddZero(const OperatorItem& item);
  Ending Remove(const OperatorItem& item);
  Ending Forget(const OperatorItem& item);
  Ending Refill(const OperatorItem& item);

  // --- operator_control.cc: what controllers are asked for ---
  Ending Migrate(const OperatorItem& item);
  Ending MigrateShard(const OperatorItem& item);
  Ending Drain(const OperatorItem& item);
  Ending Await(const OperatorItem& item);
  Ending Switch(const OperatorItem& item);
  Ending MigrateBack(const OperatorItem& item);
  Ending MigrateLeader(const OperatorItem& item);
  Ending Cancel(const OperatorItem& item);
  Ending Crowd(const OperatorItem& item);
  Ending Create(const OperatorItem& item);
  Ending AddHost(const OperatorItem& item);
  Ending OpenByHand(const OperatorItem& item);
  std::optional<raft::meta::Result> Command(const raft::meta::Command& command);
  Ending RequestMoves(const OperatorItem& item, std::vector<raft::meta::HostMove> moves);

  // --- operator_meddle.cc: what a careless operator asks for ---
  struct Leading {
    HostId host;
    raft::ShardDescription description;
  };
  // Who says that it leads the shard; nothing when nobody does.
  std::optional<Leading> LeaderOf(ShardId shard);
  Ending Meddle(const OperatorItem& item);
  Ending AskForNonsense(const OperatorItem& item, const Leading& leading);
  Ending AskAtOnce(const OperatorItem& item, const Leading& leading);
  Ending AskTooEarly(const OperatorItem& item, const Leading& leading);
  Ending HandOverToOneThatGoes(const OperatorItem& item, const Leading& leading);

  // The id of the replica that an item adds; a second one of it is so much higher.
  static ReplicaId NewReplica(const OperatorItem& item) {
    return ReplicaId(kFirstNew + item.id);  // Those of the first members are far below.
  }
  static constexpr uint64_t kFirstNew = 1000;
  static constexpr uint64_t kSecondNew = 100'000;
  // Whether the shard's leader, when one is found, knows the replica as a voter.
  std::optional<bool> IsVoter(ShardId shard, const Place& place);
  // The voter of the shard that its leader knows on `host`; none when there is none.
  ReplicaId MemberOn(ShardId shard, HostId host);
  std::vector<HostId> HostsBeside(HostId host) const;
  // A member without a vote that is started on the item's host; none when that could not be.
  ReplicaId Join(const OperatorItem& item, raft::MemberRole role);
  Ending Promote(const OperatorItem& item, ReplicaId replica);
  Ending RollBack(const OperatorItem& item, ReplicaId replica);
  // Deletes it from the shard if it is a member, and destroys what its host keeps.
  bool Delete(ShardId shard, const Place& place);
  void Destroy(ShardId shard, const Place& place);
  bool LeftByItself(ShardId shard, const Place& place);
  // Asks whoever leads the shard, and again as long as nobody says or it is a bad moment.
  std::optional<raft::AdminReply> Change(ShardId shard, const raft::ChangeRequest& change);
  // A voter of the shard that is not on `host`; none when there is none.
  std::optional<Place> VoterOutside(ShardId shard, HostId host);

  // Asks again until the host says something. Nothing when it never did.
  std::optional<raft::AdminReply> Insist(HostId host, ShardId shard,
                                         const raft::AdminAction& action);
  // The replica of the shard that lives on the host; none when there is none, or nobody says.
  ReplicaId LivingOn(HostId host, ShardId shard);

  sim::Process& process_;
  RunObserver& observer_;
  OperatorOptions options_;
  AdminCaller caller_;
  const ClientControl* control_ = nullptr;  // While it runs.
  struct Started {
    ShardId shard;
    raft::StartReplica start;
  };
  std::vector<Started> started_;  // Replicas that it added.
  struct Requested {
    raft::meta::MigrationId migration;
    std::vector<raft::meta::HostMove> moves;
  };
  absl::btree_map<ShardId, Requested> requested_;  // The last of each shard.
};

}  // namespace ww::scenarios
