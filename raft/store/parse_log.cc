#include <algorithm>
#include <utility>

#include "raft/store/batch.h"
#include "raft/store/recovery.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

bool Before(const ReplicaIdentity& a, const ReplicaIdentity& b) {
  return a.shard != b.shard ? a.shard < b.shard : a.replica < b.replica;
}

// The replicas of a host are few and recovery is rare: a sorted vector keeps the order without a
// second structure.
RecoveredReplica& Find(std::vector<RecoveredReplica>& replicas, const ReplicaIdentity& who) {
  const auto at = std::lower_bound(
      replicas.begin(), replicas.end(), who,
      [](const RecoveredReplica& r, const ReplicaIdentity& w) { return Before(r.who, w); });
  if (at != replicas.end() && !Before(who, at->who)) return *at;
  RecoveredReplica replica;
  replica.who = who;
  return *replicas.insert(at, std::move(replica));
}

class LogParser {
 public:
  // Null: the records themselves are not wanted.
  explicit LogParser(std::vector<LogRecord>* records) : records_(records) {}

  void TakeSegment(std::string_view segment) {
    const std::optional<FileHeader> header = ReadFileHeader(segment);
    if (!header.has_value()) {
      ++contents_.segment;
      return Damage(0, "the file header is bad");
    }
    if (!Begins(*header)) return;
    file_ = segment;
    contents_.end = kFileHeaderBytes;
    contents_.chain = header->checksum;
    contents_.last_batch.clear();
    has_batch_ = false;
    while (!contents_.damage.has_value()) {
      const std::optional<Batch> batch = NextBatch();
      if (!batch.has_value()) break;
      Take(*batch);
    }
  }

  LogContents Finish(bool whole) {
    for (const RecoveredReplica& replica : contents_.replicas) {
      if (contents_.damage.has_value() || !whole) break;
      const std::string_view wrong = replica.Wrong();
      if (!wrong.empty()) Damage(contents_.end, wrong);
    }
    contents_.writer = writer_;
    return std::move(contents_);
  }

  bool damaged() const { return contents_.damage.has_value(); }

 private:
  // Whether the segment follows the ones before it. A segment is made when everything before it is
  // synced, so one that was read to less than its end has lost synced bytes.
  bool Begins(const FileHeader& header) {
    if (contents_.segment == 0) {
      partial_ = header.number > 1;
      contents_.sequence = header.previous.sequence;
      writer_ = header.previous.writer;
    } else if (header.number != contents_.segment + 1) {
      Damage(contents_.end, "a segment is missing behind this one");
      return false;
    } else if (header.previous !=
               LogEnd{contents_.end, contents_.sequence, writer_, contents_.chain}) {
      Damage(contents_.end, "synced bytes are not a batch, yet a later segment follows");
      return false;
    }
    contents_.segment = header.number;
    return true;
  }

  // Whether the batch continues what was taken so far: either it follows the last batch, or it
  // repeats it (its link is then the repeated batch's own).
  bool Continues(const Batch& batch) const {
    if (batch.header.sequence <= contents_.sequence) return false;
    if (batch.header.writer < writer_) return false;
    const BatchLink& link = batch.header.link;
    if (link == BatchLink{contents_.end, contents_.chain}) return true;
    return has_batch_ && link == contents_.last_link;
  }

  // At an invalid place there are three cases. Nothing valid follows: a torn tail. A valid batch
  // follows that was written when this place was synced already: damage. A valid batch follows that
  // says that this place was never known to be synced: the lost batch between is repeated by it.
  // Anything else is of an earlier life and means nothing.
  std::optional<Batch> NextBatch() {
    uint64_t at = contents_.end;
    for (std::optional<Batch> batch = FindBatch(file_, at); batch.has_value();
         batch = FindBatch(file_, at)) {
      if (Continues(*batch)) {
        if (batch->header.offset != contents_.end) COVER("log.skipped_lost_batch");
        return batch;
      }
      if (batch->header.link.durable_before > contents_.end && !Stale(*batch)) {
        Damage(contents_.end, "synced bytes are not a batch, yet a later batch is valid");
        return std::nullopt;
      }
      COVER("log.stale_batch");
      at = batch->header.offset + 1;
    }
    return std::nullopt;
  }

  // Written before something that was taken already: the remains of an earlier life.
  bool Stale(const Batch& batch) const {
    return batch.header.sequence <= contents_.sequence || batch.header.writer < writer_;
  }

  void Take(const Batch& batch) {
    CHECK(Continues(batch));
    contents_.last_batch.clear();
    ByteReader in(batch.body);
    while (in.remaining() > 0) {
      const uint64_t at = batch.header.offset + kBatchHeaderBytes + in.offset();
      std::optional<LogRecord> record = DecodeRecord(in);
      if (!record.has_value()) return Damage(at, "a record of a valid batch is malformed");
      RecoveredReplica& replica = Find(contents_.replicas, record->who);
      replica.partial = partial_;
      const std::string_view wrong = replica.Take(*record);
      if (!wrong.empty()) return Damage(at, wrong);
      if (records_ != nullptr) records_->push_back(*record);
      AddToRepeat(*std::move(record), contents_.last_batch);
    }
    contents_.end = batch.end();
    contents_.sequence = batch.header.sequence;
    contents_.chain = batch.checksum;
    contents_.last_link = batch.header.link;
    writer_ = batch.header.writer;
    has_batch_ = true;
  }

  void Damage(uint64_t offset, std::string_view detail) {
    CHECK(!contents_.damage.has_value());
    contents_.damage = LogDamage{offset, detail, contents_.segment};
  }

  std::vector<LogRecord>* records_;
  std::string_view file_;
  LogContents contents_;
  Incarnation writer_;
  bool has_batch_ = false;  // This segment.
  bool partial_ = false;    // Segments before the first one are gone.
};

}  // namespace

LogContents ParseLog(std::span<const std::string> segments) {
  CHECK(!segments.empty());
  LogParser parser(nullptr);
  for (const std::string& segment : segments) {
    parser.TakeSegment(segment);
    if (parser.damaged()) break;
  }
  return parser.Finish(true);
}

LogContents ParseLog(std::string_view file) {
  LogParser parser(nullptr);
  parser.TakeSegment(file);
  return parser.Finish(true);
}

std::optional<std::vector<LogRecord>> RecordsOf(std::string_view segment) {
  std::vector<LogRecord> records;
  LogParser parser(&records);
  parser.TakeSegment(segment);
  const LogContents contents = parser.Finish(false);
  if (contents.damage.has_value() || contents.end != segment.size()) return std::nullopt;
  return records;
}

}  // namespace ww::raft
