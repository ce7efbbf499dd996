#include "sim/base/block_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

#include "sim/base/context.h"

namespace ww {
namespace {

#if WW_BLOCKS_KEPT
TEST(BlockCache, HandsTheSameBlockToTheNextTakerOfItsSize) {
  BlockCache cache;
  void* const block = cache.Take(40);
  cache.Give(block, 40);
  void* const again = cache.Take(48);  // The same step.
  EXPECT_EQ(again, block);
  void* const other = cache.Take(40);
  EXPECT_NE(other, block);
  cache.Give(again, 48);
  cache.Give(other, 40);
}
#endif

TEST(BlockCache, BlocksInUseNeverOverlap) {
  BlockCache cache;
  std::vector<char*> blocks;
  for (size_t round = 0; round < 3; ++round) {
    for (size_t bytes = 1; bytes <= BlockCache::kBytesMax + 64; bytes += 7) {
      char* const block = static_cast<char*>(cache.Take(bytes));
      std::memset(block, static_cast<int>(blocks.size() % 251), bytes);
      blocks.push_back(block);
    }
    size_t number = 0;
    for (size_t bytes = 1; bytes <= BlockCache::kBytesMax + 64; bytes += 7, ++number) {
      for (size_t at = 0; at < bytes; ++at) {
        ASSERT_EQ(static_cast<unsigned char>(blocks[number][at]), number % 251);
      }
      cache.Give(blocks[number], bytes);
    }
    EXPECT_EQ(number, blocks.size());
    EXPECT_EQ(std::set<char*>(blocks.begin(), blocks.end()).size(), number);
    blocks.clear();
  }
}

TEST(BlockCache, ABlockMayOutliveTheRunItWasTakenIn) {
  void* block = nullptr;
  {
    RunContext run("one");
    const RunContext::Scope scope(run);
    block = TakeBlock(24);
  }
  RunContext other("two");
  const RunContext::Scope scope(other);
  GiveBlock(block, 24);
  void* const next = TakeBlock(17);  // As large as the step that the block was given back at.
  std::memset(next, 1, 32);
  GiveBlock(next, 17);
}

TEST(BlockCache, ADisabledOneKeepsNothing) {
  BlockCache cache;
  cache.Disable();
  void* const first = cache.Take(32);
  void* const second = cache.Take(32);
  cache.Give(first, 32);
  cache.Give(second, 32);
  EXPECT_EQ(cache.idle(), 0u);
}

}  // namespace
}  // namespace ww
