#include <optional>
#include <utility>

#include "raft/failover/bootstrap_message.h"
#include "raft/failover/lease_message.h"
#include "raft/host/admin.h"
#include "raft/host/founding.h"
#include "raft/host/log_query.h"
#include "raft/host/notices.h"
#include "raft/host/snapshot_messages.h"
#include "raft/host/wire.h"
#include "raft/host/wire_sizes.h"
#include "raft/store/record.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

// Flags other than 0 and 1 are refused, so that equal messages have equal bytes.
std::optional<bool> Flag(ByteReader& in) {
  const uint32_t word = in.Fixed32();
  if (!in.ok() || word > 1) return std::nullopt;
  return word == 1;
}

LogPosition Position(ByteReader& in) {
  LogPosition position;
  position.index = Index(in.Fixed64());
  position.term = Term(in.Fixed64());
  return position;
}

std::optional<MessageBody> DecodeVoteRequest(ByteReader& in) {
  const std::optional<bool> pre_vote = Flag(in);
  const std::optional<bool> transfer = Flag(in);
  if (!pre_vote.has_value() || !transfer.has_value()) return std::nullopt;
  return VoteRequest{*pre_vote, Position(in), *transfer};
}

std::optional<MessageBody> DecodeVoteReply(ByteReader& in) {
  const std::optional<bool> pre_vote = Flag(in);
  const std::optional<bool> granted = Flag(in);
  if (!pre_vote.has_value() || !granted.has_value()) return std::nullopt;
  const Term asked(in.Fixed64());
  return VoteReply{*pre_vote, *granted, asked, Position(in)};
}

std::optional<MessageBody> DecodeAppendRequest(ByteReader& in) {
  AppendRequest body;
  body.previous = Position(in);
  body.commit = Index(in.Fixed64());
  const uint32_t count = in.Fixed32();
  // Each entry takes at least its header, so a hostile count can't make us allocate.
  if (!in.ok() || count > in.remaining() / kEntryHeaderBytes) return std::nullopt;
  body.entries.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    std::optional<Entry> entry = DecodeEntry(in);
    if (!entry.has_value()) return std::nullopt;
    body.entries.push_back(*std::move(entry));
  }
  return body;
}

std::optional<MessageBody> DecodeAppendReply(ByteReader& in) {
  const std::optional<bool> accepted = Flag(in);
  if (!accepted.has_value()) return std::nullopt;
  AppendReply body;
  body.accepted = *accepted;
  body.match = Index(in.Fixed64());
  body.rejected = Index(in.Fixed64());
  body.hint = Position(in);
  return body;
}

std::optional<MessageBody> DecodeHeartbeat(ByteReader& in) {
  Heartbeat body;
  body.commit = Index(in.Fixed64());
  body.round = in.Fixed64();
  body.read_batch = in.Fixed64();
  return body;
}

std::optional<MessageBody> DecodeHeartbeatReply(ByteReader& in) {
  HeartbeatReply body;
  body.round = in.Fixed64();
  body.read_batch = in.Fixed64();
  return body;
}

std::optional<MessageBody> DecodeReadReply(ByteReader& in) {
  ReadReply body;
  body.context = ReadContext(in.Fixed64());
  body.index = Index(in.Fixed64());
  return body;
}

std::optional<MessageBody> DecodeTimeoutNow(ByteReader& in) {
  TimeoutNow body;
  body.last = Position(in);
  body.round = in.Fixed64();
  return body;
}

std::optional<MessageBody> DecodeBody(MessageKind kind, ByteReader& in) {
  switch (kind) {
    case MessageKind::kVoteRequest:
      return DecodeVoteRequest(in);
    case MessageKind::kVoteReply:
      return DecodeVoteReply(in);
    case MessageKind::kAppendRequest:
      return DecodeAppendRequest(in);
    case MessageKind::kAppendReply:
      return DecodeAppendReply(in);
    case MessageKind::kHeartbeat:
      return DecodeHeartbeat(in);
    case MessageKind::kHeartbeatReply:
      return DecodeHeartbeatReply(in);
    case MessageKind::kQuiesce:
      return Quiesce{Position(in)};
    case MessageKind::kReadRequest:
      return ReadRequest{ReadContext(in.Fixed64())};
    case MessageKind::kReadReply:
      return DecodeReadReply(in);
    case MessageKind::kTimeoutNow:
      return DecodeTimeoutNow(in);
  }
  UNREACHABLE();
}

std::unique_ptr<WireMessage> DecodePeer(uint32_t kind, ByteReader& in) {
  CHECK_LT(kind, kPeerKinds);
  auto peer = std::make_unique<PeerMessage>();
  peer->shard = ShardId(in.Fixed64());
  peer->from_host = HostId(in.Fixed64());
  peer->message.from = ReplicaId(in.Fixed64());
  peer->message.to = ReplicaId(in.Fixed64());
  peer->message.term = Term(in.Fixed64());
  std::optional<MessageBody> body = DecodeBody(static_cast<MessageKind>(kind), in);
  if (!body.has_value()) return nullptr;
  peer->message.body = *std::move(body);
  return peer;
}

