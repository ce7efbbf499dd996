// Replica::State: everything a replica holds, and one function a rule. Included by this room's
// sources only.
//
// The role is a variant: a follower has no tally and no progress, and what a leader knew dies with
// its leadership. Functions that change the role or the hard state also report it in the effects,
// so no caller can forget to.
#pragma once

#include <optional>
#include <variant>

#include "raft/core/electorate.h"
#include "raft/core/log.h"
#include "raft/core/membership_codec.h"
#include "raft/core/progress.h"
#include "raft/core/reads.h"
#include "raft/core/replica.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

// Who answered a campaign, each voter once (a set, never a count: replies are duplicated).
struct Tally {
  Responders granted;  // Sorted.
  Responders refused;  // Sorted. A voter stands in one of the two.
};

struct Follower {
  ReplicaId leader;                  // None when unknown in this term.
  std::optional<LocalTime> contact;  // When that leader was last heard.
  uint64_t round = 0;                // The newest of its heartbeat rounds heard.
};
struct PreCandidate {
  Tally tally;
};
struct Candidate {
  Tally tally;
};
using Members = absl::InlinedVector<Progress, kVotersMax>;  // Sorted by id, each once.

struct Leader {
  Members members;     // Whatever their role; its own included.
  uint64_t round = 0;  // The newest heartbeat round sent.
  LocalTime heartbeat_due;
  LocalTime quorum_due;  // Unless a quorum speaks before, the leader steps down (Raft 6.2).
  LeaderReads reads;
  LeaderLease lease;
};
using RoleState = std::variant<Follower, PreCandidate, Candidate, Leader>;

class Replica::State {
 public:
  State(const ReplicaConfig& config, RecoveredState recovered, LocalTime now);

  Effects& Step(LocalTime now, Input&& input);
  Effects& Receive(LocalTime now, Message& message);
  LocalTime NextDeadline() const;
  RecoveredState AsRecorded() const;
  uint64_t ProtectedDigest() const;
  std::string Describe() const;

  Role role() const { return static_cast<Role>(role_.index()); }
  ReplicaId leader() const;
  const HardState& hard_state() const { return hard_state_; }
  Index commit() const { return commit_; }
  const Log& log() const { return log_; }
  const Membership& membership() const { return membership_; }
  bool quiet() const { return quiet_; }
  bool Healthy(ReplicaId voter, LocalTime now) const;
  bool transferring() const { return Is<Leader>() && transfer_.has_value(); }

 private:
  // --- replica.cc: dispatch, durability, invariants ---
  void On(Received& input);
  void On(DeadlineReached& input);
  void On(ElectionTimeoutDrawn& input);
  void On(Propose& input);
  void On(Persisted& input);
  void On(CompactedTo& input);
  void On(SnapshotReceived& input);
  void On(SnapshotStatus& input);
  void On(Unreachable& input);
  void On(WakeUp& input);
  void On(Read& input);
  void On(Transfer& input);
  void On(ProposeChange& input);
  void On(MembershipApplied& input);
  void Dispatch(Message& message);
  bool AdoptTerm(const Message& message);
  void RefuseLowerTerm(const Message& message);
  LocalTime RoleDeadline() const;
  void CheckInvariants();

  template <class RoleData>
  bool Is() const {
    return std::holds_alternative<RoleData>(role_);
  }
  Message Envelope(ReplicaId to, MessageBody&& body) const;
  // Messages are made where they stand: they are dear to move.
  Message& AddTo(std::vector<Message>& messages, ReplicaId to) const;
  template <class Body>
  void SendNow(ReplicaId to, Body&& body) {
    AddTo(effects_.send_now, to).body = std::forward<Body>(body);
  }
  template <class Body>
  void SendAfterDurable(ReplicaId to, Body&& body) {
    AddTo(effects_.send_after_durable, to).body = std::forward<Body>(body);
  }
  void SetHardState(const HardState& hard_state);
  bool EverythingDurable() const;

