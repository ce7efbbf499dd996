#include "raft/core/effects.h"

namespace ww::raft {

// Vectors are cleared, not replaced: one that once grew onto the heap keeps its room, so that a
// steady state allocates nothing.
void Effects::Clear() {
  hard_state.reset();
  install.reset();
  append.reset();
  send_now.clear();
  send_after_durable.clear();
  send_snapshots.clear();
  match.reset();
  commit.reset();
  role_changes.clear();
  quorum_lost = false;
  proposed_first.reset();
  change_refused.reset();
  draw_election_timeout = false;
  reads_ready.clear();
  read_confirmation.reset();
  lease.reset();
  transfer.reset();
  contradiction.reset();
}

}  // namespace ww::raft
