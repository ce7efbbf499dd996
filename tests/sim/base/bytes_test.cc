#include "sim/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/payload.h"

namespace ww {
namespace {

// A buffer without a byte behind it, so that the sanitizer sees a read past its end.
class Tight {
 public:
  explicit Tight(std::string_view bytes)
      : size_(bytes.size()), memory_(std::make_unique<char[]>(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), memory_.get());
  }
  std::string_view view() const { return {memory_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> memory_;
};

TEST(Bytes, WritesLittleEndian) {
  ByteWriter out;
  out.Fixed8(0x01);
  out.Fixed32(0x02030405);
  out.Fixed64(0x060708090a0b0c0dULL);
  out.Varint(300);
  out.Bytes("hi");
  EXPECT_EQ(out.view(), std::string("\x01\x05\x04\x03\x02\x0d\x0c\x0b\x0a\x09\x08\x07\x06"
                                    "\xac\x02\x02hi"));
}

RC_GTEST_PROP(Bytes, ReadsWhatWasWritten,
              (uint8_t a, uint32_t b, uint64_t c, uint64_t d, const std::string& e,
               const std::string& f)) {
  ByteWriter out;
  out.Fixed8(a);
  out.Fixed32(b);
  out.Fixed64(c);
  out.Varint(d);
  out.Bytes(e);
  out.Raw(f);
  const Tight bytes(out.view());
  ByteReader in(bytes.view());
  RC_ASSERT(in.Fixed8() == a);
  RC_ASSERT(in.Fixed32() == b);
  RC_ASSERT(in.Fixed64() == c);
  RC_ASSERT(in.Varint() == d);
  RC_ASSERT(in.Bytes() == e);
  RC_ASSERT(in.Raw(f.size()) == f);
  RC_ASSERT(in.ok());
  RC_ASSERT(in.remaining() == 0u);
}

// Reads the same fields from any prefix of a record: the first short one fails the reader for good.
RC_GTEST_PROP(Bytes, TruncatedInputFailsAndIsNeverReadPast,
              (uint32_t a, uint64_t b, const std::string& text)) {
  ByteWriter out;
  out.Fixed32(a);
  out.Varint(b);
  out.Bytes(text);
  out.Fixed64(b);
  const size_t cut = *rc::gen::inRange<size_t>(0, out.size());
  const Tight bytes(out.view().substr(0, cut));
  ByteReader in(bytes.view());
  in.Fixed32();
  in.Varint();
  in.Bytes();
  RC_ASSERT(in.Fixed64() == 0u);
  RC_ASSERT(!in.ok());
  RC_ASSERT(in.offset() <= cut);
  RC_ASSERT(in.Fixed8() == 0);
  RC_ASSERT(in.Varint() == 0u);
  RC_ASSERT(in.Bytes().empty());
}

RC_GTEST_PROP(Bytes, ArbitraryInputIsNeverReadPast, (const std::string& junk)) {
  const Tight bytes(junk);
  ByteReader in(bytes.view());
  while (in.ok() && in.remaining() > 0) {
    const std::string_view text = in.Bytes();
    RC_ASSERT(text.size() <= junk.size());
    in.Varint();
    in.Fixed32();
  }
  RC_ASSERT(in.offset() <= junk.size());
}

TEST(Bytes, RefusesVarintsOfMoreThan64Bits) {
  for (const char* text : {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
                           "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}) {
    ByteReader in(text);
    EXPECT_EQ(in.Varint(), 0u);
    EXPECT_FALSE(in.ok());
  }
  ByteReader largest("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  EXPECT_EQ(largest.Varint(), UINT64_MAX);
  EXPECT_TRUE(largest.ok());
}

TEST(Bytes, RefusesALengthBeyondTheInput) {
  ByteWriter out;
  out.Varint(UINT64_MAX);
  ByteReader in(out.view());
  EXPECT_TRUE(in.Bytes().empty());
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, PatchesWhatWasWrittenBefore) {
  ByteWriter out;
  out.Fixed32(0);
  out.Fixed64(0);
  out.PatchFixed32(0, 7);
  out.PatchFixed64(4, 9);
  ByteReader in(out.view());
  EXPECT_EQ(in.Fixed32(), 7u);
  EXPECT_EQ(in.Fixed64(), 9u);
  EXPECT_DEATH(out.PatchFixed64(5, 1), "CHECK failed");
}

TEST(Bytes, HashHasItsPublishedValues) {
  EXPECT_EQ(HashBytes(""), 0x2d06800538d394c2ULL);  // XXH3 of nothing, seed 0.
  EXPECT_NE(HashBytes("a"), HashBytes("b"));
  EXPECT_NE(HashBytes("a", 1), HashBytes("a", 2));
}

// Every byte counts at every length: the steps of sixteen and eight bytes and the tails below.
TEST(Bytes, DigestTellsApartWhateverDiffersInOneByte) {
  std::set<uint64_t> digests;
  size_t texts = 0;
  for (size_t size = 0; size <= 40; ++size) {
    std::string text(size, '\0');
    digests.insert(DigestBytes(text));
    ++texts;
    for (size_t i = 0; i < size; ++i) {
      for (const char bit : {'\x01', '\x40'}) {
        text[i] = bit;
        digests.insert(DigestBytes(text));
        ++texts;
      }
      text[i] = '\0';
    }
  }
  EXPECT_EQ(digests.size(), texts);
}

TEST(Bytes, DigestDependsOnItsSeedAndOnTheOrderOfWords) {
  EXPECT_NE(DigestBytes("a", 1), DigestBytes("a", 2));
  EXPECT_NE(DigestBytes("0123456789abcdef"), DigestBytes("89abcdef01234567"));
  EXPECT_NE(DigestBytes("0123456789abcdefABCDEFGHIJKLMNOP"),
            DigestBytes("ABCDEFGHIJKLMNOP0123456789abcdef"));
}

// It goes into fingerprints, which are the same on every machine.
TEST(Bytes, DigestIsTheSameEverywhere) {
  EXPECT_EQ(DigestBytes("whitewater, a harness of many parts"), 0x7d3501a5bc06922cULL);
}

TEST(Payload, SharesBytesAndDigest) {
  const Payload first = Payload::Copy("hello");
  const Payload second = first;
  EXPECT_EQ(second.view(), "hello");
  EXPECT_EQ(second.view().data(), first.view().data());
  EXPECT_EQ(second.digest(), HashBytes("hello"));
}

TEST(Payload, EmptyHoldsNothing) {
  EXPECT_TRUE(Payload().empty());
  EXPECT_TRUE(Payload::Copy("").empty());
  EXPECT_EQ(Payload().digest(), 0u);
  EXPECT_EQ(Payload().view(), "");
}

// The sanitizer build finds a count that is wrong by one either way.
TEST(Payload, OutlivesTheCopiesThatAreDropped) {
  Payload kept;
  {
    std::vector<Payload> copies(10, Payload::Copy(std::string(1000, 'x')));
    kept = copies[3];
    Payload moved = std::move(copies[4]);
    EXPECT_EQ(moved.size(), 1000u);
    moved = kept;
    const Payload& same = moved;
    moved = same;
  }
  EXPECT_EQ(kept.view(), std::string(1000, 'x'));
  kept = Payload();
  EXPECT_TRUE(kept.empty());
}

}  // namespace
}  // namespace ww
