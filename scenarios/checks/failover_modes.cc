#include "scenarios/checks/failover_modes.h"

#include <algorithm>

#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

namespace {

std::vector<HostId> WritersOf(const ReplicasetConfigured& event) {
  std::vector<HostId> writers;
  for (const ConfiguredInstance& one : event.instances) {
    const bool writes = event.mode == FailoverMode::kElection ||
                        (event.mode == FailoverMode::kOff && one.read_write) ||
                        (event.mode == FailoverMode::kManual && one.name == event.leader);
    if (writes) writers.push_back(one.host);
  }
  return writers;
}

}  // namespace

FailoverModeChecks::Replicaset* FailoverModeChecks::Find(ShardId shard) {
  const auto at = sets_.find(shard);
  return at == sets_.end() ? nullptr : &at->second;
}

bool FailoverModeChecks::Writes(const Configuration& configuration, HostId host) {
  const auto& writers = configuration.writers;
  return std::find(writers.begin(), writers.end(), host) != writers.end();
}

void FailoverModeChecks::On(const ReplicasetConfigured& event) {
  Replicaset& set = sets_[event.shard];
  Look(event.shard, set, false);
  set.gap_max = event.gap_max;
  set.only_crashes = event.only_crashes;
  const Configuration configuration{reporter_.now(), event.mode, WritersOf(event)};
  for (const ConfiguredInstance& one : event.instances) {
    Instance& instance = set.instances[one.host];
    instance.replica = one.replica;
    if (!event.host.none() && event.host != one.host) continue;
    instance.had.push_back(configuration);
    // What was replaced longer ago than anything begun under it can last.
    while (instance.had.size() > 1 && reporter_.now() - instance.had[1].since > event.gap_max) {
      instance.had.pop_front();
    }
  }
  Look(event.shard, set, true);
}

// --- Who writes, and who hands over to whom ---

void FailoverModeChecks::On(const WriteTaken& event) {
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
  reporter_.Count(kFailoverMode);
  const auto at = set->instances.find(event.host);
  if (at != set->instances.end() && Writes(at->second.had.back(), event.host)) return;
  reporter_.Report(kFailoverMode, event.who.shard,
                   "host {} takes a client's command in term {}, and its configuration does not "
                   "let it write",
                   event.host, event.term);
}

void FailoverModeChecks::On(const TransferChanged& event) {
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr || event.event != TransferEvent::kStarted) return;
  reporter_.Count(kFailoverMode);
  HostId from;
  HostId to;
  for (const auto& [host, instance] : set->instances) {
    if (instance.replica == event.who.replica) from = host;
    if (instance.replica == event.target) to = host;
  }
  const auto leader = set->instances.find(from);
  if (leader != set->instances.end()) {
    const std::deque<Configuration>& had = leader->second.had;
    const bool meant = std::any_of(had.begin(), had.end(), [&](const Configuration& one) {
      return !Writes(one, from) && Writes(one, to);
    });
    if (meant) return;
  }
  reporter_.Report(kFailoverMode, event.who.shard,
                   "host {} hands the leadership over to host {}, and no configuration that it had "
                   "asks for that",
                   from, to);
}

// --- That somebody writes ---

bool FailoverModeChecks::SomebodyWrites(const Replicaset& set) {
  const auto leader = set.instances.find(set.leader);
  return leader != set.instances.end() && Writes(leader->second.had.back(), set.leader);
}

bool FailoverModeChecks::MustWrite(const Replicaset& set) const {
  if (!phase_.has_value()) return false;
  const bool judged = IsHealed(*phase_) || (*phase_ == Phase::kChaos && set.only_crashes);
  if (!judged || set.instances.size() < 3) return false;
  const std::vector<HostId>& writers = set.instances.begin()->second.had.back().writers;
  size_t down = 0;
  bool one_lives = false;
  for (const auto& [host, instance] : set.instances) {
    if (instance.had.back().writers != writers) return false;
    down += instance.up ? 0 : 1;
    one_lives = one_lives || (instance.up && Writes(instance.had.back(), host));
  }
  return one_lives && down <= 1;
}

void FailoverModeChecks::Look(ShardId shard, Replicaset& set, bool unrest) {
  const bool writes = SomebodyWrites(set);
  if (set.waited_since.has_value()) {
    const Duration length = reporter_.now() - *set.waited_since;
    if (writes || length > set.gap_max) {
      reporter_.Count(kFailoverGapBounded);
      reporter_.Took(kFailoverGapBounded, length);
      set.waited_since = std::nullopt;
    }
    if (length > set.gap_max) {
      return reporter_.Report(kFailoverGapBounded, shard,
                              "instances that may write are up, and for {} ns none of them leads; "
                              "{} ns are allowed",
                              length.ns, set.gap_max.ns);
    }
  }
  const bool must = MustWrite(set);
  // Also that nothing was lost by it.
  if (unrest && must && writes) reporter_.Count(kFailoverGapBounded);
  if (writes || !must) {
    set.waited_since = std::nullopt;
  } else if (unrest || !set.waited_since.has_value()) {
    set.waited_since = reporter_.now();
  }
}

void FailoverModeChecks::On(const RoleChanged& event) {
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
  for (const auto& [host, instance] : set->instances) {
    if (instance.replica != event.who.replica) continue;
    const bool leads = event.role == Role::kLeader;
    if (leads && event.term > set->led_in) {
      set->led_in = event.term;
      set->leader = host;
    } else if (!leads && set->leader == host) {
      set->leader = HostId();
    }
  }
  Look(event.who.shard, *set, false);
}

void FailoverModeChecks::On(const HostStarted& event) {
  for (auto& [shard, set] : sets_) {
    const auto at = set.instances.find(event.host);
    if (at == set.instances.end()) continue;
    Look(shard, set, false);
    at->second.up = true;
    Look(shard, set, true);
  }
}

void FailoverModeChecks::On(const HostCrashed& event) {
  for (auto& [shard, set] : sets_) {
    const auto at = set.instances.find(event.host);
    if (at == set.instances.end()) continue;
    Look(shard, set, false);
    at->second.up = false;
    if (set.leader == event.host) set.leader = HostId();
    Look(shard, set, true);
  }
}

void FailoverModeChecks::On(const PhaseBegan& event) {
  for (auto& [shard, set] : sets_) Look(shard, set, false);
  phase_ = event.phase;
  for (auto& [shard, set] : sets_) Look(shard, set, true);
}

void FailoverModeChecks::On(const TimePassed&) {
  for (auto& [shard, set] : sets_) Look(shard, set, false);
}

}  // namespace ww::checks
