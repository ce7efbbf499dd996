// The files that a log consists of: numbered segments, each beginning with a header that says what
// it follows.
//
// A segment is made when the one before has reached its size: its header is synced and its name
// durable before the first batch goes into it. The oldest one goes when nothing in it is needed any
// more; one at a time, its removal durable before the next, so the numbers that are left never have
// a gap.
//
// Errors: those of Files.
// Suspends: every function that takes an Env.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "raft/env/env.h"
#include "raft/store/batch.h"
#include "raft/store/record.h"

namespace ww::raft {

std::string SegmentName(uint64_t number);  // "wal-000001".
std::optional<uint64_t> SegmentNumber(std::string_view name);

// Where the next batch goes and what it follows.
struct LogTail {
  FileId file;
  uint64_t size = 0;
  uint64_t sequence = 0;  // Of the last batch.
  uint64_t chain = 0;     // Its checksum, or the segment header's.
  uint64_t number = 1;    // Of the segment.
  Incarnation writer;     // Of the last batch.
  DiskId disk;            // In each segment's header.
};

// An empty segment, whatever stood under its name before: nothing that is not in a segment with a
// durable header was ever promised to anybody.
absl::StatusOr<LogTail> CreateSegment(Env& env, uint64_t number, const LogEnd& previous,
                                      DiskId disk);
absl::StatusOr<std::string> ReadSegment(Env& env, FileId file);
// The removal is durable when it returns.
absl::Status RemoveSegment(Env& env, uint64_t number);

}  // namespace ww::raft
