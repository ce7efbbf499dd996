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

namespace {

Stance Told(Standing standing, const Promise& promise) {
  CHECK(!promise.identity.none());
  return {standing, promise.creator, promise.identity};
}

// Nobody else can know whether its creator will not create it after all.
bool MayGiveUp(const OwnState& own, const Asked& asked) {
  if (!asked.by_all || own.chosen != asked.asking) return false;
  if (own.promise->creator == own.self) return !own.creating;
  return std::binary_search(asked.given_up.begin(), asked.given_up.end(), own.promise->identity);
}

}  // namespace

// Data comes first: also one that agreed to this very identity has nothing to create any more. An
// invitation says that the shard exists as surely as data does; a crash may stand between the two.
Answer AnswerTo(const OwnState& own, const Asked& asked) {
  CHECK(!asked.asking.none());
  CHECK(std::is_sorted(asked.given_up.begin(), asked.given_up.end()));
  const std::optional<Promise>& held = own.promise;
  if (own.has_data || (held.has_value() && held->invited)) {
    return {held.has_value() ? Told(Standing::kHasData, *held) : Stance{Standing::kHasData, {}, {}},
            std::nullopt};
  }
  const Promise wanted{asked.asking, asked.identity, false, asked.by_all};
  if (held.has_value()) {
    const Answer holds{Told(Standing::kPromised, *held), std::nullopt};
    if (asked.identity.none()) return holds;
    if (held->creator == wanted.creator && held->identity == wanted.identity) {
      if (held->by_all || !wanted.by_all) return holds;
    } else if (!MayGiveUp(own, asked)) {
      return holds;
    }
    return {Told(Standing::kPromised, wanted), wanted};
  }
  if (asked.identity.none()) return {};
  if (own.chosen != asked.asking) return {{Standing::kWaitsForOther, {}, {}}, std::nullopt};
  return {Told(Standing::kPromised, wanted), wanted};
}

// Who joined never creates: so nobody has to wait for it.
bool MayJoin(const OwnState& own, ShardIdentity identity, const std::vector<HostId>& joined) {
  CHECK(!identity.none());
  if (own.has_data || own.creating) return false;
  if (!own.promise.has_value() || own.promise->identity == identity) return true;
  if (own.promise->invited) return false;
  if (own.promise->creator == own.self) return true;
  return std::find(joined.begin(), joined.end(), own.promise->creator) != joined.end();
}

std::vector<ShardIdentity> GivenUp(const std::vector<PeerStance>& stances) {
  std::vector<ShardIdentity> given_up;
  for (const PeerStance& peer : stances) {
    if (!peer.stance.has_value() || peer.stance->standing != Standing::kPromised) continue;
    const Stance& held = *peer.stance;
    const auto creator =
        std::find_if(stances.begin(), stances.end(),
                     [&held](const PeerStance& one) { return one.host == held.creator; });
    if (creator == stances.end() || !creator->stance.has_value()) continue;
    if (creator->stance->identity != held.identity) given_up.push_back(held.identity);
  }
  std::sort(given_up.begin(), given_up.end());
  given_up.erase(std::unique(given_up.begin(), given_up.end()), given_up.end());
  return given_up;
}

bool AllWithoutData(const std::vector<PeerStance>& stances) {
  return std::all_of(stances.begin(), stances.end(), [](const PeerStance& peer) {
    return peer.stance.has_value() && peer.stance->standing != Standing::kHasData;
  });
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
