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

#include <optional>

#include "scenarios/config/operator_plan.h"
#include "scenarios/workload/admin_caller.h"
#include "scenarios/workload/client.h"

namespace ww::scenarios {

struct OperatorOptions {
  size_t hosts = 0;  // Engine hosts are 1..hosts.
  OperatorPlan plan;
  Duration timeout = Seconds(1);  // Of one question.
};

class Operator {
 public:
  Operator(sim::Process& process, RunObserver& observer, const OperatorOptions& options);

  // Until the plan is done or `control.healing`; what was begun is brought to an end.
  void Run(ClientControl& control);

 private:
  enum class Ending : uint8_t { kDone, kNothingToDo, kGivenUp };

  Ending Perform(const OperatorItem& item);
  Ending Restart(const OperatorItem& item);
  Ending HandOver(const OperatorItem& item);

  // Asks again until the host says something. Nothing when it never did.
  std::optional<raft::AdminReply> Insist(HostId host, ShardId shard,
                                         const raft::AdminAction& action);
  // The replica of the shard that lives on the host; none when there is none, or nobody says.
  ReplicaId LivingOn(HostId host, ShardId shard);

  sim::Process& process_;
  RunObserver& observer_;
  OperatorOptions options_;
  AdminCaller caller_;
};

}  // namespace ww::scenarios
