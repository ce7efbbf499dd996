#include "raft/host/admin.h"

#include <utility>

#include "raft/core/membership_codec.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr size_t kMemberBytesMin = 20;
constexpr size_t kIdBytes = 8;
constexpr size_t kHostedBytes = 20;

std::string EncodedBytes(const WireMessage& message) {
  ByteWriter out;
  message.Encode(out);
  return out.Take();
}

// --- Parts ---

void Put(ByteWriter& out, const std::vector<Member>& members) {
  out.Fixed32(static_cast<uint32_t>(members.size()));
  for (const Member& member : members) {
    out.Fixed64(member.replica.value);
    out.Fixed64(member.host.value);
    out.Fixed32(static_cast<uint32_t>(member.target.size()));
    out.Raw(member.target);
  }
}

template <class Id>
void Put(ByteWriter& out, const std::vector<Id>& ids) {
  out.Fixed32(static_cast<uint32_t>(ids.size()));
  for (const Id id : ids) out.Fixed64(id.value);
}

// A count of things of at least `bytes` each; none when so many can't follow, so that a hostile
// count can't make us allocate.
std::optional<uint32_t> Count(ByteReader& in, size_t bytes) {
  const uint32_t count = in.Fixed32();
  if (!in.ok() || count > in.remaining() / bytes) return std::nullopt;
  return count;
}

std::optional<std::vector<Member>> Members(ByteReader& in) {
  const std::optional<uint32_t> count = Count(in, kMemberBytesMin);
  if (!count.has_value()) return std::nullopt;
  std::vector<Member> members(*count);
  for (Member& member : members) {
    member.replica = ReplicaId(in.Fixed64());
    member.host = HostId(in.Fixed64());
    const uint32_t bytes = in.Fixed32();
    member.target = std::string(in.Raw(bytes));
  }
  return members;
}

template <class Id>
std::optional<std::vector<Id>> Ids(ByteReader& in) {
  const std::optional<uint32_t> count = Count(in, kIdBytes);
  if (!count.has_value()) return std::nullopt;
  std::vector<Id> ids(*count);
  for (Id& id : ids) id = Id(in.Fixed64());
  return ids;
}

// Numbers beyond the last name are refused, so that equal messages have equal bytes.
template <class Enum>
std::optional<Enum> Name(ByteReader& in, Enum last) {
  const uint32_t number = in.Fixed32();
  if (!in.ok() || number > static_cast<uint32_t>(last)) return std::nullopt;
  return static_cast<Enum>(number);
}

std::optional<bool> Flag(ByteReader& in) {
  const uint32_t number = in.Fixed32();
  if (!in.ok() || number > 1) return std::nullopt;
  return number == 1;
}

// --- Actions ---

struct ActionEncoder {
  ByteWriter& out;
  void operator()(const StartReplica& action) const {
    out.Fixed64(action.replica.value);
    out.Fixed32(action.join ? 1 : 0);
    out.Fixed32(static_cast<uint32_t>(action.role));
    Put(out, action.members);
    Put(out, action.ask);
    out.Fixed64(action.disk.value);
  }
  void operator()(const StopReplica& action) const { out.Fixed64(action.replica.value); }
  void operator()(const Describe&) const {}
  void operator()(const ChangeMembership& action) const { EncodeChange(action.change, out); }
  void operator()(const RemoveReplicaData& action) const { out.Fixed64(action.replica.value); }
  void operator()(const TransferLeadership& action) const { out.Fixed64(action.target.value); }
  void operator()(const TakeSnapshot& action) const { out.Fixed64(action.replica.value); }
  void operator()(const DescribeHost&) const {}
};

using MaybeAction = std::optional<AdminAction>;

