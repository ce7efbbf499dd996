// MetadataTold: what of the metadata shard's log has been told, and what later entries refer to.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "raft/core/types.h"
#include "raft/meta/commands.h"
#include "scenarios/step_edges.h"

namespace ww::scenarios {

struct MetadataTold {
  struct Migration {
    ShardId shard;
    bool begun = false;
    std::vector<raft::meta::HostMove> moves;
    uint32_t move = 0;                  // The one under way.
    StepEdge edge = StepEdge::kIntent;  // How far it has come.
  };
  struct Founding {
    uint32_t voters = 0;
    std::vector<HostId> hosts;
    size_t placed = 0;  // Founders that have their ids.
    bool told = false;  // Of those, or others before them.
  };

  ShardId shard;      // None: there is no control plane.
  raft::Index last;   // Told up to here.
  HostId controller;  // Who took control last.
  absl::btree_map<raft::meta::MigrationId, Migration> open;
  absl::btree_map<ShardId, Founding> foundings;  // Of shards that do not exist yet.
  absl::btree_set<HostId> draining;
  std::vector<ShardId> created;  // Those that came to exist.
};

}  // namespace ww::scenarios
