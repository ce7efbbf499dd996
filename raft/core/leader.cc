// A leader: replication (Raft 3.5), commitment (3.6.2), heartbeats and check-quorum (6.2).
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

// --- Appending ---

void Replica::State::AppendAsLeader(Entries&& entries) {
  CHECK(Is<Leader>());
  CHECK(!entries.empty());
  CHECK(!effects_.append.has_value());
  active_ = now_;
  AppendEffect& append = effects_.append.emplace();
  append.first = log_.last().next();
  append.entries = std::move(entries);
  append.entries.SetTerm(hard_state_.term);
  for (const Entry& entry : append.entries) log_.Append(entry);
  NoteChanges(append.first, append.entries);
  CHECK_EQ(append.last(), log_.last());
  if (CountsOwnAtAppend()) AdvanceCommit();
  BroadcastAppends();
}

void Replica::State::BroadcastAppends() {
  CHECK(Is<Leader>());
  for (Progress& follower : leading().members) {
    if (follower.replica() != config_.replica) SendAppends(follower);
  }
}

// Sends all that the follower's state allows; to one that probes an append even without entries.
void Replica::State::SendAppends(Progress& follower) {
  CHECK_NE(follower.replica(), config_.replica);
  const Index last = LastFor(follower.replica());
  CHECK_LE(last, log_.last());
  for (uint32_t sent = 0; sent <= config_.in_flight_messages_max; ++sent) {
    const Progress::Room room = follower.RoomFor(limits());
    if (!room.may_send) return;
    if (NeedsSnapshot(follower)) return StartSnapshot(follower);
    if (follower.next() > last && !follower.probing()) return;
    if (!Fits(follower, room)) return;
    SendAppend(follower, room, last);
  }
  UNREACHABLE("more than {} appends in flight", config_.in_flight_messages_max);
}

// What is under way stays within its bound of bytes, but for an entry that exceeds it by itself.
bool Replica::State::Fits(const Progress& follower, const Progress::Room& room) const {
  if (room.idle || follower.next() > log_.last()) return true;
  const bool fits = log_.At(follower.next()).payload.size() <= room.bytes_max;
  if (!fits) COVER("core.in_flight_bytes_full");
  return fits;
}

// May leave before the leader's own copy is durable (Raft 10.2.1); the term it carries is durable,
// or this replica would not lead.
void Replica::State::SendAppend(Progress& follower, const Progress::Room& room, Index last) {
  CHECK_EQ(durable_hard_state_.term, hard_state_.term);
  const Index previous = follower.next().previous();
  CHECK_GE(previous, follower.match());
  CHECK_LE(previous, log_.last());
  Message& message = AddTo(effects_.send_now, follower.replica());
  AppendRequest& request = message.body.emplace<AppendRequest>();
  request.previous = {previous, log_.TermAt(previous)};
  request.commit = commit_;
  const uint64_t remaining = last > previous ? last - previous : 0;
  request.entries = EntriesAfter(
      previous, {std::min({room.entries_max, uint64_t{config_.append_entries_max}, remaining}),
                 std::min(room.bytes_max, uint64_t{config_.append_bytes_max})});
  if (IsWitness(follower.replica())) request.entries = MetadataOfAll(request.entries);
  CHECK_LE(request.entries.size(), size_t{config_.append_entries_max});
  uint64_t bytes = 0;
  for (const Entry& entry : request.entries) bytes += entry.payload.size();
  follower.Sent(request.entries.size(), leading().round, bytes);
}

// At least one entry, however large. What this step itself appended goes out as the run that it is:
// the usual case, and nothing is copied.
Entries Replica::State::EntriesAfter(Index previous, const EntriesBound& bound) const {
  const uint64_t count_max = bound.count;
  CHECK_LE(previous + count_max, log_.last());
  const AppendEffect* own = effects_.append.has_value() ? &*effects_.append : nullptr;
  if (own != nullptr && own->first != previous.next()) own = nullptr;
  if (count_max == 1 && own != nullptr && own->entries.size() == 1) return own->entries;
  uint64_t count = 0;
  uint64_t bytes = 0;
  for (; count < count_max; ++count) {
    bytes += log_.At(previous + (count + 1)).payload.size();
    // Stop, never skip: the entries of a request follow each other.
    if (count > 0 && bytes > bound.bytes) break;
  }
  CHECK(count_max == 0 || count > 0);
  if (own != nullptr && own->entries.size() == count) return own->entries;
  Entries entries;
  entries.reserve(count);
  for (uint64_t i = 1; i <= count; ++i) entries.push_back(log_.At(previous + i));
  return entries;
}

const Progress* Replica::State::ProgressOf(ReplicaId replica) const {
  CHECK(!replica.none());
  for (const Progress& progress : leading().members) {
    if (progress.replica() == replica) return &progress;
  }
  return nullptr;
}

