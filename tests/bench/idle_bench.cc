// Bytes of an idle replica: a cluster whose shards have elected their leaders and come to rest.
//
// usage: idle_bench [HOSTS SHARDS VOTERS CHECKS(0|1)]
//
// What counts is the heap of the whole process, engine, world and checks together, divided by the
// number of replicas; nothing is taken off for what a cluster needs without shards.
#include <fmt/format.h>
#include <malloc.h>

#include <cstdlib>

#include "scenarios/cluster.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace {

using ww::Milliseconds;
using ww::Seconds;

constexpr ww::Duration kSettleMax = Seconds(60);
// Long after the last shard came to rest.
constexpr ww::Duration kRest = Seconds(30);

ww::scenarios::ClusterSpec SpecOf(size_t hosts, size_t shards, size_t voters, bool checks) {
  ww::scenarios::ClusterSpec spec;
  spec.hosts = hosts;
  spec.shards = shards;
  spec.voters = voters;
  spec.engine.quiet_after = Milliseconds(300);
  spec.judge.election_timeout = spec.engine.election_timeout;
  spec.judge.enabled = checks;
  return spec;
}

size_t HeapBytes() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

}  // namespace

int main(int count, char** words) {
  const auto number = [count, words](int i, uint64_t otherwise) {
    return i < count ? std::strtoull(words[i], nullptr, 10) : otherwise;
  };
  const size_t hosts = number(1, 5);
  const size_t shards = number(2, 3000);
  const size_t voters = number(3, 3);
  ww::RunContext context{"measured"};
  const ww::RunContext::Scope scope(context);
  ww::sim::FiberPool fibers;
  ww::scenarios::Cluster cluster(SpecOf(hosts, shards, voters, number(4, 1) != 0), fibers);
  cluster.Start();
  CHECK(cluster.RunUntilLed(kSettleMax));
  cluster.RunFor(kRest);
  CHECK(!cluster.observer().violated());
  const size_t replicas = shards * voters;
  fmt::print("replicas={} heap_mib={:.1f} bytes_a_replica={}\n", replicas,
             static_cast<double>(HeapBytes()) / (1 << 20), HeapBytes() / replicas);
}
