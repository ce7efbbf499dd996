// A near-minimal simulation of steady Raft replication: the practical floor of cost, to compare
// with.
//
// usage: floor NODES ENTRIES WINDOW BATCH GROUPS FIBER(0|1) CHECK(0|1) [IDLE_VIRTUAL_SECONDS]
//
// No elections, no faults, happy path only: a heap of events, first-in-first-out links with random
// latency, a sync as an event, a fiber a node, message copies, a fingerprint, one safety check.
// Entries carry 64 bytes. Events: client request, append, append reply, sync done, client reply,
// heartbeat. It prints commits a second, events a second and virtual seconds a wall second; only
// ratios to it in the same run mean anything.
#include <fmt/format.h>
#include <sys/resource.h>
#include <xxhash.h>

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "sim/base/check.h"

namespace {

namespace context = boost::context;

constexpr int kNodesMax = 7;
constexpr int kClient = 7;
constexpr uint32_t kBatchMax = 64;
constexpr uint32_t kRing = 512;  // Entries of a node's log that are kept.
constexpr uint32_t kNone = ~0u;

struct Options {
  int nodes = 3;
  uint64_t entries = 1'000'000;
  int window = 32;
  uint32_t batch = 1;
  int groups = 1;
  bool fibers = false;
  bool check = true;
  int64_t idle_seconds = 0;
};

// xoshiro256** (Blackman, Vigna 2018).
class Random {
 public:
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>((static_cast<unsigned __int128>(Next()) * bound) >> 64);
  }

 private:
  static uint64_t Rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }
  uint64_t Next() {
    const uint64_t result = Rotate(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }
  uint64_t state_[4] = {11, 22, 33, 44};
};

enum class Kind : uint8_t { kRequest, kAppend, kAppendReply, kSyncDone, kReply, kHeartbeat };

struct Event {
  uint64_t time;
  uint32_t sequence;
  uint32_t message;
  uint32_t group;
  uint8_t node;
  Kind kind;
  uint16_t padding;
};
static_assert(sizeof(Event) == 24);

bool Before(const Event& a, const Event& b) {
  return a.time < b.time || (a.time == b.time && a.sequence < b.sequence);
}

// A 4-ary heap.
class Heap {
 public:
  void Push(const Event& event) {
    size_t i = events_.size();
    events_.push_back(event);
    while (i > 0) {
      const size_t parent = (i - 1) >> 2;
      if (!Before(event, events_[parent])) break;
      events_[i] = events_[parent];
      i = parent;
    }
    events_[i] = event;
  }

  Event Pop() {
    const Event top = events_[0];
    const Event last = events_.back();
    events_.pop_back();
    if (!events_.empty()) SiftDown(last);
    return top;
  }

 private:
  void SiftDown(const Event& event) {
    const size_t n = events_.size();
    size_t i = 0;
    while (true) {
      const size_t first = 4 * i + 1;
      if (first >= n) break;
      const size_t end = first + 4 < n ? first + 4 : n;
      size_t smallest = first;
      for (size_t j = first + 1; j < end; ++j) {
        if (Before(events_[j], events_[smallest])) smallest = j;
      }
      if (!Before(events_[smallest], event)) break;
      events_[i] = events_[smallest];
      i = smallest;
    }
    events_[i] = event;
  }

  std::vector<Event> events_;
};

struct Entry {
  uint64_t term;
  char data[64];
};

struct Message {
  uint32_t count;
  uint64_t term;
  uint64_t previous;
  uint64_t previous_term;
  uint64_t commit;
  uint64_t from;
  uint64_t match;
  Entry entries[kBatchMax];
};

struct Node {
  std::vector<Entry> log;
  uint64_t last = 0;
  uint64_t durable = 0;
  uint64_t commit = 0;
  uint64_t applied = 0;
  uint64_t term = 1;
  uint64_t next[8];
  uint64_t match[8];
  bool in_flight[8];
  uint64_t chain = 0;
  bool syncing = false;
  uint64_t sync_target = 0;
  context::fiber fiber;
  Event current;

  Entry& At(uint64_t index) { return log[index & (kRing - 1)]; }
};

