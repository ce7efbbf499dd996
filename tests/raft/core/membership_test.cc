// Changes of membership against an independent model: exhaustively for four ids, by
// RapidCheck beyond; each refusal by name; quorums before and after every change.
#include "raft/core/membership.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <set>

#include "raft/core/electorate.h"
#include "raft/core/membership_codec.h"
#include "tests/raft/core/membership_model.h"

namespace ww::raft {
namespace {

constexpr Index kAt(1000);

Member At(uint64_t id) { return Member{ReplicaId(id), HostId(id), "host-" + std::to_string(id)}; }
ChangeRequest Add(MemberRole role, Member member) { return {AddMember{role, std::move(member)}}; }
ChangeRequest AddVoter(uint64_t id) { return Add(MemberRole::kVoter, At(id)); }
ChangeRequest Delete(uint64_t id) { return {DeleteMember{ReplicaId(id)}}; }

Membership Of(std::initializer_list<uint64_t> voters) {
  std::vector<Member> members;
  for (const uint64_t id : voters) members.push_back(At(id));
  return InitialMembership(std::move(members));
}

// The result, which must be one.
Membership Must(const Membership& membership, const ChangeRequest& change) {
  const ChangeOutcome outcome = Apply(membership, change, membership.change_index.next());
  EXPECT_TRUE(std::holds_alternative<Membership>(outcome))
      << NameOf(std::get<ChangeRefusal>(outcome));
  return std::get<Membership>(outcome);
}

ChangeRefusal Refusal(const Membership& membership, const ChangeRequest& change) {
  const ChangeOutcome outcome = Apply(membership, change, kAt);
  EXPECT_TRUE(std::holds_alternative<ChangeRefusal>(outcome));
  return std::get<ChangeRefusal>(outcome);
}

std::string Key(const Membership& membership) {
  Membership plain = membership;
  plain.change_index = Index(1);
  ByteWriter out;
  EncodeMembership(plain, out);
  return out.Take();
}

// --- Each rule once ---

TEST(Membership, AddsMembersOfEveryRoleInOrder) {
  Membership membership = Of({2, 4});
  membership = Must(membership, AddVoter(3));
  membership = Must(membership, Add(MemberRole::kNonVoting, At(9)));
  membership = Must(membership, Add(MemberRole::kWitness, At(1)));
  EXPECT_EQ(membership.voters, (std::vector<Member>{At(2), At(3), At(4)}));
  EXPECT_EQ(membership.non_voting, std::vector<Member>{At(9)});
  EXPECT_EQ(membership.witnesses, std::vector<Member>{At(1)});
  EXPECT_EQ(membership.change_index, Index(3));
  EXPECT_EQ(RoleOf(membership, ReplicaId(1)), MemberRole::kWitness);
  EXPECT_EQ(RoleOf(membership, ReplicaId(9)), MemberRole::kNonVoting);
  EXPECT_EQ(RoleOf(membership, ReplicaId(8)), std::nullopt);
}

TEST(Membership, PromotesANonVotingMemberWhereItIs) {
  Membership membership = Must(Of({1}), Add(MemberRole::kNonVoting, At(2)));
  Member elsewhere = At(2);
  elsewhere.target = "other";
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, elsewhere)),
            ChangeRefusal::kPromotionElsewhere);
  Member shouted = At(2);
  shouted.target = "  HOST-2\t";
  membership = Must(membership, Add(MemberRole::kVoter, shouted));
  EXPECT_EQ(membership.voters, (std::vector<Member>{At(1), At(2)}));
  EXPECT_TRUE(membership.non_voting.empty());
}

TEST(Membership, RemembersRemovedIdsForEver) {
  Membership membership = Must(Of({1, 2, 3}), Delete(2));
  EXPECT_EQ(membership.removed, std::vector<ReplicaId>{ReplicaId(2)});
  for (const MemberRole role : {MemberRole::kVoter, MemberRole::kNonVoting, MemberRole::kWitness}) {
    EXPECT_EQ(Refusal(membership, Add(role, At(2))), ChangeRefusal::kRemovedId);
  }
  membership = Must(membership, AddVoter(4));
  membership = Must(membership, Delete(4));
  EXPECT_EQ(membership.removed, (std::vector<ReplicaId>{ReplicaId(2), ReplicaId(4)}));
  EXPECT_EQ(Refusal(membership, Delete(2)), ChangeRefusal::kRemovedId);
}

