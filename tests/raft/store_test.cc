#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "scenarios/bind/env.h"
#include "sim/world.h"
#include "tests/raft/cluster.h"
#include "tests/raft/log_image.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CrashAtPoint : public sim::FaultOracle {
 public:
  sim::IoVerdict AtIoPoint(const sim::IoPoint& point) override {
    ++points;
    if (point.number == at) return sim::IoVerdict{action, {}, 0};
    return {};
  }
  uint64_t points = 0;
  uint64_t at = 0;
  sim::IoAction action = sim::IoAction::kProceed;
};

// One host whose program is a piece of test code on its log.
class LogOnDisk {
 public:
  explicit LogOnDisk(uint64_t seed = 1) {
    sim::AddWorldKinds(schema_);
    world_ = std::make_unique<sim::World>(seed, sim::World::Parts{schema_, fibers_});
    host_ = &world_->AddHost({.name = "h", .engine = true}, {});
    world_->SetOracle(&oracle);
    disk().crash_rules().torn_weight = 1;
  }
  // Runs `program` in a new life, to its end or to a crash.
  void Run(const std::function<void(bind::SimEnv&)>& program) {
    if (host_->up()) host_->Crash();
    host_->SetMain([this, program](sim::Process& process) {
      bind::SimEnv env(process, observer);
      program(env);
    });
    host_->Start();
    while (world_->Step()) {
    }
  }
  // Recovers the log and repeats its last batch, as a host does.
  absl::StatusOr<RecoveredLog> Recover() {
    absl::StatusOr<RecoveredLog> result = absl::AbortedError("crashed");
    Run([&result](bind::SimEnv& env) {
      absl::StatusOr<RecoveredLog> log = OpenLog(env);
      if (log.ok() && !log->last_batch.empty()) {
        LogWriter writer(env, log->tail);
        const absl::Status repeated = writer.Repeat(log->last_batch, log->last_link);
        if (!repeated.ok()) log = repeated;
      }
      result = std::move(log);
    });
    return result;
  }
  // Writes batches of one entry each until `count` or a crash; returns how many were acknowledged.
  uint64_t Write(uint64_t first, uint64_t count) {
    uint64_t acknowledged = 0;
    Run([&](bind::SimEnv& env) {
      absl::StatusOr<RecoveredLog> log = OpenLog(env);
      if (!log.ok()) return;
      LogWriter writer(env, log->tail);
      for (uint64_t i = 0; i < count; ++i) {
        const std::string payload(300 + 400 * (i % 3), static_cast<char>('a' + i));
        if (!writer.Write(std::vector<LogRecord>{EntriesOf(first + i, 1, {payload})}).ok()) return;
        ++acknowledged;
      }
    });
    return acknowledged;
  }
  sim::Disk& disk() { return host_->disk(); }
  sim::Host& host() { return *host_; }
  sim::FileNumber file() { return disk().Names().at(0).second; }

  Agreement agreement;
  RecordingObserver observer{HostId(1), agreement};
  CrashAtPoint oracle;

 private:
  Schema schema_;
  sim::FiberPool fibers_;
  std::unique_ptr<sim::World> world_;
  sim::Host* host_ = nullptr;
};

size_t EntriesIn(const RecoveredLog& log) {
  return log.replicas.empty() ? 0 : log.replicas[0].entries.size();
}

TEST(Log, IsMadeOnAnEmptyDiskAndFoundAgain) {
  LogOnDisk log;
  const absl::StatusOr<RecoveredLog> made = log.Recover();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->tail.size, kFileHeaderBytes);
  EXPECT_THAT(made->replicas, IsEmpty());
  EXPECT_EQ(log.disk().Names()[0].first, kLogFileName);
  EXPECT_TRUE(log.Recover().ok());
}

TEST(Log, HoldsEveryAcknowledgedBatchWhereverTheHostLosesPower) {
  LogOnDisk plain;
  plain.Write(1, 6);
  const uint64_t points = plain.oracle.points;
  ASSERT_GT(points, 12u);
  for (uint64_t at = 1; at <= points; ++at) {
    for (const auto action : {sim::IoAction::kCrashBefore, sim::IoAction::kCrashAfter}) {
      for (uint64_t seed = 1; seed <= 8; ++seed) {
        LogOnDisk log(seed);
        log.oracle.at = at;
        log.oracle.action = action;
        const uint64_t acknowledged = log.Write(1, 6);
        const absl::StatusOr<RecoveredLog> recovered = log.Recover();
        ASSERT_TRUE(recovered.ok()) << recovered.status() << " at " << at << " seed " << seed;
        EXPECT_GE(EntriesIn(*recovered), acknowledged) << at;
        EXPECT_LE(EntriesIn(*recovered), acknowledged + 1) << at;
        EXPECT_THAT(log.observer.corruptions, IsEmpty());
      }
    }
  }
}

