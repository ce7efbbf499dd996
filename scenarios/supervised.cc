#include "scenarios/supervised.h"

#include <vector>

#include "raft/failover/choice.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

using raft::failover::FailoverConfig;

constexpr ShardId kShard(1);
constexpr ReplicaId kFirstReplica(1);

raft::failover::BootstrapOptions OptionsOf(const FailoverConfig& config,
                                           Duration election_timeout) {
  raft::failover::BootstrapOptions options{kShard, config, {}, election_timeout / 4};
  for (size_t i = 1; i <= config.instances.size(); ++i) options.hosts.emplace_back(i);
  return options;
}

}  // namespace

ReplicaPlace FounderOf(const FailoverConfig& config) {
  const std::optional<std::string> chosen = raft::failover::ChooseBootstrapLeader(config).chosen();
  CHECK(chosen.has_value());
  for (size_t i = 0; i < config.instances.size(); ++i) {
    if (config.instances[i].name == *chosen) return {kShard, kFirstReplica, HostId(i + 1)};
  }
  UNREACHABLE();
}

void Announce(const FailoverConfig& config, HostId host, RunObserver& observer) {
  std::vector<checks::SupervisedInstance> instances;
  for (const raft::failover::Instance& one : config.instances) {
    instances.push_back({one.name, HostId(instances.size() + 1), one.anonymous, one.isolated,
                         one.learner, one.priority.text});
  }
  CHECK(config.connect_timeout.duration.has_value());
  observer.ReplicasetSupervised({host, kShard, instances, *config.connect_timeout.duration});
}

SupervisedInstance::SupervisedInstance(const FailoverConfig& config, HostId host,
                                       Duration election_timeout, RunObserver& observer)
    : host_(host), observer_(observer), bootstrap_(OptionsOf(config, election_timeout), *this) {}

void SupervisedInstance::On(const raft::failover::BootstrapEvent& event) {
  observer_.BootstrapTold(host_, event);
}

}  // namespace ww::scenarios