TEST(Membership, RefusesEachWrongIdentityByItsName) {
  const Membership membership = Of({1, 2});
  Member member = At(3);
  member.replica = ReplicaId();
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, member)), ChangeRefusal::kZeroReplicaId);
  EXPECT_EQ(Refusal(membership, Delete(0)), ChangeRefusal::kZeroReplicaId);
  member = At(3);
  member.host = HostId();
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, member)), ChangeRefusal::kZeroHostId);
  member = At(3);
  member.target = " \n ";
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, member)), ChangeRefusal::kBadTarget);
  member.target = std::string(kTargetBytesMax + 1, 'x');
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, member)), ChangeRefusal::kBadTarget);
  member.target = " Host-2 ";
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, member)), ChangeRefusal::kDuplicateTarget);
  member = At(3);
  member.host = HostId(2);
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kVoter, member)), ChangeRefusal::kDuplicateHost);
  EXPECT_EQ(Refusal(membership, AddVoter(2)), ChangeRefusal::kDuplicateId);
  EXPECT_EQ(Refusal(membership, Delete(3)), ChangeRefusal::kNotAMember);
}

TEST(Membership, RefusesEveryConversionButPromotion) {
  Membership membership = Must(Of({1, 2}), Add(MemberRole::kNonVoting, At(3)));
  membership = Must(membership, Add(MemberRole::kWitness, At(4)));
  const auto convert = [&](uint64_t id, MemberRole role) {
    return Refusal(membership, Add(role, At(id)));
  };
  EXPECT_EQ(convert(2, MemberRole::kNonVoting), ChangeRefusal::kDemotion);
  EXPECT_EQ(convert(2, MemberRole::kWitness), ChangeRefusal::kWitnessConversion);
  EXPECT_EQ(convert(3, MemberRole::kWitness), ChangeRefusal::kWitnessConversion);
  EXPECT_EQ(convert(4, MemberRole::kVoter), ChangeRefusal::kWitnessConversion);
  EXPECT_EQ(convert(4, MemberRole::kNonVoting), ChangeRefusal::kWitnessConversion);
}

TEST(Membership, KeepsAVoterWhateverWitnessesThereAre) {
  Membership membership = Must(Of({1}), Add(MemberRole::kWitness, At(2)));
  membership = Must(membership, Add(MemberRole::kNonVoting, At(3)));
  EXPECT_EQ(Refusal(membership, Delete(1)), ChangeRefusal::kNoVoterLeft);
}

TEST(Membership, RefusesWhatTheCallerDecidedOnAnOlderMembership) {
  const Membership membership = Must(Of({1, 2}), AddVoter(3));
  ChangeRequest change = AddVoter(4);
  change.expected = Index(0);
  EXPECT_EQ(Refusal(membership, change), ChangeRefusal::kStaleChangeIndex);
  change.expected = membership.change_index;
  EXPECT_TRUE(std::holds_alternative<Membership>(Apply(membership, change, kAt)));
}

TEST(Membership, BoundsVotersAndMembers) {
  Membership membership = Of({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(Refusal(membership, AddVoter(8)), ChangeRefusal::kTooManyVoters);
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kWitness, At(8))), ChangeRefusal::kTooManyVoters);
  for (uint64_t id = 8; id <= kMembersMax; ++id) {
    membership = Must(membership, Add(MemberRole::kNonVoting, At(id)));
  }
  EXPECT_EQ(Refusal(membership, Add(MemberRole::kNonVoting, At(kMembersMax + 1))),
            ChangeRefusal::kTooManyMembers);
}

TEST(Membership, PassesThroughAJointOneToReplaceSeveral) {
  const Membership before = Of({1, 2, 3});
  const EnterJoint enter{{DeleteMember{ReplicaId(1)}, DeleteMember{ReplicaId(2)},
                          AddMember{MemberRole::kVoter, At(4)},
                          AddMember{MemberRole::kNonVoting, At(5)}}};
  Membership membership = Must(before, {enter});
  EXPECT_TRUE(IsJoint(membership));
  EXPECT_EQ(membership.outgoing_voters, before.voters);
  EXPECT_EQ(membership.voters, (std::vector<Member>{At(3), At(4)}));
  EXPECT_TRUE(membership.removed.empty());
  EXPECT_EQ(RoleOf(membership, ReplicaId(1)), MemberRole::kVoter);
  EXPECT_EQ(MembersOf(membership).size(), 5u);
  EXPECT_EQ(Refusal(membership, AddVoter(6)), ChangeRefusal::kWhileJoint);
  EXPECT_EQ(Refusal(membership, {enter}), ChangeRefusal::kWhileJoint);
  membership = Must(membership, {LeaveJoint{}});
  EXPECT_FALSE(IsJoint(membership));
  EXPECT_EQ(membership.removed, (std::vector<ReplicaId>{ReplicaId(1), ReplicaId(2)}));
  EXPECT_EQ(Refusal(membership, {LeaveJoint{}}), ChangeRefusal::kNotJoint);
}

