#include "scenarios/checks/acks.h"

#include <algorithm>

namespace ww::checks {

using enum PropertyId;

void AckChecks::On(const VoteRequested& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  // A pre-vote promises nothing; a request that left after its campaign ended changes nothing.
  if (event.pre_vote || replica.role != Role::kCandidate || replica.state.term != event.term) {
    return;
  }
  reporter_.Count(kAckHonesty);
  const bool durable = event.last_index <= replica.durable.last() &&
                       replica.durable.At(event.last_index).term == event.last_term;
  if (durable) return;
  reporter_.Report(kAckHonesty, event.who.shard,
                   "shard {}: candidate {} of term {} asks replica {} for its vote with last entry "
                   "{} (term {}), but its durable log ends at {} (term {})",
                   event.who.shard, event.who.replica, event.term, event.to, event.last_index,
                   event.last_term, replica.durable.last(),
                   replica.durable.At(replica.durable.last()).term);
}

void AckChecks::On(const VoteAnswered& event, Ghost::Where where) {
  if (event.pre_vote || !event.granted) return;
  reporter_.Count(kAckHonesty);
  const HardState& durable = where.replica.durable_state;
  if (durable.term > event.term || durable == HardState{event.term, event.candidate}) return;
  reporter_.Report(
      kAckHonesty, event.who.shard,
      "shard {}: replica {} tells replica {} that it has its vote of term {}, but what "
      "is durable is term {} with a vote for {}",
      event.who.shard, event.who.replica, event.candidate, event.term, durable.term,
      durable.vote.none() ? "nobody" : fmt::format("replica {}", durable.vote));
}

void AckChecks::On(const RoleChanged& event, Ghost::Where where) {
  if (event.role != Role::kLeader) return;
  const bool counts_itself = std::find(event.elected_by.begin(), event.elected_by.end(),
                                       event.who.replica) != event.elected_by.end();
  if (!counts_itself) return;
  reporter_.Count(kAckHonesty);
  const HardState& durable = where.replica.durable_state;
  if (durable.term > event.term || durable == HardState{event.term, event.who.replica}) return;
  reporter_.Report(
      kAckHonesty, event.who.shard,

      "shard {}: replica {} wins term {} with its own vote, but what is durable is term "
      "{} with a vote for {}",
      event.who.shard, event.who.replica, event.term, durable.term,
      durable.vote.none() ? "nobody" : fmt::format("replica {}", durable.vote));
}

void AckChecks::On(const AppendAnswered& event, Ghost::Where where) {
  if (!event.accepted || event.match.none()) return;
  reporter_.Count(kAckHonesty);
  const ReplicaGhost& replica = where.replica;
  // Of a leader or an index that is forgotten nothing can be said: all of it was committed, and
  // every replica holds it in a snapshot.
  if (event.match <= where.shard.horizon) return;
  const Leadership* leadership = where.shard.LeadershipOf(event.term);
  if (leadership == nullptr) {
    reporter_.Report(kAckHonesty, event.who.shard,
                     "shard {}: replica {} accepts entries of term {} up to index {} "
                     "from replica {}, but nobody led that term",
                     event.who.shard, event.who.replica, event.term, event.match, event.leader);
    return;
  }
  if (event.match > replica.durable.last()) {
    reporter_.Report(
        kAckHonesty, event.who.shard,

        "shard {}: replica {} tells replica {} (term {}) that it holds index {}, but its "
        "durable log ends at {}",
        event.who.shard, event.who.replica, event.leader, event.term, event.match,
        replica.durable.last());
    return;
  }
  const auto leader_chain = where.shard.LeaderChainAt(*leadership, event.match);
  const LogCell mine = replica.durable.At(event.match);
  if (leader_chain.has_value() && *leader_chain == mine.chain) return;
  reporter_.Report(
      kAckHonesty, event.who.shard,

      "shard {}: replica {} tells replica {} (term {}) that it holds index {}, but its "
      "durable log there (term {}) {}",
      event.who.shard, event.who.replica, event.leader, event.term, event.match, mine.term,
      leader_chain.has_value()
          ? fmt::format("is {:016x} and that leader's is {:016x}", mine.chain, *leader_chain)
          : std::string("has an index that this leader's log never had"));
}

void AckChecks::On(const BelievedDurable& event, Ghost::Where where) {
  const ReplicaGhost& replica = where.replica;
  if (replica.role != Role::kLeader) return;  // A follower's belief counts when it answers.
  reporter_.Count(kAckHonesty);
  if (event.last <= replica.durable.last()) return;
  reporter_.Report(kAckHonesty, event.who.shard,
                   "shard {}: leader {} of term {} counts its own copy up to index {}, "
                   "but its durable log ends at {}",
                   event.who.shard, event.who.replica, replica.state.term, event.last,
                   replica.durable.last());
}

}  // namespace ww::checks
