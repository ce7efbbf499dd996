#include "scenarios/checks/bootstraps.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/priority_rank.h"

namespace ww::checks {

// The highest rank, and among equals the name that comes first by bytes.
std::optional<HostId> BootstrapChecks::ChoiceOf(const ReplicasetSupervised& event) {
  const SupervisedInstance* best = nullptr;
  std::optional<PriorityRank> best_rank;
  for (const SupervisedInstance& one : event.instances) {
    const std::optional<PriorityRank> rank = PriorityRank::Of(one.priority);
    if (!rank.has_value() || one.anonymous || one.learner) continue;
    const bool better =
        best == nullptr || *rank > best_rank || (*rank == best_rank && one.name < best->name);
    if (!better) continue;
    best = &one;
    best_rank = rank;
  }
  return best == nullptr ? std::nullopt : std::optional(best->host);
}

BootstrapChecks::Replicaset* BootstrapChecks::Find(ShardId shard) {
  const auto at = sets_.find(shard);
  return at == sets_.end() ? nullptr : &at->second;
}

void BootstrapChecks::On(const ReplicasetSupervised& event) {
  Replicaset& set = sets_[event.shard];
  const std::optional<HostId> choice = ChoiceOf(event);
  if (!event.host.none()) {
    set.hosts.at(event.host).choice = choice;
    return;
  }
  set.connect_timeout = event.connect_timeout;
  for (const SupervisedInstance& one : event.instances) {
    const bool counts = !one.anonymous && !one.isolated;
    set.instances.push_back({std::string(one.name), one.host, counts, one.anonymous});
    set.hosts[one.host].choice = choice;
  }
}

// --- What hosts have ---

void BootstrapChecks::On(const HostStarted& event) {
  for (auto& [shard, set] : sets_) {
    const auto host = set.hosts.find(event.host);
    if (host == set.hosts.end()) continue;
    host->second.started = true;
    host->second.up = true;
  }
}

void BootstrapChecks::On(const HostCrashed& event) {
  for (auto& [shard, set] : sets_) {
    const auto host = set.hosts.find(event.host);
    if (host == set.hosts.end()) continue;
    host->second.up = false;
    host->second.agreed_to = false;
    host->second.written.clear();
    if (set.begun.has_value() && set.begun->host == event.host && !host->second.data) {
      set.begun->uncertain = true;
    }
  }
}

void BootstrapChecks::On(const HostWiped& event) {
  for (auto& [shard, set] : sets_) {
    const auto host = set.hosts.find(event.host);
    if (host == set.hosts.end()) continue;
    host->second.data = false;
    host->second.promise = std::nullopt;
    host->second.replaced = false;
    // Nothing is left of a shard that nobody else has joined.
    const bool left = std::any_of(set.hosts.begin(), set.hosts.end(),
                                  [](const auto& one) { return one.second.data; });
    if (!left && set.begun.has_value() && set.begun->host == event.host) {
      set.begun = std::nullopt;
      set.created = false;
    }
  }
}

void BootstrapChecks::On(const RecordWritten& event) {
  if (sets_.empty() || event.kind != RecordKind::kBootstrap) return;
  Replicaset* set = Find(event.who.shard);
  if (set != nullptr) set->hosts[event.host].written.push_back({event.file, event.end});
}

void BootstrapChecks::On(const FileSynced& event) {
  for (auto& [shard, set] : sets_) {
    const auto host = set.hosts.find(event.host);
    if (host == set.hosts.end() || host->second.written.empty()) continue;
    const size_t durable = std::erase_if(host->second.written, [&event](const Write& write) {
      return write.file == event.file && write.end <= event.size;
    });
    if (durable > 0) host->second.data = true;
  }
}

void BootstrapChecks::On(const ReplicaStarted& event) {
  if (sets_.empty()) return;
  // A new one starts before its record is durable; one that was read back is.
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
  HostState& host = set->hosts[event.host];
  if (host.written.empty() && !host.agreed_to) host.data = true;
  if (set->begun.has_value() && set->begun->host == event.host) set->begun->uncertain = false;
}

// --- What they promise ---

void BootstrapChecks::On(const BootstrapRecalled& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(PropertyId::kBootstrapSingle);
  // A crash may have come between the writing and the telling.
  if (event.identity != 0) {
    return Hold(event.shard, *set, event.host, {event.creator, event.identity});
  }
  const HostState& host = set->hosts[event.host];
  if (!host.promise.has_value()) return;
  reporter_.Report(PropertyId::kBootstrapSingle, event.shard,
                   "host {} starts without a promise, and has promised host {} identity {}",
                   event.host, host.promise->creator, host.promise->identity);
}

void BootstrapChecks::On(const BootstrapPromised& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(PropertyId::kBootstrapSingle);
  Hold(event.shard, *set, event.host, {event.creator, event.identity});
}

// Why what a host holds to must not be given up; empty when it may: nobody creates it any more.
std::string BootstrapChecks::DefectOfChange(const Replicaset& set, HostId host) const {
  const Promise& held = *set.hosts.at(host).promise;
  if (set.begun.has_value() && set.begun->identity == held.identity && !set.begun->uncertain) {
    return "which was created";
  }
  const auto creator = set.hosts.find(held.creator);
  const bool holds = creator != set.hosts.end() && creator->second.promise == held;
  if (held.creator != host && holds) return "to which that one holds";
  if (set.hosts.at(host).agreed_to) return "which it has begun to create";
  return "";
}

void BootstrapChecks::Hold(ShardId shard, Replicaset& set, HostId host, const Promise& promise) {
  HostState& state = set.hosts[host];
  if (state.promise.has_value() && *state.promise != promise) {
    const std::string defect = DefectOfChange(set, host);
    if (!defect.empty()) {
      reporter_.Report(PropertyId::kBootstrapSingle, shard,
                       "host {} agrees that host {} creates identity {}, and has agreed that host "
                       "{} creates identity {}, {}",
                       host, promise.creator, promise.identity, state.promise->creator,
                       state.promise->identity, defect);
    }
    state.replaced = true;
  }
  state.promise = promise;
}

void BootstrapChecks::On(const BootstrapJoined& event) {
  const Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(PropertyId::kBootstrapSingle);
  if (set->begun.has_value() && set->begun->identity == event.identity) return;
  reporter_.Report(PropertyId::kBootstrapSingle, event.shard,
                   "host {} joins identity {} of the shard, and {}", event.host, event.identity,
                   set->begun.has_value() ? fmt::format("{} was created", set->begun->identity)
                                          : "none was created");
}

// --- Who creates ---

size_t BootstrapChecks::Needed(const Replicaset& set) {
  const auto count = std::count_if(set.instances.begin(), set.instances.end(),
                                   [](const Instance& one) { return one.counts; });
  return static_cast<size_t>(count) / 2 + 1;
}

// What is wrong with a creation; empty when nothing is.
std::string BootstrapChecks::DefectOf(const Replicaset& set, const BootstrapBegun& event) const {
  const size_t needed = Needed(set);
  if (set.begun.has_value() && !set.begun->uncertain &&
      (set.begun->host != event.host || set.begun->identity != event.identity)) {
    return fmt::format("host {} has created identity {}", set.begun->host, set.begun->identity);
  }
  if (set.hosts.at(event.host).data) return "it has data of the shard";
  if (event.agreed.size() < needed) {
    return fmt::format("{} agreed, and {} are needed", event.agreed.size(), needed);
  }
  const Promise wanted{event.host, event.identity};
  for (const std::span<const HostId> hosts : {event.connected, event.agreed}) {
    for (const HostId host : hosts) {
      const auto at = set.hosts.find(host);
      if (at == set.hosts.end()) return fmt::format("host {} has no instance", host);
      if (at->second.promise != wanted) return fmt::format("host {} has not agreed to it", host);
    }
  }
  const auto holds = [&wanted](const auto& one) { return one.second.promise == wanted; };
  const bool replaces = std::any_of(set.hosts.begin(), set.hosts.end(), [&](const auto& one) {
    return holds(one) && one.second.replaced;
  });
  if (replaces && !std::all_of(set.hosts.begin(), set.hosts.end(), holds)) {
    return "somebody gave up another for it, and not all agree";
  }
  for (size_t i = 0; i < event.agreed.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (event.agreed[i] == event.agreed[j]) {
        return fmt::format("host {} is counted twice", event.agreed[i]);
      }
    }
    const auto is_it = [&](const Instance& one) { return one.host == event.agreed[i]; };
    if (!std::find_if(set.instances.begin(), set.instances.end(), is_it)->counts) {
      return fmt::format("host {} does not count", event.agreed[i]);
    }
  }
  return "";
}

