#include "scenarios/checks/upkeep.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

void UpkeepChecks::On(const PhaseBegan& event) {
  OnUnrest();
  healed_ = IsHealed(event.phase);
  if (!healed_) losses_.clear();
}

// --- repair-restores ---

void UpkeepChecks::On(const TimePassed&, const Ghost& ghost) {
  if (!healed_ || !control_.any()) return;
  if (!control_.HasLiveQuorum(ghost, control_.metadata_shard())) return losses_.clear();
  for (const ShardGhost& shard : ghost.shards()) {
    const std::optional<uint64_t> target = control_.TargetOf(shard.id);
    if (target.has_value()) JudgeShard(shard, *target, ghost);
  }
}

bool UpkeepChecks::Lost(const ShardGhost& shard, ReplicaId voter) const {
  const ReplicaGhost* replica = shard.Find(voter);
  if (replica == nullptr) return false;
  return replica->wiped || control_.Marked(replica->host, HostMark::kDead);
}

// A host that could take a replica.
bool UpkeepChecks::HasRoom(const ShardGhost& shard, const Ghost& ghost) const {
  return std::any_of(ghost.hosts().begin(), ghost.hosts().end(), [&](const HostGhost& host) {
    if (host.incarnation.none() || !control_.Serves(ghost, host.id)) return false;
    if (control_.Marked(host.id, HostMark::kDead)) return false;
    if (control_.Marked(host.id, HostMark::kDraining)) return false;
    return std::none_of(
        shard.replicas.begin(), shard.replicas.end(), [&](const ReplicaGhost& replica) {
          return replica.host == host.id && shard.CommittedConfig().IsMember(replica.key.replica);
        });
  });
}

void UpkeepChecks::JudgeShard(const ShardGhost& shard, uint64_t target, const Ghost& ghost) {
  const Config& config = shard.CommittedConfig();
  const auto lost = std::count_if(config.voters.begin(), config.voters.end(),
                                  [&](ReplicaId voter) { return Lost(shard, voter); });
  const auto known = losses_.find(shard.id);
  const bool whole = lost == 0 && config.voters.size() >= target;
  if (whole || !control_.HasLiveQuorum(ghost, shard.id) || !HasRoom(shard, ghost)) {
    if (known == losses_.end()) return;
    if (whole && !known->second.since.never()) {
      reporter_.Count(kRepairRestores);
      reporter_.Took(kRepairRestores,
                     Nanoseconds((reporter_.now() - known->second.since).ns / known->second.lost));
    }
    losses_.erase(known);
    return;
  }
  if (known == losses_.end()) {
    losses_[shard.id] = {reporter_.now(), std::max<int64_t>(lost, 1)};
    return;
  }
  Loss& loss = known->second;
  loss.lost = std::max(loss.lost, static_cast<int64_t>(lost));
  if (loss.since.never()) return;  // Reported.
  if (reporter_.now() - loss.since <= election_timeout_ * (kRepairBound * loss.lost)) return;
  reporter_.Count(kRepairRestores);
  reporter_.Report(kRepairRestores, shard.id,
                   "shard {} is meant to have {} voters; since {} it could have been repaired, but "
                   "at {} it has {}, of which {} are lost (bound {} election timeouts each)",
                   shard.id, target, loss.since, reporter_.now(), Describe(config), lost,
                   kRepairBound);
  loss.since = TrueTime::Never();
}

// --- balance-settles ---

void UpkeepChecks::On(const MigrationRequested& event) {
  if (event.cause != MigrationCause::kBalance) return OnUnrest();
  JudgeMove(event.shard, "is to be moved");
}

void UpkeepChecks::On(const MigrationEnded& event) {
  const MigrationGhost* migration = control_.Find(event.migration);
  if (migration != nullptr && migration->cause != MigrationCause::kBalance) OnUnrest();
}

void UpkeepChecks::On(const LeaderMoved& event) {
  JudgeMove(event.shard, "is to be led elsewhere");
}

void UpkeepChecks::JudgeMove(ShardId shard, const char* what) {
  if (!healed_) return;
  reporter_.Count(kBalanceSettles);
  const Duration since = reporter_.now() - changed_;
  reporter_.Took(kBalanceSettles, since);
  if (since <= election_timeout_ * kSettleBound) return;
  reporter_.Report(kBalanceSettles, shard,
                   "shard {} {} for balance at {}, but nothing has changed any host's "
                   "load since {} (bound {} election timeouts)",
                   shard, what, reporter_.now(), changed_, kSettleBound);
}

}  // namespace ww::checks
