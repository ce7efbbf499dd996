#include "scenarios/checks/migrations.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/healed.h"
#include "sim/base/check.h"

namespace ww::checks {

using enum PropertyId;

namespace {

constexpr MoveStep kStepwise[] = {MoveStep::kIntent,     MoveStep::kAllocated, MoveStep::kAdded,
                                  MoveStep::kStarted,    MoveStep::kCaughtUp,  MoveStep::kPromoted,
                                  MoveStep::kHandedOver, MoveStep::kDeleted,   MoveStep::kStopped,
                                  MoveStep::kDataRemoved};
constexpr MoveStep kJoint[] = {MoveStep::kIntent,  MoveStep::kAllocated, MoveStep::kAdded,
                               MoveStep::kStarted, MoveStep::kCaughtUp,  MoveStep::kHandedOver,
                               MoveStep::kSwapped, MoveStep::kStopped,   MoveStep::kDataRemoved};

size_t PlaceOf(std::span<const MoveStep> steps, MoveStep step) {
  return static_cast<size_t>(std::find(steps.begin(), steps.end(), step) - steps.begin());
}

std::span<const MoveStep> StepsOf(const MigrationGhost& migration) {
  return migration.joint ? std::span<const MoveStep>(kJoint) : std::span<const MoveStep>(kStepwise);
}

bool Follows(const MigrationGhost& migration, MoveStep step) {
  const auto steps = StepsOf(migration);
  const size_t place = PlaceOf(steps, step);
  return place < steps.size() && place == PlaceOf(steps, migration.step) + 1;
}

// The old replica is no member, and something of it may be left.
bool OldIsLeaving(const MigrationGhost& migration) {
  const auto steps = StepsOf(migration);
  const MoveStep from = migration.joint ? MoveStep::kSwapped : MoveStep::kDeleted;
  return PlaceOf(steps, migration.step) >= PlaceOf(steps, from) &&
         migration.step != MoveStep::kDataRemoved;
}

// The new replica is known to have been a member.
bool WasAdded(const MigrationGhost& migration) {
  const auto steps = StepsOf(migration);
  return PlaceOf(steps, migration.step) >= PlaceOf(steps, MoveStep::kAdded);
}

// The new replica is not known to vote.
bool MayAbort(const MigrationGhost& migration) {
  const auto steps = StepsOf(migration);
  const MoveStep votes = migration.joint ? MoveStep::kSwapped : MoveStep::kPromoted;
  return PlaceOf(steps, migration.step) < PlaceOf(steps, votes);
}

// The new replica votes, and the old one is not known to be deleted.
bool MayGiveWay(const MigrationGhost& migration) {
  return !migration.joint &&
         (migration.step == MoveStep::kPromoted || migration.step == MoveStep::kHandedOver);
}

std::string DescribeProgress(const MigrationGhost& migration) {
  switch (migration.phase) {
    case MigrationPhase::kWaiting:
      return "waits for its turn";
    case MigrationPhase::kForward:
      return fmt::format("is at move {} of {}, step '{}'", migration.move + 1,
                         migration.moves.size(), NameOf(migration.step));
    case MigrationPhase::kBack:
      return fmt::format("undoes move {} of {}", migration.move + 1, migration.moves.size());
    case MigrationPhase::kEnded:
      return "has ended";
  }
  UNREACHABLE();
}

// By any membership that was ever committed.
template <class Holds>
bool EverCommitted(const ShardGhost& shard, Holds holds) {
  return std::any_of(shard.configs.begin(), shard.configs.end(), [&](const Config& config) {
    return (config.committed || config.index.none()) && holds(config);
  });
}

}  // namespace

// --- migration-once ---

void MigrationChecks::Wrong(const MigrationGhost& migration, const std::string& what) {
  reporter_.Report(kMigrationOnce, migration.shard, "migration {} of shard {}: {}, but it {}",
                   migration.id, migration.shard, what, DescribeProgress(migration));
}

const MigrationGhost* MigrationChecks::Open(MigrationId id, std::string_view what) {
  reporter_.Count(kMigrationOnce);
  const MigrationGhost* migration = control_.Find(id);
  if (migration == nullptr) {
    reporter_.Report(kMigrationOnce, ShardId(), "{} of migration {}, which was never requested",
                     what, id);
    return nullptr;
  }
  if (migration->open()) return migration;
  Wrong(*migration, std::string(what));
  return nullptr;
}

void MigrationChecks::On(const MigrationRequested& event) {
  reporter_.Count(kMigrationOnce);
  if (event.migration <= last_) {
    reporter_.Report(kMigrationOnce, event.shard,
                     "migration {} of shard {} is requested after migration {} was",
                     event.migration, event.shard, last_);
  }
  last_ = std::max(last_, event.migration);
  if (const MigrationGhost* other = control_.OpenOf(event.shard)) {
    Wrong(*other, fmt::format("migration {} of the same shard is taken on", event.migration));
  }
}

void MigrationChecks::On(const MigrationBegun& event) {
  const MigrationGhost* migration = Open(event.migration, "a beginning");
  if (migration == nullptr || migration->phase == MigrationPhase::kWaiting) return;
  Wrong(*migration, "it begins");
}

void MigrationChecks::On(const IdAllocated& event) {
  if (event.migration.none()) return;
  const MigrationGhost* migration = Open(event.migration, "an id");
  if (migration == nullptr) return;
  const bool awaited =
      migration->phase == MigrationPhase::kForward && migration->step == MoveStep::kIntent;
  if (!awaited) Wrong(*migration, fmt::format("replica {} is allocated", event.who.replica));
}

void MigrationChecks::On(const StepRecorded& event, const Ghost& ghost) {
  const MigrationGhost* migration = Open(event.migration, "a step");
  if (migration == nullptr) return;
  const std::string what =
      fmt::format("step '{}' of move {} is recorded", NameOf(event.step), event.move + 1);
  // A swap, or a deletion, may take effect after its move was aborted; then there is nothing to
  // undo.
  const bool old_is_gone =
      migration->phase == MigrationPhase::kBack && migration->back == RollbackStep::kBegun &&
      (migration->joint ? event.step == MoveStep::kSwapped
                        : event.step == MoveStep::kDeleted && MayGiveWay(*migration));
  const bool in_order = old_is_gone || (migration->phase == MigrationPhase::kForward &&
                                        Follows(*migration, event.step));
  if (!in_order || event.move != migration->move || event.step == MoveStep::kAllocated) {
    return Wrong(*migration, what);
  }
  const std::string wrong = FalseOf(*migration, event.step, ghost);
  if (wrong.empty()) return;
  reporter_.Report(kMigrationOnce, migration->shard, "migration {} of shard {}: {}, but {}",
                   migration->id, migration->shard, what, wrong);
}

bool MigrationChecks::IsGone(const ReplicaKey& who, const Ghost& ghost) const {
  const ShardGhost* shard = ghost.FindShard(who.shard);
  const ReplicaGhost* replica = shard == nullptr ? nullptr : shard->Find(who.replica);
  if (replica == nullptr || replica->wiped || control_.Destroyed(who)) return true;
  return !replica->running && !replica->bootstrap_durable;  // A crash took it back.
}

// What contradicts the step; empty when nothing does.
std::string MigrationChecks::FalseOf(const MigrationGhost& migration, MoveStep step,
                                     const Ghost& ghost) const {
  const ShardGhost* shard = ghost.FindShard(migration.shard);
  if (shard == nullptr) return "the shard does not exist";
  const MoveGhost& move = migration.current();
  const ReplicaGhost* fresh = shard->Find(move.new_replica);
  const auto votes = [&] {
    return EverCommitted(*shard, [&](const Config& config) {
      return !config.joint() && Config::In(config.voters, move.new_replica);
    });
  };
  const auto removed = [&] {
    return Config::In(shard->CommittedConfig().removed, move.old_replica);
  };
  switch (step) {
    case MoveStep::kAdded:
      if (EverCommitted(*shard, [&](const Config& c) { return c.IsMember(move.new_replica); })) {
        return {};
      }
      return fmt::format("replica {} never was a member", move.new_replica);
    case MoveStep::kStarted:
      if (fresh != nullptr && !fresh->incarnation.none()) return {};
      return fmt::format("replica {} never started", move.new_replica);
    case MoveStep::kCaughtUp:
      if (readers_.contains({migration.shard, move.new_replica})) return {};
      return fmt::format("no read through replica {} ever completed", move.new_replica);
    case MoveStep::kPromoted:
      if (votes()) return {};
      return fmt::format("replica {} never was a voter", move.new_replica);
    case MoveStep::kDeleted:
      if (removed()) return {};
      return fmt::format("replica {} was not removed", move.old_replica);
    case MoveStep::kSwapped:
      if (votes() && removed()) return {};
      return fmt::format("replica {} does not vote in place of {}", move.new_replica,
                         move.old_replica);
    case MoveStep::kDataRemoved:
      if (IsGone({migration.shard, move.old_replica}, ghost)) return {};
      return fmt::format("replica {} was never destroyed", move.old_replica);
    case MoveStep::kIntent:
    case MoveStep::kAllocated:
    case MoveStep::kHandedOver:
    case MoveStep::kStopped:
      return {};
  }
  UNREACHABLE();
}

bool MigrationChecks::IsLost(const MigrationGhost& migration, ReplicaId replica,
                             const Ghost& ghost) const {
  const ShardGhost* shard = ghost.FindShard(migration.shard);
  const ReplicaGhost* found = shard == nullptr ? nullptr : shard->Find(replica);
  if (found == nullptr) return false;
  return found->wiped || control_.Marked(found->host, HostMark::kDead);
}

// Who leaves in another one's place is lost; or was removed already, so that the other one stays.
void MigrationChecks::On(const LeaverChanged& event, const Ghost& ghost) {
  const MigrationGhost* migration = Open(event.migration, "another leaver");
  if (migration == nullptr) return;
  if (migration->phase != MigrationPhase::kForward || !MayGiveWay(*migration)) {
    return Wrong(*migration, fmt::format("replica {} leaves instead", event.leaves));
  }
  const ShardGhost* shard = ghost.FindShard(migration->shard);
  const bool removed =
      shard != nullptr && Config::In(shard->CommittedConfig().removed, event.leaves);
  if (removed || IsLost(*migration, event.leaves, ghost)) return;
  reporter_.Report(kMigrationOnce, migration->shard,
                   "migration {} of shard {}: replica {} is to leave in place of {}, but it is not "
                   "lost",
                   migration->id, migration->shard, event.leaves, migration->current().old_replica);
}

void MigrationChecks::On(const MigrationAborted& event, const Ghost& ghost) {
  const MigrationGhost* migration = Open(event.migration, "an abort");
  if (migration == nullptr || migration->phase == MigrationPhase::kWaiting) return;
  const bool lost =
      MayGiveWay(*migration) && IsLost(*migration, migration->current().new_replica, ghost);
  const bool may = migration->phase == MigrationPhase::kForward && (MayAbort(*migration) || lost);
  if (!may) Wrong(*migration, "it is aborted");
}

void MigrationChecks::On(const RollbackRecorded& event, const Ghost& ghost) {
  const MigrationGhost* migration = Open(event.migration, "a rollback");
  if (migration == nullptr) return;
  const bool in_order = migration->phase == MigrationPhase::kBack &&
                        static_cast<int>(event.step) == static_cast<int>(migration->back) + 1;
  if (!in_order) return Wrong(*migration, "a step of its rollback is recorded out of order");
  const ReplicaKey fresh{migration->shard, migration->current().new_replica};
  if (event.step == RollbackStep::kDeleted && WasAdded(*migration)) {
    const ShardGhost* shard = ghost.FindShard(migration->shard);
    if (shard == nullptr || !Config::In(shard->CommittedConfig().removed, fresh.replica)) {
      reporter_.Report(kMigrationOnce, migration->shard,
                       "migration {} of shard {}: its rollback has deleted replica {}, which was "
                       "not removed",
                       migration->id, migration->shard, fresh.replica);
    }
  }
  if (event.step == RollbackStep::kDataRemoved && !IsGone(fresh, ghost)) {
    reporter_.Report(kMigrationOnce, migration->shard,
                     "migration {} of shard {}: its rollback has removed the data of "
                     "replica {}, which was never destroyed",
                     migration->id, migration->shard, fresh.replica);
  }
}

void MigrationChecks::On(const CleanupOwed& event) {
  if (event.migration.none()) return;
  const MigrationGhost* migration = Open(event.migration, "an owed cleanup");
  if (migration == nullptr) return;
  const bool back =
      migration->phase == MigrationPhase::kBack &&
      (migration->back == RollbackStep::kDeleted || migration->back == RollbackStep::kStopped);
  const bool forward = migration->phase == MigrationPhase::kForward && OldIsLeaving(*migration);
  if (!back && !forward) Wrong(*migration, "a cleanup is owed");
}

void MigrationChecks::On(const CleanupDone& event, const Ghost& ghost) {
  reporter_.Count(kMigrationOnce);
  if (IsGone(event.who, ghost)) return;
  reporter_.Report(kMigrationOnce, event.who.shard,
                   "shard {}: the cleanup of replica {} is recorded as done, but it "
                   "was never destroyed",
                   event.who.shard, event.who.replica);
}

void MigrationChecks::On(const MigrationEnded& event) {
  const MigrationGhost* migration = Open(event.migration, "an end");
  if (migration == nullptr) return;
  JudgeEnd(*migration);
  const auto due = due_.find(event.migration);
  if (due == due_.end()) return;
  const auto moves = static_cast<int64_t>(migration->moves.size());
  const TrueTime since = std::max(due->second, migration->since);
  reporter_.Count(kMigrationTerminates);
  reporter_.Took(kMigrationTerminates, Nanoseconds((reporter_.now() - since).ns / moves));
  due_.erase(due);
}

void MigrationChecks::JudgeEnd(const MigrationGhost& migration) {
  const bool done = migration.phase == MigrationPhase::kForward &&
                    migration.step == MoveStep::kDataRemoved &&
                    migration.move + 1 == migration.moves.size();
  const bool undone =
      migration.phase == MigrationPhase::kBack && migration.back == RollbackStep::kDataRemoved;
  if (done) {
    reporter_.Note(Notice::kMigrationsDone);
    for (size_t i = 0; i < migration.moves.size(); ++i) reporter_.Note(Notice::kReplicasMoved);
  } else if (undone) {
    reporter_.Note(Notice::kMigrationsRolledBack);
  } else {
    Wrong(migration, "it ends");
  }
}

// --- migration-terminates ---

void MigrationChecks::On(const PhaseBegan& event) {
  healed_ = IsHealed(event.phase);
  if (healed_) return;
  due_.clear();
  joint_.clear();
}

void MigrationChecks::On(const TimePassed&, const Ghost& ghost) {
  if (!healed_) return;
  for (const auto& [id, migration] : control_.migrations()) {
    if (migration.open()) JudgeTime(migration, ghost);
  }
  for (const ShardGhost& shard : ghost.shards()) JudgeJoint(shard, ghost);
}

bool MigrationChecks::Due(const MigrationGhost& migration, const Ghost& ghost) const {
  if (!control_.HasLiveQuorum(ghost, control_.metadata_shard())) return false;
  if (!control_.HasLiveQuorum(ghost, migration.shard)) return false;
  return std::all_of(migration.moves.begin(), migration.moves.end(), [&](const MoveGhost& move) {
    return control_.Serves(ghost, move.target) || control_.Marked(move.target, HostMark::kDead);
  });
}

void MigrationChecks::JudgeTime(const MigrationGhost& migration, const Ghost& ghost) {
  if (!Due(migration, ghost)) {
    due_.erase(migration.id);
    return;
  }
  const auto [due, first] = due_.try_emplace(migration.id, reporter_.now());
  if (due->second.never()) return;  // Reported.
  const bool waits = migration.phase == MigrationPhase::kWaiting;
  TrueTime since = std::max(due->second, migration.since);
  if (waits) since = std::max(since, control_.turned());
  const int64_t moves = waits ? 1 : static_cast<int64_t>(migration.moves.size());
  if (first || reporter_.now() - since <= election_timeout_ * (kMigrationBound * moves)) return;
  reporter_.Count(kMigrationTerminates);
  reporter_.Report(
      kMigrationTerminates, migration.shard,
      "migration {} of shard {} {} at {}, though all who take part can be reached since "
      "{} (bound {} election timeouts a move)",
      migration.id, migration.shard, DescribeProgress(migration), reporter_.now(), since,
      kMigrationBound);
  due->second = TrueTime::Never();
}

void MigrationChecks::JudgeJoint(const ShardGhost& shard, const Ghost& ghost) {
  if (!shard.CommittedConfig().joint() || !control_.HasLiveQuorum(ghost, shard.id)) {
    joint_.erase(shard.id);
    return;
  }
  reporter_.Count(kMigrationTerminates);
  const auto [since, first] = joint_.try_emplace(shard.id, reporter_.now());
  if (first || since->second.never()) return;
  if (reporter_.now() - since->second <= election_timeout_ * kMigrationBound) return;
  reporter_.Report(kMigrationTerminates, shard.id,
                   "shard {}: the joint membership of index {} is not left at {}, with "
                   "a majority reachable since {} (bound {} election timeouts)",
                   shard.id, shard.CommittedConfig().index, reporter_.now(), since->second,
                   kMigrationBound);
  since->second = TrueTime::Never();
}

}  // namespace ww::checks
