// Bootstrap: what it answers others, and how it asks.
#include <algorithm>
#include <utility>

#include "raft/failover/bootstrap.h"
#include "raft/failover/choice.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft::failover {
namespace {

// So many questions in one life of a process; lanes as in raft/controller/asker.h.
constexpr uint32_t kRequestBits = 40;
constexpr uint32_t kLaneBits = 36;

}  // namespace

// --- Answering ---

void Bootstrap::On(HostId from, const WireMessage& message) {
  uint64_t request = 0;
  std::optional<Stance> stance;
  std::optional<AdminReply> reply;
  if (message.kind() == kAdminReplyKind) {
    reply = static_cast<const AdminReply&>(message);
    request = reply->request;
  } else if (message.kind() == kBootstrapKind) {
    const auto& said = static_cast<const BootstrapMessage&>(message);
    if (said.shard != options_.shard) return;
    if (said.step != BootstrapStep::kAnswer) {
      if (work_.size() < kWorkMax) work_.push_back({from, said});
      return work_came_->WakeOne();
    }
    stance = said.stance;
    request = said.request;
  }
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                               [request](const Waiting& one) { return one.request == request; });
  if (at == waiting_.end()) return;
  at->stance = stance;
  at->reply = std::move(reply);
  answer_came_->WakeAll();
}

void Bootstrap::Serve() {
  while (!stopped_) {
    if (work_.empty()) {
      work_came_->Wait();
      continue;
    }
    const Work work = std::move(work_.front());
    work_.pop_front();
    if (work.message.step == BootstrapStep::kQuestion) {
      AnswerQuestion(work);
    } else {
      AcceptInvitation(work);
    }
  }
}

void Bootstrap::AnswerQuestion(const Work& work) {
  const std::optional<ShardDescription> mine = DescribeMyself();
  if (!mine.has_value() || stopped_) return;
  const BootstrapMessage& message = work.message;
  const Answer said =
      AnswerTo(Own(*mine), {work.from, message.stance.identity, message.by_all, message.given_up});
  if (said.promise.has_value()) {
    const bool other = promise_.has_value() && promise_->identity != said.promise->identity;
    if (other) COVER("failover.promise_given_up");
    if (!Keep(*said.promise)) return;
  }
  auto answer = std::make_unique<BootstrapMessage>();
  answer->step = BootstrapStep::kAnswer;
  answer->request = message.request;
  answer->shard = options_.shard;
  answer->stance = said.stance;
  port_->Send(work.from, std::move(answer));
}

// Into the shard that it agreed to, or, having agreed to none, into whichever asks first; that it
// was invited is durable before anything of the replica can be.
void Bootstrap::AcceptInvitation(const Work& work) {
  const BootstrapMessage& message = work.message;
  const std::optional<ShardDescription> mine = DescribeMyself();
  if (!mine.has_value() || stopped_ || !mine->replica.none() || !mine->recorded.empty()) return;
  if (config_.Find(name_)->isolated) return;
  const Promise invited{message.stance.creator, message.stance.identity, true, false};
  if (invited.creator.none() || invited.identity.none()) return;
  if (!MayJoin(Own(*mine), invited.identity, message.joined)) {
    COVER("failover.foreign_invitation");
    return;
  }
  if (promise_ != invited && !Keep(invited)) return;
  Say(BootstrapEvent::Kind::kJoins, invited.creator, invited.identity);
  AskHost(self_, StartReplica{
                     message.replica, true, MemberRole::kNonVoting, {}, message.ask, message.disk});
}

OwnState Bootstrap::Own(const ShardDescription& mine) const {
  return {HasData(mine), promise_, Chosen(), self_, creating_};
}

// Who could not write it down has promised nothing, and may be asked again.
bool Bootstrap::Keep(const Promise& promise) {
  if (creating_) return false;
  keeping_ = true;
  const absl::Status kept = file_->Keep(promise);
  keeping_ = false;
  if (!kept.ok() || stopped_) {
    COVER("failover.promise_not_kept");
    return false;
  }
  promise_ = promise;
  Say(BootstrapEvent::Kind::kPromised, promise.creator, promise.identity);
  return true;
}

// --- Asking ---

uint64_t Bootstrap::NextRequest() {
  const uint64_t first =
      (env().incarnation().value << kRequestBits) + (uint64_t{options_.lane} << kLaneBits);
  return first + ++asked_;
}

uint64_t Bootstrap::Send(HostId to, const AdminAction& action) {
  auto request = std::make_unique<AdminRequest>();
  request->request = NextRequest();
  request->shard = options_.shard;
  request->action = action;
  const uint64_t number = request->request;
  waiting_.push_back({number, {}, {}});
  CHECK_LE(waiting_.size(), kWaitingMax);
  port_->Send(to, std::move(request));
  return number;
}

uint64_t Bootstrap::Send(HostId to, const Question& what) {
  auto question = std::make_unique<BootstrapMessage>();
  question->request = NextRequest();
  question->shard = options_.shard;
  question->stance.creator = self_;
  question->stance.identity = what.identity;
  question->by_all = what.by_all;
  question->given_up = what.given_up;
  const uint64_t number = question->request;
  waiting_.push_back({number, {}, {}});
  CHECK_LE(waiting_.size(), kWaitingMax);
  port_->Send(to, std::move(question));
  return number;
}

std::vector<Bootstrap::Waiting> Bootstrap::Await(const std::vector<uint64_t>& requests,
                                                 LocalTime deadline) {
  const auto asked = [&requests](const Waiting& one) {
    return std::find(requests.begin(), requests.end(), one.request) != requests.end();
  };
  const auto open = [&asked](const Waiting& one) { return asked(one) && !one.answered(); };
  while (!stopped_ && std::any_of(waiting_.begin(), waiting_.end(), open)) {
    if (answer_came_->WaitUntil(deadline) != Wake::kWoken) break;
  }
  // They were asked in this order.
  std::vector<Waiting> answers;
  std::copy_if(waiting_.begin(), waiting_.end(), std::back_inserter(answers), asked);
  std::erase_if(waiting_, asked);
  CHECK_EQ(answers.size(), requests.size());
  return answers;
}

std::optional<AdminReply> Bootstrap::AskHost(HostId to, const AdminAction& action) {
  // A change of membership takes as long as its entry.
  constexpr int64_t kPausesWaited = 10;
  return std::move(Await({Send(to, action)}, In(options_.pause * kPausesWaited)).front().reply);
}

std::optional<ShardDescription> Bootstrap::DescribeMyself() {
  const std::optional<AdminReply> reply = AskHost(self_, Describe{});
  return reply.has_value() ? reply->description : std::nullopt;
}

std::vector<PeerStance> Bootstrap::AskInstances(const std::vector<HostId>& hosts,
                                                const Question& what, LocalTime deadline) {
  std::vector<uint64_t> requests;
  for (const HostId host : hosts) requests.push_back(Send(host, what));
  const std::vector<Waiting> answers = Await(requests, deadline);
  std::vector<PeerStance> stances;
  for (size_t i = 0; i < hosts.size(); ++i) stances.push_back({hosts[i], answers[i].stance});
  return stances;
}

}  // namespace ww::raft::failover
