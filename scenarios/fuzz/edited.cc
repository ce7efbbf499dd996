#include "scenarios/fuzz/edited.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scenarios/fuzz/sequence.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

namespace failover = raft::failover;

std::string PrioritiesOf(const failover::FailoverConfig& config,
                         const std::vector<HostId>& favoured) {
  std::vector<std::string> priorities;
  for (const failover::Instance& one : config.instances) {
    priorities.push_back(one.priority.given ? one.priority.text : "");
  }
  uint64_t highest = kEditedPriority;
  for (const HostId host : favoured) {
    CHECK(!host.none());
    priorities.at(host.value - 1) = fmt::format("{}", highest++);
  }
  std::string text;
  for (size_t i = 0; i < priorities.size(); ++i) {
    if (priorities[i].empty()) continue;
    text += fmt::format("        {}: {}\n", config.instances[i].name, priorities[i]);
  }
  return text;
}

std::string LearnersOf(const failover::FailoverConfig& config) {
  std::vector<std::string> names;
  for (const failover::Instance& one : config.instances) {
    if (one.learner) names.push_back(one.name);
  }
  if (names.empty()) return "";
  return fmt::format("      learners: [{}]\n", fmt::join(names, ", "));
}

std::string InstancesOf(const failover::FailoverConfig& config) {
  std::string text;
  for (const failover::Instance& one : config.instances) {
    std::vector<std::string> options;
    if (one.anonymous) options.emplace_back("replication: {anon: true}");
    if (one.isolated) options.emplace_back("isolated: true");
    text += fmt::format("          {}: {{{}}}\n", one.name, fmt::join(options, ", "));
  }
  return text;
}

}  // namespace

std::string EditedConfiguration(const failover::FailoverConfig& config,
                                const std::vector<HostId>& favoured) {
  CHECK(config.mode == failover::Mode::kSupervised);
  return fmt::format(
      "replication:\n"
      "  failover: supervised\n"
      "  bootstrap_strategy: {}\n"
      "  connect_timeout: {}\n"
      "failover:\n"
      "  replicasets:\n"
      "    {}:\n{}"
      "      priority:\n{}"
      "groups:\n"
      "  {}:\n"
      "    replicasets:\n"
      "      {}:\n"
      "        instances:\n{}",
      failover::NameOf(config.strategy), config.connect_timeout.text, config.replicaset,
      LearnersOf(config), PrioritiesOf(config, favoured), config.group, config.replicaset,
      InstancesOf(config));
}

}  // namespace ww::scenarios::fuzz
