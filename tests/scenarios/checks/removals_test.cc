#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr ShardId kShard = TraceBuilder::kShard;
ReplicaKey Key(uint64_t replica) { return {kShard, ReplicaId(replica)}; }

// Replica 1 leads; the entry at index 2 removes replica 3, is committed, and is applied by `by`.
void Remove3(TraceBuilder& trace, const std::vector<uint64_t>& by) {
  static const std::vector<ReplicaId> voters = {ReplicaId(1), ReplicaId(2)};
  static const std::vector<ReplicaId> removed = {ReplicaId(3)};
  ConfigView config;
  config.voters = voters;
  config.removed = removed;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1});
  trace.judge().On(ConfigAppended{Key(1), Index(2), Term(1), true, config});
  for (const uint64_t follower : {2, 3}) {
    trace.CopyDurably(follower, 2, {1});
    trace.judge().On(ConfigAppended{Key(follower), Index(2), Term(1), false, config});
    trace.Ack(follower, 1, 1, 2);
  }
  trace.Commit(1, 2, 1, {1, 2});
  trace.Follow(2, 2, 1);
  trace.Follow(3, 2, 1);
  for (const uint64_t replica : by) {
    trace.ApplyEmpty(replica, 1, 1);
    trace.ApplyEmpty(replica, 2, 1);
    trace.judge().On(MembershipChanged{Key(replica), Index(2), config});
  }
}

TEST(RemovedStaysRemoved, ReportsAMessageOfAReplicaWhoseRemovalWasApplied) {
  TraceBuilder trace;
  Remove3(trace, {1});
  trace.judge().On(MessageAccepted{Key(1), ReplicaId(3), ReplicaId(1)});
  ExpectReports(trace, "removed-stays-removed", {"replica 1", "message of replica 3"});
}

TEST(RemovedStaysRemoved, ReportsACampaignAfterTheOwnRemovalWasApplied) {
  TraceBuilder trace;
  Remove3(trace, {3});
  trace.Become(3, Role::kPreCandidate, 1);
  ExpectReports(trace, "removed-stays-removed", {"replica 3 campaigns", "own removal"});
}

TEST(RemovedStaysRemoved, AllowsMessagesToThoseWhoHaveNotAppliedTheRemoval) {
  TraceBuilder trace;
  Remove3(trace, {1});
  trace.judge().On(MessageAccepted{Key(2), ReplicaId(3), ReplicaId(2)});
  trace.judge().On(MessageAccepted{Key(1), ReplicaId(2), ReplicaId(1)});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "removed-stays-removed"), 1u);
}

TEST(NoLeak, ReportsARemovedReplicaThatLivesOnAfterHealing) {
  TraceBuilder trace;
  Remove3(trace, {1, 2});
  trace.At(Seconds(100));
  trace.judge().On(PhaseBegan{Phase::kHeal});
  trace.judge().On(TimePassed{});
  trace.At(Seconds(117));
  trace.judge().On(TimePassed{});
  ExpectClean(trace);
  trace.At(Seconds(119));
  trace.judge().On(TimePassed{});
  ExpectReports(trace, "no-leak", {"replica 3", "still lives on host 3"});
}

TEST(NoLeak, AllowsOneThatIsGoneAndOneThatNobodyCanReach) {
  TraceBuilder trace;
  Remove3(trace, {1, 2});
  trace.At(Seconds(100));
  trace.judge().On(PhaseBegan{Phase::kHeal});
  trace.judge().On(TimePassed{});
  trace.judge().On(HostReachable{HostId(3), false});
  trace.At(Seconds(130));
  trace.judge().On(TimePassed{});
  trace.judge().On(HostReachable{HostId(3), true});
  trace.judge().On(ReplicaStopped{Key(3), HostId(3), "removed"});
  trace.At(Seconds(160));
  trace.judge().On(TimePassed{});
  EXPECT_GT(TimesJudged(trace, "no-leak"), 0u);
}

}  // namespace
}  // namespace ww::checks
