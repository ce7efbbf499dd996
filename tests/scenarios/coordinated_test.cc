// A shard whose leader is appointed, in a cluster, step by step.
#include "scenarios/coordinated.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scenarios/cluster.h"
#include "scenarios/config/failover_file.h"

namespace ww::scenarios {
namespace {

// i-1, i-2, i-3, i-4 on hosts 2 to 5; i-2 is first by priority, then i-3; i-4 is a learner.
FailoverSpec Spec() {
  FailoverSpec spec;
  spec.config = R"(
replication: {failover: supervised}
failover:
  probe_interval: 1
  connect_timeout: 0.25
  call_timeout: 0.25
  lease_interval: 4
  renew_interval: 1
  stateboard: {renew_interval: 0.5, keepalive_interval: 2}
  replicasets: {r: {priority: {i-2: 7, i-3: 5, i-4: 9}, learners: [i-4]}}
groups: {g: {replicasets: {r: {instances: {i-1: {}, i-2: {}, i-3: {}, i-4: {}}}}}}
)";
  return spec;
}

// Which replicas put entries into their logs as leaders.
class Writers final : public EventListener {
 public:
  void On(const checks::EntriesAppended& event) override {
    if (event.created && event.who.shard == kCoordinatedShard) writers.push_back(event.who.replica);
  }
  std::vector<ReplicaId> writers;
};

struct Coordinated : testing::Test {
  Coordinated() {
    const auto config = ReadReplicaset(Spec(), Spec().config);
    CHECK(config.ok());
    spec.seed = 5;
    spec.hosts = 7;  // Coordinators on 6 and 7, metadata on 1 to 3.
    spec.voters = 4;
    spec.engine.election_timeout = Milliseconds(500);
    spec.control = ControlOptions{};
    spec.failover = FailoverOptions{*config, 2, 500};
    ClientOptions client;
    client.interval = Milliseconds(100);
    spec.clients = {client};
  }
  void Begin() {
    cluster = std::make_unique<Cluster>(spec, fibers);
    cluster->observer().AddListener(writers);
    cluster->Start();
    ASSERT_TRUE(cluster->RunUntilLed(Seconds(10)));
    cluster->StartClients();
    cluster->RunFor(Seconds(10));
  }
  sim::Host& Host(uint64_t number) { return cluster->world().host(HostId(number)); }
  // The hosts that took commands while time passed, each once; a leader's first entry is none.
  std::vector<HostId> WritersIn(Duration length) {
    writers.writers.clear();
    cluster->RunFor(length);
    std::vector<HostId> hosts;
    for (const GroupView::ReplicaState& one : cluster->view().shard(kCoordinatedShard).replicas) {
      const auto entries =
          std::count(writers.writers.begin(), writers.writers.end(), one.place.replica);
      if (entries > 1) hosts.push_back(one.place.host);
    }
    return hosts;
  }
  void ExpectClean() {
    const auto& violation = cluster->judge().violation();
    EXPECT_FALSE(violation.has_value()) << violation->property << ": " << violation->message;
  }
  using Hosts = std::vector<HostId>;
  sim::FiberPool fibers;
  ClusterSpec spec;
  Writers writers;
  std::unique_ptr<Cluster> cluster;
};

TEST_F(Coordinated, TheChoiceOfThoseThatLiveWritesAndNobodyElse) {
  Begin();
  EXPECT_EQ(WritersIn(Seconds(10)), Hosts{HostId(3)});
  ExpectClean();
}

TEST_F(Coordinated, TheNextOneIsAppointedAfterACrashAndIsNotDisplaced) {
  Begin();
  Host(3).Crash();
  cluster->RunFor(Seconds(10));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(4)}) << "by priority, and no learner";
  Host(3).Start();
  cluster->RunFor(Seconds(10));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(4)}) << "no failback";
  ExpectClean();
}

TEST_F(Coordinated, WithoutACoordinatorLeasesEndAndNobodyWrites) {
  Begin();
  Host(6).Crash();
  Host(7).Crash();
  cluster->RunFor(Seconds(6));
  EXPECT_EQ(WritersIn(Seconds(10)), Hosts{});
  EXPECT_TRUE(cluster->view().AllLed());
  Host(6).Start();
  cluster->RunFor(Seconds(10));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(3)});
  ExpectClean();
}

TEST_F(Coordinated, AnotherCoordinatorTakesOverAndTheWriterGoesOn) {
  Begin();
  for (const uint64_t host : {6, 7}) {
    Host(host).Crash();
    for (int second = 0; second < 8; ++second) {
      EXPECT_EQ(WritersIn(Seconds(1)), Hosts{HostId(3)}) << "no gap: leases outlive the lock";
    }
    Host(host).Start();
    cluster->RunFor(Seconds(5));
  }
  ExpectClean();
}

// The published case r_all_restart_no_coordinator.
TEST_F(Coordinated, WhenAllRestartWithoutACoordinatorNobodyWrites) {
  Begin();
  for (uint64_t host = 1; host <= 7; ++host) Host(host).Crash();
  for (uint64_t host = 1; host <= 5; ++host) Host(host).Start();
  cluster->RunFor(Seconds(5));
  EXPECT_EQ(WritersIn(Seconds(30)), Hosts{});
  ExpectClean();
}

TEST_F(Coordinated, AnOperatorNamesWhoWritesButForLearners) {
  for (const char* text : {"switch at=12s shard=2 host=2", "switch at=22s shard=2 host=5"}) {
    spec.operations.push_back(*ParseOperatorItem(text));
    spec.operations.back().id = static_cast<uint32_t>(spec.operations.size());
  }
  Begin();
  EXPECT_EQ(WritersIn(Seconds(1)), Hosts{HostId(3)});
  cluster->RunFor(Seconds(5));
  EXPECT_EQ(WritersIn(Seconds(4)), Hosts{HostId(2)}) << "the lowest priority of all";
  cluster->RunFor(Seconds(6));
  EXPECT_EQ(WritersIn(Seconds(10)), Hosts{HostId(2)}) << "a learner may not lead";
  ExpectClean();
}

