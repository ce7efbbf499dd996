#include "faults/budget.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::faults {
namespace {

bool Contains(const std::vector<HostId>& hosts, HostId host) {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

bool KeepsMajority(const QuorumView& view, const QuorumGroup& group,
                   const std::vector<HostId>& harmed, const std::vector<HostId>& added, Harm harm) {
  CHECK(!group.members.empty());
  size_t left = 0;
  bool touched = false;
  for (const HostId member : group.members) {
    const bool intact = view.Intact(group.shard, member) && !Contains(harmed, member);
    const bool hit = Contains(added, member);
    touched = touched || (hit && (intact || harm == Harm::kForGood));
    if (intact && !hit) ++left;
  }
  return !touched || left > (group.members.size() + group.absent) / 2;
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