MaybeAction DecodeStart(ByteReader& in) {
  StartReplica action;
  action.replica = ReplicaId(in.Fixed64());
  const std::optional<bool> join = Flag(in);
  const std::optional<MemberRole> role = Name(in, MemberRole::kWitness);
  std::optional<std::vector<Member>> members = Members(in);
  std::optional<std::vector<HostId>> ask = Ids<HostId>(in);
  action.disk = DiskId(in.Fixed64());
  if (!join.has_value() || !role.has_value()) return std::nullopt;
  if (!members.has_value() || !ask.has_value()) return std::nullopt;
  action.join = *join;
  action.role = *role;
  action.members = *std::move(members);
  action.ask = *std::move(ask);
  return action;
}
MaybeAction DecodeStop(ByteReader& in) { return StopReplica{ReplicaId(in.Fixed64())}; }
MaybeAction DecodeDescribe(ByteReader&) { return Describe{}; }
MaybeAction DecodeChangeMembership(ByteReader& in) {
  std::optional<ChangeRequest> change = DecodeChange(in);
  if (!change.has_value()) return std::nullopt;
  return ChangeMembership{*std::move(change)};
}
MaybeAction DecodeRemove(ByteReader& in) { return RemoveReplicaData{ReplicaId(in.Fixed64())}; }
MaybeAction DecodeTransfer(ByteReader& in) { return TransferLeadership{ReplicaId(in.Fixed64())}; }
MaybeAction DecodeTakeSnapshot(ByteReader& in) { return TakeSnapshot{ReplicaId(in.Fixed64())}; }
MaybeAction DecodeDescribeHost(ByteReader&) { return DescribeHost{}; }

// By number.
constexpr MaybeAction (*kActionDecoders[])(ByteReader&) = {
    &DecodeStart,        &DecodeStop,        &DecodeDescribe,
    &DecodeRemove,       &DecodeTransfer,    &DecodeChangeMembership,
    &DecodeTakeSnapshot, &DecodeDescribeHost};
static_assert(std::size(kActionDecoders) == std::variant_size_v<AdminAction>);

// --- Descriptions ---

// A replica that joined and has heard nothing yet knows no member; that is no valid membership.
void PutMembership(ByteWriter& out, const Membership& membership) {
  const bool known = !membership.voters.empty();
  out.Fixed32(known ? 1 : 0);
  if (known) EncodeMembership(membership, out);
}
std::optional<Membership> MaybeMembership(ByteReader& in) {
  const std::optional<bool> known = Flag(in);
  if (!known.has_value()) return std::nullopt;
  return *known ? DecodeMembership(in) : Membership();
}

void Put(ByteWriter& out, const ShardDescription& description) {
  out.Fixed64(description.replica.value);
  out.Fixed32(static_cast<uint32_t>(description.role));
  out.Fixed64(description.term.value);
  out.Fixed64(description.leader.value);
  out.Fixed64(description.commit.value);
  out.Fixed64(description.applied.value);
  out.Fixed64(description.incarnation.value);
  PutMembership(out, description.membership);
  Put(out, description.recorded);
  Put(out, description.tombstones);
  out.Fixed64(description.disk.value);
}

std::optional<ShardDescription> Description(ByteReader& in) {
  ShardDescription description;
  description.replica = ReplicaId(in.Fixed64());
  const std::optional<Role> role = Name(in, Role::kLeader);
  description.term = Term(in.Fixed64());
  description.leader = ReplicaId(in.Fixed64());
  description.commit = Index(in.Fixed64());
  description.applied = Index(in.Fixed64());
  description.incarnation = Incarnation(in.Fixed64());
  std::optional<Membership> membership = MaybeMembership(in);
  std::optional<std::vector<ReplicaId>> recorded = Ids<ReplicaId>(in);
  std::optional<std::vector<ReplicaId>> tombstones = Ids<ReplicaId>(in);
  description.disk = DiskId(in.Fixed64());
  const bool lists = membership.has_value() && recorded.has_value() && tombstones.has_value();
  if (!role.has_value() || !lists) return std::nullopt;
  description.role = *role;
  description.membership = *std::move(membership);
  description.recorded = *std::move(recorded);
  description.tombstones = *std::move(tombstones);
  return description;
}

