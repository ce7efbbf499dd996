#include "scenarios/checks/failovers.h"

#include <algorithm>

#include "scenarios/checks/priority_rank.h"

namespace ww::checks {

using enum PropertyId;

FailoverChecks::Replicaset* FailoverChecks::Find(ShardId shard) {
  const auto at = sets_.find(shard);
  return at == sets_.end() ? nullptr : &at->second;
}

void FailoverChecks::On(const ReplicasetCoordinated& event) {
  Replicaset& set = sets_[event.shard];
  set.gap_max = event.gap_max;
  set.takeover_max = event.takeover_max;
  set.only_crashes = event.only_crashes;
  set.first_start_max = event.first_start_max;
  set.lease = event.lease;
  set.lead_within = event.lead_within;
  for (const SupervisedInstance& one : event.instances) {
    Instance& instance = set.instances[one.host];
    instance.name = std::string(one.name);
    instance.eligible = !one.anonymous && !one.learner;
    if (instance.eligible) instance.rank = PriorityRank::Of(one.priority);
  }
}

// --- Who writes ---

void FailoverChecks::On(const ClockRead& event) {
  if (!sets_.empty()) clocks_[event.host] = event.shows;
}

bool FailoverChecks::Writes(HostId host, const Instance& instance, const Ghost& ghost) const {
  if (!instance.lease.has_value()) return false;
  const Lease& lease = *instance.lease;
  const ShardGhost* shard = ghost.FindShard(lease.who.shard);
  const ReplicaGhost* replica = shard == nullptr ? nullptr : shard->Find(lease.who.replica);
  if (replica == nullptr || !replica->running) return false;
  if (replica->incarnation != lease.incarnation) return false;
  if (replica->role != Role::kLeader || replica->state.term != lease.term) return false;
  const auto clock = clocks_.find(host);
  return clock == clocks_.end() || clock->second < lease.until;
}

bool FailoverChecks::IsOpenByHand(HostId host, const Instance& instance) const {
  if (!instance.by_hand.has_value()) return false;
  const auto clock = clocks_.find(host);
  return clock == clocks_.end() || clock->second < *instance.by_hand;
}

void FailoverChecks::On(const OpenedByHand& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  const auto at = set->instances.find(event.host);
  if (at != set->instances.end()) at->second.by_hand = event.until;
}

// What it had by its last answer it may have again.
void FailoverChecks::On(const LeaseSent& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr || event.term != set->probing) return;
  set->leased = set->leased || event.host == set->appointed;
  reporter_.Count(kFailoverOneWriter);
  const auto at = set->instances.find(event.host);
  if (at != set->instances.end() && at->second.probe.writable) return;
  for (const auto& [other, instance] : set->instances) {
    const Probe& probe = instance.probe;
    if (other == event.host || !probe.foreign_at.has_value()) continue;
    const bool over = !probe.live && reporter_.now() - *probe.foreign_at >= set->lease;
    if (over) continue;
    reporter_.Report(kFailoverOneWriter, event.shard,
                     "coordinator {} sends a first lease to host {}, and host {}, which was not "
                     "appointed, has said that clients may write there",
                     event.term, event.host, other);
  }
}

void FailoverChecks::JudgeOtherWriters(ShardId shard, const Replicaset& set, HostId host,
                                       const Ghost& ghost) {
  reporter_.Count(kFailoverOneWriter);
  for (const auto& [other, instance] : set.instances) {
    if (other == host || !Writes(other, instance, ghost)) continue;
    reporter_.Report(kFailoverOneWriter, shard,
                     "host {} takes a lease, and host {} may write in term {} until its clock, "
                     "which shows {}, shows {}",
                     host, other, instance.lease->term, clocks_[other], instance.lease->until);
  }
}

