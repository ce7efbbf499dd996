#include "raft/store/snapshot_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/raft/disk_program.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const ReplicaIdentity kWho{ShardId(7), ReplicaId(71)};
const LogPosition kOld{Index(10), Term(1)};
const LogPosition kNew{Index(20), Term(2)};

std::string MachineAt(const LogPosition& position) {
  std::string machine;
  for (uint64_t i = 0; i < 1500 * position.index.value; ++i) {
    machine.push_back(static_cast<char>('a' + (i * position.index.value) % 23));
  }
  return machine;
}

absl::StatusOr<SnapshotContent> PublishAt(SnapshotStore& store, const LogPosition& position) {
  return store.Publish(kWho, position, Membership{{{ReplicaId(71), HostId(1)}}},
                       MachineAt(position));
}

// A whole file as another host would send it.
std::string SentFile() {
  return EncodeSnapshot(kWho.shard, kNew, Membership{{{ReplicaId(71), HostId(1)}}},
                        MachineAt(kNew));
}

TEST(SnapshotStore, KeepsWhatItPublished) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) {
    SnapshotStore store(env);
    const absl::StatusOr<SnapshotContent> content = PublishAt(store, kOld);
    ASSERT_TRUE(content.ok()) << content.status();
    const absl::StatusOr<SnapshotImage> image = store.Load({kWho, kOld});
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(image->content, *content);
    EXPECT_EQ(image->machine, MachineAt(kOld));
    EXPECT_TRUE(absl::IsNotFound(store.Load({kWho, kNew}).status()));
  });
}

// Whatever happens, a snapshot whose publication returned is there and whole, one that did not is
// there and whole or an orphan, and an older one is untouched.
TEST(SnapshotStore, PublishesAtomicallyWhereverTheHostLosesPower) {
  const auto publish = [](DiskProgram& disk, bool& acknowledged) {
    disk.Run([&acknowledged](bind::SimEnv& env) {
      SnapshotStore store(env);
      if (!PublishAt(store, kOld).ok()) return;
      acknowledged = PublishAt(store, kNew).ok();
    });
  };
  DiskProgram plain;
  bool done = false;
  publish(plain, done);
  ASSERT_TRUE(done);
  const uint64_t points = plain.oracle.points;
  ASSERT_GT(points, 8u);
  size_t orphans = 0;
  for (uint64_t at = points / 2 + 1; at <= points; ++at) {
    for (const auto action : {sim::IoAction::kCrashBefore, sim::IoAction::kCrashAfter}) {
      for (uint64_t seed = 1; seed <= 8; ++seed) {
        DiskProgram disk(seed);
        disk.oracle.at = at;
        disk.oracle.action = action;
        bool acknowledged = false;
        publish(disk, acknowledged);
        disk.Run([&](bind::SimEnv& env) {
          SnapshotStore store(env);
          std::vector<NamedSnapshot> kept{{kWho, kOld}};
          if (acknowledged) kept.push_back({kWho, kNew});
          const auto removed = store.RemoveAllBut(kept, {});
          ASSERT_TRUE(removed.ok()) << removed.status() << " at " << at;
          orphans += removed->size();
          EXPECT_EQ(store.Load({kWho, kOld})->machine, MachineAt(kOld));
          const absl::StatusOr<SnapshotImage> image = store.Load({kWho, kNew});
          EXPECT_EQ(image.ok(), acknowledged);
          if (image.ok()) {
            EXPECT_EQ(image->machine, MachineAt(kNew));
          }
          EXPECT_THAT(*env.files().List(), SizeIs(acknowledged ? 2 : 1));
          EXPECT_TRUE(PublishAt(store, kNew).ok());
        });
      }
    }
  }
  EXPECT_GT(orphans, 0u);
}

