// Replica: dispatch of inputs, rules of terms that hold for every message, durability, invariants.
#include "raft/core/replica.h"

#include <fmt/format.h>

#include <algorithm>

#include "raft/core/state.h"
#include "sim/base/hash.h"

namespace ww::raft {

static_assert(std::variant_size_v<RoleState> == 4);
static_assert(
    std::is_same_v<std::variant_alternative_t<static_cast<size_t>(Role::kFollower), RoleState>,
                   Follower>);
static_assert(
    std::is_same_v<std::variant_alternative_t<static_cast<size_t>(Role::kPreCandidate), RoleState>,
                   PreCandidate>);
static_assert(
    std::is_same_v<std::variant_alternative_t<static_cast<size_t>(Role::kCandidate), RoleState>,
                   Candidate>);
static_assert(std::is_same_v<
              std::variant_alternative_t<static_cast<size_t>(Role::kLeader), RoleState>, Leader>);

namespace {

const char* NameOf(Role role) {
  switch (role) {
    case Role::kFollower:
      return "follower";
    case Role::kPreCandidate:
      return "pre-candidate";
    case Role::kCandidate:
      return "candidate";
    case Role::kLeader:
      return "leader";
  }
  UNREACHABLE("role {}", static_cast<int>(role));
}

void CheckConfig(const ReplicaConfig& config) {
  CHECK(!config.shard.none());
  CHECK(!config.replica.none());
  CHECK_GT(config.heartbeat_interval.ns, 0);
  CHECK_LE(config.heartbeat_interval.ns, config.election_timeout.ns / 3);
  CHECK_GT(config.in_flight_messages_max, 0u);
  CHECK_GT(config.in_flight_entries_max, 0u);
  CHECK_GT(config.in_flight_bytes_max, 0u);
  CHECK_GT(config.append_entries_max, 0u);
  CHECK_GT(config.reads_pending_max, 0u);
  CHECK(!config.lease_length.has_value() || *config.lease_length < config.election_timeout);
}

// A replica that joins knows nobody yet.
void CheckMembership(const Membership& membership, const Rules& rules) {
  const std::string_view defect = Defect(membership, rules);
  CHECK(defect.empty() || membership == Membership{}, "{}", defect);
}

// Newer: of a later term, or of the same term with the vote that was still open.
bool IsNewer(const HardState& candidate, const HardState& known) {
  if (candidate.term != known.term) return candidate.term > known.term;
  return known.vote.none() && !candidate.vote.none();
}

}  // namespace

// --- Replica ---

Replica::Replica(const ReplicaConfig& config, RecoveredState recovered, LocalTime now)
    : state_(std::make_unique<State>(config, std::move(recovered), now)) {
  Look();
}
Replica::~Replica() = default;

Effects& Replica::Step(LocalTime now, Input&& input) {
  Effects& effects = state_->Step(now, std::move(input));
  Look();
  return effects;
}
Effects& Replica::Receive(LocalTime now, Message& message) {
  Effects& effects = state_->Receive(now, message);
  Look();
  return effects;
}
void Replica::Look() {
  seen_.role = state_->role();
  seen_.quiet = state_->quiet();
  seen_.transferring = state_->transferring();
  seen_.term = state_->hard_state().term;
  seen_.leader = state_->leader();
  seen_.commit = state_->commit();
  seen_.last_index = state_->log().last();
  seen_.deadline = state_->NextDeadline();
}
ReplicaId Replica::vote() const { return state_->hard_state().vote; }
uint64_t Replica::ProtectedDigest() const { return state_->ProtectedDigest(); }
bool Replica::Healthy(ReplicaId voter, LocalTime now) const { return state_->Healthy(voter, now); }
Index Replica::first_index() const { return state_->log().first(); }
Index Replica::durable_index() const { return state_->log().durable(); }
const Membership& Replica::membership() const { return state_->membership(); }
const Entry& Replica::EntryAt(Index index) const { return state_->log().At(index); }
RecoveredState Replica::AsRecorded() const { return state_->AsRecorded(); }
LogPosition Replica::PositionAt(Index index) const { return {index, state_->log().TermAt(index)}; }
bool Replica::Lacks(const LogPosition& position) const {
  return position.index > state_->commit() && !state_->log().Holds(position);
}
std::string Replica::Describe() const { return state_->Describe(); }

// --- State ---

Replica::State::State(const ReplicaConfig& config, RecoveredState recovered, LocalTime now)
    : config_(config),
      log_(recovered.base, std::move(recovered.entries)),
      snapshot_(recovered.snapshot),
      hard_state_(recovered.hard_state),
      durable_hard_state_(recovered.hard_state),
      commit_(std::max(recovered.commit, recovered.snapshot.index)),
      now_(now),
      timer_start_(now),
      leader_heard_(now) {
  CheckConfig(config_);
  CheckMembership(recovered.membership, config_.rules);
  CHECK_LE(log_.last_term(), hard_state_.term);
  FollowMembership(std::move(recovered.membership));
  const Index applied = std::max(snapshot_.index, recovered.applied);
  CHECK_LE(applied, commit_);
  for (Index at = applied.next(); at <= log_.last(); ++at) {
    if (log_.At(at).type == EntryType::kMembership) changes_.push_back(at);
  }
  commit_ = std::max(commit_, CommittedByChanges());
  CHECK(log_.Holds(snapshot_));
  CHECK_LE(commit_, log_.last());
  before_ = {hard_state_.term, commit_, log_.last(), Role::kFollower};
}

Effects& Replica::State::Step(LocalTime now, Input&& input) {
  effects_.Clear();
  now_ = std::max(now_, now);
  std::visit([this](auto& alternative) { On(alternative); }, input);
  if (electorate_.joint()) LeaveJointIfDue();
  CheckInvariants();
  return effects_;
}

Effects& Replica::State::Receive(LocalTime now, Message& message) {
  effects_.Clear();
  now_ = std::max(now_, now);
  Dispatch(message);
  if (electorate_.joint()) LeaveJointIfDue();
  CheckInvariants();
  return effects_;
}

void Replica::State::On(Received& input) { Dispatch(input.message); }

void Replica::State::On(DeadlineReached&) {
  if (now_ < NextDeadline()) return;
  if (now_ >= RoleDeadline()) {
    if (Is<Leader>()) {
      OnLeaderDeadline();
    } else {
      OnElectionDeadline();
    }
  }
  // Last, so that it tells what the role is after this step.
  OnTransferDeadline();
}

void Replica::State::On(ElectionTimeoutDrawn& input) {
  CHECK_GE(input.length, config_.election_timeout);
  CHECK_LT(input.length, config_.election_timeout * 2);
  election_length_ = input.length;
}

void Replica::State::On(WakeUp&) {
  if (quiet_) EndRest();
}

void Replica::State::On(Propose& input) {
  CHECK(!input.entries.empty());
  if (!Is<Leader>() || transferring()) return;
  if (quiet_) EndRest();
  effects_.proposed_first = log_.last().next();
  AppendAsLeader(std::move(input.entries));
  CHECK_LE(*effects_.proposed_first, log_.last());
}

// Raft 3.8 and 10.2.1: a vote or copy counts from here on, not from when it was written. Reports
// may come late and out of order; only the newest state of each kind is kept.
void Replica::State::On(Persisted& input) {
  if (input.hard_state.has_value()) {
    CHECK(!IsNewer(*input.hard_state, hard_state_));
    if (IsNewer(*input.hard_state, durable_hard_state_)) durable_hard_state_ = *input.hard_state;
    if (Is<Candidate>()) CountOwnVote();
  }
  if (input.installed.has_value()) log_.ConfirmBase(*input.installed);
  if (!input.last.has_value()) return;
  CHECK_LE(input.last->term, hard_state_.term);
  CHECK(!input.last->index.none());
  if (log_.ConfirmDurable(*input.last)) {
    if (Is<Leader>()) CountOwnDurable();
  } else if (input.last->index > log_.durable()) {
    COVER("core.persisted_but_cut");
  }
}

void Replica::State::Dispatch(Message& message) {
  CHECK_EQ(message.to, config_.replica);
  CHECK_NE(message.from, config_.replica);
  CHECK(!message.from.none());
  const bool heard =
      !config_.rules.removed_not_heard && KindOf(message) == MessageKind::kVoteRequest;
  if (IsRemoved(membership_, message.from) && !heard) {
    COVER("core.removed_sender");
    return;
  }
  if (quiet_ && Wakes(message)) EndRest();
  if (!AdoptTerm(message)) return;
  switch (KindOf(message)) {
    case MessageKind::kVoteRequest:
      return OnVoteRequest(message, std::get<VoteRequest>(message.body));
    case MessageKind::kVoteReply:
      return OnVoteReply(message, std::get<VoteReply>(message.body));
    case MessageKind::kAppendRequest:
      return OnAppendRequest(message, std::get<AppendRequest>(message.body));
    case MessageKind::kAppendReply:
      return OnAppendReply(message, std::get<AppendReply>(message.body));
    case MessageKind::kHeartbeat:
      return OnHeartbeat(message, std::get<Heartbeat>(message.body));
    case MessageKind::kHeartbeatReply:
      return OnHeartbeatReply(message, std::get<HeartbeatReply>(message.body));
    case MessageKind::kQuiesce:
      return OnQuiesce(message, std::get<Quiesce>(message.body));
    case MessageKind::kReadRequest:
      return OnReadRequest(message, std::get<ReadRequest>(message.body));
    case MessageKind::kReadReply:
      return OnReadReply(message, std::get<ReadReply>(message.body));
    case MessageKind::kTimeoutNow:
      return OnTimeoutNow(message, std::get<TimeoutNow>(message.body));
  }
}

// Raft 3.3: a higher term makes a follower of anybody; of a lower one nothing is processed. What
// only asks about a future term (a pre-vote, 9.6, and its grant) carries a term nobody is in.
// Returns whether the message is to be processed.
bool Replica::State::AdoptTerm(const Message& message) {
  const VoteRequest* request = std::get_if<VoteRequest>(&message.body);
  // Raft 4.2.3: while a leader is alive, requests for votes are ignored, and their term with them.
  // The stuck candidate is freed by refusing its leader (RefuseLowerTerm at the candidate).
  // A member that its leader told to campaign is heard all the same (Raft 3.10).
  if (request != nullptr && message.term > hard_state_.term &&
      (HearsLeader() || PromisedToLeader()) && !ToldToCampaign(message, *request)) {
    COVER("core.vote_request_ignored");
    return false;
  }
  if (message.term < hard_state_.term) {
    RefuseLowerTerm(message);
    return false;
  }
  if (message.term == hard_state_.term) return true;
  if (request != nullptr && request->pre_vote) return true;
  const VoteReply* reply = std::get_if<VoteReply>(&message.body);
  if (reply != nullptr && reply->pre_vote && reply->granted) return true;

  const MessageKind kind = KindOf(message);
  const bool from_leader = kind == MessageKind::kAppendRequest || kind == MessageKind::kHeartbeat ||
                           kind == MessageKind::kQuiesce;
  if (Is<Leader>()) COVER("core.leader_deposed");
  BecomeFollower(message.term, from_leader ? message.from : ReplicaId());
  CHECK_EQ(hard_state_.term, message.term);
  return true;
}

// The present term in the refusal deposes a stale leader and restarts a stale candidate. Without it
// a replica that once campaigned alone would be ignored, and would ignore its leader, for ever.
// Whoever is refused may lead the present term by the time it hears, so a refusal answers no round.
void Replica::State::RefuseLowerTerm(const Message& message) {
  CHECK_LT(message.term, hard_state_.term);
  if (const auto* vote = std::get_if<VoteRequest>(&message.body)) {
    ReplyToVote(message, *vote, false);
  } else if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
    COVER("core.stale_leader_refused");
    SendAfterDurable(message.from, AppendReply{false, Index(), append->previous.index, {}});
  } else if (std::holds_alternative<Heartbeat>(message.body) ||
             std::holds_alternative<Quiesce>(message.body)) {
    COVER("core.stale_leader_refused");
    SendAfterDurable(message.from, HeartbeatReply{kNoRound});
  } else if (const auto* read = std::get_if<ReadRequest>(&message.body)) {
    SendAfterDurable(message.from, ReadReply{read->context, Index()});
  }
}

