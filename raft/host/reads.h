// SlotReads: what a replica's host keeps for reads that don't go through the log.
//
// A read that came in this turn is fresh; at the end of the turn all fresh ones become one batch
// and ask the core for an index under one context. A batch that has its index is answered from the
// machine once that is applied; one that has none in time, or whose leader was lost, is refused. A
// read has no effect, so refusing it is always true.
//
// Included by this room's sources only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "raft/core/types.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww::raft {

struct PendingQuery {
  HostId client_host;
  uint64_t request = 0;
  std::string key;
};

struct QueryBatch {
  ReadContext context;
  Index index;         // None while the core has not said.
  LocalTime deadline;  // Batches are made in the order of their deadlines.
  std::vector<PendingQuery> queries;
};

struct SlotReads {
  std::vector<PendingQuery> fresh;
  std::vector<QueryBatch> batches;  // Oldest first.
  uint32_t waiting = 0;             // Queries in both.
  bool listed = false;              // The slot stands in the host's list.

  LocalTime deadline() const {
    return batches.empty() ? LocalTime::Never() : batches.front().deadline;
  }
};

}  // namespace ww::raft
