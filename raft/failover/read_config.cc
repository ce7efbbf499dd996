#include "raft/failover/read_config.h"

#include <fmt/format.h>

#include <map>

#include "raft/failover/cluster_checks.h"
#include "raft/failover/cluster_tree.h"
#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

// One that is alone has to be written to; several are not, unless they say so.
bool IsReadWrite(const ReplicasetSettings& view, const Settings& settings) {
  if (view.mode != Mode::kOff) return false;
  if (!settings.database_mode.has_value()) return view.instances.size() == 1;
  return settings.database_mode->value == DatabaseMode::kReadWrite;
}

bool IsCandidate(const Settings& settings) {
  return !settings.election_mode.has_value() ||
         settings.election_mode->value == ElectionMode::kCandidate;
}

FailoverConfig ConfigOf(const ReplicasetSettings& view, const ClusterTree& tree, Profile profile) {
  CHECK(view.tree != nullptr);
  CHECK_EQ(view.instances.size(), view.tree->instances.size());
  FailoverConfig config;
  config.profile = profile;
  config.group = view.tree->group;
  config.replicaset = view.tree->name;
  config.mode = view.mode;
  config.timings = tree.timings;
  if (view.tree->leader.has_value()) config.manual_leader = view.tree->leader->value;
  for (const InstanceSettings& instance : view.instances) {
    const Settings& settings = instance.settings;
    Instance& added = config.instances.emplace_back();
    added.name = instance.tree->name;
    added.anonymous = settings.anonymous.has_value() && settings.anonymous->value;
    added.isolated = settings.isolated.has_value() && settings.isolated->value;
    added.read_write = IsReadWrite(view, settings);
    added.candidate = !added.anonymous && IsCandidate(settings);
  }
  const Settings& first = view.instances.front().settings;
  if (first.strategy.has_value()) config.strategy = first.strategy->value;
  if (first.connect_timeout.has_value()) config.connect_timeout = *first.connect_timeout;
  return config;
}

Instance& MemberOf(FailoverConfig& config, std::string_view name) {
  const Instance* found = config.Find(name);
  CHECK(found != nullptr, "{}", name);
  return config.instances[static_cast<size_t>(found - config.instances.data())];
}

void AddPriorities(const FailoverTree& tree, FailoverConfig& config) {
  CHECK(tree.replicaset == config.replicaset);
  CHECK_EQ(tree.prioritized.size(), tree.priorities.size());
  for (size_t i = 0; i < tree.prioritized.size(); ++i) {
    MemberOf(config, tree.prioritized[i].value).priority = tree.priorities[i];
  }
  for (const Placed<std::string>& learner : tree.learners) {
    MemberOf(config, learner.value).learner = true;
  }
}

}  // namespace

std::variant<ClusterConfig, ConfigError> ReadConfig(const ConfigValue& root,
                                                    const ReadOptions& options) {
  Refusals refusals;
  const ClusterTree tree = ReadClusterTree(root, options.profile, refusals);
  // Each stage relies on the ones before it.
  if (!refusals.any()) CheckTopology(tree, options, refusals);
  if (refusals.any()) return *refusals.first();
  const std::vector<ReplicasetSettings> views = ViewsOf(tree, options);
  CheckViews(tree, views, options.profile, refusals);
  if (refusals.any()) return *refusals.first();
  std::map<std::string, const FailoverTree*> failover_of;
  for (const FailoverTree& failover : tree.failover) failover_of[failover.replicaset] = &failover;
  ClusterConfig cluster;
  for (const ReplicasetSettings& view : views) {
    FailoverConfig config = ConfigOf(view, tree, options.profile);
    const auto failover = failover_of.find(config.replicaset);
    if (failover != failover_of.end()) AddPriorities(*failover->second, config);
    CheckInvariants(config);
    cluster.replicasets.push_back(std::move(config));
  }
  cluster.warnings = HarmOf(tree.timings);
  return cluster;
}

}  // namespace ww::raft::failover