  // --- election.cc: elections, pre-vote, stickiness, check-quorum ---
  void OnVoteRequest(const Message& message, const VoteRequest& request);
  void OnVoteReply(const Message& message, const VoteReply& reply);
  bool HearsLeader() const;
  bool MayGrant(const Message& message, const VoteRequest& request) const;
  void ReplyToVote(const Message& message, const VoteRequest& request, bool granted);
  void OnElectionDeadline();
  void StartPreVote();
  void StartCampaign(Responders supporters, bool transfer);
  void SendVoteRequests(bool pre_vote, bool transfer);
  void LearnCommit(const LogPosition& committed);
  void CountOwnVote();
  void Count(Tally& tally, ReplicaId voter, bool granted);
  void ConcludeCampaign();
  void BecomeFollower(Term term, ReplicaId leader);
  void BecomeLeader(Responders supporters);
  // False when another one leads in the same term: a contradiction.
  [[nodiscard]] bool FollowLeader(ReplicaId leader);
  void RestartElectionTimer();
  void DrawElectionTimeout();
  void ReportRole(Responders elected_by, bool transfer = false);

  // --- follower.cc: what a follower does with its leader's messages ---
  void OnAppendRequest(const Message& message, AppendRequest& request);
  void OnHeartbeat(const Message& message, const Heartbeat& heartbeat);
  void RefuseAppend(const Message& message, const AppendRequest& request);
  bool Adopt(const Message& message, const AppendRequest& request);
  void FollowCommit(Index leader_commit, Index verified);

  // --- contradiction.cc: what can't be true together ---
  void Contradict(ContradictionKind kind, ReplicaId with, Index here = {}, Index there = {});

  // --- snapshots.cc: logs that begin behind a snapshot ---
  bool NeedsSnapshot(const Progress& follower) const;
  void StartSnapshot(Progress& follower);
  void SkipCompacted(AppendRequest& request) const;
  void Install(const LogPosition& snapshot);
  // --- changes.cc: changes of membership, and what follows from one ---
  void NoteChanges(Index first, const Entries& entries);
  void ForgetChangesFrom(Index cut);
  Index CommittedByChanges() const;
  bool ChangeUnapplied() const;
  ChangeOutcome Judge(const ChangeRequest& change) const;
  bool IsCaughtUp(ReplicaId replica) const;
  bool HasLiveQuorum(const Electorate& electorate) const;
  void AppendChange(const MembershipEntry& entry);
  void LeaveJointIfDue();
  void FollowMembership(Membership membership);
  void LeadMembership();
  void ArmLeaderDeadlines();

  // --- witnesses.cc: what witnesses are told, and when ---
  bool IsWitness(ReplicaId replica) const;
  static Entries MetadataOfAll(const Entries& entries);
  Index HeldBy(const std::vector<Member>& voters, size_t count) const;
  Index LastForWitnesses() const;
  Index LastFor(ReplicaId member) const;
  void SendToWitnesses();

  // --- quiet.cc: rest without heartbeats, and its end ---
  bool MayRest() const;
  void Rest();
  void OnQuiesce(const Message& message, const Quiesce& quiesce);
  bool Wakes(const Message& message) const;
  void EndRest();
  LocalTime NextHeartbeat() const;

