// Each rule that the profiles differ in, kept and given up: alone, and with everything else as the
// hardened profile has it.
#include "raft/core/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "raft/core/electorate.h"
#include "raft/core/membership_codec.h"
#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Rules Without(bool Rules::*rule) {
  Rules rules;
  rules.*rule = false;
  return rules;
}

ReplicaConfig ConfigWith(const Rules& rules) {
  ReplicaConfig config = TestConfig();
  config.rules = rules;
  return config;
}

// --- The table ---

TEST(Rules, HardenedKeepsAllAndDragonboatNone) {
  std::set<std::string_view> names;
  for (const RuleInfo& info : AllRules()) {
    EXPECT_TRUE(RulesOf(Profile::kHardened).*info.rule) << info.name;
    EXPECT_FALSE(RulesOf(Profile::kDragonboatV4).*info.rule) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
  EXPECT_EQ(RulesOf(Profile::kHardened), Rules{});
}

TEST(Rules, ProfilesAreFoundByTheirNames) {
  for (const Profile profile : {Profile::kHardened, Profile::kDragonboatV4}) {
    EXPECT_EQ(ProfileFromName(NameOf(profile)), profile);
  }
  EXPECT_EQ(ProfileFromName("dragonboat"), std::nullopt);
}

// --- Elections ---

TEST(PreVoteRule, ACampaignBeginsWithAQuestionOrWithATerm) {
  Lone asks(3);
  asks.Timeout();
  EXPECT_EQ(asks.role(), Role::kPreCandidate);
  EXPECT_EQ(asks.term(), 0u);

  Lone campaigns(3, {}, {}, Without(&Rules::pre_vote));
  campaigns.Timeout();
  EXPECT_EQ(campaigns.role(), Role::kCandidate);
  EXPECT_EQ(campaigns.term(), 1u);
  for (const VoteRequest& request : BodiesOf<VoteRequest>(campaigns.Sent())) {
    EXPECT_FALSE(request.pre_vote);
    EXPECT_FALSE(request.transfer);
  }
  // Nobody answered: the next campaign has a term of its own, and can be won.
  campaigns.Timeout();
  EXPECT_EQ(campaigns.term(), 2u);
  campaigns.Receive(2, 2, VoteReply{false, true, Term(2)});
  EXPECT_EQ(campaigns.role(), Role::kLeader);
}

TEST(CheckQuorumRule, ALeaderThatHearsNobodyStepsDownOrStays) {
  for (const bool kept : {true, false}) {
    Lone lone(3, {}, {}, kept ? Rules{} : Without(&Rules::check_quorum));
    lone.WinElection();
    ASSERT_EQ(lone.role(), Role::kLeader);
    lone.cluster().Pass(kElectionTimeout * 5, false);
    if (kept) {
      EXPECT_NE(lone.role(), Role::kLeader);
    } else {
      EXPECT_EQ(lone.role(), Role::kLeader);
      EXPECT_EQ(lone.term(), 1u);
    }
  }
}

TEST(CheckQuorumRule, WhoHearsALeaderHelpsNobodyElseOrAnybody) {
  for (const bool kept : {true, false}) {
    Lone lone(3, {}, {}, kept ? Rules{} : Without(&Rules::check_quorum));
    lone.Receive(2, 1, Heartbeat{Index(), 1, 0});
    lone.Sent();
    lone.Receive(3, 2, VoteRequest{false, {}, false});
    const std::vector<VoteReply> replies = BodiesOf<VoteReply>(lone.Sent());
    if (kept) {
      EXPECT_THAT(replies, IsEmpty());
      EXPECT_EQ(lone.term(), 1u);
    } else {
      ASSERT_THAT(replies, SizeIs(1));
      EXPECT_TRUE(replies[0].granted);
      EXPECT_EQ(lone.term(), 2u);
    }
  }
}

TEST(RemovedNotHeardRule, AVoteRequestOfARemovedReplicaIsIgnoredOrRaisesTheTerm) {
  Membership membership = VotersOf({1, 2});
  membership.removed = {ReplicaId(3)};
  for (const bool kept : {true, false}) {
    const Rules rules = kept ? Rules{} : Without(&Rules::removed_not_heard);
    Cluster cluster(ConfigWith(rules), membership);
    const auto hear = [&cluster](uint64_t term, MessageBody body) {
      cluster.Step(kSelf, Received{{ReplicaId(3), kSelf, Term(term), std::move(body)}});
    };
    hear(7, VoteRequest{false, At(1, 1), false});
    EXPECT_EQ(cluster.replica(kSelf).term(), Term(kept ? 0 : 7));
    EXPECT_THAT(cluster.network(), SizeIs(kept ? 0 : 1));
    // What else it says is not heard in any profile.
    hear(9, Heartbeat{Index(), 1, 0});
    EXPECT_EQ(cluster.replica(kSelf).term(), Term(kept ? 0 : 7));
  }
}

TEST(OrdersOfMembersRule, AStrangerThatWasToldToCampaignIsHeardOverALeaderOrNot) {
  for (const bool kept : {true, false}) {
    Lone lone(3, {}, {}, kept ? Rules{} : Without(&Rules::orders_of_members));
    lone.Receive(2, 1, Heartbeat{Index(), 1, 0});
    lone.Sent();
    lone.Receive(99, 2, VoteRequest{false, {}, true});
    EXPECT_EQ(lone.term(), kept ? 1u : 2u);
    // Without the order a stranger is like anybody else, and a pre-vote is never ordered.
    lone.Receive(2, lone.term(), Heartbeat{Index(), 1, 0});
    lone.Receive(98, 5, VoteRequest{false, {}, false});
    lone.Receive(97, 6, VoteRequest{true, {}, true});
    EXPECT_EQ(lone.term(), kept ? 1u : 2u);
  }
}

TEST(OrdersOfMembersRule, AMemberThatWasToldToCampaignIsHeardInEveryProfile) {
  for (const bool kept : {true, false}) {
    Lone lone(3, {}, {}, kept ? Rules{} : Without(&Rules::orders_of_members));
    lone.Receive(2, 1, Heartbeat{Index(), 1, 0});
    lone.Receive(3, 2, VoteRequest{false, {}, true});
    EXPECT_EQ(lone.term(), 2u);
  }
}

// --- Commitment ---

TEST(OwnCopyRule, AloneALeaderCommitsWhenItsCopyIsDurableOrWhenItIsAppended) {
  for (const bool kept : {true, false}) {
    Lone lone(1, {}, {}, kept ? Rules{} : Without(&Rules::own_copy_durable));
    lone.WinElection();
    ASSERT_EQ(lone.commit(), 1u);
    lone.cluster().set_persist_at_once(false);
    lone.cluster().Propose(kSelf, {"x"});
    EXPECT_EQ(lone.replica().durable_index(), Index(1));
    EXPECT_EQ(lone.commit(), kept ? 1u : 2u);
    lone.cluster().Persist(kSelf, 1);
    EXPECT_EQ(lone.commit(), 2u);
  }
}

TEST(OwnCopyRule, AmongOthersALeaderCountsItsCopyOnceItIsDurableInEveryProfile) {
  for (const bool kept : {true, false}) {
    Lone lone(2, {}, {}, kept ? Rules{} : Without(&Rules::own_copy_durable));
    lone.WinElection();
    lone.Acknowledge(2, 1);
    ASSERT_EQ(lone.commit(), 1u);
    lone.cluster().set_persist_at_once(false);
    lone.cluster().Propose(kSelf, {"x"});
    lone.Acknowledge(2, 2);
    EXPECT_EQ(lone.commit(), 1u);
    lone.cluster().Persist(kSelf, 1);
    EXPECT_EQ(lone.commit(), 2u);
  }
}

TEST(OwnCopyRule, AReplicaWithoutAVoteIsToldOfTheCommitWithTheEntry) {
  for (const bool kept : {true, false}) {
    Lone lone(1, {}, {}, kept ? Rules{} : Without(&Rules::own_copy_durable));
    lone.WinElection();
    lone.cluster().Change(kSelf, {AddMember{MemberRole::kNonVoting, MemberOf(2)}, std::nullopt});
    ASSERT_EQ(lone.commit(), 2u);
    lone.Acknowledge(2, 2);
    lone.Sent();
    lone.cluster().set_persist_at_once(false);
    lone.cluster().Propose(kSelf, {"x"});
    const std::vector<AppendRequest> appends = BodiesOf<AppendRequest>(lone.Sent());
    ASSERT_THAT(appends, SizeIs(1));
    EXPECT_EQ(appends[0].entries.size(), 1u);
    EXPECT_EQ(appends[0].commit, Index(kept ? 2 : 3));
  }
}

TEST(CommittedComparedRule, AnAppendBelowTheCommitIsTakenUnseenOnlyWithoutIt) {
  const Rules rules = Without(&Rules::committed_compared);
  Lone lone(3, {Term(1), ReplicaId()}, {1, 1, 1}, rules);
  lone.Receive(2, 1, Heartbeat{Index(3), 1, 0});
  ASSERT_EQ(lone.commit(), 3u);
  lone.Sent();
  // The leader of term 2 lost two of them, and has another entry at index 2.
  lone.Receive(2, 2, AppendRequest{At(1, 1), Index(1), EntriesOf({2})});
  const std::vector<AppendReply> replies = BodiesOf<AppendReply>(lone.Sent());
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_TRUE(replies[0].accepted);
  EXPECT_EQ(replies[0].match, Index(3));
  EXPECT_EQ(TermsOf(lone.replica()), (std::vector<uint64_t>{1, 1, 1}));
  // From its commit on it compares, and stays behind.
  lone.Receive(2, 2, AppendRequest{At(3, 2), Index(3), EntriesOf({2})});
  const std::vector<AppendReply> refused = BodiesOf<AppendReply>(lone.Sent());
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_FALSE(refused[0].accepted);
}

TEST(CommittedComparedRule, ALeaderBelievesNothingBeyondItsLog) {
  Lone lone(1, {}, {}, Without(&Rules::committed_compared));
  lone.WinElection();
  lone.cluster().Change(kSelf, {AddMember{MemberRole::kNonVoting, MemberOf(2)}, std::nullopt});
  lone.Acknowledge(2, 9);
  lone.Sent();
  lone.cluster().Propose(kSelf, {"x"});
  const std::vector<AppendRequest> appends = BodiesOf<AppendRequest>(lone.Sent());
  ASSERT_THAT(appends, SizeIs(1));
  EXPECT_EQ(appends[0].previous.index, Index(2));
}

TEST(CommittedComparedRule, AnAppendBelowTheCommitIsComparedWhereItIsKept) {
  Lone lone(3, {Term(1), ReplicaId()}, {1, 1, 1});
  lone.Receive(2, 1, Heartbeat{Index(3), 1, 0});
  lone.Sent();
  lone.Receive(2, 2, AppendRequest{At(1, 1), Index(1), EntriesOf({1})});
  const std::vector<AppendReply> replies = BodiesOf<AppendReply>(lone.Sent());
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].match, Index(2));
}

