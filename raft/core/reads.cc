// Reads without log entries (Raft 6.4): confirmation by a quorum of heartbeats, or by lease
// (6.4.1).
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

// --- Asking ---

void Replica::State::On(Read& input) {
  CHECK(!input.context.none());
  if (Is<Leader>()) return TakeRead(PendingRead{config_.replica, input.context, Index(), 0});
  if (leader().none()) {
    COVER("core.read_refused");
    effects_.reads_ready.push_back({input.context, Index()});
    return;
  }
  SendNow(leader(), ReadRequest{input.context});
}

void Replica::State::OnReadRequest(const Message& message, const ReadRequest& request) {
  CHECK_EQ(message.term, hard_state_.term);
  if (request.context.none()) return;
  if (!Is<Leader>()) return SendAfterDurable(message.from, ReadReply{request.context, Index()});
  TakeRead(PendingRead{message.from, request.context, Index(), 0});
}

// An answer of the leader of this term: it was confirmed after the read was asked for, so it holds
// whoever leads by now. Answers of earlier terms were dropped with their term.
void Replica::State::OnReadReply(const Message& message, const ReadReply& reply) {
  CHECK_EQ(message.term, hard_state_.term);
  if (Is<Leader>() || reply.context.none()) return;
  effects_.reads_ready.push_back({reply.context, reply.index});
}

// --- At the leader ---

// Raft 6.4: before a leader has committed in its term it does not know what earlier ones committed.
bool Replica::State::CommittedInTerm() const {
  CHECK(Is<Leader>());
  return !commit_.none() && log_.TermAt(commit_) == hard_state_.term;
}

void Replica::State::TakeRead(PendingRead read) {
  LeaderReads& reads = leading().reads;
  CHECK(read.index.none());
  if (reads.pending.size() >= config_.reads_pending_max) {
    COVER("core.read_refused");
    return AnswerRead(read);
  }
  if (!CommittedInTerm()) {
    COVER("core.read_waits_for_commit");
    reads.pending.push_back(read);
    return;
  }
  read.index = commit_;
  if (HoldsLease()) {
    ReportLease();
    effects_.read_confirmation = ReadConfirmation{commit_, true, {}};
    return AnswerRead(read);
  }
  if (quiet_) EndRest();
  active_ = now_;
  read.batch = ++reads.batch;
  reads.pending.push_back(read);
  SendReadBatch();
}

// The first entry of the own term was committed: what waited for it becomes one batch.
void Replica::State::StartWaitingReads() {
  LeaderReads& reads = leading().reads;
  if (reads.pending.empty() || !reads.pending.back().index.none() || !CommittedInTerm()) return;
  const uint64_t batch = ++reads.batch;
  for (PendingRead& read : reads.pending) {
    CHECK(read.index.none(), "a read got an index before the leader had committed in its term");
    read.index = commit_;
    read.batch = batch;
  }
  SendReadBatch();
}

// The round stays: what these heartbeats carry of it is older than they are, which claims less.
void Replica::State::SendReadBatch() {
  const Leader& leader = leading();
  CHECK_GT(leader.reads.batch, 0u);
  if (leader.round == kNoRound && leader.members.size() > 1) {
    BroadcastHeartbeat();
  } else {
    SendHeartbeats();
  }
  ConfirmReads();
}

