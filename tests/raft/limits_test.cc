// What a host refuses because a bound is reached, and that nothing it accepted is lost.
#include <gtest/gtest.h>

#include <map>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

constexpr ShardId kShard{1};

TEST(Limits, ACommandBeyondThePayloadBoundIsRejectedAndNeverApplied) {
  ClusterOptions options;
  options.config.limits.payload_bytes_max = 64;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  const std::string largest(64 - EncodeCommand(Append("")).size(), 'x');
  const std::optional<ClientReply> refused = cluster.Execute(kShard, Append(largest + "y"));
  const std::optional<ClientReply> taken = cluster.Execute(kShard, Append(largest));
  ASSERT_TRUE(refused.has_value() && taken.has_value());
  EXPECT_EQ(refused->outcome, Outcome::kRejected);
  EXPECT_EQ(taken->outcome, Outcome::kCompleted);
  EXPECT_EQ(taken->response, fmt::format("{}", largest.size()));
}

TEST(Limits, CommandsBeyondTheLogBoundAreToldBusyAndWhatWasAcceptedApplies) {
  ClusterOptions options;
  options.config.limits.payload_bytes_max = 100;
  options.config.limits.log_bytes_max = 200;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  cluster.RunFor(Seconds(1));
  const HostId leader = *cluster.Leader(kShard);
  for (int round = 0; round < 3; ++round) {
    std::vector<uint64_t> requests;
    for (int i = 0; i < 10; ++i) {
      requests.push_back(cluster.Send(leader, kShard, Append(std::string(50, 'x'))));
    }
    cluster.RunFor(Seconds(1));
    std::map<Outcome, int> outcomes;
    for (const uint64_t request : requests) {
      ASSERT_NE(cluster.ReplyTo(request), nullptr);
      ++outcomes[cluster.ReplyTo(request)->outcome];
    }
    EXPECT_GE(outcomes[Outcome::kCompleted], 2) << "in round " << round;
    EXPECT_GE(outcomes[Outcome::kBusy], 1) << "in round " << round;
    EXPECT_EQ(outcomes[Outcome::kCompleted] + outcomes[Outcome::kBusy], 10);
  }
}

TEST(Limits, ANewLeaderCountsWhatItTookOver) {
  ClusterOptions options;
  options.config.limits.payload_bytes_max = 100;
  options.config.limits.log_bytes_max = 200;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  ASSERT_EQ(cluster.Execute(kShard, Append(std::string(50, 'x')))->outcome, Outcome::kCompleted);
  cluster.sim_host(*cluster.Leader(kShard)).Crash();
  for (int i = 0; i < 5; ++i) {
    const std::optional<ClientReply> reply = cluster.Execute(kShard, Append(std::string(50, 'x')));
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->outcome, Outcome::kCompleted);
  }
}

}  // namespace
}  // namespace ww::raft
