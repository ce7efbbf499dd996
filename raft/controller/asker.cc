#include "raft/controller/asker.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// So many questions in one life of a process.
constexpr uint32_t kRequestBits = 40;
constexpr uint32_t kLaneBits = 36;
constexpr uint32_t kLanesMax = 1u << (kRequestBits - kLaneBits);

std::optional<uint64_t> RequestOf(const WireMessage& message) {
  if (message.kind() == kAdminReplyKind) return static_cast<const AdminReply&>(message).request;
  if (message.kind() == kClientReplyKind) return static_cast<const ClientReply&>(message).request;
  return std::nullopt;
}

template <class Answer>
std::optional<Answer> As(std::unique_ptr<WireMessage> message) {
  if (message == nullptr) return std::nullopt;
  return std::move(static_cast<Answer&>(*message));
}

}  // namespace

Asker::Asker(ServicePort& port, Duration timeout, uint32_t lane)
    : port_(port),
      timeout_(timeout),
      first_((port.env().incarnation().value << kRequestBits) + (uint64_t{lane} << kLaneBits)) {
  CHECK_GT(timeout.ns, 0);
  CHECK_LT(lane, kLanesMax);
}

std::optional<AdminReply> Asker::Ask(HostId host, ShardId shard, const AdminAction& action,
                                     const ControllerStamp& stamp) {
  return std::move(AskAll({host}, shard, action, stamp).front());
}

std::vector<std::optional<AdminReply>> Asker::AskAll(const std::vector<HostId>& hosts,
                                                     ShardId shard, const AdminAction& action,
                                                     const ControllerStamp& stamp) {
  std::vector<uint64_t> requests;
  for (const HostId host : hosts) {
    auto request = std::make_unique<AdminRequest>();
    request->request = NextRequest();
    request->shard = shard;
    request->action = action;
    request->stamp = stamp;
    requests.push_back(request->request);
    Send(host, requests.back(), std::move(request));
  }
  const LocalTime deadline = Deadline();
  std::vector<std::optional<AdminReply>> answers;
  for (const uint64_t request : requests) {
    answers.push_back(As<AdminReply>(Await(request, kAdminReplyKind, deadline)));
  }
  return answers;
}

std::optional<ClientReply> Asker::Query(HostId host, ShardId shard, std::string_view key) {
  auto query = std::make_unique<ClientQuery>();
  const uint64_t request = query->request = NextRequest();
  query->shard = shard;
  query->key = std::string(key);
  Send(host, request, std::move(query));
  return As<ClientReply>(Await(request, kClientReplyKind, Deadline()));
}

std::optional<ClientReply> Asker::Propose(HostId host, ShardId shard, const Payload& command) {
  auto proposal = std::make_unique<ClientRequest>();
  const uint64_t request = proposal->request = NextRequest();
  proposal->shard = shard;
  proposal->command = command;
  Send(host, request, std::move(proposal));
  return As<ClientReply>(Await(request, kClientReplyKind, Deadline()));
}

void Asker::Send(HostId host, uint64_t request, std::unique_ptr<WireMessage> message) {
  CHECK(!host.none());
  CHECK_LT(waiting_.size(), kWaitingMax);
  waiting_.push_back(std::make_unique<Waiting>());
  waiting_.back()->request = request;
  waiting_.back()->queue = port_.env().tasks().NewWaitQueue();
  if (!closed_) port_.Send(host, std::move(message));
}

// An answer of another kind is no answer to this question.
std::unique_ptr<WireMessage> Asker::Await(uint64_t request, uint32_t kind, LocalTime deadline) {
  Waiting* mine = Find(request);
  CHECK(mine != nullptr);
  while (mine->answer == nullptr && !closed_) {
    if (mine->queue->WaitUntil(deadline) != Wake::kWoken) break;
  }
  const std::unique_ptr<Waiting> done = Take(request);
  const bool fits = done->answer != nullptr && done->answer->kind() == kind;
  return fits ? std::move(done->answer) : nullptr;
}

Asker::Waiting* Asker::Find(uint64_t request) {
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                               [request](const auto& one) { return one->request == request; });
  return at == waiting_.end() ? nullptr : at->get();
}

std::unique_ptr<Asker::Waiting> Asker::Take(uint64_t request) {
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                               [request](const auto& one) { return one->request == request; });
  CHECK(at != waiting_.end());
  std::unique_ptr<Waiting> taken = std::move(*at);
  waiting_.erase(at);
  return taken;
}

void Asker::On(const WireMessage& message) {
  const std::optional<uint64_t> request = RequestOf(message);
  // Whatever other services of this host asked for is no news.
  if (request.has_value() && *request > first_ && *request <= first_ + asked_) {
    Answered(*request, message);
  }
}

void Asker::Answered(uint64_t request, const WireMessage& message) {
  Waiting* waiting = Find(request);
  if (waiting == nullptr) {
    COVER("controller.late_answer");
    return;
  }
  waiting->answer = message.Clone();
  waiting->queue->WakeOne();
}

void Asker::Close() {
  closed_ = true;
  for (const std::unique_ptr<Waiting>& one : waiting_) one->queue->WakeAll();
}

}  // namespace ww::raft
