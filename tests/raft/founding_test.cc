// Initial members that the others have to let in, and disks that come back empty.
#include "raft/host/founding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ShardId kShard{1};

ReplicaId ReplicaOn(HostId host) { return ReplicaId(10 * kShard.value + host.value); }

ClusterOptions Bound(uint64_t seed, uint64_t hosts = 3) {
  ClusterOptions options;
  options.hosts = hosts;
  options.seed = seed;
  options.config.rules.disks_bound = true;
  return options;
}

void Wipe(Cluster& cluster, HostId host) {
  cluster.sim_host(host).Crash();
  cluster.sim_host(host).disk().Wipe();
  cluster.Start(host);
}

DiskId DiskOf(Cluster& cluster, HostId host) {
  const std::optional<AdminReply> reply = cluster.Ask(host, kShard, Describe{});
  return reply.has_value() && reply->description.has_value() ? reply->description->disk : DiskId();
}

TEST(Founding, AnyTwoSetsOfGrantsHaveAMemberInCommon) {
  EXPECT_EQ(GrantsNeeded(1), 0u);
  for (size_t members = 2; members <= 9; ++members) {
    EXPECT_GT(2 * GrantsNeeded(members), members - 1) << members;
    EXPECT_LE(GrantsNeeded(members), members - 1) << members;
  }
}

TEST(Founding, AShardBeginsOnceItsMembersHaveLetEachOtherIn) {
  for (uint64_t hosts = 1; hosts <= 5; ++hosts) {
    Cluster cluster(Bound(hosts, hosts));
    EXPECT_EQ(cluster.Execute(kShard, Append("a"))->response, "1") << hosts;
    EXPECT_TRUE(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(5)));
    EXPECT_THAT(cluster.agreement().disagreements, IsEmpty());
  }
}

TEST(Founding, NobodyTakesPartWhileAnotherInitialMemberIsAway) {
  Cluster cluster(Bound(1));
  cluster.sim_host(HostId(3)).Crash();
  cluster.RunFor(Seconds(10));
  EXPECT_FALSE(cluster.Summary(HostId(1), kShard).has_value());
  EXPECT_FALSE(cluster.Summary(HostId(2), kShard).has_value());
  cluster.Start(HostId(3));
  EXPECT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
}

TEST(Founding, ADiskIsToldFromTheOneBeforeAndKeepsItsIdOverCrashes) {
  Cluster cluster(Bound(1));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId host(2);
  const DiskId before = DiskOf(cluster, host);
  EXPECT_FALSE(before.none());
  EXPECT_NE(before, DiskOf(cluster, HostId(1)));
  cluster.sim_host(host).Crash();
  cluster.Start(host);
  cluster.RunFor(Seconds(1));
  EXPECT_EQ(DiskOf(cluster, host), before);
  EXPECT_EQ(cluster.Summary(host, kShard)->replica, ReplicaOn(host));
  Wipe(cluster, host);
  cluster.RunFor(Seconds(1));
  EXPECT_NE(DiskOf(cluster, host), before);
}

TEST(Founding, AWipedDiskNeverBringsItsReplicaBackAndSaysWhy) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Cluster cluster(Bound(seed));
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId host(1 + seed % 3);
    Wipe(cluster, host);
    cluster.RunFor(Seconds(3));
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
    ASSERT_THAT(cluster.observer(host).stops, SizeIs(1));
    EXPECT_THAT(std::string(cluster.observer(host).stops[0].reason.message()),
                HasSubstr("know replica"));
    EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    EXPECT_THAT(cluster.Ask(host, kShard, Describe{})->description->tombstones,
                ElementsAre(ReplicaOn(host)));
    // Nor later, when it asks nobody any more.
    cluster.sim_host(host).Crash();
    cluster.Start(host);
    cluster.RunFor(Seconds(3));
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value());
  }
}

// The lagging follower alone must not help an empty disk to elect it: the entry is on the two hosts
// of which one lost it.
TEST(Founding, WhatWasCommittedWithAWipedDiskIsNotVotedAway) {
  Cluster cluster(Bound(3));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const HostId leader = *cluster.Leader(kShard);
  const HostId lagging(leader.value % 3 + 1);
  const HostId wiped(lagging.value % 3 + 1);
  cluster.sim_host(lagging).Crash();
  ASSERT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
  cluster.sim_host(leader).Crash();
  Wipe(cluster, wiped);
  cluster.Start(lagging);
  cluster.RunFor(Seconds(20));
  EXPECT_FALSE(cluster.Summary(wiped, kShard).has_value());
  EXPECT_NE(cluster.Summary(lagging, kShard)->role, Role::kLeader);
  cluster.Start(leader);
  EXPECT_EQ(cluster.Execute(kShard, Get())->response, "ab");
}

