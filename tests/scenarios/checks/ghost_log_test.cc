// What the ghost keeps its logs in, and what it tells apart.
#include "scenarios/checks/ghost_log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

#include "scenarios/checks/events.h"
#include "scenarios/checks/stack.h"

namespace ww::checks {
namespace {

constexpr size_t kMany = 1000;  // Several chunks.

Stack<uint64_t> Filled(size_t size) {
  Stack<uint64_t> stack;
  for (uint64_t i = 0; i < size; ++i) stack.Push(i);
  return stack;
}

// Every size, because the ends of chunks are special.
TEST(Stack, GoesOnWhereItWasShrunkTo) {
  for (size_t size = 0; size <= kMany; ++size) {
    Stack<uint64_t> stack = Filled(kMany);
    stack.Shrink(size);
    EXPECT_EQ(stack.size(), size);
    if (size > 0) {
      EXPECT_EQ(stack.back(), size - 1);
    }
    stack.Push(7'000);
    EXPECT_EQ(stack.back(), 7'000u);
    EXPECT_EQ(stack[size], 7'000u);
    if (size > 0) {
      EXPECT_EQ(stack[size - 1], size - 1);
    }
  }
}

TEST(Stack, CopiesAndMovesLeaveBothUsable) {
  Stack<uint64_t> first = Filled(kMany);
  Stack<uint64_t> copy = first;
  copy.Push(1);
  EXPECT_EQ(first.size(), kMany);
  Stack<uint64_t> moved = std::move(first);
  moved.Push(2);
  EXPECT_EQ(moved.back(), 2u);
  EXPECT_EQ(moved[kMany - 1], kMany - 1);
  first = Filled(3);
  first.Push(4);
  EXPECT_EQ(first.size(), 4u);
}

TEST(GhostLog, ChainsTellTermsAndContentsApart) {
  const auto chain = [](Term first, uint64_t digest, Term second) {
    GhostLog log;
    log.Append({first, digest});
    return log.Append({second, 5}).chain;
  };
  const uint64_t original = chain(Term(1), 10, Term(2));
  EXPECT_EQ(original, chain(Term(1), 10, Term(2)));
  EXPECT_NE(original, chain(Term(2), 10, Term(2)));
  EXPECT_NE(original, chain(Term(1), 11, Term(2)));
  EXPECT_NE(original, chain(Term(1), 10, Term(3)));
}

}  // namespace
}  // namespace ww::checks
