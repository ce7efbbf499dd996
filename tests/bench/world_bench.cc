// The bare world: queue, streams, fibers, messages and set-up, fingerprint on.
#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/mailbox.h"
#include "sim/sites.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

constexpr Site kBenchSite{"bench.draw", SiteClass::kNoise, "draws of a benchmark"};

struct Bare {
  Bare() { AddWorldKinds(schema); }
  Schema schema;
  FiberPool fibers;
};

// Each event schedules its successor 0-2 ms ahead, so that the number pending stays.
class Timers {
 public:
  Timers(World& world, int64_t pending) : world_(world) {
    for (int64_t i = 0; i < pending; ++i) Arm(static_cast<uint64_t>(i) % 5 + 1);
  }

 private:
  static void OnTimer(void* self, uint64_t host) { static_cast<Timers*>(self)->Arm(host); }
  void Arm(uint64_t host) {
    const int64_t ahead = static_cast<int64_t>(Mix64(++counter_) % 2'000'000);
    world_.scheduler().At(world_.now() + Duration{ahead}, {.target = HostId(host),
                                                           .event_class = EventClass::kTimer,
                                                           .callback = &OnTimer,
                                                           .object = this,
                                                           .argument = host});
  }
  World& world_;
  uint64_t counter_ = 0;
};

void BM_TimerEvents(benchmark::State& state) {
  Bare bare;
  World world(1, {bare.schema, bare.fibers});
  Timers timers(world, state.range(0));
  for (auto _ : state) world.Step();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TimerEvents)->Arg(32)->Arg(128)->Arg(1'000)->Arg(10'000);

