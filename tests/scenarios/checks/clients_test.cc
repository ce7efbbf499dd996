#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

void ApplyEverywhere(TraceBuilder& trace, uint64_t index, const CommandView& command,
                     const std::string& response) {
  TraceBuilder::Applied applied;
  applied.command = command;
  applied.response = response;
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.Apply(replica, index, applied);
}

TEST(Linearizable, AcceptsASimpleHistory) {
  TraceBuilder trace;
  trace.Prelude(3);
  const CommandView put = Put(9, 1, "k", "a");
  const CommandView append = AppendTo(9, 2, "k", "b");
  const CommandView get = Get(8, 1, "k");
  trace.Invoke(1, put);
  ApplyEverywhere(trace, 1, put, "");
  trace.Return(1, Outcome::kCompleted, 1, "");
  trace.Invoke(2, append);
  trace.Invoke(3, get);
  ApplyEverywhere(trace, 2, append, "2");
  ApplyEverywhere(trace, 3, get, "ab");
  trace.Return(3, Outcome::kCompleted, 3, "ab");
  trace.Return(2, Outcome::kCompleted, 2, "2");
  ExpectClean(trace);
  EXPECT_GE(TimesJudged(trace, "linearizable"), 3U);
}

TEST(Linearizable, ReportsAnIndexBehindACompletedOperation) {
  TraceBuilder trace;
  trace.Prelude(2);
  const CommandView first = Put(9, 1, "k", "a");
  const CommandView second = Put(8, 1, "k", "b");
  trace.Invoke(2, second);
  ApplyEverywhere(trace, 1, first, "");
  ApplyEverywhere(trace, 2, second, "a");
  trace.Return(2, Outcome::kCompleted, 2, "a");
  trace.Invoke(1, first);
  trace.Return(1, Outcome::kCompleted, 1, "");
  ExpectReports(trace, "linearizable", {"operation 1", "index 1", "index 2 was complete"});
}

TEST(Linearizable, ReportsAnAnswerThatTheMachineDidNotGive) {
  TraceBuilder trace;
  trace.Prelude(2);
  const CommandView put = Put(9, 1, "k", "a");
  const CommandView get = Get(8, 1, "k");
  trace.Invoke(1, put);
  trace.Invoke(2, get);
  ApplyEverywhere(trace, 1, put, "");
  ApplyEverywhere(trace, 2, get, "a");
  trace.Return(2, Outcome::kCompleted, 2, "stale");
  ExpectReports(trace, "linearizable", {"operation 2", "\"stale\"", "\"a\""});
}

TEST(SessionExactlyOnce, ReportsAnAnswerWithThePlaceOfARepetition) {
  TraceBuilder trace;
  trace.Prelude(2);
  const CommandView put = Put(9, 1, "k", "a");
  trace.Invoke(1, put);
  ApplyEverywhere(trace, 1, put, "");
  TraceBuilder::Applied again;
  again.command = put;
  again.duplicate = true;
  for (uint64_t replica = 1; replica <= 3; ++replica) trace.Apply(replica, 2, again);
  trace.Return(1, Outcome::kCompleted, 2, "");
  ExpectReports(trace, "session-exactly-once", {"operation 1", "index 2", "repetition"});
}

// The search believes no index: here every index is right and only the answers contradict.
TEST(Linearizable, IsJudgedAgainByTheSearchAtTheEnd) {
  JudgeOptions options;
  options.disabled = {"apply-deterministic"};
  TraceBuilder trace(3, options);
  trace.Prelude(2);
  const CommandView put = Put(9, 1, "k", "a");
  const CommandView get = Get(8, 1, "k");
  trace.Invoke(1, put);
  ApplyEverywhere(trace, 1, put, "");
  trace.Return(1, Outcome::kCompleted, 1, "");
  trace.Invoke(2, get);
  ApplyEverywhere(trace, 2, get, "");
  trace.Return(2, Outcome::kCompleted, 2, "");
  EXPECT_FALSE(trace.judge().violation().has_value());
  trace.judge().Finish();
  ExpectReports(trace, "linearizable", {"key k", "2 operations", "explains 1", "operation 2"});
}

TEST(AckedKept, ReportsAnAckBeforeCommit) {
  TraceBuilder trace;
  trace.Elect(1, 1, {1, 2});
  const CommandView put = Put(9, 1, "k", "a");
  trace.Invoke(1, put);
  trace.CreateDurably(1, 1, {1});
  trace.Return(1, Outcome::kCompleted, 1, "");
  ExpectReports(trace, "acked-kept", {"operation 1", "index 1", "only up to 0"});
}

TEST(AckedKept, ReportsAnAckForAnotherCommand) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.Invoke(1, Put(9, 1, "k", "mine"));
  ApplyEverywhere(trace, 1, Put(8, 1, "k", "theirs"), "");
  trace.Return(1, Outcome::kCompleted, 1, "");
  ExpectReports(trace, "acked-kept", {"operation 1", "index 1", "(term 1) is another command"});
}

TEST(AckedKept, ReportsACommittedEntryThatIsGoneAtTheEnd) {
  JudgeOptions options;
  options.disabled = {"truncation-legal", "committed-durable"};
  TraceBuilder trace(3, options);
  trace.Prelude(2);
  trace.ApplyEmpty(3, 1, 1);
  trace.ApplyEmpty(3, 2, 1);
  trace.Elect(2, 2, {2, 1});
  trace.Create(2, 3, {2});
  trace.Copy(3, 2, {});
  trace.judge().Finish();
  ExpectReports(trace, "acked-kept", {"at the end replica 3", "up to index 2", "last index 1"});
}

TEST(DefiniteFailure, ReportsARefusedCommandThatTakesEffect) {
  TraceBuilder trace;
  trace.Prelude(1);
  const CommandView put = Put(9, 1, "k", "a");
  trace.Invoke(1, put);
  trace.Return(1, Outcome::kRejected);
  ApplyEverywhere(trace, 1, put, "");
  ExpectReports(trace, "definite-failure", {"operation 1", "index 1", "definitely refused"});
}

TEST(DefiniteFailure, AllowsTheSameReadLater) {
  TraceBuilder trace;
  trace.Prelude(1);
  const CommandView get = Get(0, 0, "k");
  trace.Invoke(1, get);
  trace.Return(1, Outcome::kRejected);
  trace.Invoke(2, get);
  ApplyEverywhere(trace, 1, get, "");
  trace.Return(2, Outcome::kCompleted, 1, "");
  ExpectClean(trace);
}

TEST(DefiniteFailure, AllowsAnUnknownOperationToTakeEffectMuchLater) {  // N-06.
  TraceBuilder trace;
  trace.Prelude(2);
  const CommandView put = Put(9, 1, "k", "a");
  const CommandView refused = Put(7, 1, "k", "never");
  trace.Invoke(1, put);
  trace.Return(1, Outcome::kUnknown);
  trace.Invoke(3, refused);
  trace.Return(3, Outcome::kRejected);
  const CommandView get = Get(8, 1, "k");
  trace.Invoke(2, get);
  ApplyEverywhere(trace, 1, put, "");
  ApplyEverywhere(trace, 2, get, "a");
  trace.Return(2, Outcome::kCompleted, 2, "a");
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "definite-failure"), 2U);
}

}  // namespace
}  // namespace ww::checks