// --- Membership ---

std::optional<ChangeRefusal> RefusalOf(Lone& lone, const ChangeRequest& change) {
  std::optional<ChangeRefusal> refusal;
  lone.cluster().set_observer(
      [&refusal](ReplicaId, const Effects& effects) { refusal = effects.change_refused; });
  lone.cluster().Change(kSelf, change);
  lone.cluster().set_observer({});
  return refusal;
}

ChangeRequest AddOf(MemberRole role, uint64_t replica) {
  return {AddMember{role, MemberOf(replica)}, std::nullopt};
}

TEST(OwnTermRule, AChangeBeforeACommitOfTheTermIsRefusedOrAppended) {
  for (const bool kept : {true, false}) {
    Rules rules = kept ? Rules{} : Without(&Rules::own_term_committed);
    rules.live_quorum = kept;  // Nobody has said yet what it holds.
    Lone lone(3, {}, {}, rules);
    lone.WinElection();
    ASSERT_EQ(lone.commit(), 0u);
    const auto refusal = RefusalOf(lone, AddOf(MemberRole::kNonVoting, 4));
    EXPECT_EQ(refusal, kept ? std::optional(ChangeRefusal::kTermNotCommitted) : std::nullopt);
    EXPECT_EQ(lone.replica().last_index(), Index(kept ? 1 : 2));
    if (kept) continue;
    // One at a time in every profile.
    EXPECT_EQ(RefusalOf(lone, AddOf(MemberRole::kNonVoting, 5)), ChangeRefusal::kChangePending);
  }
}

