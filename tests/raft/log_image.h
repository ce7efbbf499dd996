// A log file built in memory, batch by batch, as LogWriter would: for tests that damage its bytes.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "raft/store/recovery.h"

namespace ww::raft {

inline constexpr ReplicaIdentity kReplica{ShardId(7), ReplicaId(71)};

inline LogRecord HardStateOf(uint64_t term, uint64_t vote) {
  return LogRecord{kReplica, HardState{Term(term), ReplicaId(vote)}};
}
inline LogRecord EntriesOf(uint64_t first, uint64_t term,
                           const std::vector<std::string>& payloads) {
  EntriesRecord run;
  run.first = Index(first);
  for (const std::string& payload : payloads) {
    run.entries.push_back(Entry{Term(term), EntryType::kCommand, Payload::Copy(payload)});
  }
  return LogRecord{kReplica, std::move(run)};
}

class LogImage {
 public:
  explicit LogImage(HostId host = HostId(1))
      : bytes(EncodeFileHeader({host, 1, {}, DiskId(4), 0})) {
    chain_ = ReadFileHeader(bytes)->checksum;
  }

  // Appends a batch; returns where it begins.
  uint64_t Add(const std::vector<LogRecord>& records) {
    return Add(records, BatchLink{bytes.size(), chain_});
  }
  uint64_t Add(const std::vector<LogRecord>& records, const BatchLink& link) {
    ByteWriter out;
    BeginBatch(out);
    for (const LogRecord& record : records) EncodeRecord(record, out);
    const uint64_t offset = bytes.size();
    chain_ = FinishBatch(out, BatchHeader{offset, link, ++sequence_, writer});
    bytes.append(out.view());
    last_link = link;
    return offset;
  }
  // A new life that read the log as ending here: what is behind is gone.
  void CutTo(const LogContents& contents) {
    bytes.resize(contents.end);
    chain_ = contents.chain;
    sequence_ = contents.sequence;
    writer = writer.next();
  }

  std::string bytes;
  BatchLink last_link;
  Incarnation writer{1};

 private:
  uint64_t chain_ = 0;
  uint64_t sequence_ = 0;
};

// The payloads of the one replica that these tests write.
inline std::vector<std::string> PayloadsOf(const std::vector<RecoveredReplica>& replicas) {
  std::vector<std::string> payloads;
  for (const RecoveredReplica& replica : replicas) {
    EXPECT_EQ(replica.who.shard, kReplica.shard);
    for (const Entry& entry : replica.entries) payloads.emplace_back(entry.payload.view());
  }
  return payloads;
}

}  // namespace ww::raft
