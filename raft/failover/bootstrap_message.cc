#include "raft/failover/bootstrap_message.h"

#include "sim/base/check.h"

namespace ww::raft::failover {

void BootstrapMessage::Encode(ByteWriter& out) const {
  CHECK_LE(ask.size(), kHostsTold);
  out.Fixed32(kind());
  out.Fixed8(static_cast<uint8_t>(step));
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed8(static_cast<uint8_t>(stance.standing));
  out.Fixed64(stance.creator.value);
  out.Fixed64(stance.identity.value);
  out.Fixed64(replica.value);
  out.Fixed64(disk.value);
  out.Fixed64(ask.size());
  for (const HostId host : ask) out.Fixed64(host.value);
}

// Rare: size and digest are taken from the encoding.
size_t BootstrapMessage::encoded_size() const {
  ByteWriter out;
  Encode(out);
  return out.size();
}

uint64_t BootstrapMessage::digest() const {
  ByteWriter out;
  Encode(out);
  return DigestBytes(out.view());
}

std::unique_ptr<WireMessage> BootstrapMessage::Clone() const {
  return std::make_unique<BootstrapMessage>(*this);
}

std::unique_ptr<WireMessage> DecodeBootstrapMessage(ByteReader& in) {
  auto message = std::make_unique<BootstrapMessage>();
  const uint8_t step = in.Fixed8();
  message->request = in.Fixed64();
  message->shard = ShardId(in.Fixed64());
  const uint8_t standing = in.Fixed8();
  message->stance.creator = HostId(in.Fixed64());
  message->stance.identity = ShardIdentity(in.Fixed64());
  message->replica = ReplicaId(in.Fixed64());
  message->disk = DiskId(in.Fixed64());
  const uint64_t hosts = in.Fixed64();
  const bool known = step <= static_cast<uint8_t>(BootstrapStep::kInvitation) &&
                     standing <= static_cast<uint8_t>(kLastStanding);
  if (!in.ok() || !known || hosts > kHostsTold) return nullptr;
  message->step = static_cast<BootstrapStep>(step);
  message->stance.standing = static_cast<Standing>(standing);
  for (uint64_t i = 0; i < hosts && in.ok(); ++i) message->ask.emplace_back(in.Fixed64());
  return in.ok() ? std::move(message) : nullptr;
}

}  // namespace ww::raft::failover
