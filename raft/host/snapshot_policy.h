// When a host takes snapshots, how much of the log it keeps behind them, and how they are sent.
#pragma once

#include <cstdint>

#include "sim/base/time.h"

namespace ww::raft {

struct SnapshotPolicy {
  // A snapshot is due when so many entries, or so many bytes of them, were applied since the last
  // one. 0: not for this reason.
  uint64_t every_entries = 0;
  uint64_t every_bytes = 0;
  // So many entries up to the snapshot stay in the log, for followers that are a little behind.
  uint64_t compaction_overhead = 64;

  // A machine on disk makes durable what it applied since the last time, when it is so many
  // entries. Before a snapshot it does so in any case.
  uint64_t sync_every_entries = 64;

  uint32_t chunk_bytes = 64 * 1024;
  Duration answer_timeout = Milliseconds(500);  // Then the chunk is sent again.
  uint32_t unanswered_max = 8;                  // So many in a row end the transfer.
  Duration transfer_timeout = Seconds(30);      // Then it is given up, on both sides.
  uint32_t sends_max = 4;                       // Transfers under way from one host; others wait.
};

}  // namespace ww::raft
