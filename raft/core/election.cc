// Elections: pre-vote (Raft 9.6), votes (3.4, 3.6.1), stickiness (4.2.3), changes of role.
#include <algorithm>

#include "raft/core/state.h"

namespace ww::raft {

// --- Answering ---

// Raft 4.2.3 and 6.2: whether a leader is alive as far as this replica can know, and cares to.
bool Replica::State::HearsLeader() const {
  CHECK_GE(now_, timer_start_);
  if (!config_.rules.check_quorum) return false;
  if (quiet_) return true;  // Its host is heard instead, or WakeUp would have come.
  if (Is<Leader>()) return now_ - QuorumContact() < config_.election_timeout;
  const Follower* follower = std::get_if<Follower>(&role_);
  if (follower == nullptr || !follower->contact.has_value()) return false;
  CHECK(!follower->leader.none());
  return now_ - *follower->contact < config_.election_timeout;
}

bool Replica::State::MayGrant(const Message& message, const VoteRequest& request) const {
  CHECK_GE(message.term, hard_state_.term);
  if (!log_.IsUpToDate(request.last)) return false;
  if (PromisedToLeader() && !ToldToCampaign(message, request)) return false;
  if (request.pre_vote) return message.term > hard_state_.term;
  CHECK_EQ(message.term, hard_state_.term);
  if (hard_state_.vote == message.from) return true;
  return hard_state_.vote.none() && leader().none();
}

void Replica::State::OnVoteRequest(const Message& message, const VoteRequest& request) {
  const bool granted = MayGrant(message, request);
  if (granted && !request.pre_vote) {
    if (hard_state_.vote.none()) SetHardState({hard_state_.term, message.from});
    CHECK_EQ(hard_state_.vote, message.from);
    CHECK(!Is<Candidate>());
    // Nobody campaigns in a term after having helped another one (Raft 3.4). A pre-vote moves no
    // timer: one that can never win would hold back those who can.
    if (Is<PreCandidate>()) BecomeFollower(hard_state_.term, ReplicaId());
    RestartElectionTimer();
  }
  ReplyToVote(message, request, granted);
}

// A grant of a pre-vote carries the term asked about, or an asker of a lower term would drop it as
// coming from the future; a refusal carries ours, which the asker adopts. Either says what is
// committed here; a vote does not, which may be about to win.
void Replica::State::ReplyToVote(const Message& message, const VoteRequest& request, bool granted) {
  CHECK(!granted || message.term >= hard_state_.term);
  Message reply = Envelope(message.from, VoteReply{request.pre_vote, granted, message.term});
  if (granted) reply.term = message.term;
  const bool says_commit = !granted || request.pre_vote;
  if (says_commit) std::get<VoteReply>(reply.body).committed = {commit_, log_.TermAt(commit_)};
  CHECK_GE(reply.term, hard_state_.term);
  effects_.send_after_durable.push_back(std::move(reply));
}

// --- Campaigning ---

void Replica::State::OnElectionDeadline() {
  CHECK(!Is<Leader>());
  CHECK(votes_);
  CHECK(!quiet_);
  if (Is<Candidate>()) COVER("core.campaign_timed_out");
  if (Is<PreCandidate>()) COVER("core.pre_vote_timed_out");
  // Not with a membership that it knows to be outdated.
  if (ChangeUnapplied()) {
    COVER("core.campaign_deferred");
    RestartElectionTimer();
    return DrawElectionTimeout();
  }
  config_.rules.pre_vote ? StartPreVote() : StartCampaign({}, false);
}

void Replica::State::StartPreVote() {
  CHECK(votes_);
  CHECK(!Is<Leader>());
  // A new round starts with an empty tally; its own support costs nothing and promises nothing.
  role_ = PreCandidate{};
  RestartElectionTimer();
  DrawElectionTimeout();
  ReportRole({});
  SendVoteRequests(true, false);
  Count(std::get<PreCandidate>(role_).tally, config_.replica, true);
  ConcludeCampaign();
}

// After a pre-vote, or at once when the leader said so (Raft 3.10) or nobody asks before.
void Replica::State::StartCampaign(Responders supporters, bool transfer) {
  CHECK(votes_);
  const bool asked = !transfer && config_.rules.pre_vote;
  CHECK(!transfer || Is<Follower>());
  CHECK_EQ(asked, Is<PreCandidate>());
  CHECK(!ChangeUnapplied());
  CHECK(!asked || IsQuorum(electorate_, supporters));
  role_ = Candidate{};
  SetHardState({hard_state_.term.next(), config_.replica});
  RestartElectionTimer();
  DrawElectionTimeout();
  ReportRole(std::move(supporters), transfer);
  SendVoteRequests(false, transfer);
}

// A real request is a vote for oneself and waits for it to be durable. A pre-vote promises nothing,
// but it must not speak of entries or a term that a crash could still take back.
void Replica::State::SendVoteRequests(bool pre_vote, bool transfer) {
  CHECK_EQ(pre_vote, Is<PreCandidate>());
  CHECK_EQ(!pre_vote, Is<Candidate>());
  const bool now = pre_vote && EverythingDurable();
  for (const ReplicaId voter : electorate_.All()) {
    if (voter == config_.replica) continue;
    Message request = Envelope(voter, VoteRequest{pre_vote, log_.last_position(), transfer});
    if (pre_vote) request.term = hard_state_.term.next();
    (now ? effects_.send_now : effects_.send_after_durable).push_back(std::move(request));
  }
}

// Raft 3.8: the own vote counts like any other, when it is durable.
void Replica::State::CountOwnVote() {
  CHECK(Is<Candidate>());
  CHECK_EQ(hard_state_.vote, config_.replica);
  if (durable_hard_state_ != hard_state_) return;
  Count(std::get<Candidate>(role_).tally, config_.replica, true);
  ConcludeCampaign();
}

void Replica::State::OnVoteReply(const Message& message, const VoteReply& reply) {
  CHECK_GE(message.term, hard_state_.term);
  LearnCommit(reply.committed);
  if (!electorate_.Has(message.from)) return;
  Tally* tally = nullptr;
  Term asked = hard_state_.term;
  if (auto* pre_candidate = std::get_if<PreCandidate>(&role_); pre_candidate && reply.pre_vote) {
    tally = &pre_candidate->tally;
    asked = asked.next();
  } else if (auto* candidate = std::get_if<Candidate>(&role_); candidate && !reply.pre_vote) {
    tally = &candidate->tally;
  }
  if (tally == nullptr || reply.request_term != asked) {
    COVER("core.late_vote_reply");
    return;
  }
  CHECK(!reply.granted || message.term == asked);
  Count(*tally, message.from, reply.granted);
  ConcludeCampaign();
}

// What is committed anywhere is committed, and a log that holds that entry holds all before it.
// This frees who needs the vote of a leader that was removed: that one may have more entries, and
// will never lead again, but it knows that its removal is committed. By the time it has gone others
// know, and may grant what is not enough for those who do not.
void Replica::State::LearnCommit(const LogPosition& committed) {
  if (Is<Leader>() || committed.index <= commit_ || !log_.Holds(committed)) return;
  COVER("core.commit_learnt_by_vote");
  commit_ = committed.index;
  effects_.commit = CommitEffect{commit_, false, {}};
  if (ChangeUnapplied() && !Is<Follower>()) BecomeFollower(hard_state_.term, ReplicaId());
}

// A vote once granted stands for the whole term; a refusal may be an older answer overtaken by it.
void Replica::State::Count(Tally& tally, ReplicaId voter, bool granted) {
  CHECK(electorate_.Has(voter));
  const auto insert = [voter](Responders& set) {
    const auto at = std::lower_bound(set.begin(), set.end(), voter);
    if (at == set.end() || *at != voter) set.insert(at, voter);
  };
  const bool was_granted = std::binary_search(tally.granted.begin(), tally.granted.end(), voter);
  if (was_granted) return;
  if (!granted) return insert(tally.refused);
  const auto refused = std::lower_bound(tally.refused.begin(), tally.refused.end(), voter);
  if (refused != tally.refused.end() && *refused == voter) tally.refused.erase(refused);
  insert(tally.granted);
  CHECK_LE(tally.granted.size() + tally.refused.size(), electorate_.All().size());
}

void Replica::State::ConcludeCampaign() {
  CHECK(Is<PreCandidate>() || Is<Candidate>());
  const bool real = Is<Candidate>();
  const Tally& tally =
      real ? std::get<Candidate>(role_).tally : std::get<PreCandidate>(role_).tally;
  switch (OutcomeOf(electorate_, {tally.granted, tally.refused})) {
    case BallotOutcome::kPending:
      return;
    case BallotOutcome::kWon:
      if (!real) return StartCampaign(Responders(tally.granted), false);
      // Leading means sending at once in this term: not before the term is durable here.
      if (durable_hard_state_ == hard_state_) BecomeLeader(Responders(tally.granted));
      return;
    case BallotOutcome::kLost:
      COVER("core.campaign_lost");
      return BecomeFollower(hard_state_.term, ReplicaId());
  }
}

// --- Changes of role ---

// Only leader contact and a granted vote start a follower's timer again: the term of a candidate
// that cannot win must not hold back those who can.
void Replica::State::BecomeFollower(Term term, ReplicaId leader) {
  CHECK_GE(term, hard_state_.term);
  CHECK(leader.none() || leader != config_.replica);
  quiet_ = false;
  if (term > hard_state_.term) SetHardState({term, ReplicaId()});
  if (!Is<Follower>() || !leader.none()) RestartElectionTimer();
  if (Is<Leader>() && !leading().reads.pending.empty()) COVER("core.reads_lost_with_leader");
  Follower follower{leader, std::nullopt};
  if (!leader.none()) follower.contact = leader_heard_ = now_;
  CHECK_EQ(follower.contact.has_value(), !leader.none());
  role_ = follower;
  DrawElectionTimeout();
  ReportRole({});
}

// A leader of the present term spoke: candidates give way (Raft 3.4), followers note the contact.
// The deadline just moves; no length is drawn for a message.
bool Replica::State::FollowLeader(ReplicaId leader_id) {
  CHECK(!leader_id.none());
  CHECK_NE(leader_id, config_.replica);
  if (!leader().none() && leader() != leader_id) {
    Contradict(ContradictionKind::kTwoLeaders, leader_id);
    return false;
  }
  Follower* follower = std::get_if<Follower>(&role_);
  if (follower == nullptr) {
    CHECK(!Is<Leader>());
    BecomeFollower(hard_state_.term, leader_id);
    return true;
  }
  const bool news = follower->leader.none();
  follower->leader = leader_id;
  follower->contact = leader_heard_ = now_;
  RestartElectionTimer();
  if (news) ReportRole({});
  return true;
}

// Raft 6.4: a new leader appends an empty entry of its term, the only way to learn what earlier
// terms committed.
void Replica::State::BecomeLeader(Responders supporters) {
  CHECK(Is<Candidate>());
  CHECK_EQ(durable_hard_state_.vote, config_.replica);
  CHECK(IsQuorum(electorate_, supporters));
  Leader leader;
  for (const Member& member : MembersOf(membership_)) {
    if (member.replica.none()) continue;
    leader.members.emplace_back(member.replica, log_.last(), now_);
  }
  leader.heartbeat_due = leader.quorum_due = LocalTime::Never();
  role_ = std::move(leader);
  ArmLeaderDeadlines();
  ReportRole(std::move(supporters));
  CountOwnDurable();
  AppendAsLeader(Entries{Entry{}});
  CHECK_EQ(log_.last_term(), hard_state_.term);
}

void Replica::State::RestartElectionTimer() {
  CHECK_GE(now_, timer_start_);
  timer_start_ = now_;
}

// Raft 3.4: a new random length, so that a split vote is not repeated. The host draws it.
void Replica::State::DrawElectionTimeout() {
  CHECK(!Is<Leader>());
  election_length_.reset();
  effects_.draw_election_timeout = true;
}

void Replica::State::ReportRole(Responders elected_by, bool transfer) {
  CHECK(!transfer || Is<Candidate>());
  const bool unasked = Is<Candidate>() && (transfer || !config_.rules.pre_vote);
  CHECK_EQ(elected_by.empty(), Is<Follower>() || Is<PreCandidate>() || unasked);
  effects_.role_changes.push_back(
      RoleChange{role(), hard_state_.term, leader(), std::move(elected_by), transfer});
  OnSuccessor();
}

}  // namespace ww::raft
