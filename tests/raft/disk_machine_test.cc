#include "raft/machine/disk_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/raft/disk_program.h"

namespace ww::raft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint32_t kSessionsMax = 3;
const ReplicaIdentity kWho{ShardId(7), ReplicaId(71)};

// What stands at this place of the log: commands of five clients, more than there are sessions.
Entry EntryAt(Index index) {
  const uint64_t at = index.value;
  if (at % 13 == 0) return Entry{Term(1), EntryType::kEmpty, {}};
  const std::string key = fmt::format("key-{}", at % 5);
  const std::string value = fmt::format("value {} {}", at, std::string(at % 90, 'v'));
  Command command{at % 3 == 0 ? Operation::kAppend : Operation::kPut,
                  ClientId(1 + at / 6 % 5),
                  1 + at % 4,
                  0,
                  key,
                  value};
  if (at % 6 == 0) command = {Operation::kRegister, ClientId(1 + at / 6 % 5), 0, 0, {}, {}};
  if (at % 11 == 0) command.client = ClientId();
  if (at % 11 == 0 && command.operation == Operation::kRegister) command.client = ClientId(9);
  return Entry{Term(1), EntryType::kCommand, EncodeCommand(command)};
}

ShardMachine MachineAt(Index applied) {
  ShardMachine machine(kSessionsMax);
  while (machine.applied() < applied) {
    const Index next = machine.applied().next();
    machine.Apply(next, EntryAt(next));
  }
  return machine;
}

// A machine and its files, as a host uses them.
struct Kept {
  Kept(Env& env, ShardMachine restored) : disk(env, kWho), machine(std::move(restored)) {}
  void Apply(uint64_t entries) {
    for (uint64_t i = 0; i < entries; ++i) {
      const Index next = machine.applied().next();
      const Entry entry = EntryAt(next);
      machine.Apply(next, entry);
      disk.Update(next, entry);
    }
  }
  bool Sync() { return disk.Sync(disk.Begin(machine)).ok(); }

  DiskMachine disk;
  ShardMachine machine;
};

absl::StatusOr<std::optional<ShardMachine>> Open(Env& env) {
  return DiskMachine(env, kWho).Open(kSessionsMax);
}

TEST(DiskMachine, FindsWhatItSyncedAndNoFileWhereThereWasNone) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) {
    EXPECT_FALSE(Open(env)->has_value());
    Kept kept(env, ShardMachine(kSessionsMax));
    kept.Apply(20);
    ASSERT_TRUE(kept.Sync());
    EXPECT_EQ(kept.disk.durable(), Index(20));
    kept.Apply(7);
    ASSERT_TRUE(kept.Sync());
    kept.Apply(5);  // Never synced.
    EXPECT_EQ(kept.disk.durable(), Index(27));
  });
  disk.Run([](bind::SimEnv& env) {
    const auto found = Open(env);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)->applied(), Index(27));
    EXPECT_EQ((*found)->Save(), MachineAt(Index(27)).Save());
  });
}

TEST(DiskMachine, WritesItsFileAnewWhenBatchesOutgrowTheImage) {
  DiskProgram disk;
  disk.Run([](bind::SimEnv& env) {
    Kept kept(env, ShardMachine(kSessionsMax));
    uint64_t longest = 0;
    bool shrank = false;
    for (int i = 0; i < 60; ++i) {
      kept.Apply(25);
      ASSERT_TRUE(kept.Sync());
      const auto file = env.files().Open(MachineFileName(kWho), OpenFor::kExisting);
      const uint64_t size = *env.files().Size(*file);
      shrank = shrank || size < longest;
      longest = std::max(longest, size);
    }
    EXPECT_TRUE(shrank);
    EXPECT_LT(longest, 64u * 1024) << "of some 100 KiB that were applied";
    EXPECT_EQ((*Open(env))->Save(), kept.machine.Save());
  });
}

struct Progress {
  Index begun;   // Up to which a Sync was begun,
  Index synced;  // and ended.
};

