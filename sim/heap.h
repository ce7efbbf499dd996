// KeyHeap: a 4-ary min-heap of 128-bit keys, for the scheduler.
//
// Four children share a cache line: the root stands at element 3 of a line-aligned array, so that
// the children of i, 4i+1..4i+4, begin a line. Places behind the last key hold the largest key, so
// that picking the smallest of four children needs no bound check and no branch. Pop goes
// bottom-up: the hole sinks to a leaf and the last key rises from there, which saves a comparison a
// level (the last key nearly always belongs near a leaf).
//
// Invariants: no key equals kLargest; keys are unique.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "sim/base/check.h"

namespace ww::sim {

class KeyHeap {
 public:
  using Key = unsigned __int128;
  static constexpr Key kLargest = ~Key{0};

  KeyHeap() { Grow(64); }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  Key top() const { return keys_[0]; }  // kLargest when empty.

  void Push(Key key) {
    if (size_ + kSlack > capacity_) [[unlikely]]
      Grow(capacity_ * 2);
    Rise(size_++, key);
  }

  // Requires: not empty.
  void Pop() {
    CHECK(size_ > 0);
    const Key last = keys_[--size_];
    keys_[size_] = kLargest;
    if (size_ == 0) return;
    size_t hole = 0;
    for (size_t child = 1; child < size_; child = 4 * hole + 1) {
      const size_t best = SmallestOfFour(child);
      keys_[hole] = keys_[best];
      hole = best;
    }
    Rise(hole, last);
  }

  // Keeps the keys for which `keep` is true, in linear time.
  template <class Keep>
  void Filter(Keep keep) {
    const size_t before = size_;
    size_ = 0;
    for (size_t i = 0; i < before; ++i) {
      if (keep(keys_[i])) keys_[size_++] = keys_[i];
    }
    std::fill(keys_ + size_, keys_ + before, kLargest);
    for (size_t parent = size_ / 4 + 1; parent-- > 0;) Sink(parent);
  }

 private:
  static constexpr size_t kLine = 64;
  static constexpr size_t kLead = 3;   // Elements before the root.
  static constexpr size_t kSlack = 5;  // One more key and four places of kLargest behind it.

  struct Free {
    void operator()(Key* memory) const { ::operator delete (memory, std::align_val_t{kLine}); }
  };

  size_t SmallestOfFour(size_t child) const {
    const size_t left = child + static_cast<size_t>(keys_[child + 1] < keys_[child]);
    const size_t right = child + 2 + static_cast<size_t>(keys_[child + 3] < keys_[child + 2]);
    // A mask: a branch on it would be guessed wrong half of the time.
    const size_t is_right = 0 - static_cast<size_t>(keys_[right] < keys_[left]);
    return left ^ ((left ^ right) & is_right);
  }

  // Puts `key` at or above `at`, which is a hole.
  void Rise(size_t at, Key key) {
    while (at > 0) {
      const size_t parent = (at - 1) / 4;
      if (keys_[parent] < key) break;
      keys_[at] = keys_[parent];
      at = parent;
    }
    keys_[at] = key;
  }

  void Sink(size_t at) {
    if (at >= size_) return;
    const Key key = keys_[at];
    for (size_t child = 4 * at + 1; child < size_; child = 4 * at + 1) {
      const size_t best = SmallestOfFour(child);
      if (key < keys_[best]) break;
      keys_[at] = keys_[best];
      at = best;
    }
    keys_[at] = key;
  }

  [[gnu::cold, gnu::noinline]] void Grow(size_t capacity) {
    const size_t elements = kLead + capacity + kSlack;
    std::unique_ptr<Key, Free> memory(
        static_cast<Key*>(::operator new (elements * sizeof(Key), std::align_val_t{kLine})));
    std::uninitialized_fill_n(memory.get(), elements, kLargest);
    if (size_ > 0) std::copy_n(keys_, size_, memory.get() + kLead);
    memory_ = std::move(memory);
    keys_ = memory_.get() + kLead;
    capacity_ = capacity;
  }

  std::unique_ptr<Key, Free> memory_;
  Key* keys_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;  // Keys that fit before growing, slack included.
};

}  // namespace ww::sim
