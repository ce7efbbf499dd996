#include "scenarios/runner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "scenarios/cluster.h"
#include "scenarios/config/failover_file.h"
#include "scenarios/phases.h"
#include "scenarios/profile.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::scenarios {
namespace {

constexpr size_t kSignatureBytesMax = 160;

// Every range of a resolved scenario holds one value.
uint64_t Only(const NumberRange& range) {
  CHECK_EQ(range.low, range.high);
  return range.low;
}

sim::DelayDistribution DelayOf(const DurationRange& range, uint32_t octaves_max = 0) {
  CHECK(range.low <= range.high);
  return {range.low, range.high - range.low, octaves_max};
}

Manner MannerOf(const ClientMix& mix, uint64_t number) {
  const uint64_t all = uint64_t{mix.well_behaved_weight} + mix.sticky_weight + mix.stubborn_weight;
  CHECK_GT(all, 0u);
  const uint64_t at = number % all;
  if (at < mix.well_behaved_weight) return Manner::kWellBehaved;
  return at < uint64_t{mix.well_behaved_weight} + mix.sticky_weight ? Manner::kSticky
                                                                    : Manner::kStubborn;
}

raft::HostConfig EngineOf(const EngineSpec& spec) {
  raft::HostConfig config;
  config.rules = RulesOf(spec);
  config.election_timeout = spec.election_timeout;
  config.heartbeat_interval = spec.heartbeat_interval;
  config.coalesce_heartbeats = spec.coalesce_heartbeats;
  config.quiet_after = spec.quiet_after;
  config.in_flight_entries_max = static_cast<uint32_t>(Only(spec.in_flight_entries_max));
  config.in_flight_bytes_max = Only(spec.in_flight_bytes_max);
  config.limits.payload_bytes_max = static_cast<uint32_t>(Only(spec.payload_bytes_max));
  config.limits.log_bytes_max = Only(spec.log_bytes_max);
  config.append_entries_max = static_cast<uint32_t>(Only(spec.append_entries_max));
  if (spec.leases) config.lease_drift_ppm_max = static_cast<uint32_t>(spec.lease_drift_ppm_max);
  config.limits.sessions_max = static_cast<uint32_t>(Only(spec.sessions_max));
  config.limits.log_segment_bytes = Only(spec.log_segment_bytes);
  config.limits.proposals_pending_max = static_cast<uint32_t>(Only(spec.proposals_pending_max));
  config.limits.reads_pending_max = static_cast<uint32_t>(Only(spec.reads_pending_max));
  config.limits.events_waiting_max = static_cast<uint32_t>(Only(spec.events_waiting_max));
  const bool on_disk = spec.machine == kMachineOnDisk;
  CHECK(on_disk || spec.machine == kMachineInMemory);
  config.machine = on_disk ? raft::MachineKind::kDisk : raft::MachineKind::kMemory;
  config.snapshots.sync_every_entries = Only(spec.machine_sync_every);
  config.snapshots.every_entries = Only(spec.snapshot_every_entries);
  config.snapshots.every_bytes = Only(spec.snapshot_every_bytes);
  config.snapshots.compaction_overhead = Only(spec.compaction_overhead);
  config.snapshots.chunk_bytes = static_cast<uint32_t>(Only(spec.snapshot_chunk_bytes));
  config.snapshots.answer_timeout = spec.election_timeout / 4;
  config.snapshots.transfer_timeout = spec.election_timeout * 10;
  return config;
}

std::optional<ControlOptions> ControlOf(const Scenario& scenario) {
  const ControlSpec& spec = scenario.control;
  if (!spec.on) return std::nullopt;
  const Duration timeout = scenario.engine.election_timeout;
  ControlOptions control;
  control.voters = Only(spec.voters);
  control.random_ids = spec.random_ids;
  if (spec.strategy == "joint") control.strategy = raft::meta::Strategy::kJoint;
  raft::ControllerOptions& options = control.controllers;
  options.limits.lag_max = Only(spec.lag_max);
  options.limits.migrations_parallel_max = static_cast<uint32_t>(Only(spec.parallel));
  options.limits.cleanup_patience = timeout * 5;
  options.interval = timeout;
  options.answer_timeout = timeout / 2;
  options.pause = timeout / 5;
  options.tidy_interval = timeout * 5;
  options.repairs = spec.dead_after > Duration{};
  if (options.repairs) options.limits.dead_after = spec.dead_after;
  options.balances = spec.balance;
  return control;
}

std::vector<ClientOptions> ClientsOf(const Case& value) {
  const WorkloadSpec& spec = value.scenario.workload;
  const uint64_t clients = Only(spec.clients);
  std::vector<ClientOptions> all;
  for (uint64_t i = 0; i < clients && spec.operations_per_second > 0; ++i) {
    ClientOptions options;
    options.keys = static_cast<uint32_t>(Only(spec.keys));
    options.interval = Seconds(1) * static_cast<int64_t>(clients) /
                       static_cast<int64_t>(spec.operations_per_second);
    options.value_bytes_min = spec.value_bytes.low;
    options.value_bytes_max = spec.value_bytes.high;
    options.put_weight = spec.put_weight;
    options.append_weight = spec.append_weight;
    options.get_weight = spec.get_weight;
    options.leader_read_weight = spec.leader_read_weight;
    options.follower_read_weight = spec.follower_read_weight;
    options.stale_read_weight = spec.stale_read_weight;
    options.timeout = spec.timeout;
    options.sessions = spec.sessions;
    options.unregister = spec.unregister;
    options.manner = MannerOf(spec.mix, i);
    all.push_back(options);
  }
  return all;
}

ClusterSpec ClusterOf(const Case& value, const RunOptions& options) {
  const Scenario& scenario = value.scenario;
  ClusterSpec spec;
  spec.seed = value.token.seed;
  spec.hosts = Only(scenario.hosts);
  spec.hosts_added = Only(scenario.control.hosts_added);
  spec.shards = Only(scenario.shards);
  spec.voters = Only(scenario.voters);
  spec.engine = EngineOf(scenario.engine);
  // What a controller saw may be of long ago: leaders have the last word.
  if (scenario.control.on) {
    spec.engine.promote_lag_max = static_cast<uint32_t>(Only(scenario.control.lag_max));
  }
  spec.control = ControlOf(scenario);
  if (scenario.failover.on()) {
    const FailoverSpec& failover = scenario.failover;
    absl::StatusOr<raft::failover::FailoverConfig> config =
        ReadReplicaset(failover, failover.config);
    CHECK(config.ok());  // Otherwise the scenario was refused.
    auto edits = ReadReplicasets(failover, failover.edits);
    CHECK(edits.ok());
    spec.edits = {*std::move(edits), failover.edit_every, failover.edit_spread};
    if (config->mode != raft::failover::Mode::kSupervised) {
      spec.configured = *std::move(config);
    } else if (scenario.control.on) {
      const bool from_nothing = spec.voters < config->instances.size();
      spec.failover = FailoverOptions{*std::move(config), Only(failover.coordinators),
                                      static_cast<uint32_t>(failover.drift_ppm_max), from_nothing};
    } else {
      spec.replicaset = *std::move(config);
    }
    spec.late_start = failover.late_start;
    spec.chosen_late = failover.chosen_late;
  }
  spec.listeners = static_cast<uint32_t>(Only(scenario.engine.listeners));
  spec.log_readers = scenario.workload.log_readers;
  spec.buggify = scenario.engine.buggify;
  spec.links.delay = DelayOf(scenario.network.delay, scenario.network.tail_octaves_max);
  spec.links.bytes_per_second = scenario.network.bytes_per_second;
  spec.links.queue_bytes_max = scenario.network.queue_bytes_max;
  spec.disk.sync = DelayOf(scenario.disk.sync);
  spec.crash.loses_unsynced = scenario.disk.crash_loses_unsynced;
  spec.crash.loses_names = scenario.disk.crash_loses_unsynced;
  spec.crash.kept_weight = scenario.disk.crash_kept_weight;
  spec.crash.old_weight = scenario.disk.crash_old_weight;
  spec.crash.torn_weight = scenario.disk.crash_torn_weight;
  spec.step_cost = scenario.step_cost;
  spec.clock_offset_max = scenario.clock.offset_max;
  spec.clock_drift_ppm_max = scenario.clock.drift_ppm_max;
  spec.clients = ClientsOf(value);
  spec.judge.election_timeout = scenario.engine.election_timeout;
  if (scenario.control.balance) {
    spec.judge.replicas_gap_min = spec.control->controllers.limits.replicas_gap_min;
  }
  spec.judge.promote_lag_max = Only(scenario.control.lag_max);
  spec.judge.expected = ExpectedOf(scenario);
  spec.judge.may_contradict = MayContradict(scenario);
  spec.judge.enabled = options.checks;
  spec.plan = value.plan;
  spec.operations = value.operations;
  spec.decisions = {options.all_zero, value.bases,   value.overrides,
                    options.record,   options.trace, options.trace_bytes_max};
  return spec;
}

// Equal failures differ in numbers: seeds, indices, times.
std::string SignatureOf(std::string_view property, std::string_view message) {
  std::string signature = std::string(property) + ": ";
  bool in_number = false;
  for (const char c : message) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !in_number) signature.push_back('#');
    if (!digit) signature.push_back(c);
    in_number = digit;
    if (signature.size() >= kSignatureBytesMax) break;
  }
  return signature;
}

