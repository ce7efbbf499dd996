// The published checks that look at more than one key, stage by stage; see read_config.h.
#pragma once

#include <vector>

#include "raft/failover/cluster_tree.h"
#include "raft/failover/read_config.h"

namespace ww::raft::failover {

// An instance with what its scopes say together.
struct InstanceSettings {
  const InstanceTree* tree = nullptr;
  Settings settings;
};

struct ReplicasetSettings {
  const ReplicasetTree* tree = nullptr;
  Mode mode = Mode::kOff;
  std::vector<InstanceSettings> instances;  // In the order of names; at least one.
};

// Nothing is empty, names are unique, and the instance whose view is taken exists.
void CheckTopology(const ClusterTree& cluster, const ReadOptions& options, Refusals& refusals);

// Of a cluster that passed CheckTopology, in the order of names. Borrows from it.
std::vector<ReplicasetSettings> ViewsOf(const ClusterTree& cluster, const ReadOptions& options);

void CheckViews(const ClusterTree& cluster, const std::vector<ReplicasetSettings>& views,
                Profile profile, Refusals& refusals);

}  // namespace ww::raft::failover
