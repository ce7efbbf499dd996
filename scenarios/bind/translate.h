// The engine's ids in the checks' vocabulary.
#pragma once

#include "raft/env/observer.h"
#include "scenarios/checks/events.h"

namespace ww::scenarios {

inline checks::ReplicaKey KeyOf(const raft::ReplicaIdentity& who) {
  return {who.shard, who.replica};
}
inline checks::Term TermOf(raft::Term term) { return checks::Term(term.value); }
inline checks::Index IndexOf(raft::Index index) { return checks::Index(index.value); }

}  // namespace ww::scenarios