// What a quorum has confirmed is confirmed with all before it; each read is answered with its own
// context and index. The leader confirms itself.
void Replica::State::ConfirmReads() {
  const Leader& leader = leading();
  const auto batch_of = [this, &leader](const Progress& voter) {
    CHECK_LE(voter.confirmed_batch(), leader.reads.batch);
    return voter.replica() == config_.replica ? leader.reads.batch : voter.confirmed_batch();
  };
  const uint64_t confirmed = ReachedByVoters(batch_of);
  std::vector<PendingRead>& pending = leading().reads.pending;
  size_t count = 0;
  while (count < pending.size() && !pending[count].index.none() &&
         pending[count].batch <= confirmed) {
    ++count;
  }
  if (count == 0) return;
  ReadConfirmation confirmation{
      pending[count - 1].index, false,
      QuorumWhere([&](const Progress& voter) { return batch_of(voter) >= confirmed; })};
  CHECK_LE(confirmation.index, commit_);
  effects_.read_confirmation = std::move(confirmation);
  const PendingRead newest = pending[count - 1];
  for (size_t at = 0; at < count; ++at) {
    const bool own = config_.rules.reads_keep_context || pending[at].from == config_.replica;
    AnswerRead(own ? pending[at] : PendingRead{pending[at].from, newest.context, newest.index, 0});
  }
  pending.erase(pending.begin(), pending.begin() + static_cast<ptrdiff_t>(count));
}

// What it speaks of is committed, and so durable on a quorum; the leader's term is durable here.
void Replica::State::AnswerRead(const PendingRead& read) {
  CHECK(Is<Leader>());
  CHECK_LE(read.index, commit_);
  if (read.from == config_.replica) {
    effects_.reads_ready.push_back({read.context, read.index});
  } else {
    SendNow(read.from, ReadReply{read.context, read.index});
  }
}

// --- Leases ---

// A voter that heard a leader helps nobody else to lead for T, whatever became of its term since,
// and one that restarted keeps what it may have promised before.
bool Replica::State::PromisedToLeader() const {
  return config_.lease_length.has_value() && now_ - leader_heard_ < config_.election_timeout;
}

void Replica::State::NoteRound() {
  Leader& leader = leading();
  if (!config_.lease_length.has_value()) return;
  std::vector<LeaderLease::Round>& rounds = leader.lease.rounds;
  if (rounds.empty()) {
    rounds.resize(static_cast<size_t>(config_.election_timeout / config_.heartbeat_interval) + 2);
  }
  rounds[leader.round % rounds.size()] = {leader.round, now_};
}

// A lease counts from when the answered round began: the follower heard it no earlier than that.
void Replica::State::NotePromise(Progress& follower, uint64_t round) {
  const std::vector<LeaderLease::Round>& rounds = leading().lease.rounds;
  if (rounds.empty()) return;
  const LeaderLease::Round& known = rounds[round % rounds.size()];
  if (known.round != round) return;
  CHECK_LE(known.start, now_);
  follower.Promised(known.start);
  ReportLease();
}

// By the voters of the present membership, so that a change of it leaves no promise of others.
LocalTime Replica::State::LeaseEnd() const {
  const Leader& leader = leading();
  if (!config_.lease_length.has_value() || leader.lease.given_back || !CommittedInTerm()) {
    return LocalTime{INT64_MIN};
  }
  const LocalTime from = ReachedByVoters([this](const Progress& voter) {
    return voter.replica() == config_.replica ? now_ : voter.promised_from();
  });
  return from.ns == INT64_MIN ? from : from + *config_.lease_length;
}

bool Replica::State::HoldsLease() const { return now_ < LeaseEnd(); }

void Replica::State::ReportLease() {
  Leader& leader = leading();
  const LocalTime end = LeaseEnd();
  if (end <= now_ || end <= leader.lease.reported) return;
  leader.lease.reported = end;
  LeaseEffect& effect = effects_.lease.emplace();
  effect.end = end;
  const LocalTime from = end - *config_.lease_length;
  effect.counted = QuorumWhere([this, from](const Progress& voter) {
    return voter.replica() == config_.replica || voter.promised_from() >= from;
  });
}

// Raft 6.4.1 and 3.10: an order to campaign passes by the promises, and may arrive at any time as
// long as the term lasts.
void Replica::State::GiveLeaseBack() {
  LeaderLease& lease = leading().lease;
  lease.given_back = true;
  if (lease.reported <= now_) return;
  lease.reported = now_;
  effects_.lease = LeaseEffect{now_, {}};
}

}  // namespace ww::raft
