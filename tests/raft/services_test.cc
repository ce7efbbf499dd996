// What lives beside the engine, and which controllers a host heeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "raft/host/service.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using ::testing::SizeIs;

constexpr ShardId kShard(1);

// Asks its own host and another one, and keeps what comes back.
class Asker final : public Service {
 public:
  struct Answer {
    HostId from;
    uint64_t request = 0;
    AdminOutcome outcome = AdminOutcome::kUnknown;
  };

  explicit Asker(std::vector<HostId> hosts) : hosts_(std::move(hosts)) {}

  void Start(ServicePort& port) override {
    port_ = &port;
    for (const HostId host : hosts_) AskHost(host);
  }
  void On(HostId from, const WireMessage& message) override {
    if (message.kind() != kAdminReplyKind) return;
    const auto& reply = static_cast<const AdminReply&>(message);
    answers.push_back({from, reply.request, reply.outcome});
  }
  void Stop() override { ++stops; }

  void AskHost(HostId host) {
    auto request = std::make_unique<AdminRequest>();
    request->request = ++asked;
    request->action = DescribeHost{};
    port_->Send(host, std::move(request));
  }

  uint64_t asked = 0;
  uint64_t stops = 0;
  std::vector<Answer> answers;

 private:
  std::vector<HostId> hosts_;
  ServicePort* port_ = nullptr;
};

TEST(Services, AskTheirOwnHostAndOthers) {
  Asker asker({HostId(1), HostId(2)});
  ClusterOptions options;
  options.benign = true;
  options.before_run = [&asker](Env& env, Host& host) {
    if (env.host() == HostId(1)) host.AddService(asker);
  };
  Cluster cluster(options);
  cluster.RunFor(Seconds(1));
  ASSERT_THAT(asker.answers, SizeIs(2));
  EXPECT_EQ(asker.answers[0].from, HostId(1));  // It needs no network.
  EXPECT_EQ(asker.answers[1].from, HostId(2));
  for (const Asker::Answer& answer : asker.answers) EXPECT_EQ(answer.outcome, AdminOutcome::kDone);
  EXPECT_EQ(asker.stops, 0u);
}

TEST(Services, ProposeThroughTheirOwnHost) {
  class Proposer final : public Service {
   public:
    void Start(ServicePort& port) override { port_ = &port; }
    void On(HostId, const WireMessage& message) override {
      if (message.kind() != kClientReplyKind) return;
      outcome = static_cast<const ClientReply&>(message).outcome;
    }
    void Stop() override {}
    void Put() {
      auto request = std::make_unique<ClientRequest>();
      request->request = 1;
      request->shard = kShard;
      Command command;
      command.operation = Operation::kPut;
      command.key = "k";
      command.value = "v";
      request->command = EncodeCommand(command);
      port_->Send(port_->env().host(), std::move(request));
    }
    std::optional<Outcome> outcome;

   private:
    ServicePort* port_ = nullptr;
  };
  Proposer proposer;
  ClusterOptions options;
  options.hosts = 1;
  options.before_run = [&proposer](Env&, Host& host) { host.AddService(proposer); };
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  cluster.RunFor(Seconds(1));
  proposer.Put();
  ASSERT_TRUE(cluster.RunUntil([&] { return proposer.outcome.has_value(); }, Seconds(1)));
  EXPECT_EQ(*proposer.outcome, Outcome::kCompleted);
}

TEST(Services, AreStoppedWhenTheLogFails) {
  Asker asker({HostId(1)});
  ClusterOptions options;
  options.hosts = 1;
  options.before_run = [&asker](Env&, Host& host) { host.AddService(asker); };
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  cluster.sim_host(HostId(1)).disk().rules().errors_on = true;
  cluster.sim_host(HostId(1)).disk().rules().sync_error = Ratio::Always();
  cluster.Send(HostId(1), kShard, Put("k", "v"));
  ASSERT_TRUE(cluster.RunUntil([&] { return cluster.ended(HostId(1)).has_value(); }, Seconds(5)));
  EXPECT_EQ(asker.stops, 1u);
}

