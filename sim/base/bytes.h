// Byte codec: little-endian fixed integers, varints and length-prefixed strings.
//
// ByteWriter appends to a buffer it owns. ByteReader never reads past its input: after the first
// short or malformed read it is failed for good, every further read returns zero, and `ok()` is
// false. Decoders check `ok()` once, at the end of a record.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "sim/base/hash.h"

namespace ww {

class ByteWriter {
 public:
  void Fixed8(uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void Fixed32(uint32_t v);
  void Fixed64(uint64_t v);
  void Varint(uint64_t v);
  void Raw(std::string_view bytes) { out_.append(bytes); }
  void Bytes(std::string_view bytes);  // Varint length, then the bytes.

  size_t size() const { return out_.size(); }
  bool empty() const { return out_.empty(); }
  std::string_view view() const { return out_; }
  void Clear() { out_.clear(); }  // Keeps the capacity.
  std::string Take() { return std::move(out_); }
  // Overwrites four bytes written before. Requires: offset + 4 <= size().
  void PatchFixed32(size_t offset, uint32_t v);
  void PatchFixed64(size_t offset, uint64_t v);

 private:
  std::string out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  uint8_t Fixed8();
  uint32_t Fixed32();
  uint64_t Fixed64();
  uint64_t Varint();
  std::string_view Raw(size_t n);
  std::string_view Bytes();  // The view is into the input.

  bool ok() const { return ok_; }
  size_t offset() const { return at_; }
  size_t remaining() const { return in_.size() - at_; }

 private:
  bool Need(size_t n);

  std::string_view in_;
  size_t at_ = 0;
  bool ok_ = true;
};

// XXH3, 64 bits. The same value on every machine.
uint64_t HashBytes(std::string_view bytes, uint64_t seed = 0);

// For what is compared within a run and for fingerprints: two words a step, inlined. For texts of
// up to a few hundred bytes, which most are, less work than XXH3. Not for what is stored.
inline uint64_t DigestBytes(std::string_view bytes, uint64_t seed = 0) {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15ULL;
  const auto load = [](const char* at, auto value) -> uint64_t {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  const auto word = [load](const char* at) { return load(at, uint64_t{}); };
  uint64_t even = seed + bytes.size() * kFactor;
  uint64_t odd = even ^ 0xd6e8feb86659fd93ULL;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 16; left -= 16, at += 16) {
    even = std::rotl(even ^ word(at), 29) * kFactor;
    odd = std::rotl(odd ^ word(at + 8), 31) * kFactor;
  }
  if (left >= 8) {
    even = std::rotl(even ^ word(at), 29) * kFactor;
    left -= 8;
    at += 8;
  }
  if (left >= 4) {  // The two words overlap; the size says by how much.
    const uint64_t last = load(at + left - 4, uint32_t{});
    odd = std::rotl(odd ^ load(at, uint32_t{}) ^ (last << 32), 31) * kFactor;
  } else if (left > 0) {
    const uint64_t last = load(at, uint8_t{}) | (load(at + left / 2, uint8_t{}) << 8) |
                          (load(at + left - 1, uint8_t{}) << 16);
    odd = std::rotl(odd ^ last, 31) * kFactor;
  }
  return MultiplyFold(even ^ 0xa0761d6478bd642fULL, odd ^ 0xe7037ed1a0b428dbULL);
}

}  // namespace ww
