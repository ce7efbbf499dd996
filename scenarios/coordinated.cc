#include "scenarios/coordinated.h"

#include "raft/meta/records.h"
#include "scenarios/checks/bounds.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

// failover-gap-bounded: elections, and a transfer, which takes as long as one at most.
constexpr int64_t kElections = 3;
constexpr int64_t kTransfers = 1;
// An appointee that was asked to lead, in as many, does or is given up on.
constexpr int64_t kLeadWithin = 4;
// From nothing: beyond connecting, until enough instances are voters.
constexpr int64_t kFirstStart = checks::kBootstrapBound + checks::kCatchUpBound;

std::vector<HostId> HostsOf(const std::vector<ReplicaPlace>& places, ShardId shard) {
  std::vector<HostId> hosts;
  for (const ReplicaPlace& place : places) {
    if (place.shard == shard) hosts.push_back(place.host);
  }
  return hosts;
}

std::vector<checks::SupervisedInstance> InstancesOf(const raft::failover::FailoverConfig& config,
                                                    const std::vector<HostId>& hosts) {
  CHECK_EQ(hosts.size(), config.instances.size());
  std::vector<checks::SupervisedInstance> instances;
  for (const raft::failover::Instance& one : config.instances) {
    instances.push_back({one.name, hosts[instances.size()], one.anonymous, one.isolated,
                         one.learner, one.priority.text});
  }
  return instances;
}

Duration LengthOf(const raft::failover::Interval& interval) {
  CHECK(interval.duration.has_value());
  return *interval.duration;
}

}  // namespace

std::vector<HostId> InstanceHosts(const FailoverOptions& options,
                                  const std::vector<ReplicaPlace>& places) {
  if (!options.from_nothing) return HostsOf(places, kCoordinatedShard);
  std::vector<HostId> hosts;
  for (size_t i = 1; i <= options.config.instances.size(); ++i) hosts.emplace_back(i);
  return hosts;
}

void AnnounceEdit(HostId host, const raft::failover::FailoverConfig& config,
                  const std::vector<HostId>& hosts, RunObserver& observer) {
  observer.CoordinatorReconfigured({kCoordinatedShard, host, InstancesOf(config, hosts)});
}

void Announce(const Announcement& what, RunObserver& observer) {
  const raft::failover::FailoverConfig& config = what.options.config;
  const std::vector<checks::SupervisedInstance> instances = InstancesOf(config, what.hosts);
  const raft::failover::Timings& timings = config.timings;
  const Duration gap = LengthOf(timings.lease_interval) + LengthOf(timings.probe_interval) +
                       LengthOf(timings.connect_timeout) + LengthOf(timings.call_timeout) +
                       what.election_timeout * (kElections + kTransfers);
  Duration first_start;
  if (what.options.from_nothing) {
    first_start = LengthOf(config.connect_timeout) * 2 + what.election_timeout * kFirstStart;
  }
  observer.ReplicasetCoordinated(
      {kCoordinatedShard, instances, gap, LengthOf(timings.stateboard_keepalive), what.only_crashes,
       first_start, LengthOf(timings.lease_interval), what.election_timeout * kLeadWithin});
}

raft::failover::CoordinatorOptions CoordinatorOf(const FailoverOptions& options,
                                                 const raft::failover::FailoverConfig& config,
                                                 const std::vector<ReplicaPlace>& places,
                                                 Duration election_timeout) {
  return {kCoordinatedShard,
          config,
          InstanceHosts(options, places),
          HostsOf(places, raft::meta::kMetadataShard),
          options.drift_ppm_max,
          election_timeout / 4,
          election_timeout * kLeadWithin};
}

}  // namespace ww::scenarios
