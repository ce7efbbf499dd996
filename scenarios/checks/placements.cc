#include "scenarios/checks/placements.h"

#include <fmt/format.h>

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

namespace {

// Something was committed in a later term, which its log does not have: nothing that it appends can
// ever be committed. It does not know yet; who was paused takes what came meanwhile at once.
bool Deposed(const Ghost::Where& where) {
  const GhostLog& committed = where.shard.committed;
  return !committed.last().none() && committed.TermAt(committed.last()) > where.replica.state.term;
}

}  // namespace

void PlacementChecks::On(const ReadAnswered& event) {
  reads_[event.who] = {event.incarnation, event.index};
}

void PlacementChecks::On(const MessageAccepted& event) {
  // A shard may be taken under control, and changed, right after its voters were heard.
  if (!controlled_ && !control_.TargetOf(event.who.shard).has_value()) return;
  heard_[{event.who, event.from}] = reporter_.now();
}

void PlacementChecks::On(const ConfigAppended& event, Ghost::Where where) {
  const std::optional<uint64_t> target = control_.TargetOf(event.who.shard);
  if (!event.created || !target.has_value() || Deposed(where)) return;
  const Config after = ConfigOf(event.config);
  const Config& before = where.shard.CommittedConfig();
  const Change change{event.who, where.shard, before, after, event.index};
  for (const ReplicaId voter : after.voters) {
    if (!before.Counts(voter)) JudgePromotion(change, voter);
  }
  JudgeCount(change, *target);
  JudgeReplacement(change);
  // Leaving a joint membership asks nobody anything new.
  if (!before.joint()) JudgeQuorums(change);
}

// --- migration-promote-caught-up ---

void PlacementChecks::JudgePromotion(const Change& change, ReplicaId promoted) {
  const ReplicaKey who{change.shard.id, promoted};
  if (!control_.IsOfMigration(who)) return;
  reporter_.Count(kMigrationPromoteCaughtUp);
  const auto report = [&](const std::string& why) {
    reporter_.Report(kMigrationPromoteCaughtUp, who.shard,
                     "shard {}: replica {} proposes at index {} that replica {} votes, "
                     "but {}",
                     who.shard, change.leader.replica, change.index, promoted, why);
  };
  const ReplicaGhost* replica = change.shard.Find(promoted);
  if (replica == nullptr) return report("it does not exist");
  const auto read = reads_.find(who);
  if (read == reads_.end()) return report("no read through it has completed");
  if (RestartedOnTheWay(who, read->second.incarnation, replica->incarnation)) return;
  if (read->second.incarnation != replica->incarnation) {
    return report(
        fmt::format("the last read through it completed in incarnation {}, and it is in "
                    "incarnation {}",
                    read->second.incarnation, replica->incarnation));
  }
  if (replica->applied < read->second.index) {
    return report(fmt::format("it has applied up to {} of what it read at {}", replica->applied,
                              read->second.index));
  }
  if (!Lags(change.shard, replica->applied)) return;
  report(fmt::format("it has applied up to {} of {} (at most {} behind)", replica->applied,
                     change.shard.commit(), bounds_.lag_max));
}

bool PlacementChecks::RestartedOnTheWay(const ReplicaKey& who, Incarnation read_in,
                                        Incarnation now_in) const {
  if (now_in.value != read_in.value + 1) return false;
  const auto started = started_.find(who);
  return started != started_.end() && reporter_.now() - started->second <= bounds_.election_timeout;
}

// --- migration-quorum-kept ---

bool PlacementChecks::Lives(const Change& change, ReplicaId id) const {
  if (id == change.leader.replica) return true;
  const auto heard = heard_.find({change.leader, id});
  return heard != heard_.end() && reporter_.now() - heard->second <= bounds_.election_timeout;
}

void PlacementChecks::JudgeQuorums(const Change& change) {
  reporter_.Count(kMigrationQuorumKept);
  const auto able = [&](ReplicaId id) {
    const ReplicaGhost* replica = change.shard.Find(id);
    return replica != nullptr && Lives(change, id) && !Lags(change.shard, replica->durable_match);
  };
  const bool before = change.before.HasQuorum(able);
  if (before && change.after.HasQuorum(able)) return;
  reporter_.Report(kMigrationQuorumKept, change.shard.id,
                   "shard {}: replica {} proposes at index {} to go from {} to {}, but live and "
                   "caught up are {} before and {} after",
                   change.shard.id, change.leader.replica, change.index, Describe(change.before),
                   Describe(change.after), change.before.Tally(able), change.after.Tally(able));
}

// --- migration-replace-before-remove ---

void PlacementChecks::JudgeCount(const Change& change, uint64_t target) {
  reporter_.Count(kMigrationReplaceBeforeRemove);
  const size_t voters = change.after.voters.size();
  if (voters >= target && voters <= target + 1) return;
  reporter_.Report(
      kMigrationReplaceBeforeRemove, change.shard.id,
      "shard {}: replica {} proposes at index {} that {} vote, of a shard that is meant "
      "to have {} voters (before: {})",
      change.shard.id, change.leader.replica, change.index, voters, target,
      Describe(change.before));
}

void PlacementChecks::JudgeReplacement(const Change& change) {
  const MigrationGhost* migration = control_.OpenOf(change.shard.id);
  if (migration == nullptr || migration->phase == MigrationPhase::kWaiting) return;
  const MoveGhost& move = migration->current();
  const bool goes =
      change.before.IsMember(move.old_replica) && !change.after.IsMember(move.old_replica);
  if (!goes || change.before.joint()) return;
  reporter_.Count(kMigrationReplaceBeforeRemove);
  if (Config::In(change.before.voters, move.new_replica)) return;
  reporter_.Report(kMigrationReplaceBeforeRemove, change.shard.id,
                   "shard {}: replica {} proposes at index {} to remove replica {}, but the "
                   "promotion of replica {} in its place is not committed",
                   change.shard.id, change.leader.replica, change.index, move.old_replica,
                   move.new_replica);
}

}  // namespace ww::checks