TEST(LiveQuorumRule, AChangeThatTakesTheQuorumAwayIsRefusedOrAppended) {
  for (const bool kept : {true, false}) {
    Lone lone(1, {}, {}, kept ? Rules{} : Without(&Rules::live_quorum));
    lone.WinElection();
    const auto refusal = RefusalOf(lone, AddOf(MemberRole::kVoter, 2));
    EXPECT_EQ(refusal, kept ? std::optional(ChangeRefusal::kNoLiveQuorum) : std::nullopt);
    EXPECT_EQ(lone.replica().membership().voters.size(), kept ? 1u : 2u);
    // Nobody ever started replica 2: without the rule the shard is lost.
    lone.cluster().Propose(kSelf, {"x"});
    EXPECT_EQ(lone.commit() == lone.replica().last_index().value, kept);
  }
}

TEST(CaughtUpRule, AReplicaThatHoldsNothingIsPromotedOnlyWithoutIt) {
  for (const bool kept : {true, false}) {
    Rules rules = Without(&Rules::live_quorum);
    rules.caught_up = kept;
    Lone lone(1, {}, {}, rules);
    lone.WinElection();
    ASSERT_EQ(RefusalOf(lone, AddOf(MemberRole::kNonVoting, 2)), std::nullopt);
    lone.cluster().Pass(kElectionTimeout * 2, false);
    const auto refusal = RefusalOf(lone, AddOf(MemberRole::kVoter, 2));
    EXPECT_EQ(refusal, kept ? std::optional(ChangeRefusal::kNotCaughtUp) : std::nullopt);
  }
}

