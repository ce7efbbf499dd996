// Entries: a run of log entries that many hold and nobody copies.
//
// What a leader appends is one run: its log record, the message to each follower and the record of
// each of these hold the same block. Reference-counted without atomics, like a payload: a world has
// one thread.
//
// Invariants: copies share; a run that others hold too never changes under them: whoever changes
// it gets a block of its own first. Digests are computed once a block.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "raft/core/types.h"
#include "sim/base/check.h"

namespace ww::raft {

class Entries {
 public:
  Entries() = default;
  Entries(std::initializer_list<Entry> entries)
      : Entries(std::span(entries.begin(), entries.end())) {}
  explicit Entries(std::span<const Entry> entries);
  Entries(const Entries& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  Entries(Entries&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Entries& operator=(Entries other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Entries() {
    if (block_ != nullptr && --block_->references == 0) Free(block_);
  }

  bool empty() const { return size() == 0; }
  size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  const Entry* begin() const { return block_ == nullptr ? nullptr : block_->entries(); }
  const Entry* end() const { return begin() + size(); }
  const Entry& operator[](size_t at) const {
    CHECK_LT(at, size());
    return begin()[at];
  }
  const Entry& front() const { return (*this)[0]; }
  const Entry& back() const { return (*this)[size() - 1]; }
  std::span<const Entry> span() const { return {begin(), size()}; }
  // Those from position `first` on. Requires: first <= size().
  std::span<const Entry> From(size_t first) const { return span().subspan(first); }

  // Over terms, types and payloads; of equal runs equal. 0 of none.
  uint64_t digest() const {
    if (block_ == nullptr) return 0;
    if (block_->digest == 0) block_->digest = DigestOf(span());
    return block_->digest;
  }
  static uint64_t DigestOf(std::span<const Entry> entries);

  void reserve(size_t count) {
    if (count > 0) MakeOwn(count);
  }
  void push_back(Entry entry);
  // Gives every entry this term, as a leader does to what it appends.
  void SetTerm(Term term);

 private:
  struct Block {
    uint32_t references;
    uint32_t size;
    uint32_t capacity;
    uint64_t digest;  // 0: not computed yet.
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
  };
  static Block* Allocate(size_t capacity);
  static void Free(Block* block);
  // Makes the block unshared, with room for `capacity` entries at least.
  void MakeOwn(size_t capacity);

  Block* block_ = nullptr;
};

}  // namespace ww::raft
