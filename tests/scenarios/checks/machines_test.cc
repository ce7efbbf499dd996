#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

TraceBuilder::Applied Put1(const std::string& response, uint64_t state = 5) {
  TraceBuilder::Applied applied;
  applied.command = Put(9, 1, "k", "v1");
  applied.response = response;
  applied.state = state;
  return applied;
}

TEST(ApplyOnce, ReportsAnIndexAppliedTwice) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.ApplyEmpty(1, 1, 1);
  trace.ApplyEmpty(1, 2, 1);
  trace.ApplyEmpty(1, 2, 1);
  ExpectReports(trace, "apply-once", {"replica 1", "applies index 2", "up to index 2"});
}

TEST(ApplyOnce, AllowsANewMachineToBeginAgain) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.ApplyEmpty(2, 1, 1);
  trace.CrashAndStart(2, 1, 1, {1});
  trace.Follow(2, 1, 1);
  trace.ApplyEmpty(2, 1, 1);
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "apply-once"), 2U);
}

TEST(ApplyDeterministic, ReportsDifferentStates) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.Apply(1, 1, Put1("", 5));
  trace.Apply(2, 1, Put1("", 6));
  ExpectReports(trace, "apply-deterministic", {"index 1", "replica 2", "replica 1", "0005"});
}

TEST(ApplyDeterministic, ReportsDifferentResponses) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.Apply(1, 1, Put1(""));
  trace.Apply(2, 1, Put1("old"));
  ExpectReports(trace, "apply-deterministic", {"index 1", "replica 2 answers \"old\""});
}

TEST(ApplyDeterministic, ReportsAResponseThatTheReferenceMachineDoesNotGive) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Apply(1, 1, Put1(""));
  TraceBuilder::Applied get;
  get.command = Get(9, 2, "k");
  get.response = "v0";
  trace.Apply(1, 2, get);
  ExpectReports(trace, "apply-deterministic",
                {"index 2", "\"v0\"", "reference machine answers \"v1\""});
}

TEST(ApplyDeterministic, KnowsWhatEachOperationAnswers) {
  TraceBuilder trace;
  trace.Prelude(6);
  const std::vector<std::pair<CommandView, std::string>> steps = {
      {{Operation::kRegister, ClientId(9), 0, "", ""}, ""},
      {Put(9, 1, "k", "abc"), ""},
      {AppendTo(9, 2, "k", "de"), "5"},
      {Get(9, 3, "k"), "abcde"},
      {Put(9, 4, "k", "x"), "abcde"},
      {Get(9, 5, "absent"), ""},
  };
  for (uint64_t replica = 1; replica <= 3; ++replica) {
    for (size_t i = 0; i < steps.size(); ++i) {
      TraceBuilder::Applied applied;
      applied.command = steps[i].first;
      applied.response = steps[i].second;
      trace.Apply(replica, i + 1, applied);
    }
  }
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "apply-deterministic"), 12U);
}

TEST(SessionExactlyOnce, ReportsASecondEffect) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Apply(1, 1, Put1(""));
  trace.Apply(1, 2, Put1("v1"));
  ExpectReports(trace, "session-exactly-once",
                {"client 9 series 1", "at index 2", "at index 1 already"});
}

TEST(SessionExactlyOnce, ReportsAnAnswerFromASessionThatNeverHadIt) {
  TraceBuilder trace;
  trace.Prelude(1);
  TraceBuilder::Applied applied = Put1("");
  applied.duplicate = true;
  trace.Apply(1, 1, applied);
  ExpectReports(trace, "session-exactly-once", {"client 9 series 1", "never took effect before"});
}

TEST(SessionExactlyOnce, ReportsAnotherAnswerToADuplicate) {
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Apply(1, 1, Put1(""));
  TraceBuilder::Applied again = Put1("other");
  again.duplicate = true;
  trace.Apply(1, 2, again);
  ExpectReports(trace, "session-exactly-once", {"\"other\"", "index 1, where it took effect"});
}

TEST(SessionExactlyOnce, ReportsARefusalThatReplicasDisagreeOn) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.Apply(1, 1, Put1(""));
  TraceBuilder::Applied refused = Put1("");
  refused.rejected = true;
  trace.Apply(2, 1, refused);
  ExpectReports(trace, "session-exactly-once", {"refused by replica 2", "executed by replica 1"});
}

TEST(SessionExactlyOnce, AllowsTheSameCommandTwiceInTheLog) {  // N-12.
  TraceBuilder trace;
  trace.Prelude(2);
  for (uint64_t replica = 1; replica <= 3; ++replica) {
    trace.Apply(replica, 1, Put1(""));
    TraceBuilder::Applied again = Put1("");
    again.duplicate = true;
    trace.Apply(replica, 2, again);
  }
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "session-exactly-once"), 2U);
}

TEST(SessionExactlyOnce, AllowsToRegisterTwiceAndToForgetWhatTheClientHas) {
  TraceBuilder trace;
  trace.Prelude(4);
  TraceBuilder::Applied open;
  open.command = {Operation::kRegister, ClientId(9), 1, "", ""};
  trace.Apply(1, 1, open);
  open.duplicate = true;
  trace.Apply(1, 2, open);
  trace.Apply(1, 3, Put1(""));
  TraceBuilder::Applied forgotten = Put1("");
  forgotten.duplicate = true;
  forgotten.rejected = true;
  trace.Apply(1, 4, forgotten);
  ExpectClean(trace);
}