TEST(Founding, AGrantSurvivesTheGrantorsLossOfPower) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(Bound(seed));
    ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
    const HostId host(1 + seed % 3);
    for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
    cluster.sim_host(host).disk().Wipe();
    for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
    EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
    EXPECT_FALSE(cluster.Summary(host, kShard).has_value()) << seed;
  }
}

TEST(Founding, WhatIsMeantForTheDiskBeforeIsRefused) {
  Cluster cluster(Bound(1));
  const HostId host(2);
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const ShardId other(5);
  const DiskId before = DiskOf(cluster, host);
  const StartReplica join{ReplicaId(77), true, {}, {}, {HostId(1)}, before};
  ASSERT_EQ(cluster.Ask(host, other, join)->outcome, AdminOutcome::kDone);
  Wipe(cluster, host);
  cluster.RunFor(Seconds(1));
  const std::optional<AdminReply> again = cluster.Ask(host, other, join);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->reason, AdminReason::kOtherDisk);
  EXPECT_FALSE(cluster.Summary(host, other).has_value());
}

TEST(Founding, AShardThatAnOperatorBeginsIsAnsweredWhenItsMembersAreIn) {
  Cluster cluster(Bound(1));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const ShardId fresh(5);
  std::vector<Member> members;
  for (uint64_t id = 1; id <= 3; ++id) members.push_back({ReplicaId(50 + id), HostId(id)});
  for (uint64_t id = 1; id <= 2; ++id) {
    const StartReplica start{ReplicaId(50 + id), false, {}, members};
    EXPECT_FALSE(cluster.Ask(HostId(id), fresh, start).has_value());
    EXPECT_EQ(cluster.Ask(HostId(id), fresh, start)->reason, AdminReason::kAlreadyExists);
  }
  const StartReplica last{ReplicaId(53), false, {}, members};
  EXPECT_EQ(cluster.Ask(HostId(3), fresh, last)->outcome, AdminOutcome::kDone);
  EXPECT_TRUE(cluster.WaitForLeader(fresh));
}

// Who names the disk keeps a record of places: the others need not be asked, and may be away.
TEST(Founding, AnInitialMemberThatIsMeantForItsDiskAsksNobody) {
  Cluster cluster(Bound(1));
  ASSERT_TRUE(cluster.Execute(kShard, Append("a")).has_value());
  const ShardId fresh(5);
  std::vector<Member> members;
  for (uint64_t id = 1; id <= 3; ++id) members.push_back({ReplicaId(50 + id), HostId(id)});
  for (uint64_t id = 1; id <= 2; ++id) {
    const DiskId disk = DiskOf(cluster, HostId(id));
    const StartReplica start{ReplicaId(50 + id), false, {}, members, {}, disk};
    EXPECT_EQ(cluster.Ask(HostId(id), fresh, start)->outcome, AdminOutcome::kDone);
  }
  EXPECT_TRUE(cluster.WaitForLeader(fresh));
  Wipe(cluster, HostId(2));
  cluster.RunFor(Seconds(1));
  EXPECT_FALSE(cluster.Summary(HostId(2), fresh).has_value());
}

// Keeps a record of places: each belongs to the first disk that it was asked for. Says so when it
// is told to, and in every later life at once.
class PlaceKeeper {
 public:
  class Teller final : public Service {
   public:
    Teller(PlaceKeeper& keeper, HostId host) : keeper_(keeper), host_(host) {}
    void Start(ServicePort& port) override {
      port_ = &port;
      if (keeper_.tells_) Tell();
    }
    void On(HostId, const WireMessage&) override {}
    void Stop() override {}

    ServicePort& port() { return *port_; }
    size_t Open() { return port_->PlacesInQuestion().places.size(); }
    void Tell() {
      const OpenPlaces open = port_->PlacesInQuestion();
      auto verdict = std::make_unique<FoundingVerdict>();
      verdict->from_host = host_;
      verdict->disk = open.disk;
      for (const ReplicaIdentity& who : open.places) {
        const DiskId owner = keeper_.owners_.try_emplace(who.replica, open.disk).first->second;
        const bool own = owner == open.disk;
        verdict->judged.push_back({who, own ? Verdict::kGranted : Verdict::kOtherDisk, owner});
      }
      port_->Send(host_, std::move(verdict));
    }

