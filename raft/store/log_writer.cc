#include "raft/store/log_writer.h"

#include <variant>

#include "raft/env/sites.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

constexpr Duration kLateSyncDelay = Milliseconds(2);

void Describe(const HardState& state, RecordWritten& event) { event.hard_state = state; }
void Describe(const EntriesRecord& run, RecordWritten& event) {
  event.first = run.first;
  event.entries = run.entries.span();
  event.entries_digest = run.entries.digest();
  event.commit = run.commit;
}
void Describe(const CommitRecord& record, RecordWritten& event) { event.commit = record.commit; }
void Describe(const SnapshotRecord& record, RecordWritten& event) {
  event.snapshot = record.position;
  event.log_base = record.log_base;
  event.resets = record.resets;
}
void Describe(const BootstrapRecord& record, RecordWritten& event) {
  event.founded = record.founded;
}
void Describe(const TombstoneRecord&, RecordWritten&) {}
void Describe(const DataRemovedRecord&, RecordWritten&) {}

}  // namespace

LogWriter::LogWriter(Env& env, const LogTail& tail, uint64_t oldest)
    : env_(env), tail_(tail), late_sync_(env.draws().Open(sites::kLateSync, {})), oldest_(oldest) {
  CHECK_LE(oldest_, tail_.number);
  CHECK_GE(tail_.size, kFileHeaderBytes);
  CHECK_NE(tail_.file.value, 0u);
}

absl::Status LogWriter::Write(std::span<const LogRecord> records) {
  CHECK(!failed_, "the log is written after an error");
  if (segment_bytes_ > 0 && tail_.size >= segment_bytes_) {
    const absl::Status rolled = Roll();
    if (!rolled.ok()) return rolled;
  }
  return WriteBatch(records, BatchLink{tail_.size, tail_.chain});
}

absl::Status LogWriter::Repeat(std::span<const LogRecord> records, const BatchLink& link) {
  CHECK_LT(link.durable_before, tail_.size);
  COVER("log.repeated_batch");
  return WriteBatch(records, link);
}

// Everything in the old segment is synced, which is what the new one's header claims.
absl::Status LogWriter::Roll() {
  CHECK(!busy_, "a segment ends while a batch is being written");
  busy_ = failed_ = true;
  const LogEnd end{tail_.size, tail_.sequence, tail_.writer, tail_.chain};
  const absl::StatusOr<LogTail> next = CreateSegment(env_, tail_.number + 1, end, tail_.disk);
  if (!next.ok()) return MayTryAgain(next.status());
  tail_ = *next;
  busy_ = failed_ = false;
  return absl::OkStatus();
}

// A full disk took nothing.
absl::Status LogWriter::MayTryAgain(const absl::Status& status) {
  CHECK(!status.ok());
  CHECK(failed_);
  if (absl::IsResourceExhausted(status)) busy_ = failed_ = false;
  return status;
}

absl::Status LogWriter::RemoveOldestSegment() {
  CHECK_LT(oldest_, tail_.number);
  const absl::Status removed = RemoveSegment(env_, oldest_);
  if (!removed.ok()) return removed;
  COVER("log.segment_removed");
  ++oldest_;
  return absl::OkStatus();
}

absl::Status LogWriter::WriteBatch(std::span<const LogRecord> records, const BatchLink& link) {
  CHECK(!failed_, "the log is written after an error");
  CHECK(!busy_, "two batches are being written at a time");
  CHECK(!records.empty());
  busy_ = true;
  failed_ = true;  // Until the sync has returned; a kill in between ends this life anyhow.
  buffer_.Clear();
  BeginBatch(buffer_);
  ends_.clear();
  for (const LogRecord& record : records) {
    EncodeRecord(record, buffer_);
    ends_.push_back(buffer_.size());
  }
  const uint64_t checksum =
      FinishBatch(buffer_, BatchHeader{tail_.size, link, tail_.sequence + 1, env_.incarnation()});

  // Announced first: bytes may reach the disk although a crash keeps Append from returning.
  if (announced_ <= tail_.sequence) Announce(records, tail_.size);
  announced_ = tail_.sequence + 1;
  const absl::StatusOr<uint64_t> offset = env_.files().Append(tail_.file, buffer_.view());
  if (!offset.ok()) return MayTryAgain(offset.status());
  CHECK_EQ(*offset, tail_.size);
  tail_.size += buffer_.size();
  tail_.sequence += 1;
  tail_.chain = checksum;
  tail_.writer = env_.incarnation();

  if (env_.draws().Buggify(late_sync_)) {
    if (env_.tasks().SleepFor(kLateSyncDelay) == Wake::kCancelled) {
      return absl::CancelledError("the log writer was cancelled before its sync");
    }
  }
  const absl::Status synced = env_.files().Sync(tail_.file);
  if (!synced.ok()) return synced;
  failed_ = false;
  busy_ = false;
  return absl::OkStatus();
}

void LogWriter::Announce(std::span<const LogRecord> records, uint64_t offset) {
  CHECK_EQ(ends_.size(), records.size());
  CHECK_EQ(ends_.back(), buffer_.size());
  uint64_t begin = kBatchHeaderBytes;
  for (size_t i = 0; i < records.size(); ++i) {
    RecordWritten event;
    event.who = records[i].who;
    event.kind = KindOf(records[i]);
    event.file = tail_.file.value;
    event.offset = offset + begin;
    event.bytes = ends_[i] - begin;
    std::visit([&event](const auto& body) { Describe(body, event); }, records[i].body);
    if (event.kind >= RecordKind::kSnapshot) standing_.Note(records[i]);
    env_.observer().On(event);
    begin = ends_[i];
  }
}

}  // namespace ww::raft
