// What a leader makes of changes of membership, beyond what a membership alone decides.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

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

void Drop(Cluster& cluster, const std::function<bool(const Message&)>& which) {
  std::vector<Message>& network = cluster.network();
  network.erase(std::remove_if(network.begin(), network.end(), which), network.end());
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
  Drop(cluster, [](const Message& message) { return message.to == ReplicaId(3); });
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

// {1, 2} becomes {2, 3}. Replica 2 holds more than replica 3, but has not heard that the joint
// membership was left, so it asks for the vote of replica 1, which has gone. Replica 3 knows; what
// it says when it grants its own vote lets replica 2 see that this is enough.
TEST(Changes, AreLearntToBeCommittedFromAGrantedVote) {
  Cluster cluster(TestConfig(), VotersOf({1, 2}));
  Elect(cluster);
  const ReplicaId two(2);
  const ReplicaId three(3);
  cluster.Change(kOne, Adding(MemberRole::kNonVoting, 3));
  cluster.DeliverAll();
  cluster.Join(three);
  cluster.Pass(kElectionTimeout, true);
  const Index leave = cluster.replica(kOne).last_index() + 2;
  cluster.Change(kOne,
                 {EnterJoint{{AddMember{MemberRole::kVoter, MemberOf(3)}, DeleteMember{kOne}}}});
  while (cluster.replica(two).last_index() < leave) cluster.Deliver(0);
  cluster.Propose(kOne, {"x"});
  while (cluster.replica(two).last_index() == leave) {
    const auto to_two = std::find_if(cluster.network().begin(), cluster.network().end(),
                                     [&](const Message& message) { return message.to == two; });
    ASSERT_NE(to_two, cluster.network().end());
    cluster.Deliver(static_cast<size_t>(to_two - cluster.network().begin()));
  }
  cluster.Cut(kOne, two);
  Drop(cluster, [&](const Message& message) {
    const auto* append = std::get_if<AppendRequest>(&message.body);
    return message.to == two ||
           (append != nullptr && message.to == three && append->previous.index == leave);
  });
  cluster.DeliverAll();
  ASSERT_EQ(cluster.replica(three).membership().voters.size(), 2u);
  ASSERT_FALSE(IsJoint(cluster.replica(three).membership()));
  ASSERT_TRUE(IsJoint(cluster.replica(two).membership()));
  ASSERT_GT(cluster.replica(two).last_index(), cluster.replica(three).last_index());
  cluster.Crash(kOne);
  cluster.Pass(kElectionTimeout * 8, true);
  EXPECT_EQ(cluster.leader(), two);
  EXPECT_EQ(cluster.replica(two).commit(), cluster.replica(two).last_index());
}

}  // namespace
}  // namespace ww::raft::test
