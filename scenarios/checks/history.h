// History: calls and answers of clients as they saw them, for the search checker at the end.
//
// Bytes are kept in blocks and hashed only when the search wants them, so recording
// costs a copy. A history is bounded: operations beyond kOperationsMax are not recorded, and what
// returns after the first of them counts as unanswered, because it may overlap with one.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenarios/checks/events.h"
#include "scenarios/checks/search.h"
#include "scenarios/checks/stack.h"

namespace ww::checks {

class History {
 public:
  static constexpr uint32_t kNotRecorded = UINT32_MAX;
  static constexpr size_t kOperationsMax = 20'000;

  // Where the operation is recorded; kNotRecorded when it says nothing about a key or is too late.
  // `identity` as in IdentityOf(command).
  uint32_t Invoke(const ClientInvoked& event, uint64_t identity);
  void Complete(uint32_t place, const ClientReturned& event);

  size_t size() const { return calls_.size(); }

  struct KeyHistory {
    ShardId shard;
    std::string_view key;
    std::vector<HistoryOperation> operations;
  };
  // The command of this identity took effect, for the first time, at `index`.
  void TookEffect(ShardId shard, uint64_t identity, Index index);

  // One history a key, by shard and key. Views borrow from this object.
  std::vector<KeyHistory> ByKey() const;

 private:
  // In one block of kBlockBytes, or in a block of its own.
  struct Bytes {
    uint32_t block = 0;
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  struct Call {
    uint64_t id = 0;
    ShardId shard;
    Operation operation = Operation::kPut;
    Bytes key;
    Bytes value;
    Bytes response;
    uint64_t invoked = 0;
    uint64_t returned = HistoryOperation::kNever;
    bool reads_state = false;  // It leaves no entry that could be told from others.
    Index place;  // Where it took effect; of one that reads: the index that came with its answer.
  };

  Bytes Keep(std::string_view bytes);
  std::string_view View(const Bytes& bytes) const {
    if (bytes.size == 0) return {};
    return {blocks_[bytes.block].get() + bytes.offset, bytes.size};
  }
  HistoryOperation OperationOf(const Call& call) const;

  static constexpr size_t kBlockBytes = 8192;

  Stack<Call> calls_;
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, uint32_t> awaited_;  // (Shard, identity).
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_bytes_ = 0;  // Of the newest block: its size, and what of it is taken.
  size_t block_taken_ = 0;
  uint64_t clock_ = 0;  // Counts calls and returns.
  bool full_ = false;
};

}  // namespace ww::checks
