// What can't be true together: each kind is noticed before anything of it is believed, and what
// correct replicas may say is never taken for one.
#include "raft/core/contradiction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A follower of replica 2 in term 2 that holds entries of terms 1, 1, 2 and has committed two.
class Contradictions : public ::testing::Test {
 protected:
  explicit Contradictions(const Rules& rules = {}) : lone_(3, {Term(2), {}}, {1, 1, 2}, rules) {
    lone_.cluster().set_observer([this](ReplicaId who, const Effects& effects) {
      if (who == kSelf && effects.contradiction.has_value()) found_ = *effects.contradiction;
    });
  }
  void FollowUpTo(uint64_t commit) {
    lone_.Receive(2, 2, AppendRequest{At(3, 2), Index(commit), {}});
    ASSERT_FALSE(found_.has_value());
    ASSERT_EQ(lone_.commit(), commit);
    lone_.Sent();
  }
  void ExpectFound(const Contradiction& expected) {
    ASSERT_TRUE(found_.has_value());
    EXPECT_EQ(*found_, expected) << TextOf(*found_);
    EXPECT_THAT(TermsOf(lone_.replica()), ElementsAre(1, 1, 2));
    EXPECT_THAT(BodiesOf<AppendReply>(lone_.Sent()), ::testing::IsEmpty());
  }
  Lone lone_;
  std::optional<Contradiction> found_;
};

TEST_F(Contradictions, ALaterLeaderLacksWhatIsCommitted) {
  FollowUpTo(3);
  lone_.Receive(3, 3, AppendRequest{At(2, 1), Index(2), EntriesOf({3})});
  ExpectFound({ContradictionKind::kCommittedDiffers, ReplicaId(3), Term(3), Index(3), Index(3)});
  EXPECT_EQ(lone_.term(), 3u) << "its term counts all the same";
  EXPECT_THAT(TextOf(*found_), HasSubstr("differs at index 3"));
}

TEST_F(Contradictions, ALaterLeadersEntryBeforeTheNextIsAnother) {
  FollowUpTo(3);
  lone_.Receive(3, 3, AppendRequest{At(3, 3), Index(3), EntriesOf({3})});
  ExpectFound({ContradictionKind::kCommittedDiffers, ReplicaId(3), Term(3), Index(3), Index(3)});
}

TEST_F(Contradictions, NoneWhereNothingIsCommitted) {
  FollowUpTo(2);
  lone_.Receive(3, 3, AppendRequest{At(2, 1), Index(2), EntriesOf({3})});
  EXPECT_FALSE(found_.has_value());
  EXPECT_THAT(TermsOf(lone_.replica()), ElementsAre(1, 1, 3));
}

TEST_F(Contradictions, TheLeaderWasToldOfMoreThanIsHere) {
  lone_.Receive(2, 2, Heartbeat{Index(3), 1, 0});
  EXPECT_FALSE(found_.has_value());
  EXPECT_EQ(lone_.commit(), 3u);
  lone_.Receive(2, 2, Heartbeat{Index(4), 2, 0});
  ExpectFound({ContradictionKind::kLogTooShort, ReplicaId(2), Term(2), Index(3), Index(4)});
  EXPECT_EQ(lone_.commit(), 3u);
}

TEST_F(Contradictions, TwoLeadersInOneTerm) {
  FollowUpTo(3);
  lone_.Receive(3, 2, Heartbeat{Index(3), 1, 0});
  ExpectFound({ContradictionKind::kTwoLeaders, ReplicaId(3), Term(2), Index(), Index()});
  EXPECT_EQ(lone_.replica().leader(), ReplicaId(2));
}

TEST_F(Contradictions, AnotherLeaderOfTheOwnTerm) {
  lone_.WinElection();
  ASSERT_EQ(lone_.role(), Role::kLeader);
  lone_.Receive(3, lone_.term(), AppendRequest{At(3, 2), Index(3), {}});
  ASSERT_TRUE(found_.has_value());
  EXPECT_EQ(found_->kind, ContradictionKind::kTwoLeaders);
  EXPECT_EQ(lone_.role(), Role::kLeader);
}

TEST_F(Contradictions, AFollowerHoldsMoreOfATermThanItsLeader) {
  lone_.WinElection();
  lone_.Acknowledge(2, 4);
  EXPECT_FALSE(found_.has_value());
  EXPECT_EQ(lone_.commit(), 4u);
  lone_.Acknowledge(3, 5);
  ASSERT_TRUE(found_.has_value());
  EXPECT_EQ(*found_, (Contradiction{ContradictionKind::kFollowerAhead, ReplicaId(3), Term(3),
                                    Index(4), Index(5)}));
  EXPECT_EQ(lone_.commit(), 4u);
}

TEST_F(Contradictions, AnAnswerToWhatTheLeaderHasNotAsked) {
  lone_.WinElection();
  lone_.Receive(2, lone_.term(), HeartbeatReply{kNoRound, 0});
  EXPECT_FALSE(found_.has_value());
  lone_.Receive(2, lone_.term(), HeartbeatReply{1'000, 0});
  ASSERT_TRUE(found_.has_value());
  EXPECT_EQ(found_->kind, ContradictionKind::kAnswersNotAsked);
}

// --- Without the rule ---

Rules NotContained() {
  Rules rules;
  rules.contradictions_contained = false;
  return rules;
}

class NotContainedContradictions : public Contradictions {
 protected:
  NotContainedContradictions() : Contradictions(NotContained()) {}
};

TEST_F(NotContainedContradictions, EndTheProcess) {
  FollowUpTo(3);
  EXPECT_DEATH(lone_.Receive(3, 3, AppendRequest{At(2, 1), Index(2), EntriesOf({3})}),
               "differs at index 3");
  EXPECT_DEATH(lone_.Receive(2, 2, Heartbeat{Index(4), 2, 0}), "it goes up to 3");
}

TEST_F(NotContainedContradictions, WithoutBoundDisksAShortLogFollowsAsFarAsItCan) {
  Rules rules = NotContained();
  rules.disks_bound = false;
  Lone lone(3, {Term(2), {}}, {1, 1, 2}, rules);
  lone.Receive(2, 2, Heartbeat{Index(4), 2, 0});
  EXPECT_EQ(lone.commit(), 3u);
}

}  // namespace
}  // namespace ww::raft::test
