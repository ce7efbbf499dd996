// How a snapshot travels from a leader's host to a follower's: chunks one way, answers the other.
//
// A chunk is sent, and the next one only when it was answered: the answer says from where on the
// receiver wants more, so a lost chunk, a lost answer and a receiver that starts anew are all dealt
// with alike. Every chunk says which snapshot it is of, whole: position, length and checksum of the
// file; chunks of different snapshots never mix, whoever sends them. Content and chunk have
// checksums of their own, so damage on the way costs one chunk, not the transfer.
#pragma once

#include <cstdint>
#include <memory>

#include "raft/core/types.h"
#include "raft/store/snapshot_file.h"
#include "sim/base/bytes.h"
#include "sim/base/payload.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// Numbers of WireMessage::kind().
inline constexpr uint32_t kSnapshotChunkKind = 26;
inline constexpr uint32_t kSnapshotAnswerKind = 27;

struct SnapshotChunk final : WireMessage {
  ShardId shard;
  HostId from_host;
  ReplicaId from;  // The leader,
  ReplicaId to;
  Term term;              // in this term.
  uint64_t transfer = 0;  // Chosen by the sender, for one transfer.
  uint64_t number = 0;    // Of the chunk in its transfer, also when bytes are sent again.
  SnapshotContent content;
  uint64_t offset = 0;    // In the file.
  uint64_t checksum = 0;  // Of `bytes`.
  Payload bytes;          // Never beyond the end of the file; may be empty.

  uint32_t kind() const override { return kSnapshotChunkKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

enum class TransferState : uint8_t {
  kWants,     // More, from `offset` on.
  kDone,      // The follower has what the snapshot says, durably or about to be.
  kRefused,   // The sender does not lead any more, or another snapshot is being received.
  kUnusable,  // All of it arrived, and it is no snapshot that this replica could take.
};
inline constexpr TransferState kLastTransferState = TransferState::kUnusable;

struct SnapshotAnswer final : WireMessage {
  ShardId shard;
  HostId from_host;
  ReplicaId from;  // The receiver of the chunk.
  ReplicaId to;
  uint64_t transfer = 0;
  uint64_t number = 0;  // Of the chunk that is answered.
  TransferState state = TransferState::kWants;
  uint64_t offset = 0;  // kWants.

  uint32_t kind() const override { return kSnapshotAnswerKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed. Hostile bytes cost no more than their
// length.
std::unique_ptr<WireMessage> DecodeSnapshotChunk(ByteReader& in);
std::unique_ptr<WireMessage> DecodeSnapshotAnswer(ByteReader& in);

}  // namespace ww::raft
