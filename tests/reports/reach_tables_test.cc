#include "reports/reach_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ww::reports {
namespace {

using ::testing::MatchesRegex;

const std::vector<std::string> kSites = {"log.torn",       "edge.late.target", "edge.late.source",
                                         "edge.an.target", "edge.an.source",   "other.a.b"};

TEST(ReachTables, AreInTheOrderOfTheSitesWithZeroesWhereNobodyWas) {
  const std::string text = ReachTables(kSites, {{"edge.late.source", 7}, {"log.torn", 3}});
  EXPECT_THAT(text, MatchesRegex("  visits of edge +target +source\n"
                                 "    late +0 +7\n"
                                 "    an +0 +0\n"));
}

TEST(ReachTables, AreNotShownWhenNothingOfThemWasVisited) {
  EXPECT_EQ(ReachTables(kSites, {{"log.torn", 3}}), "");
}

TEST(ReachTables, HaveSitesOfThreeParts) {
  EXPECT_TRUE(IsTableCell("edge.late.source"));
  EXPECT_FALSE(IsTableCell("log.torn"));
  EXPECT_FALSE(IsTableCell("edge"));
}

}  // namespace
}  // namespace ww::reports
