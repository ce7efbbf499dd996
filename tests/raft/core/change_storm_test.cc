#include "tests/raft/core/change_storm.h"

#include <gtest/gtest.h>

namespace ww::raft::test {
namespace {

class ChangeStormOf : public testing::TestWithParam<size_t> {};

TEST_P(ChangeStormOf, VotersStaysSafeAndConverges) {
  size_t changes = 0;
  size_t leaders = 0;
  std::set<std::string> refusals;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<uint64_t> voters;
    for (size_t voter = 1; voter <= GetParam(); ++voter) voters.push_back(voter);
    ChangeStorm storm(seed * 8 + GetParam(), voters);
    storm.Run(8000);
    if (HasFatalFailure()) return;
    changes += storm.changes();
    leaders += storm.leaders();
    refusals.insert(storm.refusals().begin(), storm.refusals().end());
  }
  EXPECT_GT(changes, 300 * 1u);
  EXPECT_GT(leaders, 300 * 2u);
  for (const ChangeRefusal refusal :
       {ChangeRefusal::kChangePending, ChangeRefusal::kTermNotCommitted,
        ChangeRefusal::kNotCaughtUp, ChangeRefusal::kNoLiveQuorum, ChangeRefusal::kLeaderLeaves}) {
    EXPECT_EQ(refusals.count(NameOf(refusal)), 1u) << NameOf(refusal);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ChangeStormOf, testing::Values(1, 2, 3, 4, 5));

}  // namespace
}  // namespace ww::raft::test
