#include "scenarios/bind/observer.h"

#include <string>

#include "raft/core/membership_codec.h"
#include "raft/core/metadata.h"
#include "raft/machine/command.h"
#include "scenarios/bind/operation.h"
#include "scenarios/bind/translate.h"
#include "scenarios/checks/config.h"
#include "scenarios/occurrences.h"
#include "sim/base/check.h"
#include "sim/base/context.h"
#include "sim/base/hash.h"

namespace ww::scenarios {
namespace {

// Claims of the trace kind "raft.vote", in the order of its names.
enum class Claim : uint8_t { kAsks, kAsksBefore, kGrants, kWouldGrant, kRefuses };

// Debian's Abseil has a string_view of its own.
std::string_view TextOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

checks::Role RoleOf(raft::Role role) {
  switch (role) {
    case raft::Role::kFollower:
      return checks::Role::kFollower;
    case raft::Role::kPreCandidate:
      return checks::Role::kPreCandidate;
    case raft::Role::kCandidate:
      return checks::Role::kCandidate;
    case raft::Role::kLeader:
      return checks::Role::kLeader;
  }
  UNREACHABLE("role {}", static_cast<int>(role));
}

}  // namespace

checks::EntryView ViewOfMetadata(const raft::Entry& entry) {
  const auto metadata = raft::DecodeMetadata(entry.payload.view());
  CHECK(metadata.has_value());
  const uint64_t type = static_cast<uint64_t>(metadata->type) + 1;
  return {TermOf(entry.term), Absorb(type, metadata->digest)};
}

// --- RunObserver ---

std::span<const checks::EntryView> RunObserver::ManyViewsOf(std::span<const raft::Entry> entries) {
  if (!judging_ && listeners_.empty()) return {};
  if (views_.size() < entries.size()) views_.resize(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) views_[i] = ViewOf(entries[i]);
  return {views_.data(), entries.size()};
}

void RunObserver::NoteViolation() {
  violated_ = true;
  violation_fingerprint_ = world_.journal().fingerprint();
  if (RunContext* run = RunContext::Current(); run != nullptr) {
    run->NoteFinding({judge_.violation()->property, judge_.violation()->message});
  }
}

void RunObserver::Finish() {
  if (!judging_ || violated_) return;
  judge_.SetNow(world_.now());
  judge_.Finish();
  if (judge_.violation().has_value()) NoteViolation();
}

void RunObserver::ShardExists(ShardId shard, std::span<const checks::Voter> voters,
                              bool key_value) {
  if (!key_value) metadata_.shard = shard;
  Feed(checks::ShardCreated{shard, voters, key_value});
}

void RunObserver::HostStarted(HostId host, Incarnation incarnation) {
  view_.HostRepaired(host);
  Feed(checks::HostStarted{host, incarnation});
}

void RunObserver::EngineExited(HostId host, const absl::Status& status) {
  Record(kinds_.exit, host, TextOf(status));
  view_.HostDamaged(host);
  Feed(checks::EngineReturned{host});
}

void RunObserver::LeaderTold(const checks::LeaderTold& event) {
  Record(kinds_.told_leader, event.host, event.who.shard, event.who.replica, event.listener,
         event.term, event.leader, event.skipped);
  Feed(event);
}

void RunObserver::EventTold(HostId host, uint32_t listener, const raft::SystemEvent& event) {
  Record(kinds_.told_event, host, event.who.shard, event.who.replica, listener, event.kind,
         event.host, event.term, event.skipped);
}

void RunObserver::PhaseBegan(checks::Phase phase) {
  Record(kinds_.phase, {}, phase);
  Feed(checks::PhaseBegan{phase});
}

void RunObserver::HostReachable(HostId host, bool reachable) {
  Feed(checks::HostReachable{host, reachable});
}

void RunObserver::Invoked(HostId client_host, const checks::ClientInvoked& event) {
  Record(kinds_.invoke, client_host, event.command.client, event.operation_id, event.shard,
         event.command.operation, event.command.series, event.command.key, event.via);
  Feed(event);
}

void RunObserver::Attempted(HostId client_host, ClientId client, uint64_t operation, HostId to,
                            uint64_t request) {
  Record(kinds_.attempt, client_host, client, operation, to, request);
  Feed(checks::ClientAsked{operation, to});
}

void RunObserver::Returned(HostId client_host, ClientId client,
                           const checks::ClientReturned& event) {
  Record(kinds_.answer, client_host, client, event.operation_id, event.shard, event.outcome,
         event.index);
  if (event.outcome == checks::Outcome::kCompleted) ++operations_acked_;
  Feed(event);
}

void RunObserver::MachineBroke(HostId host, const raft::ReplicaIdentity& who,
                               std::string_view reason) {
  Feed(checks::MachineBroke{{who.shard, who.replica}, host, reason});
}

void RunObserver::OnSynced(HostId host, sim::FileNumber file, uint64_t size) {
  Feed(checks::FileSynced{host, file.value, size});
}

void RunObserver::OnSyncFailed(HostId host, sim::FileNumber file) {
  Feed(checks::FileSyncFailed{host, file.value});
}

void RunObserver::OnCrash(HostId host) {
  CountEdges(host);
  view_.HostWentDown(host);
  Feed(checks::HostCrashed{host});
}

void RunObserver::OnDamaged(HostId host, sim::FileNumber file, uint64_t offset, uint64_t bytes) {
  view_.HostDamaged(host);
  Feed(checks::FileDamaged{host, file.value, offset, bytes});
}

std::vector<HostId> RunObserver::MachinesOf(ShardId shard) const {
  std::vector<HostId> hosts;
  for (const HostId host : view_.shard(shard).applying) {
    const GroupView::ReplicaState* replica = view_.ReplicaOn(shard, host);
    if (replica != nullptr && replica->takes_part) hosts.push_back(host);
  }
  return hosts;
}

void RunObserver::OnWiped(HostId host) {
  view_.HostWiped(host);
  Feed(checks::HostWiped{host});
}

// --- HostObserver: the engine's events ---

GroupView::ReplicaState& HostObserver::StateOf(const raft::ReplicaIdentity& who) {
  GroupView::ReplicaState* state = run_.view_.ReplicaOn(who.shard, host_);
  CHECK(state != nullptr, "shard {} has no replica on host {}", who.shard, host_);
  CHECK_EQ(state->place.replica, who.replica);
  return *state;
}

void HostObserver::On(const raft::ReplicaCreated& event) {
  run_.Record(run_.kinds_.create, host_, event.who.shard, event.who.replica, event.joins,
              event.voters.size());
  run_.view_.Created({event.who.shard, event.who.replica, host_});
  run_.Feed(checks::ReplicaCreated{KeyOf(event.who), host_, event.joins});
}

void HostObserver::On(const raft::ReplicaUnloaded& event) {
  run_.Record(run_.kinds_.unload, host_, event.who.shard, event.who.replica);
  run_.Feed(checks::ReplicaUnloaded{KeyOf(event.who), host_});
}

void HostObserver::On(const raft::ReplicaDestroyed& event) {
  run_.Record(run_.kinds_.destroy, host_, event.who.shard, event.who.replica);
  run_.view_.Destroyed({event.who.shard, event.who.replica, host_});
  run_.Feed(checks::ReplicaDestroyed{KeyOf(event.who), host_});
}

void HostObserver::On(const raft::MessageAccepted& event) {
  under_ = event.who.shard;
  run_.Feed(checks::MessageAccepted{KeyOf(event.who), event.from, event.to, TermOf(event.term),
                                    event.appends, event.round, event.orders});
}

void HostObserver::On(const raft::MessageDone& event) {
  under_ = ShardId();
  run_.Feed(checks::MessageHandled{KeyOf(event.who), event.before, event.after});
}

void HostObserver::On(const raft::MessageRefused& event) {
  run_.Record(run_.kinds_.refuse, host_, event.shard, event.to, event.from, event.from_host,
              event.why);
  run_.Feed(checks::MessageRefused{host_, event.shard, event.from, event.to});
}

void HostObserver::On(const raft::ReplicaStarted& event) {
  run_.Record(run_.kinds_.start, host_, event.who.shard, event.who.replica, event.hard_state.term,
              event.hard_state.vote, event.base.index + event.entries.size(),
              Absorb(Absorb(raft::Entries::DigestOf(event.entries), event.commit.value),
                     event.snapshot.index.value));
  // Also one whose end a crash took back: its tombstone was not durable.
  run_.view_.Created({event.who.shard, event.who.replica, host_});
  GroupView::ReplicaState& state = StateOf(event.who);
  state.role = raft::Role::kFollower;
  state.term = event.hard_state.term;
  state.commit = {};
  state.applied = {};
  state.takes_part = true;
  state.stopped = false;
  state.lost = false;
  run_.Feed(checks::ReplicaStarted{
      KeyOf(event.who), host_, incarnation_, TermOf(event.hard_state.term), event.hard_state.vote,
      run_.ViewsOf(event.entries), IndexOf(event.base.index), TermOf(event.base.term),
      IndexOf(event.commit), IndexOf(event.snapshot.index), TermOf(event.snapshot.term)});
}

void HostObserver::On(const raft::HardStateChanged& event) {
  run_.Record(run_.kinds_.term, host_, event.who.shard, event.who.replica, event.state.term,
              event.state.vote);
  StateOf(event.who).term = event.state.term;
  run_.Feed(
      checks::TermChanged{KeyOf(event.who), TermOf(event.state.term), event.state.vote, under_});
  run_.Occurred(kEventHardState, host_, event.who.shard);
}

void HostObserver::On(const raft::RoleChanged& event) {
  run_.Record(run_.kinds_.role, host_, event.who.shard, event.who.replica, event.role, event.term,
              event.leader, event.elected_by.size(), event.last.index);
  GroupView::ReplicaState& state = StateOf(event.who);
  state.role = event.role;
  state.term = event.term;
  const bool leads = event.role == raft::Role::kLeader;
  if (leads) {
    run_.Record(run_.kinds_.leader, host_, event.who.shard, event.who.replica, event.term);
    run_.view_.Led(event.who.shard, host_, event.term);
  }
  run_.Feed(checks::RoleChanged{KeyOf(event.who), incarnation_, RoleOf(event.role),
                                TermOf(event.term), event.leader, event.elected_by});
  if (leads) run_.Occurred(kEventLeader, host_, event.who.shard);
  const bool campaigns =
      event.role == raft::Role::kCandidate || event.role == raft::Role::kPreCandidate;
  if (campaigns) run_.Occurred(kEventCandidate, host_, event.who.shard);
}

void HostObserver::On(const raft::EntriesAppended& event) {
  run_.Record(run_.kinds_.append, host_, event.who.shard, event.who.replica, event.first,
              event.entries.size(), event.digest, event.truncates, event.created);
  run_.Feed(checks::EntriesAppended{KeyOf(event.who), IndexOf(event.first),
                                    run_.ViewsOf(event.entries), event.truncates, event.created,
                                    under_});
  for (size_t at = 0; at < event.entries.size(); ++at) {
    if (event.entries[at].type == raft::EntryType::kMembership) OnChange(event, at);
  }
  const bool guarded = event.who.shard == run_.coordinated_ || event.who.shard == run_.configured_;
  if (event.created && guarded) OnWrites(event);
  run_.Occurred(kEventAppend, host_, event.who.shard);
}

void HostObserver::On(const raft::BelievedDurable& event) {
  run_.Record(run_.kinds_.durable, host_, event.who.shard, event.who.replica, event.last);
  run_.Feed(checks::BelievedDurable{KeyOf(event.who), IndexOf(event.last)});
}

void HostObserver::On(const raft::MatchChanged& event) {
  run_.Feed(checks::MatchChanged{KeyOf(event.who), event.follower, TermOf(event.term),
                                 IndexOf(event.match), IndexOf(event.next)});
}

void HostObserver::On(const raft::CommitAdvanced& event) {
  run_.Record(run_.kinds_.commit, host_, event.who.shard, event.who.replica, event.index,
              event.term, event.leads, event.counted.size());
  run_.view_.Committed(StateOf(event.who), event.index, event.leads);
  if (event.leads) ReadClocks(event.who.shard);
  run_.Feed(checks::CommitAdvanced{KeyOf(event.who), IndexOf(event.index), TermOf(event.term),
                                   event.leads, event.counted, under_});
  run_.Occurred(kEventCommit, host_, event.who.shard);
}

void HostObserver::On(const raft::EntryApplied& event) {
  CHECK(event.entry != nullptr);
  run_.Record(run_.kinds_.apply, host_, event.who.shard, event.who.replica, event.index, event.term,
              event.state_digest, event.duplicate);
  StateOf(event.who).applied = event.index;
  checks::EntryApplied applied{KeyOf(event.who),     incarnation_,    IndexOf(event.index),
                               ViewOf(*event.entry), std::nullopt,    event.state_digest,
                               event.response,       event.duplicate, event.rejected};
  if (const raft::Command* command = event.command; command != nullptr) {
    applied.command = checks::CommandView{OperationOf(command->operation), command->client,
                                          command->series, command->key, command->value};
  }
  run_.Feed(applied);
  if (event.who.shard == run_.metadata_.shard) run_.MetadataApplied(host_, event);
  run_.Occurred(kEventApply, host_, event.who.shard);
}

void HostObserver::On(const raft::RestChanged& event) {
  run_.Record(run_.kinds_.rest, host_, event.who.shard, event.who.replica, event.rests);
}

namespace {

// The lists of a membership, and the view of them that checks are given.
class Lists {
 public:
  explicit Lists(const raft::Membership& membership)
      : voters_(IdsOf(membership.voters)),
        witnesses_(IdsOf(membership.witnesses)),
        outgoing_voters_(IdsOf(membership.outgoing_voters)),
        outgoing_witnesses_(IdsOf(membership.outgoing_witnesses)),
        non_voting_(IdsOf(membership.non_voting)),
        removed_(membership.removed) {}

