// Growth: how the one voter that created a shard becomes the replicaset of the configuration.
//
// Whoever leads looks at its membership and at what the instances' hosts have, and does what is
// wanted next: instances join as non-voting members and are promoted in the order of their names,
// as soon as they are caught up; anonymous ones stay non-voting; a member that its host's disk
// knows nothing of gives way to a new one with another id.
//
// Pure. Every answer may be repeated: what was done already is no longer wanted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "raft/core/types.h"
#include "raft/failover/config.h"
#include "raft/store/disk_id.h"
#include "sim/base/ids.h"

namespace ww::raft::failover {

// What a host said of the shard when it was asked.
struct Seen {
  ReplicaId replica;                // That lives there; none when there is none.
  std::vector<ReplicaId> recorded;  // Whose data it keeps.
  DiskId disk;
};

// Which disk was meant when a replica was added, by replica; as far as this leader did it.
using MeantDisks = std::map<ReplicaId, DiskId>;

struct GrowthView {
  Membership membership;
  HostId leader;
  std::vector<HostId> hosts;              // In the order of the configuration's instances.
  std::vector<std::optional<Seen>> seen;  // Likewise; none: it does not answer.
  MeantDisks meant;
};

struct AddInstance {
  ReplicaId replica;
  HostId host;
  DiskId disk;
  friend bool operator==(const AddInstance&, const AddInstance&) = default;
};
struct Invite {
  ReplicaId replica;
  HostId host;
  DiskId disk;
  friend bool operator==(const Invite&, const Invite&) = default;
};
struct Promote {
  ReplicaId replica;
  HostId host;
  friend bool operator==(const Promote&, const Promote&) = default;
};
// Its disk has nothing of it, and nobody knows whether it ever had.
struct Replace {
  ReplicaId replica;
  friend bool operator==(const Replace&, const Replace&) = default;
};
using GrowthStep = std::variant<AddInstance, Invite, Promote, Replace>;

// At most one for an instance, in the order of their names. A change that is refused now stands in
// nobody's way: the next is tried.
std::vector<GrowthStep> StepsOf(const FailoverConfig& config, const GrowthView& view);

// One more than any id that the shard ever had.
ReplicaId NextReplicaId(const Membership& membership);

}  // namespace ww::raft::failover
