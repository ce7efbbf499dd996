#include "scenarios/workload/caller.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "scenarios/sites.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

constexpr Duration kPauseMin = Milliseconds(50);
constexpr Duration kPauseMax = Milliseconds(800);
constexpr uint32_t kPatientAttemptsMax = 200;
constexpr uint32_t kStickyAttemptsMax = 4;
constexpr uint32_t kStubbornAttemptsMax = 60;
constexpr Ratio kEchoRatio(1, 4);
constexpr Duration kSilenceRemembered = Seconds(10);

}  // namespace

Caller::Caller(sim::Process& process, RunObserver& observer, const CallerOptions& options)
    : process_(process),
      observer_(observer),
      options_(options),
      mailbox_(process),
      backoff_(process.world().decisions().Open(sites::kBackoff, options.client.value)),
      echo_(process.world().decisions().Open(sites::kEcho, options.client.value)),
      home_(options.client.value % options.hosts + 1),
      targets_(options.last_shard) {
  CHECK_GT(options.hosts, 0u);
  CHECK_GT(options.last_shard, 0u);
  if (options_.manner == Manner::kStubborn) options_.timeout = options_.timeout / 4;
}

HostId& Caller::TargetOf(ShardId shard) {
  if (options_.manner == Manner::kSticky) return home_;
  // A shard that was created since.
  if (shard.value > targets_.size()) targets_.resize(shard.value);
  HostId& target = targets_[shard.value - 1];
  if (target.none()) target = home_;
  return target;
}

uint32_t Caller::AttemptsMax() const {
  switch (options_.manner) {
    case Manner::kWellBehaved:
      return kPatientAttemptsMax;
    case Manner::kSticky:
      return kStickyAttemptsMax;
    case Manner::kStubborn:
      return kStubbornAttemptsMax;
  }
  UNREACHABLE();
}

CallResult Caller::Call(const Request& request) {
  first_of_operation_ = next_request_;
  // Whether an attempt may have had, or may yet have, an effect that nobody told us about.
  bool unclear = options_.may_duplicate;
  CallResult result;
  for (uint32_t attempts = 1; attempts <= AttemptsMax(); ++attempts) {
    const bool elsewhere = attempts == 1 && !request.at.none();
    Attempt attempt = TryOnce(request, elsewhere ? request.at : TargetOf(request.shard));
    if (attempt.lesson == Lesson::kAnswered) {
      SendAnsweredAgain(request);
      return std::move(attempt.result);
    }
    result.refused = attempt.lesson == Lesson::kRefused;
    if (result.refused) break;
    if (attempt.lesson == Lesson::kUnclear) unclear = true;
    if (unclear && !request.repeatable) break;
    PrepareNext(request, attempt, attempts);
  }
  if (options_.manner == Manner::kSticky) home_ = After(home_);
  result.outcome = unclear ? checks::Outcome::kUnknown : checks::Outcome::kRejected;
  return result;
}

Caller::Attempt Caller::TryOnce(const Request& request, HostId target) {
  Send(request, target);
  return AwaitReply(next_request_ - 1);
}

void Caller::Send(const Request& request, HostId target) {
  if (request.via != checks::Via::kLog) return SendQuery(request, target);
  auto message = std::make_unique<raft::ClientRequest>();
  message->request = next_request_++;
  message->shard = request.shard;
  message->command = request.command;
  observer_.Attempted(process_.host().id(), request.client, request.operation, target,
                      message->request);
  process_.world().network().Send(process_, target, std::move(message));
}

void Caller::SendQuery(const Request& request, HostId target) {
  CHECK(request.command.empty());
  auto message = std::make_unique<raft::ClientQuery>();
  message->request = next_request_++;
  message->shard = request.shard;
  message->key = request.key;
  const bool stale = request.via == checks::Via::kStale;
  message->consistency = stale ? raft::Consistency::kStale : raft::Consistency::kLinearizable;
  const HostId host = process_.host().id();
  observer_.Attempted(host, request.client, request.operation, target, message->request);
  observer_.QueryAsked(host, message->request, request.shard, target);
  process_.world().network().Send(process_, target, std::move(message));
}

