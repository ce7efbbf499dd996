#include "scenarios/checks/leases.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

void LeaseChecks::On(const ReadsConfirmed& event, Ghost::Where where) {
  if (event.lease) return;
  elections_.JudgeMajority(event.counted, where.shard, event.who.replica,
                           "a confirmation of reads");
}

void LeaseChecks::On(const LeaseChanged& event, Ghost::Where where) {
  if (!event.counted.empty()) {
    elections_.JudgeMajority(event.counted, where.shard, event.who.replica, "a lease");
  }
  const auto at = std::find_if(leases_.begin(), leases_.end(), [&event](const Lease& lease) {
    return lease.shard == event.who.shard && lease.holder == event.who.replica;
  });
  const Lease lease{event.who.shard,           event.who.replica, event.host,
                    where.replica.incarnation, event.term,        event.end};
  if (at == leases_.end()) {
    leases_.push_back(lease);
  } else {
    *at = lease;
  }
}

void LeaseChecks::On(const ClockRead& event) {
  if (event.host.value >= clocks_.size()) clocks_.resize(event.host.value + 1);
  clocks_[event.host.value] = event.shows;
}

void LeaseChecks::On(const CommitAdvanced& event, Ghost::Where where) {
  if (!event.leads) return;
  for (const Lease& lease : leases_) {
    if (lease.shard != event.who.shard || lease.term >= event.term) continue;
    reporter_.Count(kLeaseExclusive);
    const ReplicaGhost* holder = where.shard.Find(lease.holder);
    if (holder == nullptr || !holder->running || holder->incarnation != lease.incarnation) continue;
    if (holder->role != Role::kLeader || holder->state.term != lease.term) continue;
    if (lease.host.value >= clocks_.size() || clocks_[lease.host.value] >= lease.end) continue;
    reporter_.Report(kLeaseExclusive, event.who.shard,
                     "shard {}: replica {} commits index {} in term {}, but replica {} leads term "
                     "{} with a lease until {}, and its clock shows {}",
                     event.who.shard, event.who.replica, event.index, event.term, lease.holder,
                     lease.term, lease.end, clocks_[lease.host.value]);
  }
}

}  // namespace ww::checks
