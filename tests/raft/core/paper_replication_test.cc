// The paper's rules of replication and commitment (Raft 3.5, 3.6.2), one sentence a test.
#include <gtest/gtest.h>

#include "tests/raft/core/lone.h"

namespace ww::raft::test {
namespace {

TEST(PaperReplication, ALeaderAppendsAndSendsThePlaceBeforeAndItsCommit) {
  Lone lone(3);
  lone.WinElection();
  lone.Acknowledge(2, 1);
  lone.Acknowledge(3, 1);
  ASSERT_EQ(lone.commit(), 1u);
  lone.Sent();
  lone.cluster().Propose(kSelf, {"some data"});
  EXPECT_EQ(TermsOf(lone.replica()), (std::vector<uint64_t>{1, 1}));
  EXPECT_EQ(lone.commit(), 1u);
  const auto requests = BodiesOf<AppendRequest>(lone.Sent());
  ASSERT_EQ(requests.size(), 2u);
  for (const AppendRequest& request : requests) {
    EXPECT_EQ(request.previous, At(1, 1));
    EXPECT_EQ(request.commit, Index(1));
    ASSERT_EQ(request.entries.size(), 1u);
    EXPECT_EQ(request.entries[0].term, Term(1));
    EXPECT_EQ(request.entries[0].payload.view(), "some data");
  }
}

TEST(PaperReplication, ALeaderCommitsWhatAQuorumHoldsAndTellsTheNextAppend) {
  Lone lone(3);
  lone.WinElection();
  lone.Acknowledge(2, 1);
  lone.cluster().Propose(kSelf, {"x"});
  lone.Acknowledge(2, 2);
  EXPECT_EQ(lone.commit(), 2u);
  lone.Sent();
  lone.cluster().Propose(kSelf, {"y"});
  const auto requests = BodiesOf<AppendRequest>(lone.Sent());
  ASSERT_FALSE(requests.empty());
  EXPECT_EQ(requests[0].commit, Index(2));
}

TEST(PaperReplication, AnEntryIsCommittedByAsManyAcknowledgementsAsMakeAQuorum) {
  struct Row {
    uint64_t voters;
    uint64_t acknowledgements;
    bool committed;
  };
  for (const Row& row : std::vector<Row>{{1, 0, true},
                                         {2, 0, false},
                                         {2, 1, true},
                                         {3, 0, false},
                                         {3, 1, true},
                                         {3, 2, true},
                                         {4, 1, false},
                                         {4, 2, true},
                                         {5, 0, false},
                                         {5, 1, false},
                                         {5, 2, true},
                                         {5, 3, true},
                                         {5, 4, true}}) {
    Lone lone(row.voters);
    lone.WinElection();
    for (uint64_t from = 2; from < 2 + row.acknowledgements; ++from) lone.Acknowledge(from, 1);
    EXPECT_EQ(lone.commit(), row.committed ? 1u : 0u)
        << row.voters << " voters, " << row.acknowledgements << " acknowledgements";
  }
}

TEST(PaperReplication, CommittingAnEntryOfTheOwnTermCommitsAllBefore) {
  for (const std::vector<uint64_t>& log :
       std::vector<std::vector<uint64_t>>{{}, {2}, {1, 2}, {1}}) {
    Lone lone(3, {Term(2), ReplicaId()}, log);
    lone.WinElection();
    ASSERT_EQ(lone.term(), 3u);
    lone.cluster().Propose(kSelf, {"x"});
    lone.Acknowledge(2, log.size() + 2);
    EXPECT_EQ(lone.commit(), log.size() + 2);
  }
}

TEST(PaperReplication, AFollowerCommitsInOrderUpToWhatTheLeaderCommittedAndItVerified) {
  struct Row {
    std::vector<uint64_t> terms;
    uint64_t leader_commit;
  };
  for (const Row& row : std::vector<Row>{{{1}, 1}, {{1, 1}, 2}, {{1, 1}, 1}, {{1}, 5}}) {
    Lone lone(3);
    lone.Receive(2, 1, AppendRequest{At(0, 0), Index(row.leader_commit), EntriesOf(row.terms)});
    EXPECT_EQ(lone.commit(), std::min<uint64_t>(row.leader_commit, row.terms.size()));
  }
}

TEST(PaperReplication, AFollowerChecksTheEntryBeforeAndHintsWhereToTryNext) {
  struct Row {
    LogPosition previous;
    bool accepted;
    LogPosition hint;
  };
  for (const Row& row : std::vector<Row>{{At(0, 0), true, {}},
                                         {At(1, 1), true, {}},
                                         {At(2, 2), true, {}},
                                         {At(2, 1), false, At(1, 1)},
                                         {At(3, 3), false, At(2, 2)}}) {
    Lone lone(3, {Term(2), ReplicaId()}, {1, 2});
    lone.Receive(2, 3, Heartbeat{Index(1), 1});
    lone.Sent();
    lone.Receive(2, 3, AppendRequest{row.previous, Index(1), {}});
    const auto replies = BodiesOf<AppendReply>(lone.Sent());
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].accepted, row.accepted);
    EXPECT_EQ(replies[0].hint, row.hint);
    EXPECT_EQ(row.accepted ? replies[0].match : replies[0].rejected, row.previous.index);
  }
}

