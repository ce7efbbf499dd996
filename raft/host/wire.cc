#include "raft/host/wire.h"

#include <utility>

#include "raft/host/wire_sizes.h"
#include "raft/store/record.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

// Digests take one word a field. Payloads bring their own digest, so nothing is hashed twice.
uint64_t Mix(uint64_t state, const LogPosition& position) {
  return Absorb(Absorb(state, position.index.value), position.term.value);
}

struct BodyDigest {
  uint64_t state;
  uint64_t operator()(const VoteRequest& body) const {
    return Mix(Absorb(state, body.pre_vote), body.last);
  }
  uint64_t operator()(const VoteReply& body) const {
    return Absorb(Absorb(state, (uint64_t{body.pre_vote} << 1) | uint64_t{body.granted}),
                  body.request_term.value);
  }
  uint64_t operator()(const AppendRequest& body) const {
    uint64_t digest = Absorb(Mix(state, body.previous), body.commit.value);
    for (const Entry& entry : body.entries) {
      digest = Absorb(Absorb(digest, entry.term.value), static_cast<uint64_t>(entry.type));
      digest = Absorb(digest, entry.payload.digest());
    }
    return digest;
  }
  uint64_t operator()(const AppendReply& body) const {
    const uint64_t digest = Absorb(Absorb(state, body.accepted), body.match.value);
    return Mix(Absorb(digest, body.rejected.value), body.hint);
  }
  uint64_t operator()(const Heartbeat& body) const {
    return Absorb(Absorb(state, body.commit.value), body.round);
  }
  uint64_t operator()(const HeartbeatReply& body) const { return Absorb(state, body.round); }
};

void Put(ByteWriter& out, const LogPosition& position) {
  out.Fixed64(position.index.value);
  out.Fixed64(position.term.value);
}

struct BodyEncoder {
  ByteWriter& out;
  void operator()(const VoteRequest& body) const {
    out.Fixed32(body.pre_vote ? 1 : 0);
    Put(out, body.last);
  }
  void operator()(const VoteReply& body) const {
    out.Fixed32(body.pre_vote ? 1 : 0);
    out.Fixed32(body.granted ? 1 : 0);
    out.Fixed64(body.request_term.value);
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
  }
  void operator()(const HeartbeatReply& body) const { out.Fixed64(body.round); }
};

}  // namespace

const char* NameOfWireKind(uint32_t kind) {
  if (kind == kClientRequestKind) return "client_request";
  if (kind == kClientReplyKind) return "client_reply";
  CHECK_LT(kind, kPeerKinds);
  return NameOf(static_cast<MessageKind>(kind));
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
  uint64_t state = Absorb(message.body.index(), shard.value);
  state = Absorb(Absorb(state, message.from.value), message.to.value);
  state = Absorb(Absorb(state, message.term.value), from_host.value);
  return std::visit(BodyDigest{state}, message.body);
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

size_t ClientRequest::encoded_size() const { return kClientRequestBytes + command.size(); }

uint64_t ClientRequest::digest() const {
  return Absorb(Absorb(Absorb(kClientRequestKind, request), shard.value), command.digest());
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

size_t ClientReply::encoded_size() const { return kClientReplyBytes + response.size(); }

uint64_t ClientReply::digest() const {
  uint64_t state = Absorb(Absorb(kClientReplyKind, request), shard.value);
  state = Absorb(Absorb(state, static_cast<uint64_t>(outcome)), leader_host.value);
  return Absorb(Absorb(state, index), HashBytes(response));
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
