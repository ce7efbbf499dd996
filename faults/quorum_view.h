// QuorumView: what the budget knows of replicated groups, without knowing what replicates them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sim/base/ids.h"

namespace ww::faults {

// A set of hosts of which a majority must stay intact: the voters of a shard, or one half of a
// joint configuration.
struct QuorumGroup {
  ShardId shard;
  std::vector<HostId> members;
  // Further members of which nothing can be lost, because they hold nothing.
  size_t absent = 0;
  // Nothing is there to lose yet. Whoever of them begins will be alone at first, so what is broken
  // now and breaks for good later would take all of it.
  bool awaited = false;
};

class QuorumView {
 public:
  virtual ~QuorumView() = default;
  virtual std::vector<QuorumGroup> Groups() const = 0;
  // Whether the host's durable data of the shard is all that it ever promised.
  virtual bool Intact(ShardId shard, HostId host) const = 0;
  // The host that leads the shard now, as far as anybody knows.
  virtual std::optional<HostId> LeaderHost(ShardId shard) const = 0;
};

}  // namespace ww::faults
