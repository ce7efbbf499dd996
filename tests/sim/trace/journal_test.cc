#include "sim/trace/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "sim/trace/reader.h"

namespace ww {
namespace {

struct Kinds {
  Schema schema;
  KindId plain;
  KindId text;
};

Kinds MakeKinds() {
  Kinds kinds;
  kinds.plain = kinds.schema.Add({"test.plain",
                                  DisplayRole::kPoint,
                                  {{"size", FieldType::kNumber, "bytes", {}},
                                   {"delay", FieldType::kDuration, "", {}},
                                   {"to", FieldType::kHost, "", {}}}});
  kinds.text =
      kinds.schema.Add({"test.text", DisplayRole::kPoint, {{"what", FieldType::kText, "", {}}}});
  return kinds;
}

// The same run every time.
void RecordSome(Journal& journal, const Kinds& kinds, int records) {
  for (int i = 0; i < records; ++i) {
    journal.Record(kinds.plain, TrueTime{i * 10}, HostId(1), uint32_t{7}, Nanoseconds(-i),
                   HostId(2));
    journal.MixOnly(static_cast<uint64_t>(i));
    journal.Record(kinds.text, TrueTime{i * 10 + 1}, HostId(), std::string("a text"));
  }
}

TEST(Journal, FingerprintIsTheSameWithAndWithoutTrace) {
  const Kinds kinds = MakeKinds();
  Journal off(kinds.schema);
  Journal on(kinds.schema);
  Journal bounded(kinds.schema);
  Journal late(kinds.schema);
  on.StartTrace();
  bounded.StartTrace(200);
  RecordSome(off, kinds, 100);
  RecordSome(on, kinds, 100);
  RecordSome(bounded, kinds, 100);
  RecordSome(late, kinds, 50);
  late.StartTrace();
  EXPECT_EQ(off.fingerprint(), on.fingerprint());
  EXPECT_EQ(off.fingerprint(), bounded.fingerprint());
  EXPECT_EQ(off.records(), 200u);
  EXPECT_EQ(on.records(), 200u);
}

TEST(Journal, FingerprintDependsOnEveryPartOfARecord) {
  const Kinds kinds = MakeKinds();
  const auto fingerprint = [&kinds](int64_t time, uint64_t host, uint64_t size, uint64_t mixed) {
    Journal journal(kinds.schema);
    journal.Record(kinds.plain, TrueTime{time}, HostId(host), size, Nanoseconds(3), HostId(2));
    journal.MixOnly(mixed);
    return journal.fingerprint();
  };
  const uint64_t usual = fingerprint(1, 2, 3, 4);
  EXPECT_EQ(usual, fingerprint(1, 2, 3, 4));
  EXPECT_NE(usual, fingerprint(2, 2, 3, 4));
  EXPECT_NE(usual, fingerprint(1, 3, 3, 4));
  EXPECT_NE(usual, fingerprint(1, 2, 4, 4));
  EXPECT_NE(usual, fingerprint(1, 2, 3, 5));
}

TEST(Journal, FingerprintDependsOnThePlaceOfEveryWord) {
  const Kinds kinds = MakeKinds();
  const auto fingerprint = [&kinds](uint64_t host, int64_t time, std::array<uint64_t, 3> words) {
    Journal journal(kinds.schema);
    journal.Record(kinds.plain, TrueTime{time}, HostId(host), words[0], words[1], words[2]);
    return journal.fingerprint();
  };
  std::set<uint64_t> seen;
  std::array<uint64_t, 5> words{1, 2, 3, 4, 5};
  do {
    seen.insert(
        fingerprint(words[0], static_cast<int64_t>(words[1]), {words[2], words[3], words[4]}));
  } while (std::next_permutation(words.begin(), words.end()));
  EXPECT_EQ(seen.size(), 120u);
}

TEST(Journal, FingerprintDependsOnTheOrderOfRecords) {
  const Kinds kinds = MakeKinds();
  const auto fingerprint = [&kinds](uint64_t first, uint64_t second) {
    Journal journal(kinds.schema);
    journal.Record(kinds.plain, TrueTime{1}, HostId(1), first, 0, 0);
    journal.Record(kinds.plain, TrueTime{1}, HostId(1), second, 0, 0);
    return journal.fingerprint();
  };
  EXPECT_NE(fingerprint(1, 2), fingerprint(2, 1));
}

TEST(Journal, FingerprintDependsOnTheBytesOfATextNotOnItsAddress) {
  const Kinds kinds = MakeKinds();
  Journal a(kinds.schema);
  Journal b(kinds.schema);
  Journal c(kinds.schema);
  a.Record(kinds.text, TrueTime{1}, HostId(1), std::string("left"));
  b.Record(kinds.text, TrueTime{1}, HostId(1), "left");
  c.Record(kinds.text, TrueTime{1}, HostId(1), "lefu");
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_NE(a.fingerprint(), c.fingerprint());
}

TEST(Journal, TraceHoldsEveryRecordAndTheFingerprint) {
  const Kinds kinds = MakeKinds();
  Journal journal(kinds.schema);
  journal.StartTrace();
  RecordSome(journal, kinds, 3);
  const std::string bytes = journal.TraceBytes();
  absl::StatusOr<TraceReader> reader = TraceReader::Open(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->fingerprint(), journal.fingerprint());
  EXPECT_EQ(reader->first_number(), 0u);
  EXPECT_EQ(reader->end_number(), 6u);
  const auto first = reader->Next();
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_EQ((*first)->words, (std::vector<uint64_t>{7, 0, 2}));
  const auto second = reader->Next();
  ASSERT_TRUE(second.ok() && second->has_value());
  EXPECT_EQ((*second)->texts, std::vector<std::string>{"a text"});
  EXPECT_TRUE((*second)->host.none());
}

TEST(Journal, TraceStartedLateNumbersRecordsAsInTheRun) {
  const Kinds kinds = MakeKinds();
  Journal journal(kinds.schema);
  RecordSome(journal, kinds, 2);
  journal.StartTrace();
  RecordSome(journal, kinds, 1);
  const std::string bytes = journal.TraceBytes();
  absl::StatusOr<TraceReader> reader = TraceReader::Open(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->first_number(), 4u);
  EXPECT_EQ(reader->end_number(), 6u);
}

TEST(Journal, BoundedTraceKeepsTheNewestRecords) {
  const Kinds kinds = MakeKinds();
  Journal journal(kinds.schema);
  journal.StartTrace(2000);
  RecordSome(journal, kinds, 1000);
  const std::string bytes = journal.TraceBytes();
  EXPECT_LT(bytes.size(), 3000u);
  absl::StatusOr<TraceReader> reader = TraceReader::Open(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_GT(reader->first_number(), 1800u);
  EXPECT_EQ(reader->end_number(), 2000u);
  std::optional<TraceRecord> last;
  while (true) {
    auto record = reader->Next();
    ASSERT_TRUE(record.ok()) << record.status();
    if (!record->has_value()) break;
    last = **record;
  }
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->number, 1999u);
  EXPECT_EQ(last->time, TrueTime{9991});
  EXPECT_EQ(last->state, static_cast<uint32_t>(journal.fingerprint()));
}

TEST(JournalDeathTest, TracedRecordMustHaveTheFieldsOfItsKind) {
  const Kinds kinds = MakeKinds();
  Journal journal(kinds.schema);
  journal.StartTrace();
  EXPECT_DEATH(journal.Record(kinds.plain, TrueTime{1}, HostId(1), 1), "words.size");
}

TEST(SchemaDeathTest, RefusesANameTwice) {
  Kinds kinds = MakeKinds();
  EXPECT_DEATH(kinds.schema.Add({"test.plain", DisplayRole::kHidden, {}}), "registered twice");
}

TEST(Schema, FindsKindsByName) {
  const Kinds kinds = MakeKinds();
  ASSERT_NE(kinds.schema.Find("test.text"), nullptr);
  EXPECT_EQ(*kinds.schema.Find("test.text"), kinds.text);
  EXPECT_EQ(kinds.schema.Find("test.none"), nullptr);
}

}  // namespace
}  // namespace ww
