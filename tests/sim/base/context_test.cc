#include "sim/base/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace ww {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(RunContext, ScopesNestAndRestore) {
  EXPECT_EQ(RunContext::Current(), nullptr);
  RunContext outer("outer@1");
  {
    const RunContext::Scope scope(outer);
    EXPECT_EQ(RunContext::Current(), &outer);
    {
      RunContext inner("inner@1");
      const RunContext::Scope inner_scope(inner);
      EXPECT_EQ(RunContext::Current(), &inner);
    }
    EXPECT_EQ(RunContext::Current(), &outer);
  }
  EXPECT_EQ(RunContext::Current(), nullptr);
}

TEST(RunContext, CountsReachedSitesInOrderOfName) {
  RunContext run("r@1");
  EXPECT_THAT(run.Reached(), IsEmpty());
  const RunContext::Scope scope(run);
  COVER("test.b");
  COVER("test.a");
  COVER("test.b");
  EXPECT_THAT(run.Reached(), ElementsAre(Pair("test.a", 1), Pair("test.b", 2)));
}

TEST(RunContext, ReachOutsideOfARunIsIgnored) { COVER("test.nowhere"); }

TEST(RunContext, KeepsSitesApartThatShareASlot) {
  RunContext run("r@1");
  std::set<std::string> names;
  for (int i = 0; i < 900; ++i) names.insert(fmt::format("site.{}", i));
  for (const std::string& name : names) run.Reach(name, HashName(name));
  ASSERT_EQ(run.Reached().size(), names.size());
  for (const auto& visit : run.Reached()) EXPECT_EQ(visit.second, 1u);
}

TEST(RunContext, SideIsTheHarnessUntilSet) {
  RunContext run("r@1");
  EXPECT_EQ(run.side(), Side::kHarness);
  run.set_side(Side::kEngine);
  EXPECT_EQ(run.side(), Side::kEngine);
}

}  // namespace
}  // namespace ww
