#include "raft/core/membership.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "sim/base/check.h"

namespace ww::raft {
namespace {

using Members = std::vector<Member>;

Members::const_iterator At(const Members& members, ReplicaId replica) {
  return std::lower_bound(
      members.begin(), members.end(), replica,
      [](const Member& member, ReplicaId wanted) { return member.replica < wanted; });
}

const Member* Find(const Members& members, ReplicaId replica) {
  const auto at = At(members, replica);
  return at == members.end() || at->replica != replica ? nullptr : &*at;
}

Members With(Members members, const Member& member) {
  CHECK(Find(members, member.replica) == nullptr);
  members.insert(At(members, member.replica), member);
  return members;
}

Members Without(Members members, ReplicaId replica) {
  const auto at = At(members, replica);
  if (at != members.end() && at->replica == replica) members.erase(at);
  CHECK(Find(members, replica) == nullptr);
  return members;
}

std::vector<ReplicaId> With(std::vector<ReplicaId> ids, ReplicaId id) {
  const auto at = std::lower_bound(ids.begin(), ids.end(), id);
  CHECK(at == ids.end() || *at != id);
  ids.insert(at, id);
  return ids;
}

// ASCII alone: targets are host names and addresses, and locales are nobody's business here.
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

size_t VotingCount(const Membership& membership) {
  return membership.voters.size() + membership.witnesses.size();
}

}  // namespace

// --- Looking ---

bool SameTarget(std::string_view a, std::string_view b) {
  a = Trim(a);
  b = Trim(b);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsRemoved(const Membership& membership, ReplicaId replica) {
  return std::binary_search(membership.removed.begin(), membership.removed.end(), replica);
}

const Member* FindMember(const Membership& membership, ReplicaId replica) {
  for (const Members* members : {&membership.voters, &membership.non_voting, &membership.witnesses,
                                 &membership.outgoing_voters, &membership.outgoing_witnesses}) {
    if (const Member* member = Find(*members, replica); member != nullptr) return member;
  }
  return nullptr;
}

std::optional<MemberRole> RoleOf(const Membership& membership, ReplicaId replica) {
  if (Find(membership.voters, replica) != nullptr) return MemberRole::kVoter;
  if (Find(membership.witnesses, replica) != nullptr) return MemberRole::kWitness;
  if (Find(membership.outgoing_voters, replica) != nullptr) return MemberRole::kVoter;
  if (Find(membership.outgoing_witnesses, replica) != nullptr) return MemberRole::kWitness;
  if (Find(membership.non_voting, replica) != nullptr) return MemberRole::kNonVoting;
  return std::nullopt;
}

std::vector<Member> MembersOf(const Membership& membership) {
  Members all = membership.voters;
  for (const Members* members : {&membership.non_voting, &membership.witnesses,
                                 &membership.outgoing_voters, &membership.outgoing_witnesses}) {
    for (const Member& member : *members) {
      if (Find(all, member.replica) == nullptr) all = With(std::move(all), member);
    }
  }
  return all;
}

namespace {

bool SortedOnce(const Members& members) {
  return std::adjacent_find(members.begin(), members.end(), [](const Member& a, const Member& b) {
           return a.replica >= b.replica;
         }) == members.end();
}

std::string_view DefectOfMember(const Membership& membership, const Member& member,
                                const Rules& rules) {
  if (member.replica.none() && rules.zero_refused) return "replica id 0";
  if (member.host.none()) return "host id 0";
  if (member.target.size() > kTargetBytesMax) return "a target is too long";
  if (IsRemoved(membership, member.replica)) return "a member was removed";
  const auto same = [&member](const Member& other) {
    return other.host == member.host ||
           (!Trim(member.target).empty() && SameTarget(other.target, member.target));
  };
  const Members all = MembersOf(membership);
  if (std::count_if(all.begin(), all.end(), same) != 1) return "a host or target occurs twice";
  return {};
}

// A member of both halves is the same in both, but for a promotion.
std::string_view DefectOfHalves(const Membership& membership) {
  if (!IsJoint(membership)) {
    return membership.outgoing_witnesses.empty() ? "" : "outgoing witnesses without voters";
  }
  if (membership.outgoing_voters.size() + membership.outgoing_witnesses.size() > kVotersMax) {
    return "too many outgoing voters";
  }
  for (const Members* half : {&membership.outgoing_voters, &membership.outgoing_witnesses}) {
    const bool witness = half == &membership.outgoing_witnesses;
    for (const Member& member : *half) {
      if (*FindMember(membership, member.replica) != member) return "halves differ about a member";
      if (Find(membership.non_voting, member.replica) != nullptr) return "a voter was demoted";
      const Members& other = witness ? membership.voters : membership.witnesses;
      if (Find(other, member.replica) != nullptr) return "a witness was converted";
      const Members& twin = witness ? membership.outgoing_voters : membership.outgoing_witnesses;
      if (Find(twin, member.replica) != nullptr) return "an outgoing member has two roles";
    }
  }
  return {};
}

}  // namespace

std::string_view Defect(const Membership& membership, const Rules& rules) {
  for (const Members* members : {&membership.voters, &membership.non_voting, &membership.witnesses,
                                 &membership.outgoing_voters, &membership.outgoing_witnesses}) {
    if (!SortedOnce(*members)) return "members are not sorted or occur twice";
  }
  const std::vector<ReplicaId>& removed = membership.removed;
  if (std::adjacent_find(removed.begin(), removed.end(), std::greater_equal<>()) != removed.end()) {
    return "removed ids are not sorted or occur twice";
  }
  if (!removed.empty() && removed.front().none() && rules.zero_refused) return "removed id 0";
  if (membership.voters.empty()) return "no voter";
  if (VotingCount(membership) > kVotersMax) return "too many voters";
  for (const Member& member : membership.non_voting) {
    if (Find(membership.voters, member.replica) != nullptr) return "a member has two roles";
    if (Find(membership.witnesses, member.replica) != nullptr) return "a member has two roles";
  }
  for (const Member& member : membership.witnesses) {
    if (Find(membership.voters, member.replica) != nullptr) return "a member has two roles";
  }
  const std::string_view halves = DefectOfHalves(membership);
  if (!halves.empty()) return halves;
  const Members all = MembersOf(membership);
  if (all.size() > kMembersMax) return "too many members";
  for (const Member& member : all) {
    const std::string_view defect = DefectOfMember(membership, member, rules);
    if (!defect.empty()) return defect;
  }
  return {};
}

Membership InitialMembership(std::vector<Member> voters) {
  std::sort(voters.begin(), voters.end(),
            [](const Member& a, const Member& b) { return a.replica < b.replica; });
  Membership membership;
  membership.voters = std::move(voters);
  CHECK(Defect(membership).empty(), "{}", Defect(membership));
  return membership;
}

// --- Changing ---

namespace {

std::optional<ChangeRefusal> RefusalOfIdentity(const Membership& membership, const Member& member,
                                               const Rules& rules) {
  if (member.replica.none() && rules.zero_refused) return ChangeRefusal::kZeroReplicaId;
  if (member.host.none()) return ChangeRefusal::kZeroHostId;
  if (Trim(member.target).empty() || member.target.size() > kTargetBytesMax) {
    return ChangeRefusal::kBadTarget;
  }
  if (IsRemoved(membership, member.replica)) return ChangeRefusal::kRemovedId;
  return std::nullopt;
}

// What a member's present role says to the wanted one. Nothing: it is a promotion.
std::optional<ChangeRefusal> RefusalOfConversion(MemberRole present, const Member& known,
                                                 const AddMember& add) {
  if (present == add.role) return ChangeRefusal::kDuplicateId;
  if (present == MemberRole::kWitness || add.role == MemberRole::kWitness) {
    return ChangeRefusal::kWitnessConversion;
  }
  if (present == MemberRole::kVoter) return ChangeRefusal::kDemotion;
  if (known.host != add.member.host || !SameTarget(known.target, add.member.target)) {
    return ChangeRefusal::kPromotionElsewhere;
  }
  return std::nullopt;
}

std::optional<ChangeRefusal> RefusalOfPlace(const Membership& membership, const Member& member) {
  for (const Member& other : MembersOf(membership)) {
    if (SameTarget(other.target, member.target)) return ChangeRefusal::kDuplicateTarget;
    if (other.host == member.host) return ChangeRefusal::kDuplicateHost;
  }
  return std::nullopt;
}

ChangeOutcome Changed(Membership next, const AddMember& add, const Rules& rules) {
  const Member& member = add.member;
  if (const auto refusal = RefusalOfIdentity(next, member, rules)) return *refusal;
  if (const auto present = RoleOf(next, member.replica)) {
    const Member known = *FindMember(next, member.replica);
    if (const auto refusal = RefusalOfConversion(*present, known, add)) return *refusal;
    next.non_voting = Without(std::move(next.non_voting), member.replica);
    next.voters = With(std::move(next.voters), known);
    return next;
  }
  if (const auto refusal = RefusalOfPlace(next, member)) return *refusal;
  switch (add.role) {
    case MemberRole::kVoter:
      next.voters = With(std::move(next.voters), member);
      break;
    case MemberRole::kNonVoting:
      next.non_voting = With(std::move(next.non_voting), member);
      break;
    case MemberRole::kWitness:
      next.witnesses = With(std::move(next.witnesses), member);
      break;
  }
  return next;
}

// While a joint membership is put together a voter stays in the outgoing half; it counts as removed
// when that half goes.
ChangeOutcome Changed(Membership next, const DeleteMember& gone, const Rules& rules) {
  if (gone.replica.none() && rules.zero_refused) return ChangeRefusal::kZeroReplicaId;
  if (IsRemoved(next, gone.replica)) return ChangeRefusal::kRemovedId;
  if (FindMember(next, gone.replica) == nullptr && rules.members_deleted) {
    return ChangeRefusal::kNotAMember;
  }
  next.voters = Without(std::move(next.voters), gone.replica);
  next.witnesses = Without(std::move(next.witnesses), gone.replica);
  next.non_voting = Without(std::move(next.non_voting), gone.replica);
  if (FindMember(next, gone.replica) == nullptr) {
    next.removed = With(std::move(next.removed), gone.replica);
  }
  return next;
}

// What must hold of every result, of one step or of many.
ChangeOutcome Bounded(Membership next) {
  if (next.voters.empty()) return ChangeRefusal::kNoVoterLeft;
  if (VotingCount(next) > kVotersMax) return ChangeRefusal::kTooManyVoters;
  if (MembersOf(next).size() > kMembersMax) return ChangeRefusal::kTooManyMembers;
  return next;
}

ReplicaId ReplicaOf(const MemberChange& change) {
  if (const auto* add = std::get_if<AddMember>(&change)) return add->member.replica;
  return std::get<DeleteMember>(change).replica;
}

bool NamesAnIdTwice(const std::vector<MemberChange>& changes) {
  for (size_t i = 0; i < changes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (ReplicaOf(changes[i]) == ReplicaOf(changes[j])) return true;
    }
  }
  return false;
}

ChangeOutcome Changed(Membership next, const EnterJoint& enter, const Rules& rules) {
  if (enter.changes.empty()) return ChangeRefusal::kNothingToDo;
  if (enter.changes.size() > kJointChangesMax) return ChangeRefusal::kTooManyChanges;
  if (NamesAnIdTwice(enter.changes)) return ChangeRefusal::kDuplicateId;
  if (next.voters.empty()) return ChangeRefusal::kNoVoterLeft;
  next.outgoing_voters = next.voters;
  next.outgoing_witnesses = next.witnesses;
  for (const MemberChange& change : enter.changes) {
    ChangeOutcome outcome =
        std::visit([&](const auto& one) { return Changed(next, one, rules); }, change);
    if (std::holds_alternative<ChangeRefusal>(outcome)) return outcome;
    next = std::get<Membership>(std::move(outcome));
  }
  return next;
}

ChangeOutcome Changed(Membership next, const LeaveJoint&, const Rules&) {
  if (!IsJoint(next)) return ChangeRefusal::kNotJoint;
  const Members before = MembersOf(next);
  next.outgoing_voters.clear();
  next.outgoing_witnesses.clear();
  for (const Member& member : before) {
    if (FindMember(next, member.replica) == nullptr) {
      next.removed = With(std::move(next.removed), member.replica);
    }
  }
  return next;
}

}  // namespace

ChangeOutcome Apply(const Membership& membership, const ChangeRequest& change, Index at,
                    const Rules& rules) {
  CHECK_GT(at, membership.change_index);
  if (change.expected.has_value() && *change.expected != membership.change_index) {
    return ChangeRefusal::kStaleChangeIndex;
  }
  if (IsJoint(membership) && !std::holds_alternative<LeaveJoint>(change.what)) {
    return ChangeRefusal::kWhileJoint;
  }
  ChangeOutcome outcome =
      std::visit([&](const auto& what) { return Changed(membership, what, rules); }, change.what);
  if (std::holds_alternative<ChangeRefusal>(outcome)) return outcome;
  outcome = Bounded(std::get<Membership>(std::move(outcome)));
  if (std::holds_alternative<ChangeRefusal>(outcome)) return outcome;
  Membership& next = std::get<Membership>(outcome);
  next.change_index = at;
  CHECK(Defect(next, rules).empty(), "{}", Defect(next, rules));
  CHECK_GE(next.removed.size(), membership.removed.size());
  return outcome;
}

const char* NameOf(ChangeRefusal refusal) {
  switch (refusal) {
    case ChangeRefusal::kZeroReplicaId:
      return "replica id 0";
    case ChangeRefusal::kZeroHostId:
      return "host id 0";
    case ChangeRefusal::kBadTarget:
      return "bad target";
    case ChangeRefusal::kRemovedId:
      return "id was removed";
    case ChangeRefusal::kDuplicateId:
      return "duplicate id";
    case ChangeRefusal::kDuplicateTarget:
      return "duplicate target";
    case ChangeRefusal::kDuplicateHost:
      return "duplicate host";
    case ChangeRefusal::kPromotionElsewhere:
      return "promotion elsewhere";
    case ChangeRefusal::kDemotion:
      return "demotion";
    case ChangeRefusal::kWitnessConversion:
      return "witness conversion";
    case ChangeRefusal::kNoVoterLeft:
      return "no voter left";
    case ChangeRefusal::kNotAMember:
      return "not a member";
    case ChangeRefusal::kTooManyVoters:
      return "too many voters";
    case ChangeRefusal::kTooManyMembers:
      return "too many members";
    case ChangeRefusal::kNothingToDo:
      return "nothing to do";
    case ChangeRefusal::kTooManyChanges:
      return "too many changes";
    case ChangeRefusal::kWhileJoint:
      return "while joint";
    case ChangeRefusal::kNotJoint:
      return "not joint";
    case ChangeRefusal::kStaleChangeIndex:
      return "stale change index";
    case ChangeRefusal::kChangePending:
      return "change pending";
    case ChangeRefusal::kTermNotCommitted:
      return "term not committed";
    case ChangeRefusal::kNotCaughtUp:
      return "not caught up";
    case ChangeRefusal::kLeaderLeaves:
      return "leader leaves";
    case ChangeRefusal::kHandingOver:
      return "handing over";
    case ChangeRefusal::kNoLiveQuorum:
      return "no live quorum";
  }
  UNREACHABLE();
}

}  // namespace ww::raft
