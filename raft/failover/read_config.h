// From a parsed configuration to the replicasets' `FailoverConfig`, by the published checks.
//
// The first failure wins: schema; no empty group or replicaset; names unique in the cluster;
// conflicts of modes; `failover.replicasets` of all replicasets, in every mode; the bootstrap
// leader of strategy `config`; at least one instance that is not anonymous; a supported strategy.
//
// What the profile's version accepts is accepted, harm included (`warnings`). Two failures of that
// version are none here: nobody eligible gives a choice of nobody, `priority: null` a type error.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "raft/failover/config.h"
#include "raft/failover/config_error.h"
#include "raft/failover/value.h"

namespace ww::raft::failover {

struct ReadOptions {
  Profile profile = Profile::kTarantool34;
  // Whose view to take: what concerns one replicaset alone is then asked of its own only, and only
  // that one comes back. Nothing: of all.
  std::optional<std::string> instance = std::nullopt;
};

struct ClusterConfig {
  std::vector<FailoverConfig> replicasets;  // In the order of their names.
  std::vector<std::string> warnings;
};

std::variant<ClusterConfig, ConfigError> ReadConfig(const ConfigValue& root,
                                                    const ReadOptions& options);

}  // namespace ww::raft::failover
