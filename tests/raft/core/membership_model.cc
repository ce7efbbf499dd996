#include "tests/raft/core/membership_model.h"

#include <algorithm>

namespace ww::raft::model {

std::string Plain(const std::string& target) {
  const char* blanks = " \t\n\v\f\r";
  const size_t first = target.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  std::string plain = target.substr(first, target.find_last_not_of(blanks) - first + 1);
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return plain;
}

Shard FromMembership(const Membership& membership) {
  Shard shard;
  const auto sit = [&shard](const Member& member) -> Seat& {
    Seat& seat = shard.seats[member.replica.value];
    seat.host = member.host.value;
    seat.target = Plain(member.target);
    return seat;
  };
  for (const Member& member : membership.voters) sit(member).now = MemberRole::kVoter;
  for (const Member& member : membership.non_voting) sit(member).now = MemberRole::kNonVoting;
  for (const Member& member : membership.witnesses) sit(member).now = MemberRole::kWitness;
  for (const Member& member : membership.outgoing_voters) sit(member).then = MemberRole::kVoter;
  for (const Member& member : membership.outgoing_witnesses) {
    sit(member).then = MemberRole::kWitness;
  }
  for (const ReplicaId id : membership.removed) shard.removed.insert(id.value);
  shard.joint = !membership.outgoing_voters.empty();
  return shard;
}

namespace {

Verdict Add(Shard& shard, const AddMember& add) {
  const uint64_t id = add.member.replica.value;
  const std::string target = Plain(add.member.target);
  if (id == 0) return ChangeRefusal::kZeroReplicaId;
  if (add.member.host.value == 0) return ChangeRefusal::kZeroHostId;
  if (target.empty() || add.member.target.size() > 255) return ChangeRefusal::kBadTarget;
  if (shard.removed.count(id) > 0) return ChangeRefusal::kRemovedId;
  if (shard.seats.count(id) > 0) {
    Seat& seat = shard.seats.at(id);
    if (seat.now == add.role) return ChangeRefusal::kDuplicateId;
    if (seat.now == MemberRole::kWitness) return ChangeRefusal::kWitnessConversion;
    if (add.role == MemberRole::kWitness) return ChangeRefusal::kWitnessConversion;
    if (seat.now == MemberRole::kVoter) return ChangeRefusal::kDemotion;
    const bool same = seat.host == add.member.host.value && seat.target == target;
    if (!same) return ChangeRefusal::kPromotionElsewhere;
    seat.now = MemberRole::kVoter;
    return {};
  }
  for (const auto& [other, seat] : shard.seats) {
    if (seat.target == target) return ChangeRefusal::kDuplicateTarget;
    if (seat.host == add.member.host.value) return ChangeRefusal::kDuplicateHost;
  }
  shard.seats[id] = Seat{add.role, std::nullopt, add.member.host.value, target};
  return {};
}

Verdict Delete(Shard& shard, const DeleteMember& gone) {
  const uint64_t id = gone.replica.value;
  if (id == 0) return ChangeRefusal::kZeroReplicaId;
  if (shard.removed.count(id) > 0) return ChangeRefusal::kRemovedId;
  if (shard.seats.count(id) == 0) return ChangeRefusal::kNotAMember;
  shard.seats.at(id).now.reset();
  if (!shard.seats.at(id).then.has_value()) {
    shard.seats.erase(id);
    shard.removed.insert(id);
  }
  return {};
}

Verdict One(Shard& shard, const MemberChange& change) {
  if (const auto* add = std::get_if<AddMember>(&change)) return Add(shard, *add);
  return Delete(shard, std::get<DeleteMember>(change));
}

Verdict Enter(Shard& shard, const EnterJoint& enter) {
  if (enter.changes.empty()) return ChangeRefusal::kNothingToDo;
  if (enter.changes.size() > kJointChangesMax) return ChangeRefusal::kTooManyChanges;
  std::set<uint64_t> named;
  for (const MemberChange& change : enter.changes) {
    const auto* add = std::get_if<AddMember>(&change);
    const ReplicaId id =
        add != nullptr ? add->member.replica : std::get<DeleteMember>(change).replica;
    if (!named.insert(id.value).second) return ChangeRefusal::kDuplicateId;
  }
  for (auto& [id, seat] : shard.seats) {
    if (seat.now != MemberRole::kNonVoting) seat.then = seat.now;
  }
  shard.joint = true;
  for (const MemberChange& change : enter.changes) {
    if (const Verdict verdict = One(shard, change)) return verdict;
  }
  return {};
}

Verdict Leave(Shard& shard) {
  if (!shard.joint) return ChangeRefusal::kNotJoint;
  shard.joint = false;
  for (auto at = shard.seats.begin(); at != shard.seats.end();) {
    at->second.then.reset();
    if (at->second.now.has_value()) {
      ++at;
    } else {
      shard.removed.insert(at->first);
      at = shard.seats.erase(at);
    }
  }
  return {};
}

Verdict Bounds(const Shard& shard) {
  size_t voters = 0;
  size_t counting = 0;
  for (const auto& [id, seat] : shard.seats) {
    voters += seat.now == MemberRole::kVoter ? 1 : 0;
    counting += seat.now.has_value() && seat.now != MemberRole::kNonVoting ? 1 : 0;
  }
  if (voters == 0) return ChangeRefusal::kNoVoterLeft;
  if (counting > 7) return ChangeRefusal::kTooManyVoters;
  if (shard.seats.size() > kMembersMax) return ChangeRefusal::kTooManyMembers;
  return {};
}

}  // namespace

Verdict Judge(Shard& shard, const ChangeRequest& change, Index current) {
  if (change.expected.has_value() && *change.expected != current) {
    return ChangeRefusal::kStaleChangeIndex;
  }
  const bool leaves = std::holds_alternative<LeaveJoint>(change.what);
  if (shard.joint && !leaves) return ChangeRefusal::kWhileJoint;
  Shard next = shard;
  Verdict verdict;
  if (const auto* add = std::get_if<AddMember>(&change.what)) verdict = Add(next, *add);
  if (const auto* gone = std::get_if<DeleteMember>(&change.what)) verdict = Delete(next, *gone);
  if (const auto* enter = std::get_if<EnterJoint>(&change.what)) verdict = Enter(next, *enter);
  if (leaves) verdict = Leave(next);
  if (!verdict.has_value()) verdict = Bounds(next);
  if (!verdict.has_value()) shard = next;
  return verdict;
}

bool IsQuorum(const Shard& shard, uint64_t set) {
  const auto majority = [&](bool outgoing) {
    size_t all = 0;
    size_t held = 0;
    for (const auto& [id, seat] : shard.seats) {
      const std::optional<MemberRole>& role = outgoing ? seat.then : seat.now;
      if (!role.has_value() || role == MemberRole::kNonVoting) continue;
      ++all;
      held += (set >> id) & 1;
    }
    return 2 * held > all;
  };
  return majority(false) && (!shard.joint || majority(true));
}

}  // namespace ww::raft::model
