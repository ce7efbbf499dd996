// The paper's rules of terms and elections (Raft 3.3, 3.4, 3.6.1), one sentence a test.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/base/hash.h"
#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

Lone InRole(Role role) {
  Lone lone(3, {Term(1), ReplicaId()});
  if (role == Role::kPreCandidate) lone.Timeout();
  if (role == Role::kCandidate) lone.WinPreVote();
  if (role == Role::kLeader) lone.WinElection();
  lone.Sent();
  return lone;
}

class PaperRoles : public testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(All, PaperRoles,
                         testing::Values(Role::kFollower, Role::kPreCandidate, Role::kCandidate,
                                         Role::kLeader));

TEST_P(PaperRoles, AdoptAHigherTermAndFollow) {
  Lone lone = InRole(GetParam());
  ASSERT_EQ(lone.role(), GetParam());
  lone.Receive(2, 9, AppendRequest{});
  EXPECT_EQ(lone.role(), Role::kFollower);
  EXPECT_EQ(lone.term(), 9u);
  EXPECT_EQ(lone.replica().leader(), ReplicaId(2));
  EXPECT_TRUE(lone.replica().vote().none());
}

TEST_P(PaperRoles, AdoptAHigherTermFromAnswersToo) {
  for (const MessageBody& body :
       std::vector<MessageBody>{AppendReply{}, HeartbeatReply{}, VoteReply{false, false, Term(1)},
                                VoteReply{true, false, Term(2)}}) {
    Lone lone = InRole(GetParam());
    lone.Receive(2, 9, body);
    EXPECT_EQ(lone.role(), Role::kFollower);
    EXPECT_EQ(lone.term(), 9u);
    EXPECT_TRUE(lone.replica().leader().none());
  }
}

TEST_P(PaperRoles, DoNotProcessALowerTermButRefuseItWithTheirs) {
  Lone lone = InRole(GetParam());
  const Role role = lone.role();
  const uint64_t term = lone.term();
  const std::vector<uint64_t> log = TermsOf(lone.replica());
  lone.Receive(2, 0, AppendRequest{At(0, 0), Index(1), EntriesOf({0})});
  EXPECT_EQ(lone.role(), role);
  EXPECT_EQ(TermsOf(lone.replica()), log);
  const std::vector<Message> sent = lone.Sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].term, Term(term));
  EXPECT_FALSE(std::get<AppendReply>(sent[0].body).accepted);
}

TEST(PaperElection, AReplicaStartsAsFollower) {
  Lone lone(3);
  EXPECT_EQ(lone.role(), Role::kFollower);
  EXPECT_TRUE(lone.replica().leader().none());
}

TEST(PaperElection, ALeaderSendsHeartbeatsToAllPeersEveryInterval) {
  Lone lone(3);
  lone.WinElection();
  const LocalTime elected = lone.cluster().now();
  for (int64_t round = 1; round <= 3; ++round) {
    lone.Sent();
    lone.Timeout();
    EXPECT_EQ(lone.cluster().now(), elected + kHeartbeatInterval * round);
    std::vector<ReplicaId> told;
    for (const Message& message : lone.Sent()) {
      EXPECT_EQ(std::get<Heartbeat>(message.body).round, static_cast<uint64_t>(round));
      told.push_back(message.to);
    }
    EXPECT_EQ(told, (std::vector<ReplicaId>{ReplicaId(2), ReplicaId(3)}));
  }
}

// A heartbeat of an earlier term was held up; its refusal arrives when the same replica leads the
// term that the refusal speaks of.
TEST(PaperElection, ARefusedHeartbeatOfAnEarlierTermAnswersNoRoundOfThePresentOne) {
  Lone follower(3, {Term(2), ReplicaId()});
  follower.Receive(2, 1, Heartbeat{Index(0), 126});
  const std::vector<HeartbeatReply> refusals = BodiesOf<HeartbeatReply>(follower.Sent());
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].round, kNoRound);

  Lone leader(3, {Term(1), ReplicaId()});
  leader.WinElection();
  leader.Sent();
  leader.Receive(2, leader.term(), refusals[0]);
  EXPECT_EQ(leader.role(), Role::kLeader);
  EXPECT_TRUE(leader.Sent().empty());
}

void ExpectCampaign(Lone& lone, uint64_t term) {
  EXPECT_EQ(lone.role(), Role::kCandidate);
  EXPECT_EQ(lone.term(), term);
  EXPECT_EQ(lone.replica().vote(), kSelf);
  std::vector<ReplicaId> asked;
  for (const Message& message : lone.Sent()) {
    const VoteRequest* request = std::get_if<VoteRequest>(&message.body);
    if (request == nullptr || request->pre_vote) continue;
    EXPECT_EQ(message.term, Term(term));
    asked.push_back(message.to);
  }
  EXPECT_EQ(asked, (std::vector<ReplicaId>{ReplicaId(2), ReplicaId(3)}));
}

