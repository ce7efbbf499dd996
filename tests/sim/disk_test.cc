#include "sim/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/sim/disk_rig.h"

namespace ww::sim {
namespace {

using testing::ElementsAre;

// --- Calls ---

TEST(Disk, ReadsWhatWasWritten) {
  Rig rig;
  Disk& disk = *rig.disk;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_EQ(*disk.Append(process, file, "hello"), 0u);
    EXPECT_EQ(*disk.Append(process, file, " world"), 5u);
    EXPECT_EQ(CodeOf(disk.Write(process, file, 0, "J")), absl::StatusCode::kOk);
    EXPECT_EQ(*disk.Size(process, file), 11u);
    EXPECT_EQ(*disk.Read(process, file, 0, 11), "Jello world");
    EXPECT_TRUE(disk.Truncate(process, file, 5).ok());
    EXPECT_EQ(*disk.Read(process, file, 1, 4), "ello");
    EXPECT_EQ(CodeOf(disk.Read(process, file, 1, 5)), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(CodeOf(disk.Read(process, file, 6, 0)), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(CodeOf(disk.Read(process, file, 1, UINT64_MAX)), absl::StatusCode::kOutOfRange);
  });
  EXPECT_EQ(disk.io_points(), 11u);
  EXPECT_EQ(disk.bytes_used(), 5u);
}

TEST(Disk, OpensByMode) {
  Rig rig;
  rig.Run([&](Process& process) {
    const auto open = [&](OpenMode mode) { return rig.disk->Open(process, "f", mode); };
    EXPECT_EQ(CodeOf(open(OpenMode::kExisting)), absl::StatusCode::kNotFound);
    const FileNumber file = *open(OpenMode::kCreateNew);
    EXPECT_EQ(CodeOf(open(OpenMode::kCreateNew)), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(*open(OpenMode::kExisting), file);
    EXPECT_EQ(*open(OpenMode::kCreate), file);
  });
}

TEST(Disk, ListsNamesSortedAfterRenameAndRemove) {
  Rig rig;
  Disk& disk = *rig.disk;
  rig.Run([&](Process& process) {
    for (const char* name : {"c", "a", "b"}) rig.Create(process, name);
    EXPECT_THAT(*disk.List(process), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(disk.Rename(process, "a", "d").ok());
    EXPECT_TRUE(disk.Remove(process, "b").ok());
    EXPECT_THAT(*disk.List(process), ElementsAre("c", "d"));
    EXPECT_EQ(CodeOf(disk.Rename(process, "a", "x")), absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(disk.Remove(process, "b")), absl::StatusCode::kNotFound);
  });
}

TEST(Disk, RenameKeepsTheNumberAndReplacesTheOtherFile) {
  Rig rig;
  Disk& disk = *rig.disk;
  rig.Run([&](Process& process) {
    const FileNumber first = rig.CreateSynced(process, "a", 10);
    const FileNumber second = rig.CreateSynced(process, "b", 20);
    EXPECT_TRUE(disk.Rename(process, "a", "b").ok());
    EXPECT_EQ(*disk.Open(process, "b", OpenMode::kExisting), first);
    EXPECT_EQ(*disk.Size(process, first), 10u);
    EXPECT_EQ(CodeOf(disk.Size(process, second)), absl::StatusCode::kNotFound);
    EXPECT_EQ(disk.bytes_used(), 10u);
    EXPECT_TRUE(disk.Rename(process, "b", "b").ok());
    EXPECT_EQ(*disk.Size(process, first), 10u);
  });
}

TEST(Disk, RemovedFileIsNotFoundByItsNumber) {
  Rig rig;
  Disk& disk = *rig.disk;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_TRUE(disk.Remove(process, "f").ok());
    EXPECT_EQ(CodeOf(disk.Append(process, file, "x")), absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(disk.Write(process, file, 0, "x")), absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(disk.Read(process, file, 0, 0)), absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(disk.Size(process, file)), absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(disk.Sync(process, file)), absl::StatusCode::kNotFound);
    EXPECT_EQ(CodeOf(disk.Truncate(process, file, 0)), absl::StatusCode::kNotFound);
    EXPECT_NE(rig.Create(process, "f"), file) << "a number is never used twice";
  });
}

TEST(Disk, FullDiskRefusesWhatDoesNotFitAndTakesItOnceFreed) {
  Rig rig;
  Disk& disk = *rig.disk;
  disk.rules().bytes_max = 100;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_TRUE(disk.Append(process, file, Bytes(90, 'a')).ok());
    EXPECT_EQ(CodeOf(disk.Append(process, file, Bytes(11, 'b'))),
              absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(*disk.Size(process, file), 90u) << "nothing of it was written";
    EXPECT_TRUE(disk.Write(process, file, 80, Bytes(20, 'c')).ok());
    EXPECT_EQ(CodeOf(disk.Truncate(process, file, 101)), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(disk.Truncate(process, file, 50).ok());
    EXPECT_TRUE(disk.Append(process, file, Bytes(50, 'd')).ok());
    EXPECT_TRUE(disk.Remove(process, "f").ok());
    EXPECT_TRUE(disk.Append(process, rig.Create(process, "g"), Bytes(100, 'e')).ok());
  });
}

TEST(Disk, RefusesAFileWithoutBound) {
  Rig rig;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_EQ(CodeOf(rig.disk->Write(process, file, UINT64_MAX, "x")),
              absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(CodeOf(rig.disk->Truncate(process, file, UINT64_MAX)),
              absl::StatusCode::kResourceExhausted);
  });
}

TEST(Disk, CallOfADeadProcessFailsACheck) {
  const auto call_after_kill = [] {
    Rig rig;
    Process* victim = nullptr;
    rig.Run([&](Process& process) { victim = &process; });
    // From a task of another host: the dead process is only unwound when that gives control back.
    HostSpec spec;
    spec.name = "h2";
    Host& other = rig.world.AddHost(spec, {});
    other.SetMain([&](Process&) {
      victim->Kill();
      (void)rig.disk->Size(*victim, FileNumber{1});
    });
    other.Start();
    while (rig.world.Step()) {
    }
  };
  EXPECT_DEATH(call_after_kill(), "a disk call of a dead process");
}

// --- Time ---

TEST(Disk, CallWithoutLatencyTakesNoTimeAndNoDraw) {
  Rig rig;
  rig.Run([&](Process& process) { rig.CreateSynced(process, "f", 10); });
  EXPECT_EQ(rig.world.now().ns, 0);
  EXPECT_EQ(rig.world.decisions().count(), 0u);
}

TEST(Disk, EachKindOfCallTakesItsTimeAndAStallComesOnTop) {
  Rig rig;
  Disk& disk = *rig.disk;
  disk.rules().append.base = Microseconds(10);
  disk.rules().read.base = Microseconds(200);
  disk.rules().sync.base = Microseconds(3000);
  rig.Run([&](Process& process) {
    const auto took = [&](const std::function<void()>& call) {
      const TrueTime before = rig.world.now();
      call();
      return (rig.world.now() - before).ns / 1000;
    };
    FileNumber file;
    EXPECT_EQ(took([&] { file = rig.Create(process, "f"); }), 200);
    EXPECT_EQ(took([&] { (void)disk.Append(process, file, "abc"); }), 10);
    EXPECT_EQ(took([&] { (void)disk.Write(process, file, 0, "x"); }), 10);
    EXPECT_EQ(took([&] { (void)disk.Truncate(process, file, 2); }), 10);
    EXPECT_EQ(took([&] { (void)disk.Read(process, file, 0, 1); }), 200);
    EXPECT_EQ(took([&] { (void)disk.List(process); }), 200);
    EXPECT_EQ(took([&] { (void)disk.Sync(process, file); }), 3000);
    EXPECT_EQ(took([&] { (void)disk.SyncDirectory(process); }), 3000);
    disk.rules().stalled_until_extra = Microseconds(50000);
    EXPECT_EQ(took([&] { (void)disk.Rename(process, "f", "g"); }), 53000);
    EXPECT_EQ(took([&] { (void)disk.Remove(process, "g"); }), 53000);
  });
  EXPECT_EQ(rig.world.decisions().count(), 10u) << "one draw a call";
}

TEST(Disk, WriteIsSeenByOthersBeforeItReturns) {
  Rig rig;
  rig.disk->rules().append.base = Microseconds(100);
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    rig.world.At(TrueTime{} + Microseconds(50),
                 [&] { EXPECT_EQ(rig.disk->VolatileBytes(file), "abc"); });
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    EXPECT_EQ(rig.world.now().ns, Microseconds(100).ns);
  });
}