// A timer that is moved before it fires: what a wait with a deadline costs when it is woken.
void BM_ScheduleAndCancel(benchmark::State& state) {
  Bare bare;
  World world(1, {bare.schema, bare.fibers});
  Timers timers(world, state.range(0));
  uint64_t counter = 0;
  for (auto _ : state) {
    const Duration ahead{static_cast<int64_t>(Mix64(++counter) % 1'000'000'000)};
    const EventHandle handle = world.scheduler().At(
        world.now() + ahead,
        {.target = HostId(1), .callback = [](void*, uint64_t) {}, .object = nullptr});
    world.scheduler().Cancel(handle);
    world.Step();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScheduleAndCancel)->Arg(128);

void BM_FiberSwitchPair(benchmark::State& state) {
  FiberPool pool;
  Fiber* self = nullptr;
  self = &pool.Acquire([&self] {
    while (true) self->Suspend();
  });
  for (auto _ : state) self->Resume();
  self->Kill();
}
BENCHMARK(BM_FiberSwitchPair);

void BM_FiberSpawnRunEnd(benchmark::State& state) {
  FiberPool pool;
  for (auto _ : state) pool.Acquire([] {}).Resume();
}
BENCHMARK(BM_FiberSpawnRunEnd);

void BM_FiberKill(benchmark::State& state) {
  FiberPool pool;
  for (auto _ : state) {
    Fiber* self = nullptr;
    self = &pool.Acquire([&self] { self->Suspend(); });
    self->Resume();
    self->Kill();
  }
}
BENCHMARK(BM_FiberKill);

void BM_TaskSleeps(benchmark::State& state) {
  Bare bare;
  World world(1, {bare.schema, bare.fibers});
  Host& host = world.AddHost({.name = "h1"}, {});
  host.SetMain([](Process& process) {
    while (true) process.SleepFor(Microseconds(10));
  });
  host.Start();
  for (auto _ : state) world.Step();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TaskSleeps);

void BM_Draw(benchmark::State& state) {
  Bare bare;
  Journal journal(bare.schema);
  Decisions decisions(1, journal);
  Stream& stream = decisions.Open(kBenchSite, {1});
  for (auto _ : state) benchmark::DoNotOptimize(decisions.Uniform(stream, 1000));
}
BENCHMARK(BM_Draw);

void BM_DrawHeavyTail(benchmark::State& state) {
  Bare bare;
  Journal journal(bare.schema);
  Decisions decisions(1, journal);
  Stream& stream = decisions.Open(kBenchSite, {1});
  const DelayDistribution delay{Microseconds(500), Microseconds(500), 4};
  for (auto _ : state) benchmark::DoNotOptimize(decisions.Delay(stream, delay));
}
BENCHMARK(BM_DrawHeavyTail);

// A stream that an override names takes the slow path.
void BM_DrawOverridden(benchmark::State& state) {
  Bare bare;
  Journal journal(bare.schema);
  Decisions decisions(1, journal);
  decisions.AddOverride({.site = "bench.draw",
                         .key = StreamKey(1),
                         .first = 5,
                         .last = 5,
                         .tag = {.kind = 0, .bound = 1000},
                         .value = 3});
  Stream& stream = decisions.Open(kBenchSite, {1});
  for (auto _ : state) benchmark::DoNotOptimize(decisions.Uniform(stream, 1000));
}
BENCHMARK(BM_DrawOverridden);

void BM_OpenAgain(benchmark::State& state) {
  Bare bare;
  Journal journal(bare.schema);
  Decisions decisions(1, journal);
  for (uint64_t i = 0; i < 200; ++i) decisions.Open(kBenchSite, {i});
  for (auto _ : state) benchmark::DoNotOptimize(&decisions.Open(kBenchSite, {77}));
}
BENCHMARK(BM_OpenAgain);

class Ball : public WireMessage {
 public:
  uint32_t kind() const override { return 1; }
  size_t encoded_size() const override { return 64; }
  uint64_t digest() const override { return 7; }
  std::unique_ptr<WireMessage> Clone() const override { return std::make_unique<Ball>(); }
  void Encode(ByteWriter& out) const override { out.Fixed64(7); }
};

// Two hosts return each ball to where it came from; `balls` are in flight.
void PlayBall(benchmark::State& state, const LinkRules& links) {
  Bare bare;
  World world(1, {bare.schema, bare.fibers});
  const int64_t balls = state.range(0);
  for (int i = 0; i < 2; ++i) {
    Host& host = world.AddHost({.name = "h"}, links);
    host.SetMain([balls](Process& process) {
      Mailbox mailbox(process);
      Network& network = process.world().network();
      const HostId other(3 - process.host().id().value);
      for (int64_t ball = 0; ball < balls / 2; ++ball) {
        network.Send(process, other, std::make_unique<Ball>());
      }
      while (std::optional<Arrival> arrival = mailbox.Receive()) {
        network.Send(process, arrival->from, std::move(arrival->message));
      }
    });
    host.Start();
  }
  const auto delivered = [&] { return world.network().counters().delivered; };
  const uint64_t before = delivered();
  for (auto _ : state) world.Step();
  state.SetItemsProcessed(static_cast<int64_t>(delivered() - before));
}

LinkRules UsualLinks() {
  LinkRules links;
  links.delay = {.base = Microseconds(500), .spread = Microseconds(500), .octaves_max = 0};
  return links;
}

void BM_Messages(benchmark::State& state) { PlayBall(state, UsualLinks()); }
BENCHMARK(BM_Messages)->Arg(128);

// Loss and duplication are on and drawn, at probability 0.
void BM_MessagesWithRules(benchmark::State& state) {
  LinkRules links = UsualLinks();
  links.loss_on = true;
  links.duplication_on = true;
  PlayBall(state, links);
}
BENCHMARK(BM_MessagesWithRules)->Arg(128);

// Five hosts, three fibers each, brought up, run for a moment and torn down.
void SetUpAndTearDown(const Schema& schema, FiberPool& fibers) {
  World world(1, {schema, fibers});
  for (int i = 0; i < 5; ++i) {
    Host& host = world.AddHost({.name = "h"}, {});
    host.SetMain([](Process& process) {
      WaitQueue forever(process);
      process.Spawn("one", [&] { forever.Wait(); });
      process.Spawn("two", [&] { forever.Wait(); });
      forever.Wait();
    });
    host.Start();
  }
  world.RunUntil(TrueTime{} + Milliseconds(1));
}

void BM_WorldCold(benchmark::State& state) {
  Bare bare;
  for (auto _ : state) {
    FiberPool fibers;
    SetUpAndTearDown(bare.schema, fibers);
  }
}
BENCHMARK(BM_WorldCold)->Unit(benchmark::kMicrosecond);

void BM_WorldWarm(benchmark::State& state) {
  Bare bare;
  for (auto _ : state) SetUpAndTearDown(bare.schema, bare.fibers);
}
BENCHMARK(BM_WorldWarm)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ww::sim

BENCHMARK_MAIN();
