// Payload: immutable bytes shared without copying, with their digest.
//
// Reference-counted without atomics: a world has one thread. One allocation holds count, digest and
// bytes. The digest is computed once, from the bytes, when the payload is made.
//
// Invariants: bytes never change; copies share; an empty payload holds no allocation.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace ww {

class Payload {
 public:
  Payload() = default;
  // Copies the bytes.
  static Payload Copy(std::string_view bytes) { return Join({bytes}); }
  // Copies the pieces, one after the other.
  static Payload Join(std::initializer_list<std::string_view> pieces);

  Payload(const Payload& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  Payload(Payload&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Payload& operator=(Payload other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Payload() {
    if (block_ != nullptr && --block_->references == 0) Free(block_);
  }

  std::string_view view() const {
    return block_ == nullptr ? std::string_view{} : std::string_view(block_->bytes(), block_->size);
  }
  size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  bool empty() const { return block_ == nullptr; }
  // XXH3 of the bytes; 0 when empty.
  uint64_t digest() const { return block_ == nullptr ? 0 : block_->digest; }

 private:
  struct Block {
    uint32_t references;
    uint32_t size;
    uint64_t digest;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
  };
  static void Free(Block* block);

  Block* block_ = nullptr;
};

}  // namespace ww
