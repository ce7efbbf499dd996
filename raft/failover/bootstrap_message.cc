#include "raft/failover/bootstrap_message.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::raft::failover {

namespace {

template <class Id>
void EncodeIds(const std::vector<Id>& ids, ByteWriter& out) {
  CHECK_LE(ids.size(), kHostsTold);
  out.Fixed64(ids.size());
  for (const Id id : ids) out.Fixed64(id.value);
}

// False when there are too many, or too few bytes.
template <class Id>
bool DecodeIds(ByteReader& in, std::vector<Id>& ids) {
  const uint64_t count = in.Fixed64();
  if (!in.ok() || count > kHostsTold) return false;
  for (uint64_t i = 0; i < count && in.ok(); ++i) ids.emplace_back(in.Fixed64());
  return in.ok();
}

}  // namespace

void BootstrapMessage::Encode(ByteWriter& out) const {
  out.Fixed32(kind());
  out.Fixed8(static_cast<uint8_t>(step));
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed8(static_cast<uint8_t>(stance.standing));
  out.Fixed64(stance.creator.value);
  out.Fixed64(stance.identity.value);
  out.Fixed64(replica.value);
  out.Fixed64(disk.value);
  out.Fixed8(by_all ? 1 : 0);
  EncodeIds(ask, out);
  EncodeIds(joined, out);
  EncodeIds(given_up, out);
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
  const uint8_t by_all = in.Fixed8();
  const bool known = step <= static_cast<uint8_t>(BootstrapStep::kInvitation) &&
                     standing <= static_cast<uint8_t>(kLastStanding) && by_all <= 1;
  if (!in.ok() || !known) return nullptr;
  message->step = static_cast<BootstrapStep>(step);
  message->stance.standing = static_cast<Standing>(standing);
  message->by_all = by_all == 1;
  const bool whole = DecodeIds(in, message->ask) && DecodeIds(in, message->joined) &&
                     DecodeIds(in, message->given_up) &&
                     std::is_sorted(message->given_up.begin(), message->given_up.end());
  return whole ? std::move(message) : nullptr;
}

}  // namespace ww::raft::failover
