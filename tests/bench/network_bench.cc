// Messages a second through the network into receiving tasks, with 128 in flight.
//
// Two hosts throw 128 messages to and fro: a delivery resumes the receiving task, which sends the
// message back. Fingerprint on, trace off; links as in `whitewater bench`, 0.5 to 1 ms.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>

#include "sim/mailbox.h"
#include "sim/network.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

constexpr int kInFlight = 128;

class Ball : public WireMessage {
 public:
  uint32_t kind() const override { return 1; }
  size_t encoded_size() const override { return 64; }
  uint64_t digest() const override { return 7; }
  std::unique_ptr<WireMessage> Clone() const override { return std::make_unique<Ball>(); }
  void Encode(ByteWriter& out) const override { out.Varint(7); }
};

void Play(Process& process, bool serves) {
  Network& network = process.world().network();
  const HostId other(process.host().id() == HostId(1) ? 2 : 1);
  Mailbox mailbox(process);
  if (serves) {
    for (int i = 0; i < kInFlight; ++i) network.Send(process, other, std::make_unique<Ball>());
  }
  while (true) {
    std::optional<Arrival> arrival = mailbox.Receive();
    if (!arrival.has_value()) return;
    network.Send(process, other, std::move(arrival->message));
  }
}

LinkRules Links(bool faults) {
  LinkRules rules;
  rules.delay = {.base = Microseconds(500), .spread = Microseconds(500), .octaves_max = 0};
  if (faults) {
    // On, and drawing at every message, but losing none: the number in flight stays.
    rules.loss_on = rules.duplication_on = true;
    rules.loss = rules.duplication = Ratio::Never();
  }
  return rules;
}

void Deliveries(benchmark::State& state, bool faults) {
  Schema schema;
  AddWorldKinds(schema);
  FiberPool fibers;
  World world(1, {schema, fibers});
  for (uint64_t id = 1; id <= 2; ++id) {
    Host& host = world.AddHost({.name = std::to_string(id), .clock_offset = {}}, Links(faults));
    host.SetMain([id](Process& process) { Play(process, id == 1); });
  }
  // The server of the balls starts last, when both listen.
  world.host(HostId(2)).Start();
  world.host(HostId(1)).Start();
  if (faults) {
    world.network().AddKindRule({.kind = 1, .action = KindAction::kDrop, .ratio = Ratio::Never()});
  }
  world.RunUntil(world.now() + Milliseconds(100));
  const uint64_t before = world.network().counters().delivered;
  for (auto _ : state) world.Step();
  CHECK_LE(world.network().in_flight(), size_t{kInFlight});
  state.SetItemsProcessed(static_cast<int64_t>(world.network().counters().delivered - before));
}

BENCHMARK_CAPTURE(Deliveries, no_rules, false);
BENCHMARK_CAPTURE(Deliveries, with_rules, true);

}  // namespace
}  // namespace ww::sim

BENCHMARK_MAIN();