TEST(PaperReplication, AFollowerCutsAtTheFirstConflictAndOnlyThere) {
  struct Row {
    LogPosition previous;
    std::vector<uint64_t> entries;
    std::vector<uint64_t> log;
  };
  for (const Row& row : std::vector<Row>{{At(2, 2), {3}, {1, 2, 3}},
                                         {At(1, 1), {3, 4}, {1, 3, 4}},
                                         {At(0, 0), {1}, {1, 2}},
                                         {At(0, 0), {3}, {3}}}) {
    Lone lone(3, {Term(2), ReplicaId()}, {1, 2});
    lone.Receive(2, 4, AppendRequest{row.previous, Index(0), EntriesOf(row.entries)});
    EXPECT_EQ(TermsOf(lone.replica()), row.log);
    const std::vector<Entry>& disk = lone.cluster().disk(kSelf).entries;
    EXPECT_EQ(disk.size(), row.log.size()) << "the cut reached the disk";
    EXPECT_EQ(lone.replica().durable_index(), lone.replica().last_index());
  }
}

TEST(PaperReplication, ACommittedEntryIsNeverCut) {
  Lone lone(3, {Term(2), ReplicaId()}, {1, 2});
  lone.Receive(2, 3, AppendRequest{At(2, 2), Index(2), {}});
  ASSERT_EQ(lone.commit(), 2u);
  lone.Receive(2, 3, AppendRequest{At(1, 1), Index(2), EntriesOf({3})});
  EXPECT_EQ(TermsOf(lone.replica()), (std::vector<uint64_t>{1, 2}));
}

TEST(PaperReplication, EveryFollowerOfFigureSevenEndsWithTheLeadersLog) {
  const std::vector<uint64_t> leader_log{1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
  for (const std::vector<uint64_t>& follower_log :
       std::vector<std::vector<uint64_t>>{{1, 1, 1, 4, 4, 5, 5, 6, 6},
                                          {1, 1, 1, 4},
                                          {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
                                          {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
                                          {1, 1, 1, 4, 4, 4, 4},
                                          {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}}) {
    Cluster cluster(TestConfig(), VotersOf({1, 2, 3}));
    cluster.Load(ReplicaId(1), DiskOf({Term(8), ReplicaId()}, leader_log));
    cluster.Load(ReplicaId(2),
                 DiskOf({follower_log.back() < 7 ? Term(6) : Term(7), ReplicaId()}, follower_log));
    // The third has nothing and gives the vote that a better log than the leader's refuses.
    cluster.ReachDeadline(ReplicaId(1));
    cluster.DeliverAll();
    ASSERT_EQ(cluster.leader(), ReplicaId(1));
    cluster.Propose(ReplicaId(1), {"new"});
    cluster.DeliverAll();
    EXPECT_EQ(cluster.LogText(ReplicaId(2)), cluster.LogText(ReplicaId(1)));
    EXPECT_EQ(cluster.replica(ReplicaId(1)).commit(), Index(leader_log.size() + 2));
  }
}

TEST(PaperReplication, EntriesOfEarlierTermsAreNotCommittedByCounting) {
  struct Row {
    uint64_t match;
    uint64_t commit;
  };
  for (const Row& row : std::vector<Row>{{1, 0}, {2, 0}, {3, 3}}) {
    Lone lone(3, {Term(2), ReplicaId()}, {1, 2});
    lone.WinElection();
    ASSERT_EQ(lone.term(), 3u);
    lone.Acknowledge(2, row.match);
    EXPECT_EQ(lone.commit(), row.commit);
  }
}

}  // namespace
}  // namespace ww::raft::test
