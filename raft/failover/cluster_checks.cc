#include "raft/failover/cluster_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/check.h"
#include "sim/base/words.h"

namespace ww::raft::failover {
namespace {

std::vector<const ReplicasetTree*> Replicasets(const ClusterTree& cluster) {
  std::vector<const ReplicasetTree*> all;
  for (const GroupTree& group : cluster.groups) {
    for (const ReplicasetTree& replicaset : group.replicasets) all.push_back(&replicaset);
  }
  return all;
}

// Who is where, for as many lookups as a configuration has names.
class Index {
 public:
  explicit Index(const ClusterTree& cluster) {
    for (const ReplicasetTree* replicaset : Replicasets(cluster)) {
      replicasets_.emplace(replicaset->name, replicaset);
      for (const InstanceTree& instance : replicaset->instances) {
        of_instance_.emplace(instance.name, replicaset);
      }
    }
  }
  bool HasReplicaset(const std::string& name) const { return replicasets_.contains(name); }
  // Nothing when there is no such instance.
  const ReplicasetTree* ReplicasetOf(const std::string& instance) const {
    const auto at = of_instance_.find(instance);
    return at == of_instance_.end() ? nullptr : at->second;
  }

 private:
  std::map<std::string, const ReplicasetTree*> replicasets_;
  std::map<std::string, const ReplicasetTree*> of_instance_;
};

bool Contains(const ReplicasetTree& replicaset, std::string_view instance) {
  return std::any_of(replicaset.instances.begin(), replicaset.instances.end(),
                     [instance](const InstanceTree& tree) { return tree.name == instance; });
}

void CheckNothingIsEmpty(const ClusterTree& cluster, Refusals& refusals) {
  if (cluster.groups.empty()) {
    refusals.Refuse({ErrorCode::kEmpty, 1, "groups", "found none, expected at least one group"});
  }
  for (const GroupTree& group : cluster.groups) {
    if (!group.replicasets.empty()) continue;
    refusals.Refuse({ErrorCode::kEmpty, group.line, "groups." + group.name,
                     "found no replicasets, expected at least one in a group"});
  }
  for (const ReplicasetTree* replicaset : Replicasets(cluster)) {
    if (!replicaset->instances.empty()) continue;
    refusals.Refuse({ErrorCode::kEmpty, replicaset->line, replicaset->path(),
                     "found no instances, expected at least one in a replicaset"});
  }
}

void CheckNamesAreUnique(const ClusterTree& cluster, Refusals& refusals) {
  std::map<std::string, const ReplicasetTree*> replicasets;
  std::map<std::string, const ReplicasetTree*> instances;
  for (const ReplicasetTree* replicaset : Replicasets(cluster)) {
    const auto [first, added] = replicasets.try_emplace(replicaset->name, replicaset);
    if (added) continue;
    refusals.Refuse({ErrorCode::kDuplicateReplicaset, replicaset->line, replicaset->path(),
                     fmt::format("found replicaset {} a second time (first in group {}), expected "
                                 "names that are unique in the cluster",
                                 Quoted(replicaset->name), Quoted(first->second->group))});
  }
  for (const ReplicasetTree* replicaset : Replicasets(cluster)) {
    for (const InstanceTree& instance : replicaset->instances) {
      const auto [first, added] = instances.try_emplace(instance.name, replicaset);
      if (added) continue;
      refusals.Refuse({ErrorCode::kDuplicateInstance, instance.line,
                       replicaset->path() + ".instances." + instance.name,
                       fmt::format("found instance {} a second time (first in replicaset {}), "
                                   "expected names that are unique in the cluster",
                                   Quoted(instance.name), Quoted(first->second->name))});
    }
  }
}

// --- Modes ---

void CheckLeader(const ReplicasetSettings& view, Refusals& refusals) {
  const std::optional<Placed<std::string>>& leader = view.tree->leader;
  if (!leader.has_value()) return;
  if (view.mode != Mode::kManual) {
    refusals.Refuse({ErrorCode::kLeaderForbidden, leader->line, leader->key,
                     fmt::format("found a \"leader\" with replication.failover = \"{}\", expected "
                                 "it with \"manual\" only",
                                 NameOf(view.mode))});
  } else if (!Contains(*view.tree, leader->value)) {
    refusals.Refuse({ErrorCode::kLeaderUnknown, leader->line, leader->key,
                     fmt::format("found {}, expected an instance of replicaset {}",
                                 Quoted(leader->value), Quoted(view.tree->name))});
  }
}

void CheckModes(const ReplicasetSettings& view, Refusals& refusals) {
  CHECK(view.tree != nullptr);
  CheckLeader(view, refusals);
  for (const InstanceSettings& instance : view.instances) {
    const std::optional<Placed<DatabaseMode>>& mode = instance.settings.database_mode;
    if (mode.has_value() && view.mode != Mode::kOff) {
      refusals.Refuse({ErrorCode::kModeForbidden, mode->line, mode->key,
                       fmt::format("found database.mode with replication.failover = \"{}\", "
                                   "expected it with \"off\" only",
                                   NameOf(view.mode))});
    }
    const std::optional<Placed<ElectionMode>>& election = instance.settings.election_mode;
    if (election.has_value() && election->value != ElectionMode::kOff &&
        view.mode != Mode::kElection) {
      refusals.Refuse({ErrorCode::kElectionModeForbidden, election->line, election->key,
                       fmt::format("found an election mode with replication.failover = \"{}\", "
                                   "expected one other than \"off\" with \"election\" only",
                                   NameOf(view.mode))});
    }
  }
}

// --- failover.replicasets ---

void CheckMember(const Index& index, const FailoverTree& failover,
                 const Placed<std::string>& instance, Refusals& refusals) {
  const ReplicasetTree* actual = index.ReplicasetOf(instance.value);
  if (actual == nullptr) {
    refusals.Refuse(
        {ErrorCode::kInstanceUnknown, instance.line, instance.key,
         fmt::format("found instance {} of replicaset {} in failover.replicasets, which "
                     "doesn't exist; expected an instance of that replicaset",
                     Quoted(instance.value), Quoted(failover.replicaset))});
  } else if (actual->name != failover.replicaset) {
    refusals.Refuse(
        {ErrorCode::kInstanceWrongReplicaset, instance.line, instance.key,
         fmt::format("found instance {} of replicaset {} in the wrong replicaset: it is "
                     "listed under {}",
                     Quoted(instance.value), Quoted(actual->name), Quoted(failover.replicaset))});
  }
}

void CheckFailoverSection(const ClusterTree& cluster, Refusals& refusals) {
  const Index index(cluster);
  for (const FailoverTree& failover : cluster.failover) {
    if (!index.HasReplicaset(failover.replicaset)) {
      refusals.Refuse({ErrorCode::kReplicasetUnknown, failover.line, failover.path(),
                       fmt::format("found replicaset {} in the failover configuration, which "
                                   "doesn't exist; expected one of the cluster",
                                   Quoted(failover.replicaset))});
      continue;
    }
    for (const Placed<std::string>& name : failover.prioritized) {
      CheckMember(index, failover, name, refusals);
    }
    for (const Placed<std::string>& name : failover.learners) {
      CheckMember(index, failover, name, refusals);
    }
  }
}

// --- Bootstrap ---

void CheckBootstrapLeader(const ReplicasetSettings& view, Refusals& refusals) {
  const std::optional<Placed<std::string>>& leader = view.tree->bootstrap_leader;
  for (const InstanceSettings& instance : view.instances) {
    const std::optional<Placed<Strategy>>& strategy = instance.settings.strategy;
    const bool by_config = strategy.has_value() && strategy->value == Strategy::kConfig;
    if (leader.has_value() && !by_config) {
      refusals.Refuse({ErrorCode::kBootstrapLeaderForbidden, leader->line, leader->key,
                       "found a bootstrap leader, expected one with bootstrap_strategy = "
                       "\"config\" only"});
    }
    if (!leader.has_value() && by_config) {
      refusals.Refuse({ErrorCode::kBootstrapLeaderMissing, strategy->line, strategy->key,
                       "found bootstrap_strategy = \"config\" without a bootstrap_leader, expected "
                       "both"});
    }
  }
  if (leader.has_value() && !Contains(*view.tree, leader->value)) {
    refusals.Refuse({ErrorCode::kBootstrapLeaderUnknown, leader->line, leader->key,
                     fmt::format("found {}, expected an instance of replicaset {}",
                                 Quoted(leader->value), Quoted(view.tree->name))});
  }
}

bool Anonymous(const InstanceSettings& instance) {
  return instance.settings.anonymous.has_value() && instance.settings.anonymous->value;
}

// An anonymous instance can't be written to, lead, or stand for election.
void CheckAnonymous(const ReplicasetSettings& view, const InstanceSettings& instance,
                    Refusals& refusals) {
  CHECK(Anonymous(instance));
  const std::optional<Placed<std::string>>& leader = view.tree->leader;
  const std::optional<Placed<DatabaseMode>>& mode = instance.settings.database_mode;
  const std::optional<Placed<ElectionMode>>& election = instance.settings.election_mode;
  const auto refuse = [&refusals](int line, const std::string& key, std::string_view what) {
    refusals.Refuse({ErrorCode::kAnonymousConflict, line, key,
                     fmt::format("found {}, expected an instance that is not anonymous", what)});
  };
  if (mode.has_value() && mode->value == DatabaseMode::kReadWrite) {
    refuse(mode->line, mode->key, "database.mode = \"rw\" of an anonymous instance");
  }
  if (leader.has_value() && leader->value == instance.tree->name) {
    refuse(leader->line, leader->key, "an anonymous leader");
  }
  if (election.has_value() && election->value != ElectionMode::kOff) {
    refuse(election->line, election->key, "an election mode of an anonymous instance");
  }
}

void CheckInstances(const ReplicasetSettings& view, Refusals& refusals) {
  CHECK(!view.instances.empty());
  if (std::all_of(view.instances.begin(), view.instances.end(), Anonymous)) {
    refusals.Refuse({ErrorCode::kAllAnonymous, view.tree->line, view.tree->path(),
                     fmt::format("found only anonymous replicas in replicaset {}, which is "
                                 "forbidden; expected at least one other instance",
                                 Quoted(view.tree->name))});
  }
  for (const InstanceSettings& instance : view.instances) {
    if (Anonymous(instance)) CheckAnonymous(view, instance, refusals);
  }
}

void CheckStrategy(const ReplicasetSettings& view, Profile profile, Refusals& refusals) {
  if (view.mode != Mode::kSupervised) return;
  for (const InstanceSettings& instance : view.instances) {
    const std::optional<Placed<Strategy>>& strategy = instance.settings.strategy;
    if (!strategy.has_value() || Supports(profile, strategy->value)) continue;
    refusals.Refuse(
        {ErrorCode::kStrategyUnsupported, strategy->line, strategy->key,
         fmt::format("found \"bootstrap_strategy\" = \"{}\", which is not supported "
                     "with replication.failover = \"supervised\" in {}; expected {}",
                     NameOf(strategy->value), NameOf(profile),
                     profile == Profile::kTarantool33 ? "\"auto\""
                                                      : "\"auto\", \"supervised\" or \"native\"")});
  }
}

}  // namespace

void CheckTopology(const ClusterTree& cluster, const ReadOptions& options, Refusals& refusals) {
  CheckNothingIsEmpty(cluster, refusals);
  CheckNamesAreUnique(cluster, refusals);
  if (!options.instance.has_value()) return;
  if (Index(cluster).ReplicasetOf(*options.instance) != nullptr) return;
  refusals.Refuse({ErrorCode::kInstanceUnknown, 0, "",
                   fmt::format("found no instance {} in the cluster, expected one to take the view "
                               "of",
                               Quoted(*options.instance))});
}

std::vector<ReplicasetSettings> ViewsOf(const ClusterTree& cluster, const ReadOptions& options) {
  std::vector<ReplicasetSettings> views;
  for (const GroupTree& group : cluster.groups) {
    for (const ReplicasetTree& replicaset : group.replicasets) {
      if (options.instance.has_value() && !Contains(replicaset, *options.instance)) continue;
      ReplicasetSettings& view = views.emplace_back();
      view.tree = &replicaset;
      const Settings outer = replicaset.settings.Inside(group.settings).Inside(cluster.settings);
      if (outer.mode.has_value()) view.mode = outer.mode->value;
      for (const InstanceTree& instance : replicaset.instances) {
        view.instances.push_back({&instance, instance.settings.Inside(outer)});
      }
      std::sort(view.instances.begin(), view.instances.end(),
                [](const InstanceSettings& a, const InstanceSettings& b) {
                  return NameBefore(a.tree->name, b.tree->name);
                });
      CHECK(!view.instances.empty());
    }
  }
  std::sort(views.begin(), views.end(),
            [](const ReplicasetSettings& a, const ReplicasetSettings& b) {
              return NameBefore(a.tree->name, b.tree->name);
            });
  return views;
}

void CheckViews(const ClusterTree& cluster, const std::vector<ReplicasetSettings>& views,
                Profile profile, Refusals& refusals) {
  CHECK(!refusals.any(), "views are made of what passed all before");
  for (const ReplicasetSettings& view : views) CheckModes(view, refusals);
  CheckFailoverSection(cluster, refusals);
  for (const ReplicasetSettings& view : views) CheckBootstrapLeader(view, refusals);
  for (const ReplicasetSettings& view : views) CheckInstances(view, refusals);
  for (const ReplicasetSettings& view : views) CheckStrategy(view, profile, refusals);
}

}  // namespace ww::raft::failover