  checks::ConfigView view() const {
    return {voters_, witnesses_, outgoing_voters_, outgoing_witnesses_, non_voting_, removed_};
  }

 private:
  static std::vector<ReplicaId> IdsOf(const std::vector<raft::Member>& members) {
    std::vector<ReplicaId> ids;
    for (const raft::Member& member : members) ids.push_back(member.replica);
    return ids;
  }
  std::vector<ReplicaId> voters_;
  std::vector<ReplicaId> witnesses_;
  std::vector<ReplicaId> outgoing_voters_;
  std::vector<ReplicaId> outgoing_witnesses_;
  std::vector<ReplicaId> non_voting_;
  std::vector<ReplicaId> removed_;
};

}  // namespace

void HostObserver::OnChange(const raft::EntriesAppended& event, size_t position) {
  const raft::Entry& entry = event.entries[position];
  const auto change = raft::DecodeMembershipEntry(entry.payload.view());
  CHECK(change.has_value());
  const Lists lists(change->result);
  run_.Feed(checks::ConfigAppended{KeyOf(event.who), IndexOf(event.first + position),
                                   TermOf(entry.term), event.created, lists.view(),
                                   DigestOf(change->change)});
}

void HostObserver::On(const raft::MembershipChanged& event) {
  const raft::Membership& membership = *event.membership;
  const Lists lists(membership);
  ByteWriter bytes;
  raft::EncodeMembership(membership, bytes);
  run_.Record(run_.kinds_.member, host_, event.who.shard, event.who.replica,
              membership.change_index, Describe(checks::ConfigOf(lists.view())),
              HashBytes(bytes.view()));
  run_.view_.MembersChanged(event.who.shard, membership);
  run_.Feed(
      checks::MembershipChanged{KeyOf(event.who), IndexOf(membership.change_index), lists.view()});
}

void HostObserver::On(const raft::ChangeRefused& event) {
  run_.Record(run_.kinds_.deny, host_, event.who.shard, event.who.replica,
              std::string_view(raft::NameOf(event.refusal)));
}

void HostObserver::On(const raft::ReplicaStopped& event) {
  const std::string_view reason = TextOf(event.reason);
  run_.Record(run_.kinds_.stop, host_, event.who.shard, event.who.replica, reason);
  // A host whose log can't be read speaks of what it was once given.
  GroupView::ReplicaState* state = run_.view_.ReplicaOn(event.who.shard, host_);
  if (state != nullptr && state->place.replica == event.who.replica) {
    state->takes_part = false;
    // Told to stop, it keeps what it has.
    state->stopped = !absl::IsCancelled(event.reason);
  }
  run_.Feed(checks::ReplicaStopped{KeyOf(event.who), host_, reason, absl::IsAborted(event.reason)});
}

void HostObserver::On(const raft::CorruptionFound& event) {
  run_.Record(run_.kinds_.corrupt, host_, event.file, event.offset, event.detail);
  run_.view_.HostDamaged(host_);
  run_.Feed(checks::CorruptionReported{host_, event.detail});
}

// --- HostObserver: messages, as far as they claim something ---

void HostObserver::OnSend(HostId to, const WireMessage& message) {
  const uint32_t kind = message.kind();
  if (kind == raft::kClientReplyKind) {
    return OnReply(to, static_cast<const raft::ClientReply&>(message));
  }
  if (kind == raft::kLogAnswerKind) {
    return OnAnswer(static_cast<const raft::LogAnswer&>(message));
  }
  if (kind >= raft::kClientRequestKind) return;
  const auto& peer = static_cast<const raft::PeerMessage&>(message);
  const raft::MessageBody& body = peer.message.body;
  if (const auto* reply = std::get_if<raft::AppendReply>(&body)) {
    OnSend(peer.shard, peer.message, *reply);
  } else if (const auto* request = std::get_if<raft::VoteRequest>(&body)) {
    OnSend(peer.shard, peer.message, *request);
  } else if (const auto* vote = std::get_if<raft::VoteReply>(&body)) {
    OnSend(peer.shard, peer.message, *vote);
  }
}

void HostObserver::OnSend(ShardId shard, const raft::Message& message,
                          const raft::VoteRequest& body) {
  run_.Record(run_.kinds_.vote, host_, shard, message.from,
              body.pre_vote ? Claim::kAsksBefore : Claim::kAsks, message.to, message.term);
  run_.Feed(checks::VoteRequested{{shard, message.from},
                                  message.to,
                                  body.pre_vote,
                                  TermOf(message.term),
                                  IndexOf(body.last.index),
                                  TermOf(body.last.term)});
}

void HostObserver::OnSend(ShardId shard, const raft::Message& message,
                          const raft::VoteReply& body) {
  // A grant speaks of the term that was asked about; a refusal carries the voter's own.
  const raft::Term term = body.granted ? body.request_term : message.term;
  const Claim granted = body.pre_vote ? Claim::kWouldGrant : Claim::kGrants;
  run_.Record(run_.kinds_.vote, host_, shard, message.from,
              body.granted ? granted : Claim::kRefuses, message.to, term);
  run_.Feed(checks::VoteAnswered{
      {shard, message.from}, message.to, body.pre_vote, body.granted, TermOf(term)});
}

void HostObserver::OnSend(ShardId shard, const raft::Message& message,
                          const raft::AppendReply& body) {
  run_.Feed(checks::AppendAnswered{
      {shard, message.from}, message.to, TermOf(message.term), body.accepted, IndexOf(body.match)});
}

}  // namespace ww::scenarios