void FailoverChecks::On(const LeadershipLeased& event, const Ghost& ghost) {
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
  JudgeOtherWriters(event.who.shard, *set, event.host, ghost);
  reporter_.Count(kFailoverLeaseOrder);
  if (set->granted != event.host || set->granted_in != event.term) {
    reporter_.Report(kFailoverLeaseOrder, event.who.shard,
                     "host {} takes a lease of term {}, and what is recorded is one of host {} in "
                     "term {}",
                     event.host, event.term, set->granted, set->granted_in);
  }
  Instance& instance = set->instances[event.host];
  reporter_.Count(kFailoverFencing);
  if (event.coordinator < instance.term_ever) {
    reporter_.Report(kFailoverFencing, event.who.shard,
                     "host {} takes a lease of coordinator {}, and has heeded coordinator {}",
                     event.host, event.coordinator, instance.term_ever);
  }
  const ShardGhost* shard = ghost.FindShard(event.who.shard);
  const ReplicaGhost* replica = shard == nullptr ? nullptr : shard->Find(event.who.replica);
  const Incarnation life = replica == nullptr ? Incarnation() : replica->incarnation;
  instance.lease = Lease{event.who, life, event.term, event.until};
  instance.by_hand = std::nullopt;
  JudgeGap(event.who.shard, *set, true);
}

void FailoverChecks::On(const WriteTaken& event, const Ghost& ghost) {
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
  reporter_.Count(kFailoverOneWriter);
  const auto at = set->instances.find(event.host);
  if (at != set->instances.end() && Writes(event.host, at->second, ghost)) return;
  if (at != set->instances.end() && IsOpenByHand(event.host, at->second)) return;
  reporter_.Report(kFailoverOneWriter, event.who.shard,
                   "host {} takes a client's command in term {}, and has no lease for that",
                   event.host, event.term);
}

void FailoverChecks::On(const SteppedDown& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  Instance& instance = set->instances[event.host];
  if (instance.lease.has_value()) {
    reporter_.Count(kFailoverNoFailback);
    if (!set->switched) {
      reporter_.Report(kFailoverNoFailback, event.shard,
                       "host {} is told to step down, and no operator has asked for it",
                       event.host);
    }
  }
  instance.lease = std::nullopt;
  instance.by_hand = std::nullopt;
}

// --- Appointments ---

void FailoverChecks::On(const InstanceProbed& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  JudgeGap(event.shard, *set, false);
  if (event.term < set->probing) return;
  if (event.term > set->probing) {
    // A coordinator knows nothing of what those before it were told.
    for (auto& [host, instance] : set->instances) instance.probe = Probe{false, false, false};
    set->probing = event.term;
  }
  const auto at = set->instances.find(event.host);
  if (at == set->instances.end()) return;
  if (event.live && event.leads && event.host == set->appointed) {
    set->waited_since = reporter_.now();
  }
  Probe probe{event.live, event.leads, event.votes, event.live && event.writable, {}};
  if (!event.live) probe.foreign_at = at->second.probe.foreign_at;
  if (probe.writable && event.host != set->appointed) probe.foreign_at = reporter_.now();
  at->second.probe = probe;
}

void FailoverChecks::On(const CoordinatorReconfigured& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  auto& ranks = set->edited[event.host];
  ranks.clear();
  for (const SupervisedInstance& one : event.instances) {
    const bool eligible = !one.anonymous && !one.learner;
    ranks[one.host] = eligible ? PriorityRank::Of(one.priority) : std::nullopt;
  }
}

std::optional<PriorityRank> FailoverChecks::RankOf(const Replicaset& set, HostId coordinator,
                                                   HostId host) {
  const auto edited = set.edited.find(coordinator);
  if (edited == set.edited.end()) return set.instances.at(host).rank;
  return edited->second.at(host);
}

// The highest rank, and among equals the name that comes first by bytes, of those that answered and
// said that they have a vote.
std::optional<HostId> FailoverChecks::ChoiceOf(const Replicaset& set, HostId coordinator,
                                               HostId passed_over) {
  const Instance* best = nullptr;
  std::optional<PriorityRank> highest;
  HostId chosen;
  for (const auto& [host, one] : set.instances) {
    const std::optional<PriorityRank> rank = RankOf(set, coordinator, host);
    if (!rank.has_value() || !one.probe.live || !one.probe.votes) continue;
    if (host == passed_over) continue;
    const bool better =
        best == nullptr || *rank > *highest || (*rank == *highest && one.name < best->name);
    if (!better) continue;
    best = &one;
    highest = rank;
    chosen = host;
  }
  return best == nullptr ? std::nullopt : std::optional(chosen);
}

