// Replicas that start and stop while their host runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ShardId kShard{1};

ReplicaId ReplicaOn(HostId host, ShardId shard = kShard) {
  return ReplicaId(10 * shard.value + host.value);
}

AdminReason ReasonOf(const std::optional<AdminReply>& reply) {
  if (!reply.has_value() || reply->outcome != AdminOutcome::kRefused) return AdminReason::kNone;
  return reply->reason;
}

bool Done(const std::optional<AdminReply>& reply) {
  return reply.has_value() && reply->outcome == AdminOutcome::kDone;
}

TEST(Lifecycle, AStoppedReplicaTakesNoPartAndComesBackWithAllItKnew) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster({.seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId leader = *cluster.Leader(kShard);
    ASSERT_TRUE(Done(cluster.Ask(leader, kShard, StopReplica{ReplicaOn(leader)})));
    EXPECT_FALSE(cluster.Summary(leader, kShard).has_value());
    EXPECT_THAT(cluster.observer(leader).stops, SizeIs(1));
    ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    cluster.RunFor(Seconds(3));
    EXPECT_FALSE(cluster.Summary(leader, kShard).has_value());

    ASSERT_TRUE(Done(cluster.Ask(leader, kShard, StartReplica{ReplicaOn(leader), false, {}, {}})));
    EXPECT_GE(cluster.observer(leader).recovered[kShard.value].size(), 2u);
    EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
    EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Lifecycle, StoppingOneShardLeavesTheOthersAlone) {
  Cluster cluster({.shards = 3});
  for (uint64_t shard = 1; shard <= 3; ++shard) {
    ASSERT_TRUE(cluster.Execute(ShardId(shard), Append("a")).has_value());
  }
  const ShardId second(2);
  for (uint64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(Done(cluster.Ask(HostId(id), second, StopReplica{ReplicaOn(HostId(id), second)})));
  }
  EXPECT_EQ(cluster.Execute(ShardId(1), Append("b"))->response, "2");
  EXPECT_EQ(cluster.Execute(ShardId(3), Append("b"))->response, "2");
  // The number that became free is taken by the one that comes back.
  for (uint64_t id = 1; id <= 3; ++id) {
    const ReplicaId replica = ReplicaOn(HostId(id), second);
    ASSERT_TRUE(Done(cluster.Ask(HostId(id), second, StartReplica{replica, false, {}, {}})));
  }
  EXPECT_EQ(cluster.Execute(second, Append("b"))->response, "2");
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Lifecycle, StoppingWaitsForWhatIsOnItsWayToTheDisk) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  sim::Disk& disk = cluster.sim_host(host).disk();
  disk.rules().sync = {Milliseconds(300), {}, 0};
  const uint64_t write = cluster.Send(host, kShard, Append("b"));
  cluster.RunFor(Milliseconds(50));
  const TrueTime asked = cluster.world().now();
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)})));
  EXPECT_GE((cluster.world().now() - asked).ns, Milliseconds(200).ns);
  ASSERT_NE(cluster.ReplyTo(write), nullptr);
  EXPECT_EQ(cluster.ReplyTo(write)->outcome, Outcome::kTerminated);
  // What was written is read back, answered or not.
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StartReplica{ReplicaOn(host), false, {}, {}})));
  EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
}

TEST(Lifecycle, StartingASecondIsRefusedAlsoWhileTheFirstUnloads) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  const StartReplica again{ReplicaOn(host), false, {}, {}};
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, again)), AdminReason::kAlreadyExists);
  cluster.sim_host(host).disk().rules().sync = {Seconds(3), {}, 0};
  cluster.Send(host, kShard, Append("b"));
  cluster.RunFor(Milliseconds(50));
  EXPECT_FALSE(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)}).has_value());
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, again)), AdminReason::kAlreadyExists);
  cluster.RunFor(Seconds(3));
  EXPECT_TRUE(Done(cluster.Ask(host, kShard, again)));
}

TEST(Lifecycle, RefusalsSayWhyAndChangeNothing) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, ShardId(), Describe{})), AdminReason::kIdZero);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, StopReplica{ReplicaId(99)})),
            AdminReason::kNotFound);
  EXPECT_EQ(ReasonOf(cluster.Ask(host, ShardId(7), StartReplica{ReplicaId(9), false, {}, {}})),
            AdminReason::kNoMembers);
  EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
}

