// LogQuery: reading the log of a shard as it was committed, as change feeds and auditors do.
//
// Any host that has a replica of the shard answers from its own log, at once; a replica that lags
// knows less, and says how far it goes. Witnesses have no payloads to tell of.
#pragma once

#include <cstdint>
#include <memory>

#include "raft/core/entries.h"
#include "raft/core/types.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// Numbers of WireMessage::kind(), after those of snapshots.
inline constexpr uint32_t kLogQueryKind = 28;
inline constexpr uint32_t kLogAnswerKind = 29;

// Asks for the entries from `first` on, before `end`.
struct LogQuery final : WireMessage {
  uint64_t request = 0;  // Chosen by the caller; returned in the answer.
  ShardId shard;
  Index first;
  Index end;
  uint64_t payload_bytes_max = 0;  // Of all entries together; one is given at least.

  uint32_t kind() const override { return kLogQueryKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

enum class LogAnswerOutcome : uint8_t {
  kEntries,     // One at least: those asked for, as far as they are committed here and fit.
  kBadRange,    // It is empty, or begins at 0.
  kOutOfRange,  // Its first entry is gone, or not committed here yet.
  kNoReplica,   // No replica of the shard runs here.
  kNoPayloads,  // The replica is a witness.
};
inline constexpr LogAnswerOutcome kLastLogAnswerOutcome = LogAnswerOutcome::kNoPayloads;

struct LogAnswer final : WireMessage {
  uint64_t request = 0;
  ShardId shard;
  LogAnswerOutcome outcome = LogAnswerOutcome::kNoReplica;
  // kEntries and kOutOfRange: what could be asked for, from `available` on and before
  // `available_end`; it may be nothing.
  Index available;
  Index available_end;
  Index first;  // kEntries: of the entries, as asked for.
  Entries entries;

  uint32_t kind() const override { return kLogAnswerKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed. Hostile bytes cost no more than their
// length.
std::unique_ptr<WireMessage> DecodeLogQuery(ByteReader& in);
std::unique_ptr<WireMessage> DecodeLogAnswer(ByteReader& in);

}  // namespace ww::raft
