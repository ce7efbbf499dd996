#include "scenarios/checks/upkeep.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

void UpkeepChecks::On(const PhaseBegan& event, const Ghost& ghost) {
  if (event.phase == Phase::kDone && EvenedOutByNow(ghost)) JudgeSpread(ghost);
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

bool UpkeepChecks::Takes(const HostGhost& host, const Ghost& ghost) const {
  if (host.incarnation.none() || !control_.Serves(ghost, host.id)) return false;
  return !control_.Marked(host.id, HostMark::kDead) &&
         !control_.Marked(host.id, HostMark::kDraining) &&
         !control_.Marked(host.id, HostMark::kUnrecorded);
}

// A host that could take a replica.
bool UpkeepChecks::HasRoom(const ShardGhost& shard, const Ghost& ghost) const {
  return std::any_of(ghost.hosts().begin(), ghost.hosts().end(), [&](const HostGhost& host) {
    if (!Takes(host, ghost)) return false;
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

// Nothing is more urgent, and there was time.
bool UpkeepChecks::EvenedOutByNow(const Ghost& ghost) const {
  if (replicas_gap_min_ == 0 || !control_.any()) return false;
  if (reporter_.now() - changed_ <= election_timeout_ * kSettleBound) return false;
  if (!control_.HasLiveQuorum(ghost, control_.metadata_shard())) return false;
  const bool moving = std::any_of(control_.migrations().begin(), control_.migrations().end(),
                                  [](const auto& one) { return one.second.open(); });
  const bool settled =
      std::all_of(ghost.shards().begin(), ghost.shards().end(), [&](const ShardGhost& shard) {
        const Config& config = shard.CommittedConfig();
        return std::all_of(config.voters.begin(), config.voters.end(), [&](ReplicaId voter) {
          const ReplicaGhost* replica = shard.Find(voter);
          return replica != nullptr && !replica->wiped &&
                 Takes(ghost.hosts()[replica->host.value], ghost);
        });
      });
  return !moving && settled;
}

const ShardGhost* UpkeepChecks::Movable(const Ghost& ghost, HostId from, HostId to) const {
  for (const ShardGhost& shard : ghost.shards()) {
    if (!control_.TargetOf(shard.id).has_value()) continue;
    const auto on = [&shard](HostId host) {
      return std::any_of(shard.replicas.begin(), shard.replicas.end(), [&](const auto& replica) {
        return replica.host == host && shard.CommittedConfig().IsMember(replica.key.replica);
      });
    };
    if (on(from) && !on(to)) return &shard;
  }
  return nullptr;
}

void UpkeepChecks::JudgeSpread(const Ghost& ghost) {
  absl::btree_map<HostId, uint64_t> voters;
  for (const HostGhost& host : ghost.hosts()) {
    if (Takes(host, ghost)) voters[host.id] = 0;
  }
  for (const ShardGhost& shard : ghost.shards()) {
    for (const ReplicaId voter : shard.CommittedConfig().voters) ++voters[shard.Find(voter)->host];
  }
  reporter_.Count(kBalanceSettles);
  for (const auto& [from, most] : voters) {
    for (const auto& [to, fewest] : voters) {
      if (most < fewest + replicas_gap_min_) continue;
      const ShardGhost* shard = Movable(ghost, from, to);
      if (shard == nullptr) continue;
      return reporter_.Report(kBalanceSettles, shard->id,
                              "host {} has {} voters at the end and host {} has {}: shard {} could "
                              "be moved, and nothing has changed any host's load since {} (bound "
                              "{} election timeouts)",
                              from, most, to, fewest, shard->id, changed_, kSettleBound);
    }
  }
}

}  // namespace ww::checks
