#include "tests/scenarios/checks/expect.h"

namespace ww::checks {
namespace {

constexpr ShardId kShard = TraceBuilder::kShard;
constexpr std::string_view kReason = "the machine of replica 1 failed at index 7";

MachineBroke Broke() { return {{kShard, ReplicaId(1)}, HostId(1), kReason}; }
ReplicaStopped Stopped(uint64_t replica, uint64_t host, std::string_view reason) {
  return {{kShard, ReplicaId(replica)}, HostId(host), reason};
}

TEST(ShardIsolation, ReportsANeighbourThatStopsBecauseAMachineFailed) {
  TraceBuilder trace;
  trace.judge().On(Broke());
  trace.judge().On(Stopped(1, 1, kReason));
  const std::string passed_on = fmt::format("the host failed: {}", kReason);
  trace.judge().On(Stopped(2, 1, passed_on));
  ExpectReports(trace, "shard-isolation", {"replica 2 on host 1", "because of another one"});
}

TEST(ShardIsolation, AllowsTheReplicaWhoseMachineItWasAndStopsForOtherReasons) {
  TraceBuilder trace;
  trace.judge().On(Broke());
  trace.judge().On(Stopped(1, 1, kReason));
  trace.judge().On(Stopped(2, 1, "it was asked to stop"));
  trace.judge().On(Stopped(3, 3, "the machine of replica 3 failed at index 7"));
  ExpectClean(trace);
}

TEST(Contradictions, AreAMistakeOfTheEngineWhereDisksKeepWhatIsDurable) {
  TraceBuilder trace;
  ReplicaStopped stopped = Stopped(1, 1, "the logs differ at index 7");
  trace.judge().On(stopped);
  ExpectClean(trace);
  stopped.contradicted = true;
  trace.judge().On(stopped);
  ExpectReports(trace, "no-crash", {"replica 1 on host 1", "differ at index 7"});
}

TEST(Contradictions, StopNobodyElse) {
  JudgeOptions options;
  options.may_contradict = true;
  TraceBuilder trace(3, options);
  ReplicaStopped stopped = Stopped(1, 1, "the logs differ at index 7");
  stopped.contradicted = true;
  trace.judge().On(stopped);
  trace.judge().On(stopped);
  ExpectClean(trace);
  stopped.who.replica = ReplicaId(2);
  trace.judge().On(stopped);
  ExpectReports(trace, "shard-isolation", {"replica 2 on host 1", "another one was contradicted"});
}

TEST(Contradictions, AreAllowedWhereDisksGoBack) {
  JudgeOptions options;
  options.may_contradict = true;
  TraceBuilder trace(3, options);
  ReplicaStopped stopped = Stopped(1, 1, "the logs differ at index 7");
  stopped.contradicted = true;
  trace.judge().On(stopped);
  ExpectClean(trace);
}

}  // namespace
}  // namespace ww::checks
