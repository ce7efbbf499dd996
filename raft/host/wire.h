// What engine hosts and clients send each other.
//
// PeerMessage carries one message of the consensus core between two hosts. ClientRequest and
// ClientReply are how a client talks to any host; a host that does not lead the shard answers
// kNotLeader with the host that it believes does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "raft/core/messages.h"
#include "sim/base/ids.h"
#include "sim/base/payload.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// Numbers of WireMessage::kind(); those below kClientRequest are MessageKind.
inline constexpr uint32_t kClientRequestKind = 16;
inline constexpr uint32_t kClientReplyKind = 17;
inline constexpr uint32_t kHostBeatKind = 24;
inline constexpr uint32_t kClientQueryKind = 20;  // After those of admin.h.
const char* NameOfWireKind(uint32_t kind);
// By number; empty where no kind has the number.
std::vector<std::string> WireKindNames();

struct PeerMessage final : WireMessage {
  PeerMessage() = default;
  PeerMessage(ShardId of_shard, HostId sender, Message&& carried)
      : shard(of_shard), from_host(sender), message(std::move(carried)) {}

  ShardId shard;
  HostId from_host;
  Message message;

  uint32_t kind() const override;
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// Heartbeats, their answers and requests to rest.
bool TravelsInBeats(uint32_t kind);

// What a host is in: its process, and how many of its replicas stopped in it.
struct Pulse {
  Incarnation incarnation;
  uint64_t stops = 0;
  friend auto operator<=>(const Pulse&, const Pulse&) = default;
};

// All that travels in beats between two hosts, and a sign that the sender lives.
struct HostBeat final : WireMessage {
  HostId from_host;
  Pulse pulse;
  std::vector<PeerMessage> messages;  // Of kinds that travel in beats.

  uint32_t kind() const override { return kHostBeatKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// Reads what Encode wrote (raft/store/FORMAT.md, "Messages"). Anything else is refused with an
// error; hostile bytes cost no more than their length.
absl::StatusOr<std::unique_ptr<WireMessage>> DecodeWire(std::string_view bytes);

// How a request ended (the words of client libraries of this kind).
enum class Outcome : uint8_t {
  kCompleted,    // Applied; `response` and `index` say how.
  kRejected,     // Definitely not applied: unknown or evicted session, malformed command.
  kNotLeader,    // Definitely not applied here: this host does not lead; `leader_host` may.
  kBusy,         // Definitely not applied: a queue is full.
  kTerminated,   // Unknown: leadership was lost or the replica stopped while it was under way.
  kNotAdmitted,  // Definitely not applied: this leader takes no writes now; `response` says why.
};
inline constexpr Outcome kLastOutcome = Outcome::kNotAdmitted;

// A command for the replicated state machine (machine/command.h encodes it), within a session:
// (client, series) is applied at most once; everything up to `responded_to` may be forgotten.
struct ClientRequest final : WireMessage {
  uint64_t request = 0;  // Chosen by the client; returned in the reply. A retry uses a new one.
  ShardId shard;
  Payload command;

  uint32_t kind() const override { return kClientRequestKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// What a reader gets.
enum class Consistency : uint8_t {
  kLinearizable,  // Everything that was acknowledged before the question, by anybody.
  kStale,         // What this replica has applied, however old that is.
};

// A question to the machine that leaves no entry in the log. Any host that has a replica of the
// shard answers, with a ClientReply: kCompleted says up to which `index` it had applied everything,
// any other outcome that there is no answer, for the reason it gives.
struct ClientQuery final : WireMessage {
  uint64_t request = 0;  // Chosen by the client; returned in the reply.
  ShardId shard;
  Consistency consistency = Consistency::kLinearizable;
  std::string key;

  uint32_t kind() const override { return kClientQueryKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

struct ClientReply final : WireMessage {
  uint64_t request = 0;
  ShardId shard;
  Outcome outcome = Outcome::kTerminated;
  HostId leader_host;    // kNotLeader: none when unknown.
  uint64_t index = 0;    // kCompleted: where in the shard's log it was applied (first).
  std::string response;  // kCompleted: the machine's. Else for people, if anything.

  uint32_t kind() const override { return kClientReplyKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

}  // namespace ww::raft
