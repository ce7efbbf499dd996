#include "scenarios/checks/identities.h"

#include <fmt/format.h>

#include <vector>

namespace ww::checks {

using enum PropertyId;

const ReplicaGhost* IdentityChecks::GhostOf(const Ghost& ghost, const ReplicaKey& who) {
  const ShardGhost* shard = ghost.FindShard(who.shard);
  return shard == nullptr ? nullptr : shard->Find(who.replica);
}

void IdentityChecks::Bind(ShardId shard, std::span<const Voter> founders) {
  for (const Voter& voter : founders) {
    identities_[{shard, voter.replica}].host = voter.host;
  }
}

// The first replica of a supervised replicaset was nowhere before.
void IdentityChecks::On(const BootstrapBegun& event, const Ghost& ghost) {
  const ReplicaGhost& first = ghost.FindShard(event.shard)->replicas.front();
  if (first.host == event.host) return;
  identities_[first.key] = Identity{};
  identities_[first.key].host = event.host;
}

void IdentityChecks::On(const ReplicaCreated& event, const Ghost& ghost) {
  reporter_.Count(kReplicaIdUnique);
  Identity& identity = identities_[event.who];
  if (!identity.host.none() && identity.host != event.host) {
    reporter_.Report(kReplicaIdUnique, event.who.shard,
                     "shard {} replica {} is created on host {}, but it is of host {}",
                     event.who.shard, event.who.replica, event.host, identity.host);
    return;
  }
  JudgeFence(event.who, event.host, "is created", identity.destroyed_durably);
  const ReplicaGhost* replica = GhostOf(ghost, event.who);
  if (identity.created && replica != nullptr && replica->bootstrap_durable) {
    reporter_.Report(kReplicaIdUnique, event.who.shard,
                     "shard {} replica {} is created on host {} as if it were new, but it was "
                     "created there before, durably",
                     event.who.shard, event.who.replica, event.host);
  }
  identity.host = event.host;
  identity.created = true;
}

void IdentityChecks::JudgeFence(const ReplicaKey& who, HostId host, std::string_view what,
                                bool fenced) {
  reporter_.Count(kTombstoneFence);
  if (!fenced) return;
  reporter_.Report(kTombstoneFence, who.shard,
                   "shard {} replica {} {} on host {}, but it was destroyed there", who.shard,
                   who.replica, what, host);
}

void IdentityChecks::On(const ReplicaStarted& event, Ghost::Where where) {
  Identity& identity = identities_[event.who];
  if (!identity.host.none() && identity.host != event.host) {
    reporter_.Report(kReplicaIdUnique, event.who.shard,
                     "shard {} replica {} starts on host {}, but it is of host {}", event.who.shard,
                     event.who.replica, event.host, identity.host);
    return;
  }
  if (identity.lost) {
    reporter_.Count(kReplicaIdUnique);
    reporter_.Report(kReplicaIdUnique, event.who.shard,
                     "shard {} replica {} starts on host {}, but what it wrote durably before was "
                     "lost with a disk",
                     event.who.shard, event.who.replica, event.host);
    return;
  }
  // What a life destroyed without its tombstone becoming durable, the next life may start.
  identity.destroyed_durably = identity.destroyed_durably || where.replica.tombstone_durable;
  JudgeFence(event.who, event.host, "starts", identity.destroyed || identity.destroyed_durably);
  reporter_.Count(kOneReplicaPerHost);
  const auto [living, first] =
      living_.try_emplace({event.host, event.who.shard}, event.who.replica);
  if (first) return;
  reporter_.Report(kOneReplicaPerHost, event.who.shard,
                   "shard {} replica {} starts on host {}, where replica {} lives or is unloading",
                   event.who.shard, event.who.replica, event.host, living->second);
}

void IdentityChecks::On(const ReplicaUnloaded& event) {
  const auto living = living_.find({event.host, event.who.shard});
  if (living != living_.end() && living->second == event.who.replica) living_.erase(living);
}

void IdentityChecks::On(const ReplicaDestroyed& event) {
  reporter_.Count(kTombstoneFence);
  identities_[event.who].destroyed = true;
  const auto living = living_.find({event.host, event.who.shard});
  if (living == living_.end() || living->second != event.who.replica) return;
  reporter_.Report(kTombstoneFence, event.who.shard,
                   "shard {} replica {} is destroyed on host {}, where it still lives",
                   event.who.shard, event.who.replica, event.host);
}

void IdentityChecks::On(const HostCrashed& event) {
  const auto begin = living_.lower_bound({event.host, ShardId()});
  const auto end = living_.lower_bound({event.host.next(), ShardId()});
  living_.erase(begin, end);
  for (auto& [who, identity] : identities_) {
    if (identity.host == event.host) identity.destroyed = false;
  }
}

void IdentityChecks::On(const HostWiped& event, const Ghost& ghost) {
  for (auto& [who, identity] : identities_) {
    if (identity.host != event.host || !identity.created) continue;
    const ReplicaGhost* replica = GhostOf(ghost, who);
    if (replica != nullptr && replica->bootstrap_durable) identity.lost = true;
  }
}

void IdentityChecks::On(const MessageAccepted& event) {
  reporter_.Count(kRoutingSane);
  if (event.to == event.who.replica && event.from != event.who.replica) return;
  reporter_.Report(kRoutingSane, event.who.shard,
                   "shard {} replica {} takes a message from replica {} that is for replica {}",
                   event.who.shard, event.who.replica, event.from, event.to);
}

void IdentityChecks::On(const MessageRefused&) { reporter_.Count(kRoutingSane); }

void IdentityChecks::OnChange(const ReplicaKey& who, ShardId under, std::string_view what) {
  if (under.none()) return;
  reporter_.Count(kShardIsolation);
  if (under == who.shard) return;
  reporter_.Report(kShardIsolation, who.shard,
                   "shard {} replica {}: {} while a message of shard {} is handled", who.shard,
                   who.replica, what, under);
}

}  // namespace ww::checks
