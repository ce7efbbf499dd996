#include "scenarios/cluster.h"

#include <algorithm>
#include <utility>

#include "raft/controller/metadata_machine.h"
#include "raft/host/wire.h"
#include "raft/machine/key_value.h"
#include "scenarios/sites.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

// What a supervisor waits before it starts a failed engine again, and how often it does.
constexpr Duration kRestartPause = Seconds(1);
constexpr uint32_t kRestartsMax = 1000;
constexpr size_t kHostsMax = 64;
// What one reader can read in a fraction of the time that a run has to converge.
constexpr size_t kShardsPerReader = 100;
constexpr size_t kReadersMax = 40;

const char* NameOf(raft::Role role) {
  switch (role) {
    case raft::Role::kFollower:
      return "follower";
    case raft::Role::kPreCandidate:
      return "pre-candidate";
    case raft::Role::kCandidate:
      return "candidate";
    case raft::Role::kLeader:
      return "leader";
  }
  UNREACHABLE();
}

Schema AllKinds(faults::FaultKinds& fault_kinds, EngineKinds& engine_kinds) {
  Schema schema;
  sim::AddWorldKinds(schema, raft::WireKindNames());
  fault_kinds = faults::AddFaultKinds(schema);
  engine_kinds = AddEngineKinds(schema);
  return schema;
}

std::vector<HostId> EngineHosts(size_t hosts) {
  std::vector<HostId> ids;
  for (size_t i = 1; i <= hosts; ++i) ids.emplace_back(i);
  return ids;
}

// Drawn around 0: 0, 1, -1, 2, -2, ... so that the benign value is no drift.
int64_t Signed(uint64_t drawn) {
  const int64_t magnitude = static_cast<int64_t>((drawn + 1) / 2);
  return drawn % 2 == 1 ? magnitude : -magnitude;
}

size_t ReadersOf(const ClusterSpec& spec) {
  return std::min(kReadersMax, (spec.shards - 1) / kShardsPerReader + 1);
}

}  // namespace

sim::LinkRules UsualLinks() {
  sim::LinkRules rules;
  rules.delay = {Microseconds(500), Microseconds(500), 0};
  return rules;
}

sim::DiskRules UsualDisk() {
  sim::DiskRules rules;
  rules.sync = {Microseconds(100), Microseconds(100), 0};
  return rules;
}

namespace {

// Replica ids rise with a voter's rank, but are neither host ids nor dense, and differ from shard
// to shard, so that mixing up two kinds of id cannot go unnoticed.
void PlaceShard(size_t number, size_t hosts, size_t voters, std::vector<ReplicaPlace>& places) {
  CHECK_GT(voters, 0u);
  CHECK_LE(voters, hosts);
  const size_t s = number - 1;
  for (size_t rank = 0; rank < voters; ++rank) {
    places.push_back(
        {ShardId(number), ReplicaId(20 + 7 * rank + s % 5), HostId((s + rank) % hosts + 1)});
  }
}

std::vector<ReplicaPlace> PlacesOf(const ClusterSpec& spec) {
  if (spec.replicaset.has_value()) {
    CHECK_EQ(spec.hosts, spec.replicaset->instances.size());
    CHECK(spec.shards == 1 && spec.voters == 1 && !spec.control.has_value());
    return {FounderOf(*spec.replicaset, ShardId(1))};
  }
  if (spec.failover.has_value()) {
    CHECK(spec.control.has_value());
    CHECK_EQ(spec.shards, 1u);
    const size_t instances = spec.failover->config.instances.size();
    CHECK_EQ(spec.voters, spec.failover->from_nothing ? 1 : instances);
    CHECK_LE(instances, spec.hosts);
  }
  if (spec.configured.has_value()) {
    CHECK(spec.shards == 1 && !spec.control.has_value() && !spec.failover.has_value());
    CHECK_EQ(spec.voters, spec.configured->instances.size());
  }
  if (!spec.control.has_value()) return PlaceReplicas(spec.hosts, spec.shards, spec.voters);
  std::vector<ReplicaPlace> places;
  PlaceShard(raft::meta::kMetadataShard.value, spec.hosts, spec.control->voters, places);
  if (spec.failover.has_value() && spec.failover->from_nothing) {
    places.push_back(FounderOf(spec.failover->config, kCoordinatedShard));
    return places;
  }
  for (size_t shard = 1; shard <= spec.shards; ++shard) {
    PlaceShard(raft::meta::kMetadataShard.value + shard, spec.hosts, spec.voters, places);
  }
  return places;
}

}  // namespace

