#include "raft/core/metadata.h"

#include <gtest/gtest.h>

namespace ww::raft {
namespace {

TEST(Metadata, KeepsTermTypeAndDigestButNotThePayload) {
  const Entry entry{Term(7), EntryType::kCommand, Payload::Copy(std::string(1000, 'x'))};
  const Entry kept = MetadataOf(entry);
  EXPECT_EQ(kept.term, Term(7));
  EXPECT_EQ(kept.type, EntryType::kMetadata);
  EXPECT_LT(kept.payload.size(), 16u);
  const std::optional<Metadata> metadata = DecodeMetadata(kept.payload.view());
  ASSERT_TRUE(metadata.has_value());
  EXPECT_EQ(metadata->type, EntryType::kCommand);
  EXPECT_EQ(metadata->digest, entry.payload.digest());
}

TEST(Metadata, LeavesChangesOfMembershipWhole) {
  const Entry entry{Term(7), EntryType::kMembership, Payload::Copy("a change")};
  EXPECT_EQ(MetadataOf(entry).type, EntryType::kMembership);
  EXPECT_EQ(MetadataOf(entry).payload.view(), "a change");
}

TEST(Metadata, RefusesOtherBytes) {
  const std::string bytes(MetadataOf(Entry{}).payload.view());
  EXPECT_TRUE(DecodeMetadata(bytes).has_value());
  EXPECT_FALSE(DecodeMetadata(bytes.substr(1)).has_value());
  EXPECT_FALSE(DecodeMetadata(bytes + "x").has_value());
  EXPECT_FALSE(DecodeMetadata("\x02" + bytes.substr(1)).has_value()) << "of a membership";
}

}  // namespace
}  // namespace ww::raft
