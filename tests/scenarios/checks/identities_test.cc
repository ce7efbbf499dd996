#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr ShardId kShard = TraceBuilder::kShard;

ReplicaCreated Created(uint64_t replica, uint64_t host) {
  return {{kShard, ReplicaId(replica)}, HostId(host), replica > 3};
}
ReplicaStarted Started(uint64_t replica, uint64_t host) {
  return {{kShard, ReplicaId(replica)}, HostId(host), Incarnation(1), Term(), ReplicaId(), {}};
}
ReplicaStopped Stopped(uint64_t replica) {
  return {{kShard, ReplicaId(replica)}, HostId(replica), "told to"};
}
ReplicaUnloaded Unloaded(uint64_t replica, uint64_t host) {
  return {{kShard, ReplicaId(replica)}, HostId(host)};
}
ReplicaDestroyed Destroyed(uint64_t replica, uint64_t host) {
  return {{kShard, ReplicaId(replica)}, HostId(host)};
}

void WriteDurably(TraceBuilder& trace, uint64_t replica, RecordKind kind) {
  trace.WriteMark(replica, kind);
  trace.Sync(replica);
}
void Retire(TraceBuilder& trace, uint64_t replica) {
  trace.judge().On(Stopped(replica));
  trace.judge().On(Unloaded(replica, replica));
}

TEST(ReplicaIdUnique, ReportsAnIdThatIsCreatedOnAnotherHost) {
  TraceBuilder trace;
  trace.judge().On(Created(9, 1));
  trace.judge().On(Created(9, 2));
  ExpectReports(trace, "replica-id-unique", {"shard 1 replica 9", "host 2", "host 1"});
}

TEST(ReplicaIdUnique, ReportsAMemberThatIsCreatedElsewhere) {
  TraceBuilder trace;
  trace.judge().On(Created(2, 3));
  ExpectReports(trace, "replica-id-unique", {"replica 2", "host 3", "host 2"});
}

TEST(ReplicaIdUnique, ReportsAStartOnAnotherHost) {
  TraceBuilder trace;
  trace.judge().On(Started(2, 1));
  ExpectReports(trace, "replica-id-unique", {"replica 2", "starts on host 1", "host 2"});
}

TEST(ReplicaIdUnique, ReportsAnIdThatIsNewAgainAlthoughItsFirstRecordWasDurable) {
  TraceBuilder trace;
  trace.judge().On(Created(2, 2));
  WriteDurably(trace, 2, RecordKind::kBootstrap);
  trace.Crash(2);
  trace.Boot(2);
  trace.judge().On(Created(2, 2));
  ExpectReports(trace, "replica-id-unique", {"as if it were new"});
}

TEST(ReplicaIdUnique, AllowsToCreateAgainWhatACrashTookBack) {
  TraceBuilder trace;
  trace.judge().On(Created(2, 2));
  trace.Crash(2);
  trace.Boot(2);
  trace.judge().On(Created(2, 2));
  trace.Start(2, 0, 0, {});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "replica-id-unique"), 2u);
}

TEST(ReplicaIdUnique, ReportsAStartOnADiskThatWasWiped) {
  TraceBuilder trace;
  trace.judge().On(Created(2, 2));
  WriteDurably(trace, 2, RecordKind::kBootstrap);
  trace.Crash(2);
  trace.judge().On(HostWiped{HostId(2)});
  trace.Boot(2);
  trace.Start(2, 0, 0, {});
  ExpectReports(trace, "replica-id-unique", {"replica 2", "host 2", "lost with a disk"});
}

TEST(ReplicaIdUnique, AllowsAWipedDiskToTakeAReplicaThatIsNewAndAnIdThatPromisedNothing) {
  TraceBuilder trace;
  trace.judge().On(Created(2, 2));
  trace.Crash(2);
  trace.judge().On(HostWiped{HostId(2)});
  trace.Boot(2);
  trace.judge().On(Created(2, 2));
  trace.Start(2, 0, 0, {});
  WriteDurably(trace, 2, RecordKind::kBootstrap);
  trace.Crash(2);
  trace.judge().On(HostWiped{HostId(2)});
  trace.Boot(2);
  trace.judge().On(Created(9, 2));
  trace.judge().On(Started(9, 2));
  ExpectClean(trace);
}