// --- Sync ---

TEST(Disk, SyncThatTakesTimeIsDurableWhenItEnds) {
  Rig rig;
  rig.disk->rules().sync.base = Microseconds(100);
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    const auto durable_at = [&](int64_t ns, const char* bytes) {
      rig.world.At(TrueTime{ns},
                   [&rig, file, bytes] { EXPECT_EQ(rig.disk->DurableBytes(file), bytes); });
    };
    durable_at(Microseconds(100).ns - 1, "");
    durable_at(Microseconds(100).ns + 1, "abc");
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());
  });
  EXPECT_THAT(rig.listener.heard, ElementsAre("synced 1 3"));
}

TEST(Disk, SyncEndsOnTimeAlsoWhenTheHostIsPaused) {
  Rig rig;
  rig.disk->rules().sync.base = Microseconds(100);
  FileNumber file;
  bool returned = false;
  rig.Run([&](Process& process) {
    file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    rig.world.At(TrueTime{} + Microseconds(50), [&] { rig.host->Pause(); });
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());
    returned = true;
  });
  EXPECT_EQ(rig.disk->DurableBytes(file), "abc");
  EXPECT_FALSE(returned);
}

TEST(Disk, DataAppendedDuringASyncIsNotCoveredByIt) {
  Rig rig({ChooseSize(1)});
  rig.disk->rules().sync.base = Microseconds(100);
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
    EXPECT_TRUE(rig.disk->Append(process, file, "before").ok());
    process.Spawn("late", [&] { EXPECT_TRUE(rig.disk->Append(process, file, "after").ok()); });
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());
    EXPECT_EQ(*rig.disk->Size(process, file), 11u);
  });
  EXPECT_THAT(rig.listener.heard, ElementsAre("synced 1 6"));
  rig.Crash();
  EXPECT_EQ(rig.disk->VolatileBytes(file), "before");
}