// --- Fencing ---

std::optional<AdminReply> AskIn(Cluster& cluster, uint64_t term, const AdminAction& action) {
  return cluster.Ask(HostId(1), kShard, action, ControllerStamp{Term(term), 1});
}

TEST(Fencing, AControllerOfAnEarlierTermIsRefused) {
  Cluster cluster({});
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  EXPECT_EQ(AskIn(cluster, 5, Describe{})->outcome, AdminOutcome::kDone);
  EXPECT_EQ(AskIn(cluster, 5, Describe{})->outcome, AdminOutcome::kDone);
  const std::optional<AdminReply> stale = AskIn(cluster, 4, StopReplica{ReplicaId(11)});
  ASSERT_TRUE(stale.has_value());
  EXPECT_EQ(stale->outcome, AdminOutcome::kRefused);
  EXPECT_EQ(stale->reason, AdminReason::kStaleController);
  EXPECT_TRUE(cluster.Summary(HostId(1), kShard).has_value());
  // Another host has not heard of it, and who is not fenced is not refused.
  EXPECT_EQ(cluster.Ask(HostId(2), kShard, Describe{}, ControllerStamp{Term(4), 1})->outcome,
            AdminOutcome::kDone);
  EXPECT_EQ(cluster.Ask(HostId(1), kShard, Describe{})->outcome, AdminOutcome::kDone);
  EXPECT_THAT(cluster.observer(HostId(1)).commands, SizeIs(3));
}

TEST(Fencing, OutlivesTheProcess) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ClusterOptions options;
    options.seed = seed;
    Cluster cluster(options);
    ASSERT_TRUE(cluster.WaitForLeader(kShard));
    EXPECT_EQ(AskIn(cluster, 5, Describe{})->outcome, AdminOutcome::kDone);
    cluster.RunFor(Seconds(1));
    cluster.sim_host(HostId(1)).Crash();
    cluster.Start(HostId(1));
    cluster.RunFor(Seconds(1));
    EXPECT_EQ(AskIn(cluster, 4, Describe{})->reason, AdminReason::kStaleController) << seed;
    EXPECT_EQ(AskIn(cluster, 6, Describe{})->outcome, AdminOutcome::kDone) << seed;
  }
}

TEST(Fencing, OutlivesTheSegmentThatItWasWrittenIn) {
  ClusterOptions options;
  options.config.limits.log_segment_bytes = 4096;
  options.config.snapshots.every_entries = 20;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  EXPECT_EQ(AskIn(cluster, 5, Describe{})->outcome, AdminOutcome::kDone);
  const std::string value(200, 'v');
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(cluster.Execute(kShard, Put("k", value)).has_value());
  cluster.sim_host(HostId(1)).Crash();
  cluster.Start(HostId(1));
  cluster.RunFor(Seconds(1));
  EXPECT_EQ(AskIn(cluster, 4, Describe{})->reason, AdminReason::kStaleController);
}

TEST(DescribeHost, NamesWhatLivesThere) {
  ClusterOptions options;
  options.shards = 3;
  Cluster cluster(options);
  for (uint64_t shard = 1; shard <= 3; ++shard) ASSERT_TRUE(cluster.WaitForLeader(ShardId(shard)));
  uint64_t leaders = 0;
  for (uint64_t host = 1; host <= 3; ++host) {
    const std::optional<AdminReply> reply = cluster.Ask(HostId(host), ShardId(), DescribeHost{});
    ASSERT_TRUE(reply.has_value() && reply->host.has_value());
    ASSERT_THAT(reply->host->replicas, SizeIs(3));
    for (const HostedReplica& hosted : reply->host->replicas) {
      EXPECT_EQ(hosted.replica, ReplicaId(10 * hosted.shard.value + host));
      leaders += hosted.leads ? 1 : 0;
    }
  }
  EXPECT_EQ(leaders, 3u);
}

}  // namespace
}  // namespace ww::raft
