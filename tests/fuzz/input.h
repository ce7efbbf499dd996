// Input: takes a fuzzer's bytes apart. Past the end everything is zero or empty.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "sim/base/bytes.h"

namespace ww::fuzz {

class Input {
 public:
  Input(const uint8_t* data, size_t size)
      : in_(std::string_view(reinterpret_cast<const char*>(data), size)) {}

  uint64_t Byte() { return in_.remaining() > 0 ? in_.Fixed8() : 0; }
  bool Flag() { return Byte() % 2 == 1; }
  // A piece of at most 65,535 bytes, its length before it.
  std::string_view Piece() {
    const uint64_t low = Byte();
    const uint64_t bytes = low + 256 * Byte();
    return in_.Raw(std::min<size_t>(bytes, in_.remaining()));
  }
  std::string_view Rest() { return in_.Raw(in_.remaining()); }
  bool AtEnd() const { return in_.remaining() == 0; }

 private:
  ByteReader in_;
};

}  // namespace ww::fuzz
