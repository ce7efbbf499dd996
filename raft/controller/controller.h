// Controller: the control plane of a cluster, on every host that may lead the metadata shard.
//
// It rests until its host leads shard 1. Then it takes control with its Raft term, watches all
// hosts, and sees to what the metadata ask for: migrations, new shards, cleanups, and by its own
// decision repair and balance. Each shard with something to do has a task (shard_worker.h). Control
// ends with the leadership, or when the shard refuses the term; the next controller goes on from
// what is recorded.
//
// Invariants: nothing is done that was not recorded first; every request carries the controller's
// term and the version that it was decided on (admin.h).
// Suspends: Stop.
#pragma once

#include <memory>
#include <vector>

#include "raft/controller/shard_worker.h"
#include "raft/host/events.h"

namespace ww::raft {

struct ControllerOptions {
  ClusterFile file;
  meta::Limits limits;
  Duration interval = Seconds(1);  // From one look at the hosts to the next.
  Duration answer_timeout = Milliseconds(500);
  Duration pause = Milliseconds(200);  // Before something is tried again.
  // Live shards without a migration are looked at for what nobody recorded, one each so often.
  Duration tidy_interval = Seconds(5);
  bool repairs = false;
  bool balances = false;
};

class Controller final : public Service, public EventListener {
 public:
  explicit Controller(ControllerOptions options) : options_(std::move(options)) {}

  void Start(ServicePort& port) override;
  void On(HostId from, const WireMessage& message) override;
  void Stop() override;
  void On(const LeaderUpdated& event) override;
  void On(const SystemEvent&) override {}

 private:
  void Run();
  void Govern(Term term);
  bool InControl() const;
  void WatchHosts();
  bool RecordNews(HostId host, LocalTime seen);
  void PlanMigrations();
  void EvenOutLeaders();
  // Whether something was recorded; then there may be more.
  bool Record(absl::FunctionRef<std::optional<meta::ControllerAction>(const meta::State&)> plan);
  void SetWorkersOn();
  bool HasWork(ShardId shard) const;
  bool LacksReplica(const meta::ShardRecord& shard, LocalTime now) const;
  ShardId NextToTidy();
  void Employ(ShardId shard);
  void EndTerm();

  Env& env() { return port_->env(); }

  const ControllerOptions options_;
  ServicePort* port_ = nullptr;
  std::unique_ptr<Asker> asker_;
  std::unique_ptr<WaitQueue> changed_;  // Leadership came or went, or a worker is done.
  std::unique_ptr<WaitQueue> pauses_;   // Of workers.
  DrawHandle ids_;
  TaskHandle task_;
  Term leads_in_;  // This host leads the metadata shard; none: it does not.
  bool stopping_ = false;

  // While in control.
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<HostWatch> watch_;
  struct Worker {
    ShardId shard;
    TaskHandle task;
    bool done = false;
  };
  std::vector<std::unique_ptr<Worker>> workers_;
  ShardId tidied_;  // The last one.
  LocalTime tidy_at_;
};

}  // namespace ww::raft
