// TraceReader: the records of a trace, one after the other, from bytes that may be damaged.
//
// Every count and length is checked against what is left before it is used. A file that is
// truncated, corrupt or hostile gives an error that names the byte; it never crashes, hangs or
// takes more memory than a small multiple of its size.
//
// Errors: InvalidArgument (no trace, or of another version), DataLoss (damaged).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/trace/schema.h"

namespace ww {

struct TraceRecord {
  uint64_t number = 0;  // Counts from 0 in its run.
  KindId kind;
  TrueTime time;
  HostId host;
  uint32_t state = 0;              // Low half of the fingerprint after the record.
  std::vector<uint64_t> words;     // One a field.
  std::vector<std::string> texts;  // One a field; empty but for kText.

  friend bool operator==(const TraceRecord&, const TraceRecord&) = default;
};

class TraceReader {
 public:
  // Checks magic, version, framing and checksums of the whole file, and reads the schema. `bytes`
  // outlive the reader.
  static absl::StatusOr<TraceReader> Open(std::string_view bytes);

  // The next record; nothing after the last.
  absl::StatusOr<std::optional<TraceRecord>> Next();

  const Schema& schema() const { return schema_; }
  // The number of the oldest record kept. It is above 0 when older ones were dropped.
  uint64_t first_number() const { return first_number_; }
  // One past the number of the last record.
  uint64_t end_number() const { return end_number_; }
  // Of the run, when the trace was taken.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  struct Chunk {
    size_t offset = 0;  // Of the payload in the file.
    uint64_t first_number = 0;
    uint64_t records = 0;
    std::string_view bytes;  // Of the records.
  };
  TraceReader() = default;
  absl::Status ReadFraming(std::string_view bytes);
  absl::Status ReadSchema(std::string_view payload, size_t offset);
  absl::Status ReadRecordsHeader(std::string_view payload, size_t offset);
  absl::Status ReadEnd(std::string_view payload, size_t offset);
  absl::StatusOr<TraceRecord> ReadRecord(const Chunk& chunk);

  Schema schema_;
  std::vector<Chunk> chunks_;
  uint64_t first_number_ = 0;
  uint64_t end_number_ = 0;
  uint64_t fingerprint_ = 0;
  // The chunk being read, how far, and the time of the record before.
  size_t chunk_ = 0;
  uint64_t read_in_chunk_ = 0;
  ByteReader at_{std::string_view{}};
  int64_t previous_ns_ = 0;
};

}  // namespace ww