// It had its time since it was appointed or seen to lead, and no lease: one that was recorded and
// not sent is none. Half of its time on the true clock, whatever the coordinator's shows.
void FailoverChecks::JudgePassingOver(const AppointeeChosen& event, const Replicaset& set) {
  if (!event.passes_over) return;
  const Duration waited = reporter_.now() - set.waited_since;
  if (waited * 2 >= set.lead_within && !set.leased) return;
  reporter_.Report(kFailoverChoice, event.shard,
                   "coordinator {} passes over host {} after {} ns, and that one {}", event.term,
                   set.appointed, waited.ns,
                   set.leased ? "was sent leases" : "has more time to lead");
}

void FailoverChecks::On(const AppointeeChosen& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr || event.term != set->probing) return;
  reporter_.Count(kFailoverChoice);
  const auto at = set->instances.find(event.host);
  const bool eligible = at != set->instances.end() && at->second.eligible;
  JudgePassingOver(event, *set);
  const HostId passed_over = event.passes_over ? set->appointed : HostId();
  const std::optional<HostId> choice =
      event.by_operator ? set->switch_to : ChoiceOf(*set, event.by, passed_over);
  if (!eligible || choice != event.host) {
    reporter_.Report(
        kFailoverChoice, event.shard, "coordinator {} appoints host {}, and host {} is {}{}",
        event.term, event.host, choice.value_or(HostId()).value,
        event.by_operator ? "whom the operator named" : "the choice of those that live",
        eligible ? "" : "; the appointed one may never lead");
  }
  const auto before = set->instances.find(set->appointed);
  if (before == set->instances.end() || set->appointed == event.host) return;
  reporter_.Count(kFailoverNoFailback);
  if (event.by_operator || !before->second.probe.live || !before->second.probe.leads) return;
  reporter_.Report(kFailoverNoFailback, event.shard,
                   "coordinator {} appoints host {}, and host {}, which was appointed, lives and "
                   "leads",
                   event.term, event.host, set->appointed);
}

void FailoverChecks::On(const AppointmentRecorded& event, const Ghost& ghost) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(kFailoverLeaseOrder);
  for (const auto& [host, instance] : set->instances) {
    if (host == event.host || !Writes(host, instance, ghost)) continue;
    reporter_.Report(kFailoverLeaseOrder, event.shard,
                     "host {} is appointed, and host {} has a lease of term {} until its clock, "
                     "which shows {}, shows {}",
                     event.host, host, instance.lease->term, clocks_[host], instance.lease->until);
  }
  set->appointed = event.host;
  set->waited_since = reporter_.now();
  set->leased = false;
  set->switched = set->switch_to.has_value();
  set->granted = HostId();
  set->granted_in = Term();
}

void FailoverChecks::On(const GrantRecorded& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  set->granted = event.host;
  set->granted_in = event.raft_term;
}

void FailoverChecks::On(const SwitchAsked& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  set->switch_to = event.to;
  set->switched = true;
}

// Who may never lead is refused, and nobody who was refused is switched to.
void FailoverChecks::On(const SwitchEnded& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr || !set->switch_to.has_value()) return;
  reporter_.Count(kFailoverChoice);
  const auto at = set->instances.find(*set->switch_to);
  const bool eligible = at != set->instances.end() && at->second.eligible;
  if (event.ending == SwitchEnding::kDone && !eligible) {
    reporter_.Report(kFailoverChoice, event.shard,
                     "a switch to host {} is done, and that one may never lead", *set->switch_to);
  }
  set->switch_to = std::nullopt;
}

// --- Fencing ---

void FailoverChecks::On(const CoordinatorLocked& event) {
  if (sets_.empty()) return;
  reporter_.Count(kFailoverFencing);
  if (event.term <= lock_term_) {
    reporter_.Report(kFailoverFencing, ShardId(),
                     "host {} coordinates with term {}, and there was term {} before", event.host,
                     event.term, lock_term_);
  }
  lock_term_ = event.term;
  coordinator_ = event.host;
}

void FailoverChecks::On(const CoordinatorGaveUp& event) {
  if (coordinator_ != event.host) return;
  coordinator_ = HostId();
  for (auto& [shard, set] : sets_) {
    if (set.gap.has_value()) set.gap->takeover = true;
  }
}

