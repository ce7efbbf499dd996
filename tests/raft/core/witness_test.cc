// Witnesses: what they are told, and that a voter can always lead with the votes they give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/core/metadata.h"
#include "tests/raft/core/cluster.h"

namespace ww::raft::test {
namespace {

using testing::Each;
using testing::Ne;

Membership With(const std::vector<uint64_t>& voters, const std::vector<uint64_t>& witnesses) {
  Membership membership = VotersOf(voters);
  for (const uint64_t witness : witnesses) membership.witnesses.push_back(MemberOf(witness));
  return membership;
}

// Replica 1 leads, and everybody holds its first entry.
void Elect(Cluster& cluster) {
  cluster.ReachDeadline(ReplicaId(1));
  cluster.DeliverAll();
  cluster.Pass(kHeartbeatInterval * 3, true);
  ASSERT_EQ(cluster.leader(), ReplicaId(1));
  ASSERT_EQ(cluster.replica(ReplicaId(1)).commit(), Index(1));
}

// The entries under way to a replica.
size_t UnderWayTo(Cluster& cluster, uint64_t to) {
  size_t entries = 0;
  for (const Message& message : cluster.network()) {
    const auto* request = std::get_if<AppendRequest>(&message.body);
    if (message.to == ReplicaId(to) && request != nullptr) entries += request->entries.size();
  }
  return entries;
}

void DeliverTo(Cluster& cluster, uint64_t to) {
  for (size_t at = 0; at < cluster.network().size();) {
    if (cluster.network()[at].to == ReplicaId(to)) {
      cluster.Deliver(at);
      at = 0;
    } else {
      ++at;
    }
  }
}

TEST(Witness, HearsOfAnEntryWhenTheVoterBesideItHoldsItDurably) {
  Cluster cluster(TestConfig(), With({1}, {2}));
  Elect(cluster);
  cluster.set_persist_at_once(false);
  cluster.Propose(ReplicaId(1), {"x"});
  EXPECT_EQ(UnderWayTo(cluster, 2), 0u);
  cluster.Persist(ReplicaId(1), cluster.unpersisted(ReplicaId(1)));
  EXPECT_EQ(UnderWayTo(cluster, 2), 1u);
}

// What only the leader's memory held is nowhere when it comes back; a witness that held it would
// refuse every log that is left.
TEST(Witness, VotesForALeaderThatLostWhatItHadNotWritten) {
  Cluster cluster(TestConfig(), With({1}, {2}));
  Elect(cluster);
  cluster.set_persist_at_once(false);
  cluster.Propose(ReplicaId(1), {"x"});
  DeliverTo(cluster, 2);
  cluster.Crash(ReplicaId(1));
  cluster.set_persist_at_once(true);
  cluster.Restart(ReplicaId(1));
  cluster.Pass(kElectionTimeout * 4, true);
  EXPECT_EQ(cluster.leader(), ReplicaId(1));
  EXPECT_GT(cluster.replica(ReplicaId(1)).commit(), Index(1));
}

TEST(Witness, CompletesAQuorumAndIsNoPartOfItBefore) {
  Cluster cluster(TestConfig(), With({1, 2, 3}, {4}));
  Elect(cluster);
  cluster.Propose(ReplicaId(1), {"x"});
  EXPECT_EQ(UnderWayTo(cluster, 2), 1u);
  EXPECT_EQ(UnderWayTo(cluster, 4), 0u);  // Of four, three are a quorum: two of them voters.
  DeliverTo(cluster, 2);
  DeliverTo(cluster, 1);
  EXPECT_EQ(cluster.replica(ReplicaId(1)).commit(), Index(1));
  EXPECT_EQ(UnderWayTo(cluster, 4), 1u);
  DeliverTo(cluster, 4);
  DeliverTo(cluster, 1);
  EXPECT_EQ(cluster.replica(ReplicaId(1)).commit(), Index(2));
}

TEST(Witness, BesideOneVoterOfTwoItCompletesAQuorumAtOnce) {
  Cluster cluster(TestConfig(), With({1, 2}, {3}));
  Elect(cluster);
  cluster.Cut(ReplicaId(1), ReplicaId(2));
  cluster.Propose(ReplicaId(1), {"x"});
  EXPECT_EQ(UnderWayTo(cluster, 3), 1u);
  DeliverTo(cluster, 3);
  DeliverTo(cluster, 1);
  EXPECT_EQ(cluster.replica(ReplicaId(1)).commit(), Index(2));
}

// Replica 1 proposes to remove replica 2, which takes the leadership over with that change. What it
// writes then must not end with a witness: replica 1, which alone remains, would never lead again.
TEST(Witness, HearsFromALeaderThatGoesOnlyWhatAVoterThatStaysHolds) {
  Cluster cluster(TestConfig(), With({1, 2}, {3}));
  Elect(cluster);
  cluster.Cut(ReplicaId(1), ReplicaId(3));
  cluster.Change(ReplicaId(1), ChangeRequest{DeleteMember{ReplicaId(2)}});
  DeliverTo(cluster, 2);
  ASSERT_EQ(cluster.replica(ReplicaId(2)).last_index(), Index(2));
  cluster.network().clear();
  cluster.Heal();
  cluster.Isolate(ReplicaId(1));
  cluster.Pass(kElectionTimeout * 4, true);
  ASSERT_EQ(cluster.leader(), ReplicaId(2));
  EXPECT_EQ(cluster.replica(ReplicaId(3)).last_index(), Index(1));
  EXPECT_EQ(cluster.replica(ReplicaId(2)).commit(), Index(1));

  cluster.Heal();
  cluster.Pass(kElectionTimeout * 2, true);
  cluster.Crash(ReplicaId(2));
  cluster.Pass(kElectionTimeout * 6, true);
  EXPECT_EQ(cluster.leader(), ReplicaId(1));
  EXPECT_EQ(cluster.replica(ReplicaId(1)).membership().voters, std::vector<Member>{MemberOf(1)});
  EXPECT_EQ(cluster.replica(ReplicaId(1)).commit(), cluster.replica(ReplicaId(1)).last_index());
}

TEST(Witness, KeepsMetadataAndNeverCampaigns) {
  Cluster cluster(TestConfig(), With({1, 2}, {3}));
  Elect(cluster);
  cluster.Propose(ReplicaId(1), {"secret"});
  cluster.DeliverAll();
  const Entry& kept = cluster.replica(ReplicaId(3)).EntryAt(Index(2));
  EXPECT_EQ(kept.type, EntryType::kMetadata);
  EXPECT_EQ(DecodeMetadata(kept.payload.view())->digest, Payload::Copy("secret").digest());
  std::vector<Role> roles;
  cluster.set_observer([&roles](ReplicaId id, const Effects& effects) {
    if (id != ReplicaId(3)) return;
    for (const RoleChange& change : effects.role_changes) roles.push_back(change.role);
  });
  cluster.Crash(ReplicaId(1));
  cluster.Crash(ReplicaId(2));
  cluster.Pass(kElectionTimeout * 20, true);
  EXPECT_THAT(roles, Each(Role::kFollower));
  EXPECT_THAT(cluster.leader(), Ne(ReplicaId(3)));
}

}  // namespace
}  // namespace ww::raft::test