void Replica::State::OnAppendReply(const Message& message, const AppendReply& reply) {
  CHECK_EQ(message.term, hard_state_.term);
  if (!Is<Leader>()) return;
  Progress* follower = ProgressOf(message.from);
  if (follower == nullptr) return;
  follower->Heard(now_);
  const Index matched = follower->match();
  if (!reply.accepted) {
    const Index agreeable = log_.LastAgreeable(reply.hint).index;
    if (!follower->Rejected(reply.rejected, agreeable)) {
      COVER("core.late_refusal");
      return;
    }
  } else {
    Index match = reply.match;
    // It may speak of what a leader lost that had committed it too early.
    if (!config_.rules.committed_compared) match = std::min(match, log_.last());
    if (match > log_.last()) {
      return Contradict(ContradictionKind::kFollowerAhead, message.from, log_.last(), match);
    }
    if (follower->Accepted(match, log_.base().index, limits())) {
      AdvanceCommit();
      SendToWitnesses();
    }
    SendTimeoutNow();
  }
  if (follower->match() != matched) {
    effects_.match = MatchEffect{follower->replica(), follower->match(), follower->next()};
  }
  SendAppends(*follower);
}

// --- Committing ---

bool Replica::State::CountsOwnAtAppend() const {
  return !config_.rules.own_copy_durable && votes_ && electorate_.All().size() == 1;
}

// Raft 10.2.1: the leader's own copy counts like a follower's, when it is durable.
void Replica::State::CountOwnDurable() {
  Progress* own = ProgressOf(config_.replica);
  CHECK(own != nullptr);
  CHECK_LE(own->match(), log_.durable());
  own->SelfDurable(log_.durable());
  AdvanceCommit();
  SendToWitnesses();
}

// Whether enough members hold more than is committed; who of them counts is not looked at. Most
// acknowledgements are of what another one has committed already.
bool Replica::State::MayAdvanceCommit() const {
  CHECK(!electorate_.incoming.empty());
  size_t ahead = 0;
  for (const Progress& member : leading().members) ahead += member.match() > commit_ ? 1 : 0;
  return ahead >= QuorumOf(electorate_.incoming.size());
}

// Raft 3.6.2: what a quorum holds is committed only if it is of the leader's own term (figure 3.7);
// everything before it is committed with it.
void Replica::State::AdvanceCommit() {
  const bool at_append = CountsOwnAtAppend();
  if (!at_append && !MayAdvanceCommit()) return;
  const auto match_of = [this, at_append](const Progress& voter) {
    return at_append ? log_.last() : voter.match();  // Then it is the only voter.
  };
  const Index reached = ReachedByVoters(match_of);
  if (reached <= commit_) return;
  CHECK_LE(reached, log_.last());
  if (log_.TermAt(reached) != hard_state_.term) {
    COVER("core.old_term_not_committed");
    return;
  }
  commit_ = reached;
  const auto holds = [&](const Progress& voter) { return match_of(voter) >= reached; };
  effects_.commit = CommitEffect{reached, true, QuorumWhere(holds)};
  StartWaitingReads();
}

// --- Heartbeats and check-quorum ---

// The latest time by which a quorum had spoken, the leader itself speaking now.
LocalTime Replica::State::QuorumContact() const {
  const LocalTime contact = ReachedByVoters([this](const Progress& voter) {
    return voter.replica() == config_.replica ? now_ : voter.contact();
  });
  CHECK_LE(contact, now_);
  return contact;
}

void Replica::State::OnLeaderDeadline() {
  Leader& leader = leading();
  CHECK_GT(leader.members.size(), 1u);
  if (!leader.quorum_due.never()) leader.quorum_due = QuorumContact() + config_.election_timeout;
  // Raft 6.2: a leader cut off from its quorum steps down, so that its clients look elsewhere.
  if (now_ >= leader.quorum_due) {
    COVER("core.check_quorum_failed");
    effects_.quorum_lost = true;
    BecomeFollower(hard_state_.term, ReplicaId());
    return;
  }
  if (now_ < leader.heartbeat_due) return;
  MayRest() ? Rest() : BroadcastHeartbeat();
}

void Replica::State::BroadcastHeartbeat() {
  Leader& leader = leading();
  ++leader.round;
  leader.heartbeat_due = NextHeartbeat();
  CHECK_GT(leader.heartbeat_due, now_);
  NoteRound();
  SendHeartbeats();
}

void Replica::State::SendHeartbeats() {
  for (const Progress& member : leading().members) {
    if (member.replica() != config_.replica) SendHeartbeat(member);
  }
}

// The commit is capped at what the follower is known to hold: a heartbeat verifies nothing.
void Replica::State::SendHeartbeat(const Progress& member) {
  CHECK_NE(member.replica(), config_.replica);
  const Leader& leader = leading();
  CHECK_EQ(durable_hard_state_.term, hard_state_.term);
  SendNow(member.replica(),
          Heartbeat{std::min(commit_, member.match()), leader.round, leader.reads.batch});
}

void Replica::State::OnHeartbeatReply(const Message& message, const HeartbeatReply& reply) {
  CHECK_EQ(message.term, hard_state_.term);
  if (!Is<Leader>()) return;
  Progress* follower = ProgressOf(message.from);
  if (follower == nullptr) return;
  if (reply.round == kNoRound) return;
  if (reply.round > leading().round || reply.read_batch > leading().reads.batch) {
    return Contradict(ContradictionKind::kAnswersNotAsked, message.from);
  }
  follower->Heard(now_);
  NotePromise(*follower, reply.round);
  follower->Confirmed(reply.read_batch);
  if (!leading().reads.pending.empty()) ConfirmReads();
  SendTimeoutNow();
  if (!follower->HeartbeatAnswered(reply.round)) return;
  COVER("core.window_lost");
  SendAppends(*follower);
}

}  // namespace ww::raft
