// Majorities against a naive model: exhaustively for small sizes, by RapidCheck beyond.
#include "raft/core/quorum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ww::raft {
namespace {

using Values = absl::InlinedVector<Index, kVotersMax>;

// The definition: the greatest value that more than half of the voters have reached.
Index NaiveReached(const Values& values) {
  Index best;
  for (const Index candidate : values) {
    size_t reached = 0;
    for (const Index value : values) reached += value >= candidate ? 1 : 0;
    if (2 * reached > values.size() && candidate > best) best = candidate;
  }
  return best;
}

BallotOutcome NaiveOutcome(const Ballot& ballot) {
  if (2 * ballot.granted > ballot.voters) return BallotOutcome::kWon;
  const size_t open = ballot.voters - ballot.granted - ballot.refused;
  if (2 * (ballot.granted + open) > ballot.voters) return BallotOutcome::kPending;
  return BallotOutcome::kLost;
}

TEST(Quorum, IsTheSmallestMajority) {
  for (size_t voters = 1; voters <= kVotersMax; ++voters) {
    EXPECT_GT(2 * QuorumOf(voters), voters);
    EXPECT_LE(2 * (QuorumOf(voters) - 1), voters);
  }
}

TEST(Quorum, ReachedValueEqualsTheNaiveOneForAllSmallInputs) {
  size_t judged = 0;
  for (size_t size = 1; size <= 5; ++size) {
    size_t inputs = 1;
    for (size_t voter = 0; voter < size; ++voter) inputs *= size + 1;
    for (size_t input = 0; input < inputs; ++input) {
      Values values;
      size_t rest = input;
      for (size_t voter = 0; voter < size; ++voter, rest /= size + 1) {
        values.push_back(Index(rest % (size + 1)));
      }
      ASSERT_EQ(ReachedByQuorum(values), NaiveReached(values));
      ++judged;
    }
  }
  EXPECT_EQ(judged, 2u + 9u + 64u + 625u + 7776u);
}

TEST(Quorum, ReachedValueEqualsTheNaiveOneForSixAndSeven) {
  EXPECT_TRUE(rc::check([] {
    const size_t size = *rc::gen::inRange<size_t>(6, 8);
    Values values;
    for (size_t voter = 0; voter < size; ++voter) {
      values.push_back(Index(*rc::gen::arbitrary<uint64_t>()));
    }
    RC_ASSERT(ReachedByQuorum(values) == NaiveReached(values));
  }));
}

TEST(Quorum, OutcomeEqualsTheNaiveOneForAllBallots) {
  for (size_t voters = 1; voters <= kVotersMax; ++voters) {
    for (size_t granted = 0; granted <= voters; ++granted) {
      for (size_t refused = 0; granted + refused <= voters; ++refused) {
        const Ballot ballot{voters, granted, refused};
        ASSERT_EQ(OutcomeOf(ballot), NaiveOutcome(ballot))
            << voters << ": " << granted << " granted, " << refused << " refused";
      }
    }
  }
}

TEST(Quorum, OfNoVotersIsNeverReached) {
  EXPECT_EQ(OutcomeOf({0, 0, 0}), BallotOutcome::kLost);
  EXPECT_DEATH(ReachedByQuorum(Values{}), "CHECK failed");
}

}  // namespace
}  // namespace ww::raft
