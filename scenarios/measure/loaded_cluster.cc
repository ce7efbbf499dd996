#include "scenarios/measure/loaded_cluster.h"

#include <utility>

#include "scenarios/bind/env.h"
#include "sim/base/check.h"

namespace ww::measure {

class LoadedCluster::NullObserver final : public raft::Observer {
 public:
  void On(const raft::ReplicaStarted&) override {}
  void On(const raft::HardStateChanged&) override {}
  void On(const raft::RoleChanged&) override {}
  void On(const raft::EntriesAppended&) override {}
  void On(const raft::RecordWritten&) override {}
  void On(const raft::BelievedDurable&) override {}
  void On(const raft::CommitAdvanced&) override {}
  void On(const raft::EntryApplied&) override {}
  void On(const raft::ReplicaStopped&) override {}
  void On(const raft::CorruptionFound&) override {}
};

LoadedCluster::LoadedCluster(const LoadedClusterSpec& spec, sim::FiberPool& fibers)
    : spec_(spec), observer_(std::make_unique<NullObserver>()), engines_(spec.hosts + 1) {
  sim::AddWorldKinds(schema_);
  world_ = std::make_unique<sim::World>(spec.seed, sim::World::Parts{schema_, fibers});
  sim::LinkRules links;
  links.delay = {Microseconds(500), Microseconds(500), 0};
  for (uint64_t id = 1; id <= spec.hosts + 1; ++id) {
    sim::Host& host = world_->AddHost({.name = "h", .engine = id <= spec.hosts}, links);
    host.disk().rules().sync = {Microseconds(100), Microseconds(100), 0};
    if (id <= spec.hosts) {
      host.SetMain([this](sim::Process& process) {
        const HostId self = process.host().id();
        bind::SimEnv env(process, *observer_);
        raft::Host engine(env, ConfigOf(self));
        engines_[self.value] = &engine;
        CHECK(engine.Run().ok());
      });
    } else {
      host.SetMain([this](sim::Process& process) {
        Load load(process, {spec_.hosts, spec_.shards, spec_.outstanding});
        load_ = &load;
        sim::WaitQueue for_ever(process);
        for_ever.Wait();
      });
    }
  }
  for (uint64_t id = 1; id <= spec.hosts; ++id) world_->host(HostId(id)).Start();
}

LoadedCluster::~LoadedCluster() = default;

raft::HostConfig LoadedCluster::ConfigOf(HostId host) const {
  raft::HostConfig config;
  config.append_entries_max = spec_.append_entries_max;
  for (uint64_t shard = 1; shard <= spec_.shards; ++shard) {
    raft::ShardPlacement placement{ShardId(shard), ReplicaId(10 * shard + host.value), {}};
    for (uint64_t id = 1; id <= spec_.hosts; ++id) {
      placement.membership.voters.push_back({ReplicaId(10 * shard + id), HostId(id)});
    }
    config.shards.push_back(std::move(placement));
  }
  return config;
}

bool LoadedCluster::Led() const {
  std::vector<bool> led(spec_.shards + 1);
  uint64_t count = 0;
  for (const raft::Host* engine : engines_) {
    if (engine == nullptr) continue;
    for (const raft::ReplicaSummary& summary : engine->Summarise()) {
      if (summary.role != raft::Role::kLeader || summary.commit.none()) continue;
      if (!led[summary.shard.value]) ++count;
      led[summary.shard.value] = true;
    }
  }
  return count == spec_.shards;
}

void LoadedCluster::Settle() {
  for (int i = 0; i < 400 && !Led(); ++i) RunFor(Milliseconds(50));
  CHECK(Led());
}

void LoadedCluster::BeginLoad() {
  CHECK(load_ == nullptr);
  world_->host(HostId(spec_.hosts + 1)).Start();
  RunFor(Milliseconds(1));
  CHECK(load_ != nullptr);
  load_->Begin();
}

void LoadedCluster::RunCommands(uint64_t commands) {
  const uint64_t until = completed() + commands;
  while (completed() < until) CHECK(world_->Step());
}

void LoadedCluster::RunFor(Duration length) { world_->RunUntil(world_->now() + length); }

}  // namespace ww::measure
