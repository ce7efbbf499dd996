// How a replica that was removed from its shard hears of it.
//
// A removed replica may never get the entry that removes it: its leader stops sending once it has
// applied it. So whoever has applied the removal answers every message of the removed id with a
// RemovalNotice, and a replica that has not heard a leader for long asks the hosts of all members
// it knows (RemovalQuestion). Only an applied removal is an answer; silence means nothing. Who is
// told stays until enough others know (removal_news.h).
#pragma once

#include <memory>
#include <utility>

#include "raft/core/membership.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// Numbers of WireMessage::kind(), after those of operators.
inline constexpr uint32_t kRemovalQuestionKind = 21;
inline constexpr uint32_t kRemovalNoticeKind = 22;

// "Has this replica been removed?", from the host that it lives on.
struct RemovalQuestion final : WireMessage {
  RemovalQuestion() = default;
  RemovalQuestion(ShardId of_shard, ReplicaId who, HostId sender)
      : shard(of_shard), replica(who), from_host(sender) {}

  ShardId shard;
  ReplicaId replica;
  HostId from_host;

  uint32_t kind() const override { return kRemovalQuestionKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// "This replica was removed": its removal was applied by `told_by`, on the sending host, which goes
// by `members` now. Those are without the ids that were removed, which may be many.
struct RemovalNotice final : WireMessage {
  RemovalNotice() = default;
  RemovalNotice(ShardId of_shard, ReplicaId who, ReplicaId from, Membership now)
      : shard(of_shard), replica(who), told_by(from), members(std::move(now)) {}

  ShardId shard;
  ReplicaId replica;
  ReplicaId told_by;
  Membership members;  // Valid.

  uint32_t kind() const override { return kRemovalNoticeKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed.
std::unique_ptr<WireMessage> DecodeRemovalQuestion(ByteReader& in);
std::unique_ptr<WireMessage> DecodeRemovalNotice(ByteReader& in);

}  // namespace ww::raft
