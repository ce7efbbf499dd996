// LogWriter: appends batches to the log file, one sync a batch.
//
// The next batch is written only after the sync of the one before returned: at any crash at most
// one batch is not synced. A failed append or sync ends the writer for good, because what is on the
// disk is then unknown and a later sync that succeeds proves nothing (Rebello et al., ATC 2020).
//
// Suspends: Write.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "raft/env/env.h"
#include "raft/store/batch.h"
#include "raft/store/record.h"

namespace ww::raft {

// Where the next batch goes and what it follows.
struct LogTail {
  FileId file;
  uint64_t size = 0;
  uint64_t sequence = 0;  // Of the last batch.
  uint64_t chain = 0;     // Its checksum, or the file header's.
};

class LogWriter {
 public:
  LogWriter(Env& env, const LogTail& tail);

  // Writes the records as one batch and returns when they are durable. Each is announced
  // just before the append. Requires: not empty, and no earlier call failed.
  absl::Status Write(std::span<const LogRecord> records);
  // The same for the first batch of a life, which says again what may not be durable although it
  // was read back (recovery.h); `link` is that of the batch it repeats.
  absl::Status Repeat(std::span<const LogRecord> records, const BatchLink& link);

  const LogTail& tail() const { return tail_; }

 private:
  absl::Status WriteBatch(std::span<const LogRecord> records, const BatchLink& link);
  void Announce(std::span<const LogRecord> records, uint64_t offset);

  Env& env_;
  LogTail tail_;
  DrawHandle late_sync_;
  ByteWriter buffer_;           // Reused.
  std::vector<uint64_t> ends_;  // Of each record in it.
  bool failed_ = false;
  bool busy_ = false;
};

}  // namespace ww::raft
