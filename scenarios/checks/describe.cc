// The ghost's view of a shard as text, for failures.
#include "scenarios/checks/describe.h"

#include <fmt/format.h>

namespace ww::checks {
namespace {

const char* NameOf(Role role) {
  switch (role) {
    case Role::kFollower:
      return "follower";
    case Role::kPreCandidate:
      return "pre-candidate";
    case Role::kCandidate:
      return "candidate";
    case Role::kLeader:
      return "leader";
  }
  return "?";
}

}  // namespace

std::string DescribeReplica(const ReplicaGhost& replica, const HostGhost& host) {
  const char* role = NameOf(replica.role);
  if (!replica.running) role = host.up ? "stopped" : "down";
  return fmt::format(
      "replica {} host {} incarnation {}: {}, term {}, commit {}, applied {}, durable {}, last {}",
      replica.key.replica, replica.host, replica.incarnation, role, replica.state.term,
      replica.commit, replica.applied, replica.durable.last(), replica.log.last());
}

std::string DescribeShardGhost(const ShardGhost& shard, const Ghost& ghost) {
  std::string text = fmt::format("shard {}: committed {}", shard.id, shard.commit());
  if (!shard.leaderships.empty()) {
    const Leadership& newest = shard.leaderships.back();
    text += fmt::format(", newest leader replica {} in term {}", newest.replica, newest.term);
  }
  for (const ReplicaGhost& replica : shard.replicas) {
    text += "\n  " + DescribeReplica(replica, ghost.hosts()[replica.host.value]);
  }
  return text;
}

}  // namespace ww::checks