void BootstrapChecks::JudgeCreator(ShardId shard, const Replicaset& set, HostId host) {
  reporter_.Count(PropertyId::kBootstrapPriority);
  reporter_.Count(PropertyId::kBootstrapNoFallback);
  const std::optional<HostId> chosen = set.hosts.at(host).choice;
  if (chosen.has_value() && !set.hosts.at(*chosen).started) {
    reporter_.Report(PropertyId::kBootstrapNoFallback, shard,
                     "host {} creates the shard, and host {}, which is chosen, has "
                     "never been started",
                     host, *chosen);
  }
  if (chosen == host) return;
  reporter_.ReportText(
      PropertyId::kBootstrapPriority, shard,
      chosen.has_value()
          ? fmt::format("host {} creates the shard, and host {} is chosen by priority", host,
                        *chosen)
          : fmt::format("host {} creates the shard, and nobody can be chosen", host));
}

void BootstrapChecks::On(const BootstrapBegun& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  JudgeCreator(event.shard, *set, event.host);
  reporter_.Count(PropertyId::kBootstrapSingle);
  const std::string defect = DefectOf(*set, event);
  if (!defect.empty()) {
    reporter_.Report(PropertyId::kBootstrapSingle, event.shard,
                     "host {} creates identity {} of the shard, and {}", event.host, event.identity,
                     defect);
  }
  set->begun = Creation{event.host, event.identity, false};
  set->hosts[event.host].agreed_to = true;
}

