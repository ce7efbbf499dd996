// Joint quorums against the definition: for all pairs of halves out of four ids, every set of
// answers and every vector of small values; the values of larger halves by RapidCheck.
#include "raft/core/electorate.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace ww::raft {
namespace {

ReplicaIds IdsOf(uint64_t bits) {
  ReplicaIds ids;
  for (uint64_t id = 1; bits != 0; ++id, bits >>= 1) {
    if (bits & 1) ids.push_back(ReplicaId(id));
  }
  return ids;
}

size_t Count(uint64_t bits) { return static_cast<size_t>(__builtin_popcountll(bits)); }

bool NaiveMajority(uint64_t half, uint64_t set) { return 2 * Count(half & set) > Count(half); }
bool NaiveQuorum(uint64_t incoming, uint64_t outgoing, uint64_t set) {
  return NaiveMajority(incoming, set) && (outgoing == 0 || NaiveMajority(outgoing, set));
}

// Won when those who granted are a quorum; pending when they could still become one.
BallotOutcome NaiveOutcome(uint64_t incoming, uint64_t outgoing, uint64_t granted,
                           uint64_t refused) {
  if (NaiveQuorum(incoming, outgoing, granted)) return BallotOutcome::kWon;
  return NaiveQuorum(incoming, outgoing, ~refused) ? BallotOutcome::kPending : BallotOutcome::kLost;
}

TEST(Electorate, DecidesLikeTheDefinitionForAllHalvesOfFour) {
  size_t judged = 0;
  for (uint64_t incoming = 0; incoming < 16; ++incoming) {
    for (uint64_t outgoing = 0; outgoing < 16; ++outgoing) {
      const Electorate electorate{IdsOf(incoming), IdsOf(outgoing)};
      for (uint64_t granted = 0; granted < 16; ++granted) {
        ASSERT_EQ(IsQuorum(electorate, IdsOf(granted)), NaiveQuorum(incoming, outgoing, granted));
        for (uint64_t refused = 0; refused < 16; ++refused) {
          if ((granted & refused) != 0) continue;
          const ReplicaIds yes = IdsOf(granted);
          const ReplicaIds no = IdsOf(refused);
          ASSERT_EQ(OutcomeOf(electorate, {yes, no}),
                    NaiveOutcome(incoming, outgoing, granted, refused))
              << incoming << " and " << outgoing << ": " << granted << " against " << refused;
          ++judged;
        }
      }
    }
  }
  EXPECT_EQ(judged, 256u * 81u);
}

Index NaiveReached(uint64_t incoming, uint64_t outgoing, const std::map<ReplicaId, Index>& values) {
  Index best;
  for (const auto& [candidate_id, candidate] : values) {
    uint64_t holders = 0;
    for (const auto& [id, value] : values) {
      if (value >= candidate) holders |= uint64_t{1} << (id.value - 1);
    }
    if (NaiveQuorum(incoming, outgoing, holders)) best = std::max(best, candidate);
  }
  return best;
}

TEST(Electorate, ReachesLikeTheDefinitionForAllHalvesOfFour) {
  for (uint64_t incoming = 1; incoming < 16; ++incoming) {
    for (uint64_t outgoing = 0; outgoing < 16; ++outgoing) {
      const Electorate electorate{IdsOf(incoming), IdsOf(outgoing)};
      for (uint64_t input = 0; input < 256; ++input) {
        std::map<ReplicaId, Index> values;
        for (uint64_t id = 1; id <= 4; ++id) {
          values[ReplicaId(id)] = Index((input >> (2 * (id - 1))) & 3);
        }
        const Index reached =
            ReachedByQuorum(electorate, [&](ReplicaId id) { return values.at(id); });
        ASSERT_EQ(reached, NaiveReached(incoming, outgoing, values))
            << incoming << " and " << outgoing << ": " << input;
      }
    }
  }
}

TEST(Electorate, ReachesLikeTheDefinitionForHalvesOfSeven) {
  EXPECT_TRUE(rc::check([] {
    const auto half = [](uint64_t least) {
      uint64_t bits = *rc::gen::inRange<uint64_t>(least, 1 << 14);
      while (Count(bits) > kVotersMax) bits &= bits - 1;
      return bits;
    };
    const uint64_t incoming = half(1);
    const uint64_t outgoing = half(0);
    std::map<ReplicaId, Index> values;
    for (uint64_t id = 1; id <= 14; ++id) {
      values[ReplicaId(id)] = Index(*rc::gen::inRange<uint64_t>(0, 20));
    }
    // Values of those in no half count for nothing, but may be candidates of the definition.
    const Electorate electorate{IdsOf(incoming), IdsOf(outgoing)};
    const Index reached = ReachedByQuorum(electorate, [&](ReplicaId id) { return values.at(id); });
    std::map<ReplicaId, Index> voters;
    for (const ReplicaId id : electorate.All()) voters[id] = values.at(id);
    RC_ASSERT(reached == NaiveReached(incoming, outgoing, voters));
  }));
}

TEST(Electorate, CountsVotersAndWitnessesOfBothHalves) {
  Membership membership;
  const auto member = [](uint64_t id) { return Member{ReplicaId(id), HostId(id), ""}; };
  membership.voters = {member(3), member(4)};
  membership.witnesses = {member(2)};
  membership.non_voting = {member(7)};
  membership.outgoing_voters = {member(1), member(3)};
  membership.outgoing_witnesses = {member(2)};
  const Electorate electorate = ElectorateOf(membership);
  EXPECT_EQ(electorate.incoming, IdsOf(0b1110));
  EXPECT_EQ(electorate.outgoing, IdsOf(0b0111));
  EXPECT_EQ(electorate.All(), IdsOf(0b1111));
  EXPECT_TRUE(electorate.Has(ReplicaId(1)));
  EXPECT_FALSE(electorate.Has(ReplicaId(7)));
}

TEST(Electorate, IsNeverWonWithoutVoters) {
  EXPECT_EQ(OutcomeOf(Electorate{}, {}), BallotOutcome::kLost);
  EXPECT_FALSE(IsQuorum(Electorate{}, IdsOf(0b111)));
}

}  // namespace
}  // namespace ww::raft
