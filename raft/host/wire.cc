#include "raft/host/wire.h"

#include <utility>

#include "raft/failover/bootstrap_message.h"
#include "raft/failover/lease_message.h"
#include "raft/host/admin.h"
#include "raft/host/founding.h"
#include "raft/host/log_query.h"
#include "raft/host/notices.h"
#include "raft/host/snapshot_messages.h"
#include "raft/host/wire_sizes.h"
#include "raft/store/record.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

// Digests are sums of products of two fields each, salted by their place: independent of each
// other, so that they overlap in the processor; a chain took three times as long. Runs of entries
// bring their own digest, so nothing is hashed twice.
constexpr uint64_t Pair(uint64_t place, uint64_t a, uint64_t b) {
  const uint64_t salt = place * 0x9e3779b97f4a7c15ULL;
  return MultiplyFold(a ^ (salt + 0xa0761d6478bd642fULL), b ^ (salt + 0xe7037ed1a0b428dbULL));
}

struct BodyDigest {
  uint64_t operator()(const VoteRequest& body) const {
    return Pair(4, body.last.index.value, body.last.term.value) +
           Pair(5, body.pre_vote, body.transfer);
  }
  uint64_t operator()(const VoteReply& body) const {
    return Pair(6, (uint64_t{body.pre_vote} << 1) | uint64_t{body.granted},
                body.request_term.value) +
           Pair(14, body.committed.index.value, body.committed.term.value);
  }
  uint64_t operator()(const AppendRequest& body) const {
    return Pair(7, body.previous.index.value, body.previous.term.value) +
           Pair(8, body.commit.value, body.entries.digest());
  }
  uint64_t operator()(const AppendReply& body) const {
    return Pair(9, body.match.value, body.rejected.value) +
           Pair(10, body.hint.index.value, body.hint.term.value) + Pair(11, body.accepted, 0);
  }
  uint64_t operator()(const Heartbeat& body) const {
    return Pair(12, body.commit.value, body.round) + Pair(14, body.read_batch, 0);
  }
  uint64_t operator()(const HeartbeatReply& body) const {
    return Pair(13, body.round, body.read_batch);
  }
  uint64_t operator()(const ReadRequest& body) const { return Pair(4, body.context.value, 0); }
  uint64_t operator()(const ReadReply& body) const {
    return Pair(4, body.context.value, body.index.value);
  }
  uint64_t operator()(const TimeoutNow& body) const {
    return Pair(4, body.last.index.value, body.last.term.value) + Pair(5, body.round, 0);
  }
  uint64_t operator()(const Quiesce& body) const {
    return Pair(14, body.last.index.value, body.last.term.value);
  }
};

void Put(ByteWriter& out, const LogPosition& position) {
  out.Fixed64(position.index.value);
  out.Fixed64(position.term.value);
}

struct BodyEncoder {
  ByteWriter& out;
  void operator()(const VoteRequest& body) const {
    out.Fixed32(body.pre_vote ? 1 : 0);
    out.Fixed32(body.transfer ? 1 : 0);
    Put(out, body.last);
  }
  void operator()(const VoteReply& body) const {
    out.Fixed32(body.pre_vote ? 1 : 0);
    out.Fixed32(body.granted ? 1 : 0);
    out.Fixed64(body.request_term.value);
    Put(out, body.committed);
  }
  void operator()(const AppendRequest& body) const {
    Put(out, body.previous);
    out.Fixed64(body.commit.value);
    out.Fixed32(static_cast<uint32_t>(body.entries.size()));
    for (const Entry& entry : body.entries) EncodeEntry(entry, out);
  }
  void operator()(const AppendReply& body) const {
    out.Fixed32(body.accepted ? 1 : 0);
    out.Fixed64(body.match.value);
    out.Fixed64(body.rejected.value);
    Put(out, body.hint);
  }
  void operator()(const Heartbeat& body) const {
    out.Fixed64(body.commit.value);
    out.Fixed64(body.round);
    out.Fixed64(body.read_batch);
  }
  void operator()(const HeartbeatReply& body) const {
    out.Fixed64(body.round);
    out.Fixed64(body.read_batch);
  }
  void operator()(const ReadRequest& body) const { out.Fixed64(body.context.value); }
  void operator()(const ReadReply& body) const {
    out.Fixed64(body.context.value);
    out.Fixed64(body.index.value);
  }
  void operator()(const TimeoutNow& body) const {
    Put(out, body.last);
    out.Fixed64(body.round);
  }
  void operator()(const Quiesce& body) const { Put(out, body.last); }
};

}  // namespace

