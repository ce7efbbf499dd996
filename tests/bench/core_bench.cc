// The cost of one Step of the consensus core: three replicas pumped without a world. Writes are
// durable at once, messages are delivered first in, first out.
#include <benchmark/benchmark.h>

#include <array>
#include <deque>
#include <memory>

#include "raft/core/replica.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

constexpr uint64_t kReplicas = 3;

class Pump {
 public:
  Pump() {
    ReplicaConfig config;
    config.shard = ShardId(1);
    config.election_timeout = Milliseconds(1000);
    config.heartbeat_interval = Milliseconds(100);
    RecoveredState recovered;
    for (uint64_t id = 1; id <= kReplicas; ++id) {
      recovered.membership.voters.push_back({ReplicaId(id), HostId(id)});
    }
    for (uint64_t id = 1; id <= kReplicas; ++id) {
      config.replica = ReplicaId(id);
      replicas_[id] = std::make_unique<Replica>(config, recovered, now_);
      replicas_[id]->Step(now_, ElectionTimeoutDrawn{Milliseconds(1000) + Milliseconds(99)});
    }
    now_ = now_ + Milliseconds(1100);
    Step(1, DeadlineReached{});
    Deliver(0);
    CHECK(replicas_[1]->role() == Role::kLeader);
  }

  // One batch of entries, then messages until at most `in_flight` wait.
  void Propose(size_t entries, size_t in_flight) {
    raft::Propose propose;
    propose.entries.reserve(entries);
    for (size_t i = 0; i < entries; ++i) {
      propose.entries.push_back(Entry{Term(), EntryType::kCommand, payload_});
    }
    Step(1, std::move(propose));
    Deliver(in_flight);
  }

  uint64_t steps() const { return steps_; }
  uint64_t committed() const { return replicas_[1]->commit().value; }

 private:
  void Deliver(size_t in_flight) {
    while (network_.size() > in_flight) {
      Message message = std::move(network_.front());
      network_.pop_front();
      const uint64_t to = message.to.value;
      Step(to, Received{std::move(message)});
    }
  }

  void Step(uint64_t id, Input input) {
    ++steps_;
    Effects& effects = replicas_[id]->Step(now_, std::move(input));
    for (Message& message : effects.send_now) network_.push_back(std::move(message));
    for (Message& message : effects.send_after_durable) network_.push_back(std::move(message));
    Persisted persisted;
    persisted.hard_state = effects.hard_state;
    if (effects.append.has_value()) {
      persisted.last = {effects.append->last(), effects.append->entries.back().term};
    }
    if (effects.draw_election_timeout) Step(id, ElectionTimeoutDrawn{Milliseconds(1500)});
    if (persisted.last.has_value() || persisted.hard_state.has_value()) Step(id, persisted);
  }

  std::array<std::unique_ptr<Replica>, kReplicas + 1> replicas_;
  std::deque<Message> network_;
  Payload payload_ = Payload::Copy(std::string(64, 'x'));
  LocalTime now_;
  uint64_t steps_ = 0;
};

void BM_Replicate(benchmark::State& state) {
  const size_t batch = static_cast<size_t>(state.range(0));
  const size_t in_flight = static_cast<size_t>(state.range(1));
  // A fresh log every so often: the core keeps all entries, as nothing compacts yet.
  constexpr uint64_t kEntriesMax = 100'000;
  auto pump = std::make_unique<Pump>();
  uint64_t steps = 0;
  uint64_t entries = 0;
  for (auto _ : state) {
    if (pump->committed() > kEntriesMax) {
      state.PauseTiming();
      steps += pump->steps();
      entries += pump->committed();
      pump = std::make_unique<Pump>();
      state.ResumeTiming();
    }
    pump->Propose(batch, in_flight);
  }
  steps += pump->steps();
  entries += pump->committed();
  state.counters["steps"] =
      benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
  state.counters["ns_per_step"] = benchmark::Counter(
      static_cast<double>(steps) / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["entries"] =
      benchmark::Counter(static_cast<double>(entries), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Replicate)
    ->ArgNames({"batch", "in_flight"})
    ->Args({1, 0})
    ->Args({1, 32})
    ->Args({64, 4});

}  // namespace
}  // namespace ww::raft

BENCHMARK_MAIN();
