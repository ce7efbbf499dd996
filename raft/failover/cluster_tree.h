// The configuration of a cluster as its schema has it: typed and placed, not yet checked together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "raft/failover/config.h"
#include "raft/failover/config_error.h"
#include "raft/failover/value.h"

namespace ww::raft::failover {

template <class T>
struct Placed {
  T value{};
  int line = 0;
  std::string key;
};

enum class DatabaseMode : uint8_t { kReadOnly, kReadWrite };
enum class ElectionMode : uint8_t { kOff, kVoter, kManual, kCandidate };

// What one scope says. The scopes are cluster, group, replicaset and instance; the inner one wins.
struct Settings {
  std::optional<Placed<Mode>> mode;
  std::optional<Placed<Strategy>> strategy;
  std::optional<Placed<bool>> anonymous;
  std::optional<Placed<bool>> isolated;
  std::optional<Placed<ElectionMode>> election_mode;
  std::optional<Placed<DatabaseMode>> database_mode;
  std::optional<Interval> connect_timeout;

  Settings Inside(const Settings& outer) const;
};

struct InstanceTree {
  std::string name;
  int line = 0;
  Settings settings;
};

struct ReplicasetTree {
  std::string group;
  std::string name;
  int line = 0;
  Settings settings;
  std::optional<Placed<std::string>> leader;
  std::optional<Placed<std::string>> bootstrap_leader;
  std::vector<InstanceTree> instances;

  std::string path() const { return "groups." + group + ".replicasets." + name; }
};

struct GroupTree {
  std::string name;
  int line = 0;
  Settings settings;
  std::vector<ReplicasetTree> replicasets;
};

struct FailoverTree {  // failover.replicasets.NAME
  std::string replicaset;
  int line = 0;
  std::vector<Placed<std::string>> learners;
  std::vector<Placed<std::string>> prioritized;  // Names; as many as priorities.
  std::vector<Priority> priorities;

  std::string path() const { return "failover.replicasets." + replicaset; }
};

struct ClusterTree {
  Settings settings;
  std::vector<GroupTree> groups;
  std::vector<FailoverTree> failover;
  Timings timings;
};

// By the published schema: types, words, names, scopes; unknown keys are refused, sections that
// have nothing to do with failover are taken without a look inside. In the order of the file.
ClusterTree ReadClusterTree(const ConfigValue& root, Profile profile, Refusals& refusals);

}  // namespace ww::raft::failover