   private:
    PlaceKeeper& keeper_;
    const HostId host_;
    ServicePort* port_ = nullptr;
  };

  ClusterOptions Options(uint64_t seed, uint64_t hosts) {
    ClusterOptions options = Bound(seed, hosts);
    options.placed_by_service = true;
    options.before_run = [this](Env& env, Host& host) {
      tellers_.push_back(std::make_unique<Teller>(*this, env.host()));
      newest_[env.host()] = tellers_.back().get();
      host.AddService(*tellers_.back());
    };
    return options;
  }
  // Hosts that are up.
  void TellUpTo(uint64_t hosts) {
    tells_ = true;
    for (uint64_t id = 1; id <= hosts; ++id) On(HostId(id)).Tell();
  }
  Teller& On(HostId host) { return *newest_.at(host); }

 private:
  bool tells_ = false;
  std::map<ReplicaId, DiskId> owners_;
  std::vector<std::unique_ptr<Teller>> tellers_;  // Of all lives.
  std::map<HostId, Teller*> newest_;
};

TEST(PlacesOfAService, WaitForItsWordAndThenForNobody) {
  for (const uint64_t hosts : {1, 3}) {
    PlaceKeeper keeper;
    Cluster cluster(keeper.Options(hosts, hosts));
    cluster.RunFor(Seconds(10));
    EXPECT_FALSE(cluster.Summary(HostId(1), kShard).has_value());
    EXPECT_EQ(keeper.On(HostId(1)).Open(), 1u);
    if (hosts == 3) cluster.sim_host(HostId(3)).Crash();  // Nobody needs its consent.
    keeper.TellUpTo(hosts == 3 ? 2 : 1);
    EXPECT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
    EXPECT_EQ(keeper.On(HostId(1)).Open(), 0u);
  }
}

// All of them lose their disks, so that none of those whom they would ask remembers anything.
TEST(PlacesOfAService, AreNotGivenToTheDisksThatComeAfter) {
  for (const uint64_t hosts : {1, 3}) {
    PlaceKeeper keeper;
    Cluster cluster(keeper.Options(hosts, hosts));
    cluster.RunFor(Seconds(1));
    keeper.TellUpTo(hosts);
    ASSERT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
    for (uint64_t id = 1; id <= hosts; ++id) cluster.sim_host(HostId(id)).Crash();
    for (uint64_t id = 1; id <= hosts; ++id) Wipe(cluster, HostId(id));
    cluster.RunFor(Seconds(10));
    for (uint64_t id = 1; id <= hosts; ++id) {
      EXPECT_FALSE(cluster.Summary(HostId(id), kShard).has_value());
      EXPECT_THAT(cluster.Ask(HostId(id), kShard, Describe{})->description->tombstones,
                  ElementsAre(ReplicaOn(HostId(id))));
    }
  }
}

TEST(PlacesOfAService, StayTheirsOverCrashesWithoutItsWord) {
  PlaceKeeper keeper;
  Cluster cluster(keeper.Options(1, 3));
  cluster.RunFor(Seconds(1));
  keeper.TellUpTo(3);
  ASSERT_EQ(cluster.Execute(kShard, Append("a"))->response, "1");
  for (uint64_t id = 1; id <= 3; ++id) cluster.sim_host(HostId(id)).Crash();
  for (uint64_t id = 1; id <= 3; ++id) cluster.Start(HostId(id));
  EXPECT_EQ(cluster.Execute(kShard, Append("b"))->response, "2");
  EXPECT_EQ(keeper.On(HostId(1)).Open(), 0u);
}

// Whatever members say of it, also those who would let it in.
TEST(PlacesOfAService, AreNotForOtherHostsToGive) {
  PlaceKeeper keeper;
  Cluster cluster(keeper.Options(1, 3));
  cluster.RunFor(Seconds(1));
  const DiskId disk = DiskOf(cluster, HostId(1));
  for (const HostId from : {HostId(2), HostId(3)}) {
    auto verdict = std::make_unique<FoundingVerdict>();
    verdict->from_host = from;
    verdict->disk = disk;
    verdict->judged.push_back({{kShard, ReplicaOn(HostId(1))}, Verdict::kGranted, disk});
    keeper.On(from).port().Send(HostId(1), std::move(verdict));
  }
  cluster.RunFor(Seconds(1));
  EXPECT_FALSE(cluster.Summary(HostId(1), kShard).has_value());
  EXPECT_EQ(keeper.On(HostId(1)).Open(), 1u);
}

}  // namespace
}  // namespace ww::raft