std::vector<ReplicaPlace> PlaceReplicas(size_t hosts, size_t shards, size_t voters) {
  std::vector<ReplicaPlace> places;
  for (size_t shard = 1; shard <= shards; ++shard) PlaceShard(shard, hosts, voters, places);
  return places;
}

Cluster::Cluster(ClusterSpec spec, sim::FiberPool& fibers)
    : spec_(std::move(spec)),
      places_(PlacesOf(spec_)),
      schema_(AllKinds(fault_kinds_, kinds_)),
      judge_(spec_.judge),
      view_(places_, hosts_max()),
      engines_(hosts_max() + 1) {
  CHECK_LE(hosts_max(), kHostsMax);
  CHECK(spec_.hosts_added == 0 || spec_.control.has_value());
  CHECK_GT(spec_.shards, 0u);
  world_ = std::make_unique<sim::World>(spec_.seed, sim::World::Parts{schema_, fibers});
  world_->network().SetWireFormat(&frames_);
  PrepareDecisions();
  observer_ = std::make_unique<RunObserver>(
      RunObserver::Parts{*world_, kinds_, judge_, view_, spec_.judge.enabled});
  for (const HostId host : EngineHosts(hosts_max())) AddEngineHost(host);
  for (size_t i = 0; i < spec_.clients.size(); ++i) {
    AddClientHost(Completed(spec_.clients[i], i + 1));
  }
  for (size_t reader = 0; reader < ReadersOf(spec_); ++reader) AddReaderHost(reader);
  if (!spec_.operations.empty()) AddOperatorHost();
  for (uint64_t reader = 0; reader < spec_.log_readers; ++reader) AddLogReaderHost();
  injector_ = std::make_unique<faults::Injector>(
      faults::Injector::Parts{*world_, view_, fault_kinds_, EngineHosts(hosts_max()),
                              AbsentHosts()},
      spec_.plan);
  observer_->SetInjector(injector_.get());
  world_->SetOracle(injector_.get());
  world_->SetDiskObserver(observer_.get());
}

// Nobody may hear of what is torn down.
Cluster::~Cluster() {
  world_->SetOracle(nullptr);
  world_->SetDiskObserver(nullptr);
  injector_.reset();
  world_.reset();
}

void Cluster::PrepareDecisions() {
  sim::Decisions& decisions = world_->decisions();
  const DecisionSpec& wanted = spec_.decisions;
  if (wanted.all_zero) decisions.SetBase(sim::SiteBase::kBenign);
  for (const SiteBaseSetting& setting : wanted.bases) {
    if (setting.site == "*") {
      decisions.SetBase(setting.base);
    } else {
      decisions.SetSiteBase(setting.site, setting.base);
    }
  }
  for (const sim::Override& replacement : wanted.overrides) decisions.AddOverride(replacement);
  if (wanted.record) decisions.StartRecording();
  if (wanted.trace) world_->journal().StartTrace(wanted.trace_bytes_max);
}

void Cluster::AddEngineHost(HostId host) {
  sim::Decisions& decisions = world_->decisions();
  sim::HostSpec spec;
  spec.name = fmt::format("h{}", host);
  spec.step_cost = spec_.step_cost;
  spec.engine = true;
  if (spec_.clock_offset_max.ns > 0) {
    const uint64_t bound = static_cast<uint64_t>(spec_.clock_offset_max.ns) + 1;
    const uint64_t drawn =
        decisions.Uniform(decisions.Open(sites::kClockOffset, host.value), bound);
    spec.clock_offset = Nanoseconds(static_cast<int64_t>(drawn));
  }
  if (spec_.clock_drift_ppm_max > 0) {
    const uint64_t bound = 2 * spec_.clock_drift_ppm_max + 1;
    spec.clock_drift_ppm =
        Signed(decisions.Uniform(decisions.Open(sites::kClockDrift, host.value), bound));
  }
  sim::Host& added = world_->AddHost(spec, spec_.links);
  CHECK_EQ(added.id(), host);
  added.disk().rules() = spec_.disk;
  added.disk().crash_rules() = spec_.crash;

  raft::HostConfig& config = engines_[host.value].config;
  config = spec_.engine;
  config.shards.clear();
  // The founder of a shard that comes about by itself stands last.
  const size_t configured = places_.size() - (StartsFromNothing() ? 1 : 0);
  for (size_t at = 0; at < configured;) {
    raft::ShardPlacement placement;
    placement.shard = places_[at].shard;
    for (; at < places_.size() && places_[at].shard == placement.shard; ++at) {
      const ReplicaPlace& place = places_[at];
      placement.membership.voters.push_back({place.replica, place.host});
      if (place.host == host) placement.replica = place.replica;
    }
    placement.placed_by_service =
        spec_.control.has_value() && placement.shard != raft::meta::kMetadataShard;
    if (!placement.replica.none()) config.shards.push_back(std::move(placement));
  }
  const std::vector<faults::PlanItem>& items = spec_.plan.items;
  const bool breaks = std::any_of(items.begin(), items.end(), [](const faults::PlanItem& item) {
    return item.kind == faults::FaultKind::kBreakMachine;
  });
  if (breaks) {
    config.machine_health = [this, host](const raft::ReplicaIdentity& who, raft::Index index) {
      return MachineHealth(host, who, index);
    };
  }
  if (spec_.control.has_value()) {
    config.machines = [](ShardId shard) -> std::unique_ptr<raft::StateMachine> {
      if (shard == raft::meta::kMetadataShard) return std::make_unique<raft::MetadataMachine>();
      return std::make_unique<raft::KeyValueMachine>();
    };
  }
  added.SetMain([this](sim::Process& process) { RunEngine(process); });
}

