#include <algorithm>
#include <utility>

#include "raft/env/no_suspend.h"
#include "raft/env/sites.h"
#include "raft/host/host_state.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// Messages taken before proposals and applying have their turn.
constexpr size_t kMessagesPerPass = 256;

}  // namespace

// Shard ids are mostly consecutive, so the place of one follows from that of the first.
Slot* Host::State::AnySlotOf(ShardId shard) {
  if (by_shard_.empty() || shard < by_shard_.front().shard) return nullptr;
  const uint64_t guess = shard - by_shard_.front().shard;
  if (guess < by_shard_.size() && by_shard_[guess].shard == shard) return by_shard_[guess].slot;
  const auto at = std::lower_bound(
      by_shard_.begin(), by_shard_.end(), shard,
      [](const ListedSlot& listed, ShardId wanted) { return listed.shard < wanted; });
  if (at == by_shard_.end() || at->shard != shard) return nullptr;
  CHECK_EQ(at->slot->who.shard, shard);
  return at->slot;
}

void Host::State::Turn() {
  if (!failure_.ok()) return;
  const NoSuspend guard(env_);
  now_ = env_.clock().Now();
  bool more = true;
  while (more) {
    TakeMessages();
    if (!reading_.empty()) AskReads();
    if (!proposing_.empty()) ProposeWaiting();
    if (!applying_.empty()) ApplyCommitted();
    // What was applied may have ended a transfer for which proposals waited.
    more = !applying_.empty() || !proposing_.empty();
  }
  CHECK(proposing_.empty());
  if (!unloading_.empty()) FinishUnloads();
  SendBeats();
  WakeTimer();
}

void Host::State::TakeMessages() {
  for (; !from_services_.empty(); from_services_.pop_front()) {
    TakeArrival(from_services_.front());
  }
  for (Delivery& delivery : transport_.Poll(kMessagesPerPass)) {
    TakeArrival(delivery);
    delivery.message.reset();  // While its block is warm: answers are built in it.
  }
}

void Host::State::TakeArrival(const Delivery& delivery) {
  CHECK(delivery.message != nullptr);
  const uint32_t kind = delivery.message->kind();
  if (kind < kClientRequestKind) {
    OnPeerMessage(static_cast<PeerMessage&>(*delivery.message));
  } else if (kind == kClientRequestKind) {
    OnClientRequest(delivery.from, static_cast<ClientRequest&>(*delivery.message));
  } else if (kind == kHostBeatKind) {
    OnHostBeat(static_cast<HostBeat&>(*delivery.message));
  } else if (kind == kClientQueryKind) {
    OnClientQuery(delivery.from, static_cast<ClientQuery&>(*delivery.message));
  } else if (kind == kLogQueryKind) {
    OnLogQuery(delivery.from, static_cast<const LogQuery&>(*delivery.message));
  } else if (kind == kRemovalQuestionKind) {
    OnRemovalQuestion(static_cast<const RemovalQuestion&>(*delivery.message));
  } else if (kind == kRemovalNoticeKind) {
    OnRemovalNotice(static_cast<const RemovalNotice&>(*delivery.message));
  } else if (kind == kFoundingClaimKind) {
    OnFoundingClaim(static_cast<const FoundingClaim&>(*delivery.message));
  } else if (kind == kFoundingVerdictKind) {
    OnFoundingVerdict(delivery.from, static_cast<const FoundingVerdict&>(*delivery.message));
  } else if (kind == kAdminRequestKind) {
    OnAdminRequest(delivery.from, static_cast<const AdminRequest&>(*delivery.message));
  } else if (kind == kSnapshotChunkKind) {
    snapshots_->OnChunk(static_cast<SnapshotChunk&>(*delivery.message));
  } else if (kind == kSnapshotAnswerKind) {
    snapshots_->OnAnswer(static_cast<const SnapshotAnswer&>(*delivery.message));
  } else {
    TellServices(delivery);
  }
}

void Host::State::FireDeadlines() {
  const NoSuspend guard(env_);
  now_ = env_.clock().Now();
  if (founding_due_ <= now_) SendClaims();
  while (const std::optional<uint32_t> due = deadlines_.PopDue(now_)) {
    Slot& slot = *slots_[*due];
    ExpireReads(slot);
    ReviewTransfer(slot);
    if (AskDue(slot) <= now_) AskWhetherRemoved(slot);
    const LocalTime deadline = slot.NextDeadline();
    if (deadline > now_) {
      deadlines_.Want(*due, DueOf(slot));  // It moved later while armed.
    } else {
      Step(slot, DeadlineReached{});
      // A leader that gives up after a long pause of its process has heard nobody for that long.
      if (AskDue(slot) <= now_) AskWhetherRemoved(slot);
      CHECK_GT(DueOf(slot), now_);
    }
  }
}

void Host::State::Step(Slot& slot, Input&& input) {
  CHECK(!env_.may_suspend());
  const bool proposed = std::holds_alternative<Propose>(input);
  Finish(slot, slot.replica.Step(now_, std::move(input)), proposed);
}

