// Committed commands of a loaded cluster, checks on: one case of `whitewater bench` at a time.
//
// usage: cluster_bench [HOSTS OUTSTANDING BATCH SHARDS COMMANDS CHECKS(0|1) BEFORE
//                      SNAPSHOT_EVERY SEGMENT_BYTES SESSIONS(0|1)]
//
// BEFORE commands are answered before the COMMANDS that are timed: how long the logs are by then.
// Every replica takes a snapshot when it has applied SNAPSHOT_EVERY entries; 0: never. With
// SESSIONS every outstanding command is one of a session of its own. costs.sh says what both cost.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstdlib>

#include "scenarios/measure/loaded_cluster.h"

namespace {

using ww::measure::LoadedCluster;
using ww::measure::LoadedClusterSpec;

}  // namespace

int main(int count, char** words) {
  const auto number = [count, words](int i, uint64_t otherwise) {
    return i < count ? std::strtoull(words[i], nullptr, 10) : otherwise;
  };
  // As the program does (scenarios/cli/main.cc).
  mallopt(M_MXFAST, 160);
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  LoadedClusterSpec spec;
  spec.hosts = number(1, 3);
  spec.outstanding = static_cast<uint32_t>(number(2, 32));
  spec.append_entries_max = static_cast<uint32_t>(number(3, 1));
  spec.shards = number(4, 1);
  const uint64_t commands = number(5, 50'000);
  spec.checks = number(6, 1) != 0;
  spec.snapshot_every = number(8, 0);
  spec.log_segment_bytes = number(9, 256 << 10);
  spec.sessions = number(10, 0) != 0;
  ww::sim::FiberPool fibers;
  LoadedCluster cluster(spec, fibers);
  cluster.Settle();
  cluster.BeginLoad();
  cluster.RunCommands(number(7, 1'000));
  const auto start = std::chrono::steady_clock::now();
  cluster.RunCommands(commands);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const struct mallinfo2 heap = mallinfo2();
  fmt::print("commits/s={:.0f} sent={} fingerprint={:016x} heap_kib={}\n",
             static_cast<double>(commands) / wall.count(),
             cluster.world().network().counters().sent, cluster.world().journal().fingerprint(),
             (heap.uordblks + heap.hblkhd) / 1024);
}