TEST(Disk, CrashDuringASyncLeavesItsDataUnsynced) {
  Rig rig({ChooseSize(0)});
  rig.SetFates(0, 1, 0);
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.CreateSynced(process, "f", 0);
    rig.disk->rules().sync.base = Microseconds(100);
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    rig.world.At(TrueTime{} + Microseconds(50), [&] { rig.Crash(); });
    (void)rig.disk->Sync(process, file);
    ADD_FAILURE() << "a call of a dead process returned";
  });
  EXPECT_THAT(rig.listener.heard, ElementsAre("synced 1 0", "crash 1"));
  EXPECT_EQ(rig.disk->VolatileBytes(file), Bytes(3, '\0'));
  EXPECT_EQ(rig.world.scheduler().pending(), 0u) << "the end of the sync is still due";
}

TEST(Disk, KilledWithoutACrashASyncNeverHappens) {
  Rig rig;
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.CreateSynced(process, "f", 0);
    rig.disk->rules().sync.base = Microseconds(100);
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    rig.world.At(TrueTime{} + Microseconds(50), [&] { process.Kill(); });
    (void)rig.disk->Sync(process, file);
  });
  EXPECT_EQ(rig.disk->DurableBytes(file), "");
  EXPECT_EQ(rig.disk->VolatileBytes(file), "abc");
}

// --- The oracle ---

TEST(Disk, OracleSeesEveryCallNumberedOverTheWholeRun) {
  Rig rig;
  FileNumber file;
  rig.Run([&](Process& process) { file = rig.CreateSynced(process, "f", 10); });
  rig.Run([&](Process& process) {
    (void)rig.disk->Write(process, file, 3, "xy");
    (void)rig.disk->Read(process, file, 1, 4);
  });
  ASSERT_EQ(rig.oracle.points.size(), 6u);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(rig.oracle.points[i].number, i + 1);
  const IoPoint& write = rig.oracle.points[4];
  EXPECT_EQ(write.operation, IoOperation::kWrite);
  EXPECT_EQ(write.host, HostId(1));
  EXPECT_EQ(write.file, file);
  EXPECT_EQ(write.offset, 3u);
  EXPECT_EQ(write.bytes, 2u);
  EXPECT_EQ(rig.oracle.points[2].operation, IoOperation::kSync);
  EXPECT_EQ(rig.oracle.points[3].operation, IoOperation::kSyncDirectory);
}

TEST(Disk, OracleDelaysACall) {
  Rig rig;
  rig.oracle.verdicts[1] = {.action = IoAction::kDelay, .delay = Milliseconds(3), .bytes = 0};
  rig.Run([&](Process& process) { rig.Create(process, "f"); });
  EXPECT_EQ(rig.world.now().ns, Milliseconds(3).ns);
}

