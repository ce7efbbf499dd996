#include "raft/host/host.h"

#include <algorithm>
#include <utility>

#include "raft/env/no_suspend.h"
#include "raft/env/sites.h"
#include "raft/host/host_state.h"
#include "raft/host/snapshots.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {

Host::Host(Env& env, HostConfig config) : state_(std::make_unique<State>(env, std::move(config))) {}
Host::~Host() = default;
void Host::AddListener(EventListener& listener) { state_->AddListener(listener); }
void Host::AddService(Service& service) { state_->AddService(service); }
absl::Status Host::Run() { return state_->Run(); }
std::vector<ReplicaSummary> Host::Summarise() const { return state_->Summarise(); }

Host::State::State(Env& env, HostConfig config)
    : env_(env),
      transport_(env.transport()),
      observer_(env.observer()),
      host_(env.host()),
      config_(std::move(config)),
      deadlines_(config_.shards.size()),
      events_(env, config_.limits.events_waiting_max) {
  std::sort(config_.shards.begin(), config_.shards.end(),
            [](const ShardPlacement& a, const ShardPlacement& b) { return a.shard < b.shard; });
  for (size_t i = 0; i < config_.shards.size(); ++i) {
    CHECK(!config_.shards[i].shard.none());
    CHECK(i == 0 || config_.shards[i - 1].shard < config_.shards[i].shard,
          "a host has two replicas of a shard");
  }
  CHECK_GT(config_.limits.proposals_batch_max, 0u);
  CHECK_GT(config_.limits.apply_batch_max, 0u);
  CHECK_LE(config_.limits.payload_bytes_max, config_.limits.log_bytes_max);
  CHECK_GE(config_.quiet_after.ns, 0);
  CHECK(!rests() || config_.coalesce_heartbeats);
}

Host::State::~State() = default;

absl::Status Host::State::Run() {
  CHECK(!started_);
  const absl::Status ended = Serve();
  events_.Publish(SystemEvent{SystemEventKind::kHostStopping});
  events_.Finish();
  return ended;
}

absl::Status Host::State::Serve() {
  const absl::Status started = Start();
  if (!started.ok()) {
    for (const ShardPlacement& shard : config_.shards) {
      observer_.On(ReplicaStopped{{shard.shard, shard.replica}, started});
    }
    return started;
  }
  transport_.WakeOnArrival(arrivals_.get());
  worker_task_ = env_.tasks().Spawn("raft.worker", [this] { Work(); });
  timer_task_ = env_.tasks().Spawn("raft.timer", [this] { KeepDeadlines(); });
  StartServices();
  Work();
  transport_.WakeOnArrival(nullptr);
  StopFibers();
  StopServices();
  return failure_;
}

absl::Status Host::State::Start() {
  snapshots_ = std::make_unique<Snapshots>(*this);
  arrivals_ = env_.tasks().NewWaitQueue();
  alarms_ = env_.tasks().NewWaitQueue();
  room_ = env_.tasks().NewWaitQueue();
  reclaim_wake_ = env_.tasks().NewWaitQueue();
  tiny_batch_ = env_.draws().Open(sites::kTinyBatch, {});

  absl::StatusOr<RecoveredLog> log = OpenLog(env_);
  while (AwaitRoom(log.status())) log = OpenLog(env_);
  if (!log.ok()) {
    events_.Publish(SystemEvent{SystemEventKind::kLogUnusable});
    return log.status();
  }
  log_ = std::make_unique<LogWriter>(env_, log->tail, log->oldest_segment);
  log_->SetSegmentBytes(config_.limits.log_segment_bytes);
  for (const RecoveredReplica& replica : log->replicas) log_->standing().Note(replica);
  const absl::Status read = ReadBook(log->replicas);
  if (!read.ok()) return read;
  AnnounceStarts();
  if (!log->last_batch.empty()) {
    absl::Status repeated = log_->Repeat(log->last_batch, log->last_link);
    while (AwaitRoom(repeated)) repeated = log_->Repeat(log->last_batch, log->last_link);
    if (!repeated.ok()) return repeated;
  }
  FoundRoom();
  const absl::Status cleaned = snapshots_->CleanUp(log->replicas);
  if (!cleaned.ok()) return cleaned;
  for (const ReplicaBook::Entry& entry : book_.All()) {
    if (entry.page->parked.has_value()) snapshots_->Load(entry.who, *entry.page);
  }

  const NoSuspend guard(env_);
  now_ = env_.clock().Now();
  slots_.reserve(config_.shards.size());
  by_shard_.reserve(config_.shards.size());
  StartRecorded();
  started_ = true;
  return absl::OkStatus();
}

