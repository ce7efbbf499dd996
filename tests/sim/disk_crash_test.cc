// What a disk suffers: drawn errors, crashes, rot, a wipe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "tests/sim/disk_rig.h"

namespace ww::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// --- Drawn errors ---

// Runs one call on a file of three durable bytes, with errors on.
template <class Call>
absl::StatusCode CodeWithErrors(Rig& rig, const DiskRules& rules, Call call) {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.CreateSynced(process, "f", 3);
    rig.disk->rules() = rules;
    rig.disk->rules().errors_on = true;
    code = CodeOf(call(process, file));
  });
  return code;
}

TEST(DiskCrash, WriteErrorWritesNothing) {
  Rig rig;
  DiskRules rules;
  rules.write_error = Ratio::Always();
  EXPECT_EQ(CodeWithErrors(
                rig, rules,
                [&](Process& process, FileNumber f) { return rig.disk->Append(process, f, "xy"); }),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(rig.disk->VolatileBytes(FileNumber{1}), "aaa");
}

TEST(DiskCrash, ShortWriteWritesAPrefixThatIsNotAllOfIt) {
  Rig rig;
  DiskRules rules;
  rules.short_write = Ratio::Always();
  const std::string bytes = "0123456789";
  EXPECT_EQ(CodeWithErrors(rig, rules,
                           [&](Process& process, FileNumber f) {
                             return rig.disk->Write(process, f, 0, bytes);
                           }),
            absl::StatusCode::kUnavailable);
  const std::string seen = rig.disk->VolatileBytes(FileNumber{1});
  size_t prefix = 0;
  while (prefix < seen.size() && seen[prefix] == bytes[prefix]) ++prefix;
  EXPECT_LT(prefix, bytes.size());
  EXPECT_EQ(seen.substr(prefix), Bytes(seen.size() - prefix, 'a'));
}

TEST(DiskCrash, ReadErrorIsDataLoss) {
  Rig rig;
  DiskRules rules;
  rules.read_error = Ratio::Always();
  EXPECT_EQ(CodeWithErrors(
                rig, rules,
                [&](Process& process, FileNumber f) { return rig.disk->Read(process, f, 0, 3); }),
            absl::StatusCode::kDataLoss);
}

TEST(DiskCrash, SyncErrorIsHeardAsAFailedSync) {
  Rig rig;
  DiskRules rules;
  rules.sync_error = Ratio::Always();
  EXPECT_EQ(
      CodeWithErrors(rig, rules,
                     [&](Process& process, FileNumber f) { return rig.disk->Sync(process, f); }),
      absl::StatusCode::kUnavailable);
  EXPECT_THAT(rig.listener.heard, ElementsAre("synced 1 3", "failed 1"));
}

TEST(DiskCrash, ErrorsThatAreOnDrawAtEveryVisitAlsoAtRatioZero) {
  Rig rig;
  rig.disk->rules().errors_on = true;
  rig.Run([&](Process& process) { rig.CreateSynced(process, "f", 3); });
  EXPECT_EQ(rig.world.decisions().count(), 5u) << "open 1, append 2, sync 1, directory 1";
}

// --- Crash ---

TEST(DiskCrash, SyncedDataSurvivesACrashAndFilesKeepTheirNumbers) {
  Rig rig;
  rig.SetFates(0, 1, 0);
  FileNumber file;
  rig.Run([&](Process& process) { file = rig.CreateSynced(process, "f", 1000); });
  rig.Run([&](Process& process) {
    EXPECT_EQ(*rig.disk->Open(process, "f", OpenMode::kExisting), file);
    EXPECT_EQ(*rig.disk->Read(process, file, 0, 1000), Bytes(1000, 'a'));
  });
}

// A file of 1024 durable 'a', overwritten and doubled by 'b', after a crash.
std::string AfterCrash(Rig& rig) {
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.CreateSynced(process, "f", 1024);
    EXPECT_TRUE(rig.disk->Write(process, file, 0, Bytes(2048, 'b')).ok());
  });
  rig.Crash();
  EXPECT_EQ(rig.disk->DurableBytes(file), rig.disk->VolatileBytes(file));
  return rig.disk->VolatileBytes(file);
}

TEST(DiskCrash, CrashKeepsSectorsByWeight) {
  Rig rig({ChooseSize(0)});
  rig.SetFates(1, 0, 0);
  EXPECT_EQ(AfterCrash(rig), Bytes(2048, 'b'));
}

TEST(DiskCrash, CrashLeavesOldSectorsByWeight) {
  Rig rig({ChooseSize(0)});
  rig.SetFates(0, 1, 0);
  EXPECT_EQ(AfterCrash(rig), Bytes(1024, 'a') + Bytes(1024, '\0'));
}

