// Cluster: a world with engine hosts, their shards, clients and everything that watches them.
//
// What a scenario's runner is built from, and enough to try something by hand: describe a cluster,
// start it, let virtual time pass, look. examples/hello_cluster.cc is the shortest use.
//
// Engine hosts have the ids 1..hosts, clients follow. Shards are numbered from 1, the metadata
// shard first where there is one; their replicas stand on consecutive hosts, each shard beginning
// one host further, so that leaders spread. An engine that gave up because its disk failed is
// started again after a while, as a supervisor would; one that found its log damaged stays down,
// because only an operator may decide about it.
//
// Invariants: the same specification gives the same run. Members are torn down in the order that
// fibers need: world last built, first gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "faults/injector.h"
#include "raft/controller/controller.h"
#include "raft/host/host.h"
#include "scenarios/bind/frames.h"
#include "scenarios/bind/group_view.h"
#include "scenarios/bind/kinds.h"
#include "scenarios/bind/observer.h"
#include "scenarios/case.h"
#include "scenarios/checks/judge.h"
#include "scenarios/configured.h"
#include "scenarios/coordinated.h"
#include "scenarios/supervised.h"
#include "scenarios/workload/client.h"
#include "scenarios/workload/log_reader.h"
#include "scenarios/workload/operator.h"
#include "sim/world.h"

namespace ww::scenarios {

// How decisions are taken, replaced and remembered.
struct DecisionSpec {
  bool all_zero = false;
  std::vector<SiteBaseSetting> bases;
  std::vector<sim::Override> overrides;
  bool record = false;
  bool trace = false;
  size_t trace_bytes_max = 0;
};

// Half a millisecond to one from host to host; a tenth to two tenths for a sync.
sim::LinkRules UsualLinks();
sim::DiskRules UsualDisk();

// A control plane: shard 1 is the metadata shard, and those of clients come after it.
struct ControlOptions {
  size_t voters = 3;  // Of the metadata shard.
  bool random_ids = false;
  raft::meta::Strategy strategy = raft::meta::Strategy::kStepwise;  // Of what operators ask for.
  raft::ControllerOptions controllers;
};

// What an operator puts in the place of a replicaset's configuration, during chaos.
struct ConfigurationEdits {
  std::vector<raft::failover::FailoverConfig> configs;  // One after the other.
  DurationRange every;
  DurationRange spread;  // How much later a host gets it.
};

struct ClusterSpec {
  uint64_t seed = 1;
  size_t hosts = 3;
  size_t hosts_added =
      0;              // Machines that are not there before an operator adds them; after `hosts`.
  size_t shards = 1;  // With clients.
  size_t voters = 3;  // A shard; at most the hosts.
  raft::HostConfig engine;  // Its `shards` are filled in.
  std::optional<ControlOptions> control;
  // Bootstraps the one shard itself: an instance a host, one voter at first. Or `failover` does.
  std::optional<raft::failover::FailoverConfig> replicaset;
  // Appoints the leader of the one shard with clients, a voter an instance, or one at first if it
  // comes about by priority. Requires `control`.
  std::optional<FailoverOptions> failover;
  // Says who may write to the one shard, a voter an instance: modes off, manual and election.
  std::optional<raft::failover::FailoverConfig> configured;
  DurationRange late_start;   // Of its hosts.
  DurationRange chosen_late;  // Of the one that is chosen, beyond that.
  ConfigurationEdits edits;
  uint64_t log_readers = 0;
  uint32_t listeners = 1;  // Of each engine host.
  bool buggify = false;
  sim::LinkRules links = UsualLinks();
  sim::DiskRules disk = UsualDisk();
  sim::CrashRules crash;
  Duration step_cost = Microseconds(1);
  Duration clock_offset_max;
  uint64_t clock_drift_ppm_max = 0;
  std::vector<ClientOptions> clients;  // What a cluster knows itself is filled in.
  OperatorPlan operations;             // Without any there is no operator.
  checks::JudgeOptions judge;
  faults::Plan plan;
  DecisionSpec decisions;
};

class Cluster {
 public:
  Cluster(ClusterSpec spec, sim::FiberPool& fibers);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Starts every engine host; clients and faults come later. Once.
  void Start();
  void StartClients();
  // Arms the plan; its times count from now.
  void StartFaults();
  // Lets virtual time pass; stops early at a violation, or when `stop` says so after an event.
  void RunFor(Duration length, absl::FunctionRef<bool()> stop);
  void RunFor(Duration length);
  // Until every shard has a leader that committed; false when `length` was not enough.
  bool RunUntilLed(Duration length);

