#include "tests/support/toy_engine.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "faults/injector.h"
#include "sim/mailbox.h"
#include "sim/world.h"

namespace ww::toy {
namespace {

constexpr HostId kPrimary(1), kBackup(2), kClient(3);
constexpr Duration kCopyInterval = Milliseconds(5);
constexpr Duration kPatience = Milliseconds(20);
constexpr Duration kRunLength = Seconds(3);

enum class Say : uint32_t { kWrite = 1, kCopy, kCopied, kSafe, kRead, kValue };

struct Message final : WireMessage {
  Message(Say s, uint64_t n) : say(s), number(n) {}
  uint32_t kind() const override { return static_cast<uint32_t>(say); }
  size_t encoded_size() const override { return 12; }
  uint64_t digest() const override { return number; }
  std::unique_ptr<WireMessage> Clone() const override { return std::make_unique<Message>(*this); }
  void Encode(ByteWriter& out) const override {
    out.Fixed32(kind());
    out.Fixed64(number);
  }
  Say say;
  uint64_t number;
};

struct Kinds {
  KindId write, safe, read;
};

// One group that nobody leads and no budget protects.
struct NoQuorums final : faults::QuorumView {
  std::vector<faults::QuorumGroup> Groups() const override { return {}; }
  bool Intact(ShardId, HostId) const override { return true; }
  std::optional<HostId> LeaderHost(ShardId) const override { return std::nullopt; }
};

// One life of one of the three programs.
struct Node {
  Node(sim::Process& p, const Kinds& k) : process(p), kinds(k), mailbox(p) {}

  void Send(HostId to, Say say, uint64_t number) {
    process.world().network().Send(process, to, std::make_unique<Message>(say, number));
  }
  // The next message within `patience`; nothing says so too.
  std::optional<std::pair<HostId, Message>> Receive(Duration patience) {
    auto arrival = mailbox.Receive(process.host().LocalNow() + patience);
    if (!arrival.has_value()) return std::nullopt;
    return std::pair(arrival->from, static_cast<const Message&>(*arrival->message));
  }
  // Sends until the answer comes; nothing after `attempts`.
  std::optional<uint64_t> Ask(HostId to, Say question, uint64_t number, Say answer, int attempts) {
    for (int i = 0; i < attempts; ++i) {
      Send(to, question, number);
      while (const auto got = Receive(kPatience)) {
        const bool matches = got->first == to && got->second.say == answer;
        if (matches && (answer != Say::kSafe || got->second.number == number)) {
          return got->second.number;
        }
      }
    }
    return std::nullopt;
  }
  void Record(KindId kind, uint64_t number) {
    sim::World& world = process.world();
    world.journal().Record(kind, world.now(), process.host().id(), number);
  }

  sim::Process& process;
  const Kinds& kinds;
  sim::Mailbox mailbox;
};

void RunPrimary(Node& node, Variant variant) {
  uint64_t value = node.Ask(kBackup, Say::kRead, 0, Say::kValue, 1000).value_or(0);
  uint64_t copied = value;
  LocalTime next_copy = node.process.host().LocalNow() + kCopyInterval;
  while (true) {
    const LocalTime now = node.process.host().LocalNow();
    if (now >= next_copy) {
      if (copied < value) node.Send(kBackup, Say::kCopy, value);
      next_copy = now + kCopyInterval;
    }
    const auto got = node.Receive(next_copy - now);
    if (!got.has_value()) continue;
    const auto& [from, message] = *got;
    if (message.say == Say::kRead) node.Send(from, Say::kValue, value);
    if (message.say == Say::kWrite) {
      node.Record(node.kinds.write, message.number);
      value = std::max(value, message.number);
      // The planted bug: nobody but this process has the number yet.
      if (variant == Variant::kAcksTooEarly || copied >= message.number) {
        node.Send(from, Say::kSafe, message.number);
      }
    }
    if (message.say == Say::kCopied && message.number > copied) {
      copied = message.number;
      if (variant == Variant::kCorrect) node.Send(kClient, Say::kSafe, copied);
    }
  }
}

void RunBackup(Node& node) {
  uint64_t value = 0;
  while (true) {
    const auto got = node.Receive(Seconds(1));
    if (!got.has_value()) continue;
    if (got->second.say == Say::kCopy) {
      value = std::max(value, got->second.number);
      node.Send(got->first, Say::kCopied, value);
    }
    if (got->second.say == Say::kRead) node.Send(got->first, Say::kValue, value);
  }
}

void RunClient(Node& node, faults::Injector& injector, Outcome& outcome) {
  for (uint64_t number = 1; !outcome.failure.has_value(); ++number) {
    if (node.Ask(kPrimary, Say::kWrite, number, Say::kSafe, 200).has_value()) {
      node.Record(node.kinds.safe, number);
      outcome.acknowledged = number;
      injector.Occurred(faults::OccurrenceKind::kEvent, "toy.safe", kPrimary, ShardId());
    }
    auto value = node.Ask(kPrimary, Say::kRead, 0, Say::kValue, 1);
    if (!value.has_value()) value = node.Ask(kBackup, Say::kRead, 0, Say::kValue, 1);
    if (!value.has_value()) continue;
    node.Record(node.kinds.read, *value);
    if (*value >= outcome.acknowledged) continue;
    outcome.failure = fmt::format("{} was acknowledged, but a later read returned {}",
                                  outcome.acknowledged, *value);
  }
}

}  // namespace

Outcome RunRegister(uint64_t seed, Variant variant, const faults::Plan& plan,
                    sim::FiberPool& fibers) {
  Outcome outcome;
  Schema schema;
  sim::AddWorldKinds(schema);
  const faults::FaultKinds fault_kinds = faults::AddFaultKinds(schema);
  const auto add = [&schema](const char* name) {
    return schema.Add({name, DisplayRole::kPoint, {{"number", FieldType::kNumber, "", {}}}});
  };
  Kinds kinds;
  kinds.write = add("toy.write");
  kinds.safe = add("toy.safe");
  kinds.read = add("toy.read");

  const NoQuorums quorums;
  sim::World world(seed, {schema, fibers});
  world.journal().StartTrace();
  sim::LinkRules links;
  links.delay = {Milliseconds(1), Milliseconds(1), 0};
  for (const char* name : {"primary", "backup", "client"}) {
    sim::HostSpec host;
    host.name = name;
    world.AddHost(host, links);
  }
  faults::Injector injector({world, quorums, fault_kinds, {kPrimary, kBackup}}, plan);
  world.host(kPrimary).SetMain([&](sim::Process& p) {
    Node node(p, kinds);
    RunPrimary(node, variant);
  });
  world.host(kBackup).SetMain([&](sim::Process& p) {
    Node node(p, kinds);
    RunBackup(node);
  });
  world.host(kClient).SetMain([&](sim::Process& p) {
    Node node(p, kinds);
    RunClient(node, injector, outcome);
  });
  world.SetOracle(&injector);
  for (const HostId host : {kPrimary, kBackup, kClient}) world.host(host).Start();
  injector.Start(world.now());
  world.RunUntil(TrueTime{} + kRunLength, [&outcome] { return outcome.failure.has_value(); });
  outcome.faults_fired = injector.fired();
  outcome.fingerprint = world.journal().fingerprint();
  outcome.trace = world.journal().TraceBytes();
  world.SetOracle(nullptr);
  return outcome;
}

}  // namespace ww::toy
