// A cluster that knows no engine: each host sends a message to every other and writes to its disk
// every 10 ms. What arrives, what the disk said and which incarnations lived is kept for the test.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults/injector.h"
#include "faults/quorum_view.h"
#include "sim/mailbox.h"
#include "sim/world.h"

namespace ww::faults {

constexpr Duration kBeat = Milliseconds(10);
constexpr uint32_t kMessageKinds = 3;
constexpr std::string_view kRecord = "0123456789";

struct Beat final : WireMessage {
  uint64_t number = 0;
  uint32_t message_kind = 0;
  uint32_t kind() const override { return message_kind; }
  size_t encoded_size() const override { return 16; }
  uint64_t digest() const override { return number; }
  std::unique_ptr<WireMessage> Clone() const override { return std::make_unique<Beat>(*this); }
  void Encode(ByteWriter& out) const override { out.Fixed64(number); }
};

// Refuses what does not match its checksum.
class BeatFormat final : public sim::WireFormat {
 public:
  std::string Encode(const WireMessage& message) const override {
    ByteWriter out;
    message.Encode(out);
    out.Fixed32(message.kind());
    out.Fixed64(HashBytes(out.view()));
    return out.Take();
  }
  std::unique_ptr<WireMessage> Decode(std::string_view bytes) const override {
    ByteReader in(bytes);
    auto beat = std::make_unique<Beat>();
    beat->number = in.Fixed64();
    beat->message_kind = in.Fixed32();
    const uint64_t checksum = in.Fixed64();
    if (!in.ok() || in.remaining() != 0) return nullptr;
    if (checksum != HashBytes(bytes.substr(0, bytes.size() - 8))) return nullptr;
    return beat;
  }
};

struct Receipt {
  TrueTime when;
  HostId from;
  HostId to;
  uint64_t number;
  uint32_t kind;
};
struct DiskAct {
  TrueTime began;
  TrueTime ended;
  HostId host;
  absl::Status status;
};
struct Life {
  HostId host;
  TrueTime began;
};

// Groups and leaders as a test wants them.
class FakeQuorums final : public QuorumView {
 public:
  std::vector<QuorumGroup> Groups() const override { return groups; }
  bool Intact(ShardId, HostId host) const override { return !damaged.contains(host); }
  std::optional<HostId> LeaderHost(ShardId shard) const override {
    const auto at = leaders.find(shard);
    return at == leaders.end() ? std::nullopt : std::optional(at->second);
  }

  std::vector<QuorumGroup> groups;
  std::map<HostId, bool> damaged;
  std::map<ShardId, HostId> leaders;
};

class Cluster {
 public:
  explicit Cluster(size_t hosts, uint64_t seed = 1)
      : world_kinds_(sim::AddWorldKinds(schema_)),
        fault_kinds_(AddFaultKinds(schema_)),
        world_(seed, {schema_, fibers_}) {
    world_.network().SetWireFormat(&format_);
    for (size_t i = 1; i <= hosts; ++i) AddHost();
  }
  // Messages in flight and tasks refer to what follows the world.
  ~Cluster() {
    world_.SetOracle(nullptr);
    for (const HostId host : hosts_) world_.host(host).Crash();
  }

  // Arms the plan at the present instant.
  Injector& Inject(std::vector<PlanItem> items, std::vector<FaultKind> enabled = {}) {
    uint32_t id = 0;
    for (PlanItem& item : items) item.id = ++id;
    injector_ = std::make_unique<Injector>(Injector::Parts{world_, quorums_, fault_kinds_, hosts_},
                                           Plan{std::move(enabled), items});
    world_.SetOracle(injector_.get());
    injector_->Start(world_.now());
    return *injector_;
  }

