// Admin: what an operator or a controller asks of a host, and what it is told.
//
// A request names a shard and carries one action. Actions on the host itself (start, stop,
// remove data, describe) are answered by the host that got them; actions on the shard are carried
// out by its leader, and any other host answers kNotLeader with the host that it believes leads.
// Every refusal has a reason of its own and certainly had no effect. A reply that never comes says
// nothing: the caller asks Describe and looks.
//
// Controllers stamp what they ask for. A host remembers the highest term of one, over restarts too,
// and refuses what lower ones ask, so that nobody follows two; what was decided before and arrives
// late has no effect.
//
// To add an action: a struct here, its place in AdminAction (the place is its number on the wire,
// so new ones go to the end), an encoder and a decoder in admin.cc, a handler in admin_actions.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/core/membership.h"
#include "raft/core/types.h"
#include "raft/store/disk_id.h"
#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

// Numbers of WireMessage::kind(), after those of clients.
inline constexpr uint32_t kAdminRequestKind = 18;
inline constexpr uint32_t kAdminReplyKind = 19;

// --- Actions ---

// Starts the replica on this host. Members and no join: a new shard, whose initial members are
// started with equal lists. Join and no members: a replica that was added to a shard that exists.
// Neither: one that this host has a record of, after a stop.
inline constexpr size_t kAskMax = 64;  // Hosts to ask.
struct StartReplica {
  ReplicaId replica;
  bool join = false;
  // Joining: how it begins, until its membership comes to it with the log.
  MemberRole role = MemberRole::kVoter;
  std::vector<Member> members;  // Sorted by replica id.
  // Joining: hosts that may know what becomes of the shard, in order of their ids. Until its log
  // has come it knows no member, and would have nobody to ask whether it was removed.
  std::vector<HostId> ask{};
  // The disk that is meant; none: whichever the host has. Who was told of a disk (Describe) and
  // names it here can't bring an identity back on another one, however often and late it asks.
  DiskId disk{};
};

// Unloads the replica; its data and its membership stay. Answered when nothing of it is under way.
// One that was removed from its shard leaves by itself as soon as another member knows: stopped
// before, it may take with it the only vote that can tell.
struct StopReplica {
  ReplicaId replica;
};

// What the host has and knows of the shard.
struct Describe {};

// Destroys what the host keeps of a stopped replica and fences its id here for ever. Answered when
// the fence is durable. What is fenced already is done.
struct RemoveReplicaData {
  ReplicaId replica;
};

// The leader hands over to this voter, or without one to the least loaded healthy voter. Tried
// again a few times while the leader stays in office. Answered when it has ended.
struct TransferLeadership {
  ReplicaId target;
};

// Changes who belongs to the shard (Raft chapter 4). Done: applied at `index`, and durably so.
// Refused: `refusal` says why.
struct ChangeMembership {
  ChangeRequest change;
};

// The replica that lives here takes a snapshot now, whatever the policy says, and its log forgets
// what that covers. Done: it is at `index`, and durably so.
struct TakeSnapshot {
  ReplicaId replica;
};

// What lives on the host, of all shards; the request names none.
struct DescribeHost {};

using AdminAction = std::variant<StartReplica, StopReplica, Describe, RemoveReplicaData,
                                 TransferLeadership, ChangeMembership, TakeSnapshot, DescribeHost>;
const char* NameOf(const AdminAction& action);

// --- Answers ---

enum class AdminOutcome : uint8_t {
  kDone,
  kRefused,    // Certainly without effect; `reason` says why.
  kNotLeader,  // Likewise; `leader_host` may lead.
  kUnknown,    // It may have an effect yet: leadership was lost, or the replica stopped.
  kAborted,    // Begun, and did not come to what was asked for; `reason` says why.
};