void Host::State::Finish(Slot& slot, Effects& effects, bool proposed) {
  CarryOut(slot, effects, proposed);
  if (effects.contradiction.has_value()) return Contain(slot, *effects.contradiction);
  if (effects.draw_election_timeout) {
    const Duration length = DrawElectionTimeout(slot);
    Effects& more = slot.replica.Step(now_, ElectionTimeoutDrawn{length});
    CarryOut(slot, more, false);
    CHECK(!more.draw_election_timeout);
  }
  if (slot.quiet != slot.replica.quiet()) ReportRest(slot);
  // What a leader knows is news enough, also for the follower that it may be next.
  if (slot.leads()) slot.contact = now_;
  deadlines_.Want(slot.number, DueOf(slot));
}

void Host::State::CarryOut(Slot& slot, Effects& effects, bool proposed) {
  ReportChanges(slot, effects, proposed);
  if (slot.leads()) CountUnapplied(slot, effects);
  if (effects.persists()) Persist(slot, effects);
  if (effects.read_confirmation.has_value() || effects.lease.has_value()) {
    ReportReads(slot, effects);
  }
  SendOrHold(slot, effects);
  if (effects.transfer.has_value()) {
    TellTransfer(slot, *effects.transfer);
    OnTransfer(slot, *effects.transfer);
  }
  if (!effects.reads_ready.empty()) OnReadsReady(slot, effects.reads_ready);
  for (const SendSnapshot& what : effects.send_snapshots) snapshots_->Send(slot, what);
  if (effects.commit.has_value()) {
    if (!effects.commit->leads) ReportCommit(slot, *effects.commit);
    CHECK_LE(slot.machine.applied(), effects.commit->index);
    if (!slot.wants_apply) applying_.push_back(slot.number);
    slot.wants_apply = true;
  }
}

// In the order in which they happen in a step: term and vote, then the role that follows from them,
// then what a leader has committed (it may leave a joint membership in the same step, and must have
// committed before), then what the new leader or the follower of a new leader writes, then what a
// leader has committed of that, where a copy counts that is not durable. The
// pre-candidacy of a single voter wins in the step in which it begins; its role comes before the
// term that it leads to.
void Host::State::ReportChanges(Slot& slot, const Effects& effects, bool proposed) {
  bool told = !effects.hard_state.has_value();
  const auto tell_hard_state = [&] {
    if (!told) observer_.On(HardStateChanged{slot.who, *effects.hard_state});
    told = true;
  };
  // Whoever leads after a step in which entries were appended has made them.
  bool created = proposed || slot.leads();
  for (const RoleChange& change : effects.role_changes) {
    if (!told && change.term >= effects.hard_state->term) tell_hard_state();
    CHECK_LE(change.term, slot.replica.term());
    observer_.On(RoleChanged{slot.who, change.role, change.term, change.leader, change.elected_by,
                             slot.last});
    TellLeader(slot, change);
    created = created || change.role == Role::kLeader;
  }
  tell_hard_state();
  if (!effects.role_changes.empty()) DropReads(slot);
  if (effects.quorum_lost) {
    events_.Publish({SystemEventKind::kQuorumLost, slot.who, HostId(), slot.replica.term()});
  }
  if (!effects.role_changes.empty() && !slot.leads()) TerminateRequests(slot);
  if (effects.match.has_value()) ReportMatch(slot, *effects.match);
  const bool commits = effects.commit.has_value() && effects.commit->leads;
  const bool commits_own =
      commits && effects.append.has_value() && effects.commit->index >= effects.append->first;
  if (commits && !commits_own) ReportCommit(slot, *effects.commit);
  if (!effects.append.has_value()) return;
  const AppendEffect& append = *effects.append;
  CHECK(!append.entries.empty());
  CHECK(!created || !append.truncates, "a leader cuts its own log");
  CHECK(!commits_own || !config_.rules.own_copy_durable);
  EntriesAppended event;
  event.who = slot.who;
  event.first = append.first;
  event.entries = append.entries.span();
  event.digest = append.entries.digest();
  event.truncates = append.truncates;
  event.created = created;
  observer_.On(event);
  slot.last = LogPosition{append.last(), append.entries.back().term};
  if (commits_own) ReportCommit(slot, *effects.commit);
}

void Host::State::ReportCommit(const Slot& slot, const CommitEffect& commit) {
  CommitAdvanced event;
  event.who = slot.who;
  event.index = commit.index;
  event.term = slot.replica.term();
  event.leads = commit.leads;
  event.counted = commit.counted;
  observer_.On(event);
}

// The hard state goes first: entries of a term may not become durable before the term does.
void Host::State::Persist(Slot& slot, Effects& effects) {
  CHECK(effects.persists());
  if (effects.hard_state.has_value()) {
    slot.newest_record = queue_.Push(slot.number, slot.who, *effects.hard_state);
  }
  if (effects.install.has_value()) snapshots_->Install(slot, *effects.install);
  if (effects.append.has_value()) {
    AppendEffect& append = *effects.append;
    slot.recorded_commit = slot.replica.commit();
    slot.newest_record =
        queue_.Push(slot.number, slot.who,
                    EntriesRecord{append.first, slot.recorded_commit, std::move(append.entries)});
  }
  CHECK_GT(slot.newest_record, durable_record_);
}

