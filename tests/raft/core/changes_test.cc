// What a leader makes of changes of membership, beyond what a membership alone decides.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/raft/core/cluster.h"

namespace ww::raft::test {
namespace {

const ReplicaId kOne{1};

// Replica 1 leads and has committed in its term; everybody knows.
void Elect(Cluster& cluster) {
  cluster.ReachDeadline(kOne);
  cluster.DeliverAll();
  cluster.Pass(kHeartbeatInterval * 2, true);
  ASSERT_EQ(cluster.leader(), kOne);
}

struct Answer {
  std::optional<ChangeRefusal> refusal;
  std::vector<TransferEffect> transfers;
};

// Notes what replica 1 says.
void Listen(Cluster& cluster, Answer& answer) {
  cluster.set_observer([&answer](ReplicaId id, const Effects& effects) {
    if (id != kOne) return;
    if (effects.change_refused.has_value()) answer.refusal = effects.change_refused;
    if (effects.transfer.has_value()) answer.transfers.push_back(*effects.transfer);
  });
}

ChangeRequest Adding(MemberRole role, uint64_t replica) {
  return {AddMember{role, MemberOf(replica)}};
}

TEST(Changes, PromoteNobodyWhoHasNotSaidWhatItHolds) {
  Cluster cluster(TestConfig(), VotersOf({1}));
  Elect(cluster);
  Answer answer;
  Listen(cluster, answer);
  cluster.Change(kOne, Adding(MemberRole::kNonVoting, 2));
  cluster.Change(kOne, Adding(MemberRole::kVoter, 2));
  EXPECT_EQ(answer.refusal, ChangeRefusal::kNotCaughtUp);
  cluster.Join(ReplicaId(2));
  cluster.Pass(kElectionTimeout, true);
  answer.refusal.reset();
  cluster.Change(kOne, Adding(MemberRole::kVoter, 2));
  EXPECT_EQ(answer.refusal, std::nullopt);
  cluster.Pass(kElectionTimeout, true);
  EXPECT_EQ(cluster.replica(kOne).membership().voters.size(), 2u);
}

TEST(Changes, AddNoVoterThatTheQuorumWouldWaitFor) {
  Cluster cluster(TestConfig(), VotersOf({1}));
  Elect(cluster);
  Answer answer;
  Listen(cluster, answer);
  for (const MemberRole role : {MemberRole::kVoter, MemberRole::kWitness}) {
    answer.refusal.reset();
    cluster.Change(kOne, Adding(role, 2));
    EXPECT_EQ(answer.refusal, ChangeRefusal::kNoLiveQuorum);
  }
}

TEST(Changes, EndATransferWhoseTargetTheyTakeAway) {
  Cluster cluster(TestConfig(), VotersOf({1, 2, 3}));
  Elect(cluster);
  Answer answer;
  Listen(cluster, answer);
  cluster.Change(kOne, {DeleteMember{ReplicaId(3)}});
  cluster.Cut(kOne, ReplicaId(3));  // It is not to take over before.
  cluster.network().erase(
      std::remove_if(cluster.network().begin(), cluster.network().end(),
                     [](const Message& message) { return message.to == ReplicaId(3); }),
      cluster.network().end());
  cluster.Step(kOne, Transfer{ReplicaId(3)});
  ASSERT_TRUE(cluster.replica(kOne).transferring());
  cluster.DeliverAll();
  EXPECT_FALSE(cluster.replica(kOne).transferring());
  ASSERT_EQ(answer.transfers.size(), 2u);
  EXPECT_EQ(answer.transfers[1].event, TransferEvent::kAborted);
  EXPECT_EQ(answer.transfers[1].reason, TransferReason::kTargetNoVoter);
  EXPECT_EQ(cluster.leader(), kOne);
  cluster.Propose(kOne, {"x"});
  cluster.DeliverAll();
  EXPECT_EQ(cluster.replica(kOne).commit(), cluster.replica(kOne).last_index());
}

}  // namespace
}  // namespace ww::raft::test
