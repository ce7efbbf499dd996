#include "sim/base/check.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/base/context.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace ww {
namespace {

enum class Colour { kRed = 3, kBlue = 5 };

int Counted(int& calls, int value) {
  ++calls;
  return value;
}

TEST(Check, PassesWhenTheConditionHolds) {
  CHECK(true);
  CHECK(1 + 1 == 2, "with a text {}", 7);
  CHECK_EQ(2, 2);
  CHECK_NE(2, 3);
  CHECK_LT(2, 3);
  CHECK_LE(2, 2);
  CHECK_GT(3, 2);
  CHECK_GE(3, 3);
}

TEST(CheckDeathTest, EachComparisonFailsOnTheOtherSideOfItsBound) {
  EXPECT_DEATH(CHECK(false), "CHECK failed: false");
  EXPECT_DEATH(CHECK_EQ(2, 3), "2 == 3: 2 versus 3");
  EXPECT_DEATH(CHECK_NE(2, 2), "2 != 2: 2 versus 2");
  EXPECT_DEATH(CHECK_LT(2, 2), "2 < 2: 2 versus 2");
  EXPECT_DEATH(CHECK_LE(3, 2), "3 <= 2: 3 versus 2");
  EXPECT_DEATH(CHECK_GT(2, 2), "2 > 2: 2 versus 2");
  EXPECT_DEATH(CHECK_GE(1, 2), "1 >= 2: 1 versus 2");
}

TEST(CheckDeathTest, NamesFileAndConditionAndText) {
  EXPECT_DEATH(CHECK(1 > 2, "host {} at {}", HostId(3), "dawn"),
               "check_test.cc:[0-9]+: CHECK failed: 1 > 2: host 3 at dawn");
}

TEST(CheckDeathTest, DescribesEnumsIdsAndTimes) {
  EXPECT_DEATH(CHECK_EQ(Colour::kRed, Colour::kBlue), "3 versus 5");
  EXPECT_DEATH(CHECK_EQ(ShardId(4), ShardId(9)), "4 versus 9");
  EXPECT_DEATH(CHECK_EQ(Seconds(1), Seconds(2)), "1.000000000s versus 2.000000000s");
}

TEST(CheckDeathTest, UnprintableOperandsAreStillCompared) {
  struct Opaque {
    int size;
    bool operator==(const Opaque& other) const { return size == other.size; }
  };
  CHECK_EQ(Opaque{1}, Opaque{1});
  EXPECT_DEATH(CHECK_EQ(Opaque{1}, Opaque{2}), "<unprintable> versus <unprintable>");
}

TEST(CheckDeathTest, UnreachableAborts) {
  EXPECT_DEATH(UNREACHABLE("came to {}", 5), "unreachable: came to 5");
}

TEST(Check, EvaluatesOperandsOnce) {
  int calls = 0;
  CHECK(Counted(calls, 1) == 1);
  EXPECT_EQ(calls, 1);
  CHECK_EQ(Counted(calls, 2), 2);
  EXPECT_EQ(calls, 2);
  CHECK_LE(1, Counted(calls, 2));
  EXPECT_EQ(calls, 3);
}

TEST(Check, EvaluatesItsTextOnlyWhenItFails) {
  int calls = 0;
  CHECK(true, "{}", Counted(calls, 1));
  EXPECT_EQ(calls, 0);
}

// Each would be misread if the macro pasted its operands without parentheses.
TEST(Check, TakesExpressionsWithoutParentheses) {
  const int a = 6;
  const bool yes = true;
  CHECK(yes || a == 0);
  CHECK(yes ? a == 6 : a == 0);
  CHECK_EQ(a & 3, 2);
  CHECK_EQ(yes ? a : 0, 6);
  CHECK_NE(a | 1, 6);
  CHECK_LT(a & 1, a ^ 1);
}

TEST(CheckDeathTest, FailsWithExpressionsWithoutParentheses) {
  const int a = 6;
  const bool yes = true;
  EXPECT_DEATH(CHECK(!yes || a == 0), "CHECK failed");
  EXPECT_DEATH(CHECK_EQ(a & 1, yes ? 1 : 0), "0 versus 1");
}

// As the only statement of an if, with an else behind it.
TEST(Check, IsOneStatement) {
  const bool yes = true;
  bool other = false;
  if (yes)
    CHECK(yes);
  else
    other = true;
  EXPECT_FALSE(other);
}

TEST(Check, KeepsTemporariesAliveForTheComparison) {
  CHECK_EQ(std::string("a") + "b", "ab");
  EXPECT_DEATH(CHECK_EQ(std::string("a") + "b", "ac"), "ab versus ac");
}

TEST(CheckDeathTest, HandsTheFailureToTheRunOnce) {
  const auto fail = [] {
    RunContext run("toy@7");
    run.SetFailureHandler(
        [](void* owner, const RunContext& self, const CheckSite& site, const std::string& detail) {
          std::fprintf(stderr, "heard %s %s %s %d\n", self.token().c_str(), site.condition,
                       detail.c_str(), *static_cast<int*>(owner));
          CHECK(false, "a failure inside the handler");
        },
        new int(11));
    const RunContext::Scope scope(run);
    CHECK_EQ(1, 2);
  };
  EXPECT_DEATH(fail(), "case toy@7\\)\nheard toy@7 1 == 2 1 versus 2 11\n.*inside the handler");
}

}  // namespace
}  // namespace ww