  // --- leader.cc: replication, commitment, heartbeats ---
  void OnAppendReply(const Message& message, const AppendReply& reply);
  void OnHeartbeatReply(const Message& message, const HeartbeatReply& reply);
  void AppendAsLeader(Entries&& entries);
  void OnLeaderDeadline();
  void BroadcastHeartbeat();
  void SendHeartbeats();
  void SendHeartbeat(const Progress& member);
  LocalTime QuorumContact() const;
  void SendAppends(Progress& follower);
  bool Fits(const Progress& follower, const Progress::Room& room) const;
  void SendAppend(Progress& follower, const Progress::Room& room, Index last);
  struct EntriesBound {
    uint64_t count = 0;
    uint64_t bytes = 0;
  };
  Entries EntriesAfter(Index previous, const EntriesBound& bound) const;
  void BroadcastAppends();
  bool CountsOwnAtAppend() const;
  void CountOwnDurable();
  bool MayAdvanceCommit() const;
  void AdvanceCommit();
  // --- reads.cc: reads confirmed by a quorum or a lease ---
  void OnReadRequest(const Message& message, const ReadRequest& request);
  void OnReadReply(const Message& message, const ReadReply& reply);
  void TakeRead(PendingRead read);
  void StartWaitingReads();
  void SendReadBatch();
  void ConfirmReads();
  void AnswerRead(const PendingRead& read);
  bool CommittedInTerm() const;
  void NoteRound();
  void NotePromise(Progress& follower, uint64_t round);
  LocalTime LeaseEnd() const;
  bool HoldsLease() const;
  void ReportLease();
  void GiveLeaseBack();
  bool PromisedToLeader() const;

  // --- transfer.cc: handing leadership over ---
  bool ToldToCampaign(const Message& message, const VoteRequest& request) const;
  void OnTimeoutNow(const Message& message, const TimeoutNow& order);
  TransferReason WhyNoTransfer(ReplicaId target) const;
  void SendTimeoutNow();
  void OnTransferDeadline();
  void OnSuccessor();
  void EndTransferIfTargetGone();
  void EndTransfer(TransferEvent event, TransferReason reason);

  Leader& leading() { return std::get<Leader>(role_); }
  const Leader& leading() const { return std::get<Leader>(role_); }
  const Progress* ProgressOf(ReplicaId replica) const;
  Progress* ProgressOf(ReplicaId replica) {
    return const_cast<Progress*>(std::as_const(*this).ProgressOf(replica));
  }
  // What a quorum has reached; `value_of` says what one voter's progress has.
  template <class ValueOf>
  auto ReachedByVoters(ValueOf value_of) const {
    return ReachedByQuorum(electorate_, [this, &value_of](ReplicaId replica) {
      const Progress* progress = ProgressOf(replica);
      CHECK(progress != nullptr);
      return value_of(*progress);
    });
  }
  // The voters of which `holds` holds, which must be a quorum.
  template <class Holds>
  Responders QuorumWhere(Holds holds) const {
    Responders voters;
    for (const Progress& member : leading().members) {
      if (holds(member) && electorate_.Has(member.replica())) voters.push_back(member.replica());
    }
    CHECK(IsQuorum(electorate_, voters));
    return voters;
  }
  FlowLimits limits() const {
    return {config_.in_flight_entries_max, config_.in_flight_messages_max,
            config_.in_flight_bytes_max};
  }

  const ReplicaConfig config_;
  Membership membership_;
  Electorate electorate_;  // Of the membership, like the two that follow.
  ReplicaIds witnesses_;
  bool votes_ = false;  // Whether this replica is a voter itself, of either half; no witness.
  Log log_;
  std::vector<Index> changes_;  // Entries of the log that change the membership, not applied yet.
  LogPosition snapshot_;        // The newest on this host's disk.
  HardState hard_state_;
  HardState durable_hard_state_;
  Index commit_;
  RoleState role_;
  std::optional<PendingTransfer> transfer_;  // Outlives the leadership that it ends.

  LocalTime now_;
  LocalTime timer_start_;                    // The election deadline is this plus the length.
  std::optional<Duration> election_length_;  // Empty while a draw is outstanding.
  bool quiet_ = false;
  LocalTime active_;        // When this leader last had something new to say.
  LocalTime leader_heard_;  // When any leader was last heard; at first the start (leases).

  // What held after the step before, for the invariants.
  struct Before {
    Term term;
    Index commit;
    Index last;
    Role role = Role::kFollower;
  };
  Before before_;
  Effects effects_;
};

}  // namespace ww::raft
