// What listeners are told when the log that all shards of a host share can't be used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/host/events.h"
#include "raft/store/segment.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

constexpr ShardId kShard{1};
constexpr HostId kHost{2};

class Kinds final : public EventListener {
 public:
  void On(const LeaderUpdated&) override {}
  void On(const SystemEvent& event) override {
    kinds.push_back(event.kind);
    if (event.kind == SystemEventKind::kLogUnusable || event.kind == SystemEventKind::kLogFailed) {
      EXPECT_TRUE(event.who.shard.none()) << "the log is of all shards";
    }
  }
  std::vector<SystemEventKind> kinds;
};

class LogEvents : public ::testing::Test {
 protected:
  LogEvents() : cluster_(Options()) {}
  ClusterOptions Options() {
    ClusterOptions options;
    options.shards = 2;
    options.before_run = [this](Env& env, Host& host) {
      if (env.host() == kHost) host.AddListener(listener_);
    };
    return options;
  }
  void Restart() {
    cluster_.sim_host(kHost).Crash();
    listener_.kinds.clear();
    cluster_.Start(kHost);
    cluster_.RunFor(Seconds(1));
  }
  sim::Disk& disk() { return cluster_.sim_host(kHost).disk(); }
  // Every file that a segment of the log may be.
  std::vector<sim::FileNumber> Segments() {
    std::vector<sim::FileNumber> segments;
    for (const auto& [name, file] : disk().Names()) {
      if (SegmentNumber(name).has_value()) segments.push_back(file);
    }
    return segments;
  }
  Kinds listener_;
  Cluster cluster_;
};

TEST_F(LogEvents, TellNothingOfALogThatIsIntact) {
  ASSERT_TRUE(cluster_.Execute(kShard, Put("v")).has_value());
  Restart();
  EXPECT_FALSE(cluster_.ended(kHost).has_value());
  EXPECT_THAT(listener_.kinds, Not(Contains(SystemEventKind::kLogUnusable)));
  EXPECT_THAT(listener_.kinds, Not(Contains(SystemEventKind::kLogFailed)));
}

TEST_F(LogEvents, TellOfSectorsThatCantBeRead) {
  ASSERT_TRUE(cluster_.Execute(kShard, Put("v")).has_value());
  cluster_.RunFor(Seconds(1));
  disk().rules().errors_on = true;
  disk().rules().read_error = Ratio::Always();
  Restart();
  ASSERT_TRUE(cluster_.ended(kHost).has_value());
  EXPECT_THAT(listener_.kinds,
              ElementsAre(SystemEventKind::kLogUnusable, SystemEventKind::kHostStopping));
}

TEST_F(LogEvents, TellOfDamage) {
  ASSERT_TRUE(cluster_.Execute(kShard, Put("v")).has_value());
  cluster_.RunFor(Seconds(1));
  ASSERT_FALSE(Segments().empty());
  cluster_.sim_host(kHost).Crash();
  ASSERT_TRUE(disk().Rot(Segments().front(), 40, 1));
  Restart();
  ASSERT_TRUE(cluster_.ended(kHost).has_value());
  EXPECT_THAT(listener_.kinds,
              ElementsAre(SystemEventKind::kLogUnusable, SystemEventKind::kHostStopping));
}

TEST_F(LogEvents, TellOfAWriteThatFailed) {
  ASSERT_TRUE(cluster_.Execute(kShard, Put("v")).has_value());
  cluster_.RunFor(Seconds(1));
  disk().rules().errors_on = true;
  disk().rules().sync_error = Ratio::Always();
  ASSERT_TRUE(cluster_.Execute(kShard, Put("w")).has_value());
  cluster_.RunFor(Seconds(2));
  ASSERT_TRUE(cluster_.ended(kHost).has_value());
  EXPECT_THAT(listener_.kinds, Contains(SystemEventKind::kLogFailed));
  EXPECT_EQ(listener_.kinds.back(), SystemEventKind::kHostStopping);
}

}  // namespace
}  // namespace ww::raft
