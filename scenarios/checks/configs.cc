#include "scenarios/checks/configs.h"

#include <fmt/format.h>

namespace ww::checks {

using enum PropertyId;

namespace {

// The newest change in a replica's log before `before`; what it was started with when there is
// none.
const Config* NewestBefore(const Ghost::Where& where, Index before) {
  const Config* newest = where.shard.ConfigOf(where.replica);
  for (const Config& config : where.shard.configs) {
    if (config.index.none() || config.index >= before) continue;
    if (newest != nullptr && config.index <= newest->index) continue;
    if (where.replica.log.Has(config.index, config.term)) newest = &config;
  }
  return newest;
}

size_t Differences(const Config& a, const Config& b) {
  size_t count = 0;
  const auto counts_in = [](const Config& config, ReplicaId id) {
    return Config::In(config.voters, id) || Config::In(config.witnesses, id);
  };
  for (const auto* ids : {&a.voters, &a.witnesses}) {
    for (const ReplicaId id : *ids) count += counts_in(b, id) ? 0 : 1;
  }
  for (const auto* ids : {&b.voters, &b.witnesses}) {
    for (const ReplicaId id : *ids) count += counts_in(a, id) ? 0 : 1;
  }
  return count;
}

// The role that `id` would take although it has a better or an incomparable one: only a non-voting
// replica becomes something else, a voter.
bool TakesAnotherRole(const Config& first, const Config& second, ReplicaId id) {
  const bool voted = first.MayLead(id);
  const bool witnessed = first.IsWitness(id);
  if (voted && (Config::In(second.witnesses, id) || Config::In(second.non_voting, id))) return true;
  if (witnessed && (Config::In(second.voters, id) || Config::In(second.non_voting, id)))
    return true;
  return Config::In(first.non_voting, id) && Config::In(second.witnesses, id);
}

// Somebody is no member any more and is not said to be removed either.
bool ForgetsWhoLeft(const Config& first, const Config& second) {
  for (const auto* ids : {&first.voters, &first.witnesses, &first.outgoing_voters,
                          &first.outgoing_witnesses, &first.non_voting}) {
    for (const ReplicaId id : *ids) {
      if (!second.IsMember(id) && !Config::In(second.removed, id)) return true;
    }
  }
  return false;
}

ReplicaId WhoTakesAnotherRole(const Config& first, const Config& second) {
  for (const auto* ids : {&second.voters, &second.witnesses, &second.non_voting}) {
    for (const ReplicaId id : *ids) {
      if (TakesAnotherRole(first, second, id)) return id;
    }
  }
  return ReplicaId();
}

// Why the second may not follow the first; empty when it may.
std::string_view WhyNotAfter(const Config& first, const Config& second) {
  if (second.voters.empty()) return "it has no voter";
  for (const ReplicaId id : first.removed) {
    if (second.IsMember(id)) return "it has a replica that was removed";
    if (!Config::In(second.removed, id)) return "it forgets who was removed";
  }
  if (first.joint()) {
    if (second.joint()) return "a joint one follows a joint one";
    const bool same = second.voters == first.voters && second.witnesses == first.witnesses;
    return same ? "" : "it is not the incoming half";
  }
  if (second.joint()) {
    const bool same =
        second.outgoing_voters == first.voters && second.outgoing_witnesses == first.witnesses;
    return same ? "" : "its outgoing half is another one";
  }
  return Differences(first, second) <= 1 ? "" : "more than one voter changes";
}

}  // namespace

void ConfigChecks::On(const ConfigAppended& event, Ghost::Where where) {
  if (!event.created) return;
  JudgeSerialised(event, where);
  JudgeAdjacent(event, where, ConfigOf(event.config));
}

void ConfigChecks::JudgeSerialised(const ConfigAppended& event, Ghost::Where where) {
  const ShardGhost& shard = where.shard;
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kConfigSerialised);
  const Leadership* leadership = shard.LeadershipOf(event.term);
  if (leadership == nullptr || leadership->committed <= leadership->base) {
    reporter_.Report(kConfigSerialised, shard.id,
                     "shard {}: replica {}, leader of term {}, appends a change of "
                     "membership at index {} before it committed anything in its term",
                     shard.id, event.who.replica, event.term, event.index);
    return;
  }
  const Config* present = shard.ConfigOf(replica);
  const Config* newest = NewestBefore(where, event.index);
  if (newest == nullptr || (present != nullptr && newest->index <= present->index)) return;
  reporter_.Report(
      kConfigSerialised, shard.id,

      "shard {}: replica {}, leader of term {}, appends a change of membership at index "
      "{} although the one at index {} is not applied (commit {})",
      shard.id, event.who.replica, event.term, event.index, newest->index, replica.commit);
}

