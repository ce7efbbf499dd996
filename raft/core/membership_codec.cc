#include "raft/core/membership_codec.h"

#include <utility>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kMemberBytesMin = 3;  // Two varints and a length.

enum class ChangeKind : uint8_t { kAdd = 1, kDelete = 2, kEnterJoint = 3, kLeaveJoint = 4 };

// --- Members ---

void EncodeMember(const Member& member, ByteWriter& out) {
  out.Varint(member.replica.value);
  out.Varint(member.host.value);
  out.Bytes(member.target);
}

Member DecodeMember(ByteReader& in) {
  Member member;
  member.replica = ReplicaId(in.Varint());
  member.host = HostId(in.Varint());
  member.target = std::string(in.Bytes());
  return member;
}

void EncodeMembers(const std::vector<Member>& members, ByteWriter& out) {
  out.Varint(members.size());
  for (const Member& member : members) EncodeMember(member, out);
}

std::optional<std::vector<Member>> DecodeMembers(ByteReader& in) {
  const uint64_t count = in.Varint();
  if (!in.ok() || count > kMembersMax || count > in.remaining() / kMemberBytesMin) {
    return std::nullopt;
  }
  std::vector<Member> members;
  for (uint64_t i = 0; i < count; ++i) members.push_back(DecodeMember(in));
  if (!in.ok()) return std::nullopt;
  return members;
}

// Each id as its distance from the one before: they are dense, and never grow fewer. Only the first
// can be 0.
void EncodeRemoved(const std::vector<ReplicaId>& removed, ByteWriter& out) {
  out.Varint(removed.size());
  ReplicaId previous;
  for (const ReplicaId& id : removed) {
    CHECK(id > previous || &id == removed.data());
    out.Varint(id - previous);
    previous = id;
  }
}

std::optional<std::vector<ReplicaId>> DecodeRemoved(ByteReader& in) {
  const uint64_t count = in.Varint();
  if (!in.ok() || count > in.remaining()) return std::nullopt;
  std::vector<ReplicaId> removed;
  removed.reserve(count);
  ReplicaId previous;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = in.Varint();
    if (!in.ok() || distance > UINT64_MAX - previous.value) return std::nullopt;
    if (distance == 0 && i > 0) return std::nullopt;
    previous = previous + distance;
    removed.push_back(previous);
  }
  return removed;
}

// --- Changes ---

void EncodeOne(const AddMember& add, ByteWriter& out) {
  out.Fixed8(static_cast<uint8_t>(ChangeKind::kAdd));
  out.Fixed8(static_cast<uint8_t>(add.role));
  EncodeMember(add.member, out);
}

void EncodeOne(const DeleteMember& gone, ByteWriter& out) {
  out.Fixed8(static_cast<uint8_t>(ChangeKind::kDelete));
  out.Varint(gone.replica.value);
}

void EncodeOne(const EnterJoint& enter, ByteWriter& out) {
  CHECK_LE(enter.changes.size(), kJointChangesMax);
  out.Fixed8(static_cast<uint8_t>(ChangeKind::kEnterJoint));
  out.Varint(enter.changes.size());
  for (const MemberChange& change : enter.changes) {
    std::visit([&out](const auto& one) { EncodeOne(one, out); }, change);
  }
}

void EncodeOne(const LeaveJoint&, ByteWriter& out) {
  out.Fixed8(static_cast<uint8_t>(ChangeKind::kLeaveJoint));
}

std::optional<MemberChange> DecodeMemberChange(uint8_t kind, ByteReader& in) {
  if (kind == static_cast<uint8_t>(ChangeKind::kAdd)) {
    const uint8_t role = in.Fixed8();
    if (role > static_cast<uint8_t>(MemberRole::kWitness)) return std::nullopt;
    AddMember add{static_cast<MemberRole>(role), DecodeMember(in)};
    if (!in.ok()) return std::nullopt;
    return add;
  }
  if (kind != static_cast<uint8_t>(ChangeKind::kDelete)) return std::nullopt;
  const DeleteMember gone{ReplicaId(in.Varint())};
  if (!in.ok()) return std::nullopt;
  return gone;
}

std::optional<EnterJoint> DecodeEnterJoint(ByteReader& in) {
  const uint64_t count = in.Varint();
  if (!in.ok() || count > kJointChangesMax) return std::nullopt;
  EnterJoint enter;
  for (uint64_t i = 0; i < count; ++i) {
    const uint8_t kind = in.Fixed8();
    std::optional<MemberChange> change = DecodeMemberChange(kind, in);
    if (!change.has_value()) return std::nullopt;
    enter.changes.push_back(*std::move(change));
  }
  return enter;
}

