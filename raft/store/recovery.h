// Recovery: opens a host's log, or makes a new one, and says what it holds.
//
// Reads all segments and follows their batches from the beginning (FORMAT.md, "Reading"). What may
// be the remains of the batch that was being written at a crash is cut, durably, before anything
// new is written. Damage to bytes that were synced is reported through the observer and returned as
// DataLoss; nothing is changed then.
//
// What was read back is not all known to be durable: after a crash of the process alone it may only
// stand in a cache, and after a sync that failed the cache may never be written. The last batch is
// therefore to be repeated (LogWriter::Repeat) before the host takes part.
//
// Errors: DataLoss (damage), FailedPrecondition (another host's log), and those of Files.
// Suspends: OpenLog.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "raft/env/env.h"
#include "raft/store/log_writer.h"
#include "raft/store/record.h"
#include "raft/store/recovered_replica.h"

namespace ww::raft {

inline constexpr std::string_view kLogFileName = "wal-000001";  // The first segment.

struct RecoveredLog {
  LogTail tail;
  uint64_t oldest_segment = 1;             // Those from here to the tail's exist.
  std::vector<RecoveredReplica> replicas;  // Sorted by shard, then replica; each once.
  std::vector<LogRecord> last_batch;       // To be repeated; empty when the log has no batch.
  BatchLink last_link;
};

absl::StatusOr<RecoveredLog> OpenLog(Env& env);

// The pure half: what a log file's bytes say. `damage` is set when synced bytes are bad.
struct LogDamage {
  uint64_t offset = 0;
  std::string_view detail;
  uint64_t segment = 0;  // Its number.
};
struct LogContents {
  uint64_t segment = 0;  // The last one's number.
  uint64_t end = 0;      // Where its last batch that counts ends; what follows is a torn tail.
  uint64_t sequence = 0;
  uint64_t chain = 0;
  Incarnation writer;
  std::vector<RecoveredReplica> replicas;
  std::vector<LogRecord> last_batch;  // Of the last segment; empty when it has none.
  BatchLink last_link;
  std::optional<LogDamage> damage;
};
// Requires: not empty.
LogContents ParseLog(std::span<const std::string> segments);
LogContents ParseLog(std::string_view only_segment);
// All records of a whole segment that others follow, in order; nothing when it is damaged.
std::optional<std::vector<LogRecord>> RecordsOf(std::string_view segment);

}  // namespace ww::raft