Message Replica::State::Envelope(ReplicaId to, MessageBody&& body) const {
  CHECK(!to.none());
  CHECK_NE(to, config_.replica);
  return Message{config_.replica, to, hard_state_.term, std::move(body)};
}

Message& Replica::State::AddTo(std::vector<Message>& messages, ReplicaId to) const {
  CHECK(!to.none());
  CHECK_NE(to, config_.replica);
  Message& message = messages.emplace_back();
  message.from = config_.replica;
  message.to = to;
  message.term = hard_state_.term;
  return message;
}

void Replica::State::SetHardState(const HardState& hard_state) {
  CHECK(IsNewer(hard_state, hard_state_));
  CHECK(!Is<Leader>() || hard_state.term > hard_state_.term);
  hard_state_ = hard_state;
  effects_.hard_state = hard_state;
}

bool Replica::State::EverythingDurable() const {
  return durable_hard_state_ == hard_state_ && log_.durable() == log_.last();
}

ReplicaId Replica::State::leader() const {
  if (Is<Leader>()) return config_.replica;
  const Follower* follower = std::get_if<Follower>(&role_);
  return follower == nullptr ? ReplicaId() : follower->leader;
}

LocalTime Replica::State::NextDeadline() const {
  if (quiet_) return LocalTime::Never();
  return transfer_.has_value() ? std::min(RoleDeadline(), transfer_->deadline) : RoleDeadline();
}

