#include "scenarios/checks/liveness.h"

#include <algorithm>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

void LivenessChecks::On(const ShardCreated& event) {
  watches_.emplace_back().replicas.resize(event.voters.size());
}

void LivenessChecks::On(const PhaseBegan& event, const Ghost& ghost) {
  Look(ghost);
  healed_ = IsHealed(event.phase);
  OnReachability(ghost);
}

void LivenessChecks::On(const ReplicaCreated& event, const Ghost& ghost) {
  Follow(event.who.shard, ghost);
}

void LivenessChecks::Follow(ShardId id, const Ghost& ghost) {
  const ShardGhost* shard = ghost.FindShard(id);
  CHECK(shard != nullptr);
  watches_[shard->slot].replicas.resize(shard->replicas.size());
}

void LivenessChecks::OnReachability(const Ghost& ghost) {
  for (const ShardGhost& shard : ghost.shards()) Refresh(shard, ghost);
}

void LivenessChecks::Refresh(const ShardGhost& shard, const Ghost& ghost) {
  Watch& watch = watches_[shard.slot];
  const auto reachable = [&](ReplicaId id) {
    const ReplicaGhost* replica = shard.Find(id);
    return replica != nullptr && ghost.Reachable(*replica);
  };
  if (!healed_ || !shard.CommittedConfig().HasQuorum(reachable)) {
    watch.armed_at = TrueTime::Never();
    return;
  }
  if (!watch.armed_at.never()) return;
  watch.armed_at = reporter_.now();
  watch.leader_seen = false;
  watch.led = HasAbleLeader(shard);
  watch.unknown_streak = 0;
  for (Lag& lag : watch.replicas) lag = {shard.commit(), reporter_.now()};
}

void LivenessChecks::On(const ReplicaStarted&, Ghost::Where where, const Ghost& ghost) {
  if (!healed_) return;
  watches_[where.shard.slot].replicas[where.replica.slot] = {where.shard.commit(), reporter_.now()};
  Refresh(where.shard, ghost);
}

void LivenessChecks::On(const CommitAdvanced& event, Ghost::Where where) {
  Watch& watch = watches_[where.shard.slot];
  if (!event.leads || watch.armed_at.never() || watch.leader_seen) return;
  reporter_.Count(kEventuallyLeader);  // In time: lateness is reported when time is looked at.
  if (!watch.led) reporter_.Took(kEventuallyLeader, reporter_.now() - watch.armed_at);
  watch.leader_seen = true;
}

void LivenessChecks::On(const ClientInvoked& event, const ShardGhost& shard) {
  if (watches_[shard.slot].armed_at.never()) return;
  const auto [it, first] = open_.try_emplace(event.operation_id, Request{shard.slot, {}, {}});
  if (first) Await(event.operation_id, it->second);
}

bool LivenessChecks::CanAnswer(const Ghost& ghost, HostId host) {
  return host.value < ghost.hosts().size() && ghost.hosts()[host.value].up &&
         ghost.hosts()[host.value].reachable;
}

// From now on.
void LivenessChecks::Await(uint64_t operation, Request& request) {
  request.since = reporter_.now();
  deadlines_.push_back({operation, request.shard, request.since});
}

void LivenessChecks::On(const ClientAsked& event, const Ghost& ghost) {
  const auto it = open_.find(event.operation_id);
  if (it == open_.end()) return;
  Request& request = it->second;
  if (!request.asked.none() && !CanAnswer(ghost, request.asked)) Await(it->first, request);
  request.asked = event.host;
}

void LivenessChecks::On(const ClientReturned& event, const ShardGhost& shard, const Ghost& ghost) {
  const auto it = open_.find(event.operation_id);
  if (it == open_.end()) return;
  const TrueTime invoked = it->second.since;
  const HostId asked = it->second.asked;
  open_.erase(it);
  Watch& watch = watches_[shard.slot];
  if (event.outcome != Outcome::kUnknown) {
    reporter_.Count(kEventuallyCommit);
    if (watch.armed_at <= invoked) reporter_.Took(kEventuallyCommit, reporter_.now() - invoked);
    watch.unknown_streak = 0;
    return;
  }
  if (!asked.none() && !CanAnswer(ghost, asked)) return;
  // Before a leader must exist, giving up says nothing.
  if (watch.armed_at.never() || invoked < watch.armed_at + election_timeout_ * kLeaderBound) return;
  if (watch.unknown_streak++ == 0) watch.streak_since = invoked;
}

void LivenessChecks::On(const TimePassed&, const Ghost& ghost) { Look(ghost); }

void LivenessChecks::Look(const Ghost& ghost) {
  if (!healed_) return;
  for (const ShardGhost& shard : ghost.shards()) {
    Watch& watch = watches_[shard.slot];
    if (watch.armed_at.never()) continue;
    JudgeLeader(shard, watch);
    JudgeLag(shard, watch, ghost);
  }
  JudgeRequests(ghost);
  JudgeGivingUp(ghost);
}

