// LogRecord: one thing that a replica wants to survive, as a value and as bytes (FORMAT.md).
//
// Entries cut the log: whatever the log of the replica held from `first` on is gone once the record
// counts. Of everything else the newest record counts, but that a commit index never goes back.
// Saying again what is true already changes nothing: records are repeated at a start and moved when
// old segments are dropped.
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

// The commit index goes with the entries that carried it (Raft 4.1 needs it where a change of
// membership counts once applied: nobody may campaign behind what it knew to be committed).
struct EntriesRecord {
  Index first;
  Index commit;     // As known when it was written; none: it says nothing.
  Entries entries;  // Never empty.
};

// A commit index on its own; at most the end of the log as the records before leave it.
struct CommitRecord {
  Index commit;
};

// A snapshot file was published, own or received, and this is what it does to the log.
struct SnapshotRecord {
  LogPosition position;  // What the snapshot covers. Never none.
  LogPosition log_base;  // The log begins after it; at most `position`.
  // The log held something else at `position`, or ended before it: all of it is gone and the log
  // begins anew after `position`, which is `log_base` too. Otherwise the log holds `position`, and
  // entries after `log_base` stay.
  bool resets = false;
};

// How a replica came to this host; written before its first other record.
struct BootstrapRecord {
  bool joins = false;  // Added to a running shard; its members are learnt from its leader.
  uint8_t role = 0;    // A role of the membership's.
  Payload details;     // Members and hosts, as host/replica_book.cc has them.
  // An initial member that has not been let in by the others yet takes no part.
  bool founded = true;
};

// The identity was destroyed on this host and never starts here again. Survives for ever.
struct TombstoneRecord {};

// Everything else that was written of the replica means nothing any more.
struct DataRemovedRecord {};

// Nobody's replica: a record under this identity is of the host itself. It has one kind of record,
// a hard state without a vote: its term is the highest controller's that the host has heeded.
inline constexpr ReplicaIdentity kHostItself{};

struct LogRecord {
  ReplicaIdentity who;
  std::variant<HardState, EntriesRecord, CommitRecord, SnapshotRecord, BootstrapRecord,
               TombstoneRecord, DataRemovedRecord>
      body;
};

inline RecordKind KindOf(const LogRecord& record) {
  return static_cast<RecordKind>(record.body.index());
}
// On disk a kind is one more than its number; numbers are never reused.
inline constexpr uint32_t kFirstRecordType = 1;

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
