#include "raft/host/snapshot_messages.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr size_t kChunkHeaderBytes = 4 + 13 * 8 + 4;
constexpr size_t kAnswerBytes = 4 + 7 * 8 + 4;

}  // namespace

size_t SnapshotChunk::encoded_size() const { return kChunkHeaderBytes + bytes.size(); }

uint64_t SnapshotChunk::digest() const {
  uint64_t digest = Absorb(kSnapshotChunkKind, shard.value);
  digest = Absorb(Absorb(digest, from_host.value), term.value);
  digest = Absorb(Absorb(digest, from.value), to.value);
  digest = Absorb(Absorb(digest, content.position.index.value), content.position.term.value);
  digest = Absorb(Absorb(digest, content.bytes), content.checksum);
  digest = Absorb(Absorb(digest, transfer), number);
  digest = Absorb(Absorb(digest, offset), checksum);
  return Absorb(digest, bytes.digest());
}

std::unique_ptr<WireMessage> SnapshotChunk::Clone() const {
  return std::make_unique<SnapshotChunk>(*this);
}

void SnapshotChunk::Encode(ByteWriter& out) const {
  CHECK_LE(bytes.size(), size_t{UINT32_MAX});
  const size_t start = out.size();
  out.Fixed32(kSnapshotChunkKind);
  out.Fixed64(shard.value);
  out.Fixed64(from_host.value);
  out.Fixed64(from.value);
  out.Fixed64(to.value);
  out.Fixed64(term.value);
  out.Fixed64(transfer);
  out.Fixed64(number);
  out.Fixed64(content.position.index.value);
  out.Fixed64(content.position.term.value);
  out.Fixed64(content.bytes);
  out.Fixed64(content.checksum);
  out.Fixed64(offset);
  out.Fixed64(checksum);
  out.Fixed32(static_cast<uint32_t>(bytes.size()));
  out.Raw(bytes.view());
  CHECK_EQ(out.size() - start, encoded_size());
}

std::unique_ptr<WireMessage> DecodeSnapshotChunk(ByteReader& in) {
  auto chunk = std::make_unique<SnapshotChunk>();
  chunk->shard = ShardId(in.Fixed64());
  chunk->from_host = HostId(in.Fixed64());
  chunk->from = ReplicaId(in.Fixed64());
  chunk->to = ReplicaId(in.Fixed64());
  chunk->term = Term(in.Fixed64());
  chunk->transfer = in.Fixed64();
  chunk->number = in.Fixed64();
  chunk->content.position.index = Index(in.Fixed64());
  chunk->content.position.term = Term(in.Fixed64());
  chunk->content.bytes = in.Fixed64();
  chunk->content.checksum = in.Fixed64();
  chunk->offset = in.Fixed64();
  chunk->checksum = in.Fixed64();
  const uint32_t size = in.Fixed32();
  const std::string_view bytes = in.Raw(size);
  if (!in.ok()) return nullptr;
  // What no sender ever sends is refused here, so that nobody behind has to think of it.
  const LogPosition& position = chunk->content.position;
  if (position.index.none() || position.term.none() || position.term > chunk->term) return nullptr;
  if (chunk->offset > chunk->content.bytes) return nullptr;
  if (bytes.size() > chunk->content.bytes - chunk->offset) return nullptr;
  chunk->bytes = Payload::Copy(bytes);
  return chunk;
}

size_t SnapshotAnswer::encoded_size() const { return kAnswerBytes; }

uint64_t SnapshotAnswer::digest() const {
  uint64_t digest = Absorb(kSnapshotAnswerKind, shard.value);
  digest = Absorb(Absorb(digest, from_host.value), transfer);
  digest = Absorb(Absorb(digest, from.value), to.value);
  digest = Absorb(digest, number);
  return Absorb(Absorb(digest, static_cast<uint64_t>(state)), offset);
}

std::unique_ptr<WireMessage> SnapshotAnswer::Clone() const {
  return std::make_unique<SnapshotAnswer>(*this);
}

void SnapshotAnswer::Encode(ByteWriter& out) const {
  const size_t start = out.size();
  out.Fixed32(kSnapshotAnswerKind);
  out.Fixed64(shard.value);
  out.Fixed64(from_host.value);
  out.Fixed64(from.value);
  out.Fixed64(to.value);
  out.Fixed64(transfer);
  out.Fixed64(number);
  out.Fixed32(static_cast<uint32_t>(state));
  out.Fixed64(offset);
  CHECK_EQ(out.size() - start, encoded_size());
}

std::unique_ptr<WireMessage> DecodeSnapshotAnswer(ByteReader& in) {
  auto answer = std::make_unique<SnapshotAnswer>();
  answer->shard = ShardId(in.Fixed64());
  answer->from_host = HostId(in.Fixed64());
  answer->from = ReplicaId(in.Fixed64());
  answer->to = ReplicaId(in.Fixed64());
  answer->transfer = in.Fixed64();
  answer->number = in.Fixed64();
  const uint32_t state = in.Fixed32();
  answer->offset = in.Fixed64();
  if (!in.ok() || state > static_cast<uint32_t>(kLastTransferState)) return nullptr;
  answer->state = static_cast<TransferState>(state);
  return answer;
}

}  // namespace ww::raft
