// A follower and its leader's messages: consistency check, adoption of entries, commit (Raft 3.5).
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

void Replica::State::OnAppendRequest(const Message& message, AppendRequest& request) {
  CHECK_EQ(message.term, hard_state_.term);
  if (!FollowLeader(message.from)) return;
  CHECK_EQ(leader(), message.from);
  if (request.previous.index < commit_ && !config_.rules.committed_compared) {
    return SendAfterDurable(message.from, AppendReply{true, commit_, Index(), {}});
  }
  if (request.previous.index < log_.base().index) SkipCompacted(request);
  if (!log_.Holds(request.previous)) {
    RefuseAppend(message, request);
    return;
  }
  if (!Adopt(message, request)) return;
  // Only what this request verified: beyond it may stand what an older leader left behind.
  const Index verified = request.previous.index + request.entries.size();
  CHECK_LE(verified, log_.last());
  FollowCommit(request.commit, verified);
  SendAfterDurable(message.from, AppendReply{true, verified, Index(), {}});
}

// The hint is the last place at which the two logs can agree: it skips all entries of terms that
// the leader does not have there (Raft 5.3).
void Replica::State::RefuseAppend(const Message& message, const AppendRequest& request) {
  COVER("core.append_refused");
  CHECK(Is<Follower>());
  // What is committed here stands in the log of every later leader (Raft 3.6.3).
  if (request.previous.index <= commit_ && config_.rules.committed_compared) {
    return Contradict(ContradictionKind::kCommittedDiffers, message.from, commit_,
                      request.previous.index);
  }
  const LogPosition hint = log_.LastAgreeable(request.previous);
  CHECK_LE(hint.index, request.previous.index);
  SendAfterDurable(message.from, AppendReply{false, Index(), request.previous.index, hint});
}

// Entries already held are skipped, never rewritten: a late or repeated request must not cut what
// was acknowledged since. The first conflict cuts all that follows it (Raft 3.5, figure 3.1).
// False when that is committed: a contradiction.
bool Replica::State::Adopt(const Message& message, const AppendRequest& request) {
  CHECK(Is<Follower>());
  CHECK(log_.Holds(request.previous));
  const Entries& entries = request.entries;
  size_t held = 0;
  Index at = request.previous.index.next();
  while (held < entries.size() && at <= log_.last() && log_.TermAt(at) == entries[held].term) {
    ++held;
    ++at;
  }
  if (held == entries.size()) {
    if (held > 0) COVER("core.append_already_held");
    return true;
  }
  if (at <= commit_) {
    Contradict(ContradictionKind::kCommittedDiffers, message.from, commit_, at);
    return false;
  }
  CHECK(!effects_.append.has_value());
  AppendEffect& append = effects_.append.emplace();
  append.first = at;
  append.entries = held == 0 ? entries : Entries(entries.From(held));
  append.truncates = at <= log_.last();
  if (append.truncates) {
    COVER("core.log_cut");
    CHECK_GT(at, commit_);
    ForgetChangesFrom(at);
    log_.CutFrom(at);
  }
  for (const Entry& entry : append.entries) log_.Append(entry);
  NoteChanges(append.first, append.entries);
  CHECK_EQ(append.last(), log_.last());
  CHECK_LE(log_.last_term(), hard_state_.term);
  return true;
}

void Replica::State::OnHeartbeat(const Message& message, const Heartbeat& heartbeat) {
  CHECK_EQ(message.term, hard_state_.term);
  if (!FollowLeader(message.from)) return;
  CHECK_EQ(leader(), message.from);
  Follower& follower = std::get<Follower>(role_);
  follower.round = std::max(follower.round, heartbeat.round);
  // The leader capped it at what this log is known to match. Only a log that has lost something,
  // and goes on under its old name, can be shorter. Where nobody asks which disk a member lives on
  // it follows as far as it can, so that what else comes of it is seen.
  if (config_.rules.disks_bound && heartbeat.commit > log_.last()) {
    return Contradict(ContradictionKind::kLogTooShort, message.from, log_.last(), heartbeat.commit);
  }
  FollowCommit(heartbeat.commit, std::min(heartbeat.commit, log_.last()));
  SendAfterDurable(message.from, HeartbeatReply{heartbeat.round, heartbeat.read_batch});
}

void Replica::State::FollowCommit(Index leader_commit, Index verified) {
  CHECK(Is<Follower>());
  CHECK_LE(verified, log_.last());
  const Index commit = std::min(leader_commit, verified);
  if (commit <= commit_) return;
  commit_ = commit;
  effects_.commit = CommitEffect{commit, false, {}};
}

}  // namespace ww::raft
