#include "scenarios/measure/primitives.h"

#include <memory>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/hash.h"
#include "sim/mailbox.h"
#include "sim/world.h"

namespace ww::measure {
namespace {

using sim::FiberPool;
using sim::Host;
using sim::Process;
using sim::World;

constexpr uint64_t kTimersPending = 1'000;
constexpr uint64_t kTimerEvents = 1'000'000;
constexpr int kMessagesInFlight = 128;
constexpr uint64_t kMessageEvents = 400'000;
constexpr uint64_t kSwitchPairs = 2'000'000;
constexpr uint64_t kWorlds = 300;
constexpr int kHostsOfWorld = 5;

Schema BareSchema() {
  Schema schema;
  sim::AddWorldKinds(schema);
  return schema;
}

class Timers {
 public:
  explicit Timers(World& world) : world_(world) {
    for (uint64_t i = 0; i < kTimersPending; ++i) Arm(i % 5 + 1);
  }

 private:
  static void OnTimer(void* self, uint64_t host) { static_cast<Timers*>(self)->Arm(host); }
  void Arm(uint64_t host) {
    const int64_t ahead = static_cast<int64_t>(Mix64(++counter_) % 2'000'000);
    world_.scheduler().At(world_.now() + Duration{ahead}, {.target = HostId(host),
                                                           .event_class = sim::EventClass::kTimer,
                                                           .callback = &OnTimer,
                                                           .object = this,
                                                           .argument = host});
  }
  World& world_;
  uint64_t counter_ = 0;
};

class Ball final : public WireMessage {
 public:
  uint32_t kind() const override { return 1; }
  size_t encoded_size() const override { return 64; }
  uint64_t digest() const override { return 7; }
  std::unique_ptr<WireMessage> Clone() const override { return std::make_unique<Ball>(); }
  void Encode(ByteWriter& out) const override { out.Varint(7); }
};

void Play(Process& process, bool serves) {
  sim::Network& network = process.world().network();
  const HostId other(process.host().id() == HostId(1) ? 2 : 1);
  sim::Mailbox mailbox(process);
  if (serves) {
    for (int i = 0; i < kMessagesInFlight; ++i) {
      network.Send(process, other, std::make_unique<Ball>());
    }
  }
  while (std::optional<sim::Arrival> arrival = mailbox.Receive()) {
    network.Send(process, other, std::move(arrival->message));
  }
}

void SetUpAndTearDown(const Schema& schema, FiberPool& fibers) {
  World world(1, {schema, fibers});
  for (int i = 0; i < kHostsOfWorld; ++i) {
    Host& host = world.AddHost({.name = "h"}, {});
    host.SetMain([](Process& process) {
      sim::WaitQueue for_ever(process);
      process.Spawn("one", [&] { for_ever.Wait(); });
      process.Spawn("two", [&] { for_ever.Wait(); });
      for_ever.Wait();
    });
    host.Start();
  }
  world.RunUntil(TrueTime{} + Milliseconds(1));
}

}  // namespace

Measured TimerEvents(WallClock clock) {
  const Schema schema = BareSchema();
  FiberPool fibers;
  World world(1, {schema, fibers});
  Timers timers(world);
  for (uint64_t i = 0; i < kTimersPending; ++i) world.Step();
  const uint64_t start = clock();
  for (uint64_t i = 0; i < kTimerEvents; ++i) world.Step();
  return {kTimerEvents, clock() - start};
}

Measured MessageDeliveries(WallClock clock) {
  const Schema schema = BareSchema();
  FiberPool fibers;
  World world(1, {schema, fibers});
  sim::LinkRules links;
  links.delay = {Microseconds(500), Microseconds(500), 0};
  for (uint64_t id = 1; id <= 2; ++id) {
    Host& host = world.AddHost({.name = "h"}, links);
    host.SetMain([id](Process& process) { Play(process, id == 1); });
  }
  // Whoever throws the balls starts last, when both listen.
  world.host(HostId(2)).Start();
  world.host(HostId(1)).Start();
  world.RunUntil(world.now() + Milliseconds(20));
  const uint64_t before = world.network().counters().delivered;
  const uint64_t start = clock();
  for (uint64_t i = 0; i < kMessageEvents; ++i) world.Step();
  const uint64_t wall = clock() - start;
  return {world.network().counters().delivered - before, wall};
}

Measured FiberSwitchPairs(WallClock clock) {
  FiberPool pool;
  sim::Fiber* self = nullptr;
  self = &pool.Acquire([&self] {
    while (true) self->Suspend();
  });
  for (uint64_t i = 0; i < 1'000; ++i) self->Resume();
  const uint64_t start = clock();
  for (uint64_t i = 0; i < kSwitchPairs; ++i) self->Resume();
  const uint64_t wall = clock() - start;
  self->Kill();
  return {kSwitchPairs, wall};
}

Measured WorldSetUps(WallClock clock) {
  const Schema schema = BareSchema();
  FiberPool fibers;
  SetUpAndTearDown(schema, fibers);
  const uint64_t start = clock();
  for (uint64_t i = 0; i < kWorlds; ++i) SetUpAndTearDown(schema, fibers);
  return {kWorlds, clock() - start};
}

}  // namespace ww::measure