const char* NameOfWireKind(uint32_t kind) {
  if (kind == kClientRequestKind) return "client_request";
  if (kind == kClientReplyKind) return "client_reply";
  if (kind == kAdminRequestKind) return "admin_request";
  if (kind == kAdminReplyKind) return "admin_reply";
  if (kind == kRemovalQuestionKind) return "removal_question";
  if (kind == kRemovalNoticeKind) return "removal_notice";
  if (kind == kHostBeatKind) return "host_beat";
  if (kind == kFoundingClaimKind) return "founding_claim";
  if (kind == kFoundingVerdictKind) return "founding_verdict";
  if (kind == kClientQueryKind) return "client_query";
  if (kind == kSnapshotChunkKind) return "snapshot_chunk";
  if (kind == kSnapshotAnswerKind) return "snapshot_answer";
  if (kind == kLogQueryKind) return "log_query";
  if (kind == kLogAnswerKind) return "log_answer";
  if (kind == failover::kBootstrapKind) return "bootstrap";
  if (kind == failover::kLeaseKind) return "lease";
  CHECK_LT(kind, kPeerKinds);
  return NameOf(static_cast<MessageKind>(kind));
}

std::vector<std::string> WireKindNames() {
  std::vector<std::string> names(failover::kLeaseKind + 1);
  for (uint32_t kind = 0; kind < kPeerKinds; ++kind) names[kind] = NameOfWireKind(kind);
  for (uint32_t kind = kClientRequestKind; kind <= kRemovalNoticeKind; ++kind) {
    names[kind] = NameOfWireKind(kind);
  }
  for (const uint32_t kind :
       {kHostBeatKind, kSnapshotChunkKind, kSnapshotAnswerKind, kLogQueryKind, kLogAnswerKind,
        kFoundingClaimKind, kFoundingVerdictKind, failover::kBootstrapKind, failover::kLeaseKind}) {
    names[kind] = NameOfWireKind(kind);
  }
  return names;
}

uint32_t PeerMessage::kind() const { return static_cast<uint32_t>(KindOf(message)); }

size_t PeerMessage::encoded_size() const {
  const size_t fixed = kPeerHeaderBytes + kPeerBodyBytes[message.body.index()];
  const auto* append = std::get_if<AppendRequest>(&message.body);
  if (append == nullptr) return fixed;
  size_t bytes = fixed;
  for (const Entry& entry : append->entries) bytes += EncodedSize(entry);
  return bytes;
}

uint64_t PeerMessage::digest() const {
  return Pair(1, shard.value, from_host.value) + Pair(2, message.from.value, message.to.value) +
         Pair(3, message.term.value, message.body.index()) + std::visit(BodyDigest{}, message.body);
}

std::unique_ptr<WireMessage> PeerMessage::Clone() const {
  return std::make_unique<PeerMessage>(*this);
}

void PeerMessage::Encode(ByteWriter& out) const {
  const size_t start = out.size();
  out.Fixed32(kind());
  out.Fixed64(shard.value);
  out.Fixed64(from_host.value);
  out.Fixed64(message.from.value);
  out.Fixed64(message.to.value);
  out.Fixed64(message.term.value);
  std::visit(BodyEncoder{out}, message.body);
  CHECK_EQ(out.size() - start, encoded_size());
}

