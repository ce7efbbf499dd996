// Stack: a growing array in small chunks.
//
// Unlike a vector it never copies what it holds and never asks for a large block, which keeps both
// a judge of hundreds of small shards and one of a single long log small and quick: most of the
// cost of remembering is touching memory for the first time.
//
// Invariants: elements keep their addresses until they are dropped.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace ww::checks {

template <class T>
class Stack {
 public:
  Stack() = default;
  Stack(Stack&& other) noexcept
      : chunks_(std::move(other.chunks_)), size_(std::exchange(other.size_, 0)) {}
  Stack& operator=(Stack&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    size_ = std::exchange(other.size_, 0);
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
  T& operator[](size_t i) { return chunks_[i / kChunk][i % kChunk]; }
  const T& operator[](size_t i) const { return chunks_[i / kChunk][i % kChunk]; }
  T& back() { return (*this)[size_ - 1]; }

  void Push(const T& value) {
    if (size_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<T[]>(kChunk));
    (*this)[size_++] = value;
  }
  // Drops everything from `size` on. Keeps the chunks.
  void Shrink(size_t size) {
    if (size < size_) size_ = size;
  }

 private:
  // About a KiB, as a power of two of elements, so that finding one is a shift and a mask.
  static constexpr size_t kChunk = std::bit_floor(std::max<size_t>(1024 / sizeof(T), 8));

  std::vector<std::unique_ptr<T[]>> chunks_;
  size_t size_ = 0;
};

}  // namespace ww::checks
