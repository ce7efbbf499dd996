#include "raft/failover/lease_message.h"

#include <utility>

#include "sim/base/check.h"

namespace ww::raft::failover {
namespace {

constexpr uint8_t kHeeded = 1;
constexpr uint8_t kLeads = 2;
constexpr uint8_t kWritable = 4;
constexpr uint8_t kAllFlags = kHeeded | kLeads | kWritable;

uint8_t FlagsOf(const InstanceState& state) {
  return static_cast<uint8_t>((state.heeded ? kHeeded : 0) | (state.leads ? kLeads : 0) |
                              (state.writable ? kWritable : 0));
}

}  // namespace

void LeaseMessage::Encode(ByteWriter& out) const {
  out.Fixed32(kind());
  out.Fixed8(static_cast<uint8_t>(step));
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed64(fence.by.value);
  out.Fixed64(fence.number);
  out.Fixed64(grant.incarnation.value);
  out.Fixed64(grant.term.value);
  out.Fixed64(static_cast<uint64_t>(grant.from.ns));
  out.Fixed64(static_cast<uint64_t>(grant.length.ns));
  out.Fixed64(replica.value);
  out.Fixed8(FlagsOf(state));
  out.Fixed64(state.incarnation.value);
  out.Fixed64(static_cast<uint64_t>(state.clock.ns));
  out.Fixed64(state.replica.value);
  out.Fixed64(state.term.value);
}

// Rare: size and digest are taken from the encoding.
size_t LeaseMessage::encoded_size() const {
  ByteWriter out;
  Encode(out);
  return out.size();
}

uint64_t LeaseMessage::digest() const {
  ByteWriter out;
  Encode(out);
  return DigestBytes(out.view());
}

std::unique_ptr<WireMessage> LeaseMessage::Clone() const {
  return std::make_unique<LeaseMessage>(*this);
}

std::unique_ptr<WireMessage> DecodeLeaseMessage(ByteReader& in) {
  auto message = std::make_unique<LeaseMessage>();
  const uint8_t step = in.Fixed8();
  message->request = in.Fixed64();
  message->shard = ShardId(in.Fixed64());
  message->fence.by = CoordinatorTerm(in.Fixed64());
  message->fence.number = in.Fixed64();
  message->grant.incarnation = Incarnation(in.Fixed64());
  message->grant.term = Term(in.Fixed64());
  message->grant.from = LocalTime{static_cast<int64_t>(in.Fixed64())};
  message->grant.length = Nanoseconds(static_cast<int64_t>(in.Fixed64()));
  message->replica = ReplicaId(in.Fixed64());
  const uint8_t flags = in.Fixed8();
  message->state.incarnation = Incarnation(in.Fixed64());
  message->state.clock = LocalTime{static_cast<int64_t>(in.Fixed64())};
  message->state.replica = ReplicaId(in.Fixed64());
  message->state.term = Term(in.Fixed64());
  const bool known = step <= static_cast<uint8_t>(LeaseStep::kByHand) && flags <= kAllFlags;
  if (!in.ok() || !known) return nullptr;
  // A length that no clock can add up to is none.
  if (message->grant.length.ns < 0 || message->grant.from.ns < 0) return nullptr;
  if (message->grant.from.ns > INT64_MAX - message->grant.length.ns) return nullptr;
  message->step = static_cast<LeaseStep>(step);
  message->state.heeded = (flags & kHeeded) != 0;
  message->state.leads = (flags & kLeads) != 0;
  message->state.writable = (flags & kWritable) != 0;
  return message;
}

}  // namespace ww::raft::failover