  void Run(Duration length) { world_.RunUntil(world_.now() + length); }
  // Receipts on a link whose arrival is in [from, to) after the start.
  std::vector<Receipt> Received(HostId from, HostId to, Duration begin, Duration end) const {
    std::vector<Receipt> found;
    for (const Receipt& receipt : receipts_) {
      if (receipt.from == from && receipt.to == to && receipt.when >= TrueTime{} + begin &&
          receipt.when < TrueTime{} + end) {
        found.push_back(receipt);
      }
    }
    return found;
  }
  size_t CountReceived(uint64_t from, uint64_t to, Duration begin, Duration end) const {
    return Received(HostId(from), HostId(to), begin, end).size();
  }
  // Disk acts that ended in [begin, end).
  std::vector<DiskAct> Disk(HostId host, Duration begin, Duration end) const {
    std::vector<DiskAct> found;
    for (const DiskAct& act : disk_acts_) {
      if (act.host == host && act.ended >= TrueTime{} + begin && act.ended < TrueTime{} + end) {
        found.push_back(act);
      }
    }
    return found;
  }
  size_t Lives(uint64_t host) const {
    return static_cast<size_t>(std::count_if(
        lives_.begin(), lives_.end(), [&](const Life& life) { return life.host == HostId(host); }));
  }
  bool Up(uint64_t host) { return world_.host(HostId(host)).up(); }

  sim::World& world() { return world_; }
  FakeQuorums& quorums() { return quorums_; }
  const std::vector<Life>& lives() const { return lives_; }
  const std::vector<HostId>& hosts() const { return hosts_; }
  // Given to the next host's message links.
  static sim::LinkRules Links() {
    sim::LinkRules links;
    links.delay.base = Milliseconds(1);
    return links;
  }

 private:
  void AddHost() {
    sim::Host& host = world_.AddHost({.name = "h", .engine = true}, Links());
    hosts_.push_back(host.id());
    host.disk().rules().sync.base = Milliseconds(1);
    host.disk().crash_rules() = {.kept_weight = 0, .old_weight = 1, .torn_weight = 0};
    host.SetMain([this](sim::Process& process) { Main(process); });
    world_.At(world_.now(), [&host] { host.Start(); });
  }

  void Main(sim::Process& process) {
    lives_.push_back({process.host().id(), world_.now()});
    process.Spawn("send", [this, &process] { Send(process); });
    process.Spawn("write", [this, &process] { Write(process); });
    sim::Mailbox mailbox(process);
    while (true) {
      const std::optional<sim::Arrival> arrival = mailbox.Receive();
      if (!arrival.has_value()) continue;
      const Beat& beat = static_cast<const Beat&>(*arrival->message);
      receipts_.push_back(
          {world_.now(), arrival->from, process.host().id(), beat.number, beat.message_kind});
    }
  }

  void Send(sim::Process& process) {
    while (true) {
      for (const HostId to : hosts_) {
        if (to == process.host().id()) continue;
        auto beat = std::make_unique<Beat>();
        beat->number = ++sent_;
        beat->message_kind = static_cast<uint32_t>(sent_ % kMessageKinds);
        world_.network().Send(process, to, std::move(beat));
      }
      process.SleepFor(kBeat);
    }
  }

  void Write(sim::Process& process) {
    sim::Disk& disk = process.host().disk();
    const auto file = disk.Open(process, "log", sim::OpenMode::kCreate);
    disk.SyncDirectory(process).IgnoreError();
    while (file.ok()) {
      DiskAct act;
      act.host = process.host().id();
      act.began = world_.now();
      const auto appended = disk.Append(process, *file, kRecord);
      act.status = appended.ok() ? disk.Sync(process, *file) : appended.status();
      act.ended = world_.now();
      disk_acts_.push_back(act);
      process.SleepFor(kBeat);
    }
  }

  Schema schema_;
  sim::WorldKinds world_kinds_;
  FaultKinds fault_kinds_;
  sim::FiberPool fibers_;
  std::vector<HostId> hosts_;
  std::vector<Receipt> receipts_;
  std::vector<DiskAct> disk_acts_;
  std::vector<Life> lives_;
  uint64_t sent_ = 0;
  BeatFormat format_;
  FakeQuorums quorums_;
  std::unique_ptr<Injector> injector_;
  sim::World world_;
};

inline PlanItem Item(FaultKind kind, Duration at, Duration lasting,
                     std::vector<uint64_t> hosts = {}) {
  PlanItem item;
  item.kind = kind;
  item.trigger.at = TrueTime{} + at;
  item.duration = lasting;
  for (const uint64_t host : hosts) item.hosts.push_back(HostId(host));
  return item;
}

}  // namespace ww::faults
