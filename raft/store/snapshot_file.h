// The bytes of a snapshot file (FORMAT.md, "Snapshot files"): a head with checksums of everything
// that follows, the membership, and the machine's image.
//
// The head comes first, so whoever receives a file piece by piece can judge each chunk by itself,
// and can say after a crash how much of what it has is good.
//
// Invariants: decoding never over-reads; the same contents give the same bytes on every host.
// Suspends: never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "raft/core/types.h"

namespace ww::raft {

inline constexpr uint32_t kSnapshotVersion = 1;
inline constexpr size_t kSnapshotHeadBytes = 72;  // Before the chunk checksums.
inline constexpr uint32_t kSnapshotChunkBytes = 4096;

// Which snapshot file it is. Equal contents mean equal files, byte for byte.
struct SnapshotContent {
  LogPosition position;
  uint64_t bytes = 0;     // Of the file.
  uint64_t checksum = 0;  // The head's; it covers everything.
  friend bool operator==(const SnapshotContent&, const SnapshotContent&) = default;
};

// A snapshot that was read and found good.
struct SnapshotImage {
  ShardId shard;
  SnapshotContent content;
  Membership membership;
  std::string machine;
};

std::string EncodeSnapshot(ShardId shard, const LogPosition& position, const Membership& membership,
                           std::string_view machine);

// Errors: DataLoss, saying what is wrong and where.
absl::StatusOr<SnapshotImage> DecodeSnapshot(std::string_view file);

// What the beginning of a file says about all of it.
struct SnapshotHead {
  ShardId shard;
  SnapshotContent content;
  uint64_t membership_bytes = 0;
  uint64_t machine_bytes = 0;
  uint64_t body_offset = 0;  // Where the chunks begin: after the head and their checksums.
};
// Nothing while the head is not whole, or when it is damaged. `prefix` may be longer than the head.
std::optional<SnapshotHead> ReadSnapshotHead(std::string_view prefix);
// How many bytes of a file that arrived in part are good: whole chunks, from the beginning. 0 when
// not even the head is.
uint64_t GoodBytes(std::string_view prefix);

}  // namespace ww::raft
