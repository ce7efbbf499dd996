// RecordQueue: records of all replicas on their way to the log writer, in the order in which they
// were decided.
//
// Each record has a number, counting up over the life of the host; the log is written in that
// order, so "everything up to number n is durable" is one comparison.
//
// Suspends: never.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/store/record.h"

namespace ww::raft {

// A record of a replica that does not live here at the moment.
inline constexpr uint32_t kNoSlot = UINT32_MAX;

// A part of the queue that is written as one batch. `slots` says whose each record is.
struct RecordBatch {
  std::vector<LogRecord> records;
  std::vector<uint32_t> slots;
  uint64_t last_number = 0;  // Of its last record.

  void Clear();  // Keeps the capacity.
};

class RecordQueue {
 public:
  // Of the newest record ever pushed.
  uint64_t newest() const { return waiting_.last_number; }
  bool empty() const { return waiting_.records.empty(); }
  size_t size() const { return waiting_.records.size(); }

  // Returns the record's number.
  uint64_t Push(uint32_t slot, const ReplicaIdentity& who, const HardState& state);
  uint64_t Push(uint32_t slot, const ReplicaIdentity& who, EntriesRecord&& run);
  // Of any kind; for the rare ones. kNoSlot: of a replica that does not live here.
  uint64_t Push(uint32_t slot, LogRecord&& record);
  // Moves the oldest records into `batch`: at least one, and as many as stay within both bounds.
  // Requires: not empty; `batch` is cleared.
  void Take(RecordBatch& batch, uint64_t bytes_max, size_t records_max);

 private:
  LogRecord& Add(uint32_t slot, const ReplicaIdentity& who);

  RecordBatch waiting_;  // Its last_number is that of the newest record ever pushed.
  uint64_t waiting_bytes_ = 0;
};

}  // namespace ww::raft
