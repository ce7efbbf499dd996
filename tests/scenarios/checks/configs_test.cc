#include <gtest/gtest.h>

#include "tests/scenarios/checks/expect.h"
#include "tests/scenarios/checks/trace_builder.h"

namespace ww::checks {
namespace {

constexpr ReplicaId kThree[] = {ReplicaId(1), ReplicaId(2), ReplicaId(3)};
constexpr ReplicaId kTwo[] = {ReplicaId(1), ReplicaId(2)};
constexpr ReplicaId kOther[] = {ReplicaId(3)};
constexpr ReplicaId kFourth[] = {ReplicaId(4)};

ReplicaKey Key(uint64_t r) { return {TraceBuilder::kShard, ReplicaId(r)}; }

ConfigView Of(std::span<const ReplicaId> voters, std::span<const ReplicaId> removed = {}) {
  ConfigView view;
  view.voters = voters;
  view.removed = removed;
  return view;
}

TEST(ConfigSerialised, ReportsAChangeBeforeAnythingWasCommittedInTheTerm) {
  TraceBuilder trace;
  trace.judge().On(ConfigAppended{Key(1), Index(1), Term(1), true, Of(kTwo, kOther)});
  ExpectReports(trace, "config-serialised", {"before it committed anything"});
}

TEST(ConfigAdjacent, ReportsTwoVotersThatChangeAtOnce) {
  JudgeOptions options;
  options.disabled = {"config-serialised"};
  TraceBuilder trace(3, options);
  trace.judge().On(ConfigAppended{Key(1), Index(1), Term(1), true, Of(std::span(kThree).first(1))});
  ExpectReports(trace, "config-adjacent", {"more than one voter changes"});
}

TEST(ConfigAdjacent, ReportsAVoterThatGoesWithoutBeingRemoved) {
  JudgeOptions options;
  options.disabled = {"config-serialised"};
  TraceBuilder trace(3, options);
  trace.judge().On(ConfigAppended{Key(1), Index(1), Term(1), true, Of(kTwo)});
  ExpectReports(trace, "config-adjacent", {"it does not say who was removed"});
}

TEST(ConfigAdjacent, AllowsOneVoterToGo) {
  JudgeOptions options;
  options.disabled = {"config-serialised"};
  TraceBuilder trace(3, options);
  trace.judge().On(ConfigAppended{Key(1), Index(1), Term(1), true, Of(kTwo, kOther)});
  ExpectClean(trace);
}

TEST(ConfigFromLog, ReportsAMembershipThatNoEntryBrought) {
  TraceBuilder trace;
  trace.judge().On(MembershipChanged{Key(1), Index(1), Of(kTwo, kOther)});
  ExpectReports(trace, "config-from-log", {"its log has no change there"});
}

// Index 2 adds a non-voting replica; replica 2 starts from a snapshot behind it.
void StartBehindAChange(TraceBuilder& trace) {
  trace.Prelude(1);
  ConfigView next = Of(kThree);
  next.non_voting = kFourth;
  trace.CreateDurably(1, 2, {1});
  trace.judge().On(ConfigAppended{Key(1), Index(2), Term(1), true, next});
  for (const uint64_t r : {2, 3}) {
    trace.CopyDurably(r, 2, {1});
    trace.judge().On(ConfigAppended{Key(r), Index(2), Term(1), false, next});
    trace.Ack(r, 1, 1, 2);
  }
  trace.Commit(1, 2, 1, {1, 2});
  trace.Follow(2, 2, 1);
  for (const uint64_t r : {1, 2}) {
    trace.ApplyEmpty(r, 1, 1);
    trace.ApplyEmpty(r, 2, 1);
    trace.judge().On(MembershipChanged{Key(r), Index(2), next});
  }
  trace.Publish(2, {2, 1, 0, false});
  trace.WriteSnapshot(2, {2, 1, 0, false}, 2);
  trace.Sync(2);
  trace.Crash(2);
  trace.Boot(2);
  trace.StartFrom(2, 1, 1, 2, 1, {});
  trace.Restore(2, {2, 1, 0, false}, 2);
}

TEST(ConfigFromLog, AcceptsWhatTheChangesBeforeASnapshotLedTo) {
  TraceBuilder trace;
  StartBehindAChange(trace);
  ConfigView next = Of(kThree);
  next.non_voting = kFourth;
  trace.judge().On(MembershipChanged{Key(2), Index(2), next});
  ExpectClean(trace);
}

TEST(ConfigFromLog, ReportsASnapshotThatMissedAChange) {
  TraceBuilder trace;
  StartBehindAChange(trace);
  trace.judge().On(MembershipChanged{Key(2), Index(), Of(kThree)});
  ExpectReports(trace, "config-from-log", {"the change at 2 leads to"});
}

TEST(RoleEligible, ReportsACampaignOfOneWhoKnowsNobody) {
  JudgeOptions options;
  options.disabled = {"quorum-membership", "replica-id-unique"};
  TraceBuilder trace(3, options);
  trace.judge().On(ReplicaCreated{Key(9), HostId(4), true});
  trace.judge().On(ReplicaStarted{Key(9), HostId(4), Incarnation(1), Term(0), ReplicaId(), {}});
  trace.judge().On(RoleChanged{Key(9), Incarnation(1), Role::kPreCandidate, Term(0), {}, {}});
  ExpectReports(trace, "role-eligible", {"it is no voter of its membership"});
}

}  // namespace
}  // namespace ww::checks
