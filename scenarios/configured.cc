#include "scenarios/configured.h"

#include "scenarios/checks/bounds.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

using raft::failover::FailoverConfig;
using raft::failover::Mode;

// What a leader that may not write needs to find one that may, and to hand over.
constexpr int64_t kTransfers = 1;

checks::FailoverMode ModeOf(const FailoverConfig& config) {
  switch (config.mode) {
    case Mode::kOff:
      return checks::FailoverMode::kOff;
    case Mode::kManual:
      return checks::FailoverMode::kManual;
    case Mode::kElection:
      return checks::FailoverMode::kElection;
    case Mode::kSupervised:
      break;
  }
  UNREACHABLE("who writes in {} is appointed", config.replicaset);
}

}  // namespace

void Announce(const ModeAnnouncement& what, RunObserver& observer) {
  const FailoverConfig& config = what.config;
  CHECK_EQ(what.places.size(), config.instances.size());
  std::vector<checks::ConfiguredInstance> instances;
  for (const raft::failover::Instance& one : config.instances) {
    const ReplicaPlace& place = what.places[instances.size()];
    instances.push_back({one.name, place.host, place.replica, one.read_write});
  }
  const int64_t elections = checks::kLeaderBound;
  const int64_t steps = config.mode == Mode::kElection ? elections : elections + kTransfers;
  observer.ReplicasetConfigured({what.host, what.places.front().shard, ModeOf(config), instances,
                                 config.manual_leader.value_or(""), what.election_timeout * steps,
                                 what.only_crashes});
}

raft::failover::ConfiguredOptions ConfiguredOf(const FailoverConfig& config,
                                               const std::vector<ReplicaPlace>& places,
                                               Duration election_timeout) {
  raft::failover::ConfiguredOptions options{places.front().shard, config, {}, election_timeout / 4};
  for (const ReplicaPlace& place : places) options.hosts.push_back(place.host);
  return options;
}

}  // namespace ww::scenarios
