#include "scenarios/cli/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>

#include "nlohmann/json.hpp"
#include "raft/failover/explain.h"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/output.h"
#include "scenarios/config/failover_file.h"
#include "sim/base/words.h"

namespace ww::cli {
namespace {

using raft::failover::BootstrapView;
using raft::failover::ClusterConfig;
using raft::failover::ConfigError;
using raft::failover::FailoverConfig;
using raft::failover::Instance;
using raft::failover::Skipped;
using Json = nlohmann::ordered_json;

std::string JsonLine(const Json& object) {
  // What was read may hold any bytes; the output is UTF-8 whatever they are.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Rank(size_t rank, const Instance& instance) {
  fmt::print("  {:>4}  {:<24} priority {}{}\n", rank, instance.name, instance.priority.text,
             instance.priority.given ? "" : " (not listed)");
}

void PrintReplicaset(const FailoverConfig& config, const BootstrapView& view) {
  fmt::print("replicaset {} (group {}; failover {}, bootstrap_strategy {}; {}): {}\n",
             config.replicaset, config.group, NameOf(config.mode), NameOf(config.strategy),
             NameOf(config.profile), view.leader.value_or("nobody"));
  fmt::print("  {}.\n", view.why);
  if (!view.choice.order.empty()) fmt::print("  Order of preference:\n");
  size_t rank = 0;
  for (const std::string& name : view.choice.order) Rank(++rank, *config.Find(name));
  if (!view.choice.skipped.empty()) fmt::print("  Never chosen:\n");
  for (const Skipped& skipped : view.choice.skipped) {
    fmt::print("     -  {:<24} {}\n", skipped.name, NameOf(skipped.reason));
  }
  for (const std::string& sentence : DescribeWaiting(config, view)) {
    fmt::print("  {}\n", sentence);
  }
}

Json ErrorObject(const ConfigError& error, const std::string& file) {
  Json inner;
  inner["code"] = NameOf(error.code);
  inner["message"] = scenarios::Describe(error, file);
  inner["file"] = file;
  inner["line"] = error.line > 0 ? Json(error.line) : Json();
  inner["key"] = error.key.empty() ? Json() : Json(error.key);
  return Json{{"error", inner}};
}

}  // namespace

BootstrapCommand::BootstrapCommand(CLI::App& app)
    : Command(app.add_subcommand(
          "bootstrap", "prints which instance each replicaset's bootstrap would choose, and why")),
      profile_(NameOf(raft::failover::Profile::kTarantool34)) {
  subcommand()
      ->add_option("config", config_file_, "the cluster's configuration, a YAML file")
      ->required();
  subcommand()
      ->add_option("--profile", profile_,
                   "whose rules: tarantool-3.3 (3.3.5), tarantool-3.4 (3.4.0)")
      ->capture_default_str();
  subcommand()->add_option("--instance", instance_,
                           "take the view of this instance; default: all are checked");
  subcommand()->add_option("--json", json_file_,
                           "write one object instead of text; - for standard output");
  subcommand()->footer(
      "The highest priority wins, then the lowest name. Anonymous instances are never chosen, nor\n"
      "are learners from 3.4 on. Warnings go to standard error.\n\n"
      "Examples:\n  whitewater bootstrap cluster.yaml\n"
      "  whitewater bootstrap cluster.yaml --profile tarantool-3.3 --instance i-001 --json -");
}

int BootstrapCommand::Refuse(const ConfigError& error) const {
  if (json_file_ == "-") fmt::print("{}", JsonLine(ErrorObject(error, config_file_)));
  fmt::print(stderr, "whitewater bootstrap: {} [{}]\n", scenarios::Describe(error, config_file_),
             NameOf(error.code));
  return kExitUsage;
}

int BootstrapCommand::Report(const ClusterConfig& cluster) const {
  Json replicasets = Json::object();
  std::vector<std::string> warnings = cluster.warnings;
  for (const FailoverConfig& config : cluster.replicasets) {
    const BootstrapView view = ViewBootstrap(config);
    warnings.insert(warnings.end(), view.warnings.begin(), view.warnings.end());
    replicasets[config.replicaset] = {
        {"leader", view.leader.has_value() ? Json(*view.leader) : Json()},
        {"order", view.choice.order},
        {"why", view.why}};
    if (json_file_.empty()) PrintReplicaset(config, view);
  }
  for (const std::string& warning : warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (json_file_.empty()) return kExitPassed;
  const std::string line = JsonLine({{"replicasets", replicasets}, {"warnings", warnings}});
  if (json_file_ == "-") {
    fmt::print("{}", line);
    return kExitPassed;
  }
  const absl::Status written = WriteFile(json_file_, line);
  if (written.ok()) return kExitPassed;
  fmt::print(stderr, "whitewater bootstrap: {}\n", std::string(written.message()));
  return kExitUsage;
}

int BootstrapCommand::Act() {
  const auto profile = raft::failover::ProfileFromName(profile_);
  if (!profile.has_value()) {
    const std::vector<std::string_view> known = {NameOf(raft::failover::Profile::kTarantool33),
                                                 NameOf(raft::failover::Profile::kTarantool34)};
    fmt::print(stderr, "whitewater bootstrap: --profile: found {}, expected one of: {}{}\n",
               Quoted(profile_), fmt::join(known, ", "), DidYouMean(profile_, known));
    return kExitUsage;
  }
  if (json_file_ != "-") {
    const absl::Status writable = CheckFileCanBeWritten("--json", json_file_);
    if (!writable.ok()) {
      fmt::print(stderr, "whitewater bootstrap: {}\n", std::string(writable.message()));
      return kExitUsage;
    }
  }
  const absl::StatusOr<std::string> text = ReadFile(config_file_);
  if (!text.ok()) {
    // The message begins with the file, like every place does.
    const std::string message(text.status().message());
    return Refuse({raft::failover::ErrorCode::kFile, 0, "",
                   message.substr(std::min(config_file_.size() + 2, message.size()))});
  }
  raft::failover::ReadOptions options{.profile = *profile};
  if (!instance_.empty()) options.instance = instance_;
  const auto read = scenarios::ReadFailoverFile(*text, config_file_, options);
  if (std::holds_alternative<ConfigError>(read)) return Refuse(std::get<ConfigError>(read));
  return Report(std::get<ClusterConfig>(read));
}

}  // namespace ww::cli
