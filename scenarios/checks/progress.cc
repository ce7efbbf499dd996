#include "scenarios/checks/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

ProgressChecks::Known* ProgressChecks::Of(const ShardGhost& shard, uint32_t follower, Term term) {
  std::vector<Follower>& followers = shards_[shard.slot];
  if (followers.size() <= follower) followers.resize(shard.replicas.size());
  Follower& all = followers[follower];
  auto at = all.end();
  while (at != all.begin() && std::prev(at)->term >= term) --at;  // Nearly always the last.
  if (at != all.end() && at->term == term) return &*at;
  if (all.size() == kTermsKept) {
    if (at == all.begin()) return nullptr;
    const auto position = at - all.begin() - 1;
    all.erase(all.begin());
    at = all.begin() + position;
  }
  return &*all.insert(at, Known{term, {}, {}});
}

void ProgressChecks::On(const AppendAnswered& event, Ghost::Where where) {
  if (!event.accepted || event.match > where.replica.durable.last()) return;
  const Leadership* leadership = where.shard.LeadershipOf(event.term);
  if (leadership == nullptr) return;
  const auto chain = where.shard.LeaderChainAt(*leadership, event.match);
  if (!chain.has_value() || !where.replica.durable.Holds(event.match, *chain)) return;
  Known* known = Of(where.shard, where.replica.slot, event.term);
  if (known != nullptr) known->verified = std::max(known->verified, event.match);
}

void ProgressChecks::On(const MatchChanged& event, Ghost::Where where) {
  reporter_.Count(kProgressSound);
  if (event.next <= event.match) reporter_.Note(Notice::kNextNotAboveMatch);
  const ShardId shard = event.who.shard;
  const ReplicaGhost* follower = where.shard.Find(event.follower);
  const Leadership* leadership = where.shard.LeadershipOf(event.term);
  if (follower == nullptr || leadership == nullptr || leadership->replica != event.who.replica) {
    reporter_.Report(kProgressSound, shard,
                     "shard {} replica {} takes replica {} to hold index {} in term {}, but {}",
                     shard, event.who.replica, event.follower, event.match, event.term,
                     follower == nullptr ? "there is no such replica" : "does not lead that term");
    return;
  }
  Known* known = Of(where.shard, follower->slot, event.term);
  if (known == nullptr) return;
  if (event.match < known->match) {
    reporter_.Report(kProgressSound, shard,
                     "shard {}: leader {} of term {} takes replica {} to hold its log up to index "
                     "{}, but took it to hold index {} before",
                     shard, event.who.replica, event.term, event.follower, event.match,
                     known->match);
  }
  known->match = event.match;
  // What is forgotten stands in a snapshot of every replica.
  if (event.match <= known->verified || event.match <= where.shard.horizon) return;
  const auto chain = where.shard.LeaderChainAt(*leadership, event.match);
  if (chain.has_value() && follower->durable.Holds(event.match, *chain)) return;
  reporter_.Report(
      kProgressSound, shard,
      "shard {}: leader {} of term {} takes replica {} to hold its log up to index {}, "
      "but what that one held of it durably in this term ends at index {}",
      shard, event.who.replica, event.term, event.follower, event.match, known->verified);
}

}  // namespace ww::checks
