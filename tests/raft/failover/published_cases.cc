#include "tests/raft/failover/published_cases.h"

#include <fstream>
#include <sstream>

#include "scenarios/config/failover_file.h"
#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

using scenarios::YamlNode;

const char* RevisionOf(Profile profile) {
  return profile == Profile::kTarantool33 ? "3.3.5" : "3.4.0";
}

std::string TextAt(const YamlNode& map, std::string_view key) {
  const YamlNode* node = FindKey(map, key);
  return node == nullptr ? "" : node->scalar;
}

// Where revisions differ, `by_version` has what is expected; otherwise the case itself.
void ReadExpectation(const YamlNode& node, PublishedCase& one) {
  const YamlNode* versions = FindKey(node, "by_version");
  const YamlNode& expected = versions == nullptr ? node : Key(*versions, RevisionOf(one.profile));
  const YamlNode* error = FindKey(expected, "expected_error");
  if (error != nullptr) {
    one.error = error->scalar;
    one.error_path = TextAt(expected, "error_path");
    return;
  }
  const YamlNode& leader = Key(expected, "expected_bootstrap_leader");
  if (leader.kind == YamlNode::Kind::kScalar) one.leader = leader.scalar;
}

}  // namespace

const YamlNode& Data() {
  static const YamlNode data = [] {
    std::ifstream in(WHITEWATER_SOURCE_DIR "/tests/raft/failover/data/failover_cases.yaml");
    std::ostringstream text;
    text << in.rdbuf();
    auto root = scenarios::ReadYaml(text.str(), "failover_cases.yaml");
    CHECK(root.ok(), "{}", std::string(root.status().message()));
    return *std::move(root);
  }();
  return data;
}

const YamlNode* FindKey(const YamlNode& map, std::string_view key) {
  for (size_t i = 0; i < map.keys.size(); ++i) {
    if (map.keys[i].scalar == key) return &map.items[i];
  }
  return nullptr;
}

const YamlNode& Key(const YamlNode& map, std::string_view key) {
  const YamlNode* node = FindKey(map, key);
  CHECK(node != nullptr, "no key {} in the map at line {}", key, map.line);
  return *node;
}

std::vector<PublishedCase> ReadCases(const std::string& list) {
  std::vector<PublishedCase> cases;
  for (const YamlNode& node : Key(Data(), list).items) {
    for (const Profile profile : {Profile::kTarantool33, Profile::kTarantool34}) {
      PublishedCase& one = cases.emplace_back();
      one.name = Key(node, "name").scalar;
      one.config = Key(node, "config_yaml").scalar;
      one.evaluated_on = Key(node, "evaluated_on").scalar;
      one.environment = FindKey(node, "instance_env_override") != nullptr;
      one.profile = profile;
      ReadExpectation(node, one);
    }
  }
  return cases;
}

std::vector<SchemaCase> ReadSchemaCases() {
  std::vector<SchemaCase> cases;
  for (const YamlNode& node : Key(Data(), "schema_cases").items) {
    cases.push_back(
        {Key(node, "name").scalar, Key(node, "failover").scalar, Key(node, "expected_3_3").scalar});
  }
  return cases;
}

ReadResult Read(const std::string& yaml, Profile profile, std::optional<std::string> instance) {
  return scenarios::ReadFailoverFile(yaml, "cluster.yaml",
                                     {.profile = profile, .instance = std::move(instance)});
}

std::string CodeOf(const ReadResult& result) {
  const auto* error = std::get_if<ConfigError>(&result);
  return error == nullptr ? "" : std::string(NameOf(error->code));
}

FailoverConfig ReadOne(const std::string& yaml, Profile profile) {
  ReadResult result = Read(yaml, profile);
  const auto* error = std::get_if<ConfigError>(&result);
  CHECK(error == nullptr, "{}", scenarios::Describe(*error, "cluster.yaml"));
  std::vector<FailoverConfig>& all = std::get<ClusterConfig>(result).replicasets;
  CHECK_EQ(all.size(), size_t{1});
  return std::move(all.front());
}

}  // namespace ww::raft::failover