void Host::State::SendOrHold(Slot& slot, Effects& effects) {
  for (Message& message : effects.send_now) SendToPeer(slot, std::move(message));
  for (Message& message : effects.send_after_durable) {
    if (slot.newest_record <= durable_record_) {
      CHECK(slot.held.empty());
      SendToPeer(slot, std::move(message));
    } else {
      slot.held.push_back(HeldMessage{slot.newest_record, std::move(message)});
    }
  }
}

// An acceptance of a term that was left while it waited is dropped: a leader of the new term may
// have cut the entries it speaks of, in the very batch that made them durable.
void Host::State::ReleaseHeld(Slot& slot) {
  size_t released = 0;
  while (released < slot.held.size() && slot.held[released].after_record <= durable_record_) {
    Message& message = slot.held[released].message;
    ++released;
    if (released < slot.held.size() && slot.held[released].after_record <= durable_record_ &&
        Supersedes(slot.held[released].message, message)) {
      COVER_OFTEN("host.replies_merged");
      continue;
    }
    if (IsAcceptance(message) && message.term < slot.replica.term()) {
      COVER("host.acceptance_outdated");
      continue;
    }
    SendToPeer(slot, std::move(message));
  }
  slot.held.erase(slot.held.begin(), slot.held.begin() + static_cast<ptrdiff_t>(released));
  CHECK(slot.held.empty() || slot.held.front().after_record > durable_record_);
}

void Host::State::SendToPeer(Slot& slot, Message&& message) {
  const HostId target = slot.HostOf(message.to);
  CHECK(!target.none());
  CHECK_EQ(message.from, slot.who.replica);
  if (HoldBeat(slot, target, message)) return;
  transport_.Send(target, std::make_unique<PeerMessage>(slot.who.shard, host_, std::move(message)));
}

// One batch became durable. Each replica hears of the newest of its records in that batch only:
// what was queued after the append may still be lost.
void Host::State::OnBatchDurable() {
  const NoSuspend guard(env_);
  now_ = env_.clock().Now();
  turn_slots_.clear();
  for (size_t i = 0; i < batch_.records.size(); ++i) {
    if (batch_.slots[i] == kNoSlot) continue;
    Slot& slot = *slots_[batch_.slots[i]];
    if (!slot.in_batch) turn_slots_.push_back(slot.number);
    slot.in_batch = true;
    if (const auto* state = std::get_if<HardState>(&batch_.records[i].body); state != nullptr) {
      slot.batch_hard_state = *state;
    } else if (const auto* run = std::get_if<EntriesRecord>(&batch_.records[i].body);
               run != nullptr) {
      slot.batch_last =
          LogPosition{run->first + (run->entries.size() - 1), run->entries.back().term};
    } else if (const auto* snapshot = std::get_if<SnapshotRecord>(&batch_.records[i].body);
               snapshot != nullptr) {
      // An older one may stand behind it: it moves with its segment.
      const Index known =
          slot.batch_snapshot.has_value() ? slot.batch_snapshot->position.index : Index();
      if (snapshot->position.index > known) slot.batch_snapshot = *snapshot;
    }
  }
  if (reclaiming_) reclaim_wake_->WakeAll();
  for (const uint32_t number : turn_slots_) {
    Slot& slot = *slots_[number];
    CHECK(slot.in_batch);
    slot.in_batch = false;
    Persisted persisted{std::exchange(slot.batch_last, std::nullopt),
                        std::exchange(slot.batch_hard_state, std::nullopt),
                        snapshots_->OnRecordDurable(slot)};
    if (persisted.last.has_value()) {
      observer_.On(BelievedDurable{slot.who, persisted.last->index});
    }
    if (!slot.running()) continue;  // Nobody hears of it, and its core is not stepped any more.
    ReleaseHeld(slot);
    Step(slot, std::move(persisted));
    ResumeApplying(slot);
  }
  if (!owed_.empty()) PayOwed();
  snapshots_->OnDurable();
  if (!owed_verdicts_.empty()) SendOwedVerdicts();
}

// T to 2T. The default of a replica is spread by its rank among the voters, so that with all draws
// benign the replicas campaign one after another and the first wins.
Duration Host::State::DrawElectionTimeout(Slot& slot) {
  const int64_t length = config_.election_timeout.ns;
  CHECK_GT(length, 0);
  int64_t rank = 0;
  const std::vector<Member>& voters = slot.replica.membership().voters;
  for (const Member& member : voters) rank += member.replica < slot.who.replica ? 1 : 0;
  const int64_t spread = rank * length / static_cast<int64_t>(voters.size() + 1);
  const uint64_t drawn = env_.draws().Uniform(slot.timeout_draws, static_cast<uint64_t>(length));
  CHECK_LT(drawn, static_cast<uint64_t>(length));
  return Duration{length + (spread + static_cast<int64_t>(drawn)) % length};
}

void Host::State::WakeTimer() {
  if (NextAlarm() >= alarm_) return;
  alarm_ = LocalTime{INT64_MIN};
  alarms_->WakeOne();
}

}  // namespace ww::raft