std::optional<decltype(ChangeRequest::what)> DecodeWhat(ByteReader& in) {
  const uint8_t kind = in.Fixed8();
  if (!in.ok()) return std::nullopt;
  if (kind == static_cast<uint8_t>(ChangeKind::kLeaveJoint)) return LeaveJoint{};
  if (kind == static_cast<uint8_t>(ChangeKind::kEnterJoint)) {
    std::optional<EnterJoint> enter = DecodeEnterJoint(in);
    if (!enter.has_value()) return std::nullopt;
    return *std::move(enter);
  }
  std::optional<MemberChange> one = DecodeMemberChange(kind, in);
  if (!one.has_value()) return std::nullopt;
  if (auto* add = std::get_if<AddMember>(&*one)) return std::move(*add);
  return std::get<DeleteMember>(*one);
}

// Numbers can be written in more than one way; only the shortest one counts, so that equal values
// have equal bytes.
template <class Value, class Encode>
bool IsCanonical(const Value& value, Encode encode, std::string_view bytes) {
  ByteWriter again;
  encode(value, again);
  return again.view() == bytes;
}

}  // namespace

Rules LaxestRules() { return RulesOf(Profile::kDragonboatV4); }

void EncodeMembership(const Membership& membership, ByteWriter& out) {
  CHECK(Defect(membership, LaxestRules()).empty(), "{}", Defect(membership, LaxestRules()));
  out.Fixed8(kVersion);
  out.Varint(membership.change_index.value);
  EncodeMembers(membership.voters, out);
  EncodeMembers(membership.non_voting, out);
  EncodeMembers(membership.witnesses, out);
  EncodeMembers(membership.outgoing_voters, out);
  EncodeMembers(membership.outgoing_witnesses, out);
  EncodeRemoved(membership.removed, out);
}

std::optional<Membership> DecodeMembership(ByteReader& in) {
  ByteReader start = in;
  Membership membership;
  if (in.Fixed8() != kVersion) return std::nullopt;
  membership.change_index = Index(in.Varint());
  for (std::vector<Member>* members :
       {&membership.voters, &membership.non_voting, &membership.witnesses,
        &membership.outgoing_voters, &membership.outgoing_witnesses}) {
    std::optional<std::vector<Member>> decoded = DecodeMembers(in);
    if (!decoded.has_value()) return std::nullopt;
    *members = *std::move(decoded);
  }
  std::optional<std::vector<ReplicaId>> removed = DecodeRemoved(in);
  if (!removed.has_value()) return std::nullopt;
  membership.removed = *std::move(removed);
  if (!in.ok() || !Defect(membership, LaxestRules()).empty()) return std::nullopt;
  const std::string_view bytes = start.Raw(in.offset() - start.offset());
  if (!IsCanonical(membership, EncodeMembership, bytes)) return std::nullopt;
  return membership;
}

void EncodeChange(const ChangeRequest& change, ByteWriter& out) {
  out.Fixed8(kVersion);
  out.Fixed8(change.expected.has_value() ? 1 : 0);
  if (change.expected.has_value()) out.Varint(change.expected->value);
  std::visit([&out](const auto& what) { EncodeOne(what, out); }, change.what);
}

std::optional<ChangeRequest> DecodeChange(ByteReader& in) {
  ByteReader start = in;
  ChangeRequest change;
  if (in.Fixed8() != kVersion) return std::nullopt;
  const uint8_t ordered = in.Fixed8();
  if (ordered > 1) return std::nullopt;
  if (ordered == 1) change.expected = Index(in.Varint());
  std::optional<decltype(ChangeRequest::what)> what = DecodeWhat(in);
  if (!what.has_value() || !in.ok()) return std::nullopt;
  change.what = *std::move(what);
  const std::string_view bytes = start.Raw(in.offset() - start.offset());
  if (!IsCanonical(change, EncodeChange, bytes)) return std::nullopt;
  return change;
}

Payload EncodeMembershipEntry(const MembershipEntry& entry) {
  ByteWriter out;
  EncodeChange(entry.change, out);
  EncodeMembership(entry.result, out);
  return Payload::Copy(out.view());
}

std::optional<MembershipEntry> DecodeMembershipEntry(std::string_view bytes) {
  ByteReader in(bytes);
  std::optional<ChangeRequest> change = DecodeChange(in);
  if (!change.has_value()) return std::nullopt;
  std::optional<Membership> result = DecodeMembership(in);
  if (!result.has_value() || in.remaining() != 0) return std::nullopt;
  return MembershipEntry{*std::move(change), *std::move(result)};
}

}  // namespace ww::raft