void FailoverChecks::On(const CoordinatorCommand& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(kFailoverFencing);
  Instance& instance = set->instances[event.host];
  if (!event.heeded) return;
  const bool older = event.term < instance.term ||
                     (event.term == instance.term && event.number <= instance.number);
  if (older) {
    reporter_.Report(kFailoverFencing, event.shard,
                     "host {} heeds command {} of coordinator {}, and has heeded command {} of "
                     "coordinator {}",
                     event.host, event.number, event.term, instance.number, instance.term);
  }
  instance.term = event.term;
  instance.term_ever = std::max(instance.term_ever, event.term);
  instance.number = event.number;
}

// --- Time without a writer ---

void FailoverChecks::On(const HostStarted& event) { down_[event.host] = false; }

void FailoverChecks::On(const HostReachable& event) {
  for (auto& [shard, set] : sets_) {
    const auto at = set.instances.find(event.host);
    if (at != set.instances.end()) at->second.reachable = event.reachable;
  }
}

// What a host has heeded it may forget with its process: leases name the life that they are for.
void FailoverChecks::On(const HostCrashed& event, const Ghost& ghost) {
  if (sets_.empty()) return;
  down_[event.host] = true;
  const bool coordinated = coordinator_ == event.host;
  for (auto& [shard, set] : sets_) {
    // Whatever else breaks meanwhile makes it another case; but for the coordinator.
    if (set.gap.has_value() && !set.gap->healed) {
      if (set.gap->coordinator == event.host && set.gap->crashed != event.host) {
        set.gap->takeover = true;
      } else {
        set.gap = std::nullopt;
      }
    }
    const auto at = set.instances.find(event.host);
    if (at == set.instances.end()) continue;
    const bool others_up = std::none_of(down_.begin(), down_.end(), [&event](const auto& one) {
      return one.second && one.first != event.host;
    });
    const bool wrote = Writes(event.host, at->second, ghost);
    if (wrote && set.only_crashes && others_up && !coordinator_.none()) {
      set.gap = Gap{reporter_.now(), event.host, coordinator_, coordinated, false};
    }
    at->second.lease = std::nullopt;
    at->second.by_hand = std::nullopt;
    at->second.number = 0;
    at->second.term = 0;
  }
  if (coordinated) coordinator_ = HostId();
}

void FailoverChecks::On(const PhaseBegan& event) {
  for (auto& [shard, set] : sets_) {
    if (event.phase == Phase::kHeal) set.gap = std::nullopt;
    if (event.phase != Phase::kConverge) continue;
    const bool all = std::all_of(set.instances.begin(), set.instances.end(),
                                 [](const auto& one) { return one.second.reachable; });
    if (all) set.gap = Gap{reporter_.now(), {}, coordinator_, true, true};
  }
}

void FailoverChecks::On(const TimePassed&) {
  for (auto& [shard, set] : sets_) JudgeGap(shard, set, false);
}

void FailoverChecks::JudgeGap(ShardId shard, Replicaset& set, bool ended) {
  if (!set.gap.has_value()) return;
  // Whoever is open by hand keeps others from getting leases.
  for (const auto& [host, instance] : set.instances) {
    if (IsOpenByHand(host, instance)) set.gap->since = reporter_.now();
  }
  const Gap gap = *set.gap;
  const Duration length = reporter_.now() - gap.since;
  const Duration bound = set.gap_max + (gap.takeover ? set.takeover_max : Duration{}) +
                         (gap.healed ? set.first_start_max : Duration{});
  if (!ended && length <= bound) return;
  set.gap = std::nullopt;
  reporter_.Count(kFailoverGapBounded);
  if (length <= bound) return;
  if (gap.healed) {
    return reporter_.Report(kFailoverGapBounded, shard,
                            "everything is healed for {} ns, and nobody has a lease; {} ns are "
                            "allowed",
                            length.ns, bound.ns);
  }
  reporter_.Report(kFailoverGapBounded, shard,
                   "host {} crashed as the writer, and for {} ns nobody had a lease; {} ns are "
                   "allowed{}",
                   gap.crashed, length.ns, bound.ns,
                   gap.takeover ? ", with a new coordinator" : "");
}

}  // namespace ww::checks