TEST(PaperElection, AFollowerThatHearsNothingCampaignsInTheNextTerm) {
  Lone lone(3, {Term(1), ReplicaId()});
  lone.WinPreVote();
  ExpectCampaign(lone, 2);
}

TEST(PaperElection, ACandidateThatHearsNothingCampaignsAgain) {
  Lone lone(3, {Term(1), ReplicaId()});
  lone.WinPreVote();
  lone.Sent();
  lone.WinPreVote();
  ExpectCampaign(lone, 3);
}

struct Votes {
  uint64_t voters;
  std::vector<bool> answers;  // Of replica 2, 3, ...
  Role role;
};

void ExpectOutcome(const Votes& votes) {
  Lone lone(votes.voters);
  lone.WinPreVote();
  uint64_t from = 2;
  for (const bool granted : votes.answers) {
    lone.Receive(from++, 1, VoteReply{false, granted, Term(1)});
  }
  EXPECT_EQ(lone.role(), votes.role) << votes.voters << " voters";
  EXPECT_EQ(lone.term(), 1u);
}

TEST(PaperElection, AQuorumOfGrantsElectsAndAQuorumOfRefusalsEndsTheCampaign) {
  ExpectOutcome({1, {}, Role::kLeader});
  ExpectOutcome({3, {true}, Role::kLeader});
  ExpectOutcome({3, {true, true}, Role::kLeader});
  ExpectOutcome({5, {true, true}, Role::kLeader});
  ExpectOutcome({5, {true, true, true, true}, Role::kLeader});
  ExpectOutcome({3, {false, false}, Role::kFollower});
  ExpectOutcome({5, {false, false, false, false}, Role::kFollower});
  ExpectOutcome({5, {true, false, false, false}, Role::kFollower});
  ExpectOutcome({3, {}, Role::kCandidate});
  ExpectOutcome({5, {true}, Role::kCandidate});
  ExpectOutcome({5, {false, false}, Role::kCandidate});
  ExpectOutcome({5, {}, Role::kCandidate});
}

TEST(PaperElection, AReplicaVotesForOneCandidateATerm) {
  const auto granted = [](uint64_t voted, uint64_t candidate) {
    Lone lone(3, {Term(1), ReplicaId(voted)});
    lone.Receive(candidate, 1, VoteRequest{false, At(0, 0)});
    const auto replies = BodiesOf<VoteReply>(lone.Sent());
    return replies.size() == 1 && replies[0].granted;
  };
  EXPECT_TRUE(granted(0, 2));
  EXPECT_TRUE(granted(0, 3));
  EXPECT_TRUE(granted(2, 2));
  EXPECT_TRUE(granted(3, 3));
  EXPECT_FALSE(granted(2, 3));
  EXPECT_FALSE(granted(3, 2));
}

TEST(PaperElection, ACandidateGivesWayToALeaderOfItsTermOrALaterOne) {
  for (const uint64_t term : {2, 3}) {
    Lone lone = InRole(Role::kCandidate);
    ASSERT_EQ(lone.term(), 2u);
    lone.Receive(2, term, AppendRequest{});
    EXPECT_EQ(lone.role(), Role::kFollower);
    EXPECT_EQ(lone.term(), term);
    EXPECT_EQ(lone.replica().leader(), ReplicaId(2));
  }
}

// The core draws nothing itself: it asks for each new length, and keeps to what it gets.
TEST(PaperElection, TheDeadlineIsTheDrawnLengthAfterTheLastContactForEveryLengthBetweenTAnd2T) {
  for (int64_t length_ms = 1000; length_ms < 2000; length_ms += 37) {
    Lone lone(3);
    lone.cluster().set_draw([&](ReplicaId) { return Milliseconds(length_ms); });
    lone.Receive(2, 1, Heartbeat{});
    const LocalTime contact = lone.cluster().now();
    EXPECT_EQ(lone.replica().NextDeadline(), contact + Milliseconds(length_ms));
    lone.cluster().AdvanceTo(contact + Milliseconds(400));
    lone.Receive(2, 1, Heartbeat{});
    EXPECT_EQ(lone.replica().NextDeadline(), contact + Milliseconds(400 + length_ms));
  }
}

TEST(PaperElection, ALengthOutsideTheRangeIsAMistakeOfTheHost) {
  Lone lone(3);
  EXPECT_DEATH(lone.cluster().Step(kSelf, ElectionTimeoutDrawn{Milliseconds(999)}), "CHECK");
  EXPECT_DEATH(lone.cluster().Step(kSelf, ElectionTimeoutDrawn{Milliseconds(2000)}), "CHECK");
}

TEST(PaperElection, EveryFailedCampaignAsksForANewLength) {
  Lone lone(3);
  int64_t draws = 0;
  lone.cluster().set_draw([&](ReplicaId) { return Milliseconds(1000 + 10 * ++draws); });
  for (int64_t campaign = 1; campaign <= 5; ++campaign) {
    lone.Timeout();
    EXPECT_EQ(draws, campaign);
    EXPECT_EQ(lone.replica().NextDeadline(),
              lone.cluster().now() + Milliseconds(1000 + 10 * campaign));
  }
}

