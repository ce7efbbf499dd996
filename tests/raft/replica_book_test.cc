#include "raft/host/replica_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ww::raft {
namespace {

using testing::SizeIs;

constexpr ShardId kShard{4};
constexpr HostId kHost{2};
const ReplicaIdentity kWho{kShard, ReplicaId(21)};

Bootstrap Initial() {
  Bootstrap bootstrap;
  bootstrap.members.voters = {{ReplicaId(20), HostId(1)}, {ReplicaId(21), kHost}};
  return bootstrap;
}
Bootstrap Joined() { return Bootstrap{true, MemberRole::kNonVoting, {}}; }

TEST(ReplicaBook, BootstrapsSurviveTheirRecord) {
  Bootstrap bound = Initial();
  bound.homes = {{ReplicaId(20), DiskId(1)}, {ReplicaId(21), DiskId(UINT64_MAX)}};
  bound.founded = false;
  Bootstrap told = Joined();
  told.ask = {HostId(1), HostId(4)};
  for (const Bootstrap& bootstrap : {Initial(), Joined(), bound, told}) {
    const std::optional<Bootstrap> back = BootstrapOf(RecordOf(bootstrap));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, bootstrap);
  }
}

TEST(ReplicaBook, RecordsThatAreNotOursAreNoBootstraps) {
  BootstrapRecord record = RecordOf(Initial());
  record.role = 9;
  EXPECT_FALSE(BootstrapOf(record).has_value());
  record = RecordOf(Initial());
  record.joins = true;
  EXPECT_FALSE(BootstrapOf(record).has_value());
  record = RecordOf(Initial());
  record.details = Payload::Join({record.details.view(), "x"});
  EXPECT_FALSE(BootstrapOf(record).has_value());
  record.details = Payload();
  EXPECT_FALSE(BootstrapOf(record).has_value());
}

TEST(ReplicaBook, BootstrapsOfListsOutOfOrderAreRefused) {
  Bootstrap bound = Initial();
  bound.homes = {{ReplicaId(21), DiskId(1)}, {ReplicaId(20), DiskId(2)}};
  EXPECT_FALSE(BootstrapOf(RecordOf(bound)).has_value());
  bound.homes = {{ReplicaId(20), DiskId()}};
  EXPECT_FALSE(BootstrapOf(RecordOf(bound)).has_value());
  Bootstrap told = Joined();
  told.ask = {HostId(4), HostId(4)};
  EXPECT_FALSE(BootstrapOf(RecordOf(told)).has_value());
}

TEST(ReplicaBook, OnlyWhoJoinsIsToldWhomToAsk) {
  const ReplicaBook book;
  const auto reason = [&](const StartReplica& start) {
    return book.JudgeStart(kShard, kHost, start).reason;
  };
  const ReplicaId id(21);
  EXPECT_EQ(reason({id, true, {}, {}, {HostId(1), HostId(2)}}), AdminReason::kNone);
  EXPECT_EQ(reason({id, true, {}, {}, {HostId(2), HostId(1)}}), AdminReason::kBadMembers);
  EXPECT_EQ(reason({id, true, {}, {}, {HostId()}}), AdminReason::kBadMembers);
  EXPECT_EQ(reason({id, true, {}, {}, std::vector<HostId>(kAskMax + 1, HostId(1))}),
            AdminReason::kBadMembers);
  EXPECT_EQ(reason({id, false, {}, Initial().members.voters, {HostId(1)}}),
            AdminReason::kBadMembers);
}

TEST(ReplicaBook, AFenceClosesThePageForEverAndNeedsNone) {
  ReplicaBook book;
  book.Add(kWho, Initial()).parked.emplace();
  book.Fence(kWho);
  book.Fence({kShard, ReplicaId(5)});
  EXPECT_FALSE(book.Find(kWho)->parked.has_value());
  for (const ReplicaId id : {ReplicaId(21), ReplicaId(5)}) {
    for (const StartReplica& start :
         {StartReplica{id, false, {}, {}}, StartReplica{id, true, {}, {}},
          StartReplica{id, false, {}, Initial().members.voters}}) {
      EXPECT_EQ(book.JudgeStart(kShard, kHost, start).reason, AdminReason::kTombstoned);
    }
  }
  EXPECT_THAT(book.Of(kShard), SizeIs(2));
}

TEST(ReplicaBook, JudgesEveryCombinationOfRecordAndRequest) {
  const std::vector<Member> members = Initial().members.voters;
  const std::vector<Member> others = {{ReplicaId(21), kHost}};
  const StartReplica given{ReplicaId(21), false, {}, members};
  const StartReplica differ{ReplicaId(21), false, {}, others};
  const StartReplica join{ReplicaId(21), true, {}, {}};
  const StartReplica again{ReplicaId(21), false, {}, {}};
  const StartReplica both{ReplicaId(21), true, {}, members};
  struct Row {
    std::optional<Bootstrap> recorded;
    StartReplica start;
    AdminReason reason;
  };
  const std::vector<Row> rows = {
      {std::nullopt, given, AdminReason::kNone},
      {std::nullopt, differ, AdminReason::kNone},
      {std::nullopt, join, AdminReason::kNone},
      {std::nullopt, again, AdminReason::kNoMembers},
      {std::nullopt, both, AdminReason::kJoinWithMembers},
      {Initial(), given, AdminReason::kNone},
      {Initial(), differ, AdminReason::kMembersDiffer},
      {Initial(), join, AdminReason::kJoinDiffers},
      {Initial(), again, AdminReason::kNone},
      {Initial(), both, AdminReason::kJoinWithMembers},
      {Joined(), given, AdminReason::kJoinDiffers},
      {Joined(), differ, AdminReason::kJoinDiffers},
      {Joined(), join, AdminReason::kNone},
      {Joined(), again, AdminReason::kNone},
      {Joined(), both, AdminReason::kJoinWithMembers},
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    ReplicaBook book;
    if (rows[i].recorded.has_value()) book.Add(kWho, *rows[i].recorded);
    const StartRefusal refusal = book.JudgeStart(kShard, kHost, rows[i].start);
    EXPECT_EQ(refusal.reason, rows[i].reason) << i << ": " << NameOf(refusal.reason);
    EXPECT_EQ(refusal.text.empty(), rows[i].reason == AdminReason::kNone) << i;
  }
}

TEST(ReplicaBook, OneReplicaOfAShardAtATimeHasData) {
  ReplicaBook book;
  book.Add(kWho, Initial());
  const StartReplica other{ReplicaId(30), true, {}, {}};
  EXPECT_EQ(book.JudgeStart(kShard, kHost, other).reason, AdminReason::kOtherRecorded);
  EXPECT_EQ(book.JudgeStart(ShardId(5), kHost, other).reason, AdminReason::kNone);
  book.Fence(kWho);
  EXPECT_EQ(book.JudgeStart(kShard, kHost, other).reason, AdminReason::kNone);
}

}  // namespace
}  // namespace ww::raft
