#include "sim/base/bytes.h"

// Inlined: a call into the library costs more than hashing the short strings that most are.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cstring>

#include "sim/base/check.h"

namespace ww {

static_assert(std::endian::native == std::endian::little, "the codec copies words as they are");

void ByteWriter::Fixed32(uint32_t v) {
  char bytes[sizeof v];
  std::memcpy(bytes, &v, sizeof v);
  out_.append(bytes, sizeof v);
}

void ByteWriter::Fixed64(uint64_t v) {
  char bytes[sizeof v];
  std::memcpy(bytes, &v, sizeof v);
  out_.append(bytes, sizeof v);
}

void ByteWriter::Varint(uint64_t v) {
  char bytes[10];
  size_t n = 0;
  while (v >= 0x80) {
    bytes[n++] = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  bytes[n++] = static_cast<char>(v);
  out_.append(bytes, n);
}

void ByteWriter::Bytes(std::string_view bytes) {
  Varint(bytes.size());
  Raw(bytes);
}

void ByteWriter::PatchFixed32(size_t offset, uint32_t v) {
  CHECK_LE(offset + sizeof v, out_.size());
  std::memcpy(out_.data() + offset, &v, sizeof v);
}

void ByteWriter::PatchFixed64(size_t offset, uint64_t v) {
  CHECK_LE(offset + sizeof v, out_.size());
  std::memcpy(out_.data() + offset, &v, sizeof v);
}

bool ByteReader::Need(size_t n) {
  if (n > remaining()) ok_ = false;
  return ok_;
}

uint8_t ByteReader::Fixed8() {
  if (!Need(1)) return 0;
  return static_cast<uint8_t>(in_[at_++]);
}

uint32_t ByteReader::Fixed32() {
  uint32_t v = 0;
  if (!Need(sizeof v)) return 0;
  std::memcpy(&v, in_.data() + at_, sizeof v);
  at_ += sizeof v;
  return v;
}

uint64_t ByteReader::Fixed64() {
  uint64_t v = 0;
  if (!Need(sizeof v)) return 0;
  std::memcpy(&v, in_.data() + at_, sizeof v);
  at_ += sizeof v;
  return v;
}

uint64_t ByteReader::Varint() {
  uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (!Need(1)) return 0;
    const uint8_t byte = static_cast<uint8_t>(in_[at_++]);
    const uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) break;  // More than 64 bits.
    v |= bits << shift;
    if ((byte & 0x80) == 0) return v;
  }
  ok_ = false;
  return 0;
}

std::string_view ByteReader::Raw(size_t n) {
  if (!Need(n)) return {};
  const std::string_view bytes = in_.substr(at_, n);
  at_ += n;
  return bytes;
}

std::string_view ByteReader::Bytes() {
  const uint64_t n = Varint();
  if (n > remaining()) ok_ = false;
  return ok_ ? Raw(n) : std::string_view{};
}

uint64_t HashBytes(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace ww