TEST(Membership, RefusesJointChangesThatContradictThemselves) {
  const Membership membership = Of({1});
  EXPECT_EQ(Refusal(membership, {EnterJoint{}}), ChangeRefusal::kNothingToDo);
  EXPECT_EQ(Refusal(membership, {EnterJoint{std::vector<MemberChange>(
                                    kJointChangesMax + 1, DeleteMember{ReplicaId(1)})}}),
            ChangeRefusal::kTooManyChanges);
  const AddMember add{MemberRole::kVoter, At(2)};
  EXPECT_EQ(Refusal(membership, {EnterJoint{{add, DeleteMember{ReplicaId(2)}}}}),
            ChangeRefusal::kDuplicateId);
  EXPECT_EQ(Refusal(membership, {EnterJoint{{DeleteMember{ReplicaId(1)}}}}),
            ChangeRefusal::kNoVoterLeft);
  // The other order is no excuse: the host still has the replica that is to go.
  Member same_host = At(2);
  same_host.host = HostId(1);
  EXPECT_EQ(
      Refusal(membership,
              {EnterJoint{{DeleteMember{ReplicaId(1)}, AddMember{MemberRole::kVoter, same_host}}}}),
      ChangeRefusal::kDuplicateHost);
}

TEST(Membership, BeginsWithVotersAddedToNothing) {
  const Membership one = Must(Membership{}, AddVoter(1));
  EXPECT_EQ(one.voters, std::vector<Member>{At(1)});
  EXPECT_EQ(Refusal(Membership{}, Add(MemberRole::kNonVoting, At(1))), ChangeRefusal::kNoVoterLeft);
  EXPECT_EQ(Refusal(Membership{}, {EnterJoint{{AddMember{MemberRole::kVoter, At(1)}}}}),
            ChangeRefusal::kNoVoterLeft);
}

TEST(Membership, HasADistinctNameForEveryRefusal) {
  std::set<std::string> names;
  for (size_t i = 0; i < kChangeRefusals; ++i) names.insert(NameOf(static_cast<ChangeRefusal>(i)));
  EXPECT_EQ(names.size(), kChangeRefusals);
}

// --- Against the model ---

std::vector<ChangeRequest> SingleChanges(uint64_t ids) {
  std::vector<ChangeRequest> changes{{LeaveJoint{}}, Delete(0)};
  for (uint64_t id = 1; id <= ids; ++id) {
    changes.push_back(Delete(id));
    for (const MemberRole role :
         {MemberRole::kVoter, MemberRole::kNonVoting, MemberRole::kWitness}) {
      changes.push_back(Add(role, At(id)));
      Member elsewhere = At(id);
      elsewhere.host = HostId(id % ids + 1);
      changes.push_back(Add(role, elsewhere));
      Member taken = At(id);
      taken.target = " HOST-" + std::to_string(id % ids + 1);
      changes.push_back(Add(role, taken));
    }
  }
  return changes;
}

std::vector<ChangeRequest> JointChanges(const std::vector<ChangeRequest>& singles) {
  std::vector<MemberChange> parts;
  for (const ChangeRequest& change : singles) {
    if (const auto* add = std::get_if<AddMember>(&change.what)) parts.push_back(*add);
    if (const auto* gone = std::get_if<DeleteMember>(&change.what)) parts.push_back(*gone);
  }
  std::vector<ChangeRequest> joint;
  for (const MemberChange& first : parts) {
    joint.push_back({EnterJoint{{first}}});
    for (const MemberChange& second : parts) joint.push_back({EnterJoint{{first, second}}});
  }
  return joint;
}

// Every quorum before meets every quorum after: the complement of a quorum holds none.
void ExpectQuorumsMeet(const model::Shard& before, const model::Shard& after, uint64_t ids) {
  const uint64_t all = (uint64_t{1} << (ids + 1)) - 2;
  for (uint64_t set = 0; set <= all; set += 2) {
    if (!model::IsQuorum(before, set)) continue;
    ASSERT_FALSE(model::IsQuorum(after, all & ~set));
  }
}

