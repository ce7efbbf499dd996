#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/raft/log_image.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kSector = 512;

// Two short batches that were synced, and one over several sectors that was not.
struct ThreeBatches {
  ThreeBatches() {
    image.Add({HardStateOf(1, 71), EntriesOf(1, 1, {"one"})});
    second = image.Add({EntriesOf(2, 1, {"two", "three"})});
    third = image.Add({EntriesOf(4, 1, {std::string(900, 'x')}), HardStateOf(2, 0),
                       EntriesOf(5, 2, {std::string(1800, 'y')})});
  }
  LogImage image;
  uint64_t second = 0;
  uint64_t third = 0;
};

TEST(ParseLog, ReadsBackWhatWasWritten) {
  const ThreeBatches log;
  const LogContents contents = ParseLog(log.image.bytes);
  EXPECT_FALSE(contents.damage.has_value());
  EXPECT_EQ(contents.end, log.image.bytes.size());
  ASSERT_EQ(contents.replicas.size(), 1u);
  EXPECT_EQ(contents.replicas[0].hard_state, (HardState{Term(2), ReplicaId()}));
  EXPECT_EQ(contents.replicas[0].entries.size(), 5u);
  EXPECT_EQ(contents.replicas[0].entries[2].payload.view(), "three");
  EXPECT_EQ(contents.last_batch.size(), 3u);
  EXPECT_EQ(contents.sequence, 3u);
}

TEST(ParseLog, EntriesCutWhatTheLogHeldFromTheirFirstOn) {
  LogImage image;
  image.Add({EntriesOf(1, 1, {"a", "b", "c", "d"})});
  image.Add({EntriesOf(2, 2, {"B"})});
  EXPECT_THAT(PayloadsOf(ParseLog(image.bytes).replicas), ElementsAre("a", "B"));
}

TEST(ParseLog, StopsAtTheLastWholeBatchAtEveryTruncation) {
  const ThreeBatches log;
  const std::string& bytes = log.image.bytes;
  for (uint64_t size = kFileHeaderBytes; size < bytes.size(); ++size) {
    const LogContents contents = ParseLog(std::string_view(bytes).substr(0, size));
    const uint64_t expected =
        size >= log.third ? log.third : (size >= log.second ? log.second : kFileHeaderBytes);
    ASSERT_FALSE(contents.damage.has_value()) << size;
    ASSERT_EQ(contents.end, expected) << size;
  }
}

TEST(ParseLog, TakesNothingOfAnUnsyncedBatchThatLostAnySector) {
  const ThreeBatches log;
  const std::string& bytes = log.image.bytes;
  const uint64_t first = log.third / kSector;
  const uint64_t sectors = (bytes.size() + kSector - 1) / kSector - first;
  ASSERT_GE(sectors, 5u);
  for (uint64_t lost = 1; lost < uint64_t{1} << sectors; ++lost) {
    std::string after = bytes;
    for (uint64_t sector = 0; sector < sectors; ++sector) {
      if ((lost >> sector & 1) == 0) continue;
      const uint64_t begin = std::max(log.third, (first + sector) * kSector);
      const uint64_t end = std::min<uint64_t>(bytes.size(), (first + sector + 1) * kSector);
      std::fill(after.begin() + static_cast<ptrdiff_t>(begin),
                after.begin() + static_cast<ptrdiff_t>(end), '\0');
    }
    const LogContents contents = ParseLog(after);
    ASSERT_FALSE(contents.damage.has_value()) << lost;
    ASSERT_EQ(contents.end, log.third) << lost;
    ASSERT_EQ(contents.replicas[0].entries.size(), 3u) << lost;
  }
}

TEST(ParseLog, TakesNothingOfAnUnsyncedBatchThatWasTornAtAnyByte) {
  const ThreeBatches log;
  for (uint64_t cut = log.third; cut < log.image.bytes.size(); ++cut) {
    std::string after = log.image.bytes;
    std::fill(after.begin() + static_cast<ptrdiff_t>(cut), after.end(), '\0');
    if (after == log.image.bytes) continue;
    const LogContents contents = ParseLog(after);
    ASSERT_FALSE(contents.damage.has_value()) << cut;
    ASSERT_EQ(contents.end, log.third) << cut;
  }
}