TEST(OneReplicaPerHost, ReportsASecondOneBesideTheFirst) {
  TraceBuilder trace;
  trace.judge().On(Created(9, 1));
  trace.judge().On(Started(9, 1));
  ExpectReports(trace, "one-replica-per-host", {"replica 9 starts on host 1", "replica 1"});
}

TEST(OneReplicaPerHost, ReportsASecondOneWhileTheFirstUnloads) {
  TraceBuilder trace;
  trace.judge().On(Created(9, 1));
  trace.judge().On(Stopped(1));
  trace.judge().On(Started(9, 1));
  ExpectReports(trace, "one-replica-per-host", {"replica 9", "unloading"});
}

TEST(OneReplicaPerHost, AllowsANewOneWhenTheOldOneIsGoneOrItsProcessIs) {
  TraceBuilder trace;
  trace.judge().On(Created(9, 1));
  Retire(trace, 1);
  trace.judge().On(Started(9, 1));
  trace.CrashAndStart(2, 0, 0, {});
  ExpectClean(trace);
  EXPECT_GT(TimesJudged(trace, "one-replica-per-host"), 4u);
}

TEST(TombstoneFence, ReportsAStartInTheLifeThatDestroyedIt) {
  TraceBuilder trace;
  Retire(trace, 2);
  trace.judge().On(Destroyed(2, 2));
  trace.Start(2, 0, 0, {});
  ExpectReports(trace, "tombstone-fence", {"replica 2 starts on host 2", "destroyed"});
}

TEST(TombstoneFence, ReportsAStartAfterACrashAlthoughTheTombstoneWasDurable) {
  TraceBuilder trace;
  Retire(trace, 2);
  trace.judge().On(Destroyed(2, 2));
  WriteDurably(trace, 2, RecordKind::kTombstone);
  trace.CrashAndStart(2, 0, 0, {});
  ExpectReports(trace, "tombstone-fence", {"replica 2 starts"});
}

TEST(TombstoneFence, ReportsTheDestructionOfWhatStillLives) {
  TraceBuilder trace;
  trace.judge().On(Destroyed(2, 2));
  ExpectReports(trace, "tombstone-fence", {"replica 2 is destroyed", "still lives"});
}

TEST(TombstoneFence, AllowsToStartWhatACrashKeptFromBeingFenced) {
  TraceBuilder trace;
  Retire(trace, 2);
  trace.judge().On(Destroyed(2, 2));
  trace.CrashAndStart(2, 0, 0, {});
  ExpectClean(trace);
  EXPECT_GT(TimesJudged(trace, "tombstone-fence"), 4u);
}

TEST(RoutingSane, ReportsAMessageForAnotherIdentity) {
  TraceBuilder trace;
  trace.judge().On(MessageAccepted{{kShard, ReplicaId(1)}, ReplicaId(2), ReplicaId(8)});
  ExpectReports(trace, "routing-sane", {"replica 1 takes a message", "for replica 8"});
}

TEST(RoutingSane, ReportsAMessageOfOneself) {
  TraceBuilder trace;
  trace.judge().On(MessageAccepted{{kShard, ReplicaId(1)}, ReplicaId(1), ReplicaId(1)});
  ExpectReports(trace, "routing-sane", {"from replica 1"});
}

TEST(RoutingSane, CountsMessagesThatFitAndThoseThatAreRefused) {
  TraceBuilder trace;
  trace.judge().On(MessageAccepted{{kShard, ReplicaId(1)}, ReplicaId(2), ReplicaId(1)});
  trace.judge().On(MessageRefused{HostId(1), kShard, ReplicaId(2), ReplicaId(8)});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "routing-sane"), 2u);
}

TEST(ShardIsolation, ReportsAChangeUnderAMessageOfAnotherShard) {
  TraceBuilder trace;
  trace.judge().On(TermChanged{{kShard, ReplicaId(1)}, Term(1), ReplicaId(), ShardId(2)});
  ExpectReports(trace, "shard-isolation", {"shard 1 replica 1", "message of shard 2"});
}

TEST(ShardIsolation, AllowsChangesUnderMessagesOfTheShardAndWithoutAny) {
  TraceBuilder trace;
  trace.judge().On(TermChanged{{kShard, ReplicaId(1)}, Term(1), ReplicaId(), kShard});
  trace.judge().On(TermChanged{{kShard, ReplicaId(1)}, Term(2), ReplicaId(), ShardId()});
  ExpectClean(trace);
  EXPECT_EQ(TimesJudged(trace, "shard-isolation"), 1u);
}

}  // namespace
}  // namespace ww::checks