absl::Status Cluster::MachineHealth(HostId host, const raft::ReplicaIdentity& who,
                                    raft::Index index) {
  if (!injector_->MachineBreaks(host)) return absl::OkStatus();
  const std::string reason = fmt::format("the machine of replica {} of shard {} failed at index {}",
                                         who.replica, who.shard, index);
  observer_->MachineBroke(host, who, reason);
  return absl::InternalError(reason);
}

ClientOptions Cluster::Completed(const ClientOptions& options, size_t number) const {
  ClientOptions completed = options;
  completed.number = static_cast<uint32_t>(number);
  completed.hosts = hosts_max();
  completed.shards = spec_.shards;
  completed.first_shard = spec_.control.has_value() ? 2 : 1;
  // Faults double messages between engine hosts only.
  completed.may_duplicate = spec_.links.duplication_on;
  return completed;
}

void Cluster::AddClientHost(const ClientOptions& options) {
  sim::HostSpec spec;
  spec.name = fmt::format("client-{}", options.number);
  sim::Host& added = world_->AddHost(spec, spec_.links);
  added.SetMain([this, options](sim::Process& process) {
    Client client(process, *observer_, options);
    client.Run(clients_);
  });
}

// A reader joins with the others, because links are made when hosts join; it starts at the end.
void Cluster::AddReaderHost(size_t reader) {
  ClientOptions options = Completed(spec_.clients.empty() ? ClientOptions{} : spec_.clients.front(),
                                    spec_.clients.size() + 1 + reader);
  options.manner = Manner::kWellBehaved;
  options.reads_each_replica = spec_.control.has_value();
  sim::HostSpec spec;
  spec.name = "reader";
  sim::Host& host = world_->AddHost(spec, spec_.links);
  host.SetMain([this, options, reader](sim::Process& process) {
    Client client(process, *observer_, options);
    reads_unanswered_ += client.ReadAll(reader + 1, ReadersOf(spec_));
    --readers_busy_;
  });
  readers_.push_back(host.id());
}

// After the others, so that a run with an operator has the same hosts as one without.
void Cluster::AddOperatorHost() {
  sim::HostSpec spec;
  spec.name = "operator";
  world_->AddHost(spec, spec_.links).SetMain([this](sim::Process& process) {
    OperatorOptions options{hosts_max(), places_.back().shard, spec_.voters, spec_.operations};
    options.timeout = spec_.engine.election_timeout;
    if (spec_.control.has_value()) options.strategy = spec_.control->strategy;
    options.set_up = [this](HostId host) {
      world_->At(world_->now(), [this, host] { injector_->SetUp(host); });
    };
    Operator program(process, *observer_, options);
    program.Run(clients_);
  });
}

std::vector<HostId> Cluster::AbsentHosts() const {
  std::vector<HostId> absent;
  for (size_t host = spec_.hosts + 1; host <= hosts_max(); ++host) absent.emplace_back(host);
  return absent;
}

void Cluster::AddLogReaderHost() {
  sim::HostSpec spec;
  spec.name = "log-reader";
  world_->AddHost(spec, spec_.links).SetMain([this](sim::Process& process) {
    LogReader reader(process,
                     {hosts_max(), places_.back().shard.value, spec_.engine.election_timeout});
    reader.Run(clients_);
  });
}

