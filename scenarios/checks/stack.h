// Stack: a growing array in small chunks.
//
// Unlike a vector it never copies what it holds and never asks for a large block, which keeps both
// a judge of hundreds of small shards and one of a single long log small and quick: most of the
// cost of remembering is touching memory for the first time.
//
// It can also forget its oldest elements; then it is a queue whose places keep counting from 0.
//
// Memory is touched when an element comes, not before: chunks begin as they are.
//
// Invariants: elements keep their addresses until they are dropped.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace ww::checks {

template <class T>
class Stack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  Stack() = default;
  Stack(Stack&& other) noexcept { *this = std::move(other); }
  Stack& operator=(Stack&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    other.chunks_.clear();
    start_ = std::exchange(other.start_, 0);
    size_ = std::exchange(other.size_, 0);
    next_ = std::exchange(other.next_, nullptr);
    limit_ = std::exchange(other.limit_, nullptr);
    return *this;
  }
  Stack(const Stack& other) { *this = other; }
  Stack& operator=(const Stack& other) {
    if (this == &other) return *this;
    Shrink(0);
    for (size_t i = 0; i < other.size(); ++i) Push(other[i]);
    return *this;
  }
  ~Stack() = default;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) {
    return chunks_[(start_ + i) / kChunk]->elements()[(start_ + i) % kChunk];
  }
  const T& operator[](size_t i) const {
    return chunks_[(start_ + i) / kChunk]->elements()[(start_ + i) % kChunk];
  }
  // Requires: not empty.
  T& back() { return next_[-1]; }
  const T& back() const { return next_[-1]; }

  void Push(const T& value) {
    if (next_ == limit_) [[unlikely]]
      BeginChunk();
    std::construct_at(next_++, value);
    ++size_;
  }
  // Drops everything from `size` on. Keeps the chunks.
  void Shrink(size_t size) {
    if (size >= size_) return;
    size_ = size;
    next_ = nullptr;
    limit_ = nullptr;
    if (size == 0) {
      start_ = 0;
      return;
    }
    // Behind the last element, which may be the end of its chunk.
    T* const chunk = chunks_[(start_ + size - 1) / kChunk]->elements();
    next_ = chunk + (start_ + size - 1) % kChunk + 1;
    limit_ = chunk + kChunk;
  }
  // Drops the oldest `count` elements, and gives their chunks back. Requires: count <= size().
  void DropFront(size_t count) {
    start_ += count;
    size_ -= count;
    const size_t chunks = start_ / kChunk;
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(chunks));
    start_ %= kChunk;
    if (size_ > 0) return;
    start_ = 0;
    next_ = nullptr;
    limit_ = nullptr;
  }

 private:
  // About a KiB, as a power of two of elements, so that finding one is a shift and a mask.
  static constexpr size_t kChunk = std::bit_floor(std::max<size_t>(1024 / sizeof(T), 8));

  struct Chunk {
    T* elements() { return reinterpret_cast<T*>(memory); }
    alignas(T) std::byte memory[kChunk * sizeof(T)];
  };

  // Requires: every chunk up to the last element is full.
  [[gnu::noinline]] void BeginChunk() {
    const size_t chunk = (start_ + size_) / kChunk;
    if (chunk == chunks_.size()) chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
    next_ = chunks_[chunk]->elements();
    limit_ = next_ + kChunk;
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  size_t start_ = 0;  // Of the oldest element in the first chunk.
  size_t size_ = 0;
  T* next_ = nullptr;   // Behind the last element; with `limit_`, null before the first.
  T* limit_ = nullptr;  // The end of its chunk.
};

}  // namespace ww::checks
