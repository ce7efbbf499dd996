// What an operator asks of the metadata shard. Its controllers carry it out while the operator goes
// on: what it asked for has begun, or waits, when it hears of it.
#include <algorithm>
#include <memory>
#include <utility>

#include "raft/controller/metadata_machine.h"
#include "raft/failover/lease_message.h"
#include "raft/meta/codec.h"
#include "scenarios/workload/operator.h"
#include "sim/base/check.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/world.h"

namespace ww::scenarios {
namespace {

namespace meta = raft::meta;
constexpr uint32_t kCommandAttemptsMax = 40;
constexpr Duration kAwaitPoll = Milliseconds(100);
// Longer than a move takes when nothing is in its way.
constexpr uint32_t kBackAttemptsMax = 20;

bool Has(const std::vector<raft::Member>& members, HostId host) {
  return std::any_of(members.begin(), members.end(),
                     [host](const raft::Member& member) { return member.host == host; });
}

}  // namespace

// A command whose answer was lost is asked again: having had its effect it is refused, or asks for
// what is so already.
std::optional<meta::Result> Operator::Command(const meta::Command& command) {
  const Payload bytes = raft::EncodeMetadataCommand(command);
  HostId host(1);
  for (uint32_t attempts = 1; attempts <= kCommandAttemptsMax; ++attempts) {
    const auto reply = caller_.Propose(host, meta::kMetadataShard, bytes);
    if (reply.has_value() && reply->outcome == raft::Outcome::kCompleted) {
      std::optional<meta::Result> result = meta::DecodeResult(reply->response);
      CHECK(result.has_value());
      return result;
    }
    const HostId next(host.value % options_.hosts + 1);
    host = reply.has_value() && !reply->leader_host.none() ? reply->leader_host : next;
    caller_.Pause(attempts);
  }
  return std::nullopt;
}

Operator::Ending Operator::RequestMoves(const OperatorItem& item,
                                        std::vector<meta::HostMove> moves) {
  if (moves.empty()) return Ending::kNothingToDo;
  const auto result = Command(meta::RequestMove{item.shard, options_.strategy, moves});
  if (!result.has_value()) return Ending::kGivenUp;
  const auto* done = std::get_if<meta::Done>(&*result);
  if (done == nullptr) return Ending::kNothingToDo;
  requested_[item.shard] = {done->migration, std::move(moves)};
  return Ending::kDone;
}

Operator::Ending Operator::Migrate(const OperatorItem& item) {
  const std::optional<Leading> leading = LeaderOf(item.shard);
  if (!leading.has_value()) return Ending::kGivenUp;
  const std::vector<raft::Member>& voters = leading->description.membership.voters;
  if (voters.empty()) return Ending::kNothingToDo;
  const HostId source = item.from.none() ? voters[item.id % voters.size()].host : item.from;
  if (source == item.host) return Ending::kNothingToDo;
  return RequestMoves(item, {{source, item.host}});
}

Operator::Ending Operator::MigrateShard(const OperatorItem& item) {
  const std::optional<Leading> leading = LeaderOf(item.shard);
  if (!leading.has_value()) return Ending::kGivenUp;
  const std::vector<raft::Member>& voters = leading->description.membership.voters;
  std::vector<meta::HostMove> moves;
  HostId target = item.host;
  for (size_t tried = 0; tried < options_.hosts && moves.size() < voters.size(); ++tried) {
    if (!Has(voters, target)) moves.push_back({voters[moves.size()].host, target});
    target = HostId(target.value % options_.hosts + 1);
  }
  return RequestMoves(item, std::move(moves));
}

// Whether that one may lead is for the coordinator to say.
Operator::Ending Operator::Switch(const OperatorItem& item) {
  const auto asked = Command(meta::Failover{meta::RequestSwitch{item.shard, item.host}});
  if (!asked.has_value()) return Ending::kGivenUp;
  return std::holds_alternative<meta::Done>(*asked) ? Ending::kDone : Ending::kNothingToDo;
}

// Nobody is asked, and nobody answers: whoever is at the machine does it.
Operator::Ending Operator::OpenByHand(const OperatorItem& item) {
  auto message = std::make_unique<raft::failover::LeaseMessage>();
  message->step = raft::failover::LeaseStep::kByHand;
  message->shard = item.shard;
  message->grant.length = item.lasting;
  process_.world().network().Send(process_, item.host, std::move(message));
  return Ending::kDone;
}

Operator::Ending Operator::Drain(const OperatorItem& item) {
  const auto drained = Command(meta::RequestDrain{item.host, true});
  if (!drained.has_value()) return Ending::kGivenUp;
  if (!std::holds_alternative<meta::Done>(*drained)) return Ending::kNothingToDo;
  process_.SleepFor(item.lasting);
  return Command(meta::RequestDrain{item.host, false}).has_value() ? Ending::kDone
                                                                   : Ending::kGivenUp;
}

// Looks at what the metadata have come to say, as the harness knows it: asking a cluster that is
// cut in two would tell of the cut.
Operator::Ending Operator::Await(const OperatorItem& item) {
  const LocalTime until = process_.host().LocalNow() + item.lasting;
  while (!observer_.ControlRests()) {
    if (process_.host().LocalNow() >= until) return Ending::kGivenUp;
    process_.SleepFor(kAwaitPoll);
  }
  return Ending::kDone;
}

// Whatever became of the request before: when nothing moved there is nothing to move back,
// which is refused, and as long as it is under way the shard is busy.
Operator::Ending Operator::MigrateBack(const OperatorItem& item) {
  const auto last = requested_.find(item.shard);
  if (last == requested_.end()) return Ending::kNothingToDo;
  std::vector<meta::HostMove> back;
  for (const meta::HostMove& move : last->second.moves) back.push_back({move.target, move.source});
  std::reverse(back.begin(), back.end());
  for (uint32_t attempts = 1; attempts <= kBackAttemptsMax; ++attempts) {
    if (RequestMoves(item, back) == Ending::kDone) return Ending::kDone;
    caller_.Pause(attempts);
  }
  return Ending::kNothingToDo;
}

Operator::Ending Operator::MigrateLeader(const OperatorItem& item) {
  const std::optional<Leading> leading = LeaderOf(item.shard);
  if (!leading.has_value()) return Ending::kGivenUp;
  HostId target = item.host;
  for (size_t tried = 0; tried < options_.hosts; ++tried) {
    if (!Has(leading->description.membership.voters, target)) {
      return RequestMoves(item, {{leading->host, target}});
    }
    target = HostId(target.value % options_.hosts + 1);
  }
  return Ending::kNothingToDo;
}

Operator::Ending Operator::Cancel(const OperatorItem& item) {
  const auto last = requested_.find(item.shard);
  if (last == requested_.end()) return Ending::kNothingToDo;
  const auto result = Command(meta::CancelMigration{last->second.migration});
  if (!result.has_value()) return Ending::kGivenUp;
  return std::holds_alternative<meta::Done>(*result) ? Ending::kDone : Ending::kNothingToDo;
}

// On hosts that are named: what comes later may name them too. They are asked for no more when one
// of them can't take it, which is refused with the reason.
Operator::Ending Operator::Create(const OperatorItem& item) {
  CHECK_LE(options_.voters, options_.hosts);
  meta::RequestCreateShard request{
      item.shard, KeysOf(item.shard), static_cast<uint32_t>(options_.voters), {}};
  HostId host = item.host;
  for (size_t i = 0; i < options_.voters; ++i) {
    request.hosts.push_back(host);
    host = HostId(host.value % options_.hosts + 1);
  }
  std::sort(request.hosts.begin(), request.hosts.end());
  const auto result = Command(request);
  if (!result.has_value()) return Ending::kGivenUp;
  return std::holds_alternative<meta::Done>(*result) ? Ending::kDone : Ending::kNothingToDo;
}

// It runs before anybody knows of it: whoever hears of it first finds it there. One that is known
// already is refused.
Operator::Ending Operator::AddHost(const OperatorItem& item) {
  CHECK(options_.set_up != nullptr);
  options_.set_up(item.host);
  const auto result = Command(meta::AddHost{{item.host, fmt::format("host-{}", item.host)}});
  if (!result.has_value()) return Ending::kGivenUp;
  return std::holds_alternative<meta::Done>(*result) ? Ending::kDone : Ending::kNothingToDo;
}

// The replicas are on their way when leadership is asked for: then it goes where one is already.
Operator::Ending Operator::Crowd(const OperatorItem& item) {
  OperatorItem one = item;
  for (one.shard = ShardId(meta::kMetadataShard.value + 1); one.shard <= options_.last_shard;
       one.shard = one.shard.next()) {
    const std::optional<Leading> leading = LeaderOf(one.shard);
    if (!leading.has_value()) continue;
    if (Has(leading->description.membership.voters, item.host)) {
      HandOverInTheCalm(one);
    } else {
      Migrate(one);
    }
  }
  return Ending::kDone;
}

}  // namespace ww::scenarios
