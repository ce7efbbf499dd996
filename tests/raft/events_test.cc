#include "raft/host/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/raft/cluster.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;

// Writes down what it is told, and takes a while for each event.
class Notebook final : public EventListener {
 public:
  explicit Notebook(Env* env = nullptr, Duration pause = {}) : env_(env), pause_(pause) {}
  void On(const LeaderUpdated& event) override {
    leaders.push_back(event);
    Write(fmt::format("leader {}/{} {} t{} +{}", event.who.shard, event.who.replica, event.leader,
                      event.term, event.skipped));
  }
  void On(const SystemEvent& event) override {
    Write(fmt::format("{} {}/{} h{} +{}", NameOf(event.kind), event.who.shard, event.who.replica,
                      event.host, event.skipped));
  }
  std::vector<std::string> lines;
  std::vector<LeaderUpdated> leaders;

 private:
  void Write(std::string line) {
    lines.push_back(std::move(line));
    if (pause_.ns > 0) env_->tasks().SleepFor(pause_);
  }
  Env* env_;
  Duration pause_;
};

// --- Queues alone ---

// Runs `body` as the main of a host, over a bound of two waiting events.
void WithEvents(const std::function<void(Env&, Events&)>& body) {
  Schema schema;
  sim::AddWorldKinds(schema);
  sim::FiberPool fibers;
  sim::World world(1, sim::World::Parts{schema, fibers});
  Agreement agreement;
  RecordingObserver observer(HostId(1), agreement);
  bool ended = false;
  world.AddHost({.name = "h", .engine = true}, {}).SetMain([&](sim::Process& process) {
    bind::SimEnv env(process, observer, {});
    Events events(env, 2);
    body(env, events);
    ended = true;
  });
  world.host(HostId(1)).Start();
  world.RunUntil(TrueTime{} + Seconds(100));
  EXPECT_TRUE(ended);
}

LeaderUpdated Leads(uint64_t shard, uint64_t term, uint64_t leader) {
  return {{ShardId(shard), ReplicaId(1)}, Term(term), ReplicaId(leader)};
}

SystemEvent Ready(uint64_t shard) {
  return {SystemEventKind::kReplicaReady, {ShardId(shard), ReplicaId(1)}};
}

TEST(Events, ReachEveryListenerOnceAndInOrder) {
  Notebook first;
  Notebook second;
  WithEvents([&](Env& env, Events& events) {
    events.AddListener(first);
    events.AddListener(second);
    events.Publish(Ready(7));
    env.tasks().SleepFor(Seconds(1));
    events.Publish(Leads(7, 1, 2));
    events.Publish(Leads(7, 2, 0));
    events.Finish();
  });
  EXPECT_THAT(first.lines,
              ElementsAre("replica-ready 7/1 h0 +0", "leader 7/1 2 t1 +0", "leader 7/1 0 t2 +0"));
  EXPECT_EQ(second.lines, first.lines);
}

TEST(Events, ALaggardIsToldAReplicasNewestLeaderAndHowManyChangesItStandsFor) {
  Notebook prompt;
  std::vector<std::string> slow_lines;
  WithEvents([&](Env& env, Events& events) {
    Notebook slow(&env, Seconds(10));
    events.AddListener(prompt);
    events.AddListener(slow);
    for (uint64_t term = 1; term <= 5; ++term) {
      events.Publish(Leads(7, term, 2));
      if (term == 3) events.Publish(Leads(8, 1, 3));
      env.tasks().SleepFor(Milliseconds(1));
    }
    events.Finish();
    slow_lines = slow.lines;
  });
  EXPECT_EQ(prompt.lines.size(), 6u);
  // The first was being told; then two waited, and the rest had no room.
  EXPECT_THAT(slow_lines,
              ElementsAre("leader 7/1 2 t1 +0", "leader 8/1 3 t1 +0", "leader 7/1 2 t5 +3"));
}

TEST(Events, SystemEventsBeyondTheBoundAreCountedByTheNext) {
  std::vector<std::string> lines;
  WithEvents([&](Env& env, Events& events) {
    Notebook slow(&env, Seconds(10));
    events.AddListener(slow);
    events.Publish(Ready(1));
    env.tasks().SleepFor(Milliseconds(1));
    for (uint64_t shard = 2; shard <= 6; ++shard) events.Publish(Ready(shard));
    events.Publish(SystemEvent{SystemEventKind::kHostStopping});
    events.Finish();
    lines = slow.lines;
  });
  EXPECT_THAT(lines, ElementsAre("replica-ready 1/1 h0 +0", "replica-ready 2/1 h0 +0",
                                 "replica-ready 3/1 h0 +0", "host-stopping 0/0 h0 +3"));
}

