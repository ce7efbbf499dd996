// Reads, leases and transfers: bad traces that must be seen and benign ones that must not.
#include <gtest/gtest.h>

#include "tests/scenarios/checks/expect.h"
#include "tests/scenarios/checks/trace_builder.h"

namespace ww::checks {
namespace {

using Builder = TraceBuilder;

void ExpectNothing(Builder& trace) {
  const auto& violation = trace.judge().violation();
  EXPECT_FALSE(violation.has_value()) << violation->property << ": " << violation->message;
}

ReplicaKey KeyOf(uint64_t r) { return Builder::Key(r); }

void LeaseUntil(Builder& trace, uint64_t r, uint64_t term, Duration end,
                const std::vector<uint64_t>& by) {
  std::vector<ReplicaId> counted;
  for (const uint64_t id : by) counted.emplace_back(id);
  trace.judge().On(LeaseChanged{KeyOf(r), HostId(r), Term(term), LocalTime{end.ns}, counted});
}
void Confirm(Builder& trace, uint64_t r, uint64_t index, bool lease,
             const std::vector<uint64_t>& by) {
  std::vector<ReplicaId> counted;
  for (const uint64_t id : by) counted.emplace_back(id);
  trace.judge().On(ReadsConfirmed{KeyOf(r), Term(1), Index(index), lease, counted});
}
void Clocks(Builder& trace, Duration shows) {
  for (uint64_t host = 1; host <= 3; ++host) {
    trace.judge().On(ClockRead{HostId(host), LocalTime{shows.ns}});
  }
}
void Transfer(Builder& trace, uint64_t r, uint64_t target, uint64_t term, TransferEvent what,
              bool keeps = false) {
  trace.judge().On(TransferChanged{KeyOf(r), ReplicaId(target), Term(term), what, keeps});
}
void ReadOf(Builder& trace, uint64_t id, Via via = Via::kConfirmed) {
  trace.judge().On(ClientInvoked{id, Builder::kShard, Get(0, 0, "k"), via});
}

TraceBuilder::Applied ThePut() {
  TraceBuilder::Applied what;
  what.term = 1;
  what.command = Put(0, 0, "k", "v");
  return what;
}

// One entry that a client was told of: index 2, a put.
void OneAcknowledged(Builder& trace) {
  trace.Prelude(2);
  trace.Invoke(1, Put(0, 0, "k", "v"));
  for (uint64_t r = 1; r <= 3; ++r) {
    trace.ApplyEmpty(r, 1, 1);
    trace.Apply(r, 2, ThePut());
  }
  trace.Return(1, Outcome::kCompleted, 2);
}

void HealAt(Builder& trace, Duration when) {
  trace.At(when);
  trace.judge().On(PhaseBegan{Phase::kHeal});
}
void LookAt(Builder& trace, Duration when) {
  trace.At(when);
  trace.judge().On(TimePassed{});
}

// Replica 2 is elected in term 2 while 1 led term 1.
void Successor(Builder& trace) {
  trace.Elect(2, 2, {2, 3});
  trace.CreateDurably(2, 3, {2});
  trace.CopyDurably(3, 3, {2});
  trace.Ack(3, 2, 2, 3);
}

TEST(ReadFresh, SeesAReadThatIsOlderThanWhatWasComplete) {
  Builder trace;
  OneAcknowledged(trace);
  ReadOf(trace, 2);
  trace.Return(2, Outcome::kCompleted, 1);
  ExpectReports(trace, "read-fresh", {});
}

TEST(ReadFresh, SeesAReadThatIsOlderThanWhatALaterLeaderCommitted) {
  Builder trace;
  trace.Prelude(2);
  for (uint64_t r = 1; r <= 3; ++r) trace.ApplyEmpty(r, 1, 1);
  Successor(trace);
  trace.Commit(2, 3, 2, {2, 3});
  ReadOf(trace, 2);
  trace.Return(2, Outcome::kCompleted, 2);
  ExpectReports(trace, "read-fresh", {"index 3 was committed"});
}

TEST(ReadFresh, AcceptsAnOlderStateWhenNothingNewerWasCommitted) {
  Builder trace;
  trace.Prelude(1);
  trace.Invoke(1, Put(0, 0, "k", "v"));
  for (uint64_t r = 1; r <= 3; ++r) trace.ApplyEmpty(r, 1, 1);
  ReadOf(trace, 2);
  trace.Replicate(2, 1);
  trace.Apply(1, 2, ThePut());
  trace.Return(1, Outcome::kCompleted, 2);
  trace.Return(2, Outcome::kCompleted, 1);
  ReadOf(trace, 3, Via::kStale);
  trace.Return(3, Outcome::kCompleted, 1);
  ExpectNothing(trace);
}

TEST(ReadFresh, SeesALeaseReadBehindWhatIsComplete) {
  Builder trace;
  OneAcknowledged(trace);
  Confirm(trace, 1, 2, true, {});
  ExpectNothing(trace);
  Confirm(trace, 1, 1, true, {});
  ExpectReports(trace, "read-fresh", {});
}

TEST(QuorumOfReads, IsAMajorityOfTheVoters) {
  Builder trace;
  trace.Prelude(1);
  Confirm(trace, 1, 1, false, {1, 3});
  ExpectNothing(trace);
  Confirm(trace, 1, 1, false, {1, 1});
  ExpectReports(trace, "quorum-membership", {});
}

TEST(QuorumOfLeases, IsAMajorityOfTheVoters) {
  Builder trace;
  trace.Prelude(1);
  LeaseUntil(trace, 1, 1, Seconds(2), {1});
  ExpectReports(trace, "quorum-membership", {});
}

TEST(LeaseExclusive, SeesACommitOfALaterTermUnderALease) {
  Builder trace;
  trace.Prelude(2);
  LeaseUntil(trace, 1, 1, Seconds(2), {1, 2});
  Successor(trace);
  Clocks(trace, Milliseconds(1999));
  trace.Commit(2, 3, 2, {2, 3});
  ExpectReports(trace, "lease-exclusive", {});
}

TEST(LeaseExclusive, AcceptsItOnceTheHoldersClockShowsTheEnd) {
  Builder trace;
  trace.Prelude(2);
  LeaseUntil(trace, 1, 1, Seconds(2), {1, 2});
  Successor(trace);
  Clocks(trace, Seconds(2));
  trace.Commit(2, 3, 2, {2, 3});
  ExpectNothing(trace);
}

TEST(LeaseExclusive, AcceptsItWhenTheLeaseWasGivenBackOrItsHolderFell) {
  Builder given_back;
  given_back.Prelude(2);
  LeaseUntil(given_back, 1, 1, Seconds(2), {1, 2});
  LeaseUntil(given_back, 1, 1, Seconds(1), {});
  Successor(given_back);
  Clocks(given_back, Milliseconds(1001));
  given_back.Commit(2, 3, 2, {2, 3});
  ExpectNothing(given_back);

  Builder fell;
  fell.Prelude(2);
  LeaseUntil(fell, 1, 1, Seconds(2), {1, 2});
  Successor(fell);
  fell.Turn(1, 2);
  fell.Become(1, Role::kFollower, 2);
  Clocks(fell, Milliseconds(1001));
  fell.Commit(2, 3, 2, {2, 3});
  ExpectNothing(fell);
}

TEST(TransferOutcome, IsCompletedOnlyWhenTheTargetLedALaterTerm) {
  Builder trace;
  trace.Prelude(2);
  Transfer(trace, 1, 2, 1, TransferEvent::kStarted);
  Successor(trace);
  Transfer(trace, 1, 2, 1, TransferEvent::kCompleted);
  ExpectNothing(trace);
  Transfer(trace, 1, 3, 1, TransferEvent::kStarted);
  Transfer(trace, 1, 3, 1, TransferEvent::kCompleted);
  ExpectReports(trace, "transfer-outcome-true", {});
}

TEST(TransferOutcome, SeesALeaderThatIsNoneAnyMore) {
  Builder trace;
  trace.Prelude(2);
  Transfer(trace, 1, 2, 1, TransferEvent::kStarted);
  Transfer(trace, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectNothing(trace);
  trace.Turn(1, 2);
  trace.Become(1, Role::kFollower, 2);
  Transfer(trace, 1, 2, 1, TransferEvent::kAborted);
  ExpectNothing(trace);
  Transfer(trace, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectReports(trace, "transfer-outcome-true", {});
}

TEST(TransferOutcome, SeesASecondOneBeforeTheEndOfTheFirst) {
  Builder trace;
  trace.Prelude(2);
  Transfer(trace, 1, 2, 1, TransferEvent::kStarted);
  Transfer(trace, 1, 3, 1, TransferEvent::kStarted);
  ExpectReports(trace, "transfer-outcome-true", {"has no end"});
}

TEST(RoleEligible, SeesATargetThatIsNoVoter) {
  Builder trace;
  trace.Prelude(1);
  Transfer(trace, 1, 9, 1, TransferEvent::kRefused);
  ExpectNothing(trace);
  Transfer(trace, 1, 9, 1, TransferEvent::kStarted);
  ExpectReports(trace, "role-eligible", {});
}

TEST(TransferTerminates, SeesOneWithoutAnEnd) {
  Builder trace;
  trace.Prelude(1);
  HealAt(trace, Seconds(10));
  Transfer(trace, 1, 2, 1, TransferEvent::kStarted);
  LookAt(trace, Milliseconds(12'900));
  ExpectNothing(trace);
  LookAt(trace, Milliseconds(13'100));
  ExpectReports(trace, "transfer-terminates", {});
}

TEST(TransferTerminates, AsksNothingOfALeaderThatDied) {
  Builder trace;
  trace.Prelude(1);
  HealAt(trace, Seconds(10));
  Transfer(trace, 1, 2, 1, TransferEvent::kStarted);
  trace.CrashAndStart(1, 1, 1, {1});
  LookAt(trace, Seconds(14));
  ExpectNothing(trace);
}

// Healed at 10 s, and nothing has happened since when it begins.
void TransferInTheCalm(Builder& trace) {
  HealAt(trace, Seconds(10));
  trace.At(Milliseconds(14'100));
  Transfer(trace, 1, 2, 1, TransferEvent::kStarted);
}

TEST(TransferTerminates, SeesOneInTheCalmThatIsGivenUp) {
  Builder trace;
  trace.Prelude(2);
  TransferInTheCalm(trace);
  trace.At(Milliseconds(15'100));
  Transfer(trace, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectReports(trace, "transfer-terminates", {"replica 1: its transfer to replica 2", "given up"});
}

TEST(TransferTerminates, AcceptsOneInTheCalmThatSucceeds) {
  Builder trace;
  trace.Prelude(2);
  TransferInTheCalm(trace);
  Successor(trace);
  Transfer(trace, 1, 2, 1, TransferEvent::kCompleted);
  ExpectNothing(trace);
}

TEST(TransferTerminates, AcceptsThatOneIsGivenUpForGoodReason) {
  Builder early;  // Nobody knows what the faults left behind.
  early.Prelude(2);
  HealAt(early, Seconds(10));
  early.At(Milliseconds(13'900));
  Transfer(early, 1, 2, 1, TransferEvent::kStarted);
  Transfer(early, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectNothing(early);

  Builder away;  // The target stays away.
  away.Prelude(2);
  HealAt(away, Seconds(10));
  away.judge().On(HostReachable{HostId(2), false});
  away.At(Milliseconds(14'100));
  Transfer(away, 1, 2, 1, TransferEvent::kStarted);
  Transfer(away, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectNothing(away);

  Builder behind;  // The target lacks what is committed.
  behind.Prelude(1);
  behind.CreateDurably(1, 2, {1});
  behind.CopyDurably(3, 2, {1});
  behind.Ack(3, 1, 1, 2);
  behind.Commit(1, 2, 1, {1, 3});
  TransferInTheCalm(behind);
  Transfer(behind, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectNothing(behind);

  Builder disturbed;  // Another host dies meanwhile.
  disturbed.Prelude(2);
  TransferInTheCalm(disturbed);
  disturbed.Crash(3);
  Transfer(disturbed, 1, 2, 1, TransferEvent::kAborted, true);
  ExpectNothing(disturbed);
}

TEST(ReadCompletes, SeesAQuestionWithoutAnAnswer) {
  Builder trace;
  trace.Prelude(1);
  HealAt(trace, Seconds(10));
  trace.judge().On(QueryAsked{1, Builder::kShard, HostId(1)});
  trace.judge().On(QueryAsked{2, Builder::kShard, HostId(2)});
  trace.judge().On(QueryAnswered{1});
  LookAt(trace, Milliseconds(13'900));
  ExpectNothing(trace);
  LookAt(trace, Milliseconds(14'100));
  ExpectReports(trace, "read-completes", {});
}

TEST(ReadCompletes, AsksNothingOfAHostThatStartedAnew) {
  JudgeOptions options;
  options.disabled = {"eventually-leader", "replica-catches-up"};
  Builder trace(3, options);
  trace.Prelude(1);
  HealAt(trace, Seconds(10));
  trace.judge().On(QueryAsked{1, Builder::kShard, HostId(1)});
  trace.CrashAndStart(1, 1, 1, {1});
  LookAt(trace, Milliseconds(14'100));
  ExpectNothing(trace);
}

TEST(LeaderStable, SeesALeaderReplacedInTheCalm) {
  Builder trace;
  trace.Prelude(2);
  HealAt(trace, Seconds(10));
  trace.At(Milliseconds(14'100));
  Successor(trace);
  ExpectReports(trace, "leader-stable", {});
}

TEST(LeaderStable, AcceptsItSoonAfterADisturbance) {
  Builder soon;
  soon.Prelude(2);
  HealAt(soon, Seconds(10));
  soon.At(Milliseconds(13'900));
  Successor(soon);
  ExpectNothing(soon);

  Builder handed_over;
  handed_over.Prelude(2);
  HealAt(handed_over, Seconds(10));
  handed_over.At(Seconds(20));
  Transfer(handed_over, 1, 2, 1, TransferEvent::kStarted);
  Successor(handed_over);
  ExpectNothing(handed_over);
}

}  // namespace
}  // namespace ww::checks