bool TravelsInBeats(uint32_t kind) {
  return kind == static_cast<uint32_t>(MessageKind::kHeartbeat) ||
         kind == static_cast<uint32_t>(MessageKind::kHeartbeatReply) ||
         kind == static_cast<uint32_t>(MessageKind::kQuiesce);
}

size_t HostBeat::encoded_size() const {
  size_t bytes = kHostBeatBytes;
  for (const PeerMessage& message : messages) bytes += message.encoded_size();
  return bytes;
}

// Salted by place, so that an exchange of two messages shows.
uint64_t HostBeat::digest() const {
  uint64_t digest = Pair(kHostBeatKind, from_host.value, messages.size()) +
                    Pair(kHostBeatKind + 1, pulse.incarnation.value, pulse.stops);
  uint64_t place = kHostBeatKind + 2;
  for (const PeerMessage& message : messages) digest += Pair(place++, message.digest(), 0);
  return digest;
}

std::unique_ptr<WireMessage> HostBeat::Clone() const { return std::make_unique<HostBeat>(*this); }

void HostBeat::Encode(ByteWriter& out) const {
  const size_t start = out.size();
  out.Fixed32(kHostBeatKind);
  out.Fixed64(from_host.value);
  out.Fixed64(pulse.incarnation.value);
  out.Fixed64(pulse.stops);
  out.Fixed32(static_cast<uint32_t>(messages.size()));
  for (const PeerMessage& message : messages) message.Encode(out);
  CHECK_EQ(out.size() - start, encoded_size());
}

size_t ClientRequest::encoded_size() const { return kClientRequestBytes + command.size(); }

uint64_t ClientRequest::digest() const {
  return Pair(kClientRequestKind, request, shard.value) +
         Pair(kClientRequestKind + 1, command.digest(), command.size());
}

std::unique_ptr<WireMessage> ClientRequest::Clone() const {
  return std::make_unique<ClientRequest>(*this);
}

void ClientRequest::Encode(ByteWriter& out) const {
  CHECK_LE(command.size(), size_t{UINT32_MAX});
  const size_t start = out.size();
  out.Fixed32(kClientRequestKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed32(static_cast<uint32_t>(command.size()));
  out.Raw(command.view());
  CHECK_EQ(out.size() - start, encoded_size());
}

size_t ClientQuery::encoded_size() const { return kClientQueryBytes + key.size(); }

uint64_t ClientQuery::digest() const {
  return Pair(kClientQueryKind, request, shard.value) +
         Pair(kClientQueryKind + 1, HashBytes(key), static_cast<uint64_t>(consistency));
}

std::unique_ptr<WireMessage> ClientQuery::Clone() const {
  return std::make_unique<ClientQuery>(*this);
}

void ClientQuery::Encode(ByteWriter& out) const {
  CHECK_LE(key.size(), size_t{UINT32_MAX});
  const size_t start = out.size();
  out.Fixed32(kClientQueryKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed32(static_cast<uint32_t>(consistency));
  out.Fixed32(static_cast<uint32_t>(key.size()));
  out.Raw(key);
  CHECK_EQ(out.size() - start, encoded_size());
}

size_t ClientReply::encoded_size() const { return kClientReplyBytes + response.size(); }

uint64_t ClientReply::digest() const {
  const uint64_t place = kClientReplyKind * 2;
  return Pair(place, request, shard.value) + Pair(place + 1, leader_host.value, index) +
         Pair(place + 2, static_cast<uint64_t>(outcome), HashBytes(response));
}

std::unique_ptr<WireMessage> ClientReply::Clone() const {
  return std::make_unique<ClientReply>(*this);
}

void ClientReply::Encode(ByteWriter& out) const {
  CHECK_LE(response.size(), size_t{UINT32_MAX});
  const size_t start = out.size();
  out.Fixed32(kClientReplyKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed32(static_cast<uint32_t>(outcome));
  out.Fixed64(leader_host.value);
  out.Fixed64(index);
  out.Fixed32(static_cast<uint32_t>(response.size()));
  out.Raw(response);
  CHECK_EQ(out.size() - start, encoded_size());
}

}  // namespace ww::raft
