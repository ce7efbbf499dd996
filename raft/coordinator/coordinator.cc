#include "raft/coordinator/coordinator.h"

#include <algorithm>
#include <utility>

#include "raft/failover/lease.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft::failover {
namespace {

// Beside those of a controller on the same host.
constexpr uint32_t kAskerLane = 1;
// Beyond it lengths could not be added up.
constexpr Duration kLongestInterval = Seconds(1'000'000'000);

meta::AppointmentCause CauseOf(Cause cause) {
  switch (cause) {
    case Cause::kFirst:
      return meta::AppointmentCause::kFirst;
    case Cause::kNotLive:
      return meta::AppointmentCause::kNotLive;
    case Cause::kLostLeadership:
      return meta::AppointmentCause::kLostLeadership;
    case Cause::kSwitch:
      return meta::AppointmentCause::kSwitch;
    case Cause::kNeverLed:
      return meta::AppointmentCause::kNeverLed;
  }
  UNREACHABLE();
}

meta::SwitchState StateOf(SwitchEnd end) {
  switch (end) {
    case SwitchEnd::kDone:
      return meta::SwitchState::kDone;
    case SwitchEnd::kUnknown:
      return meta::SwitchState::kUnknown;
    case SwitchEnd::kAnonymous:
      return meta::SwitchState::kAnonymous;
    case SwitchEnd::kLearner:
      return meta::SwitchState::kLearner;
    case SwitchEnd::kNotLive:
      return meta::SwitchState::kNotLive;
    case SwitchEnd::kNeverLed:
      return meta::SwitchState::kNeverLed;
  }
  UNREACHABLE();
}

}  // namespace

std::vector<std::string> RefusalsOf(const CoordinatorOptions& options) {
  std::vector<std::string> refusals = HarmOf(options.config.timings);
  if (options.config.mode != Mode::kSupervised) {
    refusals.push_back("the replicaset is not supervised: nobody is appointed there");
  }
  for (const TimingKey& key : AllTimings()) {
    const auto& duration = (options.config.timings.*key.interval).duration;
    if (duration.has_value() && *duration > kLongestInterval) {
      refusals.push_back("failover." + std::string(key.name) +
                         " is longer than a coordinator lives");
    }
  }
  return refusals;
}

Coordinator::Coordinator(CoordinatorOptions options, CoordinatorWatcher& watcher)
    : options_(std::move(options)),
      lease_(options_.config.timings.lease_interval.duration.value_or(Duration{})),
      keepalive_(options_.config.timings.stateboard_keepalive.duration.value_or(Duration{})),
      watcher_(watcher) {
  CheckInvariants(options_.config);
  CHECK(RefusalsOf(options_).empty());
  CHECK_EQ(options_.hosts.size(), options_.config.instances.size());
  CHECK_GT(options_.pause.ns, 0);
  CHECK_GT(options_.lead_within.ns, 0);
}

void Coordinator::Reconfigure(FailoverConfig config) {
  CHECK(OnlyPrioritiesDiffer(config, options_.config));
  options_.config = std::move(config);
}

void Coordinator::Start(ServicePort& port) {
  CHECK(port_ == nullptr);
  port_ = &port;
  asker_ = std::make_unique<Asker>(port, patience(), kAskerLane);
  board_ = std::make_unique<Stateboard>(env(), *asker_,
                                        Stateboard::Options{options_.board, options_.pause});
  changed_ = env().tasks().NewWaitQueue();
  task_ = env().tasks().Spawn("coordinator", [this] { Run(); });
}

void Coordinator::On(HostId, const WireMessage& message) {
  if (message.kind() != kLeaseKind) return asker_->On(message);
  const auto& answer = static_cast<const LeaseMessage&>(message);
  if (answer.step == LeaseStep::kAnswer && answer.shard == options_.shard) {
    asker_->Answered(answer.request, message);
  }
}

void Coordinator::Stop() {
  stopped_ = true;
  asker_->Close();
  changed_->WakeAll();
  env().tasks().Join(task_);
}

void Coordinator::Say(CoordinatorEvent event) {
  event.shard = options_.shard;
  event.term = term_;
  watcher_.On(event);
}

// --- The lock ---

void Coordinator::Run() {
  while (!stopped_) {
    AwaitLock();
    if (stopped_) return;
    COVER("failover.lock_taken");
    Say({{}, CoordinatorEvent::Kind::kTookLock, {}, {}, false, {}, {}});
    const TaskHandle acting = env().tasks().Spawn("coordinator.acts", [this] { Supervise(); });
    KeepLock();
    GiveUp();
    env().tasks().Join(acting);
  }
}

bool Coordinator::Holds() const { return !stopped_ && !term_.none() && Now() < valid_until_; }

void Coordinator::GiveUp() {
  Say({{}, CoordinatorEvent::Kind::kGaveUp, {}, {}, false, {}, {}});
  term_ = CoordinatorTerm();
  changed_->WakeAll();
}

// An earlier life of this very process is over: it is not waited for.
void Coordinator::AwaitLock() {
  const Duration wait = SurelyOver(keepalive_, options_.drift_ppm_max);
  const Duration often = *options_.config.timings.stateboard_renew.duration;
  std::optional<meta::CoordinatorLock> seen;
  LocalTime since;
  while (!stopped_) {
    const auto state = board_->Read(Now() + keepalive_);
    if (stopped_) return;
    if (!state.has_value()) continue;
    const meta::CoordinatorLock& lock = state->lock;
    const bool same = seen.has_value() && seen->term == lock.term &&
                      seen->renewals == lock.renewals && seen->holder == lock.holder;
    if (!same) since = Now();
    seen = lock;
    const bool own = lock.holder == env().host();
    if (lock.term.none() || own || Now() >= since + wait) {
      if (TakeLock(lock)) return;
      env().tasks().SleepFor(options_.pause);
      continue;
    }
    changed_->WaitUntil(std::min(since + wait, Now() + often));
  }
}

bool Coordinator::TakeLock(const meta::CoordinatorLock& seen) {
  const LocalTime before = Now();
  const auto result =
      board_->Submit(meta::TakeLock{env().host(), seen.term, seen.renewals}, before + keepalive_);
  if (!result.has_value() || !std::holds_alternative<meta::Done>(*result)) return false;
  term_ = CoordinatorTerm(seen.term.value + 1);
  valid_until_ = before + keepalive_;
  return true;
}

void Coordinator::KeepLock() {
  const Duration often = *options_.config.timings.stateboard_renew.duration;
  for (uint64_t renewal = 1; Holds(); ++renewal) {
    changed_->WaitUntil(std::min(Now() + often, valid_until_));
    if (!Holds()) return;
    // Counted from before it is sent: whoever waits has seen it later.
    const LocalTime before = Now();
    const auto result = board_->Submit(meta::RenewLock{term_, renewal}, valid_until_);
    // What is confirmed too late confirms nothing: the other task has stopped already.
    if (!Holds()) return;
    CHECK(result.has_value());
    const auto* refused = std::get_if<meta::Refused>(&*result);
    if (refused != nullptr && refused->why != meta::Refusal::kAlreadyRecorded) return;
    valid_until_ = before + keepalive_;
  }
}

// --- What it does with it ---

void Coordinator::Supervise() {
  records_ = commands_ = last_grant_ = 0;
  doubtful_ = true;
  view_ = {};
  recorded_ = {};
  for (const HostId host : options_.hosts) view_.instances.push_back({host, false, false, {}});
  probe_due_ = renew_due_ = transfer_due_ = Now();
  // The lock is kept meanwhile, however long nobody answers.
  while (Holds()) {
    if (doubtful_ && !Recall()) {
      COVER("failover.not_recalled");
      continue;
    }
    if (Now() >= probe_due_) {
      ReadBoard();
      ProbeAll();
      if (!Holds()) return;
    }
    const LocalTime again = ActOn(StepOf(options_.config, view_, Now()));
    if (Holds()) changed_->WaitUntil(std::min({again, probe_due_, valid_until_}));
  }
}

// What those before it have recorded, or it itself without hearing of it. Leases of those before it
// count from now: they send no more of them. Its own it knows better.
bool Coordinator::Recall() {
  const LocalTime started = Now();
  const auto state = board_->Read(std::min(valid_until_, started + patience()));
  if (!state.has_value() || !Holds()) return false;
  doubtful_ = false;
  const meta::ReplicasetRecord* record = state->replicasets.Find(options_.shard);
  if (record == nullptr) return true;
  recorded_ = *record;
  // What it sent may come yet, unless a later record has come before: so a grant is recorded again.
  if (records_ > 0) ForgetRecordedGrant();
  if (view_.appointed.has_value() && view_.appointed->host == record->appointed) return true;
  const Duration length = Nanoseconds(static_cast<int64_t>(record->lease_ns));
  view_.appointed = Appointed{record->appointed, !record->granted_in.none(),
                              started + SurelyOver(length, options_.drift_ppm_max), false};
  return true;
}

// What operators have asked for.
void Coordinator::ReadBoard() {
  const auto state = board_->Read(std::min(valid_until_, Now() + patience()));
  if (!state.has_value()) return;
  const meta::ReplicasetRecord* record = state->replicasets.Find(options_.shard);
  const bool asked = record != nullptr && record->switch_state == meta::SwitchState::kAsked;
  view_.switch_to = asked ? std::optional(record->switch_to) : std::nullopt;
  if (asked) recorded_.last_switch = record->last_switch;
}

// When to look again at the latest.
LocalTime Coordinator::ActOn(const NextStep& step) {
  const LocalTime soon = Now() + options_.pause;
  if (const auto* lease = std::get_if<GiveLease>(&step); lease != nullptr) {
    const InstanceState& state = ViewOf(lease->host).state;
    if (!state.writable || Now() >= renew_due_) Renew(lease->host);
    return ViewOf(lease->host).state.writable ? renew_due_ : soon;
  }
  if (std::holds_alternative<Wait>(step) && view_.appointed.has_value()) {
    const Appointed& appointed = *view_.appointed;
    if (appointed.granted && Now() < appointed.leases_end) {
      return std::min(appointed.leases_end, std::max(renew_due_, soon));
    }
  }
  if (const auto* alarm = std::get_if<Alarm>(&step); alarm != nullptr) return ActOn(*alarm);
  if (const auto* appoint = std::get_if<Appoint>(&step); appoint != nullptr) Record(*appoint);
  if (const auto* take = std::get_if<TakeLease>(&step); take != nullptr) StepDown(*take);
  if (const auto* move = std::get_if<MoveLeader>(&step); move != nullptr) Transfer(*move);
  if (const auto* end = std::get_if<FinishSwitch>(&step); end != nullptr) Finish(*end);
  // Somebody has to lead: who does, and who lives, is looked at again soon.
  probe_due_ = std::min(probe_due_, Now() + options_.pause);
  return soon;
}

LocalTime Coordinator::ActOn(const Alarm& step) {
  Say({{}, CoordinatorEvent::Kind::kAlarm, {}, step.foreign, false, {}, {}});
  if (step.other.none()) {
    COVER("failover.foreign_writer");
  } else {
    COVER("failover.two_writers");
  }
  if (step.renews && Now() >= renew_due_) Renew(step.other, true);
  probe_due_ = std::min(probe_due_, Now() + options_.pause);
  return Now() + options_.pause;
}

void Coordinator::ForgetRecordedGrant() {
  recorded_.granted_in = Term();
  recorded_.lease_ns = 0;
}

meta::RecordFence Coordinator::NextRecord() { return {term_, ++records_}; }

bool Coordinator::Written(const meta::FailoverAction& action) {
  const auto result = board_->Submit(action, std::min(valid_until_, Now() + keepalive_));
  if (!Holds()) return false;
  const auto* refused = result.has_value() ? std::get_if<meta::Refused>(&*result) : nullptr;
  const bool written =
      result.has_value() && (refused == nullptr || refused->why == meta::Refusal::kAlreadyRecorded);
  // Nobody knows whether it was, or will be: what is recorded is looked at before anything else.
  if (!written) {
    COVER("failover.record_in_doubt");
    doubtful_ = true;
  }
  return written;
}

void Coordinator::Record(const Appoint& step) {
  Say({{}, CoordinatorEvent::Kind::kAppoints, {}, step.host, false, {}, step.cause});
  // Already now: when nobody answers it may stand there or not, and the grant before it goes with
  // it.
  ForgetRecordedGrant();
  if (!Written(
          meta::RecordAppointment{NextRecord(), options_.shard, step.host, CauseOf(step.cause)})) {
    return;
  }
  COVER("failover.appointed");
  if (step.cause == Cause::kNeverLed) COVER("failover.passed_over");
  view_.appointed = Appointed{step.host, false, Now(), false};
  transfer_due_ = Now();
}

bool Coordinator::RecordGrant(const InstanceState& state) {
  const auto lease_ns = static_cast<uint64_t>(lease_.ns);
  if (recorded_.granted_in == state.term && recorded_.lease_ns >= lease_ns) return true;
  const HostId host = view_.appointed->host;
  if (!Written(meta::RecordGrant{NextRecord(), options_.shard, host, state.term, lease_ns})) {
    // Perhaps it was: then there may be leases that the record speaks of, for those to come.
    return false;
  }
  recorded_.granted_in = state.term;
  recorded_.lease_ns = std::max(recorded_.lease_ns, lease_ns);
  return true;
}

// The lease counts from what the instance's clock showed when it answered.
void Coordinator::Renew(HostId host, bool only_on) {
  CHECK(view_.appointed.has_value() && view_.appointed->host == host);
  const std::optional<InstanceState> state = Probe(host);
  if (!state.has_value() || !state->leads || !Holds()) return;
  const bool has_lease = state->writable && recorded_.granted_in == state->term;
  if (only_on && !has_lease) return;
  if (!RecordGrant(*state) || !Holds()) return;
  Appointed& appointed = *view_.appointed;
  appointed.granted = true;
  appointed.gave_up = false;
  const LocalTime over = Now() + SurelyOver(lease_, options_.drift_ppm_max);
  appointed.leases_end = std::max(appointed.leases_end, over);
  Say({{}, CoordinatorEvent::Kind::kGrants, {}, host, false, {}, {}});
  LeaseMessage message;
  message.step = LeaseStep::kGrant;
  message.grant = {state->incarnation, state->term, state->clock, lease_};
  const uint64_t request = Send(host, std::move(message));
  const uint64_t number = last_grant_ = commands_;
  renew_due_ = Now() + *options_.config.timings.renew_interval.duration;
  Learn(ViewOf(host), number, Await(request, Now() + patience()));
}

void Coordinator::StepDown(const TakeLease& step) {
  Say({{}, CoordinatorEvent::Kind::kStepsDown, {}, step.host, false, {}, {}});
  LeaseMessage message;
  message.step = LeaseStep::kStepDown;
  const uint64_t request = Send(step.host, std::move(message));
  const uint64_t number = commands_;
  Learn(ViewOf(step.host), number, Await(request, Now() + patience()));
}

void Coordinator::Transfer(const MoveLeader& step) {
  if (Now() < transfer_due_) return;
  COVER("failover.leadership_moved");
  transfer_due_ = Now() + options_.pause * 4;
  LocalTime& until = view_.appointed->lead_until;
  until = std::min(until, Now() + options_.lead_within);
  LeaseMessage message;
  message.step = LeaseStep::kTransfer;
  message.replica = ViewOf(step.to).state.replica;
  const uint64_t request = Send(step.from, std::move(message));
  const uint64_t number = commands_;
  Learn(ViewOf(step.from), number, Await(request, Now() + patience()));
}

void Coordinator::Finish(const FinishSwitch& step) {
  const meta::EndSwitch end{NextRecord(), options_.shard, recorded_.last_switch, StateOf(step.end)};
  if (Written(end)) view_.switch_to = std::nullopt;
}

}  // namespace ww::raft::failover