const char* PropertyOf(PhaseFailure::Kind kind) {
  switch (kind) {
    case PhaseFailure::Kind::kEventsCap:
      return "events-cap";
    case PhaseFailure::Kind::kSpin:
      return "no-spin";
    case PhaseFailure::Kind::kNotLed:
      return "eventually-leader";
    case PhaseFailure::Kind::kNotAnswered:
      return "eventually-commit";
  }
  UNREACHABLE();
}

Verdict VerdictOf(PhaseFailure::Kind kind) {
  switch (kind) {
    case PhaseFailure::Kind::kEventsCap:
    case PhaseFailure::Kind::kSpin:
      return Verdict::kHarness;
    case PhaseFailure::Kind::kNotLed:
    case PhaseFailure::Kind::kNotAnswered:
      return Verdict::kLiveness;
  }
  UNREACHABLE();
}

void AddDetails(Cluster& cluster, ShardId shard, RunResult& result) {
  // A failure of no single shard shows one of them: all would be too many.
  if (shard.none()) shard = cluster.places().front().shard;
  const std::string ghost = cluster.judge().DescribeShard(shard);
  result.details.push_back("What the checks know, from events and disks:");
  size_t begin = 0;
  while (begin < ghost.size()) {
    const size_t end = std::min(ghost.find('\n', begin), ghost.size());
    result.details.push_back(ghost.substr(begin, end - begin));
    begin = end + 1;
  }
  result.details.push_back("What the engine says of itself:");
  for (std::string& line : cluster.Describe(shard)) result.details.push_back(std::move(line));
}