// --- Records: what a host knows of its replicas by itself ---

std::vector<Member> Members(const std::vector<uint64_t>& hosts, ShardId shard) {
  std::vector<Member> members;
  for (const uint64_t host : hosts)
    members.push_back({ReplicaOn(HostId(host), shard), HostId(host)});
  return members;
}

TEST(Lifecycle, AShardIsBegunOnRunningHostsAndSurvivesTheirRestartByTheirOwnRecords) {
  Cluster cluster({});
  const ShardId fresh(5);
  for (uint64_t id = 1; id <= 3; ++id) {
    const StartReplica start{ReplicaOn(HostId(id), fresh), false, {}, Members({1, 2, 3}, fresh)};
    ASSERT_TRUE(Done(cluster.Ask(HostId(id), fresh, start)));
  }
  ASSERT_EQ(cluster.Execute(fresh, Append("a"))->response, "1");
  for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
  for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
  EXPECT_EQ(cluster.Execute(fresh, Append("b"))->response, "2");
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

TEST(Lifecycle, AStoppedReplicaLivesAgainAfterItsHostRestarted) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(2);
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)})));
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
}

TEST(Lifecycle, StartsThatDoNotFitTheRecordsAreRefusedEachWithItsReason) {
  Cluster cluster({});
  const HostId host(1);
  const ShardId fresh(5);
  const ReplicaId replica = ReplicaOn(host, fresh);
  const auto reason = [&](const StartReplica& start) {
    return ReasonOf(cluster.Ask(host, fresh, start));
  };
  EXPECT_EQ(reason({ReplicaId(), true, {}, {}}), AdminReason::kIdZero);
  EXPECT_EQ(reason({replica, true, {}, Members({1}, fresh)}), AdminReason::kJoinWithMembers);
  EXPECT_EQ(reason({replica, false, {}, {}}), AdminReason::kNoMembers);
  EXPECT_EQ(reason({replica, false, {}, Members({2, 3}, fresh)}), AdminReason::kNotAMember);
  EXPECT_EQ(reason({replica, false, {}, Members({1, 1}, fresh)}), AdminReason::kBadMembers);
  EXPECT_EQ(reason({replica, false, {}, {{replica, HostId(2)}}}), AdminReason::kNotAMember);
  // Nothing of all this was written down.
  EXPECT_THAT(cluster.Ask(host, fresh, Describe{})->description->recorded, IsEmpty());

  ASSERT_TRUE(
      Done(cluster.Ask(host, fresh, StartReplica{replica, false, {}, Members({1}, fresh)})));
  ASSERT_TRUE(Done(cluster.Ask(host, fresh, StopReplica{replica})));
  EXPECT_EQ(reason({replica, false, {}, Members({1, 2}, fresh)}), AdminReason::kMembersDiffer);
  EXPECT_EQ(reason({replica, true, {}, {}}), AdminReason::kJoinDiffers);
  EXPECT_EQ(reason({ReplicaId(99), true, {}, {}}), AdminReason::kOtherRecorded);
  ASSERT_TRUE(
      Done(cluster.Ask(host, fresh, StartReplica{replica, false, {}, Members({1}, fresh)})));
}

TEST(Lifecycle, AJoiningReplicaWaitsForItsShardAndMayBeStartedAgainEitherWay) {
  Cluster cluster({});
  const HostId host(1);
  const ShardId fresh(5);
  const ReplicaId replica(77);
  const StartReplica join{replica, true, MemberRole::kNonVoting, {}};
  ASSERT_TRUE(Done(cluster.Ask(host, fresh, join)));
  cluster.RunFor(Seconds(5));
  EXPECT_EQ(cluster.Summary(host, fresh)->term, Term());
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  cluster.RunFor(Seconds(1));
  EXPECT_TRUE(cluster.Summary(host, fresh).has_value());
  ASSERT_TRUE(Done(cluster.Ask(host, fresh, StopReplica{replica})));
  ASSERT_TRUE(Done(cluster.Ask(host, fresh, join)));
  ASSERT_TRUE(Done(cluster.Ask(host, fresh, StopReplica{replica})));
  EXPECT_EQ(
      ReasonOf(cluster.Ask(host, fresh, StartReplica{replica, false, {}, Members({1}, fresh)})),
      AdminReason::kJoinDiffers);
  ASSERT_TRUE(Done(cluster.Ask(host, fresh, StartReplica{replica, false, {}, {}})));
}