void BootstrapChecks::On(const ReplicaCreated& event) {
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
  for (const Instance& one : set->instances) {
    if (one.host == event.host && one.anonymous) set->anonymous.push_back(event.who.replica);
  }
  if (event.joins) return;
  JudgeCreator(event.who.shard, *set, event.host);
  reporter_.Count(PropertyId::kBootstrapSingle);
  if (!set->hosts[event.host].agreed_to) {
    reporter_.Report(PropertyId::kBootstrapSingle, event.who.shard,
                     "host {} creates the shard with replica {}, and nobody was asked "
                     "to agree",
                     event.host, event.who.replica);
  }
  set->created = true;
}

// --- From when on clients may write ---

void BootstrapChecks::JudgeVoters(const MembershipChanged& event, const Replicaset& set) {
  if (set.anonymous.empty()) return;
  reporter_.Count(PropertyId::kAnonymousNoVote);
  for (const std::span<const ReplicaId> voters :
       {event.config.voters, event.config.outgoing_voters}) {
    for (const ReplicaId replica : set.anonymous) {
      if (std::find(voters.begin(), voters.end(), replica) == voters.end()) continue;
      reporter_.Report(PropertyId::kAnonymousNoVote, event.who.shard,
                       "the change at index {} makes replica {} a voter, and its instance is "
                       "anonymous",
                       event.index, replica);
    }
  }
}

void BootstrapChecks::On(const MembershipChanged& event) {
  Replicaset* set = Find(event.who.shard);
  if (set != nullptr) JudgeVoters(event, *set);
  if (set == nullptr || event.config.voters.size() < Needed(*set)) return;
  if (!set->writable.has_value() || event.index < *set->writable) set->writable = event.index;
}

void BootstrapChecks::JudgeCommand(const EntryApplied& event) {
  const Replicaset* set = Find(event.who.shard);
  if (set == nullptr || Needed(*set) == 1) return;
  reporter_.Count(PropertyId::kAckedKept);
  if (set->writable.has_value() && event.index > *set->writable) return;
  reporter_.Report(PropertyId::kAckedKept, event.who.shard,
                   "replica {} applies a client's command at index {}, and {}: it was taken before "
                   "{} instances were voters, and can be lost with fewer disks",
                   event.who.replica, event.index,
                   set->writable.has_value()
                       ? fmt::format("only the change at {} made enough voters", *set->writable)
                       : "no change has made enough voters yet",
                   Needed(*set));
}

// --- That it comes about ---

// An operator has not told all of them yet.
bool BootstrapChecks::AllChooseAlike(const Replicaset& set) {
  const std::optional<HostId>& choice = set.hosts.begin()->second.choice;
  return choice.has_value() &&
         std::all_of(set.hosts.begin(), set.hosts.end(),
                     [&choice](const auto& one) { return one.second.choice == choice; });
}

void BootstrapChecks::On(const PhaseBegan& event) {
  if (event.phase != Phase::kConverge) return;
  for (auto& [shard, set] : sets_) {
    set.deadline = reporter_.now() + set.connect_timeout * 2 + election_timeout_ * kBootstrapBound;
  }
}

void BootstrapChecks::On(const TimePassed&) {
  for (auto& [shard, set] : sets_) {
    if (!set.deadline.has_value()) continue;
    const bool all_up = std::all_of(set.hosts.begin(), set.hosts.end(),
                                    [](const auto& one) { return one.second.up; });
    const bool due = reporter_.now() > *set.deadline;
    if (!set.created && !due) continue;
    reporter_.Count(PropertyId::kBootstrapLiveness);
    set.deadline = std::nullopt;
    if (set.created || !all_up || !AllChooseAlike(set)) continue;
    reporter_.Report(PropertyId::kBootstrapLiveness, shard,
                     "all instances are up and connected, and host {}, which all of them choose, "
                     "has not created the shard",
                     *set.hosts.begin()->second.choice);
  }
}

}  // namespace ww::checks
