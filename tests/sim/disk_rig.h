// A world of one host for tests of its disk, with an oracle and an observer that can be scripted.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk.h"
#include "sim/fiber.h"
#include "sim/host.h"
#include "sim/world.h"

namespace ww::sim {

inline absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }
template <class T>
absl::StatusCode CodeOf(const absl::StatusOr<T>& result) {
  return result.status().code();
}

inline std::string Bytes(uint64_t n, char byte) { return std::string(n, byte); }

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
  void OnWiped(HostId host) override { heard.push_back(fmt::format("wiped {}", host)); }
  std::vector<std::string> heard;
};

// One host, whose programs run one after the other. Overrides replace draws of the crash sites.
class Rig {
 public:
  explicit Rig(const std::vector<Override>& overrides = {}, SiteBase base = SiteBase::kSeeded,
               uint64_t seed = 7)
      : world(seed, {.schema = schema, .fibers = fibers}) {
    world.decisions().SetBase(base);
    for (const Override& each : overrides) world.decisions().AddOverride(each);
    host = &world.AddHost({.name = "h1"}, {});
    disk = &host->disk();
    world.SetOracle(&oracle);
    world.SetDiskObserver(&listener);
  }

  // Runs `program` as the next incarnation until nothing is left to do.
  void Run(const std::function<void(Process&)>& program) {
    if (host->up()) host->Crash();
    host->SetMain(program);
    host->Start();
    while (world.Step()) {
    }
  }
  void Crash() { host->Crash(); }
  FileNumber Create(Process& process, std::string_view name) {
    const absl::StatusOr<FileNumber> file = disk->Open(process, name, OpenMode::kCreate);
    EXPECT_TRUE(file.ok());
    return *file;
  }
  // A file of durable bytes 'a', the name durable too.
  FileNumber CreateSynced(Process& process, std::string_view name, uint64_t bytes) {
    const FileNumber file = Create(process, name);
    EXPECT_TRUE(disk->Append(process, file, Bytes(bytes, 'a')).ok());
    EXPECT_TRUE(disk->Sync(process, file).ok());
    EXPECT_TRUE(disk->SyncDirectory(process).ok());
    return file;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, file] : disk->Names()) names.push_back(name);
    return names;
  }
  void SetFates(uint32_t kept, uint32_t old, uint32_t torn) {
    CrashRules& rules = disk->crash_rules();
    rules.kept_weight = kept;
    rules.old_weight = old;
    rules.torn_weight = torn;
  }

  Schema schema;
  WorldKinds kinds = AddWorldKinds(schema);
  FiberPool fibers;
  World world;
  ScriptedOracle oracle;
  Listener listener;
  Host* host = nullptr;
  Disk* disk = nullptr;
};

// The n-th waiting name is lost.
inline Override LoseName(uint64_t n) {
  return {.site = "disk.crash_name",
          .key = std::nullopt,
          .first = n,
          .last = n,
          .tag = {.kind = 4, .bound = 2},
          .value = 1};
}
inline Override KeepName(uint64_t n) {
  Override kept = LoseName(n);
  kept.value = 0;
  return kept;
}
// Every size is as seen (0), durable (1) or between (2).
inline Override ChooseSize(uint64_t choice) {
  return {.site = "disk.crash_size",
          .key = std::nullopt,
          .first = 0,
          .last = 0,
          .tag = {.kind = 2, .bound = 3},
          .value = choice};
}

}  // namespace ww::sim
