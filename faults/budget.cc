#include "faults/budget.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::faults {
namespace {

bool Contains(const std::vector<HostId>& hosts, HostId host) {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

bool HitsMember(const QuorumGroup& group, const std::vector<HostId>& added) {
  return std::any_of(added.begin(), added.end(),
                     [&group](HostId host) { return Contains(group.members, host); });
}

// Hosts under harm that are no members. Somebody who does not know of the harm may make members of
// them, and damage outlives the fault that did it.
size_t Strangers(const QuorumGroup& group, const std::vector<HostId>& harmed,
                 const std::vector<HostId>& added) {
  size_t count = 0;
  for (const HostId host : harmed) count += Contains(group.members, host) ? 0 : 1;
  for (const HostId host : added) {
    count += Contains(group.members, host) || Contains(harmed, host) ? 0 : 1;
  }
  return count;
}

bool KeepsMajority(const QuorumView& view, const QuorumGroup& group,
                   const std::vector<HostId>& harmed, const std::vector<HostId>& added, Harm harm) {
  CHECK(!group.members.empty());
  if (group.awaited) return harm != Harm::kForGood || !HitsMember(group, added);
  size_t left = 0;
  bool touched = false;
  for (const HostId member : group.members) {
    const bool intact = view.Intact(group.shard, member) && !Contains(harmed, member);
    const bool hit = Contains(added, member);
    touched = touched || (hit && (intact || harm != Harm::kOfIntact));
    if (intact && !hit) ++left;
  }
  size_t members = group.members.size() + group.absent;
  if (harm == Harm::kForGood) {
    const size_t strangers = Strangers(group, harmed, added);
    touched = touched || std::any_of(added.begin(), added.end(), [&group](HostId host) {
                return !Contains(group.members, host);
              });
    members += strangers;
  }
  return !touched || left > members / 2;
}

}  // namespace

BudgetVerdict CheckBudget(const QuorumView& view, const std::vector<HostId>& harmed,
                          const std::vector<HostId>& added, Harm harm) {
  if (added.empty()) return {};
  for (const QuorumGroup& group : view.Groups()) {
    if (!KeepsMajority(view, group, harmed, added, harm)) return {false, group.shard};
  }
  return {};
}

}  // namespace ww::faults
