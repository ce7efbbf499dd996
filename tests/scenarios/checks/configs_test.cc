#include <gtest/gtest.h>

#include "tests/scenarios/checks/expect.h"
#include "tests/scenarios/checks/trace_builder.h"

namespace ww::checks {
namespace {

constexpr ReplicaId kThree[] = {ReplicaId(1), ReplicaId(2), ReplicaId(3)};
constexpr ReplicaId kTwo[] = {ReplicaId(1), ReplicaId(2)};
constexpr ReplicaId kOther[] = {ReplicaId(3)};

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