// A crash may take a replica of which no record is durable: until one is, it does not exist yet.
TEST(Lifecycle, AStartThatIsAskedForAgainIsAnsweredWhenItCantBeLostAnyMore) {
  Cluster cluster({.hosts = 1});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(1);
  const ShardId other(7);
  cluster.sim_host(host).disk().rules().sync = {Milliseconds(1500), {}, 0};
  const StartReplica start{ReplicaId(71), true, MemberRole::kVoter, {}};
  EXPECT_FALSE(cluster.Ask(host, other, start).has_value());
  EXPECT_TRUE(Done(cluster.Ask(host, other, start)));
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  EXPECT_TRUE(
      cluster.RunUntil([&] { return cluster.Summary(host, other).has_value(); }, Seconds(10)));
}

TEST(Lifecycle, WhatWasRemovedNeverStartsAgainNotEvenAfterALossOfPower) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster({.seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId host(1 + seed % 3);
    const ReplicaId replica = ReplicaOn(host);
    EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, RemoveReplicaData{replica})),
              AdminReason::kNotStopped);
    ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{replica})));
    ASSERT_TRUE(Done(cluster.Ask(host, kShard, RemoveReplicaData{replica})));
    cluster.sim_host(host).disk().crash_rules().torn_weight = 1;
    for (int life = 0; life < 2; ++life) {
      ASSERT_TRUE(Done(cluster.Ask(host, kShard, RemoveReplicaData{replica})));
      EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, StartReplica{replica, false, {}, {}})),
                AdminReason::kTombstoned);
      EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, StartReplica{replica, true, {}, {}})),
                AdminReason::kTombstoned);
      EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
      EXPECT_THAT(cluster.Ask(host, kShard, Describe{})->description->tombstones,
                  ElementsAre(replica));
      cluster.sim_host(host).Crash();
      cluster.Start(host);
    }
    // The others still write to it.
    ASSERT_TRUE(cluster.Execute(kShard, Append("b")).has_value());
    cluster.RunFor(Seconds(1));
    EXPECT_THAT(cluster.observer(host).refused, testing::Contains(RefusalOfMessage::kTombstoned));
  }
}

TEST(Lifecycle, WithoutAnAnswerARemovalMayOrMayNotSurviveButNeverInPart) {
  uint64_t fenced = 0;
  uint64_t kept = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Cluster cluster({.hosts = 1, .seed = seed, .env = {.buggify = Ratio(1, 2)}});
    ASSERT_EQ(cluster.Execute(kShard, Append("a"))->outcome, Outcome::kCompleted);
    const HostId host(1);
    ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)})));
    cluster.sim_host(host).disk().rules().sync = {Seconds(2), {}, 0};
    EXPECT_FALSE(cluster.Ask(host, kShard, RemoveReplicaData{ReplicaOn(host)}).has_value());
    cluster.sim_host(host).Crash();
    cluster.sim_host(host).disk().rules().sync = {};
    cluster.Start(host);
    cluster.RunFor(Milliseconds(100));
    const std::optional<AdminReply> reply = cluster.Ask(host, kShard, Describe{});
    ASSERT_TRUE(Done(reply)) << seed;
    if (reply->description->replica.none()) {
      ++fenced;
      EXPECT_THAT(reply->description->tombstones, ElementsAre(ReplicaOn(host))) << seed;
    } else {
      ++kept;
      EXPECT_EQ(cluster.Execute(kShard, Get())->response, "a") << seed;
    }
  }
  EXPECT_GT(fenced, 0u);
  EXPECT_GT(kept, 0u);
}