// i-3 is opened, and i-2 goes on; then i-2 crashes, and nobody is made a writer beside i-3.
TEST_F(Coordinated, BesideOneThatIsOpenByHandLeasesGoOnAndNobodyGetsAFirst) {
  spec.operations.push_back(*ParseOperatorItem("by-hand at=12s shard=2 host=2 lasting=30s"));
  spec.operations.back().id = 1;
  Begin();
  cluster->RunFor(Seconds(5));
  EXPECT_EQ(WritersIn(Seconds(8)), Hosts{HostId(3)});
  Host(3).Crash();
  cluster->RunFor(Seconds(8));
  for (const HostId writer : WritersIn(Seconds(8))) EXPECT_EQ(writer, HostId(2)) << "by hand";
  cluster->RunFor(Seconds(14));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(4)}) << "the hand's time is over";
  ExpectClean();
}

// i-1 is anonymous; the shard does not exist, and i-2 starts late.
struct FromNothing : Coordinated {
  FromNothing() {
    const std::string text = R"(
replication: {failover: supervised, connect_timeout: 1}
failover:
  probe_interval: 1
  connect_timeout: 0.25
  call_timeout: 0.25
  lease_interval: 4
  renew_interval: 1
  stateboard: {renew_interval: 0.5, keepalive_interval: 2}
  replicasets: {r: {priority: {i-1: 9, i-2: 7, i-3: 5}}}
groups: {g: {replicasets: {r: {instances: {
  i-1: {replication: {anon: true}}, i-2: {}, i-3: {}, i-4: {}}}}}}
)";
    const auto config = ReadReplicaset(FailoverSpec{}, text);
    CHECK(config.ok());
    spec.voters = 1;
    spec.failover = FailoverOptions{*config, 2, 500, true};
    spec.chosen_late = {Seconds(6), Seconds(6)};
  }
  void BeginFromNothing() {
    cluster = std::make_unique<Cluster>(spec, fibers);
    cluster->observer().AddListener(writers);
    cluster->Start();
    cluster->StartClients();
  }
};

TEST_F(FromNothing, TheCreatorIsTheFirstWhoIsAppointedAndAnonymousOnesStayWithoutAVote) {
  BeginFromNothing();
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{}) << "nobody is appointed before there is a shard";
  cluster->RunFor(Seconds(10));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(2)});
  Hosts voters = cluster->view().shard(kCoordinatedShard).counting;
  std::sort(voters.begin(), voters.end());
  EXPECT_EQ(voters, (Hosts{HostId(2), HostId(3), HostId(4)}));
  EXPECT_EQ(cluster->view().shard(kCoordinatedShard).applying.size(), 4u);
  EXPECT_TRUE(cluster->view().ControlAtRest());
  ExpectClean();
}

TEST_F(FromNothing, AfterACrashTheNextVoterIsAppointedAndNoAnonymousOne) {
  BeginFromNothing();
  cluster->RunFor(Seconds(20));
  Host(2).Crash();
  cluster->RunFor(Seconds(10));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(3)});
  ExpectClean();
}

TEST_F(FromNothing, AnOperatorCannotSwitchToAnAnonymousInstance) {
  spec.operations.push_back(*ParseOperatorItem("switch at=20s shard=2 host=1"));
  spec.operations.back().id = 1;
  BeginFromNothing();
  cluster->RunFor(Seconds(30));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(2)});
  ExpectClean();
}

// The coordinator hears nothing of an instance, and then nothing of the metadata shard while it
// wants to appoint another one. That is recorded, and nobody tells it: then it hears the first one
// again, which leads on, and renews its lock.
TEST_F(Coordinated, AnAppointmentThatNobodyConfirmedIsLookedUpBeforeTheNextLease) {
  for (const int64_t deaf_at : {2000, 2100, 2400, 2600, 2700}) {
    SCOPED_TRACE(deaf_at);
    Begin();
    sim::Network& network = cluster->world().network();
    network.Cut(HostId(3), HostId(7));
    network.Cut(HostId(7), HostId(3));
    cluster->RunFor(Milliseconds(deaf_at));
    for (const uint64_t board : {1, 2, 3}) network.Cut(HostId(board), HostId(7));
    cluster->RunFor(Milliseconds(deaf_at < 2300 ? 3500 - deaf_at : 4000 - deaf_at));
    network.HealAll();
    cluster->RunFor(Seconds(15));
    EXPECT_EQ(WritersIn(Seconds(5)).size(), 1u);
    ExpectClean();
  }
}

TEST(Coordination, HarmfulIntervalsAreRefused) {
  auto config = ReadReplicaset(Spec(), Spec().config);
  ASSERT_TRUE(config.ok());
  raft::failover::CoordinatorOptions options{kCoordinatedShard, *config,   {}, {}, 0,
                                             Seconds(1),        Seconds(1)};
  EXPECT_TRUE(raft::failover::RefusalsOf(options).empty());
  options.config.timings.stateboard_keepalive.duration = Seconds(4);
  EXPECT_EQ(raft::failover::RefusalsOf(options).size(), 1u) << "the lock outlives leases";
  options.config.timings.renew_interval.duration = Seconds(9);
  EXPECT_EQ(raft::failover::RefusalsOf(options).size(), 2u);
  options.config.mode = raft::failover::Mode::kManual;
  EXPECT_EQ(raft::failover::RefusalsOf(options).size(), 3u);
}

}  // namespace
}  // namespace ww::scenarios