// Some syncs, then another state in place of the machine's, then more.
void UseMachine(bind::SimEnv& env, Progress& progress) {
  Kept kept(env, ShardMachine(kSessionsMax));
  const auto sync = [&] {
    progress.begun = kept.machine.applied();
    if (!kept.Sync()) return false;
    progress.synced = kept.machine.applied();
    return true;
  };
  for (uint64_t round = 0; round < 6; ++round) {
    kept.Apply(9 + round);
    if (!sync()) return;
  }
  kept.machine = MachineAt(kept.machine.applied() + 30);
  kept.disk.Replaced();
  kept.Apply(3);
  if (!sync()) return;
  kept.Apply(4);
  sync();
}

// What is found is at least what was synced and at most what was begun, one whole state; and from
// there it goes on.
void ExpectFound(DiskProgram& disk, const Progress& progress) {
  Index applied;
  disk.Run([&](bind::SimEnv& env) {
    ASSERT_TRUE(DiskMachine::RemoveOrphans(env, *env.files().List(), {kWho}).ok());
    DiskMachine files(env, kWho);
    const auto found = files.Open(kSessionsMax);
    ASSERT_TRUE(found.ok()) << found.status();
    Kept kept(env, found->has_value() ? MachineAt((*found)->applied()) : ShardMachine(3));
    applied = kept.machine.applied();
    if (found->has_value()) {
      EXPECT_EQ((*found)->Save(), kept.machine.Save());
    }
    EXPECT_GE(applied, progress.synced);
    EXPECT_LE(applied, progress.begun);
    ASSERT_TRUE(kept.Sync());
    kept.Apply(6);
    ASSERT_TRUE(kept.Sync());
  });
  disk.Run([&](bind::SimEnv& env) {
    const auto found = Open(env);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)->Save(), MachineAt(applied + 6).Save());
  });
}

