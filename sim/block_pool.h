// BlockPool: equal blocks of memory that are taken and given back without allocation once warm.
//
// A block's content is unspecified when it is taken. Invariants: blocks are given back before the
// pool dies, or die with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/base/check.h"

namespace ww::sim {

// What a disk writes whole or not at all, torn writes aside.
inline constexpr uint64_t kSectorBytes = 512;

class BlockPool {
 public:
  explicit BlockPool(size_t block_bytes) : block_bytes_(block_bytes) { CHECK(block_bytes > 0); }
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  size_t block_bytes() const { return block_bytes_; }

  char* Take() {
    if (idle_.empty()) return Grow();
    char* block = idle_.back();
    idle_.pop_back();
    return block;
  }
  void Give(char* block) {
    CHECK(block != nullptr);
    idle_.push_back(block);
  }
  size_t in_use() const { return owned_.size() - idle_.size(); }

 private:
  char* Grow() {
    owned_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes_));
    return owned_.back().get();
  }

  size_t block_bytes_;
  std::vector<std::unique_ptr<char[]>> owned_;
  std::vector<char*> idle_;
};

}  // namespace ww::sim
