#include "raft/failover/agreement.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft::failover {

std::string_view NameOf(Standing standing) {
  switch (standing) {
    case Standing::kFree:
      return "free";
    case Standing::kPromised:
      return "promised";
    case Standing::kWaitsForOther:
      return "waits for another";
    case Standing::kHasData:
      return "has data";
  }
  UNREACHABLE();
}

// Data comes first: also one that agreed to this very identity has nothing to create any more. An
// invitation says that the shard exists as surely as data does; a crash may stand between the two.
Stance StanceOf(const OwnState& own, HostId asking, ShardIdentity identity) {
  CHECK(!asking.none());
  Stance stance;
  if (own.promise.has_value()) {
    CHECK(!own.promise->identity.none());
    stance = {Standing::kPromised, own.promise->creator, own.promise->identity};
  }
  if (own.has_data || (own.promise.has_value() && own.promise->invited)) {
    stance.standing = Standing::kHasData;
  }
  if (stance.standing != Standing::kFree || identity.none()) return stance;
  if (own.chosen != asking) stance.standing = Standing::kWaitsForOther;
  return stance;
}

bool MustPromise(const Stance& stance, ShardIdentity identity) {
  return stance.standing == Standing::kFree && !identity.none();
}

Outcome JudgeStances(const Promise& mine, uint32_t needed, const std::vector<PeerStance>& stances) {
  CHECK(!mine.identity.none());
  CHECK_GT(needed, 0u);
  Create create;
  bool silent = false;
  for (const PeerStance& peer : stances) {
    if (!peer.stance.has_value()) {
      silent = true;
      continue;
    }
    const Stance& stance = *peer.stance;
    const bool agrees = stance.standing == Standing::kPromised && stance.creator == mine.creator &&
                        stance.identity == mine.identity;
    if (!agrees) return Dissent{peer.host, stance};
    create.agreed.push_back(peer.host);
  }
  std::sort(create.agreed.begin(), create.agreed.end());
  const auto twice = std::adjacent_find(create.agreed.begin(), create.agreed.end());
  CHECK(twice == create.agreed.end());
  if (silent || create.agreed.size() < needed) {
    return TooFew{static_cast<uint32_t>(create.agreed.size())};
  }
  return create;
}

}  // namespace ww::raft::failover
