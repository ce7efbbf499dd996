// FailoverConfig: one replicaset as bootstrap and the coordinator need it, checked and ordered.
//
// Invariants (`CheckInvariants`): instances in the order of their names as unsigned bytes, each
// name once and well formed; at least one is not anonymous; a manual leader is one of them; a
// supervised replicaset has a strategy that its profile supports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/failover/number.h"
#include "raft/failover/timings.h"
#include "sim/base/time.h"

namespace ww::raft::failover {

// Which published version's rules count: 3.3 is 3.3.5, 3.4 is 3.4.0.
enum class Profile : uint8_t { kTarantool33, kTarantool34 };
std::string_view NameOf(Profile profile);  // "tarantool-3.3", "tarantool-3.4".
std::optional<Profile> ProfileFromName(std::string_view name);

// What an instance with a learner's role is spared from, by profile.
constexpr bool LearnersMayBootstrap(Profile profile) { return profile == Profile::kTarantool33; }
// Whether the chosen instance, started without data, takes itself for the writer because its
// configuration says so: before there are enough voters, without a lease, also when it only lost
// its disk.
constexpr bool WritesByConfiguration(Profile profile) { return profile == Profile::kTarantool33; }

enum class Mode : uint8_t { kOff, kManual, kElection, kSupervised };
enum class Strategy : uint8_t { kAuto, kConfig, kSupervised, kNative, kLegacy };
std::string_view NameOf(Mode mode);
std::string_view NameOf(Strategy strategy);

struct Priority {
  Number value;            // 0 when none is given.
  std::string text = "0";  // As written.
  bool given = false;
};

struct Instance {
  std::string name;
  bool anonymous = false;  // Takes data, has no vote and is nobody's choice.
  bool isolated = false;   // Cut off by its operator; still a candidate.
  bool learner = false;    // Never appointed; in 3.3 it may still be chosen at bootstrap.
  Priority priority;
  bool read_write = false;  // database.mode, which counts in mode off.
  bool candidate = true;    // replication.election_mode, which counts in mode election.
};

struct FailoverConfig {
  Profile profile = Profile::kTarantool34;
  std::string group;
  std::string replicaset;
  Mode mode = Mode::kOff;
  Strategy strategy = Strategy::kAuto;
  std::vector<Instance> instances;
  std::optional<std::string> manual_leader;
  Interval connect_timeout = {"30", Seconds(30)};  // replication.connect_timeout: at bootstrap.
  Timings timings;

  // Nothing when there is no such instance.
  const Instance* Find(std::string_view name) const;
};

// Bytes are unsigned, a prefix comes first: "i-10" < "i-2", and '-' < digits < '_' < letters.
bool NameBefore(std::string_view a, std::string_view b);

// [a-z][a-z0-9_-]{0,62}, for groups, replicasets and instances.
bool WellFormedName(std::string_view name);

// Whether a supervised replicaset can be bootstrapped so: auto; from 3.4 also supervised, native.
bool Supports(Profile profile, Strategy strategy);

// Whether one may come in the place of the other while the replicaset lives: the same instances, as
// anonymous and isolated as they were.
bool HasInstancesOf(const FailoverConfig& later, const FailoverConfig& earlier);
// Whether everything but the priorities is the same.
bool OnlyPrioritiesDiffer(const FailoverConfig& later, const FailoverConfig& earlier);

// For configurations that a program put together; those that were read are correct.
void CheckInvariants(const FailoverConfig& config);

}  // namespace ww::raft::failover
