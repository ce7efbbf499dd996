// Messages between two replicas of a shard: one struct a kind, and their variant.
//
// Every message carries sender, receiver and the sender's term in its envelope. A message is a
// value; copies of one share their entries.
#pragma once

#include <cstdint>
#include <variant>

#include "raft/core/entries.h"
#include "raft/core/types.h"

namespace ww::raft {

// Pre-vote (Raft 9.6) asks without raising anybody's term: `term` is the one that would be used.
struct VoteRequest {
  bool pre_vote = false;
  LogPosition last;       // The candidate's last entry.
  bool transfer = false;  // Its leader told it to campaign: a leader's being alive is no objection.
};
struct VoteReply {
  bool pre_vote = false;
  bool granted = false;
  Term request_term;           // The term asked about; tells a late reply from a present one.
  LogPosition committed = {};  // What the voter knows to be committed, for those who lag.
};

// Entries after `previous`; without entries it is a probe.
struct AppendRequest {
  LogPosition previous;
  Index commit;  // The leader's commit index.
  Entries entries;
};
struct AppendReply {
  bool accepted = false;
  Index match;       // Accepted: the last index known equal to the leader's, durable here.
  Index rejected;    // Refused: `previous.index` of the request.
  LogPosition hint;  // Refused: where the leader may try next (Raft 5.3, conflict by term).
};

// Heartbeats carry commit capped at what the follower is known to match. `round` numbers the
// leader's rounds; a reply returns it, which is how check-quorum and leases know what is recent.
// `read_batch` is the newest batch of reads that waits for a quorum to confirm the leader (Raft
// 6.4); a reply returns it and so confirms it and all before it.
struct Heartbeat {
  Index commit;
  uint64_t round = 0;
  uint64_t read_batch = 0;  // Batches count from 1 in a leadership.
};
inline constexpr uint64_t kNoRound = 0;  // A refusal: rounds count from 1.
struct HeartbeatReply {
  uint64_t round = kNoRound;
  uint64_t read_batch = 0;
};

// The leader has nothing more to say: all logs are equal, durable and committed up to `last`, and
// it stops its heartbeats. A follower that agrees stops its election timer; one that does not says
// so with a HeartbeatReply of no round, which wakes the leader.
struct Quiesce {
  LogPosition last;
};

// A member asks its leader from which index on its machine may answer reads (Raft 6.4); the reply
// carries the same context.
struct ReadRequest {
  ReadContext context;
};
struct ReadReply {
  ReadContext context;
  Index index;  // None: refused.
};

// Leadership transfer (Raft 3.10): campaign at once. Of no effect on a replica whose last entry is
// not durably `last`, or that has heard a later heartbeat round since: the attempt is over then.
struct TimeoutNow {
  LogPosition last;
  uint64_t round = 0;
};

using MessageBody = std::variant<VoteRequest, VoteReply, AppendRequest, AppendReply, Heartbeat,
                                 HeartbeatReply, Quiesce, ReadRequest, ReadReply, TimeoutNow>;

struct Message {
  ReplicaId from;
  ReplicaId to;
  Term term;
  MessageBody body;
};

// Stable names, for traces, rules of one message kind and golden scripts.
enum class MessageKind : uint8_t {
  kVoteRequest,
  kVoteReply,
  kAppendRequest,
  kAppendReply,
  kHeartbeat,
  kHeartbeatReply,
  kQuiesce,
  kReadRequest,
  kReadReply,
  kTimeoutNow,
};
inline MessageKind KindOf(const Message& message) {
  return static_cast<MessageKind>(message.body.index());
}
const char* NameOf(MessageKind kind);

}  // namespace ww::raft