TEST(Lifecycle, AfterItsDataWasRemovedTheHostTakesAnotherReplicaOfTheShard) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(3);
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)})));
  const StartReplica other{ReplicaId(99), true, {}, {}};
  EXPECT_EQ(ReasonOf(cluster.Ask(host, kShard, other)), AdminReason::kOtherRecorded);
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, RemoveReplicaData{ReplicaOn(host)})));
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, other)));
  // What the members send to the old identity does not reach the new one.
  ASSERT_TRUE(cluster.Execute(kShard, Append("b")).has_value());
  cluster.RunFor(Seconds(3));
  EXPECT_EQ(cluster.Summary(host, kShard)->replica, ReplicaId(99));
  EXPECT_EQ(cluster.Summary(host, kShard)->term, Term());
  EXPECT_EQ(cluster.Summary(host, kShard)->last, Index());
}

TEST(Lifecycle, DescribesWhatLivesHereAndWhatIsKept) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  std::optional<AdminReply> reply = cluster.Ask(leader, kShard, Describe{});
  ASSERT_TRUE(Done(reply));
  EXPECT_EQ(reply->description->replica, ReplicaOn(leader));
  EXPECT_EQ(reply->description->role, Role::kLeader);
  EXPECT_THAT(reply->description->membership.voters, SizeIs(3));
  ASSERT_TRUE(Done(cluster.Ask(leader, kShard, StopReplica{ReplicaOn(leader)})));
  reply = cluster.Ask(leader, kShard, Describe{});
  ASSERT_TRUE(Done(reply));
  EXPECT_TRUE(reply->description->replica.none());
  EXPECT_THAT(reply->description->recorded, ElementsAre(ReplicaOn(leader)));
}

// --- Removal: what becomes of a replica that its shard removed ---

// Asks whoever leads, again and again, until somebody carries it out.
void Change(Cluster& cluster, const decltype(ChangeRequest::what)& what) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    ASSERT_TRUE(cluster.WaitForLeader(kShard));
    if (Done(cluster.Ask(*cluster.Leader(kShard), kShard, ChangeMembership{{what, {}}}))) return;
    cluster.RunFor(Milliseconds(200));
  }
  FAIL() << "nobody changed the membership";
}

bool IsFenced(Cluster& cluster, HostId host, ReplicaId replica) {
  const std::optional<AdminReply> reply = cluster.Ask(host, kShard, Describe{});
  return Done(reply) && reply->description->replica.none() &&
         reply->description->tombstones == std::vector<ReplicaId>{replica};
}

void Cut(Cluster& cluster, HostId host) {
  for (uint64_t id = 1; id <= cluster.hosts(); ++id) {
    if (HostId(id) == host) continue;
    cluster.world().network().Cut(host, HostId(id));
    cluster.world().network().Cut(HostId(id), host);
  }
}

