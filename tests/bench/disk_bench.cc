// What disk calls cost: an append that takes no time, a sync that suspends, both, and a crash.
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>

#include "sim/base/check.h"
#include "sim/disk.h"
#include "sim/fiber.h"
#include "sim/host.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

constexpr uint64_t kFileBytes = 64 * 1024;  // Then the file starts anew, as a log's segment does.
constexpr Duration kSyncTime = Microseconds(100);

// A world of one host and a file "log" on it.
class Bench {
 public:
  Bench() : host_(world_.AddHost(Spec(), {})), disk_(host_.disk()) {}
  ~Bench() { host_.Crash(); }

  // Calls `program` in a task for as long as `state` wants; the step of the program suspends or
  // not.
  void Run(benchmark::State& state, const std::function<void(Process&, FileNumber)>& program) {
    bool done = false;
    host_.SetMain([&](Process& process) {
      const FileNumber log = disk_.Open(process, "log", OpenMode::kCreate).value();
      for (auto _ : state) program(process, log);
      done = true;
    });
    host_.Start();
    while (!done) CHECK(world_.Step());
  }
  Disk& disk() { return disk_; }
  Host& host() { return host_; }

 private:
  static HostSpec Spec() {
    HostSpec spec;
    spec.name = "h1";
    return spec;
  }

  Schema schema_;
  WorldKinds kinds_ = AddWorldKinds(schema_);
  FiberPool fibers_;
  World world_{1, {.schema = schema_, .fibers = fibers_}};
  Host& host_;
  Disk& disk_;
};

// Appends; every kFileBytes the file starts anew.
class Appender {
 public:
  explicit Appender(Disk& disk) : disk_(disk) {}
  void Append(Process& process, FileNumber log) {
    const uint64_t offset = disk_.Append(process, log, bytes_).value();
    if (offset >= kFileBytes) CHECK(disk_.Truncate(process, log, 0).ok());
  }

 private:
  Disk& disk_;
  std::string bytes_ = std::string(100, 'x');
};

void BM_Append100(benchmark::State& state) {
  Bench bench;
  Appender appender(bench.disk());
  bench.Run(state, [&](Process& process, FileNumber log) { appender.Append(process, log); });
}
BENCHMARK(BM_Append100);

void BM_SuspendingSync(benchmark::State& state) {
  Bench bench;
  bench.disk().rules().sync.base = kSyncTime;
  bench.disk().rules().sync.spread = kSyncTime;
  bench.Run(state,
            [&](Process& process, FileNumber log) { CHECK(bench.disk().Sync(process, log).ok()); });
}
BENCHMARK(BM_SuspendingSync);

void BM_AppendAndSuspendingSync(benchmark::State& state) {
  Bench bench;
  Appender appender(bench.disk());
  bench.disk().rules().sync.base = kSyncTime;
  bench.disk().rules().sync.spread = kSyncTime;
  bench.Run(state, [&](Process& process, FileNumber log) {
    appender.Append(process, log);
    CHECK(bench.disk().Sync(process, log).ok());
  });
}
BENCHMARK(BM_AppendAndSuspendingSync);

void BM_OverwriteDurableSector(benchmark::State& state) {
  Bench bench;
  const std::string bytes(100, 'x');
  bench.Run(state, [&](Process& process, FileNumber log) {
    CHECK(bench.disk().Write(process, log, 0, bytes).ok());
    CHECK(bench.disk().Sync(process, log).ok());
  });
}
BENCHMARK(BM_OverwriteDurableSector);

// 8 KiB of unsynced data meets its fate.
void BM_Crash(benchmark::State& state) {
  Bench bench;
  const std::string bytes(8192, 'x');
  bench.Run(state, [&](Process& process, FileNumber log) {
    CHECK(bench.disk().SyncDirectory(process).ok());
    CHECK(bench.disk().Truncate(process, log, 0).ok());
    CHECK(bench.disk().Append(process, log, bytes).ok());
    bench.disk().Crash();
  });
}
BENCHMARK(BM_Crash);

}  // namespace
}  // namespace ww::sim

BENCHMARK_MAIN();
