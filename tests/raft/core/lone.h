// Lone: one replica among voters that never answer by themselves; the test speaks for them.
#pragma once

#include <string>
#include <vector>

#include "tests/raft/core/cluster.h"

namespace ww::raft::test {

inline constexpr ReplicaId kSelf = ReplicaId(1);

class Lone {
 public:
  // Replica 1 of voters 1 to `voters`, with this recovered state; its writes are durable at once.
  explicit Lone(uint64_t voters, HardState hard_state = {},
                const std::vector<uint64_t>& log_terms = {}, const Rules& rules = {})
      : cluster_(ConfigOf(rules), VotersOf(IdsUpTo(voters))), voters_(voters) {
    for (uint64_t id = 2; id <= voters; ++id) cluster_.Crash(ReplicaId(id));
    cluster_.Load(kSelf, DiskOf(hard_state, log_terms));
  }

  Replica& replica() { return cluster_.replica(kSelf); }
  Cluster& cluster() { return cluster_; }
  Role role() { return replica().role(); }
  uint64_t term() { return replica().term().value; }
  uint64_t commit() { return replica().commit().value; }

  // What it sent since the last call.
  std::vector<Message> Sent() { return std::exchange(cluster_.network(), {}); }

  void Receive(uint64_t from, uint64_t term, MessageBody body) {
    cluster_.Step(kSelf, Received{{ReplicaId(from), kSelf, Term(term), std::move(body)}});
  }
  void Timeout() { cluster_.ReachDeadline(kSelf); }

  // The voters 2 to `voters` grant the pre-vote.
  void WinPreVote() {
    Timeout();
    for (uint64_t id = 2; id <= voters_ && role() == Role::kPreCandidate; ++id) {
      Receive(id, term() + 1, VoteReply{true, true, Term(term() + 1)});
    }
  }
  void WinElection() {
    WinPreVote();
    for (uint64_t id = 2; id <= voters_ && role() == Role::kCandidate; ++id) {
      Receive(id, term(), VoteReply{false, true, Term(term())});
    }
  }
  void Acknowledge(uint64_t from, uint64_t match) {
    Receive(from, term(), AppendReply{true, Index(match), Index(), {}});
  }

 private:
  static ReplicaConfig ConfigOf(const Rules& rules) {
    ReplicaConfig config = TestConfig();
    config.rules = rules;
    return config;
  }
  static std::vector<uint64_t> IdsUpTo(uint64_t voters) {
    std::vector<uint64_t> ids;
    for (uint64_t id = 1; id <= voters; ++id) ids.push_back(id);
    return ids;
  }

  Cluster cluster_;
  uint64_t voters_;
};

inline LogPosition At(uint64_t index, uint64_t term) { return {Index(index), Term(term)}; }

inline Entries EntriesOf(const std::vector<uint64_t>& terms) {
  Entries entries;
  for (const Entry& entry : LogOf(terms)) entries.push_back(entry);
  return entries;
}

inline std::vector<uint64_t> TermsOf(const Replica& replica) {
  std::vector<uint64_t> terms;
  for (Index at = replica.first_index(); at <= replica.last_index(); ++at) {
    terms.push_back(replica.EntryAt(at).term.value);
  }
  return terms;
}

// The bodies of one kind among messages.
template <class Body>
std::vector<Body> BodiesOf(const std::vector<Message>& messages) {
  std::vector<Body> bodies;
  for (const Message& message : messages) {
    if (const Body* body = std::get_if<Body>(&message.body)) bodies.push_back(*body);
  }
  return bodies;
}

}  // namespace ww::raft::test