struct Group {
  Node nodes[kNodesMax];
  uint64_t last_delivery[8][8] = {};
  uint64_t chains[kRing];
  uint64_t applied_max = 0;
  uint64_t proposed = 0;
};

class Floor {
 public:
  explicit Floor(const Options& options) : options_(options) {
    for (int i = 0; i < options.groups; ++i) groups_.push_back(MakeGroup());
    if (options.fibers) StartFibers();
  }

  void Run() {
    Begin();
    const uint64_t total = options_.entries * static_cast<uint64_t>(options_.groups);
    const uint64_t end = static_cast<uint64_t>(options_.idle_seconds) * 1'000'000'000;
    while (true) {
      const Event event = heap_.Pop();
      now_ = event.time;
      ++events_;
      if (options_.check) MixDigest(event);
      if (event.kind == Kind::kReply) {
        if (++committed_ == total) return;
        Propose(event.group);
        continue;
      }
      Dispatch(event);
      if (end > 0 && now_ > end) return;
    }
  }

  void Print(double wall) const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double virtual_seconds = static_cast<double>(now_) / 1e9;
    fmt::print(
        "FLOOR n={} groups={} window={} batch={} fiber={} check={} entries={} wall={:.3f}s "
        "commits/s={:.0f} events={} events/s={:.0f} ns/event={:.1f} virtual={:.1f}s "
        "virtual/wall={:.0f} peak={}MB digest={:016x}\n",
        options_.nodes, options_.groups, options_.window, options_.batch, options_.fibers,
        options_.check, committed_, wall, static_cast<double>(committed_) / wall, events_,
        static_cast<double>(events_) / wall, wall / static_cast<double>(events_) * 1e9,
        virtual_seconds, virtual_seconds / wall, usage.ru_maxrss / 1024, digest_);
  }

 private:
  std::unique_ptr<Group> MakeGroup() const {
    auto group = std::make_unique<Group>();
    for (int k = 0; k < options_.nodes; ++k) {
      Node& node = group->nodes[k];
      node.log.resize(kRing);
      for (int p = 0; p < 8; ++p) {
        node.next[p] = 1;
        node.match[p] = 0;
        node.in_flight[p] = false;
      }
    }
    return group;
  }

  void StartFibers() {
    for (int i = 0; i < options_.groups; ++i) {
      for (int k = 0; k < options_.nodes; ++k) {
        Node* node = &groups_[i]->nodes[k];
        const uint32_t group = static_cast<uint32_t>(i);
        node->fiber = context::fiber(std::allocator_arg, context::fixedsize_stack(16384),
                                     [this, node, group, k](context::fiber&& main) {
                                       while (true) {
                                         main = std::move(main).resume();
                                         Handle(group, k, node->current);
                                       }
                                       return std::move(main);
                                     });
        node->fiber = std::move(node->fiber).resume();
      }
    }
  }

  void Begin() {
    for (int i = 0; i < options_.groups; ++i) {
      const uint32_t group = static_cast<uint32_t>(i);
      At(random_.Below(100'000'000), group, 0, Kind::kHeartbeat, kNone);
      if (options_.idle_seconds > 0) continue;
      for (int w = 0; w < options_.window; ++w) Propose(group);
    }
  }

  void MixDigest(const Event& event) {
    const uint64_t place = (uint64_t{event.group} << 16) | (uint64_t{event.node} << 8) |
                           static_cast<uint64_t>(event.kind);
    const unsigned __int128 product =
        static_cast<unsigned __int128>(digest_ ^ event.time) * (0x9e3779b97f4a7c15ULL ^ place);
    digest_ = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  void Dispatch(const Event& event) {
    Node& node = groups_[event.group]->nodes[event.node];
    if (!options_.fibers) return Handle(event.group, event.node, event);
    node.current = event;
    node.fiber = std::move(node.fiber).resume();
  }

  uint32_t NewMessage() {
    if (free_messages_.empty()) {
      pool_.emplace_back(static_cast<Message*>(std::malloc(sizeof(Message))));
      free_messages_.push_back(static_cast<uint32_t>(pool_.size() - 1));
    }
    const uint32_t message = free_messages_.back();
    free_messages_.pop_back();
    return message;
  }
  void FreeMessage(uint32_t message) { free_messages_.push_back(message); }

  void At(uint64_t delay, uint32_t group, int node, Kind kind, uint32_t message) {
    heap_.Push({now_ + delay, sequence_++, message, group, static_cast<uint8_t>(node), kind, 0});
  }

  void Send(uint32_t group, int from, int to, Kind kind, uint32_t message) {
    uint64_t time = now_ + 500'000 + random_.Below(500'000);
    uint64_t& last = groups_[group]->last_delivery[from][to];
    if (time <= last) time = last + 1;
    last = time;
    heap_.Push({time, sequence_++, message, group, static_cast<uint8_t>(to), kind, 0});
  }

  void Propose(uint32_t index) {
    Group& group = *groups_[index];
    if (group.proposed >= options_.entries) return;
    const uint32_t message = NewMessage();
    char* data = pool_[message]->entries[0].data;
    std::memset(data, static_cast<int>(group.proposed), 64);
    std::memcpy(data, &group.proposed, 8);
    ++group.proposed;
    Send(index, kClient, 0, Kind::kRequest, message);
  }

  void Sync(uint32_t group, Node& node, int id) {
    if (node.syncing || node.durable >= node.last) return;
    node.syncing = true;
    node.sync_target = node.last;
    At(100'000 + random_.Below(100'000), group, id, Kind::kSyncDone, kNone);
  }

  void SendAppend(uint32_t group, Node& node, int to, bool forced) {
    while (true) {
      const uint64_t available = node.last + 1 - node.next[to];
      if (available == 0 && !forced) return;
      const uint32_t id = NewMessage();
      Message& message = *pool_[id];
      message.count =
          available < options_.batch ? static_cast<uint32_t>(available) : options_.batch;
      message.term = node.term;
      message.previous = node.next[to] - 1;
      message.previous_term = message.previous > 0 ? node.At(message.previous).term : 0;
      message.commit = node.commit;
      message.from = 0;
      for (uint32_t i = 0; i < message.count; ++i) {
        message.entries[i] = node.At(node.next[to] + i);
      }
      node.next[to] += message.count;
      Send(group, 0, to, Kind::kAppend, id);
      forced = false;
      if (options_.batch > 1) return;
    }
  }

  void Apply(Group& group, Node& node) {
    while (node.applied < node.commit) {
      const uint64_t index = ++node.applied;
      node.chain = XXH3_64bits_withSeed(node.At(index).data, 64, node.chain);
      if (!options_.check) continue;
      if (index > group.applied_max) {
        group.chains[index & (kRing - 1)] = node.chain;
        group.applied_max = index;
      } else {
        CHECK_EQ(group.chains[index & (kRing - 1)], node.chain);
      }
    }
  }

  void AdvanceCommit(uint32_t index, Node& node) {
    uint64_t copies[8];
    for (int i = 0; i < options_.nodes; ++i) {
      const uint64_t match = i > 0 ? node.match[i] : node.durable;
      int j = i;
      for (; j > 0 && copies[j - 1] < match; --j) copies[j] = copies[j - 1];
      copies[j] = match;
    }
    const uint64_t quorum = copies[options_.nodes / 2];
    if (quorum <= node.commit || node.At(quorum).term != node.term) return;
    const uint64_t before = node.commit;
    node.commit = quorum;
    Apply(*groups_[index], node);
    for (uint64_t i = before + 1; i <= quorum; ++i) Send(index, 0, kClient, Kind::kReply, kNone);
  }

  void Handle(uint32_t group, int id, const Event& event) {
    Node& node = groups_[group]->nodes[id];
    switch (event.kind) {
      case Kind::kRequest:
        return OnRequest(group, node, id, event.message);
      case Kind::kAppend:
        return OnAppend(group, node, id, event.message);
      case Kind::kSyncDone:
        return OnSyncDone(group, node, id);
      case Kind::kAppendReply:
        return OnAppendReply(group, node, event.message);
      case Kind::kHeartbeat:
        for (int peer = 1; peer < options_.nodes; ++peer) SendAppend(group, node, peer, true);
        return At(100'000'000, group, 0, Kind::kHeartbeat, kNone);
      case Kind::kReply:
        return;
    }
  }

  void OnRequest(uint32_t group, Node& node, int id, uint32_t message) {
    ++node.last;
    node.At(node.last) = pool_[message]->entries[0];
    node.At(node.last).term = node.term;
    FreeMessage(message);
    Sync(group, node, id);
    for (int peer = 1; peer < options_.nodes; ++peer) {
      if (options_.batch > 1 && node.in_flight[peer]) continue;
      node.in_flight[peer] = true;
      SendAppend(group, node, peer, false);
    }
  }

  void OnAppend(uint32_t group, Node& node, int id, uint32_t id_of_message) {
    Message& message = *pool_[id_of_message];
    if (message.term < node.term) return;
    CHECK_LE(message.previous, node.last);
    if (message.previous > 0) CHECK_EQ(node.At(message.previous).term, message.previous_term);
    for (uint32_t i = 0; i < message.count; ++i) {
      const uint64_t index = message.previous + 1 + i;
      if (index <= node.last) continue;
      node.At(index) = message.entries[i];
      node.last = index;
    }
    const uint64_t commit = message.commit < node.last ? message.commit : node.last;
    if (commit > node.commit) {
      node.commit = commit;
      Apply(*groups_[group], node);
    }
    const bool heartbeat = message.count == 0;
    message.match = heartbeat ? node.durable : node.last;
    message.from = static_cast<uint64_t>(id);
    if (heartbeat || node.durable >= message.match) {
      Send(group, id, 0, Kind::kAppendReply, id_of_message);
    } else {
      FreeMessage(id_of_message);
      Sync(group, node, id);
    }
  }

  void OnSyncDone(uint32_t group, Node& node, int id) {
    node.syncing = false;
    node.durable = node.sync_target;
    if (id == 0) {
      AdvanceCommit(group, node);
    } else {
      const uint32_t reply = NewMessage();
      Message& message = *pool_[reply];
      message.term = node.term;
      message.match = node.durable;
      message.from = static_cast<uint64_t>(id);
      message.count = 0;
      Send(group, id, 0, Kind::kAppendReply, reply);
    }
    Sync(group, node, id);
  }

  void OnAppendReply(uint32_t group, Node& node, uint32_t id_of_message) {
    const Message& message = *pool_[id_of_message];
    const int peer = static_cast<int>(message.from);
    if (message.match > node.match[peer]) node.match[peer] = message.match;
    FreeMessage(id_of_message);
    AdvanceCommit(group, node);
    node.in_flight[peer] = false;
    if (node.next[peer] > node.last) return;
    node.in_flight[peer] = true;
    SendAppend(group, node, peer, false);
  }

  Options options_;
  Random random_;
  Heap heap_;
  uint64_t now_ = 0;
  uint32_t sequence_ = 0;
  uint64_t events_ = 0;
  uint64_t committed_ = 0;
  uint64_t digest_ = 0x1234;
  std::vector<Message*> pool_;
  std::vector<uint32_t> free_messages_;
  std::vector<std::unique_ptr<Group>> groups_;
};

Options ParseOptions(int count, char** words) {
  const auto number = [count, words](int i, int64_t otherwise) {
    return i < count ? std::atoll(words[i]) : otherwise;
  };
  Options options;
  options.nodes = static_cast<int>(number(1, 3));
  options.entries = static_cast<uint64_t>(number(2, 1'000'000));
  options.window = static_cast<int>(number(3, 32));
  options.batch = static_cast<uint32_t>(number(4, 1));
  options.groups = static_cast<int>(number(5, 1));
  options.fibers = number(6, 0) != 0;
  options.check = number(7, 1) != 0;
  options.idle_seconds = number(8, 0);
  CHECK(options.nodes >= 1 && options.nodes <= kNodesMax, "1 to 7 nodes");
  CHECK(options.batch >= 1 && options.batch <= kBatchMax, "1 to 64 entries an append");
  return options;
}

}  // namespace

int main(int count, char** words) {
  Floor floor(ParseOptions(count, words));
  const auto start = std::chrono::steady_clock::now();
  floor.Run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  floor.Print(wall.count());
  std::fflush(stdout);
  std::_Exit(0);  // Fibers are left where they are.
}