void ExpectAsTheModel(const Membership& membership, const ChangeRequest& change) {
  const model::Shard before = model::FromMembership(membership);
  model::Shard expected = before;
  const model::Verdict verdict = model::Judge(expected, change, membership.change_index);
  const ChangeOutcome outcome = Apply(membership, change, membership.change_index.next());
  if (const auto* refusal = std::get_if<ChangeRefusal>(&outcome)) {
    ASSERT_TRUE(verdict.has_value()) << NameOf(*refusal);
    ASSERT_EQ(NameOf(*refusal), NameOf(*verdict));
    return;
  }
  ASSERT_FALSE(verdict.has_value()) << NameOf(*verdict);
  const Membership& next = std::get<Membership>(outcome);
  ASSERT_EQ(Defect(next), "");
  const model::Shard got = model::FromMembership(next);
  ASSERT_EQ(got.removed, expected.removed);
  ASSERT_EQ(got.joint, expected.joint);
  ASSERT_EQ(got.seats.size(), expected.seats.size());
  for (const auto& [id, seat] : expected.seats) {
    ASSERT_EQ(got.seats.count(id), 1u);
    ASSERT_EQ(got.seats.at(id).now, seat.now);
    ASSERT_EQ(got.seats.at(id).then, seat.then);
    ASSERT_EQ(got.seats.at(id).host, seat.host);
  }
}

TEST(Membership, EqualsTheModelInEveryStateOfFourIds) {
  constexpr uint64_t kIds = 4;
  const std::vector<ChangeRequest> singles = SingleChanges(kIds);
  std::vector<ChangeRequest> changes = JointChanges(singles);
  changes.insert(changes.end(), singles.begin(), singles.end());
  std::set<std::string> seen;
  std::deque<Membership> open{Of({1})};
  seen.insert(Key(open.front()));
  std::set<ChangeRefusal> refusals;
  size_t judged = 0;
  while (!open.empty()) {
    const Membership membership = open.front();
    open.pop_front();
    for (const ChangeRequest& change : changes) {
      ++judged;
      ASSERT_NO_FATAL_FAILURE(ExpectAsTheModel(membership, change));
      const ChangeOutcome outcome = Apply(membership, change, membership.change_index.next());
      if (const auto* refusal = std::get_if<ChangeRefusal>(&outcome)) {
        refusals.insert(*refusal);
        continue;
      }
      const Membership& next = std::get<Membership>(outcome);
      ASSERT_NO_FATAL_FAILURE(
          ExpectQuorumsMeet(model::FromMembership(membership), model::FromMembership(next), kIds));
      if (seen.insert(Key(next)).second) open.push_back(next);
    }
  }
  EXPECT_GT(seen.size(), 300u);
  EXPECT_GT(judged, 200'000u);
  EXPECT_EQ(refusals.size(), 12u);
}

TEST(Membership, EqualsTheModelOnLongWalksOverManyIds) {
  EXPECT_TRUE(rc::check([] {
    const auto member = [] {
      Member drawn = At(*rc::gen::inRange<uint64_t>(0, 30));
      if (*rc::gen::inRange(0, 8) == 0) drawn.host = HostId(*rc::gen::inRange<uint64_t>(0, 30));
      if (*rc::gen::inRange(0, 8) == 0) drawn.target = At(*rc::gen::inRange(0, 30)).target;
      return drawn;
    };
    const auto one = [&]() -> MemberChange {
      if (*rc::gen::inRange(0, 3) == 0) {
        return DeleteMember{ReplicaId(*rc::gen::inRange<uint64_t>(0, 30))};
      }
      return AddMember{static_cast<MemberRole>(*rc::gen::inRange(0, 3)), member()};
    };
    Membership membership = Of({1, 2, 3});
    for (int step = 0; step < 60; ++step) {
      ChangeRequest change;
      const int kind = *rc::gen::inRange(0, 8);
      if (IsJoint(membership) ? kind < 6 : kind == 0) {
        change.what = LeaveJoint{};
      } else if (kind <= 2) {
        EnterJoint enter;
        const int count = *rc::gen::inRange(0, 6);
        for (int i = 0; i < count; ++i) enter.changes.push_back(one());
        change.what = enter;
      } else {
        const MemberChange single = one();
        std::visit([&change](const auto& value) { change.what = value; }, single);
      }
      ExpectAsTheModel(membership, change);
      RC_ASSERT(!::testing::Test::HasFatalFailure());
      const ChangeOutcome outcome = Apply(membership, change, membership.change_index.next());
      if (const auto* next = std::get_if<Membership>(&outcome)) membership = *next;
    }
  }));
}

}  // namespace
}  // namespace ww::raft
