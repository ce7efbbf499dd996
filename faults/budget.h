// Budget: whether a fault may happen, so that a run stays one that an engine must survive.
//
// Survivable: at every instant every group (both halves of a joint configuration) keeps a majority
// of members whose durable data is intact and not under a fault that may harm it. A crash, a pause
// or a cut harms nothing durable, so it never exceeds the budget, however many hosts it hits at
// once.
#pragma once

#include <cstdint>
#include <vector>

#include "faults/quorum_view.h"
#include "sim/base/ids.h"

namespace ww::faults {

struct BudgetVerdict {
  bool within = true;
  ShardId exceeded;  // The first group's shard that would lose its majority.
};

// A member that is not intact now may be so again: after a failed write it only has to be started.
// What harms it for good takes that away, and from a host that is no member yet what it would
// bring.
enum class Harm : uint8_t { kOfIntact, kForGood };

// `harmed`: hosts under faults in force that may harm durable data. `added`: those of the fault in
// question. A fault that touches no intact member of a group, or none at all when it is for good,
// is no reason to suppress it. Pure.
BudgetVerdict CheckBudget(const QuorumView& view, const std::vector<HostId>& harmed,
                          const std::vector<HostId>& added, Harm harm = Harm::kOfIntact);

}  // namespace ww::faults