TEST(Removal, AReplicaThatAppliesItsOwnRemovalStopsAndIsFenced) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster({.seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId leader = *cluster.Leader(kShard);
    // A follower, or the leader itself.
    const HostId host = seed % 2 == 0 ? leader : HostId(leader.value % 3 + 1);
    Change(cluster, DeleteMember{ReplicaOn(host)});
    cluster.RunFor(Seconds(3));
    EXPECT_TRUE(IsFenced(cluster, host, ReplicaOn(host))) << seed;
    ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2") << seed;
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Removal, AHostThatWasAwayIsToldAndCleansUp) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster({.seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId host(cluster.Leader(kShard)->value % 3 + 1);
    cluster.sim_host(host).Crash();
    Change(cluster, DeleteMember{ReplicaOn(host)});
    cluster.RunFor(Seconds(5));
    cluster.Start(host);
    cluster.RunFor(Seconds(5));
    EXPECT_TRUE(IsFenced(cluster, host, ReplicaOn(host))) << seed;
    cluster.sim_host(host).Crash();
    cluster.Start(host);
    cluster.RunFor(Milliseconds(500));
    EXPECT_TRUE(IsFenced(cluster, host, ReplicaOn(host))) << seed;
  }
}

bool StillCounts(Cluster& cluster, HostId host, ReplicaId replica) {
  const std::optional<AdminReply> reply = cluster.Ask(host, kShard, Describe{});
  return Done(reply) && FindMember(reply->description->membership, replica) != nullptr;
}

// Its leader knows before the other voters do. They count it until they know too, and need it
// should the leader be lost, since two of four are no quorum: however long they were cut off from
// it.
TEST(Removal, AReplicaThatItsLeaderAloneTellsOfItStaysUntilAnotherVoterKnows) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster({.hosts = 4, .seed = seed});
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId leader = *cluster.Leader(kShard);
    const auto behind = [&](uint64_t places) {
      return HostId((leader.value + places - 1) % 4 + 1);
    };
    const HostId gone = behind(1);
    const auto reply =
        cluster.Ask(leader, kShard, ChangeMembership{ChangeRequest{DeleteMember{ReplicaOn(gone)}}});
    ASSERT_TRUE(Done(reply)) << seed;
    for (const HostId host : {behind(2), behind(3)}) Cut(cluster, host);
    ASSERT_TRUE(StillCounts(cluster, behind(2), ReplicaOn(gone))) << seed;
    ASSERT_TRUE(StillCounts(cluster, behind(3), ReplicaOn(gone))) << seed;
    cluster.RunFor(Seconds(8));
    EXPECT_FALSE(IsFenced(cluster, gone, ReplicaOn(gone))) << seed;
    cluster.sim_host(leader).Crash();
    cluster.world().network().HealAll();
    EXPECT_TRUE(cluster.Execute(kShard, Append("b")).has_value()) << seed;
    cluster.RunFor(Seconds(5));
    EXPECT_TRUE(IsFenced(cluster, gone, ReplicaOn(gone))) << seed;
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Removal, AStoppedReplicaLearnsOfItsRemovalWhenItLivesAgain) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(cluster.Leader(kShard)->value % 3 + 1);
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StopReplica{ReplicaOn(host)})));
  Change(cluster, DeleteMember{ReplicaOn(host)});
  cluster.RunFor(Seconds(1));
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StartReplica{ReplicaOn(host), false, {}, {}})));
  cluster.RunFor(Seconds(5));
  EXPECT_TRUE(IsFenced(cluster, host, ReplicaOn(host)));
}

// It never campaigns, so nobody would hear of it: it has to ask.
TEST(Removal, ANonVotingReplicaAsksWhatBecameOfIt) {
  Cluster cluster({.hosts = 4, .shards = 0});
  const std::vector<Member> members = Members({1, 2, 3}, kShard);
  for (const Member& member : members) {
    ASSERT_TRUE(
        Done(cluster.Ask(member.host, kShard, StartReplica{member.replica, false, {}, members})));
  }
  ASSERT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
  const HostId host(4);
  const ReplicaId joining(70);
  Change(cluster, AddMember{MemberRole::kNonVoting, {joining, host, "h4"}});
  ASSERT_TRUE(
      Done(cluster.Ask(host, kShard, StartReplica{joining, true, MemberRole::kNonVoting, {}})));
  cluster.RunFor(Seconds(2));
  ASSERT_EQ(cluster.Summary(host, kShard)->applied, cluster.Summary(HostId(1), kShard)->applied);
  Cut(cluster, host);
  Change(cluster, DeleteMember{joining});
  cluster.RunFor(Seconds(1));
  cluster.world().network().HealAll();
  cluster.RunFor(Seconds(3));
  EXPECT_TRUE(cluster.Summary(host, kShard).has_value());
  cluster.RunFor(Seconds(12));
  EXPECT_TRUE(IsFenced(cluster, host, joining));
}

TEST(Removal, AfterwardsTheHostTakesANewReplicaWithANewId) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(cluster.Leader(kShard)->value % 3 + 1);
  Change(cluster, DeleteMember{ReplicaOn(host)});
  cluster.RunFor(Seconds(3));
  ASSERT_TRUE(IsFenced(cluster, host, ReplicaOn(host)));
  const ReplicaId fresh(99);
  Change(cluster, AddMember{MemberRole::kNonVoting, {fresh, host, "other"}});
  ASSERT_TRUE(Done(cluster.Ask(host, kShard, StartReplica{fresh, true, {}, {}})));
  cluster.RunFor(Seconds(2));
  Change(cluster, AddMember{MemberRole::kVoter, {fresh, host, "other"}});
  // Promoted, it restarts as a voter although it was started as something else.
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(10)));
  cluster.sim_host(*cluster.Leader(kShard)).Crash();
  EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
  EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
}

}  // namespace
}  // namespace ww::raft