// An idle shard needs no commit: its leader has shown that it can, and still leads.
bool LivenessChecks::HasAbleLeader(const ShardGhost& shard) {
  if (shard.leaderships.empty()) return false;
  const Leadership& newest = shard.leaderships.back();
  const ReplicaGhost& leader = shard.replicas[newest.slot];
  return leader.running && leader.role == Role::kLeader && leader.state.term == newest.term &&
         newest.committed > newest.base;
}

void LivenessChecks::JudgeLeader(const ShardGhost& shard, Watch& watch) {
  if (watch.leader_seen) return;
  if (reporter_.now() - watch.armed_at <= election_timeout_ * kLeaderBound) return;
  reporter_.Count(kEventuallyLeader);
  watch.leader_seen = true;  // Judged once each time it is armed.
  if (HasAbleLeader(shard)) return;
  reporter_.Report(
      kEventuallyLeader, shard.id,
      "shard {}: healed with a majority reachable since {}, but at {} no "
      "leader has committed (bound {} election timeouts); {}",
      shard.id, watch.armed_at, reporter_.now(), kLeaderBound,
      shard.leaderships.empty()
          ? std::string("nobody ever led")
          : fmt::format("the newest leader was replica {} in term {}",
                        shard.leaderships.back().replica, shard.leaderships.back().term));
}

void LivenessChecks::JudgeLag(const ShardGhost& shard, Watch& watch, const Ghost& ghost) {
  for (const ReplicaGhost& replica : shard.replicas) {
    Lag& lag = watch.replicas[replica.slot];
    const bool judged = shard.CommittedConfig().IsMember(replica.key.replica) &&
                        !shard.CommittedConfig().IsWitness(replica.key.replica);
    if (!judged || !ghost.Reachable(replica)) {
      lag = {shard.commit(), reporter_.now()};
      continue;
    }
    if (replica.applied >= lag.target) {
      reporter_.Count(kReplicaCatchesUp);
      reporter_.Took(kReplicaCatchesUp, reporter_.now() - lag.since);
      lag = {shard.commit(), reporter_.now()};
      continue;
    }
    if (reporter_.now() - lag.since <= election_timeout_ * kCatchUpBound) continue;
    reporter_.Report(kReplicaCatchesUp, shard.id,
                     "shard {}: index {} was committed at {}, but at {} replica {}, which is "
                     "reachable, has applied up to {} only (bound {} election timeouts)",
                     shard.id, lag.target, lag.since, reporter_.now(), replica.key.replica,
                     replica.applied, kCatchUpBound);
    lag = {shard.commit(), reporter_.now()};
  }
}

void LivenessChecks::JudgeRequests(const Ghost& ghost) {
  const Duration bound = election_timeout_ * kCommitBound;
  for (; deadlines_head_ < deadlines_.size(); ++deadlines_head_) {
    const Deadline& deadline = deadlines_[deadlines_head_];
    if (reporter_.now() - deadline.since <= bound) break;
    const Watch& watch = watches_[deadline.shard];
    const auto open = open_.find(deadline.operation_id);
    if (open == open_.end() || open->second.since != deadline.since) continue;
    if (watch.armed_at > deadline.since) continue;
    const HostId asked = open->second.asked;
    if (!asked.none() && !CanAnswer(ghost, asked)) {
      Await(open->first, open->second);  // May move what `deadline` names.
      continue;
    }
    const ShardGhost& shard = ghost.shards()[deadline.shard];
    reporter_.Report(kEventuallyCommit, shard.id,
                     "shard {}: operation {} was asked for at {}, but at {} it has no "
                     "answer (bound {} election timeouts); committed up to {}",
                     shard.id, deadline.operation_id, deadline.since, reporter_.now(), kCommitBound,
                     shard.commit());
  }
  if (deadlines_head_ * 2 > deadlines_.size()) {
    deadlines_.erase(deadlines_.begin(),
                     deadlines_.begin() + static_cast<ptrdiff_t>(deadlines_head_));
    deadlines_head_ = 0;
  }
}

void LivenessChecks::JudgeGivingUp(const Ghost& ghost) {
  const Duration bound = election_timeout_ * kCommitBound;
  for (const ShardGhost& shard : ghost.shards()) {
    Watch& watch = watches_[shard.slot];
    if (watch.armed_at.never() || watch.unknown_streak < kUnknownStreakMax) continue;
    if (reporter_.now() - watch.streak_since <= bound) continue;
    reporter_.Report(kEventuallyCommit, shard.id,
                     "shard {}: {} operations in a row ended unknown since {}, and at "
                     "{} none was answered (bound {} election timeouts)",
                     shard.id, watch.unknown_streak, watch.streak_since, reporter_.now(),
                     kCommitBound);
    watch.unknown_streak = 0;
  }
}

}  // namespace ww::checks