TEST(Disk, OracleFailsCallsWithoutTheirEffect) {
  Rig rig;
  Disk& disk = *rig.disk;
  for (uint64_t point = 5; point <= 8; ++point) {
    rig.oracle.verdicts[point].action = IoAction::kFail;
  }
  rig.Run([&](Process& process) {
    const FileNumber file = rig.CreateSynced(process, "f", 10);
    EXPECT_EQ(CodeOf(disk.Append(process, file, "x")), absl::StatusCode::kUnavailable);
    EXPECT_EQ(CodeOf(disk.Read(process, file, 0, 1)), absl::StatusCode::kDataLoss);
    EXPECT_EQ(CodeOf(disk.Truncate(process, file, 1)), absl::StatusCode::kUnavailable);
    EXPECT_EQ(CodeOf(disk.Remove(process, "f")), absl::StatusCode::kUnavailable);
    EXPECT_EQ(*disk.Read(process, file, 0, 10), Bytes(10, 'a'));
  });
}

TEST(Disk, FailedSyncDropsTheDirtyDataAndTheNextSyncSucceeds) {
  Rig rig;
  rig.oracle.verdicts[3].action = IoAction::kFail;
  rig.SetFates(0, 1, 0);
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    EXPECT_EQ(CodeOf(rig.disk->Sync(process, file)), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
    EXPECT_EQ(*rig.disk->Read(process, file, 0, 3), "abc");
  });
  rig.Crash();
  EXPECT_THAT(rig.listener.heard, ElementsAre("failed 1", "synced 1 3", "crash 1"));
  EXPECT_EQ(rig.disk->VolatileBytes(file), Bytes(3, '\0'));
}

TEST(Disk, FailedDirectorySyncForgetsNothing) {
  Rig rig;
  rig.oracle.verdicts[2].action = IoAction::kFail;
  rig.Run([&](Process& process) {
    rig.Create(process, "f");
    EXPECT_EQ(CodeOf(rig.disk->SyncDirectory(process)), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("f"));
}

TEST(Disk, OracleFillsTheDisk) {
  Rig rig;
  rig.oracle.verdicts[2].action = IoAction::kFull;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_EQ(CodeOf(rig.disk->Append(process, file, "x")), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(*rig.disk->Size(process, file), 0u);
  });
}

TEST(Disk, OracleTearsAWrite) {
  Rig rig;
  rig.oracle.verdicts[2] = {.action = IoAction::kTear, .delay = {}, .bytes = 2};
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_EQ(CodeOf(rig.disk->Append(process, file, "abc")), absl::StatusCode::kUnavailable);
    EXPECT_EQ(*rig.disk->Read(process, file, 0, 2), "ab");
    EXPECT_EQ(*rig.disk->Size(process, file), 2u);
  });
}

TEST(Disk, CrashBeforeACallLeavesNoEffectOfIt) {
  Rig rig;
  rig.oracle.verdicts[5].action = IoAction::kCrashBefore;
  rig.SetFates(1, 0, 0);
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.CreateSynced(process, "f", 3);
    (void)rig.disk->Append(process, file, "x");
    ADD_FAILURE() << "the call returned";
  });
  EXPECT_FALSE(rig.host->up());
  EXPECT_EQ(rig.disk->VolatileBytes(file), "aaa");
}

TEST(Disk, CrashAfterASyncLeavesItsDataDurable) {
  for (const Duration latency : {Duration{}, Microseconds(100)}) {
    Rig rig;
    rig.oracle.verdicts[6].action = IoAction::kCrashAfter;
    rig.SetFates(0, 1, 0);
    FileNumber file;
    rig.Run([&](Process& process) {
      file = rig.CreateSynced(process, "f", 3);
      rig.disk->rules().sync.base = latency;
      (void)rig.disk->Append(process, file, "x");
      (void)rig.disk->Sync(process, file);
      ADD_FAILURE() << "the call returned";
    });
    EXPECT_FALSE(rig.host->up());
    EXPECT_EQ(rig.disk->VolatileBytes(file), "aaax");
    EXPECT_THAT(rig.listener.heard, ElementsAre("synced 1 3", "synced 1 4", "crash 1"));
  }
}

}  // namespace
}  // namespace ww::sim
