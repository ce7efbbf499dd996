// HostObserver: reads, leases and transfers of leadership.
#include "scenarios/bind/observer.h"
#include "sim/base/check.h"
#include "sim/host.h"

namespace ww::scenarios {
namespace {

checks::TransferEvent EventOf(raft::TransferEvent event) {
  switch (event) {
    case raft::TransferEvent::kStarted:
      return checks::TransferEvent::kStarted;
    case raft::TransferEvent::kCompleted:
      return checks::TransferEvent::kCompleted;
    case raft::TransferEvent::kAborted:
      return checks::TransferEvent::kAborted;
    case raft::TransferEvent::kRefused:
      return checks::TransferEvent::kRefused;
  }
  UNREACHABLE();
}

// Questions of all clients in one space of numbers.
constexpr uint32_t kRequestBits = 40;
uint64_t QueryOf(HostId client_host, uint64_t request) {
  return (client_host.value << kRequestBits) | request;
}

}  // namespace

void RunObserver::QueryAsked(HostId client_host, uint64_t request, ShardId shard, HostId to) {
  queries_asked_ = true;
  Feed(checks::QueryAsked{QueryOf(client_host, request), shard, to});
}

void HostObserver::OnReply(HostId to, const raft::ClientReply& reply) {
  if (run_.queries_asked_) run_.Feed(checks::QueryAnswered{QueryOf(to, reply.request)});
}

// What the clocks of the shard's hosts show, while a lease may be in use.
void HostObserver::ReadClocks(ShardId shard) {
  if (!run_.leases_used_) return;
  for (size_t host = 1; host <= run_.world_.hosts(); ++host) {
    if (run_.view_.ReplicaOn(shard, HostId(host)) == nullptr) continue;
    run_.Feed(checks::ClockRead{HostId(host), run_.world_.host(HostId(host)).LocalNow()});
  }
}

void HostObserver::On(const raft::ReadsConfirmed& event) {
  run_.Record(run_.kinds_.reads, host_, event.who.shard, event.who.replica, event.term, event.index,
              event.lease, event.counted.size());
  run_.Feed(checks::ReadsConfirmed{{event.who.shard, event.who.replica},
                                   checks::Term(event.term.value),
                                   checks::Index(event.index.value),
                                   event.lease,
                                   event.counted});
}

void HostObserver::On(const raft::LeaseChanged& event) {
  run_.leases_used_ = true;
  run_.Record(run_.kinds_.lease, host_, event.who.shard, event.who.replica, event.term,
              event.end.ns, event.counted.size());
  run_.Feed(checks::LeaseChanged{{event.who.shard, event.who.replica},
                                 host_,
                                 checks::Term(event.term.value),
                                 event.end,
                                 event.counted});
}

void HostObserver::On(const raft::TransferChanged& event) {
  run_.Record(run_.kinds_.transfer, host_, event.who.shard, event.who.replica, event.target,
              event.term, event.event, event.reason);
  run_.Feed(checks::TransferChanged{{event.who.shard, event.who.replica},
                                    event.target,
                                    checks::Term(event.term.value),
                                    EventOf(event.event),
                                    event.reason == raft::TransferReason::kTimeout});
}

}  // namespace ww::scenarios
