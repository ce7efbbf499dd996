// The published cases of data/failover_cases.yaml, and short ways to read a configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/failover/explain.h"
#include "raft/failover/read_config.h"
#include "scenarios/config/yaml.h"

namespace ww::raft::failover {

struct PublishedCase {
  std::string name;
  std::string config;
  std::string evaluated_on;
  Profile profile = Profile::kTarantool34;
  std::optional<std::string> error;   // The class of the failure.
  std::optional<std::string> leader;  // Where there is no error.
  std::string error_path;
  bool environment = false;  // An environment variable of one instance changes it.
};

// Of lists "cases", "derived_cases": each in both profiles.
std::vector<PublishedCase> ReadCases(const std::string& list);

struct SchemaCase {
  std::string name;
  std::string failover;  // The section, as YAML.
  std::string expected;  // "ok" or an error class: of 3.3, and of 3.4.0, which has its schema.
};
std::vector<SchemaCase> ReadSchemaCases();

// A node of the data file by its key; aborts when there is none.
const scenarios::YamlNode& Data();
const scenarios::YamlNode* FindKey(const scenarios::YamlNode& map, std::string_view key);
const scenarios::YamlNode& Key(const scenarios::YamlNode& map, std::string_view key);

using ReadResult = std::variant<ClusterConfig, ConfigError>;
ReadResult Read(const std::string& yaml, Profile profile = Profile::kTarantool34,
                std::optional<std::string> instance = std::nullopt);
// The code of the refusal; "" when it was read.
std::string CodeOf(const ReadResult& result);
// Of a configuration that has to be right, with one replicaset.
FailoverConfig ReadOne(const std::string& yaml, Profile profile = Profile::kTarantool34);

}  // namespace ww::raft::failover
