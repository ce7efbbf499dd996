#include "scenarios/checks/elections.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

void ElectionChecks::On(const TermChanged& event, Ghost::Where where) {
  reporter_.Count(kTermMonotonic);
  if (event.term >= where.replica.state.term) return;
  reporter_.Report(kTermMonotonic, event.who.shard,
                   "shard {} replica {}: its term is now {}, but was {} before in the "
                   "same life",
                   event.who.shard, event.who.replica, event.term, where.replica.state.term);
}

void ElectionChecks::On(const ReplicaStarted& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  reporter_.Count(kTermMonotonic);
  if (event.term >= replica.durable_state.term || replica.state_damaged) return;
  reporter_.Report(kTermMonotonic, event.who.shard,
                   "shard {} replica {}: starts with term {}, but term {} was durable",
                   event.who.shard, event.who.replica, event.term, replica.durable_state.term);
}

void ElectionChecks::On(const RoleChanged& event, Ghost::Where where) {
  if (event.term < where.replica.state.term) {
    reporter_.Report(kTermMonotonic, event.who.shard,
                     "shard {} replica {}: changes its role in term {}, but its term was {} before",
                     event.who.shard, event.who.replica, event.term, where.replica.state.term);
  }
  if (event.role == Role::kLeader) {
    JudgeLeadership(event, where.shard);
    JudgeMajority(event.elected_by, where.shard, event.who.replica,
                  fmt::format("the election of term {}", event.term));
    JudgeVotes(event, where.shard);
  } else if (event.role == Role::kCandidate && !event.elected_by.empty()) {
    JudgeMajority(event.elected_by, where.shard, event.who.replica,
                  fmt::format("the pre-vote of term {}", event.term));
  }
}

void ElectionChecks::JudgeLeadership(const RoleChanged& event, const ShardGhost& shard) {
  reporter_.Count(kElectionSafety);
  const Leadership* other = shard.LeadershipOf(event.term);
  if (other == nullptr ||
      (other->replica == event.who.replica && other->incarnation == event.incarnation)) {
    return;
  }
  reporter_.Report(
      kElectionSafety, event.who.shard,

      "shard {} term {}: replica {} (incarnation {}) leads, but replica {} (incarnation "
      "{}) led the same term",
      event.who.shard, event.term, event.who.replica, event.incarnation, other->replica,
      other->incarnation);
}

void ElectionChecks::JudgeMajority(std::span<const ReplicaId> members, const ShardGhost& shard,
                                   ReplicaId who, std::string_view decision) {
  reporter_.Count(kQuorumMembership);
  const ReplicaGhost* decider = shard.Find(who);
  const Config* config = decider == nullptr ? nullptr : shard.ConfigOf(*decider);
  for (size_t i = 0; i < members.size(); ++i) {
    if (config == nullptr || !config->Counts(members[i])) {
      reporter_.Report(kQuorumMembership, shard.id,
                       "shard {} replica {}: {} counts replica {}, which is no voter", shard.id,
                       who, decision, members[i]);
      return;
    }
    if (std::find(members.begin(), members.begin() + static_cast<ptrdiff_t>(i), members[i]) !=
        members.begin() + static_cast<ptrdiff_t>(i)) {
      reporter_.Report(kQuorumMembership, shard.id,
                       "shard {} replica {}: {} counts replica {} twice", shard.id, who, decision,
                       members[i]);
      return;
    }
  }
  const auto counted = [members](ReplicaId id) {
    return std::find(members.begin(), members.end(), id) != members.end();
  };
  if (config != nullptr && config->HasQuorum(counted)) return;
  reporter_.Report(kQuorumMembership, shard.id,
                   "shard {} replica {}: {} counts {} replicas, but a quorum of {} voters has {}{}",
                   shard.id, who, decision, members.size(),
                   config == nullptr ? 0 : config->counting(),
                   config == nullptr ? 0 : config->quorum(),
                   config != nullptr && config->joint() ? ", of both halves" : "");
}

void ElectionChecks::JudgeVotes(const RoleChanged& event, const ShardGhost& shard) {
  for (const ReplicaId member : event.elected_by) {
    const ReplicaGhost* voter = shard.Find(member);
    if (voter == nullptr) continue;
    const ReplicaId granted = GrantedTo(*voter, event.term);
    if (member == event.who.replica) {
      // Its own candidacy is a vote, counted now.
      reporter_.Count(kVoteOnce);
      if (granted.none() || granted == member) continue;
      reporter_.Report(kVoteOnce, event.who.shard,
                       "shard {} replica {} counts its own vote of term {}, but granted "
                       "that term to replica {}",
                       event.who.shard, member, event.term, granted);
    } else if (granted != event.who.replica) {
      reporter_.Report(
          kQuorumMembership, event.who.shard,
          "shard {} replica {}: the election of term {} counts the vote of replica {}, "
          "which granted that term to {}",
          event.who.shard, event.who.replica, event.term, member,
          granted.none() ? "nobody" : fmt::format("replica {}", granted));
    }
  }
}

void ElectionChecks::On(const VoteAnswered& event, Ghost::Where where) {
  if (!event.granted || event.pre_vote) return;
  reporter_.Count(kVoteOnce);
  const ReplicaId before = GrantedTo(where.replica, event.term);
  if (before.none() || before == event.candidate) return;
  reporter_.Report(kVoteOnce, event.who.shard,
                   "shard {} term {}: replica {} grants its vote to replica {}, but "
                   "granted it to replica {} before",
                   event.who.shard, event.term, event.who.replica, event.candidate, before);
}

void ElectionChecks::On(const CommitAdvanced& event, Ghost::Where where) {
  if (!event.leads) return;
  JudgeMajority(event.counted, where.shard, event.who.replica, "a commit");
}

}  // namespace ww::checks
