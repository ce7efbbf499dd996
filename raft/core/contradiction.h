// Contradictions: what another replica says can't be true together with what stands here, unless
// one of the two has lost what it had promised. Which of them it is nobody can tell from the two
// alone, so whoever notices stops: it would only spread what is wrong.
//
// Correct replicas on disks that keep what is durable never see one.
#pragma once

#include <cstdint>
#include <string>

#include "raft/core/types.h"

namespace ww::raft {

enum class ContradictionKind : uint8_t {
  kCommittedDiffers,  // The leader's log is another one where this replica has committed.
  kLogTooShort,       // The leader was told that this replica holds more than it does.
  kFollowerAhead,     // A follower holds entries of this leader's term that it has not written.
  kAnswersNotAsked,   // A follower answers what this leader has not asked in its term.
  kTwoLeaders,        // Another replica leads the same term.
};

struct Contradiction {
  ContradictionKind kind = ContradictionKind::kCommittedDiffers;
  ReplicaId with;  // Who says otherwise.
  Term term;       // The term of both.
  Index here;      // Of logs: how far this replica's goes, or is committed,
  Index there;     // and where the other one's says otherwise.

  friend bool operator==(const Contradiction&, const Contradiction&) = default;
};

// One line, for operators.
std::string TextOf(const Contradiction& contradiction);

}  // namespace ww::raft
