// BlockCache: small blocks of memory that were given back, kept by size for whoever asks next.
//
// Messages, payloads and runs of entries live for microseconds and come in few sizes; through the
// general allocator they took a tenth of a run's time. Each block is an allocation of its own, so
// it may be given back to another cache than it was taken from, or to none: no block depends on the
// life of a cache.
//
// Invariants: at most kIdleMax blocks of a size are kept. Under AddressSanitizer nothing is kept,
// so that a use after the end is seen; nor in a perturbed run, where memory is to have other
// contents each time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define WW_BLOCKS_KEPT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WW_BLOCKS_KEPT 0
#endif
#endif
#ifndef WW_BLOCKS_KEPT
#define WW_BLOCKS_KEPT 1
#endif

namespace ww {

class BlockCache {
 public:
  static constexpr size_t kStep = 16;
  static constexpr size_t kBytesMax = 512;  // Larger ones are left to the heap.
  static constexpr uint32_t kIdleMax = 4096;

  BlockCache() = default;
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  void* Take(size_t bytes) {
    if (bytes > kBytesMax) return ::operator new(bytes);
    Shelf& shelf = shelves_[ShelfOf(bytes)];
    if (shelf.first == nullptr) return New(bytes);
    Idle* const block = shelf.first;
    shelf.first = block->next;
    --shelf.idle;
    return block;
  }
  // Requires: taken with the same size, here or elsewhere.
  void Give(void* block, size_t bytes) noexcept {
    if (bytes > kBytesMax) return ::operator delete(block);
    Shelf& shelf = shelves_[ShelfOf(bytes)];
    if (shelf.idle >= idle_max_) return ::operator delete(block);
    shelf.first = new (block) Idle{shelf.first};
    ++shelf.idle;
  }
  // From the heap, of a size that any cache may keep.
  static void* New(size_t bytes) { return ::operator new((bytes + kStep - 1) / kStep * kStep); }
  // Blocks kept at present.
  size_t idle() const {
    size_t blocks = 0;
    for (const Shelf& shelf : shelves_) blocks += shelf.idle;
    return blocks;
  }
  // Keeps nothing from here on.
  void Disable() { idle_max_ = 0; }

 private:
  struct Idle {
    Idle* next;
  };
  struct Shelf {
    Idle* first = nullptr;
    uint32_t idle = 0;
  };
  // By size in steps, rounded up.
  static size_t ShelfOf(size_t bytes) { return (bytes + kStep - 1) / kStep; }

  std::array<Shelf, kBytesMax / kStep + 1> shelves_{};
  uint32_t idle_max_ = WW_BLOCKS_KEPT ? kIdleMax : 0;
};

// From and to the cache of the current run (context.h); outside of one the heap.
void* TakeBlock(size_t bytes);
void GiveBlock(void* block, size_t bytes) noexcept;

}  // namespace ww
