// Flow control towards one follower.
#include "raft/core/progress.h"

#include <gtest/gtest.h>

namespace ww::raft {
namespace {

constexpr FlowLimits kLimits{10, 3};
constexpr Index kNoBase;  // Of a log that was never compacted.

Progress Replicating(uint64_t match) {
  Progress progress(ReplicaId(2), Index(match), LocalTime{});
  progress.Sent(0, 0);
  progress.Accepted(Index(match), kNoBase, kLimits);
  EXPECT_FALSE(progress.probing());
  EXPECT_EQ(progress.next(), Index(match + 1));
  return progress;
}

TEST(Progress, ProbesWithOneAppendAtATime) {
  Progress progress(ReplicaId(2), Index(5), LocalTime{});
  EXPECT_TRUE(progress.RoomFor(kLimits).may_send);
  progress.Sent(2, 0);
  EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
  EXPECT_EQ(progress.next(), Index(6));
}

TEST(Progress, BoundsTheWindowInMessages) {
  Progress progress = Replicating(5);
  for (uint64_t message = 0; message < 3; ++message) progress.Sent(1, 0);
  EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
  EXPECT_TRUE(progress.Accepted(Index(6), kNoBase, kLimits));
  EXPECT_TRUE(progress.RoomFor(kLimits).may_send);
}

TEST(Progress, BoundsTheWindowInEntries) {
  Progress progress = Replicating(5);
  progress.Sent(8, 0);
  EXPECT_EQ(progress.RoomFor(kLimits).entries_max, 2u);
  progress.Sent(2, 0);
  EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
}

TEST(Progress, KeepsTheHighestMatchWhateverTheOrderOfReplies) {
  Progress progress = Replicating(5);
  progress.Sent(1, 0);
  progress.Sent(1, 0);
  EXPECT_TRUE(progress.Accepted(Index(7), kNoBase, kLimits));
  EXPECT_FALSE(progress.Accepted(Index(6), kNoBase, kLimits));
  EXPECT_FALSE(progress.Accepted(Index(7), kNoBase, kLimits));
  EXPECT_EQ(progress.match(), Index(7));
  EXPECT_EQ(progress.next(), Index(8));
}

TEST(Progress, NeverGoesBackBelowWhatWasAccepted) {
  Progress progress = Replicating(5);
  EXPECT_FALSE(progress.Rejected(Index(3), Index(0)));
  progress.Sent(1, 0);
  progress.Sent(1, 0);
  // The second arrived before the first: refused, and probed again from the match.
  EXPECT_TRUE(progress.Rejected(Index(6), Index(2)));
  EXPECT_TRUE(progress.probing());
  EXPECT_EQ(progress.next(), Index(6));
}

TEST(Progress, FollowsTheHintButNotAboveTheRefusedPlace) {
  Progress progress(ReplicaId(2), Index(9), LocalTime{});
  progress.Sent(1, 0);
  EXPECT_FALSE(progress.Rejected(Index(8), Index(3))) << "of another probe";
  EXPECT_TRUE(progress.Rejected(Index(9), Index(20)));
  EXPECT_EQ(progress.next(), Index(9));
  progress.Sent(1, 0);
  EXPECT_TRUE(progress.Rejected(Index(8), Index(3)));
  EXPECT_EQ(progress.next(), Index(4));
}

TEST(Progress, TakesAWindowForLostThatALaterHeartbeatOvertook) {
  Progress progress = Replicating(5);
  EXPECT_FALSE(progress.HeartbeatAnswered(1)) << "nothing was sent";
  progress.Sent(1, 1);
  EXPECT_FALSE(progress.HeartbeatAnswered(1)) << "sent after that heartbeat";
  EXPECT_TRUE(progress.HeartbeatAnswered(2));
  EXPECT_TRUE(progress.probing());
  EXPECT_EQ(progress.next(), Index(6));
}

TEST(Progress, SendsALostProbeAgain) {
  Progress progress(ReplicaId(2), Index(5), LocalTime{});
  progress.Sent(0, 4);
  EXPECT_FALSE(progress.HeartbeatAnswered(4));
  EXPECT_TRUE(progress.HeartbeatAnswered(5));
  EXPECT_TRUE(progress.RoomFor(kLimits).may_send);
}

TEST(Progress, StartsEveryWindowEmpty) {
  Progress progress = Replicating(5);
  for (int turn = 0; turn < 50; ++turn) {
    for (uint64_t message = 0; message < 3; ++message) progress.Sent(3, 0);
    EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
    EXPECT_TRUE(progress.HeartbeatAnswered(1));
    progress.Sent(3, 0);
    progress.Accepted(progress.match(), kNoBase, kLimits);
    EXPECT_EQ(progress.RoomFor(kLimits).entries_max, 10u);
  }
}

constexpr LogPosition kSnapshot{Index(20), Term(3)};

Progress BeingInstalled(uint64_t match) {
  Progress progress(ReplicaId(2), Index(match), LocalTime{});
  progress.StartInstalling(kSnapshot);
  return progress;
}

TEST(Progress, SendsNothingWhileASnapshotIsUnderWay) {
  Progress progress = BeingInstalled(5);
  EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
  EXPECT_FALSE(progress.HeartbeatAnswered(9));
  EXPECT_FALSE(progress.Rejected(Index(5), Index(3))) << "about what was sent before";
  progress.Unreachable(9);
  ASSERT_NE(progress.installing(), nullptr);
  EXPECT_EQ(progress.installing()->snapshot, kSnapshot);
}

TEST(Progress, ProbesBehindADeliveredSnapshot) {
  Progress progress = BeingInstalled(5);
  EXPECT_TRUE(progress.TransferEnded({kSnapshot, true}, 4));
  EXPECT_TRUE(progress.probing());
  EXPECT_EQ(progress.next(), Index(21));
  EXPECT_TRUE(progress.RoomFor(kLimits).may_send);
}

TEST(Progress, WaitsForAnAnswerAfterAFailedTransfer) {
  Progress progress = BeingInstalled(5);
  EXPECT_TRUE(progress.TransferEnded({kSnapshot, false}, 4));
  EXPECT_TRUE(progress.probing());
  EXPECT_EQ(progress.next(), Index(1)) << "nothing was acknowledged";
  EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
  EXPECT_FALSE(progress.HeartbeatAnswered(4));
  EXPECT_TRUE(progress.HeartbeatAnswered(5));
  EXPECT_TRUE(progress.RoomFor(kLimits).may_send);
}

TEST(Progress, HearsOnlyOfTheTransferUnderWay) {
  Progress progress = BeingInstalled(5);
  EXPECT_FALSE(progress.TransferEnded({{Index(19), Term(3)}, true}, 4));
  EXPECT_FALSE(progress.TransferEnded({{Index(20), Term(2)}, true}, 4));
  EXPECT_TRUE(progress.TransferEnded({kSnapshot, true}, 4));
  EXPECT_FALSE(progress.TransferEnded({kSnapshot, true}, 4)) << "told twice";
}

TEST(Progress, TakesAnOlderSnapshotThatReachesTheLog) {
  Progress progress = BeingInstalled(5);
  EXPECT_TRUE(progress.Accepted(Index(12), Index(11), kLimits));
  EXPECT_FALSE(progress.probing());
  EXPECT_EQ(progress.installing(), nullptr);
  EXPECT_EQ(progress.next(), Index(13));
  EXPECT_FALSE(progress.TransferEnded({kSnapshot, false}, 4)) << "that no longer matters";
}

TEST(Progress, StillNeedsTheSnapshotAfterAnAcknowledgementBelowTheLog) {
  Progress progress = BeingInstalled(5);
  EXPECT_TRUE(progress.Accepted(Index(8), Index(11), kLimits));
  EXPECT_EQ(progress.match(), Index(8));
  EXPECT_NE(progress.installing(), nullptr);
}

TEST(Progress, ProbesAnUnreachableFollowerFromItsMatchAfterItsNextAnswer) {
  Progress progress = Replicating(5);
  progress.Sent(2, 3);
  progress.Unreachable(3);
  EXPECT_TRUE(progress.probing());
  EXPECT_EQ(progress.next(), Index(6));
  EXPECT_FALSE(progress.RoomFor(kLimits).may_send);
  EXPECT_TRUE(progress.HeartbeatAnswered(4));
  EXPECT_TRUE(progress.RoomFor(kLimits).may_send);
}

TEST(Window, FreesInOrderAndGrowsOnlyToItsBound) {
  Window window(20);
  for (uint64_t last = 1; last <= 20; ++last) window.Add(Index(last), last, 0);
  EXPECT_TRUE(window.full());
  EXPECT_DEATH(window.Add(Index(21), 21, 0), "CHECK failed");
  for (uint64_t last = 1; last <= 100; ++last) {
    window.FreeUpTo(Index(last));
    EXPECT_EQ(window.size(), 19u);
    EXPECT_EQ(window.oldest_round(), last + 1);
    window.Add(Index(last + 20), last + 20, 0);
  }
  window.FreeUpTo(Index(1000));
  EXPECT_TRUE(window.empty());
}

TEST(Progress, BoundsTheWindowInBytes) {
  const FlowLimits limits{10, 3, 100};
  Progress progress = Replicating(5);
  EXPECT_TRUE(progress.RoomFor(limits).idle);
  EXPECT_EQ(progress.RoomFor(limits).bytes_max, 100u);
  progress.Sent(1, 0, 70);
  progress.Sent(1, 0, 40);  // One entry that is larger than what was left.
  EXPECT_FALSE(progress.RoomFor(limits).idle);
  EXPECT_EQ(progress.RoomFor(limits).bytes_max, 0u);
  EXPECT_TRUE(progress.Accepted(Index(6), kNoBase, limits));
  EXPECT_EQ(progress.RoomFor(limits).bytes_max, 60u);
  EXPECT_TRUE(progress.Accepted(Index(7), kNoBase, limits));
  EXPECT_EQ(progress.RoomFor(limits).bytes_max, 100u);
}

}  // namespace
}  // namespace ww::raft