TEST(Events, FinishWaitsForTheSlowestListener) {
  WithEvents([](Env& env, Events& events) {
    Notebook slow(&env, Seconds(10));
    events.AddListener(slow);
    events.Publish(Ready(1));
    events.Publish(Ready(2));
    const LocalTime before = env.clock().Now();
    events.Finish();
    EXPECT_EQ(slow.lines.size(), 2u);
    EXPECT_GE(env.clock().Now() - before, Seconds(20));
  });
}

// --- Of a whole host ---

TEST(HostEvents, TellEachChangeOfLeaderAndStallNothing) {
  std::map<uint64_t, std::vector<std::unique_ptr<Notebook>>> books;  // By host.
  ClusterOptions options;
  options.before_run = [&books](Env& env, Host& host) {
    auto& mine = books[env.host().value];
    mine.push_back(std::make_unique<Notebook>());
    host.AddListener(*mine.back());
    mine.push_back(std::make_unique<Notebook>(&env, Seconds(3600)));
    host.AddListener(*mine.back());
  };
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(ShardId(1)));
  const HostId first = *cluster.Leader(ShardId(1));
  cluster.sim_host(first).Crash();
  cluster.RunFor(Seconds(5));
  ASSERT_TRUE(cluster.WaitForLeader(ShardId(1)));
  const HostId second = *cluster.Leader(ShardId(1));
  ASSERT_NE(first, second);
  const Notebook& prompt = *books[second.value][0];
  ASSERT_FALSE(prompt.leaders.empty());
  EXPECT_EQ(prompt.lines.front(), fmt::format("replica-ready 1/{} h0 +0", 10 + second.value));
  const auto heard = [&](HostId leader) {
    return std::count_if(prompt.leaders.begin(), prompt.leaders.end(), [&](const auto& event) {
      return event.leader == ReplicaId(10 + leader.value);
    });
  };
  EXPECT_EQ(heard(first), 1);
  EXPECT_EQ(heard(second), 1);
  EXPECT_EQ(prompt.leaders.back().leader, ReplicaId(10 + second.value));
  // The other listener still is at its first event.
  EXPECT_EQ(books[second.value][1]->lines.size(), 1u);
}

TEST(HostEvents, TellThatALeaderLostItsQuorum) {
  std::map<uint64_t, Notebook> books;
  ClusterOptions options;
  options.before_run = [&books](Env& env, Host& host) {
    host.AddListener(books[env.host().value]);
  };
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(ShardId(1)));
  const HostId leader = *cluster.Leader(ShardId(1));
  for (uint64_t host = 1; host <= 3; ++host) {
    if (HostId(host) != leader) cluster.sim_host(HostId(host)).Crash();
  }
  cluster.RunFor(Seconds(5));
  const std::string wanted = fmt::format("quorum-lost 1/{} h0 +0", 10 + leader.value);
  EXPECT_THAT(books[leader.value].lines, testing::Contains(wanted).Times(1));
}

TEST(HostEvents, TellOfSilentPeersAndTheirReturnWhereShardsRest) {
  std::map<uint64_t, Notebook> books;
  ClusterOptions options;
  options.config.quiet_after = Seconds(1);
  options.before_run = [&books](Env& env, Host& host) {
    host.AddListener(books[env.host().value]);
  };
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(ShardId(1)));
  cluster.sim_host(HostId(3)).Crash();
  cluster.RunFor(Seconds(5));
  cluster.Start(HostId(3));
  cluster.RunFor(Seconds(5));
  std::vector<std::string> of_third;
  for (const std::string& line : books[1].lines) {
    if (line.find(" h3 ") != std::string::npos) of_third.push_back(line);
  }
  EXPECT_THAT(of_third,
              ElementsAre("connection-established 0/0 h3 +0", "connection-failed 0/0 h3 +0",
                          "connection-established 0/0 h3 +0"));
}

TEST(HostEvents, TellThatAReplicaIsUnloadedAndReadyAgain) {
  std::map<uint64_t, Notebook> books;
  ClusterOptions options;
  options.before_run = [&books](Env& env, Host& host) {
    host.AddListener(books[env.host().value]);
  };
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(ShardId(1)));
  ASSERT_TRUE(cluster.Ask(HostId(2), ShardId(1), StopReplica{ReplicaId(12)}).has_value());
  StartReplica start;
  start.replica = ReplicaId(12);
  ASSERT_TRUE(cluster.Ask(HostId(2), ShardId(1), start).has_value());
  std::vector<std::string> lives;
  for (const std::string& line : books[2].lines) {
    if (line.rfind("replica-", 0) == 0) lives.push_back(line);
  }
  EXPECT_THAT(lives, ElementsAre("replica-ready 1/12 h0 +0", "replica-unloaded 1/12 h0 +0",
                                 "replica-ready 1/12 h0 +0"));
}

}  // namespace
}  // namespace ww::raft
