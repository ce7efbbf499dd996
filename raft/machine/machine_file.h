// The bytes of the file of a machine on disk (raft/store/FORMAT.md, "Machine files"): an image of
// the machine, and behind it batches of what it has applied since.
//
// A batch counts whole or not at all, and a file up to its first batch that does not: what follows
// was being written when the machine's host went down. Each batch names the state that it leads to,
// so contents and applied index agree or the file is refused.
//
// Invariants: decoding never over-reads; hostile bytes cost no more than their length.
// Suspends: never.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "raft/core/types.h"
#include "raft/env/observer.h"
#include "raft/machine/shard_machine.h"

namespace ww::raft {

// Requires: the machine holds its state.
std::string EncodeMachineFile(const ReplicaIdentity& who, const ShardMachine& machine);

// What goes into one batch, collected entry by entry.
class MachineBatch {
 public:
  void Add(Index index, const Entry& entry);
  void Clear();
  bool empty() const { return count_ == 0; }
  size_t bytes() const { return records_.size(); }
  Index last() const;
  // As it stands at `offset` of the file. `machine` has applied the last entry, and nothing beyond.
  std::string Encode(uint64_t offset, const ShardMachine& machine) const;

 private:
  Index first_;
  uint64_t count_ = 0;
  std::string records_;
};

// The machine as of the last whole batch. Errors: DataLoss when the image is damaged or another
// replica's, or when a whole batch does not lead to the state that it names.
absl::StatusOr<ShardMachine> DecodeMachineFile(
    std::string_view file, const ReplicaIdentity& who, uint32_t sessions_max,
    std::unique_ptr<StateMachine> empty = std::make_unique<KeyValueMachine>());

}  // namespace ww::raft