void ConfigChecks::JudgeAdjacent(const ConfigAppended& event, Ghost::Where where,
                                 const Config& next) {
  reporter_.Count(kConfigAdjacent);
  const Config* before = NewestBefore(where, event.index);
  std::string why(before == nullptr ? "nobody knows what was before" : WhyNotAfter(*before, next));
  if (why.empty()) {
    const ReplicaId who = WhoTakesAnotherRole(*before, next);
    if (!who.none()) why = fmt::format("replica {} takes another role", who);
  }
  if (why.empty() && ForgetsWhoLeft(*before, next)) why = "it does not say who was removed";
  if (why.empty()) return;
  reporter_.Report(kConfigAdjacent, where.shard.id,
                   "shard {}: replica {} appends at index {} the membership [{}] after [{}]: {}",
                   where.shard.id, event.who.replica, event.index, Describe(next),
                   before == nullptr ? "" : Describe(*before), why);
}

namespace {

// The first committed change behind `index` that the replica has applied; null when there is none.
const Config* AppliedBehind(const Ghost::Where& where, Index index) {
  for (const Config& config : where.shard.configs) {
    const bool applied = config.committed && config.index <= where.replica.applied;
    if (applied && config.index > index) return &config;
  }
  return nullptr;
}

}  // namespace

// At a change, and when a snapshot says what all changes up to it led to.
void ConfigChecks::On(const MembershipChanged& event, Ghost::Where where) {
  reporter_.Count(kConfigFromLog);
  const Config now = ConfigOf(event.config);
  const Config* expected = where.shard.FindConfig(where.replica, event.index);
  const Index known = std::max(where.replica.commit, where.replica.applied);
  if (expected != nullptr && expected->SameMembers(now) && event.index <= known) {
    const Config* missed = AppliedBehind(where, event.index);
    if (missed == nullptr) return;
    reporter_.Report(kConfigFromLog, where.shard.id,
                     "shard {}: replica {} takes [{}] for the membership from index {} on, but it "
                     "has applied up to {}, and the change at {} leads to [{}]",
                     where.shard.id, event.who.replica, Describe(now), event.index,
                     where.replica.applied, missed->index, Describe(*missed));
    return;
  }
  reporter_.Report(kConfigFromLog, where.shard.id,
                   "shard {}: replica {} takes [{}] for the membership from index {} on, but {}",
                   where.shard.id, event.who.replica, Describe(now), event.index,
                   expected == nullptr ? std::string("its log has no change there")
                                       : fmt::format("its log says [{}] there and its commit is {}",
                                                     Describe(*expected), where.replica.commit));
}

// The change itself is applied before what it lets happen, so at the next entry it counts.
void ConfigChecks::On(const EntryApplied& event, Ghost::Where where) {
  const Config* present = where.shard.ConfigOf(where.replica);
  const Config* newest = NewestBefore(where, event.index);
  if (newest == present) return;
  reporter_.Report(
      kConfigFromLog, where.shard.id,
      "shard {}: replica {} applies index {}, but the change of membership at index {} "
      "has no effect on it",
      where.shard.id, event.who.replica, event.index, newest->index);
}

void ConfigChecks::On(const RoleChanged& event, Ghost::Where where) {
  if (event.role == Role::kFollower) return;
  if (where.replica.given_up && event.role != Role::kLeader) return;
  reporter_.Count(kRoleEligible);
  const Config* config = where.shard.ConfigOf(where.replica);
  const auto report = [&](std::string_view what) {
    reporter_.Report(kRoleEligible, where.shard.id,
                     "shard {}: replica {} {} in term {}, but {}: [{}]", where.shard.id,
                     event.who.replica, event.role == Role::kLeader ? "leads" : "campaigns",
                     event.term, what, config == nullptr ? "nobody" : Describe(*config));
  };
  if (config == nullptr || !config->MayLead(event.who.replica)) {
    return report("it is no voter of its membership");
  }
  if (event.role == Role::kLeader) return;
  const Config* newest = NewestBefore(where, where.replica.commit.next());
  if (newest != config) report("a later, committed change is not applied");
}

void ConfigChecks::On(const CommitAdvanced& event, Ghost::Where where) {
  if (!event.leads) return;
  const Config* config = where.shard.ConfigOf(where.replica);
  if (config == nullptr || config->MayLead(event.who.replica)) return;
  reporter_.Report(kRoleEligible, where.shard.id,
                   "shard {}: replica {} commits index {} as leader of term {}, but it "
                   "is no voter of its membership: [{}]",
                   where.shard.id, event.who.replica, event.index, event.term, Describe(*config));
}

}  // namespace ww::checks
