#include "raft/failover/cluster_tree.h"

#include "raft/failover/scope_reader.h"
#include "raft/failover/typed_values.h"

namespace ww::raft::failover {
namespace {

using Null = TypedValues::Null;

template <class T>
void TakeOuter(std::optional<T>& inner, const std::optional<T>& outer) {
  if (!inner.has_value()) inner = outer;
}

// From the whole down to an instance; each level hands the keys that all scopes share to `scopes_`.
class TopologyReader {
 public:
  TopologyReader(TypedValues& values, ClusterTree& cluster)
      : values_(values), cluster_(cluster), scopes_(values, cluster) {}

  void Read(const ConfigValue& root) {
    for (const Entry& entry : values_.Map(root, 1, "", Null::kRefused)) {
      if (entry.key == "groups") {
        ReadGroups(entry);
      } else {
        scopes_.Read(entry, Scope::kGlobal, "", cluster_.settings, {"groups"});
      }
    }
  }

 private:
  void ReadGroups(const Entry& groups) {
    for (const Entry& named : values_.Map(groups.value, groups.line, "groups", Null::kAbsent)) {
      const std::string path = "groups." + named.key;
      values_.CheckName(named, path);
      GroupTree group;
      group.name = named.key;
      group.line = named.line;
      for (const Entry& entry : values_.Map(named.value, named.line, path, Null::kRefused)) {
        if (entry.key == "replicasets") {
          ReadReplicasets(entry, path + ".replicasets", group);
        } else {
          scopes_.Read(entry, Scope::kGroup, path + ".", group.settings, {"replicasets"});
        }
      }
      cluster_.groups.push_back(std::move(group));
    }
  }

  void ReadReplicasets(const Entry& replicasets, const std::string& outer, GroupTree& group) {
    for (const Entry& named :
         values_.Map(replicasets.value, replicasets.line, outer, Null::kAbsent)) {
      const std::string path = outer + "." + named.key;
      values_.CheckName(named, path);
      ReplicasetTree replicaset;
      replicaset.group = group.name;
      replicaset.name = named.key;
      replicaset.line = named.line;
      for (const Entry& entry : values_.Map(named.value, named.line, path, Null::kRefused)) {
        ReadReplicaset(entry, path, replicaset);
      }
      group.replicasets.push_back(std::move(replicaset));
    }
  }

  void ReadReplicaset(const Entry& entry, const std::string& path, ReplicasetTree& replicaset) {
    if (entry.key == "leader") {
      replicaset.leader = values_.Text(entry, path + ".leader");
    } else if (entry.key == "bootstrap_leader") {
      replicaset.bootstrap_leader = values_.Text(entry, path + ".bootstrap_leader");
    } else if (entry.key == "instances") {
      ReadInstances(entry, path + ".instances", replicaset);
    } else {
      scopes_.Read(entry, Scope::kReplicaset, path + ".", replicaset.settings,
                   {"leader", "bootstrap_leader", "instances"});
    }
  }

  void ReadInstances(const Entry& instances, const std::string& outer, ReplicasetTree& replicaset) {
    for (const Entry& named : values_.Map(instances.value, instances.line, outer, Null::kAbsent)) {
      const std::string path = outer + "." + named.key;
      values_.CheckName(named, path);
      InstanceTree instance;
      instance.name = named.key;
      instance.line = named.line;
      for (const Entry& entry : values_.Map(named.value, named.line, path, Null::kRefused)) {
        scopes_.Read(entry, Scope::kInstance, path + ".", instance.settings, {});
      }
      replicaset.instances.push_back(std::move(instance));
    }
  }

  TypedValues& values_;
  ClusterTree& cluster_;
  ScopeReader scopes_;
};

}  // namespace

Settings Settings::Inside(const Settings& outer) const {
  Settings merged = *this;
  TakeOuter(merged.mode, outer.mode);
  TakeOuter(merged.strategy, outer.strategy);
  TakeOuter(merged.anonymous, outer.anonymous);
  TakeOuter(merged.isolated, outer.isolated);
  TakeOuter(merged.election_mode, outer.election_mode);
  TakeOuter(merged.database_mode, outer.database_mode);
  TakeOuter(merged.connect_timeout, outer.connect_timeout);
  return merged;
}

ClusterTree ReadClusterTree(const ConfigValue& root, Profile profile, Refusals& refusals) {
  ClusterTree cluster;
  TypedValues values(profile, refusals);
  TopologyReader(values, cluster).Read(root);
  return cluster;
}

}  // namespace ww::raft::failover
