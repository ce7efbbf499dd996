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

// What a fault does to a host's durable data. A member that is not intact now, or under a fault
// that passes, may be so again: after a failed write it only has to be started.
enum class Harm : uint8_t {
  kOfIntact,  // What is intact may not be so any more.
  kGone,      // All of it goes, at once. Also that of a member which would have been intact again.
  kForGood,   // It is broken from now on, and also what a host that is no member yet would bring.
};

// `harmed`: hosts under faults in force that may harm durable data. `added`: those of the fault in
// question. A fault that touches no intact member of a group, or none at all when data go, is no
// reason to suppress it. Pure.
BudgetVerdict CheckBudget(const QuorumView& view, const std::vector<HostId>& harmed,
                          const std::vector<HostId>& added, Harm harm = Harm::kOfIntact);

}  // namespace ww::faults