TEST(DiskMachine, IsFoundInOneWholeStateWhereverTheHostLosesPower) {
  DiskProgram plain;
  Progress whole;
  plain.Run([&](bind::SimEnv& env) { UseMachine(env, whole); });
  const uint64_t points = plain.oracle.points;
  ASSERT_GE(points, 24u);
  ASSERT_EQ(whole.synced, whole.begun);
  size_t between = 0;
  for (uint64_t at = 1; at <= points; ++at) {
    for (const auto action : {sim::IoAction::kCrashBefore, sim::IoAction::kCrashAfter}) {
      for (uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(fmt::format("point {}, {}, seed {}", at, static_cast<int>(action), seed));
        DiskProgram disk(seed);
        disk.oracle.at = at;
        disk.oracle.action = action;
        Progress progress;
        disk.Run([&](bind::SimEnv& env) { UseMachine(env, progress); });
        disk.oracle.at = 0;
        between += progress.synced < progress.begun ? 1 : 0;
        ExpectFound(disk, progress);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
  EXPECT_GT(between, 50u);
}

TEST(DiskMachine, IsFoundInOneWholeStateAfterAFailureAtAnyPoint) {
  DiskProgram plain;
  Progress whole;
  plain.Run([&](bind::SimEnv& env) { UseMachine(env, whole); });
  for (uint64_t at = 1; at <= plain.oracle.points; ++at) {
    SCOPED_TRACE(at);
    DiskProgram disk(at);
    disk.oracle.at = at;
    disk.oracle.action = sim::IoAction::kFail;
    Progress progress;
    disk.Run([&](bind::SimEnv& env) { UseMachine(env, progress); });
    disk.oracle.at = 0;
    ExpectFound(disk, progress);
    if (testing::Test::HasFailure()) return;
  }
}

// A failed sync forgets what was dirty: the process still reads it back, a loss of power takes it.
TEST(DiskMachine, WhatAFailedSyncNeverWroteIsWrittenAgainByWhoeverOpens) {
  DiskProgram disk;
  disk.disk().crash_rules().loses_unsynced = false;
  disk.Run([&](bind::SimEnv& env) {
    Kept kept(env, ShardMachine(kSessionsMax));
    kept.Apply(10);
    ASSERT_TRUE(kept.Sync());
    kept.Apply(10);
    disk.disk().rules().errors_on = true;
    disk.disk().rules().sync_error = Ratio::Always();
    EXPECT_FALSE(kept.Sync());
    EXPECT_EQ(kept.disk.durable(), Index(10));
    disk.disk().rules().errors_on = false;
  });
  disk.Run([&](bind::SimEnv& env) {
    Kept kept(env, **Open(env));
    ASSERT_EQ(kept.machine.applied(), Index(20)) << "from the cache";
    ASSERT_TRUE(kept.Sync());
    kept.Apply(5);
    ASSERT_TRUE(kept.Sync());
  });
  disk.disk().crash_rules().loses_unsynced = true;
  disk.disk().crash_rules().kept_weight = 0;
  disk.Run([&](bind::SimEnv& env) {
    const auto found = Open(env);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)->Save(), MachineAt(Index(25)).Save());
  });
}

TEST(DiskMachine, AfterAFailureItAddsNothingToTheFile) {
  DiskProgram disk;
  disk.Run([&](bind::SimEnv& env) {
    Kept kept(env, ShardMachine(kSessionsMax));
    kept.Apply(10);
    ASSERT_TRUE(kept.Sync());
    kept.Apply(3);
    disk.disk().rules().errors_on = true;
    disk.disk().rules().write_error = Ratio::Always();
    EXPECT_FALSE(kept.Sync());
    disk.disk().rules().errors_on = false;
    kept.Apply(3);
    const MachineWrite write = kept.disk.Begin(kept.machine);
    EXPECT_TRUE(write.whole);
    ASSERT_TRUE(kept.disk.Sync(write).ok());
    EXPECT_EQ((*Open(env))->Save(), MachineAt(Index(16)).Save());
  });
}

TEST(DiskMachine, BoundsWhatWaitsForASync) {
  DiskProgram disk;
  disk.Run([&](bind::SimEnv& env) {
    Kept kept(env, ShardMachine(kSessionsMax));
    kept.Apply(1);
    ASSERT_TRUE(kept.Sync());
    kept.Apply(2000);
    const MachineWrite write = kept.disk.Begin(kept.machine);
    EXPECT_TRUE(write.whole);
    EXPECT_LT(write.bytes.size(), 32u * 1024);
    ASSERT_TRUE(kept.disk.Sync(write).ok());
    EXPECT_EQ((*Open(env))->Save(), kept.machine.Save());
  });
}

TEST(DiskMachine, RemovesTemporariesAndFilesOfOthersAtAStart) {
  DiskProgram disk;
  disk.Run([&](bind::SimEnv& env) {
    Kept kept(env, ShardMachine(kSessionsMax));
    kept.Apply(3);
    ASSERT_TRUE(kept.Sync());
    for (const char* name : {"machine-7-71.tmp", "machine-8-71", "snapshot-7-71-3-1"}) {
      ASSERT_TRUE(env.files().Open(name, OpenFor::kCreate).ok());
    }
    EXPECT_THAT(*DiskMachine::RemoveOrphans(env, *env.files().List(), {kWho}),
                ElementsAre("machine-7-71.tmp", "machine-8-71"));
    EXPECT_THAT(*DiskMachine::RemoveOrphans(env, *env.files().List(), {kWho}), IsEmpty());
    EXPECT_TRUE(Open(env)->has_value());
  });
}

// --- The bytes ---

std::string FileWithBatches() {
  ShardMachine machine = MachineAt(Index(40));
  std::string file = EncodeMachineFile(kWho, machine);
  for (const uint64_t entries : {5u, 1u, 9u}) {
    MachineBatch batch;
    for (uint64_t i = 0; i < entries; ++i) {
      const Index next = machine.applied().next();
      machine.Apply(next, EntryAt(next));
      batch.Add(next, EntryAt(next));
    }
    file += batch.Encode(file.size(), machine);
  }
  return file;
}

TEST(MachineFile, IsReadUpToItsFirstBatchThatIsNotWhole) {
  const std::string file = FileWithBatches();
  const auto whole = DecodeMachineFile(file, kWho, kSessionsMax);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->applied(), Index(55));
  const std::string_view shorter = std::string_view(file).substr(0, file.size() - 1);
  EXPECT_EQ(DecodeMachineFile(shorter, kWho, kSessionsMax)->applied(), Index(46));
}