// One operation late, so that the session has moved on and may have forgotten the answer.
void Caller::SendAnsweredAgain(const Request& answered) {
  if (options_.manner != Manner::kStubborn || !answered.in_session) return;
  const bool again = process_.world().decisions().Chance(echo_, kEchoRatio);
  if (again && answered_.has_value()) Send(*answered_, TargetOf(answered_->shard));
  answered_ = answered;
}

Caller::Attempt Caller::AwaitReply(uint64_t newest) {
  const LocalTime deadline = process_.host().LocalNow() + options_.timeout;
  while (true) {
    std::optional<sim::Arrival> arrival = mailbox_.Receive(deadline);
    if (!arrival.has_value()) return Attempt{Lesson::kUnclear, true, {}, {}};
    if (arrival->message->kind() != raft::kClientReplyKind) continue;
    const auto& reply = static_cast<const raft::ClientReply&>(*arrival->message);
    if (reply.request < first_of_operation_) continue;
    CHECK_LE(reply.request, newest);
    Attempt attempt = Learn(reply);
    // An attempt before the newest was counted as unclear; only a full answer to it is news.
    if (reply.request == newest || attempt.lesson == Lesson::kAnswered) return attempt;
  }
}

Caller::Attempt Caller::Learn(const raft::ClientReply& reply) {
  Attempt attempt;
  switch (reply.outcome) {
    case raft::Outcome::kCompleted:
      attempt.lesson = Lesson::kAnswered;
      attempt.result = {checks::Outcome::kCompleted, false, checks::Index(reply.index),
                        reply.response};
      break;
    case raft::Outcome::kRejected:
      attempt.lesson = Lesson::kRefused;
      break;
    case raft::Outcome::kNotLeader:
      attempt.lesson = Lesson::kNoEffect;
      attempt.hint = reply.leader_host;
      break;
    case raft::Outcome::kBusy:
    case raft::Outcome::kNotAdmitted:
      attempt.lesson = Lesson::kNoEffect;
      break;
    case raft::Outcome::kTerminated:
      attempt.lesson = Lesson::kUnclear;
      break;
  }
  return attempt;
}

void Caller::PrepareNext(const Request& request, const Attempt& attempt, uint32_t attempts) {
  HostId& target = TargetOf(request.shard);
  switch (options_.manner) {
    case Manner::kWellBehaved: {
      const bool hinted = !attempt.hint.none() && attempt.hint != target;
      if (attempt.silent) {
        silent_host_ = target;
        silent_until_ = process_.host().LocalNow() + kSilenceRemembered;
        // Shards that were not asked for yet are not asked for first where nobody answers.
        if (target == home_) home_ = After(home_);
      }
      target = hinted ? attempt.hint : Alternative(target);
      // A hint is followed at once; two hosts that point at each other are not asked for ever
      // without a pause.
      if (hinted && attempts % 3 != 0) return;
      process_.SleepFor(Pause(attempts));
      return;
    }
    case Manner::kSticky:
      process_.SleepFor(Pause(attempts));
      return;
    case Manner::kStubborn:
      target = After(target);
      if (attempts % options_.hosts == 0) process_.SleepFor(Pause(1));
      return;
  }
  UNREACHABLE();
}

HostId Caller::Alternative(HostId host) const {
  const HostId next = After(host);
  const bool silent = next == silent_host_ && process_.host().LocalNow() < silent_until_;
  return silent ? After(next) : next;
}

Duration Caller::Pause(uint32_t attempts) {
  const Duration usual = std::min(kPauseMin * (int64_t{1} << std::min(attempts, 8u)), kPauseMax);
  const uint64_t extra =
      process_.world().decisions().Uniform(backoff_, static_cast<uint64_t>(usual.ns));
  return usual + Nanoseconds(static_cast<int64_t>(extra));
}

}  // namespace ww::scenarios
