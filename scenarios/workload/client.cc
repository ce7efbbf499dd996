#include "scenarios/workload/client.h"

#include <algorithm>
#include <utility>

#include "scenarios/bind/operation.h"
#include "scenarios/sites.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

// Sessions of one client have numbers below this.
constexpr uint64_t kSessionsPerClientMax = 100'000;
constexpr uint32_t kOperationBits = 32;
// How many operations a client that was held up makes up for.
constexpr int64_t kBacklogMax = 10;

CallerOptions CallerOptionsOf(const ClientOptions& options) {
  return {ClientId(options.number), options.hosts,         options.first_shard - 1 + options.shards,
          options.timeout,          options.may_duplicate, options.manner};
}

}  // namespace

std::string KeyName(ShardId shard, uint64_t number) { return fmt::format("s{}k{}", shard, number); }

raft::meta::KeyRange KeysOf(ShardId shard) {
  return {fmt::format("s{}k", shard), fmt::format("s{}l", shard)};
}

Client::Client(sim::Process& process, RunObserver& observer, const ClientOptions& options)
    : process_(process),
      observer_(observer),
      options_(options),
      caller_(process, observer, CallerOptionsOf(options)),
      pace_(process.world().decisions().Open(sites::kPace, options.number)),
      shard_(process.world().decisions().Open(sites::kShard, options.number)),
      key_(process.world().decisions().Open(sites::kKey, options.number)),
      operation_(process.world().decisions().Open(sites::kOperation, options.number)),
      reads_(process.world().decisions().Open(sites::kRead, options.number)),
      close_(process.world().decisions().Open(sites::kCloseSession, options.number)),
      value_bytes_(process.world().decisions().Open(sites::kValueBytes, options.number)),
      sessions_(options.shards) {
  CHECK_GT(options.number, 0u);
  CHECK_GT(options.keys, 0u);
  CHECK_GT(options.interval.ns, 0);
  CHECK_LE(options.value_bytes_min, options.value_bytes_max);
}

uint64_t Client::Draw(sim::Stream& stream, uint64_t bound) {
  return process_.world().decisions().Uniform(stream, bound);
}

// Half to three halves of the interval from one beginning to the next. A client that was held up
// catches up a little, so that an outage is followed by more load than usual.
void Client::Run(ClientControl& control) {
  const int64_t interval = options_.interval.ns;
  LocalTime next = process_.host().LocalNow();
  while (!control.stopping) {
    const uint64_t bound = static_cast<uint64_t>(interval);
    const uint64_t extra = (bound / 2 + Draw(pace_, bound)) % bound;
    next = next + Nanoseconds(interval / 2 + static_cast<int64_t>(extra));
    const LocalTime now = process_.host().LocalNow();
    next = std::max(next, now - options_.interval * kBacklogMax);
    process_.SleepUntil(std::max(next, now + options_.interval / 8));
    if (!control.stopping) OperateOnce();
  }
  --control.active;
}

size_t Client::Shards() const { return options_.shards + observer_.created_shards().size(); }

ShardId Client::ShardAt(uint64_t place) const {
  if (place < options_.shards) return ShardId(options_.first_shard + place);
  return observer_.created_shards()[place - options_.shards];
}

void Client::OperateOnce() {
  ++turn_;
  const size_t shards = Shards();
  const uint64_t offset = Draw(shard_, shards);
  const uint64_t place = (turn_ + options_.number + offset) % shards;
  const ShardId shard = ShardAt(place);
  if (ReadWeights() > 0) {
    const uint64_t commands =
        uint64_t{options_.put_weight} + options_.append_weight + options_.get_weight;
    const uint64_t all = commands + ReadWeights();
    // Without draws, in an order that visits every place whatever divides `all`.
    const uint64_t at = (turn_ * 7 + turn_ / all + Draw(reads_, all)) % all;
    if (at >= commands) return Query(shard, at - commands);
  }
  if (sessions_.size() < shards) sessions_.resize(shards);
  Session& session = sessions_[place];
  if (options_.sessions && session.client.none() && !OpenSession(shard, session)) return;
  raft::Command command = NextCommand(shard);
  if (options_.sessions) {
    command.client = session.client;
    command.series = ++session.series;
    command.responded_to = session.responded_to;
  }
  const CallResult result = Perform(shard, command);
  if (result.outcome == checks::Outcome::kUnknown || result.refused) {
    session = Session{};
  } else {
    session.responded_to = session.series;
    if (options_.sessions) CloseSession(shard, session);
  }
}

// A read without a session or an entry. Nothing it does can be lost or done twice.
void Client::Query(ShardId shard, uint64_t kind) {
  CHECK_LT(kind, ReadWeights());
  key_name_ = KeyName(shard, (turn_ / Shards() + Draw(key_, options_.keys)) % options_.keys);
  const uint64_t leader = options_.leader_read_weight;
  const bool stale = kind >= leader + options_.follower_read_weight;
  const checks::Via via = stale ? checks::Via::kStale : checks::Via::kConfirmed;
  const uint64_t id = (uint64_t{options_.number} << kOperationBits) | ++operations_;
  const HostId host = process_.host().id();
  observer_.Invoked(host, {id, shard, {checks::Operation::kGet, {}, 0, key_name_, {}}, via});
  Caller::Request request;
  request.operation = id;
  request.shard = shard;
  request.via = via;
  request.key = key_name_;
  if (kind >= leader)
    request.at = HostId((turn_ + Draw(reads_, options_.hosts)) % options_.hosts + 1);
  const CallResult result = caller_.Call(request);
  observer_.Returned(host, {}, {id, shard, result.outcome, result.index, result.response});
}

