// LogWriter: appends batches to the log, one sync a batch, and begins a new segment when one is
// full.
//
// The next batch is written only after the sync of the one before returned: at any crash at most
// one batch is not synced. A failed append or sync ends the writer for good, because what is on the
// disk is then unknown and a later sync that succeeds proves nothing (Rebello et al., ATC 2020).
// Only a disk that is full took nothing: after ResourceExhausted the same call may be made again,
// with the same records, and no other.
//
// Suspends: Write, Repeat, RemoveOldestSegment.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "raft/env/env.h"
#include "raft/store/batch.h"
#include "raft/store/record.h"
#include "raft/store/segment.h"
#include "raft/store/standing_records.h"

namespace ww::raft {

class LogWriter {
 public:
  // `oldest` is the number of the oldest segment.
  LogWriter(Env& env, const LogTail& tail, uint64_t oldest = 1);
  // A segment that has reached this size is followed by a new one. 0: never.
  void SetSegmentBytes(uint64_t bytes) { segment_bytes_ = bytes; }

  // Writes the records as one batch and returns when they are durable. Each is announced
  // just before the append. Requires: not empty, and no earlier call failed.
  absl::Status Write(std::span<const LogRecord> records);
  // The same for the first batch of a life, which says again what may not be durable although it
  // was read back (recovery.h); `link` is that of the batch it repeats.
  absl::Status Repeat(std::span<const LogRecord> records, const BatchLink& link);

  const LogTail& tail() const { return tail_; }
  uint64_t oldest_segment() const { return oldest_; }
  // Requires: it is not the tail's, and nothing in it is needed. Its removal is durable when the
  // call returns OK; after an error it may be tried again.
  absl::Status RemoveOldestSegment();

  // The newest records of the kinds that stand alone, as far as they were given to the log.
  StandingRecords& standing() { return standing_; }

 private:
  absl::Status Roll();
  absl::Status MayTryAgain(const absl::Status& status);
  absl::Status WriteBatch(std::span<const LogRecord> records, const BatchLink& link);
  void Announce(std::span<const LogRecord> records, uint64_t offset);

  Env& env_;
  LogTail tail_;
  DrawHandle late_sync_;
  ByteWriter buffer_;           // Reused.
  std::vector<uint64_t> ends_;  // Of each record in it.
  StandingRecords standing_;
  uint64_t announced_ = 0;  // The sequence of the newest batch that was.
  uint64_t segment_bytes_ = 0;
  uint64_t oldest_;
  bool failed_ = false;
  bool busy_ = false;
};

}  // namespace ww::raft
