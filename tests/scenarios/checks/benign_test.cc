// Behaviour that looks wrong and is legal. The other controls stand beside the check that might
// trip over them: N-01, N-08 in commits, N-03 to N-05 in elections, N-06, N-12 in clients and
// machines, N-07 in logs, N-13, N-17 in durability, N-16 in liveness. Engines that do such things
// are in tests/mutants/benign.
#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

TEST(Benign, EntriesAreSentAndAcknowledgedAgain) {  // N-02.
  TraceBuilder trace;
  trace.Prelude(2);
  trace.Ack(2, 1, 1, 2);
  trace.Ack(2, 1, 1, 1);
  trace.Commit(1, 2, 1, {1, 3});
  ExpectClean(trace);
}

TEST(Benign, MoreSyncsAndEmptyEntriesThanNeeded) {  // N-18.
  TraceBuilder trace;
  trace.Prelude(1);
  for (uint64_t r = 1; r <= 3; ++r) {
    trace.Sync(r);
    trace.WriteState(r, 1, r == 3 ? 0 : 1);
    trace.Sync(r);
    trace.Sync(r);
  }
  trace.Elect(1, 2, {1, 3});
  trace.CreateDurably(1, 2, {2, 2, 2});
  trace.CopyDurably(3, 2, {2, 2, 2});
  trace.Ack(3, 1, 2, 4);
  trace.Commit(1, 4, 2, {1, 3});
  ExpectClean(trace);
}

// The host stands still between looking at its lease and answering. The read was invoked before,
// and what it saw was the newest at a moment in between.
TEST(Benign, AReadByLeaseIsAnsweredLongAfterTheLeaseIsOver) {  // N-09.
  TraceBuilder trace;
  trace.Prelude(1);
  trace.ApplyEmpty(1, 1, 1);
  const std::vector<ReplicaId> both{ReplicaId(1), ReplicaId(2)};
  trace.judge().On(LeaseChanged{TraceBuilder::Key(1), HostId(1), Term(1), LocalTime{900}, both});
  trace.judge().On(ClientInvoked{7, TraceBuilder::kShard, Get(0, 0, "k"), Via::kConfirmed});
  trace.judge().On(ReadsConfirmed{TraceBuilder::Key(1), Term(1), Index(1), true, {}});
  trace.Elect(2, 2, {2, 3});
  trace.CreateDurably(2, 2, {2});
  trace.CopyDurably(3, 2, {2});
  trace.Ack(3, 2, 2, 2);
  for (uint64_t host = 1; host <= 3; ++host) {
    trace.judge().On(ClockRead{HostId(host), LocalTime{2000}});
  }
  trace.Commit(2, 2, 2, {2, 3});
  trace.Return(7, Outcome::kCompleted, 1);
  ExpectClean(trace);
}

// It may be a voter that does not know it yet; who asks knows better (and does not count it).
TEST(Benign, AReplicaWithoutAVoteGrantsOne) {  // N-10.
  TraceBuilder trace;
  trace.Prelude(1);
  trace.judge().On(HostStarted{HostId(4), Incarnation(1)});
  trace.judge().On(ReplicaCreated{TraceBuilder::Key(4), HostId(4), true});
  trace.Start(4, 0, 0, {});
  trace.Vote(4, 2, 2);
  trace.Elect(2, 2, {2, 3});
  ExpectClean(trace);
}

// Replica 3 needs a snapshot at 3 and gets an older one, at 2; appends can go on from there.
TEST(Benign, AnAcknowledgementOfLessThanWasSent) {  // N-11.
  TraceBuilder trace;
  trace.Prelude(2);
  trace.CreateDurably(1, 3, {1});
  trace.CopyDurably(2, 3, {1});
  trace.Ack(3, 1, 1, 2);
  trace.Match(1, 3, 1, 2);
  trace.CopyDurably(3, 3, {1});
  trace.Ack(3, 1, 1, 3);
  trace.Match(1, 3, 1, 3);
  ExpectClean(trace);
}

// Until the removal counts for a replica it has to hear of it: from its leader, like of all else.
TEST(Benign, AReplicaThatIsBeingRemovedStillGetsAppends) {  // N-14.
  TraceBuilder trace;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1});
  const std::vector<ReplicaId> voters{ReplicaId(1), ReplicaId(2)};
  const std::vector<ReplicaId> removed{ReplicaId(3)};
  ConfigView without;
  without.voters = voters;
  without.removed = removed;
  trace.judge().On(ConfigAppended{TraceBuilder::Key(1), Index(2), Term(1), true, without});
  trace.CopyDurably(2, 2, {1});
  trace.CopyDurably(3, 2, {1});
  trace.Ack(2, 1, 1, 2);
  trace.Ack(3, 1, 1, 2);
  trace.Commit(1, 2, 1, {1, 2});
  trace.Follow(3, 2, 1);
  ExpectClean(trace);
}

TEST(Benign, ALogIsWrittenAgainAfterItWasReadBack) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1, 1});
  trace.CrashAndStart(1, 1, 1, {1, 1, 1});
  trace.WriteState(1, 1, 1);
  trace.WriteEntries(1, 2, {1, 1});
  trace.CrashAndStart(1, 1, 1, {1, 1, 1});
  ExpectClean(trace);
}

TEST(Benign, AFollowerHasALongerLogThanItsLeader) {
  TraceBuilder trace;
  trace.Prelude(1);
  trace.CreateDurably(1, 2, {1, 1});
  trace.Elect(2, 2, {2, 3});
  trace.CreateDurably(2, 2, {2});
  trace.CopyDurably(3, 2, {2});
  trace.Ack(3, 2, 2, 2);
  trace.Commit(2, 2, 2, {2, 3});
  ExpectClean(trace);
}

// Figure 8 of the Raft paper, ending well: an entry on a majority is lost, never having been
// committed.
TEST(Benign, AnUncommittedEntryOnAMajorityIsLost) {
  TraceBuilder trace(5);
  trace.Elect(1, 1, {1, 2, 3});
  trace.CreateDurably(1, 1, {1});
  trace.CopyDurably(2, 1, {1});
  trace.Elect(5, 2, {5, 4, 3});
  trace.CreateDurably(5, 1, {2});
  trace.Elect(1, 3, {1, 2, 3});
  trace.CopyDurably(3, 1, {1});  // Now on 1, 2 and 3.
  trace.Elect(5, 4, {5, 4, 3});
  for (uint64_t r = 2; r <= 4; ++r) trace.CopyDurably(r, 1, {2});
  trace.CreateDurably(5, 2, {4});
  for (uint64_t r = 2; r <= 4; ++r) trace.CopyDurably(r, 2, {4});
  trace.Commit(5, 2, 4, {5, 4, 3});
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
