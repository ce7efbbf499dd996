#include "raft/core/messages.h"

#include "sim/base/check.h"

namespace ww::raft {

static_assert(std::variant_size_v<MessageBody> == 10, "MessageKind names every alternative");

const char* NameOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kVoteRequest:
      return "VoteRequest";
    case MessageKind::kVoteReply:
      return "VoteReply";
    case MessageKind::kAppendRequest:
      return "AppendRequest";
    case MessageKind::kAppendReply:
      return "AppendReply";
    case MessageKind::kHeartbeat:
      return "Heartbeat";
    case MessageKind::kHeartbeatReply:
      return "HeartbeatReply";
    case MessageKind::kQuiesce:
      return "Quiesce";
    case MessageKind::kReadRequest:
      return "ReadRequest";
    case MessageKind::kReadReply:
      return "ReadReply";
    case MessageKind::kTimeoutNow:
      return "TimeoutNow";
  }
  UNREACHABLE("message kind {}", static_cast<int>(kind));
}

}  // namespace ww::raft
