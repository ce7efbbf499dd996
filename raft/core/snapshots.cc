// Logs that begin behind a snapshot: compaction, followers that need what is gone, installation
// (Raft 5.1 to 5.3).
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

// --- Leader ---

// The entry before the next one must be known by its term, or nobody could verify the append.
bool Replica::State::NeedsSnapshot(const Progress& follower) const {
  return follower.next().previous() < log_.base().index;
}

// A follower that does not answer gets none: it costs too much to be sent to nobody. Its next
// answer to a heartbeat brings us here again.
void Replica::State::StartSnapshot(Progress& follower) {
  CHECK(Is<Leader>());
  CHECK_NE(follower.replica(), config_.replica);
  CHECK_GE(snapshot_.index, log_.base().index);
  if (now_ - follower.contact() >= config_.election_timeout) return;
  COVER("core.snapshot_needed");
  follower.StartInstalling(snapshot_);
  effects_.send_snapshots.push_back(SendSnapshot{follower.replica(), hard_state_.term, snapshot_});
}

// What follows the snapshot under way is kept, or it would be installed for nothing and the next
// one be needed at once.
void Replica::State::On(CompactedTo& input) {
  CHECK_LE(input.index, input.snapshot.index);
  CHECK_LE(input.snapshot.index, commit_);
  if (input.snapshot.index <= snapshot_.index) return;  // One was installed meanwhile.
  CHECK(log_.Holds(input.snapshot));
  snapshot_ = input.snapshot;
  Index index = input.index;
  if (const Leader* leader = std::get_if<Leader>(&role_)) {
    for (const Progress& follower : leader->members) {
      const Installing* installing = follower.installing();
      if (installing == nullptr || installing->snapshot.index >= index) continue;
      COVER("core.compaction_held_back");
      index = installing->snapshot.index;
    }
  }
  if (index > log_.base().index) log_.CompactTo(index);
}

void Replica::State::On(SnapshotStatus& input) {
  if (!Is<Leader>() || input.term != hard_state_.term) return;
  Progress* follower = ProgressOf(input.to);
  if (follower == nullptr) return;
  if (!follower->TransferEnded({input.snapshot, input.delivered}, leading().round)) return;
  if (!input.delivered) {
    COVER("core.snapshot_transfer_failed");
    return;
  }
  SendAppends(*follower);
}

void Replica::State::On(Unreachable& input) {
  if (!Is<Leader>()) return;
  Progress* follower = ProgressOf(input.replica);
  if (follower == nullptr || input.replica == config_.replica) return;
  follower->Unreachable(leading().round);
}

// --- Follower ---

// What stands below the base is committed, so the leader of a later term has it too (Raft 3.6.3):
// the request agrees with this log there, and its entries up to the base are held.
void Replica::State::SkipCompacted(AppendRequest& request) const {
  COVER("core.append_below_base");
  const LogPosition& base = log_.base();
  CHECK_LT(request.previous.index, base.index);
  const size_t held =
      std::min<uint64_t>(base.index - request.previous.index, request.entries.size());
  request.entries = Entries(request.entries.From(held));
  request.previous = base;
}

// Raft 5.3. What is committed here already needs no snapshot, nor does a log that holds its last
// entry: it holds all before it, and the snapshot merely says that this is committed.
void Replica::State::On(SnapshotReceived& input) {
  CHECK(!input.position.index.none());
  CHECK_LE(input.position.term, input.term);
  if (input.term < hard_state_.term) {
    COVER("core.snapshot_outdated");
    return;
  }
  if (input.term > hard_state_.term) BecomeFollower(input.term, input.from);
  if (!FollowLeader(input.from)) return;
  CHECK(Is<Follower>());
  if (input.position.index <= commit_) {
    COVER("core.snapshot_behind_commit");
  } else if (log_.Holds(input.position)) {
    COVER("core.snapshot_already_held");
    commit_ = input.position.index;
    effects_.commit = CommitEffect{commit_, false, {}};
  } else {
    Install(input.position);
    FollowMembership(std::move(input.membership));
  }
  CHECK_GE(commit_, input.position.index);
  // Held until the record of the snapshot, or of the entries that stand for it, is durable.
  SendAfterDurable(input.from, AppendReply{true, input.position.index, Index(), {}});
}

void Replica::State::Install(const LogPosition& snapshot) {
  COVER("core.snapshot_installed");
  CHECK_GT(snapshot.index, commit_);
  CHECK_LE(snapshot.term, hard_state_.term);
  log_.ReplaceBy(snapshot);
  changes_.clear();  // Those before are in the snapshot's membership, those behind are gone.
  snapshot_ = snapshot;
  commit_ = snapshot.index;
  effects_.install = snapshot;
  CHECK_EQ(log_.last(), snapshot.index);
}

}  // namespace ww::raft
