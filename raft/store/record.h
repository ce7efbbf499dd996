// LogRecord: one thing that a replica wants to survive, as a value and as bytes (FORMAT.md).
//
// A record is either a hard state or a run of entries. Entries cut the log: whatever the log of the
// replica held from `first` on is gone once the record counts.
//
// Invariants: decoding never over-reads; what was encoded decodes to an equal value.
// Suspends: never.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "raft/core/messages.h"
#include "raft/core/types.h"
#include "raft/env/observer.h"
#include "sim/base/bytes.h"

namespace ww::raft {

struct EntriesRecord {
  Index first;
  Entries entries;  // Never empty.
};

struct LogRecord {
  ReplicaIdentity who;
  std::variant<HardState, EntriesRecord> body;
};

// Type numbers on disk; never reused.
inline constexpr uint32_t kHardStateRecord = 1;
inline constexpr uint32_t kEntriesRecord = 2;

inline constexpr size_t kRecordHeaderBytes = 24;
inline constexpr size_t kEntryHeaderBytes = 16;

size_t EncodedSize(const LogRecord& record);
void EncodeRecord(const LogRecord& record, ByteWriter& out);
// Nothing when the bytes are no record; the reader is then of no further use.
std::optional<LogRecord> DecodeRecord(ByteReader& in);

// Entries as they stand in records and in messages: term, type, length, bytes.
size_t EncodedSize(const Entry& entry);
void EncodeEntry(const Entry& entry, ByteWriter& out);
std::optional<Entry> DecodeEntry(ByteReader& in);

}  // namespace ww::raft
