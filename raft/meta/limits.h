// Limits: how patient and how busy controllers are.
#pragma once

#include <cstdint>

#include "sim/base/time.h"

namespace ww::raft::meta {

struct Limits {
  uint64_t lag_max = 64;                   // `promote.lag_max`: entries behind the commit.
  Duration dead_after = Seconds(30);       // A host unheard of for so long is dead.
  Duration cleanup_patience = Seconds(5);  // A host silent for so long is not waited for.
  uint32_t migrations_parallel_max = 4;    // Begun, of different shards; as many repairs besides.
  uint32_t balance_parallel_max = 1;       // Of these, for balance.
  uint32_t replicas_gap_min = 2;  // Hosts this far apart in replicas are balanced. At least 2: a
  uint32_t leaders_gap_min = 2;   // move must lessen the gap. Likewise of leaders.
};

}  // namespace ww::raft::meta
