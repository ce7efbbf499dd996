// migration-no-orphan and migration-data-kept.
#include "scenarios/checks/bounds.h"
#include "tests/scenarios/checks/control_trace.h"

namespace ww::checks {
namespace {

// What is wrong when faults stop is noticed a second later; a trace's election timeout is a second.
constexpr Duration kSince = Seconds(1);
constexpr Duration kBound = Seconds(kOrphanBound);

TEST(NoOrphan, AllowsAShardAfterItsMigration) {
  ControlTrace trace;
  trace.UntilDone();
  trace.HealUntil(Seconds(90));
  ExpectClean(trace.trace());
  EXPECT_GT(TimesJudged(trace.trace(), "migration-no-orphan"), 0u);
}

TEST(NoOrphan, ReportsANonVotingMemberWithoutAMigration) {
  ControlTrace trace;
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.Create(4);
  trace.HealUntil(kSince + kBound);
  ExpectClean(trace.trace());
  trace.Pass(kSince + kBound + Seconds(1));
  ExpectReports(trace.trace(), "migration-no-orphan",
                {"shard 1 replica 4", "non-voting member without a migration"});
}

TEST(NoOrphan, ReportsAMemberThatWasNeverCreated) {
  ControlTrace trace;
  trace.Hear({2, 3});
  trace.Change({{1, 2, 3}, {4}});
  trace.HealUntil(Seconds(40));
  ExpectReports(trace.trace(), "migration-no-orphan", {"replica 4", "never created"});
}

TEST(NoOrphan, ReportsAMemberThatDoesNotRun) {
  ControlTrace trace;
  trace.Stop(3);
  trace.HealUntil(Seconds(40));
  ExpectReports(trace.trace(), "migration-no-orphan", {"replica 3", "does not run"});
}

TEST(NoOrphan, ReportsAStrangerThatRuns) {
  ControlTrace trace;
  trace.Create(4);
  trace.HealUntil(Seconds(40));
  ExpectReports(trace.trace(), "migration-no-orphan", {"replica 4", "runs and is no member"});
}

TEST(NoOrphan, AllowsWhatHasATimeToBeFoundIn) {
  ControlTrace trace;
  trace.Create(4);
  trace.HealUntil(kSince + kBound - Seconds(1));
  trace.Stop(4);
  trace.Pass(Seconds(40));
  trace.Pass(Seconds(80));
  ExpectClean(trace.trace());
}

TEST(NoOrphan, AllowsAMemberOfAHostThatIsAway) {
  ControlTrace trace;
  trace.trace().Crash(3);
  trace.HealUntil(Seconds(80));
  ExpectClean(trace.trace());
}

TEST(DataKept, ReportsAMemberThatIsDestroyed) {
  ControlTrace trace;
  trace.UntilPromoted();
  trace.Stop(3);
  trace.Destroy(3);
  ExpectReports(trace.trace(), "migration-data-kept", {"replica 3 is destroyed", "a member"});
}

TEST(DataKept, ReportsAVoterThatMissesWhatWasAcknowledged) {
  ControlTrace trace;
  trace.trace().Invoke(1, Put(0, 0, "k", "v"));
  trace.Append();
  TraceBuilder::Applied applied{1, Put(0, 0, "k", "v"), "", 5};
  for (const uint64_t replica : {1, 2}) {
    trace.trace().ApplyEmpty(replica, 1, 1);
    trace.trace().Follow(replica == 1 ? 3 : 2, 2, 1);
    trace.trace().Apply(replica, 2, applied);
  }
  trace.trace().Return(1, Outcome::kCompleted, 2);
  trace.judge().Finish();
  ExpectReports(trace.trace(), "migration-data-kept", {"voter 3 has applied up to 0"});
}

}  // namespace
}  // namespace ww::checks