void Put(ByteWriter& out, const HostDescription& host) {
  out.Fixed64(host.disk.value);
  out.Fixed64(host.incarnation.value);
  out.Fixed32(static_cast<uint32_t>(host.replicas.size()));
  for (const HostedReplica& hosted : host.replicas) {
    out.Fixed64(hosted.shard.value);
    out.Fixed64(hosted.replica.value);
    out.Fixed32(hosted.leads ? 1 : 0);
  }
}

std::optional<HostDescription> DescriptionOfHost(ByteReader& in) {
  HostDescription host;
  host.disk = DiskId(in.Fixed64());
  host.incarnation = Incarnation(in.Fixed64());
  const std::optional<uint32_t> count = Count(in, kHostedBytes);
  if (!count.has_value()) return std::nullopt;
  host.replicas.resize(*count);
  for (HostedReplica& hosted : host.replicas) {
    hosted.shard = ShardId(in.Fixed64());
    hosted.replica = ReplicaId(in.Fixed64());
    const std::optional<bool> leads = Flag(in);
    if (!leads.has_value()) return std::nullopt;
    hosted.leads = *leads;
  }
  return host;
}

}  // namespace

const char* NameOf(const AdminAction& action) {
  static constexpr const char* kNames[] = {"start",    "stop",   "describe", "remove-data",
                                           "transfer", "change", "snapshot", "describe-host"};
  static_assert(std::size(kNames) == std::variant_size_v<AdminAction>);
  return kNames[action.index()];
}

const char* NameOf(AdminOutcome outcome) {
  switch (outcome) {
    case AdminOutcome::kDone:
      return "done";
    case AdminOutcome::kRefused:
      return "refused";
    case AdminOutcome::kNotLeader:
      return "not-leader";
    case AdminOutcome::kUnknown:
      return "unknown";
    case AdminOutcome::kAborted:
      return "aborted";
  }
  UNREACHABLE("outcome {}", static_cast<int>(outcome));
}

const char* NameOf(AdminReason reason) {
  switch (reason) {
    case AdminReason::kNone:
      return "none";
    case AdminReason::kIdZero:
      return "id 0";
    case AdminReason::kAlreadyExists:
      return "already exists";
    case AdminReason::kJoinWithMembers:
      return "join with members";
    case AdminReason::kNoMembers:
      return "no members";
    case AdminReason::kBadMembers:
      return "bad members";
    case AdminReason::kNotAMember:
      return "not a member";
    case AdminReason::kMembersDiffer:
      return "members differ from the record";
    case AdminReason::kJoinDiffers:
      return "join differs from the record";
    case AdminReason::kNotFound:
      return "not found";
    case AdminReason::kTombstoned:
      return "tombstoned";
    case AdminReason::kNotStopped:
      return "not stopped";
    case AdminReason::kOtherRecorded:
      return "another replica is recorded";
    case AdminReason::kTargetLeads:
      return "the target leads";
    case AdminReason::kTargetNoVoter:
      return "the target is no voter";
    case AdminReason::kNoHealthyVoter:
      return "no healthy voter";
    case AdminReason::kTransferInProgress:
      return "another transfer";
    case AdminReason::kTransferTimeout:
      return "time is over";
    case AdminReason::kOtherLeads:
      return "another one leads";
    case AdminReason::kLeadershipLost:
      return "leadership lost";
    case AdminReason::kChangeRefused:
      return "change refused";
    case AdminReason::kNothingNew:
      return "nothing new";
    case AdminReason::kMembersUnknown:
      return "members unknown";
    case AdminReason::kSnapshotFailed:
      return "snapshot failed";
    case AdminReason::kDiskFull:
      return "disk full";
    case AdminReason::kOtherDisk:
      return "another disk";
    case AdminReason::kStaleController:
      return "stale controller";
    case AdminReason::kBroken:
      return "broken";
  }
  UNREACHABLE("reason {}", static_cast<int>(reason));
}

