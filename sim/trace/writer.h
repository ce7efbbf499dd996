// TraceWriter: turns records into the bytes of a trace, in memory.
//
// Records are gathered into chunks that can be read on their own, so a bound on the bytes is kept
// by dropping whole chunks, oldest first. The newest record is always kept.
//
// Invariants: kept records are consecutive; their bytes never exceed `bytes_max`, unless the newest
// chunk alone does.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/trace/schema.h"

namespace ww {

class TraceWriter {
 public:
  struct Options {
    size_t bytes_max = 0;       // Of records; 0 for no bound.
    uint64_t first_number = 0;  // The number of the first record in its run.
  };
  // One record, borrowed. `words` and `texts` have an element a field; texts are empty but for
  // fields of type kText, whose word is a hash of the whole text.
  struct Record {
    KindId kind;
    TrueTime time;
    HostId host;
    uint32_t state = 0;  // Low half of the fingerprint after the record.
    std::span<const uint64_t> words;
    std::span<const std::string_view> texts;
  };

  // `schema` outlives the writer and does not change meanwhile.
  TraceWriter(const Schema& schema, const Options& options);

  void Add(const Record& record);
  // The whole file. May be called at any time, and again later.
  std::string Finish(uint64_t fingerprint) const;

  uint64_t next_number() const { return next_number_; }
  size_t record_bytes() const { return sealed_bytes_ + open_.bytes.size(); }

 private:
  struct Chunk {
    uint64_t first_number = 0;
    uint64_t records = 0;
    ByteWriter bytes;
  };
  void AddField(FieldType type, uint64_t word, std::string_view text);
  void SealOpenChunk();
  void DropOldest();

  const Schema& schema_;
  size_t bytes_max_;
  size_t chunk_bytes_;
  uint64_t next_number_;
  int64_t previous_ns_ = 0;  // Of the open chunk; 0 at its start.
  size_t sealed_bytes_ = 0;
  std::deque<Chunk> sealed_;
  Chunk open_;
};

}  // namespace ww
