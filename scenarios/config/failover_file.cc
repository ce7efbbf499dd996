#include "scenarios/config/failover_file.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "raft/failover/choice.h"
#include "raft/failover/writers.h"
#include "sim/base/check.h"
#include "sim/base/words.h"

namespace ww::scenarios {
namespace {

using raft::failover::ConfigError;
using raft::failover::ConfigValue;
using raft::failover::ErrorCode;

// A value that is missing is an empty string there, and null has to be written.
ConfigValue LeafOf(YamlNode node) {
  ConfigValue value;
  value.line = node.line;
  if (node.kind == YamlNode::Kind::kEmpty && !node.scalar.empty()) return value;
  value.kind = ConfigValue::Kind::kScalar;
  value.plain = node.plain || node.kind == YamlNode::Kind::kEmpty;
  value.text = std::move(node.scalar);
  return value;
}

// As deep as ReadYaml lets a document be.
ConfigValue ValueOf(YamlNode node) {
  const bool map = node.kind == YamlNode::Kind::kMap;
  if (!map && node.kind != YamlNode::Kind::kSequence) return LeafOf(std::move(node));
  ConfigValue value;
  value.line = node.line;
  value.kind = map ? ConfigValue::Kind::kMap : ConfigValue::Kind::kList;
  for (size_t i = 0; i < node.items.size(); ++i) {
    ConfigValue item = ValueOf(std::move(node.items[i]));
    if (map) {
      YamlNode& key = node.keys[i];
      value.entries.push_back({std::move(key.scalar), key.plain, key.line, std::move(item)});
    } else {
      value.items.push_back(std::move(item));
    }
  }
  return value;
}

// Takes the place off the front of what ReadYaml says: "file:line: message".
ConfigError FormatError(std::string_view message, std::string_view file_name) {
  ConfigError error{ErrorCode::kFormat, 0, "", ""};
  CHECK(message.starts_with(file_name), "{}", message);
  message.remove_prefix(file_name.size() + 1);
  const size_t colon = message.find(": ");
  CHECK(colon != std::string_view::npos, "{}", message);
  const std::from_chars_result line =
      std::from_chars(message.data(), message.data() + colon, error.line);
  CHECK(line.ec == std::errc{} && line.ptr == message.data() + colon, "{}", message);
  error.message = std::string(message.substr(colon + 2));
  return error;
}

// What a shard that exists, with a voter for each instance, can't be given; empty: nothing.
std::string DefectOfMode(const raft::failover::FailoverConfig& config) {
  const std::string_view mode = raft::failover::NameOf(config.mode);
  for (const raft::failover::Instance& one : config.instances) {
    if (one.anonymous || one.isolated) {
      return fmt::format("found {}, which is {}, with failover {}, expected voters alone",
                         Quoted(one.name), one.anonymous ? "anonymous" : "isolated", mode);
    }
    if (config.mode == raft::failover::Mode::kElection && !one.candidate) {
      return fmt::format("found {} with another election_mode, expected candidates alone",
                         Quoted(one.name));
    }
  }
  const std::string missing = raft::failover::WriterMissing(config);
  if (missing.empty()) return "";
  return fmt::format("found failover {}, and {}: nobody could ever write", mode, missing);
}

}  // namespace

std::variant<raft::failover::ClusterConfig, ConfigError> ReadFailoverFile(
    std::string_view yaml, std::string_view file_name, const raft::failover::ReadOptions& options) {
  absl::StatusOr<YamlNode> root = ReadYaml(yaml, file_name, RepeatedKeys::kLastWins);
  if (!root.ok()) return FormatError(std::string(root.status().message()), file_name);
  return ReadFailoverTree(*std::move(root), options);
}

std::variant<raft::failover::ClusterConfig, ConfigError> ReadFailoverTree(
    YamlNode root, const raft::failover::ReadOptions& options) {
  return raft::failover::ReadConfig(ValueOf(std::move(root)), options);
}

std::vector<std::string> ConfigurationsIn(std::string_view text) {
  std::vector<std::string> all;
  std::string one;
  for (const absl::string_view line :
       absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    if (line == "---") {
      if (!one.empty()) all.push_back(std::exchange(one, {}));
    } else if (!one.empty() || !absl::StripAsciiWhitespace(line).empty()) {
      one.append(line.data(), line.size()).push_back('\n');
    }
  }
  if (!one.empty()) all.push_back(std::move(one));
  return all;
}

absl::StatusOr<raft::failover::FailoverConfig> ReadReplicaset(const FailoverSpec& spec,
                                                              std::string_view text) {
  const auto profile = raft::failover::ProfileFromName(spec.profile);
  if (!profile.has_value()) {
    return absl::InvalidArgumentError(fmt::format(
        "found profile {}, expected tarantool-3.3 or tarantool-3.4", Quoted(spec.profile)));
  }
  auto read = ReadFailoverFile(text, "failover.config", {*profile});
  if (const auto* error = std::get_if<raft::failover::ConfigError>(&read); error != nullptr) {
    return absl::InvalidArgumentError(Describe(*error, "failover.config"));
  }
  auto& cluster = std::get<raft::failover::ClusterConfig>(read);
  if (cluster.replicasets.size() != 1) {
    return absl::InvalidArgumentError(
        fmt::format("found {} replicasets, expected one", cluster.replicasets.size()));
  }
  raft::failover::FailoverConfig config = std::move(cluster.replicasets.front());
  if (config.mode != raft::failover::Mode::kSupervised) {
    if (const std::string defect = DefectOfMode(config); !defect.empty()) {
      return absl::InvalidArgumentError(defect);
    }
    return config;
  }
  const bool by_priority = config.mode == raft::failover::Mode::kSupervised &&
                           config.strategy == raft::failover::Strategy::kAuto &&
                           config.connect_timeout.duration.has_value() &&
                           raft::failover::ChooseBootstrapLeader(config).chosen().has_value();
  if (!by_priority) {
    return absl::InvalidArgumentError(
        "found a replicaset that is not bootstrapped by priority, expected failover supervised, "
        "strategy auto, a connect_timeout and somebody to choose");
  }
  return config;
}

absl::StatusOr<std::vector<raft::failover::FailoverConfig>> ReadReplicasets(
    const FailoverSpec& spec, std::string_view text) {
  std::vector<raft::failover::FailoverConfig> all;
  const std::vector<std::string> texts = ConfigurationsIn(text);
  for (const std::string& one : texts) {
    auto read = ReadReplicaset(spec, one);
    if (!read.ok() && texts.size() == 1) return read.status();
    if (!read.ok()) {
      return absl::InvalidArgumentError(fmt::format("configuration {}: {}", all.size() + 1,
                                                    std::string(read.status().message())));
    }
    all.push_back(*std::move(read));
  }
  return all;
}

std::string Describe(const ConfigError& error, std::string_view file_name) {
  std::string place(file_name);
  if (error.line > 0) place += fmt::format(":{}", error.line);
  if (!error.key.empty()) place += fmt::format(": key {}", Quoted(error.key));
  return fmt::format("{}: {}", place, error.message);
}

}  // namespace ww::scenarios
