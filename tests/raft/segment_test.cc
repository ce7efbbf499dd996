#include "raft/store/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "raft/store/recovery.h"
#include "tests/raft/disk_program.h"
#include "tests/raft/log_image.h"

namespace ww::raft {
namespace {

using testing::IsEmpty;

constexpr uint64_t kSegmentBytes = 1200;

std::string PayloadAt(uint64_t index) {
  return std::string(200 + 150 * (index % 4), static_cast<char>('a' + index % 26));
}

LogRecord AllUpTo(uint64_t last) {
  std::vector<std::string> payloads;
  for (uint64_t i = 1; i <= last; ++i) payloads.push_back(PayloadAt(i));
  return EntriesOf(1, 1, payloads);
}

struct Progress {
  uint64_t acknowledged = 0;  // Entries.
  uint64_t removed = 0;       // Segments.
};

// Appends entries, one a batch; whenever there are three segments, everything is said again and the
// oldest is dropped.
void WriteEntries(bind::SimEnv& env, uint64_t count, Progress& progress) {
  absl::StatusOr<RecoveredLog> log = OpenLog(env);
  if (!log.ok()) return;
  LogWriter writer(env, log->tail, log->oldest_segment);
  if (!log->last_batch.empty() && !writer.Repeat(log->last_batch, log->last_link).ok()) return;
  writer.SetSegmentBytes(kSegmentBytes);
  const uint64_t first = log->replicas.empty() ? 1 : log->replicas[0].entries.size() + 1;
  for (uint64_t i = first; i < first + count; ++i) {
    if (!writer.Write(std::vector<LogRecord>{EntriesOf(i, 1, {PayloadAt(i)})}).ok()) return;
    progress.acknowledged = i;
    if (writer.tail().number - writer.oldest_segment() < 2) continue;
    if (!writer.Write(std::vector<LogRecord>{AllUpTo(i), HardStateOf(1, 71)}).ok()) return;
    if (!writer.RemoveOldestSegment().ok()) return;
    ++progress.removed;
  }
}

void ExpectEntries(const RecoveredLog& log, const Progress& progress) {
  const size_t count = log.replicas.empty() ? 0 : log.replicas[0].entries.size();
  EXPECT_GE(count, progress.acknowledged);
  EXPECT_LE(count, progress.acknowledged + 1);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(log.replicas[0].entries[i].payload.view(), PayloadAt(i + 1));
  }
}

TEST(Segments, HoldEveryAcknowledgedBatchWhereverTheHostLosesPower) {
  DiskProgram plain;
  Progress whole;
  plain.Run([&whole](bind::SimEnv& env) { WriteEntries(env, 9, whole); });
  ASSERT_EQ(whole.acknowledged, 9u);
  ASSERT_GE(whole.removed, 2u);
  const uint64_t points = plain.oracle.points;
  for (uint64_t at = 1; at <= points; ++at) {
    for (const auto action : {sim::IoAction::kCrashBefore, sim::IoAction::kCrashAfter}) {
      for (uint64_t seed = 1; seed <= 4; ++seed) {
        DiskProgram disk(seed);
        disk.oracle.at = at;
        disk.oracle.action = action;
        Progress progress;
        disk.Run([&progress](bind::SimEnv& env) { WriteEntries(env, 9, progress); });
        disk.Run([&](bind::SimEnv& env) {
          const absl::StatusOr<RecoveredLog> log = OpenLog(env);
          ASSERT_TRUE(log.ok()) << log.status() << " at " << at << " seed " << seed;
          ExpectEntries(*log, progress);
        });
        disk.Run([](bind::SimEnv& env) {
          Progress more;
          WriteEntries(env, 3, more);
          EXPECT_GT(more.acknowledged, 0u);
        });
        EXPECT_THAT(disk.observer.corruptions, IsEmpty());
      }
    }
  }
}

TEST(Segments, AreRecoveredAlsoWhenPowerFailsDuringRecovery) {
  for (uint64_t point = 1; point <= 12; ++point) {
    for (uint64_t at = 14; at <= 40; at += 3) {
      DiskProgram disk(at);
      disk.oracle.at = at;
      disk.oracle.action = sim::IoAction::kCrashAfter;
      Progress progress;
      disk.Run([&progress](bind::SimEnv& env) { WriteEntries(env, 9, progress); });
      disk.oracle.at = disk.oracle.points + point;
      disk.oracle.action = sim::IoAction::kCrashBefore;
      Progress ignored;
      disk.Run([&ignored](bind::SimEnv& env) { WriteEntries(env, 0, ignored); });
      disk.oracle.at = 0;
      disk.Run([&](bind::SimEnv& env) {
        const absl::StatusOr<RecoveredLog> log = OpenLog(env);
        ASSERT_TRUE(log.ok()) << log.status();
        ExpectEntries(*log, progress);
      });
    }
  }
}

class FullSegments {
 public:
  FullSegments() {
    disk.Run([](bind::SimEnv& env) {
      absl::StatusOr<RecoveredLog> log = OpenLog(env);
      LogWriter writer(env, log->tail);
      writer.SetSegmentBytes(kSegmentBytes);
      for (uint64_t i = 1; i <= 9; ++i) {
        ASSERT_TRUE(writer.Write(std::vector<LogRecord>{EntriesOf(i, 1, {PayloadAt(i)})}).ok());
      }
      ASSERT_GE(writer.tail().number, 3u);
    });
  }
  absl::Status Open() {
    absl::Status status;
    disk.Run([&status](bind::SimEnv& env) { status = OpenLog(env).status(); });
    return status;
  }
  sim::FileNumber File(size_t segment) { return disk.disk().Names().at(segment).second; }
  DiskProgram disk;
};

TEST(Segments, DamageInAnEarlierOneIsReportedWhereverItIs) {
  const uint64_t size = FullSegments().disk.disk().DurableBytes(FullSegments().File(0)).size();
  for (uint64_t at = 0; at < size; at += 13) {
    FullSegments log;
    ASSERT_TRUE(log.disk.disk().Rot(log.File(0), at, 2));
    ASSERT_EQ(log.Open().code(), absl::StatusCode::kDataLoss) << at;
    EXPECT_EQ(log.disk.observer.corruptions.size(), 1u);
  }
}

RC_GTEST_PROP(Segments, NeverCrashOnDamagedBytes, (const std::vector<uint32_t>& places)) {
  FullSegments log;
  const size_t files = log.disk.disk().Names().size();
  for (const uint32_t place : places) {
    const sim::FileNumber file = log.File(place % files);
    const size_t size = log.disk.disk().DurableBytes(file).size();
    RC_ASSERT(log.disk.disk().Rot(file, (place >> 8) % size, place >> 4 & 7));
  }
  const absl::Status opened = log.Open();
  RC_ASSERT(opened.ok() || absl::IsDataLoss(opened));
}

// The batch that found no room is written later, as it was, and told of once.
TEST(Segments, AFullDiskTakesNothingAndIsTriedAgain) {
  DiskProgram disk;
  disk.Run([&disk](bind::SimEnv& env) {
    absl::StatusOr<RecoveredLog> log = OpenLog(env);
    LogWriter writer(env, log->tail);
    writer.SetSegmentBytes(kSegmentBytes);
    for (uint64_t i = 1; i <= 9; ++i) {
      const std::vector<LogRecord> records = {EntriesOf(i, 1, {PayloadAt(i)})};
      disk.disk().rules().bytes_max = disk.disk().bytes_used();
      for (int attempt = 0; attempt < 3; ++attempt) {
        ASSERT_EQ(writer.Write(records).code(), absl::StatusCode::kResourceExhausted);
      }
      disk.disk().rules().bytes_max = 0;
      ASSERT_TRUE(writer.Write(records).ok());
    }
    ASSERT_GE(writer.tail().number, 3u);
  });
  disk.Run([](bind::SimEnv& env) {
    const absl::StatusOr<RecoveredLog> log = OpenLog(env);
    ASSERT_TRUE(log.ok()) << log.status();
    ExpectEntries(*log, Progress{9, 0});
  });
}

TEST(Segments, OneThatIsMissingInTheMiddleIsDamage) {
  FullSegments log;
  log.disk.Run([](bind::SimEnv& env) {
    ASSERT_TRUE(env.files().Remove(SegmentName(2)).ok());
    ASSERT_TRUE(env.files().SyncDirectory().ok());
  });
  EXPECT_EQ(log.Open().code(), absl::StatusCode::kDataLoss);
}

// Dropped although something in it still counts: what is left has no beginning.
TEST(Segments, OneThatWasDroppedTooEarlyIsDamage) {
  FullSegments log;
  log.disk.Run([](bind::SimEnv& env) { ASSERT_TRUE(RemoveSegment(env, 1).ok()); });
  EXPECT_EQ(log.Open().code(), absl::StatusCode::kDataLoss);
}

TEST(Segments, OneUnderAnotherNameIsDamage) {
  FullSegments log;
  log.disk.Run([](bind::SimEnv& env) {
    ASSERT_TRUE(env.files().Rename(SegmentName(2), SegmentName(9)).ok());
    ASSERT_TRUE(env.files().SyncDirectory().ok());
  });
  EXPECT_EQ(log.Open().code(), absl::StatusCode::kDataLoss);
}

TEST(Segments, NamesAreNumbersAndNothingElse) {
  EXPECT_EQ(SegmentName(7), "wal-000007");
  EXPECT_EQ(SegmentNumber("wal-000007"), 7u);
  EXPECT_EQ(SegmentNumber(SegmentName(12345678)), 12345678u);
  for (const char* name : {"wal-", "wal-7", "wal-000000", "wal-00000x", "wal-0000007", "snapshot-1",
                           "wal-000001.tmp", "wal-99999999999999999999"}) {
    EXPECT_EQ(SegmentNumber(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace ww::raft
