// DiskId: what tells one formatted disk from any other, also from a later one in the same machine.
//
// Made once, when a host begins the first segment of its log, and stored in the header of every
// segment. A machine is reached under its HostId; an identity (shard, replica id) belongs to the
// pair. A wiped disk comes back under the same HostId with another DiskId, and is another host to
// everybody that relied on what the first one had promised.
#pragma once

#include "raft/env/env.h"
#include "sim/base/ids.h"

namespace ww::raft {

using DiskId = Tagged<struct DiskIdTag>;

// A new one: no other host and no other life of this one can make the same.
DiskId NewDiskId(Env& env);

}  // namespace ww::raft