  // Of the engine now running on each host that is up, by host and shard.
  std::vector<std::pair<HostId, raft::ReplicaSummary>> Summarise() const;
  // A line a replica of the shard: role, term, commit, applied, durable, last.
  std::vector<std::string> Describe(ShardId shard) const;
  // Reads every key from a client of its own. Done when reader_done().
  void StartReader();
  bool reader_done() const { return readers_busy_ == 0; }
  uint64_t reads_unanswered() const { return reads_unanswered_; }

  const ClusterSpec& spec() const { return spec_; }
  // Engine hosts, with those that may be added.
  size_t hosts_max() const { return spec_.hosts + spec_.hosts_added; }
  // The first start of the shard is part of the run: it comes about by priority.
  bool StartsFromNothing() const;
  const std::vector<ReplicaPlace>& places() const { return places_; }
  sim::World& world() { return *world_; }
  checks::Judge& judge() { return judge_; }
  GroupView& view() { return view_; }
  RunObserver& observer() { return *observer_; }
  faults::Injector& injector() { return *injector_; }
  ClientControl& clients() { return clients_; }

 private:
  struct EngineSlot {
    raft::HostConfig config;
    raft::Host* engine = nullptr;                        // On the stack of the present process.
    SupervisedInstance* instance = nullptr;              // Likewise, of a supervised replicaset.
    raft::failover::ConfiguredWriter* writer = nullptr;  // Likewise, where nobody is appointed.
    CoordinatingHost* coordinator = nullptr;             // Likewise, of whoever appoints.
    size_t configuration = 0;  // That counts on the host: 0, or the edit's number.
    uint32_t restarts = 0;
  };

  void PrepareDecisions();
  void AddEngineHost(HostId host);
  absl::Status MachineHealth(HostId host, const raft::ReplicaIdentity& who, raft::Index index);
  void AddClientHost(const ClientOptions& options);
  void AddReaderHost(size_t reader);
  void AddOperatorHost();
  std::vector<HostId> AbsentHosts() const;
  void AddLogReaderHost();
  raft::ControllerOptions ControllerOf() const;
  void StartInstances();
  bool Coordinates(HostId host) const;
  void StartEdits();
  void Configure(HostId host, size_t configuration);
  void AnnounceMode(HostId host);
  bool OnlyCrashes() const;
  const raft::failover::FailoverConfig& ConfigurationOf(HostId host) const;
  void RunEngine(sim::Process& process);
  void RestartLater(HostId host, Incarnation incarnation);
  ClientOptions Completed(const ClientOptions& options, size_t number) const;

  ClusterSpec spec_;
  std::vector<ReplicaPlace> places_;
  faults::FaultKinds fault_kinds_;
  EngineKinds kinds_;
  Schema schema_;  // After the kinds, which it fills in.
  checks::Judge judge_;
  GroupView view_;
  ClientControl clients_;
  std::vector<EngineSlot> engines_;  // By host.
  std::vector<HostId> readers_;
  size_t readers_busy_ = 0;
  uint64_t reads_unanswered_ = 0;
  bind::Frames frames_;
  std::unique_ptr<RunObserver> observer_;
  std::unique_ptr<faults::Injector> injector_;
  std::unique_ptr<sim::World> world_;
};

// Where the replicas of shards 1..shards stand on hosts 1..hosts, those of a shard together.
std::vector<ReplicaPlace> PlaceReplicas(size_t hosts, size_t shards, size_t voters);

}  // namespace ww::scenarios