TEST(ParseLog, AZeroFilledTailIsACleanEnd) {
  ThreeBatches log;
  const uint64_t end = log.image.bytes.size();
  log.image.bytes.append(5000, '\0');
  const LogContents contents = ParseLog(log.image.bytes);
  EXPECT_FALSE(contents.damage.has_value());
  EXPECT_EQ(contents.end, end);
}

TEST(ParseLog, AnyDamagedByteBeforeASyncedBatchIsReported) {
  const ThreeBatches log;
  for (uint64_t at = kFileHeaderBytes; at < log.third; ++at) {
    std::string after = log.image.bytes;
    after[at] = static_cast<char>(after[at] ^ 0x10);
    const LogContents contents = ParseLog(after);
    ASSERT_TRUE(contents.damage.has_value()) << at;
    EXPECT_EQ(contents.damage->offset, at < log.second ? kFileHeaderBytes : log.second) << at;
  }
}

TEST(ParseLog, StaleBatchesBehindACutNeverComeBack) {
  for (const size_t size : {size_t{8}, size_t{3}, size_t{20}}) {
    ThreeBatches log;
    const std::string before = log.image.bytes;
    const LogContents cut = ParseLog(std::string_view(before).substr(0, log.third - 1));
    ASSERT_EQ(cut.end, log.second);
    log.image.CutTo(cut);
    log.image.Add({EntriesOf(2, 1, {std::string(size - 3, 'z'), "new"})});
    const uint64_t end = log.image.bytes.size();
    // The disk undid the truncation: the old bytes stand behind the new ones.
    if (end < before.size()) log.image.bytes.append(before.substr(end));
    const LogContents contents = ParseLog(log.image.bytes);
    EXPECT_FALSE(contents.damage.has_value());
    EXPECT_EQ(contents.end, end);
    EXPECT_EQ(contents.replicas[0].entries.size(), 3u);
  }
}

TEST(ParseLog, ARepeatedBatchLeavesNoGapWhereItCutItsOwnEntries) {
  LogImage image;
  image.Add({EntriesOf(1, 1, {"a", "b", "c", "d"})});
  image.Add({EntriesOf(5, 1, {"e", "f"}), EntriesOf(3, 2, {"C"}), EntriesOf(4, 2, {"D"})});
  const BatchLink link = image.last_link;
  const LogContents read = ParseLog(image.bytes);
  EXPECT_EQ(read.last_batch.size(), 2u);
  image.CutTo(read);
  image.Add(read.last_batch, link);
  const LogContents again = ParseLog(image.bytes);
  EXPECT_FALSE(again.damage.has_value());
  EXPECT_THAT(PayloadsOf(again.replicas), ElementsAre("a", "b", "C", "D"));
}

TEST(ParseLog, ARepeatedBatchReplacesOneThatWasLostBehindAFailedSync) {
  ThreeBatches log;
  const BatchLink link = log.image.last_link;
  const LogContents read = ParseLog(log.image.bytes);
  log.image.CutTo(read);
  const uint64_t repeat = log.image.Add(read.last_batch, link);
  log.image.Add({EntriesOf(6, 2, {"six"})});
  std::string lost = log.image.bytes;
  std::fill(lost.begin() + static_cast<ptrdiff_t>(log.third),
            lost.begin() + static_cast<ptrdiff_t>(repeat), '\0');
  for (const std::string& bytes : {log.image.bytes, lost}) {
    const LogContents contents = ParseLog(bytes);
    EXPECT_FALSE(contents.damage.has_value());
    EXPECT_EQ(contents.end, bytes.size());
    ASSERT_EQ(contents.replicas[0].entries.size(), 6u);
    EXPECT_EQ(contents.replicas[0].entries[5].payload.view(), "six");
    EXPECT_EQ(contents.replicas[0].hard_state.term, Term(2));
  }
}

TEST(ParseLog, RepeatsOfRepeatsStillHoldEverythingNotKnownToBeDurable) {
  ThreeBatches log;
  const BatchLink link = log.image.last_link;
  for (int life = 0; life < 3; ++life) {
    const LogContents read = ParseLog(log.image.bytes);
    ASSERT_EQ(read.last_link, link);
    log.image.CutTo(read);
    log.image.Add(read.last_batch, read.last_link);
  }
  const uint64_t last = log.image.bytes.size() - (log.image.bytes.size() - log.third) / 4;
  std::string lost = log.image.bytes;
  std::fill(lost.begin() + static_cast<ptrdiff_t>(log.third),
            lost.begin() + static_cast<ptrdiff_t>(last), '\0');
  const LogContents contents = ParseLog(lost);
  EXPECT_FALSE(contents.damage.has_value());
  EXPECT_EQ(contents.end, lost.size());
  EXPECT_EQ(contents.replicas[0].entries.size(), 5u);
}