// What the scenario is about, before what its rules allow anyway.
const checks::Violation& ToName(const std::vector<checks::Violation>& seen, const Case& value) {
  CHECK(!seen.empty());
  const std::vector<std::string>& wanted = value.scenario.expect;
  const auto at = std::find_if(seen.begin(), seen.end(), [&](const checks::Violation& one) {
    return std::find(wanted.begin(), wanted.end(), one.property) != wanted.end();
  });
  return at == seen.end() ? seen.front() : *at;
}

void FillVerdict(const Case& value, Cluster& cluster, const std::optional<PhaseFailure>& failure,
                 RunResult& result) {
  const std::vector<std::string> expect = ExpectedOf(value.scenario);
  ShardId shard;
  if (const auto& violation = cluster.judge().violation(); violation.has_value()) {
    result.verdict =
        violation->kind == checks::PropertyKind::kSafety ? Verdict::kSafety : Verdict::kLiveness;
    result.property = violation->property;
    result.message = violation->message;
    shard = violation->shard;
  } else if (failure.has_value()) {
    result.property = PropertyOf(failure->kind);
    result.verdict = VerdictOf(failure->kind);
    result.message = failure->message;
    const bool expected = std::find(expect.begin(), expect.end(), result.property) != expect.end();
    if (result.verdict == Verdict::kLiveness && expected) {
      result.verdict = Verdict::kExpected;
      result.expected_seen.push_back(result.property);
    }
  } else if (!cluster.judge().expected_violations().empty()) {
    const checks::Violation& first = ToName(cluster.judge().expected_violations(), value);
    result.verdict = Verdict::kExpected;
    result.property = first.property;
    result.message = first.message;
    shard = first.shard;
  }
  if (result.verdict == Verdict::kPass) return;
  result.signature = SignatureOf(result.property, result.message);
  AddDetails(cluster, shard, result);
}