ChangeOutcome Outcome(const ChangeRequest& change, const Rules& rules) {
  return Apply(VotersOf({1, 2}), change, Index(10), rules);
}

TEST(MembersDeletedRule, AnIdThatNeverWasAMemberIsRefusedOrBurnt) {
  const ChangeRequest gone{DeleteMember{ReplicaId(9)}, std::nullopt};
  EXPECT_EQ(std::get<ChangeRefusal>(Outcome(gone, {})), ChangeRefusal::kNotAMember);
  const Rules rules = Without(&Rules::members_deleted);
  const auto burnt = std::get<Membership>(Outcome(gone, rules));
  EXPECT_EQ(burnt.voters, VotersOf({1, 2}).voters);
  EXPECT_EQ(burnt.removed, std::vector<ReplicaId>{ReplicaId(9)});
  EXPECT_EQ(burnt.change_index, Index(10));
  // For ever, like any removed id.
  EXPECT_EQ(std::get<ChangeRefusal>(Apply(burnt, AddOf(MemberRole::kVoter, 9), Index(11), rules)),
            ChangeRefusal::kRemovedId);
  EXPECT_EQ(std::get<ChangeRefusal>(Apply(burnt, gone, Index(11), rules)),
            ChangeRefusal::kRemovedId);
}

Member Zero() { return {ReplicaId(), HostId(9), "host-9"}; }

TEST(ZeroRefusedRule, ReplicaIdZeroIsRefusedOrBecomesAMember) {
  const ChangeRequest add{AddMember{MemberRole::kVoter, Zero()}, std::nullopt};
  const ChangeRequest gone{DeleteMember{ReplicaId()}, std::nullopt};
  EXPECT_EQ(std::get<ChangeRefusal>(Outcome(add, {})), ChangeRefusal::kZeroReplicaId);
  EXPECT_EQ(std::get<ChangeRefusal>(Outcome(gone, {})), ChangeRefusal::kZeroReplicaId);
  const Rules rules = Without(&Rules::zero_refused);
  const auto with_zero = std::get<Membership>(Outcome(add, rules));
  EXPECT_EQ(with_zero.voters.size(), 3u);
  EXPECT_EQ(with_zero.voters.front(), Zero());
  EXPECT_EQ(Defect(with_zero), "replica id 0");
  EXPECT_EQ(Defect(with_zero, rules), "");
  const auto without = std::get<Membership>(Apply(with_zero, gone, Index(11), rules));
  EXPECT_EQ(without.removed, std::vector<ReplicaId>{ReplicaId()});
  for (const Membership& membership : {with_zero, without}) {
    ByteWriter out;
    EncodeMembership(membership, out);
    ByteReader in(out.view());
    EXPECT_EQ(DecodeMembership(in), membership);
  }
}

