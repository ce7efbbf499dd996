#include "raft/core/contradiction.h"

#include <fmt/format.h>

#include "raft/core/state.h"
#include "sim/base/check.h"

namespace ww::raft {

std::string TextOf(const Contradiction& contradiction) {
  const Contradiction& it = contradiction;
  switch (it.kind) {
    case ContradictionKind::kCommittedDiffers:
      return fmt::format(
          "the log of replica {}, leader of term {}, differs at index {}, and here it is committed "
          "up to {}",
          it.with, it.term, it.there, it.here);
    case ContradictionKind::kLogTooShort:
      return fmt::format(
          "replica {}, leader of term {}, was told that the log here goes up to {}, and it goes up "
          "to {}",
          it.with, it.term, it.there, it.here);
    case ContradictionKind::kFollowerAhead:
      return fmt::format(
          "replica {} holds the log of term {} up to {}, and its leader here has written up to {}",
          it.with, it.term, it.there, it.here);
    case ContradictionKind::kAnswersNotAsked:
      return fmt::format("replica {} answers what the leader of term {} here has not asked",
                         it.with, it.term);
    case ContradictionKind::kTwoLeaders:
      return fmt::format("replica {} leads term {}, which has a leader already", it.with, it.term);
  }
  UNREACHABLE("contradiction {}", static_cast<int>(it.kind));
}

// Before anything of what led to it was believed. Without the rule it ends the process, and with it
// every shard of the host.
void Replica::State::Contradict(ContradictionKind kind, ReplicaId with, Index here, Index there) {
  CHECK(!with.none());
  CHECK_NE(with, config_.replica);
  const Contradiction found{kind, with, hard_state_.term, here, there};
  CHECK(config_.rules.contradictions_contained, "{}", TextOf(found));
  COVER("core.contradiction");
  effects_.contradiction = found;
}

}  // namespace ww::raft