void FillCounts(const Case& value, Cluster& cluster, const RunContext& context, RunResult& result) {
  sim::World& world = cluster.world();
  result.events = world.scheduler().executed();
  result.decisions = world.decisions().count();
  result.virtual_ns = world.now().ns;
  for (const auto& [site, visits] : context.Reached()) result.reached[std::string(site)] = visits;
  for (const auto& [property, count] : cluster.judge().Judged()) {
    result.judged[std::string(property)] = count;
  }
  for (const auto& [notice, count] : cluster.judge().Noticed()) {
    if (count > 0) result.noticed[std::string(notice)] = count;
  }
  for (const auto& [property, length] : cluster.judge().Slowest()) {
    result.slowest[std::string(property)] = length;
  }
  const faults::Injector& injector = cluster.injector();
  result.suppressed_faults = injector.suppressed();
  result.faults_fired = injector.fired();
  for (const auto& [kind, count] : injector.FiredByKind()) {
    result.faults_by_kind[std::string(faults::InfoOf(kind).name)] = count;
  }
  for (size_t i = 0; i < value.plan.items.size() && i < injector.fates().size(); ++i) {
    if (injector.fates()[i] == faults::ItemFate::kNotTriggered) {
      result.not_triggered.push_back(faults::Describe(value.plan.items[i]));
    }
  }
  result.operations_acked = cluster.observer().operations_acked();
  result.leader_changes = cluster.view().leader_changes();
  result.judges = value.scenario.judges;
  result.expects = value.scenario.expect;
  for (const checks::Violation& one : cluster.judge().expected_violations()) {
    std::vector<std::string>& seen = result.expected_seen;
    if (std::find(seen.begin(), seen.end(), one.property) == seen.end()) {
      seen.push_back(one.property);
    }
  }
  result.overrides_met = world.decisions().fidelity().met;
  result.overrides_all = world.decisions().fidelity().all;
}

}  // namespace

RunOutput RunCase(const Case& value, const RunOptions& options, sim::FiberPool& fibers) {
  const std::string token = FormatToken(value.token);
  RunContext context(token);
  const RunContext::Scope scope(context);
  if (options.perturbation.on) {
    fibers.FillIdleStacks(options.perturbation.stack_fill);
    context.blocks().Disable();
  }

  Cluster cluster(ClusterOf(value, options), fibers);
  context.SetReachListener(
      [](void* observer, std::string_view name) {
        static_cast<RunObserver*>(observer)->Reached(name);
      },
      &cluster.observer());
  if (options.trace) {
    context.SetTraceSource(
        [](void* journal) { return static_cast<Journal*>(journal)->TraceBytes(); },
        &cluster.world().journal());
  }
  Phases phases(cluster, value.scenario.phases, value.scenario.engine.election_timeout,
                {options.events_max, options.events_at_instant_max, options.heartbeat});
  const std::optional<PhaseFailure> failure = phases.Run();

  RunOutput output;
  output.result.token = token;
  output.result.scenario = value.token.scenario;
  output.result.seed = value.token.seed;
  sim::World& world = cluster.world();
  output.result.fingerprint = cluster.observer().violated()
                                  ? cluster.observer().violation_fingerprint()
                                  : world.journal().fingerprint();
  FillCounts(value, cluster, context, output.result);
  FillVerdict(value, cluster, failure, output.result);
  if (options.trace) output.trace = world.journal().TraceBytes();
  if (options.record) output.recorded = world.decisions().recorded();
  context.SetReachListener(nullptr, nullptr);
  context.SetTraceSource(nullptr, nullptr);
  return output;
}

}  // namespace ww::scenarios