// A batch that is valid in itself and follows nothing: its chain is of another log.
TEST(ParseLog, ABatchWithAnotherChainDoesNotFollow) {
  ThreeBatches log;
  const uint64_t end = log.image.bytes.size();
  log.image.Add({EntriesOf(6, 2, {"six"})}, BatchLink{end, 12345});
  const LogContents contents = ParseLog(log.image.bytes);
  EXPECT_FALSE(contents.damage.has_value());
  EXPECT_EQ(contents.end, end);
}

TEST(ParseLog, ABatchOfAnEarlierLifeDoesNotFollow) {
  LogImage image;
  image.writer = Incarnation(2);
  image.Add({EntriesOf(1, 1, {"a"})});
  const uint64_t end = image.bytes.size();
  image.writer = Incarnation(1);
  image.Add({EntriesOf(2, 1, {"b"})});
  EXPECT_EQ(ParseLog(image.bytes).end, end);
}

// What a client wrote can look like a batch; it then says another offset than where it stands.
TEST(ParseLog, ABatchInsideATornPayloadIsNoDamage) {
  LogImage other;
  for (uint64_t i = 1; i <= 9; ++i) other.Add({EntriesOf(i, 1, {std::string(100, 'o')})});
  ThreeBatches log;
  const uint64_t end = log.image.bytes.size();
  log.image.Add({EntriesOf(6, 2, {other.bytes, "tail"})});
  log.image.bytes.resize(log.image.bytes.size() - 1);
  const LogContents contents = ParseLog(log.image.bytes);
  EXPECT_FALSE(contents.damage.has_value());
  EXPECT_EQ(contents.end, end);
}

TEST(ParseLog, ARecordThatLeavesAGapIsDamage) {
  LogImage image;
  image.Add({EntriesOf(1, 1, {"a"})});
  image.Add({EntriesOf(3, 1, {"c"})});
  EXPECT_TRUE(ParseLog(image.bytes).damage.has_value());
}

RC_GTEST_PROP(ParseLog, SurvivesAnyBytesBehindTheHeader, (const std::string& tail)) {
  LogImage image;
  image.Add({EntriesOf(1, 1, {"a"})});
  const uint64_t end = image.bytes.size();
  const LogContents contents = ParseLog(image.bytes + tail);
  RC_ASSERT(!contents.damage.has_value());
  RC_ASSERT(contents.end == end);
}

RC_GTEST_PROP(ParseLog, NeverCrashesOnDamagedBytes, (const std::vector<uint16_t>& places)) {
  ThreeBatches log;
  std::string& bytes = log.image.bytes;
  for (const uint16_t place : places) {
    const size_t at = kFileHeaderBytes + place % (bytes.size() - kFileHeaderBytes);
    bytes[at] = static_cast<char>(bytes[at] + 1 + place / 256);
  }
  const LogContents contents = ParseLog(bytes);
  RC_ASSERT(contents.end <= bytes.size());
}

RC_GTEST_PROP(LogRecord, SurvivesEncodingAndNeverDecodesFromAPrefix,
              (uint64_t term, uint64_t first, const std::vector<std::string>& payloads)) {
  RC_PRE(first > 0);
  RC_PRE(!payloads.empty());
  const LogRecord record = EntriesOf(first, term, payloads);
  ByteWriter out;
  EncodeRecord(record, out);
  RC_ASSERT(out.size() == EncodedSize(record));
  ByteReader in(out.view());
  const std::optional<LogRecord> back = DecodeRecord(in);
  RC_ASSERT(back.has_value());
  const auto& run = std::get<EntriesRecord>(back->body);
  RC_ASSERT(run.first == Index(first));
  RC_ASSERT(run.entries.size() == payloads.size());
  for (size_t i = 0; i < payloads.size(); ++i) {
    RC_ASSERT(run.entries[i].payload.view() == payloads[i]);
    RC_ASSERT(run.entries[i].term == Term(term));
  }
  for (size_t size = 0; size < out.size(); ++size) {
    ByteReader part(out.view().substr(0, size));
    RC_ASSERT(!DecodeRecord(part).has_value());
  }
}

}  // namespace
}  // namespace ww::raft
