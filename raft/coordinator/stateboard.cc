#include "raft/coordinator/stateboard.h"

#include <algorithm>
#include <utility>

#include "raft/controller/metadata_machine.h"
#include "raft/meta/codec.h"
#include "raft/meta/metadata.h"
#include "sim/base/check.h"

namespace ww::raft::failover {

Stateboard::Stateboard(Env& env, Asker& asker, Options options)
    : env_(env), asker_(asker), options_(std::move(options)) {
  CHECK(!options_.hosts.empty());
  CHECK_GT(options_.pause.ns, 0);
}

void Stateboard::TryAnother(HostId hint) {
  const auto at = std::find(options_.hosts.begin(), options_.hosts.end(), hint);
  if (at != options_.hosts.end()) {
    at_ = static_cast<size_t>(at - options_.hosts.begin());
  } else {
    at_ = (at_ + 1) % options_.hosts.size();
  }
  env_.tasks().SleepFor(options_.pause);
}

std::optional<meta::FailoverState> Stateboard::Read(LocalTime deadline) {
  while (!asker_.closed() && env_.clock().Now() < deadline) {
    const auto reply = asker_.Query(Whom(), meta::kMetadataShard, meta::kFailoverQuery);
    if (reply.has_value() && reply->outcome == Outcome::kCompleted) {
      std::optional<meta::FailoverState> state = meta::DecodeFailover(reply->response);
      if (state.has_value()) return state;
    }
    TryAnother(HostId());
  }
  return std::nullopt;
}

std::optional<meta::Result> Stateboard::Submit(const meta::FailoverAction& action,
                                               LocalTime deadline) {
  const Payload command = EncodeMetadataCommand(meta::Failover{action});
  while (!asker_.closed() && env_.clock().Now() < deadline) {
    const auto reply = asker_.Propose(Whom(), meta::kMetadataShard, command);
    if (reply.has_value() && reply->outcome == Outcome::kCompleted) {
      std::optional<meta::Result> result = meta::DecodeResult(reply->response);
      if (result.has_value()) return result;
    }
    TryAnother(reply.has_value() ? reply->leader_host : HostId());
  }
  return std::nullopt;
}

}  // namespace ww::raft::failover
