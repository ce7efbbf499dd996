// NetworkWorld: a few hosts that record what reaches them, for tests of the network.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/network.h"
#include "sim/world.h"

namespace ww::sim {

// A number on its way. `alive`, when given, counts the messages that exist.
class NumberMessage : public WireMessage {
 public:
  struct Spec {
    uint64_t number = 0;
    uint32_t kind = 1;
    size_t bytes = 100;
  };
  explicit NumberMessage(const Spec& spec, int* alive = nullptr) : spec_(spec), alive_(alive) {
    if (alive_ != nullptr) ++*alive_;
  }
  ~NumberMessage() override {
    if (alive_ != nullptr) --*alive_;
  }
  uint32_t kind() const override { return spec_.kind; }
  size_t encoded_size() const override { return spec_.bytes; }
  uint64_t digest() const override { return spec_.number; }
  std::unique_ptr<WireMessage> Clone() const override {
    return std::make_unique<NumberMessage>(spec_, alive_);
  }
  void Encode(ByteWriter& out) const override { out.Varint(spec_.number); }

 private:
  Spec spec_;
  int* alive_;
};

struct Received {
  uint64_t number = 0;
  HostId from;
  HostId to;
  TrueTime when;
  Incarnation incarnation;
};

class NetworkWorld {
 public:
  explicit NetworkWorld(size_t hosts = 3, uint64_t seed = 1) : kinds_(AddWorldKinds(schema_)) {
    world_ = std::make_unique<World>(seed, World::Parts{schema_, fibers_});
    hosts_ = hosts;
  }

  // The hosts start here, after the test has set up decisions and journal.
  void Start(const LinkRules& links) {
    for (size_t i = 1; i <= hosts_; ++i) {
      Host& host = world_->AddHost({.name = "h" + std::to_string(i), .clock_offset = {}}, links);
      host.SetMain([this](Process& process) {
        Recorder recorder(*this, process);
        WaitQueue forever(process);
        forever.Wait();
      });
      host.Start();
    }
    RunFor(Nanoseconds(0));
  }

  World& world() { return *world_; }
  Network& network() { return world_->network(); }
  const Schema& schema() const { return schema_; }
  const std::vector<Received>& received() const { return received_; }
  int alive() const { return alive_; }
  void DestroyWorld() { world_.reset(); }

  void Send(uint64_t from, uint64_t to, const NumberMessage::Spec& spec) {
    Process* process = world_->host(HostId(from)).process();
    network().Send(*process, HostId(to), std::make_unique<NumberMessage>(spec, &alive_));
  }
  void SendMany(uint64_t from, uint64_t to, uint64_t first, uint64_t last) {
    for (uint64_t number = first; number <= last; ++number) Send(from, to, {.number = number});
  }
  void RunFor(Duration length) { world_->RunUntil(world_->now() + length); }

  // The numbers that reached a host, in the order they came.
  std::vector<uint64_t> Numbers(uint64_t to) const {
    std::vector<uint64_t> numbers;
    for (const Received& one : received_) {
      if (one.to == HostId(to)) numbers.push_back(one.number);
    }
    return numbers;
  }
  uint64_t Dropped(DropReason reason) {
    return network().counters().dropped_for[static_cast<size_t>(reason)];
  }

 private:
  // Listens on the stack of a host's main task.
  class Recorder : public Inbox {
   public:
    Recorder(NetworkWorld& owner, Process& process)
        : owner_(owner), network_(owner.network()), process_(process) {
      network_.Listen(process_, *this);
    }
    ~Recorder() override { network_.StopListening(process_); }
    void Deliver(Arrival arrival) override {
      owner_.received_.push_back({arrival.message->digest(), arrival.from, process_.host().id(),
                                  owner_.world().now(), process_.incarnation()});
    }

   private:
    NetworkWorld& owner_;
    Network& network_;  // The owner may be destroying its world.
    Process& process_;
  };

  Schema schema_;
  WorldKinds kinds_;
  FiberPool fibers_;
  size_t hosts_ = 0;
  int alive_ = 0;
  std::vector<Received> received_;
  std::unique_ptr<World> world_;
};

// first, first + 1, ... last.
inline std::vector<uint64_t> Range(uint64_t first, uint64_t last) {
  std::vector<uint64_t> numbers;
  for (uint64_t n = first; n <= last; ++n) numbers.push_back(n);
  return numbers;
}

// One millisecond, always.
inline LinkRules PlainLinks() { return {.delay = {.base = Milliseconds(1), .spread = {}}}; }

// One to two milliseconds, with a tail of up to 16 more.
inline LinkRules VariedLinks() {
  LinkRules rules = PlainLinks();
  rules.delay = {.base = Milliseconds(1), .spread = Milliseconds(1), .octaves_max = 4};
  return rules;
}

}  // namespace ww::sim