TEST(DiskCrash, CrashTearsSectorsByWeight) {
  Rig rig({ChooseSize(0)});
  rig.SetFates(0, 0, 1);
  const std::string seen = AfterCrash(rig);
  ASSERT_EQ(seen.size(), 2048u);
  for (size_t sector = 0; sector < 4; ++sector) {
    const std::string bytes = seen.substr(sector * kSectorBytes, kSectorBytes);
    const size_t cut = std::min(bytes.find_first_not_of('b'), bytes.size());
    EXPECT_LT(cut, kSectorBytes);
    EXPECT_EQ(bytes.substr(cut), Bytes(kSectorBytes - cut, sector < 2 ? 'a' : '\0'));
  }
}

TEST(DiskCrash, CrashChoosesTheSize) {
  for (const uint64_t choice : {0u, 1u, 2u}) {
    Rig rig({ChooseSize(choice)});
    rig.SetFates(1, 0, 0);
    const size_t size = AfterCrash(rig).size();
    if (choice == 0) {
      EXPECT_EQ(size, 2048u);
    } else if (choice == 1) {
      EXPECT_EQ(size, 1024u);
    } else {
      EXPECT_THAT(size, testing::AllOf(testing::Ge(1024u), testing::Le(2048u)));
    }
  }
}

TEST(DiskCrash, UnsyncedTruncationIsLostByDecision) {
  for (const uint64_t choice : {0u, 1u}) {
    Rig rig({ChooseSize(choice)});
    FileNumber file;
    rig.Run([&](Process& process) {
      file = rig.CreateSynced(process, "f", 1000);
      EXPECT_TRUE(rig.disk->Truncate(process, file, 10).ok());
    });
    rig.Crash();
    EXPECT_EQ(rig.disk->VolatileBytes(file), Bytes(choice == 0 ? 10 : 1000, 'a'));
  }
}

TEST(DiskCrash, CrashOfAllZeroDrawsLosesNothing) {
  Rig rig({}, SiteBase::kBenign);
  rig.SetFates(1, 5, 5);
  EXPECT_EQ(AfterCrash(rig), Bytes(2048, 'b'));
  EXPECT_GT(rig.world.decisions().count(), 0u);
  rig.Run([&](Process& process) {
    EXPECT_TRUE(rig.disk->Rename(process, "f", "g").ok());
    rig.Create(process, "h");
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("g", "h"));
}

TEST(DiskCrash, CrashOfTheProcessAloneKeepsEverythingAndDrawsNothing) {
  Rig rig;
  rig.SetFates(0, 1, 0);
  rig.disk->crash_rules().loses_unsynced = false;
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
  });
  rig.Crash();
  EXPECT_EQ(rig.world.decisions().count(), 0u);
  EXPECT_EQ(rig.disk->VolatileBytes(file), "abc");
  EXPECT_EQ(rig.disk->DurableBytes(file), "") << "it is still only in the cache";
  rig.Run([&](Process& process) {
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
  });
  rig.disk->crash_rules().loses_unsynced = true;
  rig.Crash();
  EXPECT_EQ(rig.disk->VolatileBytes(file), "abc");
}

// --- Names ---

TEST(DiskCrash, LostCreationTakesTheFileAway) {
  Rig rig({LoseName(0)});
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.Create(process, "f");
    EXPECT_TRUE(rig.disk->Append(process, file, "abc").ok());
    EXPECT_TRUE(rig.disk->Sync(process, file).ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), IsEmpty());
  EXPECT_EQ(rig.disk->bytes_used(), 0u);
  EXPECT_EQ(rig.disk->DurableBytes(file), "");
}

TEST(DiskCrash, LostRemovalBringsTheDurableContentBack) {
  Rig rig({LoseName(0)});
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.CreateSynced(process, "f", 3);
    EXPECT_TRUE(rig.disk->Write(process, file, 0, "bbbb").ok());
    EXPECT_TRUE(rig.disk->Remove(process, "f").ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("f"));
  EXPECT_EQ(rig.disk->VolatileBytes(file), "aaa");
  EXPECT_EQ(rig.disk->bytes_used(), 3u);
}

