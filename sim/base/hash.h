// Integer mixing: the same value on every compiler, build and machine.
//
// None of these is a defence against an adversary; they spread bits. Payload bytes are hashed with
// XXH3 (bytes.h), names with FNV-1a so that they can be constants.
#pragma once

#include <cstdint>
#include <string_view>

namespace ww {

// High and low half of the 128-bit product, folded.
constexpr uint64_t MultiplyFold(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// A bijection with good avalanche (the finaliser of SplitMix64, Steele et al., OOPSLA 2014).
constexpr uint64_t Mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Order-sensitive combination: state absorbs one word. The added constant keeps a zero product from
// sticking.
constexpr uint64_t Absorb(uint64_t state, uint64_t word) {
  return MultiplyFold(state ^ word, 0x9e3779b97f4a7c15ULL) + 0x2545f4914f6cdd1dULL + word;
}

// FNV-1a, for names known at compile time.
constexpr uint64_t HashName(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace ww
