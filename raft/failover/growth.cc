#include "raft/failover/growth.h"

#include <algorithm>

#include "raft/core/membership.h"
#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

bool Keeps(const Seen& seen, ReplicaId replica) {
  const bool recorded =
      std::find(seen.recorded.begin(), seen.recorded.end(), replica) != seen.recorded.end();
  return recorded || seen.replica == replica;
}

const Member* MemberOn(const std::vector<Member>& members, HostId host) {
  const auto at = std::find_if(members.begin(), members.end(),
                               [host](const Member& member) { return member.host == host; });
  return at == members.end() ? nullptr : &*at;
}

// An id is bound to the disk that was meant when it was added. Only who added it knows which one
// that was; anybody else gives it up, because its disk may have been another.
std::optional<GrowthStep> StepFor(const Instance& instance, const GrowthView& view, HostId host,
                                  const Seen& seen) {
  const std::vector<Member> members = MembersOf(view.membership);
  const Member* member = MemberOn(members, host);
  if (member == nullptr) {
    // What is left there of an earlier member hears of its removal first.
    if (!seen.replica.none() || !seen.recorded.empty()) return std::nullopt;
    return AddInstance{NextReplicaId(view.membership), host, seen.disk};
  }
  const bool votes = RoleOf(view.membership, member->replica) != MemberRole::kNonVoting;
  if (Keeps(seen, member->replica)) {
    if (votes || instance.anonymous || seen.replica != member->replica) return std::nullopt;
    return Promote{member->replica, host};
  }
  if (!seen.recorded.empty()) return std::nullopt;
  const auto meant = view.meant.find(member->replica);
  const bool never_started = meant != view.meant.end() && meant->second == seen.disk;
  if (never_started && !votes) return Invite{member->replica, host, seen.disk};
  return Replace{member->replica};
}

}  // namespace

ReplicaId NextReplicaId(const Membership& membership) {
  ReplicaId last;
  for (const Member& member : MembersOf(membership)) last = std::max(last, member.replica);
  for (const ReplicaId removed : membership.removed) last = std::max(last, removed);
  CHECK_LT(last.value, UINT64_MAX);
  return ReplicaId(last.value + 1);
}

std::vector<GrowthStep> StepsOf(const FailoverConfig& config, const GrowthView& view) {
  CHECK_EQ(view.hosts.size(), config.instances.size());
  CHECK_EQ(view.seen.size(), config.instances.size());
  std::vector<GrowthStep> steps;
  for (size_t i = 0; i < config.instances.size(); ++i) {
    const Instance& instance = config.instances[i];
    if (instance.isolated || view.hosts[i] == view.leader || !view.seen[i].has_value()) continue;
    const std::optional<GrowthStep> step = StepFor(instance, view, view.hosts[i], *view.seen[i]);
    if (step.has_value()) steps.push_back(*step);
  }
  return steps;
}

}  // namespace ww::raft::failover
