// Changes of membership (Raft chapter 4): a leader judges and appends them, and everybody follows
// one when it is applied.
//
// What makes late application safe: a leader has at most one change that is not applied, its own
// or inherited, and none before it has committed in its term; every append tells the commit index,
// and it is durable with the entries; nobody campaigns while a committed change is not applied. So
// the memberships of any two replicas that can win are neighbours, and all quorums of neighbours
// meet.
#include <algorithm>

#include "raft/core/membership_codec.h"
#include "raft/core/state.h"

namespace ww::raft {

// --- What the log says ---

void Replica::State::NoteChanges(Index first, const Entries& entries) {
  Index at = first;
  for (const Entry& entry : entries) {
    if (entry.type == EntryType::kMembership) {
      CHECK(changes_.empty() || changes_.back() < at);
      changes_.push_back(at);
    }
    ++at;
  }
}

void Replica::State::ForgetChangesFrom(Index cut) {
  CHECK_GT(cut, commit_);
  while (!changes_.empty() && changes_.back() >= cut) changes_.pop_back();
}

// A change was only appended after the one before it had been applied: that one is committed, even
// if a crash took what this replica knew of it.
Index Replica::State::CommittedByChanges() const {
  return changes_.size() < 2 ? Index() : changes_[changes_.size() - 2];
}

bool Replica::State::ChangeUnapplied() const {
  return !changes_.empty() && changes_.front() <= commit_;
}

// --- At the leader ---

namespace {

bool IsIncomingVoter(const Membership& membership, ReplicaId replica) {
  return std::any_of(membership.voters.begin(), membership.voters.end(),
                     [replica](const Member& member) { return member.replica == replica; });
}

}  // namespace

void Replica::State::On(ProposeChange& input) {
  if (!Is<Leader>()) return;
  if (quiet_) EndRest();
  ChangeOutcome outcome = Judge(input.change);
  if (const auto* refusal = std::get_if<ChangeRefusal>(&outcome)) {
    COVER("core.change_refused");
    effects_.change_refused = *refusal;
    return;
  }
  effects_.proposed_first = log_.last().next();
  AppendChange({std::move(input.change), std::get<Membership>(std::move(outcome))});
}

// The membership that is applied here is the one that the change will meet: none is under way.
ChangeOutcome Replica::State::Judge(const ChangeRequest& change) const {
  if (transferring()) return ChangeRefusal::kHandingOver;
  if (!changes_.empty()) return ChangeRefusal::kChangePending;
  const Rules& rules = config_.rules;
  if (rules.own_term_committed && !CommittedInTerm()) return ChangeRefusal::kTermNotCommitted;
  ChangeOutcome outcome = Apply(membership_, change, log_.last().next(), rules);
  if (std::holds_alternative<ChangeRefusal>(outcome)) return outcome;
  // Leaving only takes demands away.
  if (std::holds_alternative<LeaveJoint>(change.what)) return outcome;
  const Membership& result = std::get<Membership>(outcome);
  if (!result.witnesses.empty() && !IsIncomingVoter(result, config_.replica)) {
    return ChangeRefusal::kLeaderLeaves;
  }
  for (const Member& member : membership_.non_voting) {
    const bool promoted = RoleOf(result, member.replica) == MemberRole::kVoter;
    if (promoted && rules.caught_up && !IsCaughtUp(member.replica)) {
      return ChangeRefusal::kNotCaughtUp;
    }
  }
  if (rules.live_quorum && !(HasLiveQuorum(electorate_) && HasLiveQuorum(ElectorateOf(result)))) {
    return ChangeRefusal::kNoLiveQuorum;
  }
  return outcome;
}

// Heard within T, and holding all but the newest entries. Who is new here, or to a new leader,
// counts as heard at first: until it has said what it holds nobody knows whether it lives.
bool Replica::State::IsCaughtUp(ReplicaId replica) const {
  if (replica == config_.replica) return true;
  for (const Progress& member : leading().members) {
    if (member.replica() != replica) continue;
    return !member.match().none() && now_ - member.contact() < config_.election_timeout &&
           member.match() + config_.promote_lag_max >= log_.last();
  }
  return false;
}

bool Replica::State::HasLiveQuorum(const Electorate& electorate) const {
  ReplicaIds live;
  for (const ReplicaId replica : electorate.All()) {
    if (IsCaughtUp(replica)) live.push_back(replica);
  }
  return IsQuorum(electorate, live);
}

void Replica::State::AppendChange(const MembershipEntry& entry) {
  CHECK(changes_.empty());
  CHECK_EQ(entry.result.change_index, log_.last().next());
  AppendAsLeader(Entries{Entry{Term(), EntryType::kMembership, EncodeMembershipEntry(entry)}});
  CHECK_EQ(changes_.size(), 1u);
}

// Raft 4.3: whoever leads leaves a joint membership as soon as it may.
void Replica::State::LeaveJointIfDue() {
  CHECK(electorate_.joint());
  if (!Is<Leader>() || effects_.append.has_value() || transferring()) return;
  if (!changes_.empty() || !CommittedInTerm()) return;
  COVER("core.joint_left");
  const ChangeRequest leave{LeaveJoint{}};
  AppendChange({leave, std::get<Membership>(Apply(membership_, leave, log_.last().next()))});
}

// --- Applied ---

void Replica::State::On(MembershipApplied& input) {
  CHECK(!changes_.empty());
  CHECK_EQ(changes_.front(), input.index);
  CHECK_LE(input.index, commit_);
  CHECK(!Is<PreCandidate>());
  CHECK(!Is<Candidate>());
  std::optional<MembershipEntry> entry = DecodeMembershipEntry(log_.At(input.index).payload.view());
  CHECK(entry.has_value());
  CHECK_EQ(entry->result.change_index, input.index);
  CHECK(Defect(entry->result, config_.rules).empty());
  // Who knows what the change met comes to the same result; who joined later takes its word.
  if (!membership_.voters.empty()) {
    const ChangeOutcome outcome = Apply(membership_, entry->change, input.index, config_.rules);
    CHECK(std::holds_alternative<Membership>(outcome));
    CHECK(std::get<Membership>(outcome) == entry->result);
  }
  changes_.erase(changes_.begin());
  FollowMembership(std::move(entry->result));
  if (Is<Leader>()) LeadMembership();
}

void Replica::State::FollowMembership(Membership membership) {
  membership_ = std::move(membership);
  electorate_ = ElectorateOf(membership_);
  witnesses_.clear();
  for (const Member& member : MembersOf(membership_)) {
    if (RoleOf(membership_, member.replica) == MemberRole::kWitness && !member.replica.none()) {
      witnesses_.push_back(member.replica);
    }
  }
  votes_ = RoleOf(membership_, config_.replica) == MemberRole::kVoter;
}

// Members that stay keep their progress, a promoted one too; one that is new has none, whoever had
// its id before. Those who go hear once more how far the commit is: it is how they learn.
void Replica::State::LeadMembership() {
  Leader& leader = leading();
  Members members;
  for (const Member& member : MembersOf(membership_)) {
    if (member.replica.none()) continue;
    const Progress* known = ProgressOf(member.replica);
    members.push_back(known != nullptr ? *known : Progress(member.replica, log_.last(), now_));
  }
  std::swap(leader.members, members);
  for (const Progress& before : members) {
    const bool goes = ProgressOf(before.replica()) == nullptr;
    if (before.replica() != config_.replica && (goes || !votes_)) SendHeartbeat(before);
  }
  EndTransferIfTargetGone();
  if (!votes_) {
    COVER("core.removed_leader");
    return BecomeFollower(hard_state_.term, ReplicaId());
  }
  ArmLeaderDeadlines();
  // Fewer may be a quorum now.
  AdvanceCommit();
  ConfirmReads();
  BroadcastAppends();
}

// A leader alone has nobody to hear of or from, and nothing to wait for.
void Replica::State::ArmLeaderDeadlines() {
  Leader& leader = leading();
  const bool alone = leader.members.size() == 1;
  const bool decides_alone = electorate_.All().size() == 1;
  const bool never_gives_up = decides_alone || !config_.rules.check_quorum;
  leader.heartbeat_due =
      alone ? LocalTime::Never() : std::min(leader.heartbeat_due, NextHeartbeat());
  if (never_gives_up) {
    leader.quorum_due = LocalTime::Never();
  } else if (leader.quorum_due.never()) {
    leader.quorum_due = now_ + config_.election_timeout;
  }
  CHECK(decides_alone || !leader.heartbeat_due.never());
}

}  // namespace ww::raft