TEST(SnapshotStore, APartGoesOnAfterACrashFromWhatIsGood) {
  const std::string file = SentFile();
  const SnapshotContent content = ReadSnapshotHead(file)->content;
  uint64_t resumed = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    DiskProgram disk(seed);
    const uint64_t sent = file.size() * seed / 21;
    disk.Run([&](bind::SimEnv& env) {
      SnapshotStore store(env);
      absl::StatusOr<SnapshotPart> part = store.BeginPart(kWho);
      ASSERT_TRUE(store.AppendToPart(*part, std::string_view(file).substr(0, sent)).ok());
      if (seed % 2 == 0) {
        ASSERT_TRUE(env.files().Sync(part->file).ok());
      }
      ASSERT_TRUE(env.files().SyncDirectory().ok());
    });
    disk.Run([&](bind::SimEnv& env) {
      SnapshotStore store(env);
      ASSERT_THAT(*store.RemoveAllBut({}, {kWho}), IsEmpty());
      absl::StatusOr<SnapshotPart> part = store.ResumePart(kWho, content);
      ASSERT_TRUE(part.ok()) << part.status();
      resumed += part->bytes > 0 ? 1 : 0;
      ASSERT_LE(part->bytes, sent);
      ASSERT_TRUE(store.AppendToPart(*part, std::string_view(file).substr(part->bytes)).ok());
      ASSERT_TRUE(store.ReadPart(kWho, *part, content).ok());
      ASSERT_TRUE(store.PublishPart(kWho, *part, content).ok());
    });
    disk.Run([&](bind::SimEnv& env) {
      SnapshotStore store(env);
      EXPECT_THAT(*store.RemoveAllBut({{kWho, kNew}}, {}), IsEmpty());
      EXPECT_EQ(store.Load({kWho, kNew})->machine, MachineAt(kNew));
    });
  }
  EXPECT_GT(resumed, 5u);
}

TEST(SnapshotStore, APartOfAnotherSnapshotIsNotGoneOnWith) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) {
    SnapshotStore store(env);
    const std::string file = SentFile();
    SnapshotContent other = ReadSnapshotHead(file)->content;
    other.checksum += 1;
    absl::StatusOr<SnapshotPart> part = store.BeginPart(kWho);
    ASSERT_TRUE(store.AppendToPart(*part, file).ok());
    EXPECT_EQ(store.ReadPart(kWho, *part, other).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(store.ResumePart(kWho, other)->bytes, 0u);
  });
}

// A failed sync forgets what was dirty: the process still reads it back, a loss of power takes it.
TEST(SnapshotStore, APartThatAFailedSyncNeverWroteIsWrittenAgain) {
  const std::string file = SentFile();
  const SnapshotContent content = ReadSnapshotHead(file)->content;
  DiskProgram disk;
  disk.disk().crash_rules().loses_unsynced = false;
  disk.Run([&](bind::SimEnv& env) {
    SnapshotStore store(env);
    absl::StatusOr<SnapshotPart> part = store.BeginPart(kWho);
    ASSERT_TRUE(store.AppendToPart(*part, file).ok());
    disk.disk().rules().errors_on = true;
    disk.disk().rules().sync_error = Ratio::Always();
    EXPECT_FALSE(store.PublishPart(kWho, *part, content).ok());
    disk.disk().rules().errors_on = false;
  });
  disk.Run([&](bind::SimEnv& env) {
    SnapshotStore store(env);
    absl::StatusOr<SnapshotPart> part = store.ResumePart(kWho, content);
    ASSERT_EQ(part->bytes, file.size());
    ASSERT_TRUE(store.PublishPart(kWho, *part, content).ok());
  });
  disk.disk().crash_rules().loses_unsynced = true;
  disk.disk().crash_rules().kept_weight = 0;
  disk.Run([&](bind::SimEnv& env) {
    SnapshotStore store(env);
    const absl::StatusOr<SnapshotImage> image = store.Load({kWho, kNew});
    EXPECT_TRUE(image.ok()) << image.status();
  });
}

TEST(SnapshotStore, ReportsADamagedFileAndAMissingOne) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) {
    SnapshotStore store(env);
    ASSERT_TRUE(PublishAt(store, kOld).ok());
  });
  ASSERT_TRUE(disk.disk().Rot(disk.disk().Names().at(0).second, 5000, 3));
  disk.Run([](bind::SimEnv& env) {
    SnapshotStore store(env);
    EXPECT_EQ(store.Load({kWho, kOld}).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::IsNotFound(store.RemoveAllBut({{kWho, kNew}}, {}).status()));
  });
}

TEST(SnapshotStore, RefusesAFileThatIsNamedForAnotherReplicasShard) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) {
    SnapshotStore store(env);
    ASSERT_TRUE(PublishAt(store, kOld).ok());
    const NamedSnapshot other{{ShardId(8), ReplicaId(71)}, kOld};
    ASSERT_TRUE(env.files().Rename(SnapshotName({kWho, kOld}), SnapshotName(other)).ok());
    EXPECT_EQ(store.Load(other).status().code(), absl::StatusCode::kDataLoss);
  });
}

}  // namespace
}  // namespace ww::raft