TEST(MachineFile, IsRefusedWhenItIsAnotherReplicas) {
  const ReplicaIdentity other{kWho.shard, ReplicaId(72)};
  EXPECT_EQ(DecodeMachineFile(FileWithBatches(), other, kSessionsMax).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(MachineFile, IsRefusedWhenABatchLeadsToAnotherStateThanItNames) {
  std::string file = EncodeMachineFile(kWho, MachineAt(Index(40)));
  MachineBatch batch;
  batch.Add(Index(41), EntryAt(Index(42)));
  file += batch.Encode(file.size(), MachineAt(Index(41)));
  EXPECT_EQ(DecodeMachineFile(file, kWho, kSessionsMax).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(MachineFile, IsRefusedWhenABatchDoesNotFollow) {
  std::string file = EncodeMachineFile(kWho, MachineAt(Index(40)));
  MachineBatch batch;
  batch.Add(Index(42), EntryAt(Index(42)));
  file += batch.Encode(file.size(), MachineAt(Index(42)));
  EXPECT_EQ(DecodeMachineFile(file, kWho, kSessionsMax).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(MachineFile, IsRefusedWhereIndicesEnd) {
  std::string image = MachineAt(Index(1)).Save();
  std::string file = EncodeMachineFile(kWho, MachineAt(Index(1)));
  ASSERT_EQ(file.substr(file.size() - image.size()), image);
  for (size_t at = 4; at < 12; ++at) image[at] = '\xff';  // What was applied last.
  ByteWriter sums;
  sums.Fixed64(HashBytes(image));
  file.replace(40, 8, sums.view());
  sums.Fixed64(HashBytes(std::string_view(file).substr(0, 48)));
  file = file.substr(0, 48) + std::string(sums.view().substr(8)) + image;
  EXPECT_TRUE(DecodeMachineFile(file, kWho, kSessionsMax).ok());
  ByteWriter batch;
  batch.Fixed32(0xb6d05757);
  batch.Fixed32(8);
  batch.Fixed64(0);
  batch.Fixed64(file.size());
  batch.Fixed64(0);  // The index behind the last one there is.
  batch.Fixed64(1);
  batch.Fixed64(0);
  batch.Fixed64(0);  // An empty entry.
  batch.PatchFixed64(8, HashBytes(batch.view().substr(16), 8));
  file.append(batch.view());
  EXPECT_EQ(DecodeMachineFile(file, kWho, kSessionsMax).status().code(),
            absl::StatusCode::kDataLoss);
}

// Damage never makes another state: the file is refused, or ends earlier.
RC_GTEST_PROP(MachineFile, IsNeverTakenForWhatItIsNot, (uint64_t place, uint8_t flip)) {
  std::string file = FileWithBatches();
  RC_PRE(flip != 0);
  char& byte = file[place % file.size()];
  byte = static_cast<char>(static_cast<uint8_t>(byte) ^ flip);
  const auto found = DecodeMachineFile(file, kWho, kSessionsMax);
  if (!found.ok()) return;
  RC_ASSERT(found->applied() < Index(55));
  RC_ASSERT(found->Save() == MachineAt(found->applied()).Save());
}

RC_GTEST_PROP(MachineFile, OfAnyBytesIsRefused, (const std::string& bytes)) {
  RC_ASSERT(!DecodeMachineFile(bytes, kWho, kSessionsMax).ok());
}

}  // namespace
}  // namespace ww::raft
