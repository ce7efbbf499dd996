#include "scenarios/supervised.h"

#include <vector>

#include "raft/failover/choice.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

using raft::failover::FailoverConfig;

constexpr ReplicaId kFirstReplica(1);
// Beside those of a controller and a coordinator; alone it has the first one.
constexpr uint32_t kLaneBesideOthers = 2;

raft::failover::BootstrapOptions OptionsOf(const FirstStartAnnouncement& what,
                                           Duration election_timeout) {
  const bool alone = what.shard == ShardId(1);
  raft::failover::BootstrapOptions options{
      what.shard, what.config, {}, election_timeout / 4, alone ? 0 : kLaneBesideOthers};
  for (size_t i = 1; i <= what.config.instances.size(); ++i) options.hosts.emplace_back(i);
  return options;
}

}  // namespace

ReplicaPlace FounderOf(const FailoverConfig& config, ShardId shard) {
  const std::optional<std::string> chosen = raft::failover::ChooseBootstrapLeader(config).chosen();
  CHECK(chosen.has_value());
  for (size_t i = 0; i < config.instances.size(); ++i) {
    if (config.instances[i].name == *chosen) return {shard, kFirstReplica, HostId(i + 1)};
  }
  UNREACHABLE();
}

void Announce(const FirstStartAnnouncement& what, RunObserver& observer) {
  const FailoverConfig& config = what.config;
  std::vector<checks::SupervisedInstance> instances;
  for (const raft::failover::Instance& one : config.instances) {
    instances.push_back({one.name, HostId(instances.size() + 1), one.anonymous, one.isolated,
                         one.learner, one.priority.text});
  }
  CHECK(config.connect_timeout.duration.has_value());
  observer.ReplicasetSupervised(
      {what.host, what.shard, instances, *config.connect_timeout.duration});
}

SupervisedInstance::SupervisedInstance(const FirstStartAnnouncement& what,
                                       Duration election_timeout, RunObserver& observer)
    : host_(what.host), observer_(observer), bootstrap_(OptionsOf(what, election_timeout), *this) {}

void SupervisedInstance::On(const raft::failover::BootstrapEvent& event) {
  observer_.BootstrapTold(host_, event);
}

}  // namespace ww::scenarios