TEST(ZeroRefusedRule, TheConsensusTakesNoNoticeOfAMemberZero) {
  Rules rules = Without(&Rules::zero_refused);
  rules.live_quorum = false;
  Lone lone(1, {}, {}, rules);
  lone.WinElection();
  ASSERT_EQ(RefusalOf(lone, {AddMember{MemberRole::kVoter, Zero()}, std::nullopt}), std::nullopt);
  ASSERT_EQ(lone.replica().membership().voters.size(), 2u);
  EXPECT_EQ(ElectorateOf(lone.replica().membership()).incoming, (ReplicaIds{kSelf}));
  lone.Sent();
  lone.cluster().Propose(kSelf, {"x"});
  EXPECT_EQ(lone.commit(), lone.replica().last_index().value);
  EXPECT_THAT(lone.Sent(), IsEmpty());
  // A restart reads it back and takes no more notice.
  lone.cluster().Crash(kSelf);
  lone.cluster().Restart(kSelf);
  lone.WinElection();
  EXPECT_EQ(lone.role(), Role::kLeader);
}

// --- Reads ---

TEST(ReadContextRule, ForwardedReadsAreAnsweredWithTheirOwnContextOrTheNewestOne) {
  for (const bool kept : {true, false}) {
    Lone lone(3, {}, {}, kept ? Rules{} : Without(&Rules::reads_keep_context));
    lone.WinElection();
    lone.Acknowledge(2, 1);
    lone.Sent();
    lone.Receive(2, 1, ReadRequest{ReadContext(71)});
    lone.Receive(3, 1, ReadRequest{ReadContext(72)});
    std::vector<ReadReady> own;
    lone.cluster().set_observer([&own](ReplicaId, const Effects& effects) {
      own.insert(own.end(), effects.reads_ready.begin(), effects.reads_ready.end());
    });
    lone.cluster().Step(kSelf, Read{ReadContext(73)});
    // One answer to the newest heartbeat confirms all three.
    const std::vector<Heartbeat> beats = BodiesOf<Heartbeat>(lone.Sent());
    lone.Receive(2, 1, HeartbeatReply{beats.back().round, beats.back().read_batch});
    std::vector<std::pair<uint64_t, uint64_t>> answered;
    for (const Message& message : lone.Sent()) {
      if (const auto* reply = std::get_if<ReadReply>(&message.body)) {
        EXPECT_EQ(reply->index, Index(1));
        answered.emplace_back(message.to.value, reply->context.value);
      }
    }
    using Answers = std::vector<std::pair<uint64_t, uint64_t>>;
    EXPECT_EQ(answered, kept ? (Answers{{2, 71}, {3, 72}}) : (Answers{{2, 73}, {3, 73}}));
    ASSERT_THAT(own, SizeIs(1));
    EXPECT_EQ(own[0].context, ReadContext(73));
  }
}

// --- All together ---

TEST(Rules, AShardOfThreeWorksWithoutAnyOfThem) {
  Cluster cluster(ConfigWith(RulesOf(Profile::kDragonboatV4)), VotersOf({1, 2, 3}));
  cluster.Pass(kElectionTimeout * 3, true);
  const ReplicaId leader = cluster.leader();
  ASSERT_FALSE(leader.none());
  cluster.Propose(leader, {"x", "y"});
  cluster.Pass(kElectionTimeout, true);
  for (const ReplicaId id : cluster.ids()) {
    EXPECT_EQ(cluster.replica(id).commit(), cluster.replica(leader).last_index());
  }
}

}  // namespace
}  // namespace ww::raft::test
