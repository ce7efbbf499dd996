#include "sim/file_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ww::sim {
namespace {

std::string Bytes(uint64_t n, char byte) { return std::string(n, byte); }

class FileImageTest : public testing::Test {
 protected:
  void Sync() { file_.FinishSync(file_.StartSync()); }
  std::string Seen() const { return file_.Read(0, file_.size()); }

  FilePools pools_;
  FileImage file_{pools_};
};

TEST_F(FileImageTest, ReadsWhatWasWrittenAcrossPages) {
  const std::string bytes = Bytes(3 * kPageBytes, 'x') + "end";
  file_.Write(0, "head");
  file_.Write(4, bytes);
  EXPECT_EQ(Seen(), "head" + bytes);
  EXPECT_EQ(file_.Read(kPageBytes - 1, 2), "xx");
}

TEST_F(FileImageTest, GapBeforeAWriteReadsAsZeros) {
  file_.Write(0, Bytes(100, 'a'));
  file_.Truncate(10);
  file_.Write(50, "b");
  EXPECT_EQ(Seen(), Bytes(10, 'a') + Bytes(40, '\0') + "b");
}

TEST_F(FileImageTest, GrowingByTruncateReadsAsZeros) {
  file_.Write(0, Bytes(3 * kPageBytes, 'a'));
  file_.Truncate(7);
  file_.Truncate(2 * kPageBytes);
  EXPECT_EQ(Seen(), Bytes(7, 'a') + Bytes(2 * kPageBytes - 7, '\0'));
}

TEST_F(FileImageTest, NothingIsDurableBeforeASync) {
  file_.Write(0, "abc");
  EXPECT_EQ(file_.DurableBytes(), "");
  Sync();
  EXPECT_EQ(file_.DurableBytes(), "abc");
}

TEST_F(FileImageTest, OverwrittenSectorKeepsItsDurableContent) {
  file_.Write(0, Bytes(1000, 'a'));
  Sync();
  file_.Write(600, "bbb");
  file_.Write(610, "ccc");
  EXPECT_EQ(file_.DurableBytes(), Bytes(1000, 'a'));
  EXPECT_THAT(file_.UnsyncedSectors(), testing::ElementsAre(1));
}

TEST_F(FileImageTest, AppendedTailNeedsNoOldContent) {
  file_.Write(0, Bytes(700, 'a'));
  Sync();
  file_.Write(700, Bytes(700, 'b'));
  EXPECT_EQ(pools_.sectors.in_use(), 0u);
  EXPECT_EQ(file_.DurableBytes(), Bytes(700, 'a'));
  EXPECT_THAT(file_.UnsyncedSectors(), testing::ElementsAre(1, 2));
}

TEST_F(FileImageTest, SyncCoversOnlyWhatWasWrittenBeforeItStarted) {
  file_.Write(0, "aaaa");
  const uint64_t label = file_.StartSync();
  file_.Write(4, "bbbb");
  file_.Write(0, "cc");
  EXPECT_EQ(file_.DurableBytes(), "");
  EXPECT_EQ(file_.FinishSync(label), 4u);
  EXPECT_EQ(file_.DurableBytes(), "aaaa");
  EXPECT_EQ(Seen(), "ccaabbbb");
  Sync();
  EXPECT_EQ(file_.DurableBytes(), "ccaabbbb");
}

TEST_F(FileImageTest, OverlappingSyncsEachCoverWhatTheySaw) {
  file_.Write(0, "1111");
  const uint64_t first = file_.StartSync();
  file_.Write(0, "2222");
  const uint64_t second = file_.StartSync();
  file_.Write(0, "3333");
  file_.FinishSync(first);
  EXPECT_EQ(file_.DurableBytes(), "1111");
  file_.FinishSync(second);
  EXPECT_EQ(file_.DurableBytes(), "2222");
}

TEST_F(FileImageTest, SyncThatEndsAfterALaterOneChangesNothing) {
  file_.Write(0, "1111");
  const uint64_t first = file_.StartSync();
  file_.Write(0, "2222");
  const uint64_t second = file_.StartSync();
  file_.FinishSync(second);
  EXPECT_EQ(file_.FinishSync(first), 4u);
  EXPECT_EQ(file_.DurableBytes(), "2222");
}

TEST_F(FileImageTest, AbandonedSyncMakesNothingDurable) {
  file_.Write(0, "abc");
  const uint64_t label = file_.StartSync();
  file_.AbandonSync(label);
  file_.FinishSync(label);
  EXPECT_EQ(file_.DurableBytes(), "");
}

TEST_F(FileImageTest, FailedSyncDropsWhatItCoveredAndLaterSyncsPassOverIt) {
  file_.Write(0, Bytes(600, 'a'));
  file_.FailSync(file_.StartSync());
  EXPECT_EQ(Seen(), Bytes(600, 'a'));
  Sync();
  EXPECT_EQ(file_.DurableBytes(), Bytes(600, '\0'));
  EXPECT_THAT(file_.UnsyncedSectors(), testing::ElementsAre(0, 1));
}

TEST_F(FileImageTest, SectorDroppedByAFailedSyncIsDurableOnceWrittenAgain) {
  file_.Write(0, Bytes(600, 'a'));
  file_.FailSync(file_.StartSync());
  file_.Write(0, "b");
  Sync();
  EXPECT_EQ(file_.DurableBytes(), "b" + Bytes(511, 'a') + Bytes(88, '\0'));
}

TEST_F(FileImageTest, FailedSyncDoesNotDropWhatWasWrittenSince) {
  file_.Write(0, "aaaa");
  const uint64_t label = file_.StartSync();
  file_.Write(4, "bbbb");
  file_.FailSync(label);
  Sync();
  EXPECT_EQ(file_.DurableBytes(), "aaaabbbb");
}

TEST_F(FileImageTest, FailedSyncAfterATruncationDropsTheSharedSectorAlsoForAnEarlierSync) {
  file_.Write(0, Bytes(122, 'a'));
  Sync();
  file_.Write(122, Bytes(300, 'b'));
  const uint64_t earlier = file_.StartSync();
  file_.Truncate(100);
  file_.FailSync(file_.StartSync());
  file_.FinishSync(earlier);
  EXPECT_EQ(file_.DurableBytes(), Bytes(122, 'a') + Bytes(300, '\0'));
}

TEST_F(FileImageTest, UnsyncedTruncationCanComeBack) {
  file_.Write(0, Bytes(1000, 'a'));
  Sync();
  file_.Truncate(100);
  EXPECT_EQ(Seen(), Bytes(100, 'a'));
  EXPECT_EQ(file_.DurableBytes(), Bytes(1000, 'a'));
  const SizeChoices sizes = file_.CrashSizes();
  EXPECT_EQ(sizes.as_seen, 100u);
  EXPECT_EQ(sizes.durable, 1000u);
  file_.EndCrash(1000);
  EXPECT_EQ(Seen(), Bytes(1000, 'a'));
}

TEST_F(FileImageTest, SyncedTruncationDoesNotComeBack) {
  file_.Write(0, Bytes(1000, 'a'));
  Sync();
  file_.Truncate(100);
  Sync();
  file_.Write(600, "b");
  EXPECT_EQ(file_.DurableBytes(), Bytes(100, 'a'));
  EXPECT_EQ(Seen(), Bytes(100, 'a') + Bytes(500, '\0') + "b");
  file_.DropUnsynced();
  file_.Truncate(1000);
  EXPECT_EQ(Seen(), Bytes(100, 'a') + Bytes(900, '\0'));
}

TEST_F(FileImageTest, SettledSectorsAreKeptOldOrTorn) {
  file_.Write(0, Bytes(1536, 'a'));
  Sync();
  file_.Write(0, Bytes(2048, 'b'));
  EXPECT_THAT(file_.UnsyncedSectors(), testing::ElementsAre(0, 1, 2, 3));
  file_.Settle(0, {.cut = kSectorBytes});
  file_.Settle(1, {.cut = 0});
  file_.Settle(2, {.cut = 10});
  file_.Settle(3, {.cut = 20});
  file_.EndCrash(2048);
  EXPECT_EQ(Seen(), Bytes(512, 'b') + Bytes(512, 'a') + Bytes(10, 'b') + Bytes(502, 'a') +
                        Bytes(20, 'b') + Bytes(492, '\0'));
  EXPECT_EQ(file_.DurableBytes(), Seen());
  EXPECT_THAT(file_.UnsyncedSectors(), testing::IsEmpty());
}

TEST_F(FileImageTest, FlippedBitIsDurableAndSeen) {
  file_.Write(0, "aaaa");
  Sync();
  file_.Write(1, "b");
  file_.FlipBit(1, 0);
  file_.FlipBit(2, 1);
  EXPECT_EQ(file_.DurableBytes(), "a`ca");
  EXPECT_EQ(Seen(), "acca");
}

TEST_F(FileImageTest, GivesItsBlocksBack) {
  {
    FileImage file(pools_);
    file.Write(0, Bytes(20000, 'a'));
    file.FinishSync(file.StartSync());
    file.Write(0, Bytes(20000, 'b'));
    file.StartSync();
    file.Write(0, Bytes(20000, 'c'));
    EXPECT_EQ(pools_.pages.in_use(), 5u);
    EXPECT_GT(pools_.sectors.in_use(), 40u);
    file.Truncate(5000);
    file.FinishSync(file.StartSync());
    EXPECT_EQ(pools_.pages.in_use(), 2u);
    EXPECT_EQ(pools_.sectors.in_use(), 0u);
  }
  EXPECT_EQ(pools_.pages.in_use(), 0u);
  EXPECT_EQ(pools_.sectors.in_use(), 0u);
}

}  // namespace
}  // namespace ww::sim
