#include "scenarios/checks/bootstraps.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/checks/bounds.h"

namespace ww::checks {
namespace {

constexpr int64_t kScale = 10'000;
constexpr int kScaleDigits = 4;
// Beyond every number that a configuration can have.
constexpr int64_t kBeyond = INT64_MAX;

std::optional<int64_t> DigitOf(char c, int64_t base) {
  if (c >= '0' && c <= '9') return c - '0';
  if (base == 16 && c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

// What does not fit is beyond everything.
int64_t Grow(int64_t value, int64_t factor, int64_t digit) {
  if (value > (kBeyond - digit) / factor) return kBeyond;
  return value * factor + digit;
}

int64_t HexadecimalOf(std::string_view digits) {
  int64_t value = 0;
  for (const char c : digits) value = Grow(value, 16, DigitOf(c, 16).value_or(0));
  return Grow(value, kScale, 0);
}

// Digits, a point, digits, an exponent.
int64_t DecimalOf(std::string_view text) {
  int64_t value = 0;
  int places = 0;
  bool behind_point = false;
  size_t at = 0;
  for (; at < text.size() && text[at] != 'e'; ++at) {
    if (text[at] == '.') {
      behind_point = true;
      continue;
    }
    if (behind_point && places >= kScaleDigits) continue;
    value = Grow(value, 10, DigitOf(text[at], 10).value_or(0));
    if (behind_point) ++places;
  }
  int exponent = 0;
  const bool negative = at + 1 < text.size() && text[at + 1] == '-';
  for (++at; at < text.size(); ++at) {
    if (const auto digit = DigitOf(text[at], 10); digit.has_value() && exponent < 1000) {
      exponent = exponent * 10 + static_cast<int>(*digit);
    }
  }
  int shift = (negative ? -exponent : exponent) - places + kScaleDigits;
  for (; shift > 0 && value != kBeyond && value != 0; --shift) value = Grow(value, 10, 0);
  for (; shift < 0 && value != 0; ++shift) value /= 10;
  return value;
}

}  // namespace

std::optional<int64_t> RankOfPriority(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower.starts_with("nan")) return std::nullopt;
  int64_t rank = 0;
  if (lower.starts_with("inf")) {
    if (negative) return std::nullopt;
    rank = kBeyond;
  } else if (lower.starts_with("0x")) {
    rank = HexadecimalOf(std::string_view(lower).substr(2));
  } else {
    rank = DecimalOf(lower);
  }
  return negative ? -rank : rank;
}

// The highest rank, and among equals the name that comes first by bytes.
std::optional<HostId> BootstrapChecks::ChoiceOf(const Replicaset& set) {
  const Instance* best = nullptr;
  for (const Instance& one : set.instances) {
    if (!one.rank.has_value()) continue;
    const bool better = best == nullptr || *one.rank > *best->rank ||
                        (*one.rank == *best->rank && one.name < best->name);
    if (better) best = &one;
  }
  return best == nullptr ? std::nullopt : std::optional(best->host);
}

BootstrapChecks::Replicaset* BootstrapChecks::Find(ShardId shard) {
  const auto at = sets_.find(shard);
  return at == sets_.end() ? nullptr : &at->second;
}

void BootstrapChecks::On(const ReplicasetSupervised& event) {
  Replicaset& set = sets_[event.shard];
  set.connect_timeout = event.connect_timeout;
  for (const SupervisedInstance& one : event.instances) {
    Instance instance{std::string(one.name), one.host, !one.anonymous && !one.isolated,
                      RankOfPriority(one.priority)};
    if (one.anonymous || (one.learner && !event.learners_create)) instance.rank = std::nullopt;
    set.instances.push_back(std::move(instance));
    set.hosts[one.host];
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
  }
}

void BootstrapChecks::On(const HostWiped& event) {
  for (auto& [shard, set] : sets_) {
    const auto host = set.hosts.find(event.host);
    if (host == set.hosts.end()) continue;
    host->second.data = false;
    host->second.promise = std::nullopt;
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
}

// --- What they promise ---

void BootstrapChecks::On(const BootstrapRecalled& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(PropertyId::kBootstrapSingle);
  HostState& host = set->hosts[event.host];
  const Promise recalled{event.creator, event.identity};
  if (host.promise.has_value() && *host.promise != recalled) {
    reporter_.Report(PropertyId::kBootstrapSingle, event.shard,
                     "host {} starts with a promise to host {} for identity {}, and has promised "
                     "host {} identity {}",
                     event.host, event.creator, event.identity, host.promise->creator,
                     host.promise->identity);
  }
  // A crash may have come between the writing and the telling.
  if (event.identity != 0) host.promise = recalled;
}

void BootstrapChecks::On(const BootstrapPromised& event) {
  Replicaset* set = Find(event.shard);
  if (set == nullptr) return;
  reporter_.Count(PropertyId::kBootstrapSingle);
  HostState& host = set->hosts[event.host];
  const Promise promise{event.creator, event.identity};
  if (host.promise.has_value() && *host.promise != promise) {
    reporter_.Report(PropertyId::kBootstrapSingle, event.shard,
                     "host {} agrees that host {} creates identity {}, and has agreed "
                     "that host {} creates identity {}",
                     event.host, event.creator, event.identity, host.promise->creator,
                     host.promise->identity);
  }
  host.promise = promise;
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
  if (set.begun.has_value() &&
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
  const std::optional<HostId> chosen = ChoiceOf(set);
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
  set->begun = Creation{event.host, event.identity};
  set->hosts[event.host].agreed_to = true;
}

void BootstrapChecks::On(const ReplicaCreated& event) {
  if (event.joins) return;
  Replicaset* set = Find(event.who.shard);
  if (set == nullptr) return;
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

void BootstrapChecks::On(const MembershipChanged& event) {
  Replicaset* set = Find(event.who.shard);
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

// Somebody holds to what the chosen one does not ask for: its disk was wiped, or another was chosen
// before.
bool BootstrapChecks::Dissents(const Replicaset& set) const {
  const std::optional<HostId> chosen = ChoiceOf(set);
  if (!chosen.has_value()) return true;
  const std::optional<Promise>& asked = set.hosts.at(*chosen).promise;
  return std::any_of(set.hosts.begin(), set.hosts.end(), [&asked](const auto& one) {
    return one.second.promise.has_value() && one.second.promise != asked;
  });
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
    if (set.created || !all_up || Dissents(set)) continue;
    reporter_.Report(PropertyId::kBootstrapLiveness, shard,
                     "all instances are up and connected, nobody dissents, and host {} "
                     "has not created the shard",
                     ChoiceOf(set)->value);
  }
}

}  // namespace ww::checks