// --- AdminRequest ---

size_t AdminRequest::encoded_size() const { return EncodedBytes(*this).size(); }
uint64_t AdminRequest::digest() const { return HashBytes(EncodedBytes(*this)); }
std::unique_ptr<WireMessage> AdminRequest::Clone() const {
  return std::make_unique<AdminRequest>(*this);
}

void AdminRequest::Encode(ByteWriter& out) const {
  out.Fixed32(kAdminRequestKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed64(stamp.term.value);
  out.Fixed64(stamp.version);
  out.Fixed32(static_cast<uint32_t>(action.index()));
  std::visit(ActionEncoder{out}, action);
}

std::unique_ptr<WireMessage> DecodeAdminRequest(ByteReader& in) {
  auto message = std::make_unique<AdminRequest>();
  message->request = in.Fixed64();
  message->shard = ShardId(in.Fixed64());
  message->stamp.term = Term(in.Fixed64());
  message->stamp.version = in.Fixed64();
  const uint32_t number = in.Fixed32();
  if (!in.ok() || number >= std::size(kActionDecoders)) return nullptr;
  MaybeAction action = kActionDecoders[number](in);
  if (!action.has_value()) return nullptr;
  CHECK_EQ(action->index(), number);
  message->action = *std::move(action);
  return message;
}

// --- AdminReply ---

size_t AdminReply::encoded_size() const { return EncodedBytes(*this).size(); }
uint64_t AdminReply::digest() const { return HashBytes(EncodedBytes(*this)); }
std::unique_ptr<WireMessage> AdminReply::Clone() const {
  return std::make_unique<AdminReply>(*this);
}

void AdminReply::Encode(ByteWriter& out) const {
  CHECK_LE(text.size(), size_t{UINT32_MAX});
  out.Fixed32(kAdminReplyKind);
  out.Fixed64(request);
  out.Fixed64(shard.value);
  out.Fixed32(static_cast<uint32_t>(outcome));
  out.Fixed32(static_cast<uint32_t>(reason));
  out.Fixed64(leader_host.value);
  out.Fixed64(index.value);
  out.Fixed32(refusal.has_value() ? static_cast<uint32_t>(*refusal) + 1 : 0);
  out.Fixed32(static_cast<uint32_t>(text.size()));
  out.Raw(text);
  out.Fixed32(description.has_value() ? 1 : 0);
  if (description.has_value()) Put(out, *description);
  out.Fixed32(host.has_value() ? 1 : 0);
  if (host.has_value()) Put(out, *host);
}

std::unique_ptr<WireMessage> DecodeAdminReply(ByteReader& in) {
  auto message = std::make_unique<AdminReply>();
  message->request = in.Fixed64();
  message->shard = ShardId(in.Fixed64());
  const std::optional<AdminOutcome> outcome = Name(in, kLastAdminOutcome);
  const std::optional<AdminReason> reason = Name(in, kLastAdminReason);
  message->leader_host = HostId(in.Fixed64());
  message->index = Index(in.Fixed64());
  const uint32_t refusal = in.Fixed32();
  if (refusal > kChangeRefusals) return nullptr;
  if (refusal > 0) message->refusal = static_cast<ChangeRefusal>(refusal - 1);
  const uint32_t bytes = in.Fixed32();
  message->text = std::string(in.Raw(bytes));
  const std::optional<bool> described = Flag(in);
  if (!outcome.has_value() || !reason.has_value() || !described.has_value()) return nullptr;
  message->outcome = *outcome;
  message->reason = *reason;
  if (*described) {
    message->description = Description(in);
    if (!message->description.has_value()) return nullptr;
  }
  const std::optional<bool> of_host = Flag(in);
  if (!of_host.has_value()) return nullptr;
  if (*of_host) {
    message->host = DescriptionOfHost(in);
    if (!message->host.has_value()) return nullptr;
  }
  return message;
}

}  // namespace ww::raft