// The cluster file: every host is started with it. Each shard has the keys of its own name.
raft::ControllerOptions Cluster::ControllerOf() const {
  namespace meta = raft::meta;
  raft::ControllerOptions options = spec_.control->controllers;
  meta::Found& found = options.file.found;
  found.cluster = meta::ClusterId(1);
  found.ids = spec_.control->random_ids ? meta::IdMode::kRandom : meta::IdMode::kIncreasing;
  for (const HostId host : EngineHosts(spec_.hosts)) {
    found.hosts.push_back({host, fmt::format("host-{}", host)});
  }
  for (const ReplicaPlace& place : places_) {
    const meta::Seat seat{place.replica, place.host};
    if (place.shard == meta::kMetadataShard) {
      found.founders.push_back(seat);
      continue;
    }
    if (StartsFromNothing()) continue;
    std::vector<meta::AdoptShard>& shards = options.file.shards;
    if (shards.empty() || shards.back().shard != place.shard) {
      shards.push_back({place.shard, KeysOf(place.shard), {}});
    }
    shards.back().members.push_back(seat);
  }
  return options;
}

void Cluster::RestartLater(HostId host, Incarnation incarnation) {
  if (++engines_[host.value].restarts > kRestartsMax) return;
  world_->At(world_->now() + kRestartPause, [this, host, incarnation] {
    sim::Host& target = world_->host(host);
    if (!target.up() || target.incarnation() != incarnation) return;
    target.Crash();
    target.Start();
  });
}

void Cluster::Start() {
  std::vector<checks::Voter> voters;
  for (size_t at = 0; at < places_.size();) {
    const ShardId shard = places_[at].shard;
    voters.clear();
    for (; at < places_.size() && places_[at].shard == shard; ++at) {
      voters.push_back({places_[at].replica, places_[at].host});
    }
    const bool metadata = spec_.control.has_value() && shard == raft::meta::kMetadataShard;
    observer_->ShardExists(shard, voters, !metadata);
  }
  if (spec_.failover.has_value()) {
    const std::vector<HostId> hosts = InstanceHosts(*spec_.failover, places_);
    Announce({*spec_.failover, hosts, spec_.engine.election_timeout, OnlyCrashes()}, *observer_);
  }
  if (spec_.configured.has_value()) AnnounceMode(HostId());
  if (StartsFromNothing()) return StartInstances();
  for (const HostId host : AbsentHosts()) observer_->HostAbsent(host);
  for (const HostId host : EngineHosts(spec_.hosts)) world_->host(host).Start();
}

void Cluster::StartClients() {
  clients_.active += spec_.clients.size();
  for (size_t i = 1; i <= spec_.clients.size(); ++i) {
    world_->host(HostId(hosts_max() + i)).Start();
  }
  size_t last = hosts_max() + spec_.clients.size() + readers_.size();
  const size_t operators = spec_.operations.empty() ? 0 : 1;
  for (size_t i = 0; i < operators + spec_.log_readers; ++i) {
    ++clients_.active;
    world_->host(HostId(++last)).Start();
  }
}

void Cluster::StartFaults() {
  injector_->Start(world_->now());
  StartEdits();
}

void Cluster::StartReader() {
  readers_busy_ = readers_.size();
  for (const HostId reader : readers_) world_->host(reader).Start();
}

void Cluster::RunFor(Duration length) {
  RunFor(length, [] { return false; });
}

void Cluster::RunFor(Duration length, absl::FunctionRef<bool()> stop) {
  world_->RunUntil(world_->now() + length,
                   [this, stop] { return observer_->violated() || stop(); });
}

bool Cluster::RunUntilLed(Duration length) {
  const TrueTime until = world_->now() + length;
  while (!view_.AllLed()) {
    if (world_->now() >= until || observer_->violated()) return false;
    RunFor(std::min(Milliseconds(50), until - world_->now()));
  }
  return true;
}

std::vector<std::pair<HostId, raft::ReplicaSummary>> Cluster::Summarise() const {
  std::vector<std::pair<HostId, raft::ReplicaSummary>> all;
  for (size_t host = 1; host <= hosts_max(); ++host) {
    if (engines_[host].engine == nullptr) continue;
    for (const raft::ReplicaSummary& summary : engines_[host].engine->Summarise()) {
      all.emplace_back(HostId(host), summary);
    }
  }
  return all;
}

std::vector<std::string> Cluster::Describe(ShardId shard) const {
  std::vector<std::string> lines;
  const auto all = Summarise();
  for (const ReplicaPlace& place : places_) {
    if (place.shard != shard) continue;
    const auto at = std::find_if(all.begin(), all.end(), [&place](const auto& one) {
      return one.first == place.host && one.second.shard == place.shard;
    });
    std::string line =
        fmt::format("shard {} replica {} on h{}: ", shard, place.replica, place.host);
    if (at == all.end()) {
      line += "down";
    } else {
      const raft::ReplicaSummary& summary = at->second;
      line += fmt::format("{}, term {}, commit {}, applied {}, durable {}, last {}",
                          NameOf(summary.role), summary.term, summary.commit, summary.applied,
                          summary.durable, summary.last);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace ww::scenarios