// Of whichever replica the host has.
bool Client::ReadAt(HostId at, ShardId shard) {
  const uint64_t id = (uint64_t{options_.number} << kOperationBits) | ++operations_;
  const HostId host = process_.host().id();
  observer_.Invoked(host, {id,
                           shard,
                           {checks::Operation::kGet, {}, 0, key_name_, {}},
                           checks::Via::kConfirmed});
  Caller::Request request;
  request.operation = id;
  request.shard = shard;
  request.via = checks::Via::kConfirmed;
  request.key = key_name_;
  request.at = at;
  const CallResult result = caller_.Call(request);
  observer_.Returned(host, {}, {id, shard, result.outcome, result.index, result.response});
  return result.outcome == checks::Outcome::kCompleted;
}

bool Client::OpenSession(ShardId shard, Session& session) {
  CHECK_LT(sessions_opened_, kSessionsPerClientMax);
  raft::Command command;
  command.operation = raft::Operation::kRegister;
  command.client = ClientId(options_.number * kSessionsPerClientMax + sessions_opened_++);
  // A registration that was lost may still come; its client id is not used again.
  if (Perform(shard, command).outcome != checks::Outcome::kCompleted) return false;
  session = Session{command.client, 0, 0};
  return true;
}

// However that ends, the session is not used again: closed or not, a later attempt may close it.
void Client::CloseSession(ShardId shard, Session& session) {
  if (options_.unregister.never()) return;
  if (!process_.world().decisions().Chance(close_, options_.unregister)) return;
  raft::Command command;
  command.operation = raft::Operation::kUnregister;
  command.client = session.client;
  Perform(shard, command);
  session = Session{};
}

raft::Command Client::NextCommand(ShardId shard) {
  const uint64_t key_offset = Draw(key_, options_.keys);
  key_name_ = KeyName(shard, (turn_ / Shards() + key_offset) % options_.keys);
  const uint64_t weights =
      uint64_t{options_.put_weight} + options_.append_weight + options_.get_weight;
  CHECK_GT(weights, 0u);
  const uint64_t at = (turn_ + Draw(operation_, weights)) % weights;
  raft::Command command;
  command.key = key_name_;
  if (at < options_.put_weight) {
    command.operation = raft::Operation::kPut;
  } else if (at < uint64_t{options_.put_weight} + options_.append_weight) {
    command.operation = raft::Operation::kAppend;
  } else {
    command.operation = raft::Operation::kGet;
    return command;
  }
  value_ = NextValue();
  command.value = value_;
  return command;
}

std::string Client::NextValue() {
  const uint64_t more = options_.value_bytes_max - options_.value_bytes_min + 1;
  const uint64_t bytes = options_.value_bytes_min + Draw(value_bytes_, more);
  std::string value = fmt::format("{}.{};", options_.number, turn_);
  if (value.size() < bytes) value.append(bytes - value.size(), '.');
  return value;
}

CallResult Client::Perform(ShardId shard, const raft::Command& command) {
  const uint64_t id = (uint64_t{options_.number} << kOperationBits) | ++operations_;
  CHECK_LT(operations_, uint64_t{1} << kOperationBits);
  const HostId host = process_.host().id();
  observer_.Invoked(host, {id,
                           shard,
                           {OperationOf(command.operation), command.client, command.series,
                            command.key, command.value}});
  const bool repeatable = !command.client.none() || command.operation == raft::Operation::kGet;
  CallResult result = caller_.Call(
      {command.client, id, shard, raft::EncodeCommand(command), repeatable, command.series > 0});
  observer_.Returned(host, command.client,
                     {id, shard, result.outcome, result.index, result.response});
  return result;
}

uint64_t Client::ReadAll(uint64_t first, uint64_t step) {
  CHECK_GT(step, 0u);
  uint64_t unanswered = 0;
  for (uint64_t place = first; place <= Shards(); place += step) {
    const ShardId shard = ShardAt(place - 1);
    for (uint64_t number = 0; number < options_.keys; ++number) {
      key_name_ = KeyName(shard, number);
      raft::Command command;
      command.operation = raft::Operation::kGet;
      command.key = key_name_;
      if (Perform(shard, command).outcome != checks::Outcome::kCompleted) ++unanswered;
      if (!options_.reads_each_replica) continue;
      const std::vector<HostId> hosts = observer_.MachinesOf(shard);
      for (const HostId host : hosts) unanswered += ReadAt(host, shard) ? 0 : 1;
    }
  }
  return unanswered;
}

}  // namespace ww::scenarios
