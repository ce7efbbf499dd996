#include "raft/core/entries.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ww::raft {
namespace {

Entry EntryOf(uint64_t term, const std::string& text) {
  return Entry{Term(term), EntryType::kCommand, Payload::Copy(text)};
}

std::vector<std::string> TextsOf(const Entries& entries) {
  std::vector<std::string> texts;
  for (const Entry& entry : entries) texts.emplace_back(entry.payload.view());
  return texts;
}

TEST(Entries, ACopySharesTheRun) {
  const Entries run{EntryOf(1, "a"), EntryOf(1, "b")};
  const Entries copy = run;
  EXPECT_EQ(copy.begin(), run.begin());
  EXPECT_EQ(TextsOf(copy), (std::vector<std::string>{"a", "b"}));
}

TEST(Entries, WhoChangesASharedRunLeavesTheOthersAlone) {
  Entries run{EntryOf(1, "a")};
  const Entries before = run;
  const uint64_t digest = before.digest();
  run.push_back(EntryOf(1, "b"));
  run.SetTerm(Term(7));
  EXPECT_EQ(TextsOf(before), (std::vector<std::string>{"a"}));
  EXPECT_EQ(before[0].term, Term(1));
  EXPECT_EQ(before.digest(), digest);
  EXPECT_EQ(TextsOf(run), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(run.back().term, Term(7));
}

TEST(Entries, ASharedRunWithRoomLeftIsStillNotGrownInPlace) {
  Entries run;
  run.reserve(8);
  run.push_back(EntryOf(1, "a"));
  Entries other = run;
  run.push_back(EntryOf(1, "b"));
  other.push_back(EntryOf(1, "c"));
  EXPECT_EQ(TextsOf(run), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(TextsOf(other), (std::vector<std::string>{"a", "c"}));
}

TEST(Entries, TheDigestFollowsTheContentAndNotTheHistory) {
  Entries grown;
  for (int i = 0; i < 40; ++i) {
    grown.push_back(EntryOf(3, "x"));
    EXPECT_EQ(grown.digest(), Entries(grown.span()).digest()) << i;
  }
  EXPECT_NE(grown.digest(), Entries(grown.From(1)).digest());
  const uint64_t before = grown.digest();
  grown.SetTerm(Term(4));
  EXPECT_NE(grown.digest(), before);
  EXPECT_EQ(Entries().digest(), 0u);
}

TEST(Entries, TheDigestTellsOrderTermAndTypeApart) {
  const Entries run{EntryOf(1, "a"), EntryOf(1, "b")};
  EXPECT_NE(run.digest(), (Entries{EntryOf(1, "b"), EntryOf(1, "a")}.digest()));
  EXPECT_NE(run.digest(), (Entries{EntryOf(1, "a"), EntryOf(2, "b")}.digest()));
  EXPECT_NE((Entries{Entry{Term(1), EntryType::kEmpty, {}}}.digest()),
            (Entries{Entry{Term(1), EntryType::kCommand, {}}}.digest()));
}

TEST(Entries, WhatIsMovedFromIsEmpty) {
  Entries run{EntryOf(1, "a")};
  const Entries taken = std::move(run);
  EXPECT_TRUE(run.empty());  // NOLINT: what is left is specified.
  EXPECT_EQ(taken.size(), 1u);
}

}  // namespace
}  // namespace ww::raft
