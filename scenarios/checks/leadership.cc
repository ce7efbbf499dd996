#include "scenarios/checks/leadership.h"

#include <algorithm>

#include "scenarios/checks/bounds.h"
#include "scenarios/checks/healed.h"

namespace ww::checks {

using enum PropertyId;

// --- leader-stable ---

void LeadershipChecks::OnUnrest() {
  undisturbed_since_ = healed_ ? reporter_.now() : TrueTime::Never();
  for (TrueTime& since : calm_since_) since = undisturbed_since_;
  for (PendingTransfer& one : transfers_) one.must_succeed = false;
}

void LeadershipChecks::On(const RoleChanged& event, Ghost::Where where) {
  if (event.role != Role::kLeader) return;
  led_since_[where.shard.slot] = reporter_.now();
  TrueTime& since = calm_since_[where.shard.slot];
  if (since.never() || where.shard.leaderships.empty()) return;
  const bool calm = reporter_.now() - since > election_timeout_ * kCalmBound;
  reporter_.Took(kLeaderStable, reporter_.now() - since);
  since = reporter_.now();
  if (!calm) return;
  reporter_.Report(kLeaderStable, event.who.shard,
                   "shard {}: replica {} comes to lead term {}, after replica {} led term {}, "
                   "although nothing has happened to them for {} election timeouts",
                   event.who.shard, event.who.replica, event.term,
                   where.shard.leaderships.back().replica, where.shard.leaderships.back().term,
                   kCalmBound);
}

void LeadershipChecks::JudgeCalm(const Ghost& ghost) {
  for (const ShardGhost& shard : ghost.shards()) {
    const TrueTime since = calm_since_[shard.slot];
    if (since.never() || shard.leaderships.empty()) continue;
    if (reporter_.now() - since > election_timeout_ * kCalmBound) reporter_.Count(kLeaderStable);
  }
}

// --- Transfers ---

void LeadershipChecks::On(const ReplicaStarted& event) {
  std::erase_if(transfers_, [&event](const PendingTransfer& one) { return one.who == event.who; });
}

void LeadershipChecks::On(const TransferChanged& event, Ghost::Where where, const Ghost& ghost) {
  const auto at =
      std::find_if(transfers_.begin(), transfers_.end(),
                   [&event](const PendingTransfer& one) { return one.who == event.who; });
  switch (event.event) {
    case TransferEvent::kRefused:
      return;
    case TransferEvent::kStarted:
      if (at != transfers_.end() && at->incarnation == where.replica.incarnation) {
        reporter_.Report(kTransferOutcomeTrue, event.who.shard,
                         "shard {} replica {}: begins a transfer to replica {}, but "
                         "the one to replica {} has no end",
                         event.who.shard, event.who.replica, event.target, at->target);
      }
      if (at != transfers_.end()) transfers_.erase(at);
      if (!calm_since_[where.shard.slot].never()) {
        calm_since_[where.shard.slot] = reporter_.now();
      }
      JudgeTarget(event, where);
      transfers_.push_back({event.who, event.target, event.term, where.replica.incarnation,
                            reporter_.now(), TrueTime::Never(), MustSucceed(event, where, ghost)});
      return;
    case TransferEvent::kCompleted:
    case TransferEvent::kAborted:
      JudgeOutcome(event, where);
      if (at != transfers_.end()) {
        JudgeEnd(*at, event.event);
        transfers_.erase(at);
      }
      return;
  }
}

void LeadershipChecks::JudgeTarget(const TransferChanged& event, Ghost::Where where) {
  reporter_.Count(kRoleEligible);
  const Config* config = where.shard.ConfigOf(where.replica);
  if (config != nullptr && config->MayLead(event.target)) return;
  reporter_.Report(kRoleEligible, event.who.shard,
                   "shard {} replica {}: hands over to replica {}, which is no voter "
                   "of its membership: [{}]",
                   event.who.shard, event.who.replica, event.target,
                   config == nullptr ? "nobody" : Describe(*config));
}

bool LeadershipChecks::MustSucceed(const TransferChanged& event, Ghost::Where where,
                                   const Ghost& ghost) const {
  const ShardGhost& shard = where.shard;
  const ReplicaGhost* target = shard.Find(event.target);
  const Config* config = shard.ConfigOf(where.replica);
  if (undisturbed_since_.never() || target == nullptr || config == nullptr) return false;
  if (reporter_.now() - undisturbed_since_ <= election_timeout_ * kCalmBound) return false;
  const Leadership& newest = shard.leaderships.back();
  const bool in_office = newest.term == event.term && newest.committed > newest.base &&
                         reporter_.now() - led_since_[shard.slot] > election_timeout_;
  // A change under way may take away the target, or the leader.
  const bool settled = config == &shard.CommittedConfig() && &shard.configs.back() == config;
  if (!in_office || !settled || config->joint()) return false;
  const bool all_there =
      std::all_of(config->voters.begin(), config->voters.end(), [&](ReplicaId id) {
        const ReplicaGhost* voter = shard.Find(id);
        return voter != nullptr && ghost.Reachable(*voter);
      });
  return all_there && config->MayLead(event.target) && target->durable_match >= shard.commit();
}

// Who leads on knows at once that its target can't lead any more.
void LeadershipChecks::On(const MembershipChanged& event, Ghost::Where where) {
  const Config* config = where.shard.ConfigOf(where.replica);
  if (config == nullptr || where.replica.role != Role::kLeader) return;
  for (PendingTransfer& one : transfers_) {
    if (!(one.who == event.who) || one.term != where.replica.state.term) continue;
    if (one.target_gone.never() && !config->MayLead(one.target)) one.target_gone = reporter_.now();
  }
}

void LeadershipChecks::JudgeEnd(const PendingTransfer& one, TransferEvent end) {
  if (healed_ || !one.target_gone.never()) reporter_.Count(kTransferTerminates);
  if (healed_) reporter_.Took(kTransferTerminates, reporter_.now() - one.since);
  if (one.must_succeed && end == TransferEvent::kAborted) {
    reporter_.Report(kTransferTerminates, one.who.shard,
                     "shard {} replica {}: its transfer to replica {}, begun in term {} at {}, is "
                     "given up at {}, although the target held all that was committed and nothing "
                     "has disturbed the shard since {}",
                     one.who.shard, one.who.replica, one.target, one.term, one.since,
                     reporter_.now(), undisturbed_since_);
  }
  if (one.target_gone.never() || reporter_.now() == one.target_gone) return;
  reporter_.Report(kTransferTerminates, one.who.shard,
                   "shard {} replica {}: its transfer to replica {}, begun in term {} "
                   "at {}, goes on until {}, although the target is no voter since {}",
                   one.who.shard, one.who.replica, one.target, one.term, one.since, reporter_.now(),
                   one.target_gone);
}

void LeadershipChecks::JudgeOutcome(const TransferChanged& event, Ghost::Where where) {
  reporter_.Count(kTransferOutcomeTrue);
  if (event.event == TransferEvent::kAborted) {
    const ReplicaGhost& replica = where.replica;
    const bool leads = replica.role == Role::kLeader && replica.state.term == event.term;
    if (!event.keeps_leading || leads) return;
    reporter_.Report(kTransferOutcomeTrue, event.who.shard,
                     "shard {} replica {}: says that it leads term {} as before its "
                     "transfer to replica {}, but its term is {} and it does not lead",
                     event.who.shard, event.who.replica, event.term, event.target,
                     replica.state.term);
    return;
  }
  for (const Leadership& one : where.shard.leaderships) {
    if (one.replica == event.target && one.term > event.term) return;
  }
  reporter_.Report(kTransferOutcomeTrue, event.who.shard,
                   "shard {} replica {}: its transfer of term {} to replica {} is said "
                   "to be completed, but that one has led no later term",
                   event.who.shard, event.who.replica, event.term, event.target);
}

void LeadershipChecks::JudgeTransfers(const Ghost& ghost) {
  for (size_t i = 0; i < transfers_.size();) {
    const PendingTransfer& one = transfers_[i];
    if (reporter_.now() - one.since <= election_timeout_ * kTransferBound) {
      ++i;
      continue;
    }
    const ShardGhost* shard = ghost.FindShard(one.who.shard);
    const ReplicaGhost* replica = shard == nullptr ? nullptr : shard->Find(one.who.replica);
    if (replica != nullptr && replica->running && replica->incarnation == one.incarnation &&
        ghost.Reachable(*replica)) {
      reporter_.Report(kTransferTerminates, one.who.shard,
                       "shard {} replica {}: its transfer to replica {}, begun in term "
                       "{} at {}, has no end at {} (bound {} election timeouts)",
                       one.who.shard, one.who.replica, one.target, one.term, one.since,
                       reporter_.now(), kTransferBound);
    }
    transfers_.erase(transfers_.begin() + static_cast<ptrdiff_t>(i));
  }
}

// --- Reads ---

void LeadershipChecks::On(const QueryAsked& event, const Ghost& ghost) {
  if (!healed_) return;
  for (const HostGhost& host : ghost.hosts()) {
    if (host.id != event.host || !host.up || !host.reachable) continue;
    queries_.push_back(
        {event.query_id, event.shard, event.host, host.incarnation, reporter_.now()});
    open_.try_emplace(event.query_id, reporter_.now());
  }
}

void LeadershipChecks::On(const QueryAnswered& event) {
  const auto asked = open_.find(event.query_id);
  if (asked == open_.end()) return;
  reporter_.Count(kReadCompletes);
  reporter_.Took(kReadCompletes, reporter_.now() - asked->second);
  open_.erase(asked);
}

void LeadershipChecks::JudgeQueries(const Ghost& ghost) {
  size_t judged = 0;
  for (; judged < queries_.size(); ++judged) {
    const Query& query = queries_[judged];
    if (reporter_.now() - query.since <= election_timeout_ * kReadBound) break;
    if (open_.erase(query.id) == 0) continue;
    const auto host = std::find_if(ghost.hosts().begin(), ghost.hosts().end(),
                                   [&query](const HostGhost& one) { return one.id == query.host; });
    if (host == ghost.hosts().end() || !host->up || !host->reachable ||
        host->incarnation != query.incarnation) {
      continue;
    }
    reporter_.Report(kReadCompletes, query.shard,
                     "shard {}: host {} was asked to read at {}, but at {} it has not "
                     "answered (bound {} election timeouts)",
                     query.shard, query.host, query.since, reporter_.now(), kReadBound);
  }
  queries_.erase(queries_.begin(), queries_.begin() + static_cast<ptrdiff_t>(judged));
}

// --- Time ---

void LeadershipChecks::On(const PhaseBegan& event, const Ghost& ghost) {
  On(TimePassed{}, ghost);
  const bool was = healed_;
  healed_ = IsHealed(event.phase);
  if (healed_ == was) return;
  OnUnrest();
  // What began before is disturbed in ways that no bound speaks of; from here on it is not.
  for (PendingTransfer& one : transfers_) one.since = reporter_.now();
  queries_.clear();
  open_.clear();
}

void LeadershipChecks::On(const TimePassed&, const Ghost& ghost) {
  if (!healed_) return;
  JudgeTransfers(ghost);
  JudgeQueries(ghost);
  JudgeCalm(ghost);
}

}  // namespace ww::checks
