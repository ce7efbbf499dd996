// A shard whose writer stands in the configuration, in a cluster, step by step.
#include "scenarios/configured.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "scenarios/cluster.h"
#include "scenarios/config/failover_file.h"

namespace ww::scenarios {
namespace {

// i-1, i-2, i-3 on hosts 1 to 3; what priorities say is nobody's business.
raft::failover::FailoverConfig Read(const std::string& mode, const std::string& first,
                                    const std::string& leader = "") {
  const std::string text = "replication: {failover: \"" + mode +
                           "\"}\nfailover: {replicasets: {r: {priority: {i-1: 9, i-3: -5}}}}\n"
                           "groups: {g: {replicasets: {r: {" +
                           (leader.empty() ? "" : "leader: " + leader + ", ") +
                           "instances: {i-1: {" + first + "}, i-2: {}, i-3: {" +
                           (mode == "off" ? "database: {mode: rw}" : "") + "}}}}}}";
  const auto config = ReadReplicaset(FailoverSpec{}, text);
  CHECK(config.ok(), "{}", std::string(config.status().message()));
  return *config;
}

// Which replicas put entries into their logs as leaders.
class Writers final : public EventListener {
 public:
  void On(const checks::EntriesAppended& event) override {
    if (event.created) writers.push_back(event.who.replica);
  }
  std::vector<ReplicaId> writers;
};

struct Configured : testing::Test {
  Configured() {
    spec.seed = 7;
    spec.engine.election_timeout = Milliseconds(500);
    ClientOptions client;
    client.interval = Milliseconds(100);
    spec.clients = {client};
  }
  void Begin(raft::failover::FailoverConfig config) {
    spec.configured = std::move(config);
    cluster = std::make_unique<Cluster>(spec, fibers);
    cluster->observer().AddListener(writers);
    cluster->Start();
    ASSERT_TRUE(cluster->RunUntilLed(Seconds(10)));
    cluster->StartClients();
    cluster->StartFaults();
    cluster->RunFor(Seconds(5));
  }
  sim::Host& Host(uint64_t number) { return cluster->world().host(HostId(number)); }
  // The hosts that took commands while time passed, each once; a leader's first entry is none.
  std::vector<HostId> WritersIn(Duration length) {
    writers.writers.clear();
    cluster->RunFor(length);
    std::vector<HostId> hosts;
    for (const ReplicaPlace& place : cluster->places()) {
      const auto entries =
          std::count(writers.writers.begin(), writers.writers.end(), place.replica);
      if (entries > 1) hosts.push_back(place.host);
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

TEST_F(Configured, TheConfiguredLeaderWritesAndNobodyStandsInForIt) {
  Begin(Read("manual", "", "i-3"));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(3)});
  Host(3).Crash();
  cluster->RunFor(Seconds(3));
  EXPECT_EQ(WritersIn(Seconds(10)), Hosts{});
  EXPECT_TRUE(cluster->view().AllLed()) << "Raft has elected another one";
  Host(3).Start();
  cluster->RunFor(Seconds(5));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(3)}) << "leadership comes home";
  ExpectClean();
}

TEST_F(Configured, AnOperatorMovesTheLeaderByTheConfiguration) {
  spec.edits.configs = {Read("manual", "", "i-2")};
  spec.edits.every = {Seconds(10), Seconds(10)};
  spec.edits.spread = {Seconds(1), Seconds(1)};
  Begin(Read("manual", "", "i-3"));
  EXPECT_EQ(WritersIn(Seconds(4)), Hosts{HostId(3)});
  cluster->RunFor(Seconds(5));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(2)});
  ExpectClean();
}

TEST_F(Configured, AHostThatWasDownGoesByWhatItIsConfiguredWithWhenItStarts) {
  spec.edits.configs = {Read("manual", "", "i-2")};
  spec.edits.every = {Seconds(10), Seconds(10)};
  Begin(Read("manual", "", "i-3"));
  Host(3).Crash();
  cluster->RunFor(Seconds(8));
  Host(3).Start();
  cluster->RunFor(Seconds(3));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(2)});
  ExpectClean();
}

TEST_F(Configured, AReadOnlyInstanceTakesNoWritesAlsoWhenItLeads) {
  Begin(Read("off", ""));
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{HostId(3)}) << "the only one that is read-write";
  Host(3).Crash();
  cluster->RunFor(Seconds(3));
  EXPECT_TRUE(cluster->view().AllLed());
  EXPECT_EQ(WritersIn(Seconds(5)), Hosts{});
  ExpectClean();
}

TEST_F(Configured, InModeOffAnotherReadWriteInstanceGoesOn) {
  Begin(Read("off", "database: {mode: rw}"));
  for (const uint64_t host : {1, 3}) {
    Host(host).Crash();
    cluster->RunFor(Seconds(4));
    EXPECT_EQ(WritersIn(Seconds(3)), Hosts{HostId(4 - host)});
    Host(host).Start();
    cluster->RunFor(Seconds(3));
  }
  ExpectClean();
}

TEST_F(Configured, InModeElectionWhoeverIsElectedWritesAndKeepsTheLeadership) {
  Begin(Read("election", ""));
  const Hosts first = WritersIn(Seconds(5));
  ASSERT_EQ(first.size(), 1u);
  Host(first[0].value).Crash();
  cluster->RunFor(Seconds(4));
  const Hosts second = WritersIn(Seconds(3));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(second, first);
  Host(first[0].value).Start();
  EXPECT_EQ(WritersIn(Seconds(10)), second);
  ExpectClean();
}

// What a scenario may not ask for, and what the message names.
TEST(ConfiguredReplicasets, WhatCannotRunIsRefused) {
  const auto refusal = [](const std::string& text) {
    const auto config = ReadReplicaset(FailoverSpec{}, text);
    return config.ok() ? "" : std::string(config.status().message());
  };
  const std::string set = "groups: {g: {replicasets: {r: {instances: {a: {}, b: {";
  const std::string end = "}}}}}}";
  EXPECT_EQ(refusal("replication: {failover: election}\n" + set + end), "");
  EXPECT_EQ(refusal(set + end),
            "found failover off, and no instance is read-write: nobody could ever write");
  EXPECT_EQ(refusal("replication: {failover: manual}\n" + set + end),
            "found failover manual, and no instance is the leader: nobody could ever write");
  EXPECT_EQ(
      refusal("replication: {failover: election}\n" + set + "replication: {anon: true}" + end),
      "found 'b', which is anonymous, with failover election, expected voters alone");
  EXPECT_EQ(refusal("replication: {failover: election}\n" + set + "isolated: true" + end),
            "found 'b', which is isolated, with failover election, expected voters alone");
  EXPECT_EQ(refusal("replication: {failover: election}\n" + set +
                    "replication: {election_mode: voter}" + end),
            "found 'b' with another election_mode, expected candidates alone");
}

}  // namespace
}  // namespace ww::scenarios
