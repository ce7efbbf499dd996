#include "sim/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/fiber.h"
#include "sim/host.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }
template <class T>
absl::StatusCode CodeOf(const absl::StatusOr<T>& result) {
  return result.status().code();
}

std::string Bytes(uint64_t n, char byte) { return std::string(n, byte); }

// Gives the verdict that is set for an I/O point; remembers all points.
class ScriptedOracle : public FaultOracle {
 public:
  IoVerdict AtIoPoint(const IoPoint& point) override {
    points.push_back(point);
    const auto found = verdicts.find(point.number);
    return found == verdicts.end() ? IoVerdict{} : found->second;
  }
  std::vector<IoPoint> points;
  std::map<uint64_t, IoVerdict> verdicts;
};

// Writes down what it hears, one text an event.
class Listener : public DiskObserver {
 public:
  void OnSynced(HostId, FileNumber file, uint64_t size) override {
    heard.push_back(fmt::format("synced {} {}", file.value, size));
  }
  void OnSyncFailed(HostId, FileNumber file) override {
    heard.push_back(fmt::format("failed {}", file.value));
  }
  void OnCrash(HostId host) override { heard.push_back(fmt::format("crash {}", host)); }
  void OnDamaged(HostId, FileNumber file, uint64_t offset, uint64_t bytes) override {
    heard.push_back(fmt::format("damaged {} {}+{}", file.value, offset, bytes));
  }
  std::vector<std::string> heard;
};

class DiskTest : public testing::Test {
 protected:
  DiskTest() : host_(world_.AddHost({.name = "h1"}, {})) {
    world_.SetOracle(&oracle_);
    world_.SetDiskObserver(&listener_);
  }

  // Runs `program` as the next incarnation until nothing is left to do.
  void Run(const std::function<void(Process&)>& program) {
    if (host_.up()) host_.Crash();
    host_.SetMain(program);
    host_.Start();
    while (world_.Step()) {
    }
  }
  FileNumber Create(Process& process, std::string_view name) {
    const absl::StatusOr<FileNumber> file = disk_.Open(process, name, OpenMode::kCreate);
    EXPECT_TRUE(file.ok());
    return *file;
  }
  // A file "f" of `synced` durable bytes 'a', the name durable too.
  FileNumber CreateSynced(Process& process, uint64_t synced) {
    const FileNumber file = Create(process, "f");
    EXPECT_TRUE(disk_.Append(process, file, Bytes(synced, 'a')).ok());
    EXPECT_TRUE(disk_.Sync(process, file).ok());
    EXPECT_TRUE(disk_.SyncDirectory(process).ok());
    return file;
  }
  std::vector<std::string> NamesSeen() const {
    std::vector<std::string> names;
    for (const auto& [name, file] : disk_.Names()) names.push_back(name);
    return names;
  }

  Schema schema_;
  WorldKinds kinds_ = AddWorldKinds(schema_);
  FiberPool fibers_;
  World world_{7, {.schema = schema_, .fibers = fibers_}};
  ScriptedOracle oracle_;
  Listener listener_;
  Host& host_;
  Disk& disk_ = host_.disk();
};

TEST_F(DiskTest, ReadsWhatWasWritten) {
  Run([&](Process& process) {
    const FileNumber file = Create(process, "f");
    EXPECT_EQ(*disk_.Append(process, file, "hello"), 0u);
    EXPECT_EQ(*disk_.Append(process, file, " world"), 5u);
    EXPECT_EQ(CodeOf(disk_.Write(process, file, 0, "J")), absl::StatusCode::kOk);
    EXPECT_EQ(*disk_.Size(process, file), 11u);
    EXPECT_EQ(*disk_.Read(process, file, 0, 11), "Jello world");
    EXPECT_TRUE(disk_.Truncate(process, file, 5).ok());
    EXPECT_EQ(*disk_.Read(process, file, 1, 4), "ello");
    EXPECT_EQ(CodeOf(disk_.Read(process, file, 1, 5)), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(CodeOf(disk_.Read(process, file, 6, 0)), absl::StatusCode::kOutOfRange);
  });
  EXPECT_EQ(disk_.io_points(), 10u);
  EXPECT_EQ(disk_.bytes_used(), 5u);
}

TEST_F(DiskTest, SyncedDataSurvivesACrashAndFilesKeepTheirNumbers) {
  FileNumber file;
  Run([&](Process& process) { file = CreateSynced(process, 1000); });
  Run([&](Process& process) {
    EXPECT_EQ(*disk_.Open(process, "f", OpenMode::kExisting), file);
    EXPECT_EQ(*disk_.Read(process, file, 0, 1000), Bytes(1000, 'a'));
  });
}

TEST_F(DiskTest, SyncThatTakesTimeIsDurableWhenItEnds) {
  disk_.rules().sync.base = Microseconds(100);
  FileNumber file;
  Run([&](Process& process) {
    file = Create(process, "f");
    EXPECT_TRUE(disk_.Append(process, file, "abc").ok());
    world_.At(TrueTime{Microseconds(100).ns - 1}, [&] { EXPECT_EQ(disk_.DurableBytes(file), ""); });
    world_.At(TrueTime{Microseconds(100).ns + 1},
              [&] { EXPECT_EQ(disk_.DurableBytes(file), "abc"); });
    EXPECT_TRUE(disk_.Sync(process, file).ok());
    EXPECT_EQ(world_.now().ns, Microseconds(100).ns);
  });
  EXPECT_THAT(listener_.heard, ElementsAre("synced 1 3"));
}

}  // namespace
}  // namespace ww::sim
