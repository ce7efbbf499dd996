// What coordinators do, the instances that they command, and those that nobody commands, in the
// checks' vocabulary.
#include "scenarios/bind/observer.h"
#include "scenarios/bind/translate.h"
#include "scenarios/occurrences.h"
#include "sim/base/check.h"
#include "sim/host.h"

namespace ww::scenarios {

using raft::failover::CoordinatorEvent;
using raft::failover::LeaseEvent;

void RunObserver::ReplicasetCoordinated(const checks::ReplicasetCoordinated& event) {
  coordinated_ = event.shard;
  Feed(event);
}

void RunObserver::ReplicasetConfigured(const checks::ReplicasetConfigured& event) {
  Record(kinds_.configured, event.host, event.shard, event.instances.size());
  configured_ = event.shard;
  Feed(event);
}

void RunObserver::ReadInstanceClocks() {
  for (size_t host = 1; host <= world_.hosts(); ++host) {
    if (view_.ReplicaOn(coordinated_, HostId(host)) == nullptr) continue;
    Feed(checks::ClockRead{HostId(host), world_.host(HostId(host)).LocalNow()});
  }
}

void RunObserver::CoordinatorReconfigured(const CoordinatorEdit& edit) {
  Feed(checks::CoordinatorReconfigured{edit.shard, edit.host, edit.instances});
}

void RunObserver::CoordinatorTold(HostId host, const CoordinatorEvent& event) {
  using Kind = CoordinatorEvent::Kind;
  const bool answered = event.kind == Kind::kProbed && event.live;
  Record(kinds_.coordinate, host, event.shard, event.kind, event.term, event.host, event.live,
         answered && event.state.leads, answered && event.state.writable, event.cause);
  switch (event.kind) {
    case Kind::kTookLock:
      return Occurred(kFailoverEvents[0], host, event.shard);
    case Kind::kStepsDown:
    case Kind::kAlarm:
      return;
    case Kind::kGrants:
      Occurred(kFailoverEvents[2], host, event.shard);
      return Feed(checks::LeaseSent{event.shard, event.term.value, event.host});
    case Kind::kGaveUp:
      return Feed(checks::CoordinatorGaveUp{host});
    case Kind::kProbed:
      return Feed(checks::InstanceProbed{
          event.shard, event.term.value, event.host, event.live, answered && event.state.leads,
          answered && event.state.writable, answered && !event.state.replica.none()});
    case Kind::kAppoints:
      Occurred(kFailoverEvents[1], host, event.shard);
      return Feed(checks::AppointeeChosen{event.shard, event.term.value, event.host,
                                          event.cause == raft::failover::Cause::kSwitch,
                                          event.cause == raft::failover::Cause::kNeverLed, host});
  }
}

void RunObserver::LeaseTold(HostId host, const LeaseEvent& event) {
  using Kind = LeaseEvent::Kind;
  Record(kinds_.obey, host, event.shard, event.replica, event.kind, event.fence.by,
         event.fence.number, event.term, event.until.ns);
  ReadInstanceClocks();
  if (event.kind == Kind::kByHand) {
    return Feed(checks::OpenedByHand{event.shard, host, event.until});
  }
  Feed(checks::CoordinatorCommand{event.shard, host, event.fence.by.value, event.fence.number,
                                  event.kind != Kind::kRefused});
  switch (event.kind) {
    case Kind::kRefused:
    case Kind::kProbed:
    case Kind::kNotTaken:
    case Kind::kTransferring:
    case Kind::kByHand:
      return;
    case Kind::kTaken:
      Occurred(kFailoverEvents[3], host, event.shard);
      return Feed(checks::LeadershipLeased{{event.shard, event.replica},
                                           host,
                                           event.fence.by.value,
                                           checks::Term(event.term.value),
                                           event.until});
    case Kind::kSteppedDown:
      Occurred(kFailoverEvents[4], host, event.shard);
      return Feed(checks::SteppedDown{event.shard, host});
  }
}

void HostObserver::OnWrites(const raft::EntriesAppended& event) {
  for (const raft::Entry& entry : event.entries) {
    if (entry.type != raft::EntryType::kCommand) continue;
    if (event.who.shard == run_.coordinated_) run_.ReadInstanceClocks();
    return run_.Feed(checks::WriteTaken{KeyOf(event.who), host_, TermOf(entry.term)});
  }
}

}  // namespace ww::scenarios