enum class AdminReason : uint8_t {
  kNone,
  kIdZero,              // Shard or replica id 0.
  kAlreadyExists,       // A replica of the shard lives here, or is still unloading.
  kJoinWithMembers,     // A joining replica learns its members from the shard.
  kNoMembers,           // Nothing is recorded of it, and neither members nor join were given.
  kBadMembers,          // Ids or hosts given twice or as 0, not in order, or too many.
  kNotAMember,          // The members given do not have this replica on this host.
  kMembersDiffer,       // It was started with other members before.
  kJoinDiffers,         // It was an initial member before, or joined.
  kNotFound,            // No such replica lives here, or nothing is kept of it.
  kTombstoned,          // Its data was removed here; the id is never used again.
  kNotStopped,          // Its data can't be removed while it lives or is unloading.
  kOtherRecorded,       // Data of another replica of the shard is kept here.
  kTargetLeads,         // The target of the transfer leads already.
  kTargetNoVoter,       // It is no voter of the shard.
  kNoHealthyVoter,      // No target was given, and no other voter can take over.
  kTransferInProgress,  // Another transfer is under way.
  kTransferTimeout,     // The target did not take over in time; the leader leads as before.
  kOtherLeads,          // Another replica than the target leads now.
  kLeadershipLost,      // Nobody was seen to lead after this leader.
  kChangeRefused,       // The change of membership; `refusal` says why.
  kNothingNew,          // Nothing was applied since its newest snapshot.
  kMembersUnknown,      // It joined, and does not know yet who belongs to the shard.
  kSnapshotFailed,      // It could not be written; the one before is as good as it was.
  kDiskFull,            // The log waits for room.
  kOtherDisk,           // The replica, or the request, belongs to another disk of this host.
  kStaleController,     // This host has heeded a controller of a later term.
  kBroken,  // What the replica goes on from is lost, or its machine failed; the text says why.
};
inline constexpr AdminReason kLastAdminReason = AdminReason::kBroken;
inline constexpr AdminOutcome kLastAdminOutcome = AdminOutcome::kAborted;
const char* NameOf(AdminOutcome outcome);
const char* NameOf(AdminReason reason);

// What Describe tells of one shard on one host.
struct ShardDescription {
  ReplicaId replica;  // That lives here; none when there is none.
  Role role = Role::kFollower;
  Term term;
  ReplicaId leader;  // As far as it knows.
  Index commit;
  Index applied;
  Incarnation incarnation;            // Of the host's process.
  Membership membership;              // As far as it applied.
  std::vector<ReplicaId> recorded;    // Replicas whose data this host keeps.
  std::vector<ReplicaId> tombstones;  // Ids that are fenced here.
  DiskId disk;                        // Of the host.
  friend bool operator==(const ShardDescription&, const ShardDescription&) = default;
};

// What DescribeHost tells.
struct HostedReplica {
  ShardId shard;
  ReplicaId replica;
  bool leads = false;
  friend bool operator==(const HostedReplica&, const HostedReplica&) = default;
};
struct HostDescription {
  DiskId disk;
  Incarnation incarnation;
  std::vector<HostedReplica> replicas;  // That live here, by shard.
  friend bool operator==(const HostDescription&, const HostDescription&) = default;
};

// --- Messages ---

// Who commands: a controller that leads the metadata shard in this term, and decided on the version
// that it read there. Without a term: somebody who is not fenced.
struct ControllerStamp {
  Term term;
  uint64_t version = 0;
  friend bool operator==(const ControllerStamp&, const ControllerStamp&) = default;
};

// Both are rare: size and digest are taken from the encoding.
struct AdminRequest final : WireMessage {
  uint64_t request = 0;  // Chosen by the caller; returned in the reply. A retry uses a new one.
  ShardId shard;
  AdminAction action;
  ControllerStamp stamp;

  uint32_t kind() const override { return kAdminRequestKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

struct AdminReply final : WireMessage {
  uint64_t request = 0;
  ShardId shard;
  AdminOutcome outcome = AdminOutcome::kUnknown;
  AdminReason reason = AdminReason::kNone;
  HostId leader_host;  // kNotLeader: none when unknown.
  Index index;         // kDone: where the action took effect, when it is an entry.
  std::optional<ChangeRefusal> refusal;         // Of a refused change of membership.
  std::string text;                             // For people.
  std::optional<ShardDescription> description;  // Of Describe.
  std::optional<HostDescription> host;          // Of DescribeHost.

  uint32_t kind() const override { return kAdminReplyKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed. Hostile bytes cost no more than their
// length.
std::unique_ptr<WireMessage> DecodeAdminRequest(ByteReader& in);
std::unique_ptr<WireMessage> DecodeAdminReply(ByteReader& in);

}  // namespace ww::raft
