#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

// Replica 1 with one prompt listener, which hears what the tests say.
class Told {
 public:
  Told() { Listen(1); }
  void Listen(uint64_t incarnation, bool prompt = true) {
    trace_.judge().On(ListenerAdded{HostId(1), Incarnation(incarnation), 1, prompt});
  }
  void Change(uint64_t term, uint64_t leader) {
    trace_.Turn(1, term);
    trace_.judge().On(RoleChanged{
        TraceBuilder::Key(1), Incarnation(1), Role::kFollower, Term(term), ReplicaId(leader), {}});
  }
  void Tell(uint64_t term, uint64_t leader, uint64_t skipped = 0, uint64_t incarnation = 1) {
    trace_.judge().On(LeaderTold{HostId(1), Incarnation(incarnation), 1, TraceBuilder::Key(1),
                                 Term(term), ReplicaId(leader), skipped});
  }
  TraceBuilder& trace() { return trace_; }

 private:
  TraceBuilder trace_;
};

TEST(EventsInOrder, AllowsEveryChangeToldOnceAndInOrder) {
  Told told;
  told.Change(1, 2);
  told.Change(2, 0);
  told.Tell(1, 2);
  told.Change(2, 3);
  told.Change(2, 3);  // Of its role alone.
  told.Tell(2, 0);
  told.Tell(2, 3);
  EXPECT_GT(TimesJudged(told.trace(), "events-in-order"), 2U);
  ExpectClean(told.trace());
}

TEST(EventsInOrder, AllowsAChangeThatStandsForEarlierOnes) {
  Told told;
  told.Change(1, 2);
  told.Change(2, 0);
  told.Change(2, 3);
  told.Tell(2, 3, 2);
  ExpectClean(told.trace());
}

TEST(EventsInOrder, ReportsALostChange) {
  Told told;
  told.Change(1, 2);
  told.Change(2, 0);
  told.Tell(2, 0);
  ExpectReports(told.trace(), "events-in-order", {"leader 0 in term 2", "leader 2 in term 1"});
}

TEST(EventsInOrder, ReportsAChangeThatStandsForFewerThanItSays) {
  Told told;
  told.Change(1, 2);
  told.Change(2, 0);
  told.Change(2, 3);
  told.Tell(2, 3, 1);
  ExpectReports(told.trace(), "events-in-order", {"standing for 1", "leader 0 in term 2"});
}

TEST(EventsInOrder, ReportsAChangeToldTwice) {
  Told told;
  told.Change(1, 2);
  told.Tell(1, 2);
  told.Tell(1, 2);
  ExpectReports(told.trace(), "events-in-order", {"of every change already"});
}

TEST(EventsInOrder, ReportsChangesOfTwoReplicasThatAreExchanged) {
  TraceBuilder trace;
  const std::vector<Voter> members = {{ReplicaId(9), HostId(1)}};
  trace.judge().On(ShardCreated{ShardId(2), members});
  const ReplicaKey other{ShardId(2), ReplicaId(9)};
  trace.judge().On(ReplicaStarted{other, HostId(1), Incarnation(1), Term(), ReplicaId(), {}});
  trace.judge().On(ListenerAdded{HostId(1), Incarnation(1), 1, true});
  const auto change = [&trace](const ReplicaKey& who) {
    trace.judge().On(TermChanged{who, Term(1), ReplicaId()});
    trace.judge().On(RoleChanged{who, Incarnation(1), Role::kFollower, Term(1), ReplicaId(2), {}});
  };
  change(TraceBuilder::Key(1));
  change(other);
  const auto tell = [&trace](const ReplicaKey& who) {
    trace.judge().On(LeaderTold{HostId(1), Incarnation(1), 1, who, Term(1), ReplicaId(2), 0});
  };
  tell(other);
  EXPECT_FALSE(trace.judge().violation().has_value());  // It may yet be told as skipped.
  tell(TraceBuilder::Key(1));
  ExpectReports(trace, "events-in-order", {"shard 1", "overtaken"});
}

TEST(EventsInOrder, ReportsAChangeToldAfterTheEndOfTheProcess) {
  Told told;
  told.Change(1, 2);
  told.trace().CrashAndStart(1, 0, 0, {});
  told.Listen(2);
  told.Tell(1, 2);
  ExpectReports(told.trace(), "events-in-order", {"incarnation 1", "after"});
}

TEST(EventsInOrder, ReportsAChangeThatIsOwedWhenTheEngineReturns) {
  Told told;
  told.Change(1, 2);
  told.trace().judge().On(EngineReturned{HostId(1)});
  ExpectReports(told.trace(), "events-in-order", {"never told", "leader 2 in term 1"});
}

TEST(EventsInOrder, ReportsAChangeThatAPromptListenerIsOwedAtTheEnd) {
  Told told;
  told.Change(1, 2);
  told.trace().At(Seconds(2));
  told.trace().judge().Finish();
  ExpectReports(told.trace(), "events-in-order", {"never told", "end of the run"});
}

TEST(EventsInOrder, AllowsASlowListenerToBeOwedAtTheEnd) {
  TraceBuilder trace;
  trace.judge().On(ListenerAdded{HostId(1), Incarnation(1), 1, false});
  trace.Become(1, Role::kFollower, 1);
  trace.At(Seconds(2));
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
