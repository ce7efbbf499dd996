// The vocabulary of a supervised replicaset's first start: who promises what, and who creates.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scenarios/checks/events.h"

namespace ww::checks {

struct SupervisedInstance {
  std::string_view name;
  HostId host;
  bool anonymous = false;
  bool isolated = false;
  bool learner = false;
  std::string_view priority;  // As it is written in the configuration.
};
// What a host is configured with from now on; no host: what all are, before any starts. Later ones
// differ in priorities and learners only.
struct ReplicasetSupervised {
  HostId host;
  ShardId shard;
  std::span<const SupervisedInstance> instances;
  Duration connect_timeout;
};
// What a host that starts says that it has promised; no identity: nothing.
struct BootstrapRecalled {
  HostId host;
  ShardId shard;
  HostId creator;
  uint64_t identity = 0;
};
// A host promises that this creator, with this identity, may create the shard; durably, it says.
struct BootstrapPromised {
  HostId host;
  ShardId shard;
  HostId creator;
  uint64_t identity = 0;
};
// A host is about to create the shard: who agreed, and to whom it was connected, itself included.
struct BootstrapBegun {
  HostId host;
  ShardId shard;
  uint64_t identity = 0;
  std::span<const HostId> agreed;
  std::span<const HostId> connected;
};
// A host takes an invitation into the shard of this identity.
struct BootstrapJoined {
  HostId host;
  ShardId shard;
  uint64_t identity = 0;
};

}  // namespace ww::checks
