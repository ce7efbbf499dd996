#include "raft/failover/config.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft::failover {

std::string_view NameOf(Profile profile) {
  switch (profile) {
    case Profile::kTarantool33:
      return "tarantool-3.3";
    case Profile::kTarantool34:
      return "tarantool-3.4";
  }
  UNREACHABLE();
}

std::optional<Profile> ProfileFromName(std::string_view name) {
  for (const Profile profile : {Profile::kTarantool33, Profile::kTarantool34}) {
    if (NameOf(profile) == name) return profile;
  }
  return std::nullopt;
}

std::string_view NameOf(Mode mode) {
  switch (mode) {
    case Mode::kOff:
      return "off";
    case Mode::kManual:
      return "manual";
    case Mode::kElection:
      return "election";
    case Mode::kSupervised:
      return "supervised";
  }
  UNREACHABLE();
}

std::string_view NameOf(Strategy strategy) {
  switch (strategy) {
    case Strategy::kAuto:
      return "auto";
    case Strategy::kConfig:
      return "config";
    case Strategy::kSupervised:
      return "supervised";
    case Strategy::kNative:
      return "native";
    case Strategy::kLegacy:
      return "legacy";
  }
  UNREACHABLE();
}

const Instance* FailoverConfig::Find(std::string_view name) const {
  const auto at = std::lower_bound(instances.begin(), instances.end(), name,
                                   [](const Instance& instance, std::string_view wanted) {
                                     return NameBefore(instance.name, wanted);
                                   });
  return at != instances.end() && at->name == name ? &*at : nullptr;
}

bool NameBefore(std::string_view a, std::string_view b) {
  // Spelt out: a comparison of plain chars would be signed on some machines, and a locale's or a
  // person's order would put i-2 before i-10.
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
  });
}

bool WellFormedName(std::string_view name) {
  constexpr size_t kNameBytesMax = 63;
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto inner = [letter](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kNameBytesMax && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), inner);
}

bool Supports(Profile profile, Strategy strategy) {
  switch (strategy) {
    case Strategy::kAuto:
      return true;
    case Strategy::kSupervised:
    case Strategy::kNative:
      return profile != Profile::kTarantool33;
    case Strategy::kConfig:
    case Strategy::kLegacy:
      return false;
  }
  UNREACHABLE();
}

bool HasInstancesOf(const FailoverConfig& later, const FailoverConfig& earlier) {
  return std::equal(later.instances.begin(), later.instances.end(), earlier.instances.begin(),
                    earlier.instances.end(), [](const Instance& a, const Instance& b) {
                      return a.name == b.name && a.anonymous == b.anonymous &&
                             a.isolated == b.isolated;
                    });
}

bool OnlyPrioritiesDiffer(const FailoverConfig& later, const FailoverConfig& earlier) {
  if (!HasInstancesOf(later, earlier)) return false;
  const bool same_learners =
      std::equal(later.instances.begin(), later.instances.end(), earlier.instances.begin(),
                 [](const Instance& a, const Instance& b) { return a.learner == b.learner; });
  const auto keys = AllTimings();
  const bool same_timings = std::all_of(keys.begin(), keys.end(), [&](const TimingKey& key) {
    return (later.timings.*key.interval).duration == (earlier.timings.*key.interval).duration;
  });
  return same_learners && same_timings && later.mode == earlier.mode &&
         later.profile == earlier.profile &&
         later.connect_timeout.duration == earlier.connect_timeout.duration;
}

void CheckInvariants(const FailoverConfig& config) {
  CHECK(!config.instances.empty(), "{} has no instances", config.replicaset);
  bool candidates = false;
  for (size_t i = 0; i < config.instances.size(); ++i) {
    const Instance& instance = config.instances[i];
    CHECK(WellFormedName(instance.name), "{}", instance.name);
    CHECK(i == 0 || NameBefore(config.instances[i - 1].name, instance.name), "{} is out of order",
          instance.name);
    candidates = candidates || !instance.anonymous;
  }
  CHECK(candidates, "all instances of {} are anonymous", config.replicaset);
  if (config.manual_leader.has_value()) {
    CHECK(config.mode == Mode::kManual);
    CHECK(config.Find(*config.manual_leader) != nullptr);
  }
  CHECK(config.mode != Mode::kSupervised || Supports(config.profile, config.strategy));
}

}  // namespace ww::raft::failover
