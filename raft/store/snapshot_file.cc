#include "raft/store/snapshot_file.h"

#include <algorithm>
#include <utility>

#include "raft/core/membership_codec.h"
#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr std::string_view kMagic = "WWSNAP\r\n";
constexpr size_t kChecksumBytes = 8;
static_assert(kMagic.size() == 8);

uint64_t ChunksOf(uint64_t body_bytes) {
  return body_bytes / kSnapshotChunkBytes + (body_bytes % kSnapshotChunkBytes == 0 ? 0 : 1);
}

std::string_view ChunkAt(std::string_view body, uint64_t chunk) {
  return body.substr(chunk * kSnapshotChunkBytes, kSnapshotChunkBytes);
}

// The place of a chunk seeds its checksum: two chunks that changed places are damage.
uint64_t ChecksumOf(std::string_view chunk, uint64_t number) { return HashBytes(chunk, number); }

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(fmt::format("the snapshot is damaged: {}", what));
}

uint64_t StoredChecksum(std::string_view file, uint64_t chunk) {
  ByteReader in(file.substr(kSnapshotHeadBytes + chunk * kChecksumBytes));
  return in.Fixed64();
}

}  // namespace

std::string EncodeSnapshot(ShardId shard, const LogPosition& position, const Membership& membership,
                           std::string_view machine) {
  CHECK(!shard.none());
  CHECK(!position.index.none());
  ByteWriter members;
  EncodeMembership(membership, members);
  const uint64_t body_bytes = members.size() + machine.size();
  std::string body;
  body.reserve(body_bytes);
  body.append(members.view()).append(machine);

  ByteWriter out;
  out.Raw(kMagic);
  out.Fixed32(kSnapshotVersion);
  out.Fixed32(kSnapshotChunkBytes);
  out.Fixed64(shard.value);
  out.Fixed64(position.index.value);
  out.Fixed64(position.term.value);
  out.Fixed64(members.size());
  out.Fixed64(machine.size());
  out.Fixed64(ChunksOf(body_bytes));
  out.Fixed64(0);  // The checksum of all other bytes up to the first chunk, patched below.
  CHECK_EQ(out.size(), kSnapshotHeadBytes);
  for (uint64_t chunk = 0; chunk < ChunksOf(body_bytes); ++chunk) {
    out.Fixed64(ChecksumOf(ChunkAt(body, chunk), chunk));
  }
  out.PatchFixed64(kSnapshotHeadBytes - kChecksumBytes, HashBytes(out.view()));
  out.Raw(body);
  return out.Take();
}

std::optional<SnapshotHead> ReadSnapshotHead(std::string_view prefix) {
  if (prefix.size() < kSnapshotHeadBytes) return std::nullopt;
  ByteReader in(prefix);
  if (in.Raw(kMagic.size()) != kMagic) return std::nullopt;
  const uint32_t version = in.Fixed32();
  const uint32_t chunk_bytes = in.Fixed32();
  SnapshotHead head;
  head.shard = ShardId(in.Fixed64());
  head.content.position.index = Index(in.Fixed64());
  head.content.position.term = Term(in.Fixed64());
  head.membership_bytes = in.Fixed64();
  head.machine_bytes = in.Fixed64();
  const uint64_t chunks = in.Fixed64();
  head.content.checksum = in.Fixed64();
  CHECK(in.ok());
  if (version != kSnapshotVersion || chunk_bytes != kSnapshotChunkBytes) return std::nullopt;
  // A hostile size must neither overflow nor make anybody allocate.
  constexpr uint64_t kSane = uint64_t{1} << 40;
  if (head.membership_bytes > kSane || head.machine_bytes > kSane) return std::nullopt;
  const uint64_t body_bytes = head.membership_bytes + head.machine_bytes;
  if (chunks != ChunksOf(body_bytes)) return std::nullopt;
  head.body_offset = kSnapshotHeadBytes + chunks * kChecksumBytes;
  head.content.bytes = head.body_offset + body_bytes;
  if (prefix.size() < head.body_offset) return std::nullopt;
  std::string covered(prefix.substr(0, head.body_offset));
  std::fill_n(covered.begin() + (kSnapshotHeadBytes - kChecksumBytes), kChecksumBytes, '\0');
  if (HashBytes(covered) != head.content.checksum) return std::nullopt;
  if (head.shard.none() || head.content.position.index.none()) return std::nullopt;
  return head;
}

uint64_t GoodBytes(std::string_view prefix) {
  const std::optional<SnapshotHead> head = ReadSnapshotHead(prefix);
  if (!head.has_value()) return 0;
  const uint64_t file_bytes = head->content.bytes;
  const std::string_view body = prefix.substr(head->body_offset);
  const uint64_t body_bytes = file_bytes - head->body_offset;
  uint64_t good = 0;
  for (uint64_t chunk = 0; good < body_bytes; ++chunk) {
    const uint64_t bytes = std::min<uint64_t>(kSnapshotChunkBytes, body_bytes - good);
    if (body.size() - good < bytes) break;
    if (ChecksumOf(body.substr(good, bytes), chunk) != StoredChecksum(prefix, chunk)) break;
    good += bytes;
  }
  CHECK_LE(head->body_offset + good, file_bytes);
  return head->body_offset + good;
}

absl::StatusOr<SnapshotImage> DecodeSnapshot(std::string_view file) {
  const std::optional<SnapshotHead> head = ReadSnapshotHead(file);
  if (!head.has_value()) return Damaged("its head is bad");
  if (file.size() != head->content.bytes) {
    return Damaged(
        fmt::format("it has {} bytes, its head says {}", file.size(), head->content.bytes));
  }
  if (const uint64_t good = GoodBytes(file); good != file.size()) {
    return Damaged(fmt::format("the chunk at offset {} is bad", good));
  }
  ByteReader in(file.substr(head->body_offset, head->membership_bytes));
  std::optional<Membership> membership = DecodeMembership(in);
  if (!membership.has_value() || in.remaining() != 0) return Damaged("its membership is malformed");
  SnapshotImage image;
  image.shard = head->shard;
  image.content = head->content;
  image.membership = *std::move(membership);
  image.machine = file.substr(head->body_offset + head->membership_bytes);
  CHECK_EQ(image.machine.size(), head->machine_bytes);
  return image;
}

}  // namespace ww::raft