TEST(Log, LosesNothingWhenPowerFailsAgainDuringRecovery) {
  for (uint64_t point = 1; point <= 9; ++point) {
    for (const auto action : {sim::IoAction::kCrashBefore, sim::IoAction::kCrashAfter}) {
      for (uint64_t seed = 1; seed <= 8; ++seed) {
        LogOnDisk log(seed);
        log.oracle.at = 14;  // In the middle of the writes.
        log.oracle.action = sim::IoAction::kCrashAfter;
        const uint64_t acknowledged = log.Write(1, 6);
        ASSERT_GT(acknowledged, 0u);
        log.oracle.at = 14 + point;
        log.oracle.action = action;
        (void)log.Recover();
        log.oracle.at = 0;
        ASSERT_TRUE(log.Recover().ok());
        // Whatever was recovered once and repeated stays.
        const absl::StatusOr<RecoveredLog> recovered = log.Recover();
        ASSERT_TRUE(recovered.ok()) << recovered.status();
        EXPECT_GE(EntriesIn(*recovered), acknowledged);
        EXPECT_EQ(log.Write(EntriesIn(*recovered) + 1, 2), 2u);
        EXPECT_EQ(EntriesIn(*log.Recover()), EntriesIn(*recovered) + 2);
        EXPECT_THAT(log.observer.corruptions, IsEmpty());
      }
    }
  }
}

// A failed sync forgets what was dirty: the process still reads it back, a loss of power takes it.
TEST(Log, RepeatsWhatAFailedSyncMayHaveLost) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    LogOnDisk log(seed);
    ASSERT_EQ(log.Write(1, 2), 2u);
    log.disk().crash_rules().loses_unsynced = false;
    uint64_t attempts = 0;
    log.Run([&](bind::SimEnv& env) {
      absl::StatusOr<RecoveredLog> opened = OpenLog(env);
      ASSERT_TRUE(opened.ok());
      LogWriter writer(env, opened->tail);
      log.disk().rules().errors_on = true;
      log.disk().rules().sync_error = Ratio::Always();
      ++attempts;
      EXPECT_FALSE(writer.Write(std::vector<LogRecord>{EntriesOf(3, 1, {"three"})}).ok());
    });
    ASSERT_EQ(attempts, 1u);
    log.disk().rules().errors_on = false;
    const absl::StatusOr<RecoveredLog> relied_on = log.Recover();
    ASSERT_TRUE(relied_on.ok());
    ASSERT_EQ(EntriesIn(*relied_on), 3u);
    log.disk().crash_rules().loses_unsynced = true;
    log.disk().crash_rules().kept_weight = 0;
    const absl::StatusOr<RecoveredLog> recovered = log.Recover();
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    EXPECT_EQ(EntriesIn(*recovered), 3u);
  }
}

TEST(Log, ReportsDamageToSyncedBytesAndLeavesTheFileAlone) {
  LogOnDisk log;
  ASSERT_EQ(log.Write(1, 4), 4u);
  ASSERT_TRUE(log.disk().Rot(log.file(), kFileHeaderBytes + 100, 3));
  const std::string before = log.disk().DurableBytes(log.file());
  const absl::StatusOr<RecoveredLog> recovered = log.Recover();
  EXPECT_EQ(recovered.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(log.observer.corruptions, ElementsAre(kFileHeaderBytes));
  EXPECT_EQ(log.disk().DurableBytes(log.file()), before);
}

TEST(Log, ABadFileHeaderBeforeRecordsIsDamage) {
  LogOnDisk log;
  ASSERT_EQ(log.Write(1, 1), 1u);
  ASSERT_TRUE(log.disk().Rot(log.file(), 17, 0));
  EXPECT_EQ(log.Recover().status().code(), absl::StatusCode::kDataLoss);
}

TEST(Log, RefusesTheLogOfAnotherHost) {
  LogOnDisk log;
  log.Run([](bind::SimEnv& env) {
    const absl::StatusOr<FileId> file = env.files().Open(kLogFileName, OpenFor::kCreate);
    ASSERT_TRUE(env.files().Append(*file, EncodeFileHeader({HostId(9), 1, {}, DiskId(4), 0})).ok());
    ASSERT_TRUE(env.files().Sync(*file).ok());
    ASSERT_TRUE(env.files().SyncDirectory().ok());
  });
  EXPECT_EQ(log.Recover().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(LogWriter, AnnouncesEachRecordWhereItsBytesAre) {
  LogOnDisk log;
  log.observer.keep_events = true;
  log.Run([](bind::SimEnv& env) {
    absl::StatusOr<RecoveredLog> opened = OpenLog(env);
    LogWriter writer(env, opened->tail);
    const std::vector<LogRecord> records{HardStateOf(3, 71), EntriesOf(1, 3, {"payload"})};
    ASSERT_TRUE(writer.Write(records).ok());
  });
  EXPECT_THAT(log.observer.events, ElementsAre("written 7/71 hard_state term 3 bytes 40",
                                               "written 7/71 entries 1+1 bytes 71"));
}

}  // namespace
}  // namespace ww::raft
