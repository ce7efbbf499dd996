// What a leader keeps for reads that don't go through the log (Raft 6.4), and for a transfer.
//
// A read gets the commit index of the moment in which it came, and may be answered once a quorum
// has confirmed that this leader still led after that moment: by answering a heartbeat that carried
// the read's batch or a later one. With a lease the confirmation is given in advance.
//
// Invariants: batches count up; pending reads stand in the order of their batches; what stands here
// dies with the leadership.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "raft/core/types.h"

namespace ww::raft {

struct PendingRead {
  ReplicaId from;  // Who asked; may be the leader itself.
  ReadContext context;
  Index index;         // None until the leader has committed in its term.
  uint64_t batch = 0;  // Likewise.
};

struct LeaderReads {
  std::vector<PendingRead> pending;
  uint64_t batch = 0;  // The newest.
};

// When the newest heartbeat rounds began, in a ring. An older start is of no use: what it would
// promise is over.
struct LeaderLease {
  struct Round {
    uint64_t round = 0;
    LocalTime start;
  };
  std::vector<Round> rounds;  // Round n stands at n % size; empty when leases are off.
  LocalTime reported{INT64_MIN};
  bool given_back = false;  // For the rest of the term: somebody was told to campaign.
};

struct PendingTransfer {
  ReplicaId target;
  Term term;
  LocalTime deadline;
  uint64_t told_round = 0;  // The heartbeat round of the last order to campaign.
  bool told = false;
};

}  // namespace ww::raft
