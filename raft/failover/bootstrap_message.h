// BootstrapMessage: what the instances of a supervised replicaset say to each other before, and
// while, there is a shard.
#pragma once

#include <memory>
#include <vector>

#include "raft/failover/agreement.h"
#include "raft/store/disk_id.h"
#include "sim/base/bytes.h"
#include "sim/base/wire_message.h"

namespace ww::raft::failover {

// A number of WireMessage::kind(), after those of host/founding.h.
inline constexpr uint32_t kBootstrapKind = 32;
inline constexpr size_t kHostsTold = 64;

enum class BootstrapStep : uint8_t {
  kQuestion,    // Who are you, and do you agree to (the sender, identity)? None: who are you.
  kAnswer,      // To the question of that number.
  kInvitation,  // Join as the replica, on that disk.
};

struct BootstrapMessage final : WireMessage {
  BootstrapStep step = BootstrapStep::kQuestion;
  uint64_t request = 0;  // Chosen by who asks.
  ShardId shard;
  Stance stance;               // Of an answer; of others creator and identity alone.
  ReplicaId replica;           // Of an invitation,
  DiskId disk;                 // likewise.
  std::vector<HostId> ask;     // Likewise: who may know what becomes of the shard, in order.
  std::vector<HostId> joined;  // Likewise: who has data of it.
  bool by_all = false;         // Of a question (agreement.h, Asked),
  std::vector<ShardIdentity> given_up;  // likewise.

  uint32_t kind() const override { return kBootstrapKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed.
std::unique_ptr<WireMessage> DecodeBootstrapMessage(ByteReader& in);

}  // namespace ww::raft::failover