std::unique_ptr<WireMessage> DecodeHostBeat(ByteReader& in) {
  auto beat = std::make_unique<HostBeat>();
  beat->from_host = HostId(in.Fixed64());
  beat->pulse.incarnation = Incarnation(in.Fixed64());
  beat->pulse.stops = in.Fixed64();
  const uint32_t count = in.Fixed32();
  if (!in.ok() || count > in.remaining() / kPeerHeaderBytes) return nullptr;
  beat->messages.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t kind = in.Fixed32();
    if (!in.ok() || !TravelsInBeats(kind)) return nullptr;
    const std::unique_ptr<WireMessage> message = DecodePeer(kind, in);
    if (message == nullptr) return nullptr;
    beat->messages.push_back(std::move(static_cast<PeerMessage&>(*message)));
  }
  return beat;
}

std::unique_ptr<WireMessage> DecodeRequest(ByteReader& in) {
  auto request = std::make_unique<ClientRequest>();
  request->request = in.Fixed64();
  request->shard = ShardId(in.Fixed64());
  const uint32_t bytes = in.Fixed32();
  const std::string_view command = in.Raw(bytes);
  if (!in.ok()) return nullptr;
  request->command = Payload::Copy(command);
  return request;
}

std::unique_ptr<WireMessage> DecodeQuery(ByteReader& in) {
  auto query = std::make_unique<ClientQuery>();
  query->request = in.Fixed64();
  query->shard = ShardId(in.Fixed64());
  const uint32_t consistency = in.Fixed32();
  const uint32_t bytes = in.Fixed32();
  const std::string_view key = in.Raw(bytes);
  if (!in.ok() || consistency > static_cast<uint32_t>(Consistency::kStale)) return nullptr;
  query->consistency = static_cast<Consistency>(consistency);
  query->key = std::string(key);
  return query;
}

std::unique_ptr<WireMessage> DecodeReply(ByteReader& in) {
  auto reply = std::make_unique<ClientReply>();
  reply->request = in.Fixed64();
  reply->shard = ShardId(in.Fixed64());
  const uint32_t outcome = in.Fixed32();
  reply->leader_host = HostId(in.Fixed64());
  reply->index = in.Fixed64();
  const uint32_t bytes = in.Fixed32();
  const std::string_view response = in.Raw(bytes);
  if (!in.ok() || outcome > static_cast<uint32_t>(kLastOutcome)) return nullptr;
  reply->outcome = static_cast<Outcome>(outcome);
  reply->response = std::string(response);
  return reply;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WireMessage>> DecodeWire(std::string_view bytes) {
  ByteReader in(bytes);
  const uint32_t kind = in.Fixed32();
  std::unique_ptr<WireMessage> message;
  if (!in.ok()) return absl::InvalidArgumentError("a message is shorter than its kind");
  if (kind == kClientRequestKind) {
    message = DecodeRequest(in);
  } else if (kind == kClientReplyKind) {
    message = DecodeReply(in);
  } else if (kind == kClientQueryKind) {
    message = DecodeQuery(in);
  } else if (kind == kAdminRequestKind) {
    message = DecodeAdminRequest(in);
  } else if (kind == kAdminReplyKind) {
    message = DecodeAdminReply(in);
  } else if (kind == kRemovalQuestionKind) {
    message = DecodeRemovalQuestion(in);
  } else if (kind == kRemovalNoticeKind) {
    message = DecodeRemovalNotice(in);
  } else if (kind == kFoundingClaimKind) {
    message = DecodeFoundingClaim(in);
  } else if (kind == kFoundingVerdictKind) {
    message = DecodeFoundingVerdict(in);
  } else if (kind == kHostBeatKind) {
    message = DecodeHostBeat(in);
  } else if (kind == kSnapshotChunkKind) {
    message = DecodeSnapshotChunk(in);
  } else if (kind == kSnapshotAnswerKind) {
    message = DecodeSnapshotAnswer(in);
  } else if (kind == kLogQueryKind) {
    message = DecodeLogQuery(in);
  } else if (kind == kLogAnswerKind) {
    message = DecodeLogAnswer(in);
  } else if (kind == failover::kBootstrapKind) {
    message = failover::DecodeBootstrapMessage(in);
  } else if (kind == failover::kLeaseKind) {
    message = failover::DecodeLeaseMessage(in);
  } else if (kind < kPeerKinds) {
    message = DecodePeer(kind, in);
  } else {
    return absl::InvalidArgumentError(fmt::format("message kind {} is unknown", kind));
  }
  if (message == nullptr || !in.ok() || in.remaining() != 0) {
    return absl::InvalidArgumentError(
        fmt::format("a message of kind {} with {} bytes is malformed", kind, bytes.size()));
  }
  CHECK_EQ(message->encoded_size(), bytes.size());
  return message;
}

}  // namespace ww::raft
