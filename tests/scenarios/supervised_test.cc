// The first start of a supervised replicaset in a cluster, step by step.
#include "scenarios/supervised.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "scenarios/cluster.h"
#include "scenarios/config/failover_file.h"

namespace ww::scenarios {
namespace {

constexpr ShardId kShard(1);

// i-1 .. i-4 on hosts 1 .. 4; i-3 is chosen, and i-2 is anonymous.
FailoverSpec Spec() {
  FailoverSpec spec;
  spec.config = R"(
replication: {failover: supervised, connect_timeout: 1}
failover: {replicasets: {r: {priority: {i-3: 7, i-2: 9}}}}
groups: {g: {replicasets: {r: {instances: {
  i-1: {}, i-2: {replication: {anon: true}}, i-3: {}, i-4: {}}}}}}
)";
  return spec;
}

struct Supervised : testing::Test {
  Supervised() {
    const auto config = ReadReplicaset(Spec(), Spec().config);
    CHECK(config.ok());
    spec.seed = 3;
    spec.hosts = 4;
    spec.voters = 1;
    spec.replicaset = *config;
  }
  void Begin() { cluster = std::make_unique<Cluster>(spec, fibers); }
  sim::Host& Host(uint64_t number) { return cluster->world().host(HostId(number)); }
  // Hosts of the voters, by the newest membership.
  std::vector<HostId> Voters() {
    std::vector<HostId> hosts = cluster->view().shard(kShard).counting;
    std::sort(hosts.begin(), hosts.end());
    return hosts;
  }
  // Somebody other than the creator has promised it, and nothing is created.
  bool SomebodyAgreed() { return !cluster->view().first_starts().Groups().empty(); }
  bool Led() { return cluster->view().AllLed(); }
  void ExpectClean() {
    const auto& violation = cluster->judge().violation();
    EXPECT_FALSE(violation.has_value()) << violation->property << ": " << violation->message;
  }
  sim::FiberPool fibers;
  ClusterSpec spec;
  std::unique_ptr<Cluster> cluster;
};

TEST_F(Supervised, TheChosenOneCreatesAndAllButAnonymousOnesBecomeVoters) {
  Begin();
  cluster->Start();
  cluster->RunFor(Seconds(20));
  EXPECT_TRUE(Led());
  EXPECT_EQ(Voters(), (std::vector<HostId>{HostId(1), HostId(3), HostId(4)}));
  EXPECT_EQ(cluster->view().shard(kShard).applying.size(), 4u);
  ExpectClean();
}

TEST_F(Supervised, NobodyStandsInForTheChosenOne) {
  Begin();
  cluster->Start();
  cluster->RunFor(Microseconds(1));  // Processes are there, and have not heard of each other.
  Host(3).Crash();
  cluster->RunFor(Seconds(60));
  EXPECT_FALSE(Led());
  EXPECT_TRUE(cluster->Summarise().empty());
  Host(3).Start();
  cluster->RunFor(Seconds(20));
  EXPECT_TRUE(Led());
  ExpectClean();
}

TEST_F(Supervised, AloneTheChosenOneCreatesNothing) {
  Begin();
  cluster->Start();
  cluster->RunFor(Microseconds(1));
  for (const uint64_t host : {1, 2, 4}) Host(host).Crash();
  cluster->RunFor(Seconds(60));
  EXPECT_TRUE(cluster->Summarise().empty());
  // An anonymous one does not count.
  Host(2).Start();
  cluster->RunFor(Seconds(20));
  EXPECT_TRUE(cluster->Summarise().empty());
  Host(4).Start();
  cluster->RunFor(Seconds(20));
  EXPECT_TRUE(Led());
  ExpectClean();
}

TEST_F(Supervised, AChosenOneThatLostItsDiskJoinsUnderAnotherId) {
  Begin();
  cluster->Start();
  cluster->RunFor(Seconds(20));
  ASSERT_EQ(Voters().size(), 3u);
  Host(3).Crash();
  Host(3).disk().Wipe();
  cluster->RunFor(Seconds(5));
  Host(3).Start();
  cluster->RunFor(Seconds(60));
  EXPECT_TRUE(Led());
  EXPECT_EQ(Voters(), (std::vector<HostId>{HostId(1), HostId(3), HostId(4)}));
  EXPECT_EQ(cluster->view().shard(kShard).removed, std::vector<ReplicaId>{ReplicaId(1)});
  ExpectClean();
}

TEST_F(Supervised, ClientsWriteOnceAMajorityOfTheInstancesVotes) {
  spec.clients.resize(2);
  Begin();
  cluster->Start();
  cluster->StartClients();
  const auto created = [this] { return Led(); };
  cluster->RunFor(Seconds(20), created);
  ASSERT_EQ(Voters(), std::vector<HostId>{HostId(3)});
  for (const uint64_t host : {1, 4}) Host(host).Crash();
  cluster->RunFor(Seconds(20));
  EXPECT_EQ(Voters(), std::vector<HostId>{HostId(3)});
  EXPECT_TRUE(Led());
  EXPECT_EQ(cluster->observer().operations_acked(), 0u);
  Host(4).Start();
  cluster->RunFor(Seconds(20));
  EXPECT_EQ(Voters().size(), 2u);
  EXPECT_GT(cluster->observer().operations_acked(), 0u);
  ExpectClean();
}

// The disk is gone, and with it what was promised there; nobody has created anything.
TEST_F(Supervised, AChosenOneThatLostItsDiskBeforeItCreatedConvincesAll) {
  Begin();
  cluster->Start();
  cluster->RunFor(Seconds(20), [this] { return SomebodyAgreed(); });
  Host(3).Crash();
  Host(3).disk().Wipe();
  cluster->RunFor(Seconds(5));
  ASSERT_TRUE(cluster->Summarise().empty());
  Host(3).Start();
  cluster->RunFor(Seconds(30));
  EXPECT_TRUE(Led());
  EXPECT_EQ(Voters().size(), 3u);
  ExpectClean();
}

// The first that was chosen asked the others, and is gone. Nobody can know that it has created
// nothing, until it says so.
TEST_F(Supervised, WhoIsChosenByAnEditWaitsForWhoWasChosenBefore) {
  FailoverSpec edited = Spec();
  edited.config.replace(edited.config.find("i-3: 7"), 6, "i-4: 8");
  spec.edits = {{*ReadReplicaset(edited, edited.config)}, {Seconds(2), Seconds(2)}, {}};
  Begin();
  cluster->Start();
  cluster->StartFaults();
  cluster->RunFor(Seconds(1), [this] { return SomebodyAgreed(); });
  Host(3).Crash();  // It has not heard of that yet.
  cluster->RunFor(Seconds(30));
  ASSERT_TRUE(cluster->Summarise().empty());
  Host(3).Start();
  cluster->RunFor(Seconds(30));
  EXPECT_TRUE(Led());
  EXPECT_EQ(cluster->view().shard(kShard).leader_host, HostId(4));
  EXPECT_EQ(Voters().size(), 3u);
  ExpectClean();
}

// It has created the shard, and is the only one that knows: no second one is created, and all join.
TEST_F(Supervised, AnEditAfterTheCreationChangesNothing) {
  FailoverSpec edited = Spec();
  edited.config.replace(edited.config.find("i-3: 7"), 6, "i-4: 8");
  spec.edits = {{*ReadReplicaset(edited, edited.config)}, {Seconds(2), Seconds(2)}, {}};
  Begin();
  cluster->Start();
  cluster->StartFaults();
  cluster->RunFor(Seconds(2), [this] { return Led(); });
  Host(3).Crash();
  cluster->RunFor(Seconds(30));
  Host(3).Start();
  cluster->RunFor(Seconds(30));
  EXPECT_TRUE(Led());
  EXPECT_EQ(cluster->view().shard(kShard).leader_host, HostId(3));
  EXPECT_EQ(Voters().size(), 3u);
  ExpectClean();
}

// A crash at each I/O point of the first start, of the one that creates and of one that agrees.
TEST_F(Supervised, ACrashAtAnyIoPointKeepsEveryPromise) {
  for (const uint64_t victim : {1, 3}) {
    for (uint64_t point = 1; point <= 30; ++point) {
      Begin();
      cluster->Start();
      bool crashed = false;
      cluster->RunFor(Seconds(20), [&] {
        if (crashed || Host(victim).disk().io_points() < point) return false;
        crashed = true;
        cluster->world().At(cluster->world().now(), [this, victim] {
          if (!Host(victim).up()) return;
          Host(victim).Crash();
          Host(victim).Start();
        });
        return false;
      });
      EXPECT_TRUE(crashed) << point;
      EXPECT_TRUE(Led()) << "host " << victim << " at I/O point " << point;
      EXPECT_EQ(Voters().size(), 3u) << "host " << victim << " at I/O point " << point;
      ExpectClean();
    }
  }
}

TEST(ReadReplicaset, RefusesWhatIsNotBootstrappedByPriority) {
  FailoverSpec spec = Spec();
  EXPECT_TRUE(ReadReplicaset(spec, spec.config).ok());
  spec.profile = "tarantool-2";
  EXPECT_FALSE(ReadReplicaset(spec, spec.config).ok());
  spec = Spec();
  spec.config.replace(spec.config.find("supervised"), 10, "election");
  EXPECT_FALSE(ReadReplicaset(spec, spec.config).ok());
  spec.config = "groups: {}";
  EXPECT_FALSE(ReadReplicaset(spec, spec.config).ok());
}

}  // namespace
}  // namespace ww::scenarios
