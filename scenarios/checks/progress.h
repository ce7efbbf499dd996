// progress-sound: what a leader believes of its followers' logs.
//
// What it takes for equal and durable at a follower has to be so now, in the ghost's view of that
// disk, or has to have been when the follower said so in an earlier answer of the same term: a
// follower that has gone on to a later term may have cut it since. In one leadership it never takes
// anything back, whatever order answers come in. That it sends again what it knows to be held is
// waste, and only noted.
#pragma once

#include <vector>

#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class ProgressChecks {
 public:
  explicit ProgressChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ShardCreated&) { shards_.emplace_back(); }
  // All with the ghost as of the event.
  void On(const AppendAnswered& event, Ghost::Where where);
  void On(const MatchChanged& event, Ghost::Where where);

 private:
  // One follower in one term.
  struct Known {
    Term term;
    Index verified;  // Once durable and equal to that leader's log.
    Index match;     // What that leader took for it.
  };
  using Follower = std::vector<Known>;  // By term.

  // Null when the term is so old that it is forgotten.
  static constexpr size_t kTermsKept = 64;
  Known* Of(const ShardGhost& shard, uint32_t follower, Term term);

  Reporter& reporter_;
  std::vector<std::vector<Follower>> shards_;  // By slots.
};

}  // namespace ww::checks
