// Views: what a controller saw of a shard when it looked. Values; who fills them in is not here.
//
// A view may be old: what it says was true once. It has to be taken before the state that it is
// judged with was read, never after: what the state knows nothing of is then really nobody's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "raft/core/types.h"
#include "raft/meta/records.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::raft::meta {

// What a host said of the shard.
struct HostView {
  HostId host;
  bool answered = false;  // This time. Otherwise only the next field says anything.
  Duration silent;        // Since it answered anything at all.
  DiskId disk;
  Incarnation incarnation;            // Of its process.
  ReplicaId live;                     // The replica that runs there; none: none does.
  Index applied;                      // By that one.
  std::vector<ReplicaId> recorded;    // Whose data it keeps.
  std::vector<ReplicaId> tombstones;  // Fenced there for ever.
  uint32_t leaders = 0;               // Shards that are led from there.
};

// What the shard's leader said.
struct LeaderView {
  ReplicaId replica;
  Index commit;
  Membership membership;  // As far as it applied it.
};

// A read through this replica completed, in that life of its process.
struct ReadProof {
  ReplicaId replica;
  Incarnation incarnation;
  Index index;
};

struct ShardView {
  std::optional<LeaderView> leader;  // None: nobody answered as leader.
  std::vector<HostView> hosts;       // At most one of each.
  std::optional<ReadProof> read;
  std::vector<ReplicaId> unwilling;  // Voters that were asked to lead and did not, lately.
};

}  // namespace ww::raft::meta
