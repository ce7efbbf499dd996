// What hosts tell of their logs to whoever asks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/raft/cluster.h"
#include "tests/raft/commands.h"

namespace ww::raft {
namespace {

constexpr ShardId kShard{1};
constexpr uint64_t kMany = 1000;

LogQuery Range(uint64_t first, uint64_t end, uint64_t payload_bytes_max = 1 << 20) {
  LogQuery query;
  query.shard = kShard;
  query.first = Index(first);
  query.end = Index(end);
  query.payload_bytes_max = payload_bytes_max;
  return query;
}

// A payload borrows nothing; a command made of it does.
Payload Value(uint64_t number) { return EncodeCommand(Put(std::to_string(number))); }

// Three hosts that have committed an empty entry and four values, from 1 to 4.
struct Written {
  Written() {
    for (uint64_t number = 1; number <= 4; ++number) {
      CHECK(cluster.Execute(kShard, *DecodeCommand(Value(number).view())).has_value());
    }
    CHECK(cluster.RunUntil([&] { return cluster.AllApplied(kShard); }, Seconds(5)));
    first_value = cluster.Summary(HostId(1), kShard)->commit.value - 3;
  }
  Cluster cluster{{}};
  uint64_t first_value = 0;
};

TEST(LogQuery, EveryHostTellsTheSameEntries) {
  Written w;
  for (uint64_t host = 1; host <= 3; ++host) {
    const auto answer = w.cluster.AskLog(HostId(host), Range(w.first_value + 1, kMany));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->outcome, LogAnswerOutcome::kEntries);
    EXPECT_EQ(answer->first, Index(w.first_value + 1));
    EXPECT_EQ(answer->available, Index(1));
    EXPECT_EQ(answer->available_end, Index(w.first_value + 4));
    ASSERT_EQ(answer->entries.size(), 3u);
    for (uint64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(answer->entries[i].payload.view(), Value(i + 2).view());
    }
  }
}

TEST(LogQuery, GivesWhatFitsAndOneEntryAtLeast) {
  Written w;
  const uint64_t bytes = Value(1).size();
  const auto entries = [&](uint64_t payload_bytes_max) {
    return w.cluster.AskLog(HostId(1), Range(w.first_value, kMany, payload_bytes_max))
        ->entries.size();
  };
  EXPECT_EQ(entries(0), 1u);
  EXPECT_EQ(entries(2 * bytes), 2u);
  EXPECT_EQ(entries(3 * bytes - 1), 2u);
  EXPECT_EQ(w.cluster.AskLog(HostId(1), Range(2, 3))->entries.size(), 1u);
}

TEST(LogQuery, SaysWhatThereIsWhenItIsAskedForSomethingElse) {
  Written w;
  const auto beyond = w.cluster.AskLog(HostId(2), Range(w.first_value + 4, kMany));
  EXPECT_EQ(beyond->outcome, LogAnswerOutcome::kOutOfRange);
  EXPECT_EQ(beyond->available, Index(1));
  EXPECT_EQ(beyond->available_end, Index(w.first_value + 4));
  EXPECT_TRUE(beyond->entries.empty());
}

TEST(LogQuery, RefusesRangesThatAreNone) {
  Written w;
  EXPECT_EQ(w.cluster.AskLog(HostId(1), Range(0, 3))->outcome, LogAnswerOutcome::kBadRange);
  EXPECT_EQ(w.cluster.AskLog(HostId(1), Range(3, 3))->outcome, LogAnswerOutcome::kBadRange);
  LogQuery elsewhere = Range(1, 3);
  elsewhere.shard = ShardId(9);
  EXPECT_EQ(w.cluster.AskLog(HostId(1), elsewhere)->outcome, LogAnswerOutcome::kNoReplica);
}

// The leader cut off from the others appends, and commits nothing of it.
TEST(LogQuery, NeverTellsWhatIsNotCommitted) {
  Written w;
  const HostId leader = *w.cluster.Leader(kShard);
  for (uint64_t host = 1; host <= 3; ++host) {
    if (HostId(host) != leader) w.cluster.sim_host(HostId(host)).Crash();
  }
  w.cluster.Send(leader, kShard, *DecodeCommand(Value(5).view()));
  const Index last = w.cluster.Summary(leader, kShard)->last;
  w.cluster.RunFor(Milliseconds(20));
  ASSERT_GT(w.cluster.Summary(leader, kShard)->last, last);
  const auto answer = w.cluster.AskLog(leader, Range(last.value, kMany));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->entries.size(), 1u);
  EXPECT_EQ(answer->available_end, last.next());
}

}  // namespace
}  // namespace ww::raft
