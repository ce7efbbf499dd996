// A host whose disk goes back to an earlier state: the replicas that this shows at stop, alone and
// for good, and everything else of the host goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "raft/host/events.h"
#include "raft/store/broken_mark.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr ShardId kShard{1};
constexpr ShardId kNeighbour{2};

class Listener final : public EventListener {
 public:
  void On(const LeaderUpdated&) override {}
  void On(const SystemEvent& event) override { events.push_back(event); }
  size_t Count(SystemEventKind kind, ShardId shard) const {
    return static_cast<size_t>(std::count_if(
        events.begin(), events.end(),
        [&](const SystemEvent& event) { return event.kind == kind && event.who.shard == shard; }));
  }
  std::vector<SystemEvent> events;
};

class OlderDisk : public ::testing::Test {
 protected:
  OlderDisk() : cluster_(Options()) {}

  ClusterOptions Options() {
    ClusterOptions options;
    options.shards = 2;
    options.config.rules = {};
    options.before_run = [this](Env& env, Host& host) {
      host.AddListener(listeners_[env.host().value - 1]);
    };
    return options;
  }
  void Fill(ShardId shard, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(cluster_.Execute(shard, Put("v")).has_value());
    }
    ASSERT_TRUE(cluster_.RunUntil([&] { return cluster_.AllApplied(shard); }, Seconds(5)));
  }
  // The disk of a follower of `kShard` forgets what both shards did meanwhile: the neighbour
  // nothing that its leader relies on.
  HostId RestoreFollower() {
    Fill(kShard, 5);
    Fill(kNeighbour, 5);
    cluster_.RunFor(Seconds(2));
    const HostId leader = *cluster_.Leader(kShard);
    const HostId host(leader.value % 3 + 1);
    const auto image = cluster_.sim_host(host).disk().DurableImage();
    Fill(kShard, 5);
    cluster_.RunFor(Seconds(1));
    cluster_.sim_host(host).Crash();
    cluster_.sim_host(host).disk().Restore(image);
    cluster_.Start(host);
    cluster_.RunFor(Seconds(3));
    return host;
  }

  Listener listeners_[3];
  Cluster cluster_;
};

TEST_F(OlderDisk, StopsTheReplicaThatHasLessThanItAcknowledgedAndNothingElse) {
  const HostId host = RestoreFollower();
  const RecordingObserver& seen = cluster_.observer(host);
  for (int life = 1; life <= 2; ++life) {
    SCOPED_TRACE(life);
    EXPECT_FALSE(cluster_.ended(host).has_value());
    EXPECT_FALSE(cluster_.Summary(host, kShard).has_value());
    EXPECT_TRUE(cluster_.Summary(host, kNeighbour).has_value());
    EXPECT_TRUE(cluster_.AllApplied(kNeighbour));
    ASSERT_THAT(seen.stops, SizeIs(life)) << "once a life";
    EXPECT_EQ(seen.stops.back().who.shard, kShard);
    EXPECT_THAT(std::string(seen.stops.back().reason.message()),
                HasSubstr("was told that the log here goes up to"));
    EXPECT_EQ(listeners_[host.value - 1].Count(SystemEventKind::kReplicaBroken, kShard),
              static_cast<size_t>(life));
    EXPECT_EQ(listeners_[host.value - 1].Count(SystemEventKind::kReplicaBroken, kNeighbour), 0u);
    const ReplicaId replica = seen.stops.back().who.replica;
    const auto start = cluster_.Ask(host, kShard, StartReplica{replica, false, {}, {}});
    ASSERT_TRUE(start.has_value());
    EXPECT_EQ(start->reason, AdminReason::kBroken);
    EXPECT_THAT(start->text, HasSubstr("was told that the log here goes up to"));
    EXPECT_EQ(cluster_.Execute(kShard, Get())->outcome, Outcome::kCompleted);
    cluster_.sim_host(host).Crash();
    cluster_.Start(host);
    cluster_.RunFor(Seconds(3));
  }
}

TEST_F(OlderDisk, TakesTheMarkAwayWithTheData) {
  const HostId host = RestoreFollower();
  ASSERT_THAT(cluster_.observer(host).stops, SizeIs(1));
  const ReplicaId replica = cluster_.observer(host).stops.back().who.replica;
  const auto removed = cluster_.Ask(host, kShard, RemoveReplicaData{replica});
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ(removed->outcome, AdminOutcome::kDone);
  cluster_.sim_host(host).Crash();
  cluster_.Start(host);
  cluster_.RunFor(Seconds(3));
  EXPECT_THAT(cluster_.observer(host).stops, SizeIs(1)) << "nothing is there that could stop";
  for (const auto& [name, file] : cluster_.sim_host(host).disk().Names()) {
    EXPECT_FALSE(IsMarkName(name)) << name;
  }
}

}  // namespace
}  // namespace ww::raft
