#include "scenarios/workload/admin_caller.h"

#include <algorithm>
#include <memory>

#include "scenarios/sites.h"
#include "sim/base/check.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/world.h"

namespace ww::scenarios {
namespace {

constexpr Duration kPauseMin = Milliseconds(50);
constexpr Duration kPauseMax = Milliseconds(800);
constexpr uint32_t kDoublingsMax = 4;

}  // namespace

AdminCaller::AdminCaller(sim::Process& process, RunObserver& observer, Duration timeout)
    : process_(process),
      observer_(observer),
      timeout_(timeout),
      mailbox_(process),
      backoff_(
          process.world().decisions().Open(sites::kOperatorBackoff, process.host().id().value)) {
  CHECK_GT(timeout.ns, 0);
}

std::optional<raft::AdminReply> AdminCaller::Ask(HostId host, ShardId shard,
                                                 const raft::AdminAction& action) {
  Tell(host, shard, action);
  return AwaitReply(requests_);
}

std::optional<raft::ClientReply> AdminCaller::Propose(HostId host, ShardId shard,
                                                      const Payload& command) {
  auto message = std::make_unique<raft::ClientRequest>();
  const uint64_t request = ++requests_;
  message->request = request;
  message->shard = shard;
  message->command = command;
  process_.world().network().Send(process_, host, std::move(message));
  const LocalTime deadline = process_.host().LocalNow() + timeout_;
  while (const std::optional<sim::Arrival> arrival = mailbox_.Receive(deadline)) {
    if (arrival->message->kind() != raft::kClientReplyKind) continue;
    const auto& reply = static_cast<const raft::ClientReply&>(*arrival->message);
    if (reply.request == request) return reply;
  }
  return std::nullopt;
}

void AdminCaller::Tell(HostId host, ShardId shard, const raft::AdminAction& action) {
  auto message = std::make_unique<raft::AdminRequest>();
  message->request = ++requests_;
  message->shard = shard;
  message->action = action;
  observer_.AdminAsked(process_.host().id(), host, *message);
  process_.world().network().Send(process_, host, std::move(message));
}

std::optional<raft::AdminReply> AdminCaller::AwaitReply(uint64_t request) {
  const LocalTime deadline = process_.host().LocalNow() + timeout_;
  while (true) {
    const std::optional<sim::Arrival> arrival = mailbox_.Receive(deadline);
    if (!arrival.has_value()) return std::nullopt;
    if (arrival->message->kind() != raft::kAdminReplyKind) continue;
    const auto& reply = static_cast<const raft::AdminReply&>(*arrival->message);
    CHECK_LE(reply.request, request);
    if (reply.request != request) continue;
    observer_.AdminAnswered(process_.host().id(), arrival->from, reply);
    return reply;
  }
}

void AdminCaller::Pause(uint32_t attempts) {
  const Duration usual =
      std::min(kPauseMin * (int64_t{1} << std::min(attempts, kDoublingsMax)), kPauseMax);
  const uint64_t extra =
      process_.world().decisions().Uniform(backoff_, static_cast<uint64_t>(usual.ns));
  process_.SleepFor(usual + Nanoseconds(static_cast<int64_t>(extra)));
}

}  // namespace ww::scenarios