TEST(PaperElection, TwoTimeoutsRarelyFallTogether) {
  const size_t rounds = 1000;
  size_t conflicts = 0;
  uint64_t draws = 0;
  const auto draw = [&draws](ReplicaId) {
    return kElectionTimeout + Milliseconds(static_cast<int64_t>(Mix64(++draws) % 1000));
  };
  for (size_t round = 0; round < rounds; ++round) {
    Cluster cluster(TestConfig(), VotersOf({1, 2, 3, 4, 5}));
    cluster.set_draw(draw);
    std::vector<LocalTime> deadlines;
    for (const ReplicaId id : cluster.ids()) {
      cluster.Crash(id);
      cluster.Restart(id);
      deadlines.push_back(cluster.replica(id).NextDeadline());
    }
    std::sort(deadlines.begin(), deadlines.end());
    if (deadlines[1] - deadlines[0] < kElectionTimeout / 20) ++conflicts;
  }
  EXPECT_LT(conflicts, rounds * 3 / 10);
  EXPECT_GT(conflicts, 0u);
}

TEST(PaperElection, AGrantedVoteRestartsTheTimerAndAPreVoteOrARefusalDoesNot) {
  const auto deadline_after = [](uint64_t term, const VoteRequest& request) {
    Lone lone(3, {Term(2), ReplicaId()}, {1, 2});
    lone.cluster().AdvanceTo(lone.cluster().now() + Milliseconds(500));
    lone.Receive(2, term, request);
    return lone.replica().NextDeadline();
  };
  // Replica 1 draws 1100 ms each time.
  const LocalTime untouched = LocalTime{} + Milliseconds(1100);
  EXPECT_EQ(deadline_after(2, {false, At(2, 2)}), untouched + Milliseconds(500));
  EXPECT_EQ(deadline_after(3, {false, At(2, 2)}), untouched + Milliseconds(500));
  EXPECT_EQ(deadline_after(3, {false, At(2, 1)}), untouched);
  EXPECT_EQ(deadline_after(3, {true, At(2, 2)}), untouched);
}

TEST(PaperElection, APreVoteDoesNotSpeakOfEntriesThatACrashCouldTake) {
  Lone lone(3);
  lone.cluster().set_persist_at_once(false);
  lone.Receive(2, 1, AppendRequest{At(0, 0), Index(0), EntriesOf({1})});
  lone.Timeout();
  ASSERT_EQ(lone.role(), Role::kPreCandidate);
  EXPECT_TRUE(lone.Sent().empty());
  lone.cluster().Persist(kSelf, 100);
  EXPECT_EQ(BodiesOf<VoteRequest>(lone.Sent()).size(), 2u);
}

TEST(PaperElection, ACandidateCountsItsOwnVoteOnlyWhenItIsDurable) {
  Lone lone(3);
  lone.cluster().set_persist_at_once(false);
  lone.WinPreVote();
  lone.Receive(2, 1, VoteReply{false, true, Term(1)});
  EXPECT_EQ(lone.role(), Role::kCandidate);
  lone.cluster().Persist(kSelf, 100);
  EXPECT_EQ(lone.role(), Role::kLeader);
}

TEST(PaperElection, ARequestForVotesCarriesTheLastIndexAndTerm) {
  Lone lone(3, {Term(4), ReplicaId()}, {1, 1, 3});
  lone.WinPreVote();
  const auto requests = BodiesOf<VoteRequest>(lone.Sent());
  ASSERT_EQ(requests.size(), 4u);
  for (const VoteRequest& request : requests) EXPECT_EQ(request.last, At(3, 3));
}

TEST(PaperElection, AVoterGrantsOnlyToALogAtLeastAsUpToDate) {
  const auto granted = [](const std::vector<uint64_t>& log, LogPosition last) {
    Lone lone(3, {Term(3), ReplicaId()}, log);
    lone.Receive(2, 3, VoteRequest{false, last});
    lone.Receive(2, 4, VoteRequest{true, last});
    const auto replies = BodiesOf<VoteReply>(lone.Sent());
    EXPECT_EQ(replies.size(), 2u);
    EXPECT_EQ(replies[0].granted, replies[1].granted);
    return replies[0].granted;
  };
  // The same last term: the longer or equal log.
  EXPECT_TRUE(granted({1}, At(1, 1)));
  EXPECT_TRUE(granted({1}, At(2, 1)));
  EXPECT_FALSE(granted({1, 1}, At(1, 1)));
  // A higher last term, even if shorter.
  EXPECT_TRUE(granted({1}, At(1, 2)));
  EXPECT_TRUE(granted({1}, At(2, 2)));
  EXPECT_TRUE(granted({1, 1}, At(1, 2)));
  // A lower last term, even if longer.
  EXPECT_FALSE(granted({2}, At(1, 1)));
  EXPECT_FALSE(granted({2}, At(2, 1)));
  EXPECT_FALSE(granted({1, 2}, At(9, 1)));
}

}  // namespace
}  // namespace ww::raft::test
