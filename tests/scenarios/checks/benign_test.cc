// Behaviour that looks wrong and is legal. The other controls stand beside the check that might
// trip over them: N-01, N-08 in commits, N-03 to N-05 in elections, N-06, N-12 in clients and
// machines, N-07 in logs, N-13, N-17 in durability, N-16 in liveness.
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