ReplicaConfig Host::State::ConfigOf(const ShardPlacement& placement) const {
  ReplicaConfig config;
  config.shard = placement.shard;
  config.replica = placement.replica;
  config.election_timeout = config_.election_timeout;
  config.heartbeat_interval = config_.heartbeat_interval;
  config.in_flight_entries_max = config_.in_flight_entries_max;
  config.in_flight_bytes_max = config_.in_flight_bytes_max;
  config.append_entries_max = config_.append_entries_max;
  config.promote_lag_max = config_.promote_lag_max;
  config.aligned_heartbeats = config_.coalesce_heartbeats;
  config.quiet_after = config_.quiet_after;
  config.rules = config_.rules;
  if (config_.lease_drift_ppm_max.has_value()) {
    // A follower's clock may be fast while its promise lasts, the leader's slow while it counts.
    constexpr int64_t kMillion = 1'000'000;
    const int64_t ppm = *config_.lease_drift_ppm_max;
    CHECK_LT(ppm, kMillion / 2);
    config.lease_length =
        Nanoseconds(config_.election_timeout.ns / (kMillion + ppm) * (kMillion - ppm) - 1);
  }
  return config;
}

std::unique_ptr<StateMachine> Host::State::NewMachine(ShardId shard) const {
  std::unique_ptr<StateMachine> machine =
      config_.machines == nullptr ? std::make_unique<KeyValueMachine>() : config_.machines(shard);
  CHECK(machine != nullptr);
  return machine;
}

// The replica lives from here on.
Slot& Host::State::AddSlot(const ShardPlacement& placement, RecoveredState state,
                           const std::optional<BootstrapRecord>& first_record) {
  CHECK(AnySlotOf(placement.shard) == nullptr);
  auto number = static_cast<uint32_t>(slots_.size());
  if (free_slots_.empty()) {
    slots_.emplace_back();
  } else {
    number = free_slots_.back();
    free_slots_.pop_back();
  }
  CHECK(slots_[number] == nullptr);
  const ReplicaIdentity who{placement.shard, placement.replica};
  const std::unique_ptr<LoadedSnapshot> machine = snapshots_->TakeKept(who);
  CHECK(machine != nullptr || state.snapshot.index.none());
  const Index recorded_commit = state.commit;
  if (machine != nullptr) {
    // A machine that was kept may be ahead of what the disk says is committed.
    state.applied = machine->machine.applied();
    state.commit = std::max(state.commit, state.applied);
    state.membership = machine->membership;
  }
  slots_[number] = std::make_unique<Slot>(
      number, placement, ConfigOf(placement), std::move(state), now_,
      ShardMachine(config_.limits.sessions_max, NewMachine(placement.shard)));
  Slot& slot = *slots_[number];
  slot.recorded_commit = recorded_commit;
  if (first_record.has_value()) {
    slot.newest_record = queue_.Push(number, LogRecord{slot.who, *first_record});
  }
  slot.contact = now_;
  ListSlot(slot);
  KnowPeersOf(slot);
  deadlines_.Grow(slots_.size());
  slot.timeout_draws =
      env_.draws().Open(sites::kElectionTimeout, {placement.shard.value, placement.replica.value});
  if (machine != nullptr) snapshots_->Restore(slot, std::move(*machine));
  snapshots_->Equip(slot);
  const Duration length = DrawElectionTimeout(slot);
  Step(slot, ElectionTimeoutDrawn{length});
  ApplyRecovered(slot);
  Tell(SystemEventKind::kReplicaReady, slot.who);
  return slot;
}