LocalTime Replica::State::RoleDeadline() const {
  if (const Leader* leader = std::get_if<Leader>(&role_)) {
    CHECK(leader->quorum_due.never() || !leader->heartbeat_due.never());
    return std::min(leader->heartbeat_due, leader->quorum_due);
  }
  if (!election_length_.has_value() || !votes_) return LocalTime::Never();
  return timer_start_ + *election_length_;
}

RecoveredState Replica::State::AsRecorded() const {
  RecoveredState recorded;
  recorded.hard_state = hard_state_;
  recorded.snapshot = snapshot_;
  recorded.base = log_.base();
  for (Index at = log_.first(); at <= log_.last(); ++at) recorded.entries.push_back(log_.At(at));
  return recorded;
}

// When a follower was last heard is among it: check-quorum and transfers are decided by that.
uint64_t Replica::State::ProtectedDigest() const {
  uint64_t digest = Absorb(hard_state_.term.value, hard_state_.vote.value);
  digest = Absorb(digest, static_cast<uint64_t>(role()));
  digest = Absorb(digest, leader().value);
  digest = Absorb(digest, log_.last().value);
  digest = Absorb(digest, log_.last_term().value);
  digest = Absorb(digest, commit_.value);
  digest = Absorb(digest, transfer_.has_value() ? transfer_->target.value : 0);
  if (const auto* follower = std::get_if<Follower>(&role_); follower != nullptr) {
    digest = Absorb(digest, static_cast<uint64_t>(follower->contact.value_or(LocalTime{}).ns));
    return Absorb(digest, follower->round);
  }
  if (!Is<Leader>()) return digest;
  for (const Progress& member : leading().members) {
    digest = Absorb(digest, member.match().value);
    digest = Absorb(digest, member.next().value);
    digest = Absorb(digest, member.confirmed_batch());
    digest = Absorb(digest, static_cast<uint64_t>(member.contact().ns));
    digest = Absorb(digest, static_cast<uint64_t>(member.promised_from().ns));
  }
  digest = Absorb(digest, static_cast<uint64_t>(leading().lease.reported.ns));
  return Absorb(digest, leading().reads.pending.size());
}

