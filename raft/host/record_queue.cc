#include "raft/host/record_queue.h"

#include <iterator>
#include <utility>

#include "sim/base/check.h"

namespace ww::raft {

void RecordBatch::Clear() {
  records.clear();
  slots.clear();
  last_number = 0;
}

// A record is made where it stands: one with entries is dear to move.
LogRecord& RecordQueue::Add(uint32_t slot, const ReplicaIdentity& who) {
  CHECK(!who.shard.none() || who == kHostItself);
  LogRecord& record = waiting_.records.emplace_back();
  waiting_.slots.push_back(slot);
  CHECK_EQ(waiting_.records.size(), waiting_.slots.size());
  record.who = who;
  return record;
}

uint64_t RecordQueue::Push(uint32_t slot, const ReplicaIdentity& who, const HardState& state) {
  LogRecord& record = Add(slot, who);
  record.body = state;
  waiting_bytes_ += EncodedSize(record);
  return ++waiting_.last_number;
}

uint64_t RecordQueue::Push(uint32_t slot, const ReplicaIdentity& who, EntriesRecord&& run) {
  CHECK(!run.entries.empty());
  LogRecord& record = Add(slot, who);
  record.body.emplace<EntriesRecord>(std::move(run));
  waiting_bytes_ += EncodedSize(record);
  return ++waiting_.last_number;
}

uint64_t RecordQueue::Push(uint32_t slot, LogRecord&& pushed) {
  LogRecord& record = Add(slot, pushed.who);
  record.body = std::move(pushed.body);
  waiting_bytes_ += EncodedSize(record);
  return ++waiting_.last_number;
}

void RecordQueue::Take(RecordBatch& batch, uint64_t bytes_max, size_t records_max) {
  CHECK(!empty());
  CHECK(batch.records.empty());
  CHECK_GT(records_max, 0u);
  const uint64_t newest = waiting_.last_number;
  if (waiting_bytes_ <= bytes_max && size() <= records_max) {
    std::swap(batch, waiting_);  // The usual case: buffers change places, nothing moves.
    waiting_.last_number = newest;
    waiting_bytes_ = 0;
    return;
  }
  size_t taken = 0;
  uint64_t bytes = 0;
  while (taken < size() && taken < records_max) {
    const uint64_t more = EncodedSize(waiting_.records[taken]);
    if (taken > 0 && bytes + more > bytes_max) break;
    bytes += more;
    ++taken;
  }
  const auto records_end = waiting_.records.begin() + static_cast<ptrdiff_t>(taken);
  const auto slots_end = waiting_.slots.begin() + static_cast<ptrdiff_t>(taken);
  batch.records.assign(std::make_move_iterator(waiting_.records.begin()),
                       std::make_move_iterator(records_end));
  batch.slots.assign(waiting_.slots.begin(), slots_end);
  batch.last_number = newest - (size() - taken);
  waiting_.records.erase(waiting_.records.begin(), records_end);
  waiting_.slots.erase(waiting_.slots.begin(), slots_end);
  waiting_bytes_ -= bytes;
  CHECK(!batch.records.empty());
}

}  // namespace ww::raft
