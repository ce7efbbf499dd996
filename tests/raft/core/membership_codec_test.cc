// Bytes of memberships and changes: they come back equal, and nothing else is accepted.
#include "raft/core/membership_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ww::raft {
namespace {

Member At(uint64_t id) {
  return Member{ReplicaId(id), HostId(id + 100), "host-" + std::to_string(id)};
}

Membership Rich() {
  Membership membership;
  membership.voters = {At(2), At(5)};
  membership.non_voting = {At(9)};
  membership.witnesses = {At(3)};
  membership.outgoing_voters = {At(1), At(2)};
  membership.outgoing_witnesses = {At(3)};
  membership.removed = {ReplicaId(4), ReplicaId(7), ReplicaId(UINT64_MAX)};
  membership.change_index = Index(300);
  return membership;
}

std::string Bytes(const Membership& membership) {
  ByteWriter out;
  EncodeMembership(membership, out);
  return out.Take();
}

std::optional<Membership> Decode(std::string_view bytes) {
  ByteReader in(bytes);
  return DecodeMembership(in);
}

TEST(MembershipCodec, GivesBackWhatWasEncoded) {
  EXPECT_EQ(Decode(Bytes(Rich())), Rich());
  const ChangeRequest change{
      EnterJoint{{AddMember{MemberRole::kWitness, At(3)}, DeleteMember{ReplicaId(1)}}}, Index(12)};
  const MembershipEntry entry{change, Rich()};
  EXPECT_EQ(DecodeMembershipEntry(EncodeMembershipEntry(entry).view()), entry);
  const MembershipEntry leave{{LeaveJoint{}}, InitialMembership({At(1)})};
  EXPECT_EQ(DecodeMembershipEntry(EncodeMembershipEntry(leave).view()), leave);
}

TEST(MembershipCodec, LeavesWhatFollowsToTheReader) {
  std::string bytes = Bytes(Rich()) + "rest";
  ByteReader in(bytes);
  ASSERT_TRUE(DecodeMembership(in).has_value());
  EXPECT_EQ(in.Raw(4), "rest");
}

TEST(MembershipCodec, RefusesEveryShorterAndLongerEntry) {
  const MembershipEntry entry{{AddMember{MemberRole::kVoter, At(2)}, Index(3)}, Rich()};
  const std::string bytes(EncodeMembershipEntry(entry).view());
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(DecodeMembershipEntry(std::string_view(bytes).substr(0, size)).has_value());
  }
  EXPECT_FALSE(DecodeMembershipEntry(bytes + std::string(1, '\0')).has_value());
}

TEST(MembershipCodec, RefusesWhatIsNoValidMembership) {
  std::string bytes = Bytes(InitialMembership({At(1), At(2)}));
  EXPECT_FALSE(Decode(std::string("\x02") + bytes.substr(1)).has_value()) << "version";
  std::string zero = bytes;
  zero[3] = 0;  // Version, change index, number of voters, then the first id.
  // Whether replica id 0 may be a member, is for rules to say.
  ASSERT_TRUE(Decode(zero).has_value());
  EXPECT_EQ(Defect(*Decode(zero)), "replica id 0");
  std::string twice = bytes;
  twice[3] = 2;
  EXPECT_FALSE(Decode(twice).has_value()) << "an id twice";
  std::string none = bytes;
  none[2] = 0;
  EXPECT_FALSE(Decode(none).has_value()) << "no voter";
}

TEST(MembershipCodec, RefusesNumbersThatAreNotTheShortest) {
  const std::string bytes = Bytes(InitialMembership({At(1)}));
  ASSERT_EQ(bytes[1], 0);
  const std::string overlong = bytes.substr(0, 1) + std::string("\x80\x00", 2) + bytes.substr(2);
  EXPECT_FALSE(Decode(overlong).has_value());
}

TEST(MembershipCodec, RefusesHostileCountsWithoutAllocating) {
  ByteWriter out;
  out.Fixed8(1);
  out.Varint(0);
  out.Varint(UINT64_MAX);
  EXPECT_FALSE(Decode(out.view()).has_value());
}

TEST(MembershipCodec, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([] {
    const MembershipEntry entry{{AddMember{MemberRole::kVoter, At(2)}, Index(3)}, Rich()};
    std::string bytes(EncodeMembershipEntry(entry).view());
    const int flips = *rc::gen::inRange(1, 4);
    for (int i = 0; i < flips; ++i) {
      const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
      bytes[at] = *rc::gen::arbitrary<char>();
    }
    const std::optional<MembershipEntry> decoded = DecodeMembershipEntry(bytes);
    // What is accepted is valid, and has no other bytes.
    if (!decoded.has_value()) return;
    RC_ASSERT(Defect(decoded->result, LaxestRules()).empty());
    RC_ASSERT(EncodeMembershipEntry(*decoded).view() == bytes);
  }));
}

}  // namespace
}  // namespace ww::raft