TEST(DiskCrash, LostRenameRestoresBothNames) {
  Rig rig({LoseName(0)});
  FileNumber first;
  FileNumber second;
  rig.Run([&](Process& process) {
    first = rig.CreateSynced(process, "a", 1);
    second = rig.CreateSynced(process, "b", 2);
    EXPECT_TRUE(rig.disk->Rename(process, "a", "b").ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.disk->Names(), ElementsAre(std::pair("a", first), std::pair("b", second)));
  EXPECT_EQ(rig.disk->VolatileBytes(second), "aa");
}

TEST(DiskCrash, LaterRenameMaySurviveAnEarlierOne) {
  Rig rig({LoseName(0), KeepName(1)});
  rig.Run([&](Process& process) {
    rig.CreateSynced(process, "a", 1);
    EXPECT_TRUE(rig.disk->Rename(process, "a", "b").ok());
    EXPECT_TRUE(rig.disk->Rename(process, "b", "c").ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("c")) << "one file, one name";
}

TEST(DiskCrash, DirectorySyncCoversOperationsBeforeItStarted) {
  Rig rig({LoseName(0)});
  rig.disk->rules().sync.base = Microseconds(100);
  rig.Run([&](Process& process) {
    rig.Create(process, "early");
    process.Spawn("late", [&] { rig.Create(process, "late"); });
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("early"));
}

TEST(DiskCrash, FileReplacedDuringADirectorySyncCanComeBack) {
  Rig rig({LoseName(0)});
  FileNumber replaced;
  rig.Run([&](Process& process) {
    rig.CreateSynced(process, "a", 1);
    replaced = rig.CreateSynced(process, "b", 2);
    rig.disk->rules().sync.base = Microseconds(100);
    process.Spawn("late", [&] {
      rig.disk->rules().sync.base = Duration{};
      EXPECT_TRUE(rig.disk->Rename(process, "a", "b").ok());
    });
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
    EXPECT_THAT(rig.Names(), ElementsAre("b"));
  });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("a", "b"));
  EXPECT_EQ(rig.disk->VolatileBytes(replaced), "aa");
}

TEST(DiskCrash, NamesAreKeptWhereCrashesLoseNone) {
  Rig rig({LoseName(0)});
  rig.disk->crash_rules().loses_names = false;
  rig.Run([&](Process& process) { rig.Create(process, "f"); });
  rig.Crash();
  EXPECT_THAT(rig.Names(), ElementsAre("f"));
}

TEST(DiskCrash, DataOfARemovedFileGoesWhenTheRemovalIsDurable) {
  Rig rig;
  rig.Run([&](Process& process) {
    const FileNumber file = rig.CreateSynced(process, "f", 3);
    EXPECT_TRUE(rig.disk->Remove(process, "f").ok());
    EXPECT_EQ(rig.disk->DurableBytes(file), "aaa");
    EXPECT_TRUE(rig.disk->SyncDirectory(process).ok());
    EXPECT_EQ(rig.disk->DurableBytes(file), "");
  });
}

// --- Damage ---

TEST(DiskCrash, RotFlipsOneBitOfDurableData) {
  Rig rig;
  FileNumber file;
  rig.Run([&](Process& process) {
    file = rig.CreateSynced(process, "f", 3);
    EXPECT_TRUE(rig.disk->Append(process, file, "b").ok());
  });
  EXPECT_TRUE(rig.disk->Rot(file, 1, 1));
  EXPECT_FALSE(rig.disk->Rot(file, 3, 0)) << "not durable";
  EXPECT_FALSE(rig.disk->Rot(FileNumber{9}, 0, 0));
  EXPECT_EQ(rig.disk->VolatileBytes(file), "acab");
  EXPECT_EQ(rig.disk->DurableBytes(file), "aca");
  EXPECT_EQ(rig.listener.heard.back(), "damaged 1 1+1");
}

TEST(DiskCrash, WipeTakesEverythingAlsoFromUnderASync) {
  Rig rig;
  rig.Run([&](Process& process) {
    rig.CreateSynced(process, "a", 3);
    const FileNumber file = rig.CreateSynced(process, "b", 4);
    rig.disk->rules().sync.base = Microseconds(100);
    rig.world.At(TrueTime{} + Microseconds(50), [&] { rig.disk->Wipe(); });
    EXPECT_EQ(CodeOf(rig.disk->Sync(process, file)), absl::StatusCode::kNotFound);
    EXPECT_NE(rig.Create(process, "b"), file);
  });
  EXPECT_THAT(rig.listener.heard, ElementsAre("synced 1 3", "synced 2 4", "wiped 1"));
  EXPECT_EQ(rig.disk->bytes_used(), 0u);
}

// --- Journal ---

TEST(DiskCrash, FingerprintDependsOnContentAndIsRepeatable) {
  const auto fingerprint = [](const char* bytes) {
    Rig rig;
    rig.Run([&](Process& process) {
      const FileNumber file = rig.CreateSynced(process, "f", 700);
      EXPECT_TRUE(rig.disk->Append(process, file, bytes).ok());
    });
    rig.Crash();
    return rig.world.journal().fingerprint();
  };
  EXPECT_EQ(fingerprint("abc"), fingerprint("abc"));
  EXPECT_NE(fingerprint("abc"), fingerprint("abd"));
}

TEST(DiskCrash, NamesOfOperationsDiffer) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(IoOperation::kList); ++i) {
    names.insert(NameOf(static_cast<IoOperation>(i)));
  }
  EXPECT_EQ(names.size(), 10u);
}

}  // namespace
}  // namespace ww::sim
