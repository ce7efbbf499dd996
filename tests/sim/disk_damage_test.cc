// What befalls data at rest, disks that answer late, and disks that go back in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/sim/disk_rig.h"

namespace ww::sim {
namespace {

using testing::ElementsAre;

size_t Differences(const std::string& bytes, char was) {
  return bytes.size() - static_cast<size_t>(std::count(bytes.begin(), bytes.end(), was));
}

// --- At rest ---

TEST(DiskDamage, RotHitsWhatWasDurableBeforeTheLastSyncThatGrewTheFile) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Rig rig({}, SiteBase::kSeeded, seed);
    rig.Run([&](Process& process) {
      const FileNumber file = rig.CreateSynced(process, "f", 4);
      EXPECT_TRUE(rig.disk->Append(process, file, Bytes(4, 'a')).ok());
      EXPECT_TRUE(rig.disk->Sync(process, file).ok());
      EXPECT_TRUE(rig.disk->Sync(process, file).ok()) << "grows nothing";
      EXPECT_TRUE(rig.disk->Append(process, file, Bytes(4, 'a')).ok());
    });
    EXPECT_EQ(rig.disk->RotAtRest(1), 1u);
    const std::string seen = rig.disk->VolatileBytes(FileNumber{1});
    EXPECT_EQ(Differences(seen, 'a'), 1u);
    EXPECT_EQ(seen.substr(4), Bytes(8, 'a')) << seed;
    EXPECT_EQ(rig.disk->DurableBytes(FileNumber{1}), seen.substr(0, 8));
  }
}

TEST(DiskDamage, AFileThatOneSyncMadeDurableIsAtRestAsAWhole) {
  bool last = false;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Rig rig({}, SiteBase::kSeeded, seed);
    rig.Run([&](Process& process) { rig.CreateSynced(process, "f", 4); });
    EXPECT_EQ(rig.disk->RotAtRest(1), 1u);
    last = last || rig.disk->DurableBytes(FileNumber{1}).back() != 'a';
  }
  EXPECT_TRUE(last);
}

TEST(DiskDamage, NothingIsAtRestThatNoSyncMadeDurable) {
  Rig rig;
  rig.SetFates(1, 0, 0);
  rig.disk->crash_rules().loses_names = false;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
  });
  EXPECT_EQ(rig.disk->RotAtRest(3), 0u);
  EXPECT_FALSE(rig.disk->LoseSectorAtRest());
  rig.Crash();
  EXPECT_EQ(rig.disk->RotAtRest(1), 0u) << "what a crash left by chance";
  EXPECT_THAT(rig.listener.heard, ElementsAre("crash 1"));
}

TEST(DiskDamage, ALostSectorFailsReadsThatTouchItUntilItIsWritten) {
  Rig rig;
  rig.Run([&](Process& process) { rig.CreateSynced(process, "f", 3 * kSectorBytes); });
  ASSERT_TRUE(rig.disk->LoseSectorAtRest());
  rig.Run([&](Process& process) {
    const FileNumber file{1};
    std::vector<uint64_t> bad;
    for (uint64_t sector = 0; sector < 3; ++sector) {
      const auto read = rig.disk->Read(process, file, sector * kSectorBytes, kSectorBytes);
      if (read.ok()) continue;
      EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
      bad.push_back(sector);
    }
    ASSERT_EQ(bad.size(), 1u);
    const uint64_t begin = bad[0] * kSectorBytes;
    EXPECT_FALSE(rig.disk->Read(process, file, begin + 7, 1).ok());
    EXPECT_FALSE(rig.disk->Read(process, file, 0, 3 * kSectorBytes).ok());
    EXPECT_TRUE(rig.disk->Read(process, file, begin + 7, 0).ok());
    EXPECT_TRUE(rig.disk->Write(process, file, begin + 7, "x").ok());
    EXPECT_EQ(rig.disk->Read(process, file, begin + 6, 3).value(), "axa");
  });
}

TEST(DiskDamage, ALostSectorSurvivesACrashAndGoesWithATruncation) {
  Rig rig;
  rig.Run([&](Process& process) { rig.CreateSynced(process, "f", 10); });
  ASSERT_TRUE(rig.disk->LoseSectorAtRest());
  rig.Crash();
  rig.Run([&](Process& process) {
    EXPECT_FALSE(rig.disk->Read(process, FileNumber{1}, 0, 10).ok());
    EXPECT_TRUE(rig.disk->Truncate(process, FileNumber{1}, 0).ok());
    EXPECT_TRUE(rig.disk->Truncate(process, FileNumber{1}, 10).ok());
    EXPECT_TRUE(rig.disk->Read(process, FileNumber{1}, 0, 10).ok());
  });
}

