#include "scenarios/checks/removals.h"

#include <fmt/format.h>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

void RemovalChecks::On(const MessageAccepted& event, Ghost::Where where) {
  const Config* config = where.shard.ConfigOf(where.replica);
  if (config == nullptr || config->removed.empty()) return;
  reporter_.Count(kRemovedStaysRemoved);
  if (!Config::In(config->removed, event.from)) return;
  reporter_.Report(kRemovedStaysRemoved, event.who.shard,
                   "shard {} replica {} acts on a message of replica {}, whose removal it has "
                   "applied (membership of index {})",
                   event.who.shard, event.who.replica, event.from, config->index);
}

void RemovalChecks::JudgeSpeaker(Ghost::Where where, std::string_view what) {
  const Config* config = where.shard.ConfigOf(where.replica);
  if (config == nullptr || config->removed.empty()) return;
  reporter_.Count(kRemovedStaysRemoved);
  const ReplicaId id = where.replica.key.replica;
  if (!Config::In(config->removed, id)) return;
  reporter_.Report(kRemovedStaysRemoved, where.shard.id,
                   "shard {} replica {} {}, but it has applied its own removal "
                   "(membership of index {})",
                   where.shard.id, id, what, config->index);
}

void RemovalChecks::On(const RoleChanged& event, Ghost::Where where) {
  if (event.role == Role::kFollower) return;
  JudgeSpeaker(where, event.role == Role::kLeader ? "leads" : "campaigns");
}

void RemovalChecks::On(const PhaseBegan& event) {
  healed_ = IsHealed(event.phase);
  if (!healed_) zombies_.clear();
}

void RemovalChecks::On(const TimePassed&, const Ghost& ghost) {
  if (!healed_) return;
  for (const ShardGhost& shard : ghost.shards()) {
    if (shard.CommittedConfig().removed.empty()) continue;
    for (const ReplicaGhost& replica : shard.replicas) JudgeZombie(shard, replica, ghost);
  }
}

// Whoever could tell it must be there too.
void RemovalChecks::JudgeZombie(const ShardGhost& shard, const ReplicaGhost& replica,
                                const Ghost& ghost) {
  const Config& config = shard.CommittedConfig();
  if (!Config::In(config.removed, replica.key.replica)) return;
  const bool quorum = config.HasQuorum([&](ReplicaId id) {
    const ReplicaGhost* member = shard.Find(id);
    return member != nullptr && ghost.Reachable(*member);
  });
  if (!ghost.Reachable(replica) || !quorum) {
    reporter_.Count(kNoLeak);
    const auto known = zombies_.find(replica.key);
    if (known == zombies_.end()) return;
    const bool ended = quorum && !replica.running && !known->second.never();
    if (ended) reporter_.Took(kNoLeak, reporter_.now() - known->second);
    zombies_.erase(known);
    return;
  }
  const auto [since, first] = zombies_.try_emplace(replica.key, reporter_.now());
  if (first || reporter_.now() - since->second <= election_timeout_ * kZombieBound) return;
  reporter_.Report(kNoLeak, shard.id,
                   "shard {} replica {} was removed by the membership of index {}, but it still "
                   "lives on host {} at {}, reachable since {} (bound {} election timeouts)",
                   shard.id, replica.key.replica, config.index, replica.host, reporter_.now(),
                   since->second, kZombieBound);
  since->second = TrueTime::Never();
}

}  // namespace ww::checks
