// Published cases of first starts that need a running cluster, by their names in
// tests/raft/failover/data/failover_cases.yaml.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/cluster.h"
#include "scenarios/config/failover_file.h"

namespace ww::scenarios {
namespace {

constexpr ShardId kShard(1);

raft::failover::FailoverConfig ConfigOf(const std::string& priorities) {
  FailoverSpec spec;
  spec.config =
      "replication: {failover: supervised, connect_timeout: 1}\n"
      "failover: {replicasets: {r: {priority: {" +
      priorities +
      "}}}}\n"
      "groups: {g: {replicasets: {r: {instances: {i-001: {}, i-002: {}, i-003: {}}}}}}\n";
  const auto config = ReadReplicaset(spec, spec.config);
  CHECK(config.ok());
  return *config;
}

// i-001, i-002, i-003 on hosts 1, 2, 3.
struct PublishedStarts : testing::Test {
  PublishedStarts() {
    spec.seed = 5;
    spec.hosts = 3;
    spec.voters = 1;
  }
  void Begin(const std::string& priorities) {
    spec.replicaset = ConfigOf(priorities);
    cluster = std::make_unique<Cluster>(spec, fibers);
    cluster->Start();
  }
  sim::Host& Host(uint64_t number) { return cluster->world().host(HostId(number)); }
  size_t Voters() { return cluster->view().shard(kShard).counting.size(); }
  HostId Leader() { return cluster->view().shard(kShard).leader_host; }
  bool Led() { return cluster->view().AllLed(); }
  void ExpectClean() {
    const auto& violation = cluster->judge().violation();
    EXPECT_FALSE(violation.has_value()) << violation->property << ": " << violation->message;
  }
  sim::FiberPool fibers;
  ClusterSpec spec;
  std::unique_ptr<Cluster> cluster;
};

TEST_F(PublishedStarts, PWipedMinNameMustRejoinRo) {
  Begin("");
  cluster->RunFor(Seconds(20));
  ASSERT_EQ(Leader(), HostId(1));
  ASSERT_EQ(Voters(), 3u);
  Host(1).Crash();
  Host(1).disk().Wipe();
  cluster->RunFor(Seconds(10));
  const HostId leader = Leader();
  ASSERT_NE(leader, HostId(1));
  Host(1).Start();
  cluster->RunFor(Seconds(60));
  EXPECT_EQ(Leader(), leader);
  EXPECT_EQ(Voters(), 3u);
  ExpectClean();
}

// A booted replicaset without a leader, and a new instance of the highest priority.
TEST_F(PublishedStarts, PPreferBootedEvenIfRo) {
  Begin("i-003: 1");
  cluster->RunFor(Seconds(20));
  ASSERT_EQ(Leader(), HostId(3));
  Host(3).Crash();
  Host(3).disk().Wipe();
  Host(1).Crash();
  Host(3).Start();
  cluster->RunFor(Seconds(30));
  // Host 2 alone has data, and can't lead: nothing is created beside it.
  EXPECT_FALSE(Led());
  Host(1).Start();
  cluster->RunFor(Seconds(60));
  EXPECT_TRUE(Led());
  EXPECT_EQ(Voters(), 3u);
  ExpectClean();
}

TEST_F(PublishedStarts, PUpscaleTopPriorityNotStuck) {
  spec.edits = {{ConfigOf("i-003: 1")}, {Seconds(5), Seconds(5)}, {}};
  Begin("");
  cluster->RunFor(Microseconds(1));
  Host(3).Crash();
  cluster->StartFaults();
  cluster->RunFor(Seconds(10));
  ASSERT_EQ(Voters(), 2u);
  Host(3).Start();
  cluster->RunFor(Seconds(20));
  EXPECT_EQ(Leader(), HostId(1));
  EXPECT_EQ(Voters(), 3u);
  ExpectClean();
}

// It crashed before anybody joined, and came back: it leads, and the others join.
TEST_F(PublishedStarts, RLeaderCrashBeforeJoins) {
  Begin("");
  cluster->RunFor(Seconds(20), [this] { return !cluster->Summarise().empty(); });
  cluster->RunFor(Milliseconds(10));
  Host(1).Crash();
  cluster->RunFor(Seconds(10));
  EXPECT_FALSE(Led());
  Host(1).Start();
  cluster->RunFor(Seconds(20));
  EXPECT_EQ(Leader(), HostId(1));
  EXPECT_EQ(Voters(), 3u);
  ExpectClean();
}

// One of the others has another configuration, and agrees to somebody else only.
TEST_F(PublishedStarts, RDissentingVote) {
  spec.edits = {{ConfigOf("i-002: 1")}, {Milliseconds(1), Milliseconds(1)}, {}};
  Begin("");
  cluster->RunFor(Microseconds(1));
  Host(1).Crash();
  cluster->StartFaults();
  cluster->RunFor(Seconds(1), [this] { return !cluster->view().first_starts().Groups().empty(); });
  Host(2).Crash();  // What it promised, and what the third did, holds on.
  cluster->RunFor(Seconds(1));
  Host(1).Start();
  cluster->RunFor(Seconds(30));
  EXPECT_TRUE(cluster->Summarise().empty());
  Host(2).Start();
  cluster->RunFor(Seconds(30));
  EXPECT_EQ(Leader(), HostId(2));
  EXPECT_EQ(Voters(), 3u);
  ExpectClean();
}

// Each of two candidates is chosen by its own configuration; the third has that of the first.
// So it is too where the environment of one instance says other priorities (r_env_divergence_34).
TEST_F(PublishedStarts, RDivergentConfigTwoCandidates) {
  spec.edits = {{ConfigOf("i-002: 1")}, {Milliseconds(1), Milliseconds(1)}, {{}, Seconds(40)}};
  Begin("");
  cluster->StartFaults();
  cluster->RunFor(Seconds(100));
  EXPECT_TRUE(Led());
  EXPECT_EQ(Voters(), 3u);
  ExpectClean();
}

}  // namespace
}  // namespace ww::scenarios