TEST(DiskDamage, AMisdirectedSectorStandsInAnotherOneAndZerosWhereItShould) {
  size_t moved = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Rig rig({}, SiteBase::kSeeded, seed);
    std::string before;
    rig.Run([&](Process& process) {
      const FileNumber file = rig.Create(process, "f");
      for (const char c : {'a', 'b', 'c'}) before += Bytes(kSectorBytes, c);
      before += "ddd";
      EXPECT_TRUE(rig.disk->Append(process, file, before).ok());
      EXPECT_TRUE(rig.disk->Sync(process, file).ok());
    });
    const bool hit = rig.disk->MisdirectAtRest();
    const std::string after = rig.disk->DurableBytes(FileNumber{1});
    EXPECT_EQ(rig.disk->VolatileBytes(FileNumber{1}), after);
    EXPECT_EQ(after == before, !hit);
    if (!hit) continue;
    ++moved;
    std::vector<uint64_t> zeros;
    std::vector<uint64_t> replaced;
    for (uint64_t at = 0; at < after.size(); at += kSectorBytes) {
      const std::string now = after.substr(at, kSectorBytes);
      if (now == before.substr(at, kSectorBytes)) continue;
      (Differences(now, '\0') == 0 ? zeros : replaced).push_back(at);
    }
    ASSERT_EQ(zeros.size(), 1u);
    ASSERT_EQ(replaced.size(), 1u);
    const uint64_t bytes = std::min<uint64_t>(zeros[0] == 3 * kSectorBytes ? 3 : kSectorBytes,
                                              replaced[0] == 3 * kSectorBytes ? 3 : kSectorBytes);
    EXPECT_EQ(after.substr(replaced[0], bytes), before.substr(zeros[0], bytes));
    EXPECT_THAT(rig.listener.heard.back(),
                testing::EndsWith(fmt::format(" {}+{}", replaced[0], bytes)));
  }
  EXPECT_GT(moved, 25u);
}

// --- Stalls ---

TEST(DiskDamage, AStalledDiskReturnsFromNoCallUntilItsEnd) {
  Rig rig;
  rig.disk->rules().sync.base = Microseconds(100);
  std::vector<TrueTime> ended;
  rig.world.At(TrueTime{} + Microseconds(50), [&] { rig.disk->Stall(); });
  rig.world.At(TrueTime{} + Milliseconds(70), [&] { rig.disk->EndStall(); });
  rig.Run([&](Process& process) {
    const FileNumber file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());  // Under way when the stall began.
    ended.push_back(rig.world.now());
  });
  EXPECT_THAT(ended, ElementsAre(TrueTime{} + Milliseconds(70)));
  EXPECT_EQ(rig.disk->DurableBytes(FileNumber{1}), "abc");
}

TEST(DiskDamage, ACallOfNoTimeWaitsForTheEndOfAStallToo) {
  Rig rig;
  rig.disk->Stall();
  bool returned = false;
  rig.Run([&](Process& process) {
    rig.Create(process, "f");
    returned = true;
  });
  EXPECT_FALSE(returned);
  rig.disk->EndStall();
  while (rig.world.Step()) {
  }
  EXPECT_TRUE(returned);
}

TEST(DiskDamage, ACrashDuringAStallEndsItsCallsForEver) {
  Rig rig;
  rig.SetFates(0, 1, 0);
  rig.disk->crash_rules().loses_names = false;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.CreateSynced(process, "f", 3);
    EXPECT_TRUE(rig.disk->Append(process, file, "b").ok());
    rig.disk->Stall();
    rig.disk->Sync(process, file).IgnoreError();
    FAIL() << "a call outlived its process";
  });
  rig.Crash();
  rig.disk->EndStall();
  while (rig.world.Step()) {
  }
  EXPECT_EQ(Differences(rig.disk->DurableBytes(FileNumber{1}), 'b'),
            rig.disk->DurableBytes(FileNumber{1}).size());
}

// --- Images ---

TEST(DiskDamage, ARestoredDiskIsWhatWasDurableWhenItsImageWasTaken) {
  Rig rig;
  Disk::Image image;
  rig.Run([&](Process& process) {
    const FileNumber kept = rig.CreateSynced(process, "kept", 3);
    rig.CreateSynced(process, "removed", 2);
    EXPECT_TRUE(rig.disk->Append(process, kept, "unsynced").ok());
    image = rig.disk->DurableImage();
    EXPECT_TRUE(rig.disk->Sync(process, kept).ok());
    EXPECT_TRUE(rig.disk->Remove(process, "removed").ok());
    rig.CreateSynced(process, "later", 1);
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("kept", "later"));
  rig.disk->Restore(image);
  EXPECT_THAT(rig.Names(), ElementsAre("kept", "removed"));
  EXPECT_EQ(rig.disk->DurableBytes(FileNumber{1}), "aaa");
  EXPECT_EQ(rig.disk->VolatileBytes(FileNumber{1}), "aaa");
  EXPECT_EQ(rig.disk->DurableBytes(FileNumber{2}), "aa");
  EXPECT_EQ(rig.disk->DurableBytes(FileNumber{3}), "");
  EXPECT_EQ(rig.disk->bytes_used(), 5u);
  rig.Run([&](Process& process) {
    EXPECT_EQ(rig.disk->Open(process, "new", OpenMode::kCreate)->value, 4u) << "no number twice";
    EXPECT_EQ(rig.disk->Read(process, FileNumber{1}, 0, 3).value(), "aaa");
  });
}

}  // namespace
}  // namespace ww::sim
