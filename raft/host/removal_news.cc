#include "raft/host/removal_news.h"

#include <algorithm>

#include "raft/core/electorate.h"
#include "sim/base/context.h"

namespace ww::raft {

bool RemovalNews::Hear(ReplicaId from, const Membership& members) {
  if (heard() && members.change_index != members_.change_index) {
    COVER("host.removal_long_ago");
    return true;
  }
  if (!heard()) members_ = members;
  const auto place = std::lower_bound(knows_.begin(), knows_.end(), from);
  if (place == knows_.end() || *place != from) knows_.insert(place, from);
  // As if they refused their votes: what the others could still win, they could win without them.
  return OutcomeOf(ElectorateOf(members_), {.granted = {}, .refused = knows_}) ==
         BallotOutcome::kLost;
}

}  // namespace ww::raft
