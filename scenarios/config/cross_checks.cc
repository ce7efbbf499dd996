#include "scenarios/config/cross_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "scenarios/config/failover_file.h"
#include "scenarios/config/operator_plan.h"
#include "scenarios/config/value_text.h"
#include "scenarios/profile.h"
#include "scenarios/step_edges.h"

namespace ww::scenarios {
namespace {

using MaybeConflict = std::optional<Conflict>;

bool IsWord(std::string_view text) {
  const bool plain =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_/") == std::string_view::npos;
  return plain && !text.empty() && text.front() != '/';
}

MaybeConflict CheckName(const Scenario& s) {
  if (IsWord(s.name)) return std::nullopt;
  return Conflict{"name", fmt::format("found {}, expected a word of lower-case letters, digits, "
                                      "'-', '_' and '/'",
                                      Quoted(s.name))};
}

MaybeConflict CheckVoters(const Scenario& s) {
  if (s.voters.low <= s.hosts.high) return std::nullopt;
  return Conflict{"voters", fmt::format("found {}, expected at most the hosts ({})",
                                        FormatRange(s.voters), FormatRange(s.hosts))};
}

MaybeConflict CheckProfile(const Scenario& s) {
  const std::optional<ProfileDefect> defect = FindProfileDefect(s.engine);
  if (!defect.has_value()) return std::nullopt;
  return Conflict{
      std::string(defect->key),
      fmt::format("found {}, expected one of {}{}", Quoted(defect->word),
                  fmt::join(defect->words, ", "), DidYouMean(defect->word, defect->words))};
}

MaybeConflict CheckMachine(const Scenario& s) {
  const std::vector<std::string_view> words{kMachineInMemory, kMachineOnDisk};
  if (std::find(words.begin(), words.end(), s.engine.machine) != words.end()) return std::nullopt;
  return Conflict{"engine.machine",
                  fmt::format("found {}, expected one of {}{}", Quoted(s.engine.machine),
                              fmt::join(words, ", "), DidYouMean(s.engine.machine, words))};
}

// A shard whose leader is appointed.
MaybeConflict CheckCoordinated(const Scenario& s, const raft::failover::FailoverConfig& config) {
  const uint64_t instances = config.instances.size();
  const bool exists = s.voters == NumberRange{instances, instances};
  const bool from_nothing = s.voters == NumberRange{1, 1};
  if (s.shards != NumberRange{1, 1} || !(exists || from_nothing) || instances > s.hosts.low) {
    return Conflict{"voters",
                    fmt::format("found {} of {} shards, expected one shard with a voter for each "
                                "of the {} instances of failover.config, each on a host of its "
                                "own, or with one at first",
                                FormatRange(s.voters), FormatRange(s.shards), instances)};
  }
  if (s.failover.coordinators.high > s.hosts.low) {
    return Conflict{"failover.coordinators",
                    fmt::format("found {}, expected at most the {} hosts",
                                FormatRange(s.failover.coordinators), FormatRange(s.hosts))};
  }
  for (const raft::failover::Instance& one : config.instances) {
    if (!exists || !(one.anonymous || one.isolated)) continue;
    return Conflict{"failover.config",
                    fmt::format("found {}, which is {}, in a shard that exists, expected voters "
                                "alone, or voters: 1 for a shard that comes about by priority",
                                Quoted(one.name), one.anonymous ? "anonymous" : "isolated")};
  }
  const std::vector<std::string> harm = raft::failover::HarmOf(config.timings);
  if (!harm.empty()) {
    return Conflict{"failover.config",
                    fmt::format("no coordinator starts so: {}", fmt::join(harm, "; "))};
  }
  return std::nullopt;
}

MaybeConflict CheckEdits(const Scenario& s,
                         const std::vector<raft::failover::FailoverConfig>& configs) {
  const auto edits = ReadReplicasets(s.failover, s.failover.edits);
  if (!edits.ok()) return Conflict{"failover.edits", std::string(edits.status().message())};
  if (!edits->empty() && configs.size() != 1) {
    return Conflict{"failover.edits", "found beside several configurations, expected one of them"};
  }
  const bool supervised = configs.front().mode == raft::failover::Mode::kSupervised;
  for (const raft::failover::FailoverConfig& edit : *edits) {
    if ((edit.mode == raft::failover::Mode::kSupervised) != supervised) {
      return Conflict{
          "failover.edits",
          fmt::format("found failover {}, expected supervised if failover.config is so, "
                      "and another mode if it is not",
                      raft::failover::NameOf(edit.mode))};
    }
    if (!raft::failover::HasInstancesOf(edit, configs.front())) {
      return Conflict{"failover.edits",
                      "found other instances than in failover.config, expected other priorities or "
                      "learners alone"};
    }
  }
  return std::nullopt;
}

// Of what coordinators go by while they run.
MaybeConflict CheckRuntimeEdits(const Scenario& s,
                                const std::vector<raft::failover::FailoverConfig>& configs) {
  if (s.failover.edits.empty()) return std::nullopt;
  if (const MaybeConflict conflict = CheckEdits(s, configs)) return conflict;
  if (s.voters == NumberRange{1, 1}) {
    return Conflict{
        "failover.edits",
        "found beside control.on and a shard that comes about by priority, expected one "
        "that exists (voters: as many as instances)"};
  }
  const auto edits = ReadReplicasets(s.failover, s.failover.edits);
  for (const raft::failover::FailoverConfig& edit : *edits) {
    if (raft::failover::OnlyPrioritiesDiffer(edit, configs.front())) continue;
    return Conflict{"failover.edits",
                    "found other learners or intervals than in failover.config, expected other "
                    "priorities alone beside control.on"};
  }
  return std::nullopt;
}

// A shard with a writer by configuration.
MaybeConflict CheckConfigured(const Scenario& s,
                              const std::vector<raft::failover::FailoverConfig>& configs) {
  const uint64_t instances = configs.front().instances.size();
  if (s.control.on || configs.size() != 1) {
    return Conflict{"failover.config",
                    "found control.on or several configurations beside another mode than "
                    "supervised, expected one configuration and no coordinators"};
  }
  if (s.shards != NumberRange{1, 1} || s.voters != NumberRange{instances, instances}) {
    return Conflict{"voters", fmt::format("found {} of {} shards, expected one shard with a voter "
                                          "for each of the {} instances of failover.config",
                                          FormatRange(s.voters), FormatRange(s.shards), instances)};
  }
  return CheckEdits(s, configs);
}

MaybeConflict CheckFailover(const Scenario& s) {
  if (!s.failover.on()) return std::nullopt;
  const auto configs = ReadReplicasets(s.failover, s.failover.config);
  if (!configs.ok()) return Conflict{"failover.config", std::string(configs.status().message())};
  if (configs->empty()) return Conflict{"failover.config", "found no configuration, expected one"};
  const auto by_mode = [](const raft::failover::FailoverConfig& config) {
    return config.mode != raft::failover::Mode::kSupervised;
  };
  if (std::any_of(configs->begin(), configs->end(), by_mode)) return CheckConfigured(s, *configs);
  if (s.control.on && configs->size() != 1) {
    return Conflict{"failover.config",
                    "found several configurations beside control.on, expected one"};
  }
  if (s.control.on) {
    const MaybeConflict conflict = CheckCoordinated(s, configs->front());
    return conflict.has_value() ? conflict : CheckRuntimeEdits(s, *configs);
  }
  NumberRange instances{UINT64_MAX, 0};
  for (const raft::failover::FailoverConfig& config : *configs) {
    instances.low = std::min<uint64_t>(instances.low, config.instances.size());
    instances.high = std::max<uint64_t>(instances.high, config.instances.size());
  }
  if (s.hosts != instances) {
    return Conflict{"hosts", fmt::format("found {}, expected the {} instances of failover.config",
                                         FormatRange(s.hosts), FormatRange(instances))};
  }
  if (const MaybeConflict conflict = CheckEdits(s, *configs); conflict.has_value()) return conflict;
  if (s.shards != NumberRange{1, 1} || s.voters != NumberRange{1, 1}) {
    return Conflict{"voters",
                    "found more than one shard or first voter beside failover.config, "
                    "expected one of each"};
  }
  return std::nullopt;
}

MaybeConflict CheckHeartbeat(const Scenario& s) {
  const Duration most = s.engine.election_timeout / 3;
  if (s.engine.heartbeat_interval <= most) return std::nullopt;
  return Conflict{"engine.heartbeat_interval",
                  fmt::format("found {}, expected at most a third of engine.election_timeout ({})",
                              FormatDuration(s.engine.heartbeat_interval),
                              FormatDuration(s.engine.election_timeout))};
}

// Only hosts that exchange signs of life may stand in for the heartbeats of their shards.
MaybeConflict CheckRest(const Scenario& s) {
  if (s.engine.quiet_after == Duration{} || s.engine.coalesce_heartbeats) return std::nullopt;
  return Conflict{"engine.quiet_after",
                  fmt::format("found {}, expected 0s while engine.coalesce_heartbeats is false",
                              FormatDuration(s.engine.quiet_after))};
}

// What could never be taken would be told busy for ever.
MaybeConflict CheckPayload(const Scenario& s) {
  if (s.engine.payload_bytes_max.high <= s.engine.log_bytes_max.low) return std::nullopt;
  return Conflict{
      "engine.payload_bytes_max",
      fmt::format("found {}, expected at most engine.log_bytes_max ({})",
                  FormatRange(s.engine.payload_bytes_max), FormatRange(s.engine.log_bytes_max))};
}

// Larger delays than this and a healthy cluster can't keep a leader; nothing would be tested.
MaybeConflict CheckDelay(const Scenario& s) {
  if (s.network.delay.high <= s.engine.election_timeout / 4) return std::nullopt;
  return Conflict{
      "network.delay",
      fmt::format("found {}, expected at most a quarter of engine.election_timeout ({})",
                  FormatRange(s.network.delay), FormatDuration(s.engine.election_timeout))};
}

MaybeConflict CheckTail(const Scenario& s) {
  if (s.network.tail_octaves_max == 0 || s.network.delay.low < s.network.delay.high) {
    return std::nullopt;
  }
  return Conflict{"network.tail_octaves_max",
                  fmt::format("found {}, expected 0 when network.delay is a single value",
                              s.network.tail_octaves_max)};
}

MaybeConflict CheckQueue(const Scenario& s) {
  if (s.network.queue_bytes_max == 0 || s.network.bytes_per_second > 0) return std::nullopt;
  return Conflict{"network.queue_bytes_max",
                  fmt::format("found {}, expected 0 without network.bytes_per_second",
                              s.network.queue_bytes_max)};
}

MaybeConflict CheckWeights(const Scenario& s) {
  const DiskSpec& disk = s.disk;
  const WorkloadSpec& load = s.workload;
  if (disk.crash_kept_weight + disk.crash_old_weight + disk.crash_torn_weight == 0) {
    return Conflict{"disk.crash_kept_weight",
                    "found 0 for all three crash weights, expected one "
                    "of kept, old, torn above 0"};
  }
  if (load.put_weight + load.append_weight + load.get_weight == 0) {
    return Conflict{"workload.put_weight",
                    "found 0 for all operations, expected one of put, append, get above 0"};
  }
  const ClientMix& mix = load.mix;
  if (mix.well_behaved_weight + mix.sticky_weight + mix.stubborn_weight == 0) {
    return Conflict{"workload.mix.well_behaved_weight",
                    "found 0 for all clients, expected one weight above 0"};
  }
  return std::nullopt;
}

std::vector<std::string_view> StepsOf(bool joint) {
  std::vector<std::string_view> steps;
  for (const std::string_view name : StepEdgeNames()) {
    if (HasEdge(joint, *StepEdgeFromName(name))) steps.push_back(name);
  }
  return steps;
}

MaybeConflict CheckSteps(const Scenario& s, const FaultSpec& spec) {
  const std::string_view name = faults::InfoOf(spec.kind).name;
  for (const std::string& step : spec.steps) {
    const std::optional<StepEdge> edge = StepEdgeFromName(step);
    const bool joint = s.control.strategy == "joint";
    if (edge.has_value() && HasEdge(joint, *edge)) continue;
    return Conflict{fmt::format("faults.{}.steps", name),
                    fmt::format("found {}, expected steps of a {} migration ({}){}", Quoted(step),
                                s.control.strategy, fmt::join(StepsOf(joint), ", "),
                                DidYouMean(step, StepEdgeNames()))};
  }
  for (const std::string& role : spec.roles) {
    if (StepRoleFromName(role).has_value()) continue;
    return Conflict{
        fmt::format("faults.{}.roles", name),
        fmt::format("found {}, expected some of {}{}", Quoted(role),
                    fmt::join(StepRoleNames(), ", "), DidYouMean(role, StepRoleNames()))};
  }
  if (spec.at_step.never()) return std::nullopt;
  if (!s.control.on) {
    return Conflict{fmt::format("faults.{}.at_step", name),
                    "found without control.on, expected controllers"};
  }
  if (faults::HitsHostOfOccurrence(spec.kind)) return std::nullopt;
  return Conflict{fmt::format("faults.{}.at_step", name),
                  "found for a kind that does not hit one host, expected 0"};
}

MaybeConflict CheckFault(const Scenario& s, const FaultSpec& spec) {
  const std::string_view name = faults::InfoOf(spec.kind).name;
  if (spec.every.low <= Duration{}) {
    return Conflict{fmt::format("faults.{}.every", name),
                    fmt::format("found {}, expected more than 0", FormatRange(spec.every))};
  }
  if (s.phases.chaos.high / spec.every.low <= kPlanItemsOfKindMax) return std::nullopt;
  return Conflict{
      fmt::format("faults.{}.every", name),
      fmt::format("found {} in {} of chaos, expected at most {} faults of one kind",
                  FormatRange(spec.every), FormatRange(s.phases.chaos), kPlanItemsOfKindMax)};
}

MaybeConflict CheckFaults(const Scenario& s) {
  std::set<faults::FaultKind> seen;
  for (const FaultSpec& spec : s.faults) {
    if (!seen.insert(spec.kind).second) {
      return Conflict{fmt::format("faults.{}", faults::InfoOf(spec.kind).name),
                      "found twice, expected once"};
    }
    if (MaybeConflict conflict = CheckFault(s, spec); conflict.has_value()) return conflict;
    if (MaybeConflict conflict = CheckSteps(s, spec); conflict.has_value()) return conflict;
  }
  return std::nullopt;
}

// Shards and hosts of listed items must exist in every run of the scenario.
MaybeConflict CheckOperatorItem(const Scenario& s, const std::string& text) {
  const absl::StatusOr<OperatorItem> item = ParseOperatorItem(text);
  if (!item.ok()) return Conflict{"operator.items", std::string(item.status().message())};
  if (IsOfControl(item->action) && !s.control.on) {
    return Conflict{"operator.items", fmt::format("found {} without control.on, expected "
                                                  "controllers",
                                                  Quoted(text))};
  }
  const uint64_t lowest = ShardMinOf(*item, s.last_shard());
  const uint64_t highest = ShardMaxOf(*item, s.last_shard(), s.control.on);
  const bool exists = lowest <= item->shard.value && item->shard.value <= highest;
  const uint64_t hosts = s.hosts_max();
  if (!exists || item->host.value > hosts) {
    return Conflict{"operator.items",
                    fmt::format("found {}, expected a shard from {} to {} and a host up to {}",
                                Quoted(text), lowest, highest, hosts)};
  }
  return std::nullopt;
}

MaybeConflict CheckControl(const Scenario& s) {
  const ControlSpec& spec = s.control;
  if (spec.strategy != "stepwise" && spec.strategy != "joint") {
    return Conflict{"control.strategy",
                    fmt::format("found {}, expected 'stepwise' or 'joint'", Quoted(spec.strategy))};
  }
  if (spec.hosts_added.high > 0 && (!spec.on || s.failover.on())) {
    return Conflict{"control.hosts_added",
                    "found without controllers alone, expected control.on and no failover.config"};
  }
  if (spec.on && spec.voters.high > s.hosts.low) {
    return Conflict{"control.voters", fmt::format("found {}, expected at most the {} hosts",
                                                  spec.voters.high, s.hosts.low)};
  }
  return std::nullopt;
}

uint64_t ControlWeights(const OperatorSpec& spec) {
  return uint64_t{spec.migrate_weight} + spec.migrate_shard_weight + spec.drain_weight +
         spec.migrate_back_weight + spec.migrate_leader_weight + spec.cancel_weight +
         spec.crowd_weight + spec.create_weight + spec.add_host_weight;
}

MaybeConflict CheckOperator(const Scenario& s) {
  const OperatorSpec& spec = s.operations;
  for (const std::string& text : spec.items) {
    if (MaybeConflict conflict = CheckOperatorItem(s, text); conflict.has_value()) return conflict;
  }
  if (!spec.items.empty() && spec.calm_transfers.high > 0) {
    return Conflict{"operator.calm_transfers",
                    "found beside operator.items, expected one of the two"};
  }
  if (spec.every.high == Duration{}) return std::nullopt;
  if (!spec.items.empty()) {
    return Conflict{"operator.items", "found beside operator.every, expected one of the two"};
  }
  if (spec.every.low == Duration{}) {
    return Conflict{"operator.every", fmt::format("found {}, expected more than 0 at both ends",
                                                  FormatRange(spec.every))};
  }
  const uint64_t weights = uint64_t{spec.restart_weight} + spec.transfer_weight + spec.add_weight +
                           spec.replace_weight + spec.witness_weight + spec.remove_weight +
                           spec.forget_weight + spec.snapshot_weight + spec.meddle_weight +
                           spec.refill_weight + spec.switch_weight + spec.by_hand_weight +
                           ControlWeights(spec);
  if (weights == 0) {
    return Conflict{"operator.restart_weight", "found 0 for all, expected one weight above 0"};
  }
  if (ControlWeights(spec) > 0 && !s.control.on) {
    return Conflict{"operator.migrate_weight", "found without control.on, expected controllers"};
  }
  if (spec.add_host_weight > 0 && s.control.hosts_added.low == 0) {
    return Conflict{"operator.add_host_weight",
                    "found without control.hosts_added, expected machines to add"};
  }
  if (spec.switch_weight > 0 && !(s.control.on && s.failover.on())) {
    return Conflict{"operator.switch_weight",
                    "found without failover.config and control.on, expected coordinators"};
  }
  if (spec.by_hand_weight > 0 && !(s.control.on && s.failover.on())) {
    return Conflict{"operator.by_hand_weight",
                    "found without failover.config and control.on, expected coordinators"};
  }
  if (s.phases.chaos.high / spec.every.low <= kPlanItemsOfKindMax) return std::nullopt;
  return Conflict{
      "operator.every",
      fmt::format("found {} in {} of chaos, expected at most {} items", FormatRange(spec.every),
                  FormatRange(s.phases.chaos), kPlanItemsOfKindMax)};
}

MaybeConflict CheckWords(const Scenario& s) {
  std::set<std::string_view> seen;
  for (const std::string& word : s.judges) {
    if (!seen.insert(word).second)
      return Conflict{"judges", fmt::format("{} is given twice", Quoted(word))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Conflict> FindConflict(const Scenario& scenario) {
  for (MaybeConflict (*check)(const Scenario&) :
       {&CheckName, &CheckVoters, &CheckProfile, &CheckMachine, &CheckFailover, &CheckHeartbeat,
        &CheckRest, &CheckPayload, &CheckDelay, &CheckTail, &CheckQueue, &CheckWeights,
        &CheckFaults, &CheckControl, &CheckOperator, &CheckWords}) {
    if (MaybeConflict conflict = check(scenario); conflict.has_value()) return conflict;
  }
  return std::nullopt;
}

}  // namespace ww::scenarios