// What was known to be committed before is so again, and is applied before anything else happens.
void Host::State::ApplyRecovered(Slot& slot) {
  const Index commit = slot.replica.commit();
  if (commit.none()) return;
  COVER("host.recovered_commit");
  CHECK(!slot.wants_apply);
  observer_.On(CommitAdvanced{slot.who, commit, slot.replica.term(), false, {}});
  slot.wants_apply = true;
  applying_.push_back(slot.number);
}

void Host::State::Work() {
  while (failure_.ok()) {
    Turn();
    if (!writing_ && !queue_.empty()) {
      WriteBatch();
    } else if (arrivals_->Wait() == Wake::kCancelled) {
      Fail(absl::CancelledError("the host was stopped"));
    }
  }
}

// What was decided while this batch is on its way is written in the next one.
void Host::State::WriteBatch() {
  CHECK(!writing_);
  writing_ = true;
  const bool tiny = env_.draws().Buggify(tiny_batch_);
  batch_.Clear();
  queue_.Take(batch_, config_.limits.log_batch_bytes_max, tiny ? 1 : SIZE_MAX);
  absl::Status written = log_->Write(batch_.records);
  while (AwaitRoom(written)) written = log_->Write(batch_.records);
  writing_ = false;
  if (!failure_.ok()) return;
  if (!written.ok()) return Fail(written);
  FoundRoom();
  CHECK_GT(batch_.last_number, durable_record_);
  durable_record_ = batch_.last_number;
  OnBatchDurable();
  ReclaimIfDue();
}

void Host::State::KeepDeadlines() {
  while (failure_.ok()) {
    alarm_ = NextAlarm();
    const Wake wake = alarms_->WaitUntil(alarm_);
    alarm_ = LocalTime{INT64_MIN};  // This fiber looks at the index before it waits again.
    if (wake == Wake::kCancelled) return;
    if (!failure_.ok()) return;
    FireDeadlines();
    Turn();
    // What is to be written now is a worker's; this fiber must not miss the next deadline.
    if (!writing_ && !queue_.empty()) arrivals_->WakeOne();
  }
}

// The log is shared: without it no replica of this host can promise anything (nor can it find out
// what the disk holds). All of them stop, and say so.
void Host::State::Fail(const absl::Status& status) {
  CHECK(!status.ok());
  if (!failure_.ok()) return;
  COVER("host.log_failed");
  failure_ = status;
  if (!absl::IsCancelled(status)) events_.Publish(SystemEvent{SystemEventKind::kLogFailed});
  for (const ListedSlot& listed : by_shard_) {
    Slot& slot = *listed.slot;
    if (!slot.running()) continue;
    slot.held.clear();
    observer_.On(ReplicaStopped{slot.who, status});
    TerminateRequests(slot);
    TerminateReads(slot);
    if (slot.transfer != nullptr) {
      EndTransfer(slot, AdminOutcome::kUnknown, AdminReason::kLeadershipLost);
    }
  }
  arrivals_->WakeAll();
}

void Host::State::StopFibers() {
  CHECK(!failure_.ok());
  env_.tasks().Cancel(worker_task_);
  env_.tasks().Cancel(timer_task_);
  if (reclaiming_) {
    env_.tasks().Cancel(reclaim_task_);
    env_.tasks().Join(reclaim_task_);
  }
  env_.tasks().Join(worker_task_);
  env_.tasks().Join(timer_task_);
  snapshots_->Stop();
}

std::vector<ReplicaSummary> Host::State::Summarise() const {
  std::vector<ReplicaSummary> summaries;
  for (const ListedSlot& listed : by_shard_) {
    const Slot& slot = *listed.slot;
    if (!slot.running()) continue;
    const Replica& replica = slot.replica;
    CHECK_LE(slot.machine.applied(), replica.commit());
    summaries.push_back(ReplicaSummary{slot.who.shard, slot.who.replica, replica.role(),
                                       replica.term(), replica.commit(), slot.machine.applied(),
                                       replica.durable_index(), replica.last_index()});
  }
  return summaries;
}

}  // namespace ww::raft
