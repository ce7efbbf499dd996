#include "raft/core/entries.h"

#include <algorithm>
#include <memory>
#include <new>

#include "sim/base/block_cache.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

constexpr size_t kCapacityMin = 4;

}  // namespace

Entries::Block* Entries::Allocate(size_t capacity) {
  static_assert(alignof(Entry) <= alignof(Block) && sizeof(Block) % alignof(Entry) == 0);
  CHECK_GT(capacity, 0u);
  CHECK_LE(capacity, size_t{UINT32_MAX});
  void* memory = TakeBlock(sizeof(Block) + capacity * sizeof(Entry));
  return new (memory) Block{1, 0, static_cast<uint32_t>(capacity), 0};
}

void Entries::Free(Block* block) {
  CHECK_EQ(block->references, 0u);
  std::destroy_n(block->entries(), block->size);
  GiveBlock(block, sizeof(Block) + block->capacity * sizeof(Entry));
}

Entries::Entries(std::span<const Entry> entries) {
  if (entries.empty()) return;
  block_ = Allocate(entries.size());
  std::uninitialized_copy(entries.begin(), entries.end(), block_->entries());
  block_->size = static_cast<uint32_t>(entries.size());
}

void Entries::MakeOwn(size_t capacity) {
  if (block_ == nullptr) {
    block_ = Allocate(capacity);
    return;
  }
  const bool shared = block_->references > 1;
  if (!shared && capacity <= block_->capacity) {
    block_->digest = 0;
    return;
  }
  Entries own;
  own.block_ = Allocate(std::max(capacity, size()));
  if (!shared) {
    std::uninitialized_move_n(block_->entries(), size(), own.block_->entries());
  } else {
    std::uninitialized_copy_n(block_->entries(), size(), own.block_->entries());
  }
  own.block_->size = block_->size;
  std::swap(block_, own.block_);
  CHECK_EQ(block_->references, 1u);
}

void Entries::push_back(Entry entry) {
  const bool full = block_ == nullptr || block_->size == block_->capacity;
  MakeOwn(full ? std::max(kCapacityMin, size() * 2) : size() + 1);
  CHECK_LT(block_->size, block_->capacity);
  new (block_->entries() + block_->size) Entry(std::move(entry));
  ++block_->size;
}

void Entries::SetTerm(Term term) {
  CHECK(!term.none());
  if (empty()) return;
  MakeOwn(size());
  for (Entry& entry : std::span(block_->entries(), block_->size)) entry.term = term;
}

// A sum of products that do not wait for each other, as digests of messages are made
// (host/wire.cc).
uint64_t Entries::DigestOf(std::span<const Entry> entries) {
  constexpr uint64_t kPlaceFactor = 0x9e3779b97f4a7c15ULL;
  constexpr uint64_t kTypeFactor = 0xd6e8feb86659fd93ULL;
  uint64_t digest = entries.size();
  uint64_t salt = 0xa0761d6478bd642fULL;
  for (const Entry& entry : entries) {
    const uint64_t head = entry.term.value + kTypeFactor * static_cast<uint64_t>(entry.type);
    digest += MultiplyFold(head ^ salt, entry.payload.digest() ^ (salt + kTypeFactor));
    salt += kPlaceFactor;
  }
  return digest;
}

}  // namespace ww::raft
