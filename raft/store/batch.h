// Batch: what one append of the log writer puts into the log file (FORMAT.md).
//
// A batch is valid whole or not at all. Its header says where it stands, what was already synced
// when it was written, and which batch it follows, so that recovery can tell three things apart
// that look alike: the torn end of a log, damage to bytes that were synced, and stale bytes of an
// earlier life.
//
// Suspends: never.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "raft/store/disk_id.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"

namespace ww::raft {

inline constexpr uint32_t kLogVersion = 3;
inline constexpr size_t kFileHeaderBytes = 80;
inline constexpr size_t kBatchHeaderBytes = 56;

// How a batch hangs on what stands before it.
struct BatchLink {
  uint64_t durable_before = 0;  // Everything below this offset was synced when it was written.
  uint64_t chain = 0;           // Checksum of the batch (or file header) that ends there.
  friend bool operator==(const BatchLink&, const BatchLink&) = default;
};

struct BatchHeader {
  uint64_t offset = 0;  // Its own place in the file.
  BatchLink link;
  uint64_t sequence = 0;  // Grows by one a batch.
  Incarnation writer;     // The life of the process that wrote it.
};

struct Batch {
  BatchHeader header;
  uint64_t checksum = 0;
  std::string_view body;  // Records; into what was read.
  uint64_t end() const { return header.offset + kBatchHeaderBytes + body.size(); }
};

// Reserves the header at the beginning of an empty buffer; records are encoded behind it.
void BeginBatch(ByteWriter& out);
// Fills the header in. Returns the batch's checksum, which the next batch carries as its chain.
uint64_t FinishBatch(ByteWriter& out, const BatchHeader& header);

// The batch that stands at `offset` of the file's bytes, when a valid one does.
std::optional<Batch> ReadBatch(std::string_view file, uint64_t offset);
// The first valid batch at or after `offset`.
std::optional<Batch> FindBatch(std::string_view file, uint64_t offset);

// Where a log ends: what the next batch, or the next segment, follows.
struct LogEnd {
  uint64_t offset = 0;    // Of the segment's end.
  uint64_t sequence = 0;  // Of the last batch.
  Incarnation writer;     // Its writer.
  uint64_t chain = 0;     // Its checksum, or that of the segment's header when it has none.
  friend bool operator==(const LogEnd&, const LogEnd&) = default;
};

// What each segment of the log begins with.
struct FileHeader {
  HostId host;
  uint64_t number = 1;  // 1, 2, ... without gaps; the file is named for it.
  LogEnd previous;      // Of the segment before; all zero for the first.
  DiskId disk;          // The same in all.
  uint64_t checksum = 0;
};
std::string EncodeFileHeader(const FileHeader& header);  // Its checksum is computed.
std::optional<FileHeader> ReadFileHeader(std::string_view file);

}  // namespace ww::raft
