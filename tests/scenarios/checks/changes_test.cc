// Askings for changes of membership and what came of them.
#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr uint64_t kAddFour = 4444;  // Digest of a request.

// Replica 4 joins without a vote.
void AppendAddition(TraceBuilder& trace, uint64_t index, std::vector<ReplicaId> non_voting,
                    uint64_t request) {
  const std::vector<ReplicaId> voters = {ReplicaId(1), ReplicaId(2), ReplicaId(3)};
  ConfigAppended event{TraceBuilder::Key(1), Index(index), Term(1), true, {}, request};
  event.config.voters = voters;
  event.config.non_voting = non_voting;
  trace.CreateDurably(1, index, {1});
  trace.judge().On(event);
  trace.CopyDurably(2, index, {1});
  trace.CopyDurably(3, index, {1});
  trace.Commit(1, index, 1, {1, 2, 3});
  trace.judge().On(MembershipChanged{TraceBuilder::Key(1), Index(index), event.config});
}
void AskFor(TraceBuilder& trace, uint64_t ask, std::optional<Index> expected = std::nullopt) {
  trace.judge().On(ChangeAsked{ask, TraceBuilder::kShard, kAddFour, expected});
}
void Answer(TraceBuilder& trace, uint64_t ask, ChangeAnswer answer, uint64_t index = 0) {
  trace.judge().On(ChangeAnswered{ask, answer, Index(index)});
}

TEST(RefusedChange, ThatIsAppendedAfterwardsIsReported) {
  TraceBuilder trace;
  trace.Prelude(1);
  AskFor(trace, 1);
  Answer(trace, 1, ChangeAnswer::kRefused);
  AppendAddition(trace, 2, {ReplicaId(4)}, kAddFour);
  ExpectReports(trace, "definite-failure", {"asked for 1 times and refused 1 times", "index 2"});
}

TEST(RefusedChange, ThatWasAppendedBeforeIsReportedWhenTheAnswerComes) {
  TraceBuilder trace;
  trace.Prelude(1);
  AskFor(trace, 1);
  AppendAddition(trace, 2, {ReplicaId(4)}, kAddFour);
  Answer(trace, 1, ChangeAnswer::kRefused);
  ExpectReports(trace, "definite-failure", {"refused 1 times"});
}

TEST(RefusedChange, MayBeAskedForAgainAndThenTakeEffect) {
  TraceBuilder trace;
  trace.Prelude(1);
  AskFor(trace, 1);
  Answer(trace, 1, ChangeAnswer::kRefused);
  AskFor(trace, 2);
  Answer(trace, 2, ChangeAnswer::kUnknown);
  AskFor(trace, 3);
  AppendAddition(trace, 2, {ReplicaId(4)}, kAddFour);
  Answer(trace, 3, ChangeAnswer::kRefused);  // The one before had its effect.
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "definite-failure"), 3u);
}

TEST(OrderedChange, ThatFollowsAnotherThanItNamesIsReported) {
  TraceBuilder trace;
  trace.Prelude(1);
  AppendAddition(trace, 2, {ReplicaId(4)}, 0);
  AppendAddition(trace, 3, {ReplicaId(4), ReplicaId(5)}, 0);
  AskFor(trace, 1, Index(2));
  AppendAddition(trace, 4, {ReplicaId(4), ReplicaId(5), ReplicaId(6)}, kAddFour);
  Answer(trace, 1, ChangeAnswer::kDone, 4);
  ExpectReports(trace, "config-serialised",
                {"to follow the one at index 2", "took effect at index 4", "the one at index 3"});
}

TEST(OrderedChange, ThatFollowsTheOneItNamesIsFine) {
  TraceBuilder trace;
  trace.Prelude(1);
  AskFor(trace, 1, Index(0));
  AppendAddition(trace, 2, {ReplicaId(4)}, kAddFour);
  Answer(trace, 1, ChangeAnswer::kDone, 2);
  AskFor(trace, 2, Index(0));
  Answer(trace, 2, ChangeAnswer::kRefused);
  AskFor(trace, 3, Index(2));
  AppendAddition(trace, 3, {ReplicaId(4), ReplicaId(5)}, kAddFour);
  Answer(trace, 3, ChangeAnswer::kDone, 3);
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
