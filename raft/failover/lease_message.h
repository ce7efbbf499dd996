// LeaseMessage: what a coordinator and the instances of a replicaset say to each other.
//
// Each command carries the coordinator's term and a number that rises within it. An instance heeds
// no older command than its last one: so what it answers can't be undone by a late message.
//
// A grant says from when on its length counts: a moment of the instance's own clock that it has
// told the coordinator, in the life of its process that it names. So a grant is no longer than it
// was when it was sent, however late it comes, and means nothing to another life.
#pragma once

#include <memory>

#include "raft/core/types.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// Counts the coordinators that there were (raft/meta/failover.h).
using CoordinatorTerm = Tagged<struct CoordinatorTermTag>;

}  // namespace ww::raft

namespace ww::raft::failover {

// A number of WireMessage::kind(), after that of bootstrap_message.h.
inline constexpr uint32_t kLeaseKind = 33;

enum class LeaseStep : uint8_t {
  kProbe,     // How are you?
  kGrant,     // Lead until `from` + `length`, as long as you lead in `term` of the shard.
  kStepDown,  // Lead no longer.
  kTransfer,  // Hand the leadership of the shard over to `replica`, if you have it.
  kAnswer,    // To the command of that number: how I am, now that I have heeded it or not.
  kByHand,    // An operator's, unfenced: let clients write for `length`, lease or none.
};

struct Fence {
  CoordinatorTerm by;
  uint64_t number = 0;
  friend auto operator<=>(const Fence&, const Fence&) = default;
};

// What an instance says of itself.
struct InstanceState {
  bool heeded = false;      // The command was no older than others that it knows.
  Incarnation incarnation;  // Of its process.
  LocalTime clock;
  ReplicaId replica;  // That may lead the shard; none: it has none there, or one without a vote.
  Term term;          // Of the shard, as far as it knows.
  bool leads = false;
  bool writable = false;  // It has a lease that has not ended, and leads as the lease says; or an
                          // operator has opened it by hand.
  friend bool operator==(const InstanceState&, const InstanceState&) = default;
};

struct Grant {
  Incarnation incarnation;
  Term term;
  LocalTime from;
  Duration length;
  friend bool operator==(const Grant&, const Grant&) = default;
};

struct LeaseMessage final : WireMessage {
  LeaseStep step = LeaseStep::kProbe;
  uint64_t request = 0;  // Chosen by who asks.
  ShardId shard;
  Fence fence;          // Of the command; returned in the answer.
  Grant grant;          // Of a grant; by hand: the length.
  ReplicaId replica;    // Of a transfer.
  InstanceState state;  // Of an answer.

  uint32_t kind() const override { return kLeaseKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed.
std::unique_ptr<WireMessage> DecodeLeaseMessage(ByteReader& in);

}  // namespace ww::raft::failover