std::string Replica::State::Describe() const {
  return fmt::format("{} {}{} term {} vote {} leader {} commit {} durable {} last {}@{}",
                     config_.replica, quiet_ ? "quiet " : "", NameOf(role()), hard_state_.term,
                     hard_state_.vote, leader(), commit_, log_.durable(), log_.last(),
                     log_.last_term());
}

// After every step, in constant time.
void Replica::State::CheckInvariants() {
  const Role role_now = role();
  CHECK_GE(hard_state_.term, before_.term);
  CHECK_GE(commit_, before_.commit);
  CHECK_LE(commit_, log_.last());
  CHECK_LE(log_.base().index, commit_);
  CHECK_LE(log_.base().index, snapshot_.index);
  CHECK_LE(log_.durable(), log_.last());
  CHECK_LE(log_.last_term(), hard_state_.term);
  CHECK(!IsNewer(durable_hard_state_, hard_state_));
  if (role_now == Role::kLeader) {
    CHECK_EQ(hard_state_.vote, config_.replica);
    CHECK_EQ(log_.last_term(), hard_state_.term);
    const bool led = before_.role == Role::kLeader && before_.term == hard_state_.term;
    CHECK(!led || log_.last() >= before_.last);
  }
  if (quiet_) {
    CHECK(role_now == Role::kLeader || role_now == Role::kFollower);
    CHECK_EQ(commit_, log_.last());
    CHECK(EverythingDurable());
  }
  if (role_now == Role::kCandidate) CHECK_EQ(hard_state_.vote, config_.replica);
  before_ = {hard_state_.term, commit_, log_.last(), role_now};
}

}  // namespace ww::raft
