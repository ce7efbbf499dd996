#include "scenarios/checks/orphans.h"

#include <fmt/format.h>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/clients.h"
#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

void OrphanChecks::On(const PhaseBegan& event) {
  healed_ = IsHealed(event.phase);
  if (!healed_) orphans_.clear();
}

// --- migration-no-orphan ---

void OrphanChecks::On(const TimePassed&, const Ghost& ghost) {
  if (!healed_ || !control_.any()) return;
  if (!control_.HasLiveQuorum(ghost, control_.metadata_shard())) return orphans_.clear();
  for (const ShardGhost& shard : ghost.shards()) {
    if (control_.TargetOf(shard.id).has_value()) JudgeShard(shard, ghost);
  }
}

void OrphanChecks::JudgeShard(const ShardGhost& shard, const Ghost& ghost) {
  const Config& config = shard.CommittedConfig();
  const bool settled =
      control_.HasLiveQuorum(ghost, shard.id) && control_.OpenOf(shard.id) == nullptr;
  for (const ReplicaId id : config.non_voting) {
    if (shard.Find(id) != nullptr) continue;
    JudgeReplica({shard.id, id}, settled ? "is a member and was never created" : "");
  }
  for (const ReplicaGhost& replica : shard.replicas) {
    const ReplicaId id = replica.key.replica;
    const bool member = config.IsMember(id);
    const bool serves = control_.Serves(ghost, replica.host) &&
                        !ghost.hosts()[replica.host.value].storage_faulted && !replica.wiped;
    std::string wrong;
    if (!settled) {
      wrong.clear();
    } else if (Config::In(config.non_voting, id)) {
      wrong = "is a non-voting member without a migration";
    } else if (member && !replica.running && serves) {
      wrong = "is a member and does not run, though its host does";
    } else if (!member && ghost.Reachable(replica)) {
      wrong = "runs and is no member";
    }
    JudgeReplica(replica.key, wrong);
  }
}

void OrphanChecks::JudgeReplica(const ReplicaKey& who, const std::string& wrong) {
  const auto known = orphans_.find(who);
  if (wrong.empty()) {
    reporter_.Count(kMigrationNoOrphan);
    if (known == orphans_.end()) return;
    if (!known->second.never()) {
      reporter_.Took(kMigrationNoOrphan, reporter_.now() - known->second);
    }
    orphans_.erase(known);
    return;
  }
  if (known == orphans_.end()) {
    orphans_.emplace(who, reporter_.now());
    return;
  }
  if (known->second.never()) return;  // Reported.
  if (reporter_.now() - known->second <= election_timeout_ * kOrphanBound) return;
  reporter_.Report(kMigrationNoOrphan, who.shard,
                   "shard {} replica {} {} at {}, and so it was at {} already (bound {} "
                   "election timeouts)",
                   who.shard, who.replica, wrong, reporter_.now(), known->second, kOrphanBound);
  known->second = TrueTime::Never();
}

// --- migration-data-kept ---

void OrphanChecks::On(const ReplicaDestroyed& event, const Ghost& ghost) {
  if (!control_.TargetOf(event.who.shard).has_value()) return;
  const ShardGhost* shard = ghost.FindShard(event.who.shard);
  if (shard == nullptr) return;
  reporter_.Count(kMigrationDataKept);
  const ReplicaGhost* replica = shard->Find(event.who.replica);
  if (replica == nullptr || replica->host != event.host || replica->wiped) return;
  const Config& config = shard->CommittedConfig();
  if (!config.IsMember(event.who.replica)) return;
  reporter_.Report(kMigrationDataKept, event.who.shard,
                   "shard {}: replica {} is destroyed on host {}, but it is a member "
                   "(membership of index {}: {})",
                   event.who.shard, event.who.replica, event.host, config.index, Describe(config));
}

void OrphanChecks::Finish(const Ghost& ghost, const ClientChecks& clients) {
  for (const ShardGhost& shard : ghost.shards()) {
    if (!control_.TargetOf(shard.id).has_value()) continue;
    JudgeData(shard, clients.CompletedUpTo(shard), ghost);
  }
}

void OrphanChecks::JudgeData(const ShardGhost& shard, Index acknowledged, const Ghost& ghost) {
  for (const ReplicaId id : shard.CommittedConfig().voters) {
    const ReplicaGhost* replica = shard.Find(id);
    if (replica == nullptr || !ghost.Reachable(*replica)) continue;
    reporter_.Count(kMigrationDataKept);
    if (replica->applied >= acknowledged) continue;
    reporter_.Report(kMigrationDataKept, shard.id,
                     "shard {}: an operation was acknowledged at index {}, but at the end voter {} "
                     "has applied up to {} only",
                     shard.id, acknowledged, id, replica->applied);
  }
}

}  // namespace ww::checks