TEST(SessionExactlyOnce, BeginsANewSessionAfterARefusal) {
  TraceBuilder trace;
  trace.Prelude(4);
  trace.Apply(1, 1, Put1(""));
  TraceBuilder::Applied refused;
  refused.command = Put(9, 2, "k", "v2");
  refused.rejected = true;  // Evicted.
  trace.Apply(1, 2, refused);
  TraceBuilder::Applied open;
  open.command = {Operation::kRegister, ClientId(9), 0, "", ""};
  trace.Apply(1, 3, open);
  trace.Apply(1, 4, Put1("v1"));
  ExpectClean(trace);
}

TraceBuilder::Applied OfSession(Operation operation, uint64_t series = 0) {
  TraceBuilder::Applied applied;
  applied.command = CommandView{operation, ClientId(9), series, series == 0 ? "" : "k", ""};
  return applied;
}

TEST(SessionExactlyOnce, ReportsACommandThatIsAcceptedInAClosedSession) {
  TraceBuilder trace;
  trace.Prelude(3);
  trace.Apply(1, 1, OfSession(Operation::kRegister));
  trace.Apply(1, 2, OfSession(Operation::kUnregister));
  trace.Apply(1, 3, OfSession(Operation::kPut, 1));
  ExpectReports(trace, "session-exactly-once", {"client 9 series 1", "index 3", "at index 2"});
}

TEST(SessionExactlyOnce, ReportsASessionThatIsClosedTwice) {
  TraceBuilder trace;
  trace.Prelude(3);
  trace.Apply(1, 1, OfSession(Operation::kRegister));
  trace.Apply(1, 2, OfSession(Operation::kUnregister));
  trace.Apply(1, 3, OfSession(Operation::kUnregister));
  ExpectReports(trace, "session-exactly-once", {"client 9", "index 3", "at index 2"});
}

TEST(SessionExactlyOnce, AllowsRefusalsInAClosedSessionAndANewOne) {
  TraceBuilder trace;
  trace.Prelude(5);
  TraceBuilder::Applied refused = OfSession(Operation::kPut, 1);
  refused.rejected = true;
  trace.Apply(1, 1, OfSession(Operation::kRegister));
  trace.Apply(1, 2, OfSession(Operation::kUnregister));
  trace.Apply(1, 3, refused);
  trace.Apply(1, 4, OfSession(Operation::kRegister));
  trace.Apply(1, 5, OfSession(Operation::kPut, 1));
  ExpectClean(trace);
}

TraceBuilder::Applied OfClient(uint64_t client, Operation operation, uint64_t series = 0) {
  TraceBuilder::Applied applied = OfSession(operation, series);
  applied.command.client = ClientId(client);
  return applied;
}

TraceBuilder::Applied Refused(TraceBuilder::Applied applied) {
  applied.rejected = true;
  return applied;
}

TEST(SessionExactlyOnce, ReportsASessionThatOutlivesOneUsedAfterIt) {
  TraceBuilder trace;
  trace.Prelude(4);
  trace.Apply(1, 1, OfClient(8, Operation::kRegister));
  trace.Apply(1, 2, OfClient(9, Operation::kRegister));
  trace.Apply(1, 3, Refused(OfClient(9, Operation::kPut, 1)));
  trace.Apply(1, 4, OfClient(8, Operation::kPut, 1));
  ExpectReports(trace, "session-exactly-once", {"client 8 at index 4", "index 1", "index 2"});
}

TEST(SessionExactlyOnce, KnowsThatASessionOpenedAnewWasEvicted) {
  TraceBuilder trace;
  trace.Prelude(4);
  trace.Apply(1, 1, OfClient(8, Operation::kRegister));
  trace.Apply(1, 2, OfClient(9, Operation::kRegister));
  trace.Apply(1, 3, OfClient(9, Operation::kRegister));
  TraceBuilder::Applied open_already = OfClient(8, Operation::kRegister);
  open_already.duplicate = true;
  trace.Apply(1, 4, open_already);
  ExpectReports(trace, "session-exactly-once", {"client 8 at index 4", "index 1", "index 2"});
}

TEST(SessionExactlyOnce, AllowsWhatWasUsedSinceToOutliveAnEvictedSession) {
  TraceBuilder trace;
  trace.Prelude(7);
  trace.Apply(1, 1, OfClient(8, Operation::kRegister));
  trace.Apply(1, 2, OfClient(9, Operation::kRegister));
  trace.Apply(1, 3, OfClient(8, Operation::kPut, 1));  // Newer than that of client 9 again.
  trace.Apply(1, 4, Refused(OfClient(9, Operation::kPut, 1)));
  trace.Apply(1, 5, OfClient(8, Operation::kPut, 2));
  trace.Apply(1, 6, OfClient(9, Operation::kRegister));
  trace.Apply(1, 7, OfClient(9, Operation::kPut, 1));
  ExpectClean(trace);
}

TEST(SessionExactlyOnce, TakesNoClosedSessionForAnEvictedOne) {
  TraceBuilder trace;
  trace.Prelude(6);
  trace.Apply(1, 1, OfClient(8, Operation::kRegister));
  trace.Apply(1, 2, OfClient(9, Operation::kRegister));
  trace.Apply(1, 3, OfClient(9, Operation::kUnregister));
  trace.Apply(1, 4, Refused(OfClient(9, Operation::kPut, 1)));
  trace.Apply(1, 5, OfClient(9, Operation::kRegister));
  trace.Apply(1, 6, OfClient(8, Operation::kPut, 1));
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
