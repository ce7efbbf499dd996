// HostObserver: what the engine tells of snapshots.
#include <string>

#include "scenarios/bind/observer.h"
#include "scenarios/bind/translate.h"
#include "scenarios/occurrences.h"
#include "sim/base/check.h"

namespace ww::scenarios {
void HostObserver::On(const raft::SnapshotPublished& event) {
  run_.Record(run_.kinds_.snapshot, host_, event.who.shard, event.who.replica, event.position.index,
              event.position.term, event.state_digest, event.bytes, event.received);
  run_.Feed(checks::SnapshotPublished{KeyOf(event.who), host_, IndexOf(event.position.index),
                                      TermOf(event.position.term), event.state_digest, event.file,
                                      event.bytes, event.received, event.metadata});
  run_.Occurred(kEventSnapshot, host_, event.who.shard);
}

void HostObserver::On(const raft::SnapshotFailed& event) {
  const std::string reason(event.reason.message().data(), event.reason.message().size());
  run_.Record(run_.kinds_.snapshot_failed, host_, event.who.shard, event.who.replica,
              event.position.index, reason);
}

void HostObserver::On(const raft::SnapshotInstalled& event) {
  run_.Record(run_.kinds_.install, host_, event.who.shard, event.who.replica, event.position.index,
              event.position.term, event.state_digest, event.applied_before, event.at_start);
  GroupView::ReplicaState& state = StateOf(event.who);
  state.applied = event.position.index;
  if (!event.at_start && state.commit < event.position.index) state.commit = event.position.index;
  run_.Feed(checks::SnapshotInstalled{KeyOf(event.who), IndexOf(event.position.index),
                                      TermOf(event.position.term), event.state_digest,
                                      IndexOf(event.log_last), event.at_start, event.metadata});
  if (!event.at_start) run_.Occurred(kEventInstall, host_, event.who.shard);
}

void HostObserver::On(const raft::LogCompacted& event) {
  run_.Record(run_.kinds_.compact, host_, event.who.shard, event.who.replica, event.snapshot.index,
              event.first);
  run_.Feed(
      checks::LogCompacted{KeyOf(event.who), IndexOf(event.snapshot.index), IndexOf(event.first)});
  run_.Occurred(kEventCompact, host_, event.who.shard);
}

void HostObserver::On(const raft::TransferEnded& event) {
  run_.Record(run_.kinds_.snapshot_transfer, host_, event.who.shard, event.who.replica, event.end,
              event.peer, event.position.index);
}

}  // namespace ww::scenarios
