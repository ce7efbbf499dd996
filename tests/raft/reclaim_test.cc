// Old segments of a log that nothing lets go yet.
#include <gtest/gtest.h>

#include <string>

#include "sim/base/context.h"
#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

constexpr ShardId kShard(1);

uint64_t VisitsOf(const RunContext& run, std::string_view site) {
  for (const auto& [name, visits] : run.Reached()) {
    if (name == site) return visits;
  }
  return 0;
}

size_t SegmentsOn(Cluster& cluster, HostId host) {
  size_t segments = 0;
  for (const auto& [name, file] : cluster.sim_host(host).disk().Names()) {
    segments += name.starts_with("wal-") ? 1 : 0;
  }
  return segments;
}

void Fill(Cluster& cluster, int commands) {
  const std::string value(100, 'v');
  for (int i = 0; i < commands; ++i) {
    ASSERT_TRUE(cluster.Execute(kShard, Put("k", value)).has_value());
  }
}

TEST(Reclaiming, ReadsASegmentThatHasToStayOnce) {
  RunContext run("reclaim");
  const RunContext::Scope scope(run);
  ClusterOptions options;
  options.config.limits.log_segment_bytes = 2000;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  Fill(cluster, 200);
  EXPECT_GE(SegmentsOn(cluster, HostId(1)), 10u);
  EXPECT_EQ(VisitsOf(run, "log.segment_pinned"), 3u) << "once on each host";
  EXPECT_EQ(VisitsOf(run, "log.segment_removed"), 0u);
}

TEST(Reclaiming, GoesOnOnceASnapshotLetsSegmentsGo) {
  ClusterOptions options;
  options.config.limits.log_segment_bytes = 2000;
  options.config.snapshots.compaction_overhead = 0;
  Cluster cluster(options);
  ASSERT_TRUE(cluster.WaitForLeader(kShard));
  Fill(cluster, 200);
  for (uint64_t host = 1; host <= 3; ++host) {
    ASSERT_GE(SegmentsOn(cluster, HostId(host)), 10u);
    const auto taken = cluster.Ask(HostId(host), kShard, TakeSnapshot{ReplicaId(10 + host)});
    ASSERT_TRUE(taken.has_value());
    ASSERT_EQ(taken->outcome, AdminOutcome::kDone);
  }
  Fill(cluster, 40);
  cluster.RunFor(Seconds(1));
  for (uint64_t host = 1; host <= 3; ++host) EXPECT_LE(SegmentsOn(cluster, HostId(host)), 8u);
}

}  // namespace
}  // namespace ww::raft
