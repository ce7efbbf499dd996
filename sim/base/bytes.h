// Byte codec: little-endian fixed integers, varints and length-prefixed strings.
//
// ByteWriter appends to a buffer it owns. ByteReader never reads past its input: after the first
// short or malformed read it is failed for good, every further read returns zero, and `ok()` is
// false. Decoders check `ok()` once, at the end of a record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace ww
