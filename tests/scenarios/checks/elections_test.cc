#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

TEST(ElectionSafety, ReportsTwoLeadersOfOneTerm) {
  TraceBuilder trace(5);
  trace.Elect(1, 1, {1, 2, 3});
  trace.Vote(4, 4, 1);
  trace.Become(4, Role::kLeader, 1, {4});
  ExpectReports(trace, "election-safety", {"shard 1 term 1", "replica 4", "replica 1"});
}

TEST(ElectionSafety, ReportsLeadershipThatIsResumedByALaterLife) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CrashAndStart(1, 1, 1, {});
  trace.Become(1, Role::kLeader, 1, {1, 2});
  ExpectReports(trace, "election-safety", {"incarnation 2", "incarnation 1"});
}

// Replicas 4, 5 and 6 found the shard instead of 1, 2 and 3.
void FoundAgain(TraceBuilder& trace) {
  const std::vector<Voter> others = {
      {ReplicaId(4), HostId(4)}, {ReplicaId(5), HostId(5)}, {ReplicaId(6), HostId(6)}};
  trace.judge().On(ShardRefounded{TraceBuilder::kShard, others});
  for (const uint64_t replica : {4, 5, 6}) {
    trace.Boot(replica);
    trace.Start(replica, 0, 0, {});
  }
}

TEST(RoleEligible, ReportsFoundersThatLeadOnAfterOthersTookTheirPlace) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  FoundAgain(trace);
  trace.Elect(4, 1, {4, 5});
  ExpectClean(trace);
  trace.Elect(1, 2, {1, 2});
  ExpectReports(trace, "role-eligible", {"shard 1", "replica 1"});
}

TEST(ElectionSafety, AllowsAShardWhoseFoundersWereGivenUpBeforeTheyBegan) {
  TraceBuilder trace;
  FoundAgain(trace);
  trace.Elect(4, 1, {4, 5});
  trace.Become(1, Role::kPreCandidate, 0);  // One that nobody has told yet.
  ExpectClean(trace);
}

TEST(ElectionSafety, AllowsTwoLeadersOfDifferentTermsAtOnce) {  // N-04.
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.Elect(3, 2, {3, 2});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "election-safety"), 2U);
}

TEST(VoteOnce, ReportsASecondCandidateOfOneTerm) {
  TraceBuilder trace;
  trace.Vote(2, 1, 3);
  trace.Turn(2, 3, 3);
  trace.WriteState(2, 3, 3);
  trace.Sync(2);
  trace.Grant(2, 3, 3);
  ExpectReports(trace, "vote-once", {"shard 1 term 3", "replica 2", "replica 3", "replica 1"});
}

TEST(VoteOnce, RemembersVotesOverACrash) {
  TraceBuilder trace;
  trace.Vote(2, 1, 3);
  trace.CrashAndStart(2, 3, 1, {});
  trace.WriteState(2, 3, 3);
  trace.Sync(2);
  trace.Grant(2, 3, 3);
  ExpectReports(trace, "vote-once", {"granted it to replica 1 before"});
}

TEST(VoteOnce, ReportsACandidateThatCountsItselfAfterVotingForAnother) {
  TraceBuilder trace;
  trace.Vote(2, 3, 1);
  trace.Vote(1, 2, 1);
  trace.WriteState(2, 1, 2);
  trace.Sync(2);
  trace.Become(2, Role::kLeader, 1, {1, 2});
  ExpectReports(trace, "vote-once", {"replica 2", "its own vote of term 1", "replica 3"});
}

TEST(VoteOnce, AllowsTheSameGrantAgain) {  // N-03.
  TraceBuilder trace;
  trace.Vote(2, 1, 3);
  trace.Grant(2, 1, 3);
  trace.CrashAndStart(2, 3, 1, {});
  trace.Grant(2, 1, 3);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "vote-once"), 3U);
}

TEST(VoteOnce, AllowsAVoteForSomebodyWhoLost) {  // N-05.
  TraceBuilder trace;
  trace.Vote(3, 3, 1);
  trace.Become(3, Role::kCandidate, 1);
  trace.Elect(1, 1, {1, 2});
  ExpectClean(trace);
}

TEST(TermMonotonic, ReportsATermThatFalls) {
  TraceBuilder trace;
  trace.Turn(1, 5);
  trace.Turn(1, 4);
  ExpectReports(trace, "term-monotonic", {"shard 1 replica 1", "now 4", "was 5"});
}

TEST(TermMonotonic, ReportsARoleInAnEarlierTerm) {
  TraceBuilder trace;
  trace.Turn(1, 5);
  trace.Become(1, Role::kFollower, 4);
  ExpectReports(trace, "term-monotonic", {"term 4", "was 5"});
}

TEST(TermMonotonic, ReportsAStartBelowTheDurableTerm) {
  JudgeOptions options;
  options.disabled = {"recovery-faithful"};  // Which would say it first.
  TraceBuilder trace(3, options);
  trace.Vote(2, 1, 3);
  trace.CrashAndStart(2, 2, 0, {});
  ExpectReports(trace, "term-monotonic", {"starts with term 2", "term 3 was durable"});
}

TEST(TermMonotonic, AllowsAnUnsyncedTermToBeForgotten) {
  TraceBuilder trace;
  trace.Turn(1, 5);
  trace.WriteState(1, 5, 0);
  trace.CrashAndStart(1, 0, 0, {});
  ExpectClean(trace);
}

TEST(QuorumMembership, ReportsAMinority) {
  TraceBuilder trace;
  trace.Vote(1, 1, 1);
  trace.Become(1, Role::kLeader, 1, {1});
  ExpectReports(trace, "quorum-membership", {"election of term 1", "counts 1 replicas", "has 2"});
}

TEST(QuorumMembership, ReportsHalfOfAnEvenNumberOfVoters) {
  TraceBuilder trace(4);
  trace.Elect(1, 1, {1, 2});
  ExpectReports(trace, "quorum-membership", {"counts 2 replicas", "quorum of 4 voters has 3"});
}

TEST(QuorumMembership, ReportsAVoterCountedTwice) {
  TraceBuilder trace(5);
  trace.Vote(1, 1, 1);
  trace.Vote(2, 1, 1);
  trace.Become(1, Role::kLeader, 1, {1, 2, 2});
  ExpectReports(trace, "quorum-membership", {"counts replica 2 twice"});
}

TEST(QuorumMembership, ReportsAStranger) {
  TraceBuilder trace;
  trace.Vote(1, 1, 1);
  trace.Become(1, Role::kLeader, 1, {1, 9});
  ExpectReports(trace, "quorum-membership", {"replica 9", "no voter"});
}

TEST(QuorumMembership, ReportsAVoteThatWasNeverGranted) {
  TraceBuilder trace;
  trace.Vote(1, 1, 2);
  trace.Vote(2, 1, 1);  // Of an earlier term.
  trace.Become(1, Role::kLeader, 2, {1, 2});
  ExpectReports(trace, "quorum-membership", {"vote of replica 2", "granted that term to nobody"});
}

TEST(QuorumMembership, JudgesCommitsToo) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Commit(1, 1, 1, {1});
  ExpectReports(trace, "quorum-membership", {"a commit counts 1 replicas"});
}

TEST(QuorumMembership, JudgesPreVotes) {
  TraceBuilder trace;
  trace.Turn(1, 1, 1);
  trace.Become(1, Role::kCandidate, 1, {1});
  ExpectReports(trace, "quorum-membership", {"pre-vote of term 1"});
}

}  // namespace
}  // namespace ww::checks
