#include "scenarios/cli/bench.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <vector>

#include "nlohmann/json.hpp"
#include "scenarios/cli/exit_status.h"
#include "scenarios/cli/output.h"
#include "scenarios/measure/clusters.h"
#include "scenarios/measure/primitives.h"
#include "sim/base/check.h"

namespace ww::cli {
namespace {

using measure::LoadedClusterSpec;
using measure::Measured;

// Rounds go over all figures in turn, so that a slow moment of the machine meets all alike.
constexpr int kRounds = 5;
constexpr uint64_t kCommands = 20'000;
constexpr Duration kIdleOfOneShard = Seconds(5'000);
constexpr Duration kIdleOfManyShards = Seconds(100);
constexpr uint64_t kManyShards = 100;

uint64_t NowNs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::nanoseconds(now).count());
}

double PerSecond(const Measured& m) {
  return static_cast<double>(m.units) * 1e9 / static_cast<double>(m.wall_ns);
}
double NanosecondsEach(const Measured& m) {
  return static_cast<double>(m.wall_ns) / static_cast<double>(m.units);
}
double MicrosecondsEach(const Measured& m) { return NanosecondsEach(m) / 1e3; }
double UnitsPerNanosecond(const Measured& m) { return 1 / NanosecondsEach(m); }

LoadedClusterSpec ClusterOf(uint64_t hosts, uint32_t outstanding, uint32_t entries) {
  LoadedClusterSpec spec;
  spec.hosts = hosts;
  spec.outstanding = outstanding;
  spec.append_entries_max = entries;
  return spec;
}

LoadedClusterSpec ManyShards() {
  LoadedClusterSpec spec;
  spec.shards = kManyShards;
  return spec;
}

double CommitsPerSecond(const LoadedClusterSpec& spec) {
  return PerSecond(measure::Commits(spec, kCommands, NowNs));
}

// Judged and not judged, one after the other: 1 - time without checks / time with all.
double CheckOverhead() {
  LoadedClusterSpec spec = ClusterOf(3, 32, 1);
  const double judged = NanosecondsEach(measure::Commits(spec, kCommands, NowNs));
  spec.checks = false;
  const double alone = NanosecondsEach(measure::Commits(spec, kCommands, NowNs));
  return 1 - alone / judged;
}

// What a process of its own uses at most, with all code and libraries; 0 when it failed.
double PeakMebibytes() {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return 0;
  if (child == 0) {
    measure::FillLog();
    _exit(0);
  }
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return 0;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 0;
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Figure {
  const char* name;
  const char* includes;
  std::function<double()> measure;
  int decimals = 0;
  std::vector<double> rounds = {};

  double Median() const {
    std::vector<double> sorted = rounds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

std::vector<Figure> WorldFigures() {
  return {
      {"timer_events_per_s", "queue and fingerprint, 1,000 timers pending",
       [] { return PerSecond(measure::TimerEvents(NowNs)); }},
      {"messages_per_s", "send, link, delivery into a fiber, 128 in flight, no fault rule",
       [] { return PerSecond(measure::MessageDeliveries(NowNs)); }},
      {"fiber_switch_ns", "a pair: into a fiber and back",
       [] { return NanosecondsEach(measure::FiberSwitchPairs(NowNs)); }, 1},
      {"world_setup_us", "five hosts, 15 fibers, built, run for 1 ms, torn down; warm pool",
       [] { return MicrosecondsEach(measure::WorldSetUps(NowNs)); }, 1},
  };
}

std::vector<Figure> ClusterFigures() {
  return {
      {"commits_per_s_n3_w32_b1", "3 hosts, 32 outstanding, 1 entry an append, all checks",
       [] { return CommitsPerSecond(ClusterOf(3, 32, 1)); }},
      {"commits_per_s_n3_w256_b64", "3 hosts, 256 outstanding, 64 entries an append, all checks",
       [] { return CommitsPerSecond(ClusterOf(3, 256, 64)); }},
      {"commits_per_s_n5_w32_b1", "5 hosts, 32 outstanding, 1 entry an append, all checks",
       [] { return CommitsPerSecond(ClusterOf(5, 32, 1)); }},
      {"commits_per_s_100_shards", "3 hosts, 100 shards, 32 outstanding each, all checks",
       [] { return CommitsPerSecond(ManyShards()); }},
      {"idle_ratio_n3", "virtual/wall, 3 hosts, 1 shard, heartbeats only, all checks",
       [] { return UnitsPerNanosecond(measure::IdleTime({}, kIdleOfOneShard, NowNs)); }},
      {"idle_ratio_100_shards", "virtual/wall, 3 hosts, 100 shards, heartbeats only, all checks",
       [] {
         return UnitsPerNanosecond(measure::IdleTime(ManyShards(), kIdleOfManyShards, NowNs));
       }},
      {"check_overhead", "1 - time without checks / time with all, 3 hosts, 32 outstanding",
       CheckOverhead, 3},
  };
}

void Row(std::string_view name, double value, int decimals, std::string_view includes) {
  fmt::print("{:<27} {:>14.{}f}   {}\n", name, value, decimals, includes);
}

}  // namespace

BenchCommand::BenchCommand(CLI::App& app)
    : Command(app.add_subcommand("bench", "measures this machine")) {
  subcommand()->add_option("--json", json_file_,
                           "write the figures as one object; - for standard output");
  subcommand()->footer(
      "Each figure is the median of five rounds over all figures; on a machine that does other\n"
      "things too, compare ratios of one run only. Cluster figures: 64-byte entries, heartbeat\n"
      "100 ms, election timeout 1 s, links 0.5 to 1 ms, syncs 0.1 to 0.2 ms.\n\n"
      "Examples:\n  whitewater bench\n  whitewater bench --json figures.json");
}

int BenchCommand::Act() {
  if (json_file_ != "-") {
    const absl::Status writable = CheckFileCanBeWritten("--json", json_file_);
    if (!writable.ok()) {
      fmt::print(stderr, "whitewater bench: {}\n", std::string(writable.message()));
      return kExitUsage;
    }
  }
  // First, while this process is small: a child begins with what its parent uses.
  const double peak = PeakMebibytes();
  CHECK(peak > 0, "the child that measures memory failed");
  std::vector<Figure> figures = WorldFigures();
  for (Figure& figure : ClusterFigures()) figures.push_back(std::move(figure));
  for (int round = 0; round < kRounds; ++round) {
    for (Figure& figure : figures) figure.rounds.push_back(figure.measure());
  }
  nlohmann::ordered_json object;
  for (const Figure& figure : figures) object[figure.name] = figure.Median();
  object["peak_rss_mib"] = peak;
  const std::string line = object.dump() + "\n";
  if (json_file_ == "-") {
    fmt::print("{}", line);
    return kExitPassed;
  }
  for (const Figure& figure : figures) {
    Row(figure.name, figure.Median(), figure.decimals, figure.includes);
  }
  Row("peak_rss_mib", peak, 1, "a process with 3 hosts and 10,000 entries, all checks");
  if (json_file_.empty()) return kExitPassed;
  const absl::Status written = WriteFile(json_file_, line);
  if (written.ok()) return kExitPassed;
  fmt::print(stderr, "whitewater: {}\n", std::string(written.message()));
  return kExitUsage;
}

}  // namespace ww::cli
