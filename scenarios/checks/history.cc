#include "scenarios/checks/history.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>

#include "sim/base/check.h"

namespace ww::checks {
namespace {

// The length that an append was answered; no value has the length that stands for nonsense.
uint64_t LengthOf(std::string_view response) {
  uint64_t length = 0;
  if (response.empty() || response.size() > 18) return UINT64_MAX;
  for (const char c : response) {
    if (c < '0' || c > '9') return UINT64_MAX;
    length = length * 10 + static_cast<uint64_t>(c - '0');
  }
  return length;
}

HistoryKind KindOf(Operation operation) {
  switch (operation) {
    case Operation::kPut:
      return HistoryKind::kPut;
    case Operation::kAppend:
      return HistoryKind::kAppend;
    case Operation::kGet:
      return HistoryKind::kGet;
    case Operation::kRegister:
    case Operation::kUnregister:
      break;
  }
  UNREACHABLE("the session itself has no key");
}

}  // namespace

History::Bytes History::Keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (bytes.size() > block_bytes_ - block_taken_) [[unlikely]] {
    block_bytes_ = std::max(kBlockBytes, bytes.size());
    block_taken_ = 0;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes_));
  }
  std::memcpy(blocks_.back().get() + block_taken_, bytes.data(), bytes.size());
  const Bytes kept{static_cast<uint32_t>(blocks_.size() - 1), static_cast<uint32_t>(block_taken_),
                   static_cast<uint32_t>(bytes.size())};
  block_taken_ += bytes.size();
  return kept;
}

uint32_t History::Invoke(const ClientInvoked& event, uint64_t identity) {
  const Operation operation = event.command.operation;
  if (operation == Operation::kRegister || operation == Operation::kUnregister) return kNotRecorded;
  if (calls_.size() == kOperationsMax) {
    full_ = true;
    return kNotRecorded;
  }
  Call call;
  call.id = event.operation_id;
  call.shard = event.shard;
  call.operation = event.command.operation;
  call.key = Keep(event.command.key);
  call.value = Keep(event.command.value);
  // Reads of one key without a session all look the same.
  const bool told_apart = event.via == Via::kLog &&
                          (event.command.series != 0 || event.command.operation != Operation::kGet);
  call.reads_state = !told_apart;
  if (told_apart) {
    awaited_.try_emplace({event.shard.value, identity}, static_cast<uint32_t>(calls_.size()));
  }
  call.invoked = ++clock_;
  calls_.Push(call);
  return static_cast<uint32_t>(calls_.size() - 1);
}

void History::TookEffect(ShardId shard, uint64_t identity, Index index) {
  const auto awaited = awaited_.find({shard.value, identity});
  if (awaited == awaited_.end()) return;
  calls_[awaited->second].place = index;
  awaited_.erase(awaited);
}

void History::Complete(uint32_t place, const ClientReturned& event) {
  if (place == kNotRecorded || full_) return;
  Call& call = calls_[place];
  CHECK_EQ(call.id, event.operation_id);
  call.response = Keep(event.response);
  call.returned = ++clock_;
  if (call.reads_state) call.place = event.index;
}

HistoryOperation History::OperationOf(const Call& call) const {
  HistoryOperation operation;
  operation.id = call.id;
  operation.kind = KindOf(call.operation);
  operation.argument = ValueHash::Of(View(call.value));
  operation.invoked = call.invoked;
  operation.returned = call.returned;
  operation.reads_state = call.reads_state;
  operation.place = call.place.value;
  if (operation.kind == HistoryKind::kAppend) {
    operation.length = LengthOf(View(call.response));
  } else {
    operation.answer = ValueHash::Of(View(call.response));
  }
  return operation;
}

std::vector<History::KeyHistory> History::ByKey() const {
  std::vector<uint32_t> order(calls_.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto place = [this](uint32_t i) {
    return std::make_tuple(calls_[i].shard, View(calls_[i].key), i);
  };
  std::sort(order.begin(), order.end(),
            [&place](uint32_t a, uint32_t b) { return place(a) < place(b); });
  std::vector<KeyHistory> histories;
  for (const uint32_t i : order) {
    const Call& call = calls_[i];
    // A read without an answer changes and says nothing.
    if (call.operation == Operation::kGet && call.returned == HistoryOperation::kNever) continue;
    const std::string_view key = View(call.key);
    if (histories.empty() || histories.back().shard != call.shard || histories.back().key != key) {
      histories.push_back({call.shard, key, {}});
    }
    histories.back().operations.push_back(OperationOf(call));
  }
  return histories;
}

}  // namespace ww::checks
