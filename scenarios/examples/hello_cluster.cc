// Hello, cluster: three hosts, one fault and a property of one's own.
// Everything runs in virtual time, in this process. The same seed gives the same run, every time.
#include <fmt/core.h>

#include <algorithm>

#include "scenarios/cluster.h"

using namespace ww;

// My property: a client is only told of what some replica has committed.
class AnswersAreCommitted final : public scenarios::EventListener {
 public:
  void On(const checks::CommitAdvanced& event) override {
    committed_ = std::max(committed_, event.index);
  }
  void On(const checks::ClientReturned& event) override {
    if (event.outcome != checks::Outcome::kCompleted) return;
    ++answers;
    if (event.index > committed_) ++violations;
  }
  uint64_t answers = 0;
  uint64_t violations = 0;

 private:
  checks::Index committed_;
};

int main() {
  scenarios::ClusterSpec spec;
  spec.seed = 7;
  spec.clients.resize(3);  // Three programs that put, append and get.

  faults::PlanItem fault;  // Five seconds in, whoever leads is cut off for four seconds.
  fault.id = 1;
  fault.kind = faults::FaultKind::kIsolateLeader;
  fault.trigger.at = TrueTime{} + Seconds(5);
  fault.duration = Seconds(4);
  fault.shard = ShardId(1);
  spec.plan = {{fault.kind}, {fault}};

  sim::FiberPool fibers;
  scenarios::Cluster cluster(spec, fibers);
  AnswersAreCommitted mine;
  cluster.observer().AddListener(mine);
  cluster.Start();
  if (!cluster.RunUntilLed(Seconds(10))) return 1;
  cluster.StartFaults();
  cluster.StartClients();
  cluster.RunFor(Seconds(30));

  fmt::print("{} answers, {} faults, {} changes of leader, {} violations of my property\n",
             mine.answers, cluster.injector().fired(), cluster.view().leader_changes(),
             mine.violations);
  for (const std::string& line : cluster.Describe(ShardId(1))) fmt::print("  {}\n", line);
  const bool judged = mine.answers > 100 && cluster.view().leader_changes() > 0;
  return judged && mine.violations == 0 && !cluster.judge().violation().has_value() ? 0 : 1;
}
