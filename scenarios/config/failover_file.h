// Reads the configuration of supervised failover from YAML, in its published shape.
//
// Unlike in scenarios a repeated key is no error: the last one counts, as it does there.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "raft/failover/read_config.h"
#include "scenarios/config/yaml.h"
#include "scenarios/scenario.h"

namespace ww::scenarios {

// `file_name` is for errors only. Errors of the YAML itself have the code of a bad format.
std::variant<raft::failover::ClusterConfig, raft::failover::ConfigError> ReadFailoverFile(
    std::string_view yaml, std::string_view file_name, const raft::failover::ReadOptions& options);

// Of a document that was read already, or of a part of one.
std::variant<raft::failover::ClusterConfig, raft::failover::ConfigError> ReadFailoverTree(
    YamlNode root, const raft::failover::ReadOptions& options);

// The one replicaset of a text, with the scenario's profile. Refuses a supervised one that can't be
// bootstrapped by priority, and another that nobody could write to: the reason in words.
absl::StatusOr<raft::failover::FailoverConfig> ReadReplicaset(const FailoverSpec& spec,
                                                              std::string_view text);
// Several, with lines "---" between them.
std::vector<std::string> ConfigurationsIn(std::string_view text);
absl::StatusOr<std::vector<raft::failover::FailoverConfig>> ReadReplicasets(
    const FailoverSpec& spec, std::string_view text);

// "file:line: key 'x': found ..., expected ...", with as much of a place as there is.
std::string Describe(const raft::failover::ConfigError& error, std::string_view file_name);

}  // namespace ww::scenarios
