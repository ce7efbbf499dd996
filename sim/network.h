// Network: directed links between hosts, carrying typed messages.
//
// A link is a first-in-first-out stream with a delay, a bandwidth and a bounded queue. Faults of a
// link: loss, duplication, reordering (a message leaves the stream's order), corruption and
// truncation (of its encoded bytes), cut (one-way: what is sent and what is in flight is lost),
// clog (held, later released in order), reset (the stream loses its tail in flight) and rules for
// single message kinds. A message is delivered to whichever incarnation runs on the target when it
// arrives; a host without a process loses it.
//
// Invariants: deliveries of one link without reordering are strictly spaced in time; a fault kind
// that is off does not draw; every loss is journaled with its reason.
// Suspends: never. Delivery resumes a waiting receiver directly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/wire_message.h"
#include "sim/decisions.h"
#include "sim/process.h"

namespace ww::sim {

// The parameters of one directed link. Kinds that are off neither draw nor act.
struct LinkRules {
  DelayDistribution delay{};
  bool loss_on = false;
  Ratio loss{};
  bool duplication_on = false;
  Ratio duplication{};
  bool reordering_on = false;
  Ratio reordering{};  // The message draws a delay of its own and may overtake or be overtaken.
  Duration reordering_max{};  // How much later than usual it may come.
  bool corruption_on = false;
  Ratio corruption{};  // Bits of the message flip.
  bool truncation_on = false;
  Ratio truncation{};             // Its end is lost.
  uint64_t bytes_per_second = 0;  // 0: no bound.
  uint64_t queue_bytes_max = 0;   // With a bandwidth: what waits beyond it is lost. 0: no bound.
};

// What happens to messages of one kind, on one link or all. The first matching rule decides. What a
// rule delays or holds leaves the order of its link: others overtake it. What was held is sent when
// the rule is removed, in the order in which it was held.
enum class KindAction : uint8_t { kDrop, kDelay, kHold };
struct KindRule {
  std::optional<HostId> from{};
  std::optional<HostId> to{};
  uint32_t kind = 0;
  KindAction action = KindAction::kDrop;
  Ratio ratio = Ratio::Always();
  Duration delay{};  // kDelay: added to the usual one.
};
struct KindRuleId {
  uint32_t value = 0;
};

enum class DropReason : uint8_t {
  kLoss,
  kCut,
  kQueueFull,
  kReset,
  kKindRule,
  kNoProcess,
  kDamaged,  // It arrived in pieces, and its receiver refused it.
};
inline constexpr size_t kDropReasons = 7;
const char* NameOf(DropReason reason);

// How messages look as bytes, for those that are damaged on their way: the engine's own encoding,
// with whatever its receivers check before they believe anything.
class WireFormat {
 public:
  virtual ~WireFormat() = default;
  virtual std::string Encode(const WireMessage& message) const = 0;
  // Null: the receiver refuses these bytes.
  virtual std::unique_ptr<WireMessage> Decode(std::string_view bytes) const = 0;
};

struct Arrival {
  HostId from;
  std::unique_ptr<WireMessage> message;
};

// What a process listens with: messages that arrived and were not taken yet, oldest first.
class Inbox {
 public:
  virtual ~Inbox() = default;
  virtual void Deliver(Arrival arrival) = 0;
};

struct NetworkCounters {
  uint64_t sent = 0;
  uint64_t delivered = 0;
  uint64_t dropped = 0;
  uint64_t duplicated = 0;
  uint64_t reordered = 0;
  uint64_t corrupted = 0;
  uint64_t truncated = 0;
  uint64_t believed = 0;         // Damaged, and taken by their receiver all the same.
  uint64_t delayed_by_kind = 0;  // By rules for message kinds.
  uint64_t held_by_kind = 0;
  uint64_t held_by_clog = 0;
  std::array<uint64_t, kDropReasons> dropped_for{};  // By DropReason.
};

class Network {
 public:
  static constexpr size_t kMessagesInFlightMax = size_t{1} << 22;
  static constexpr size_t kMessagesHeldMax = size_t{1} << 16;  // Of a clogged link; more are lost.

  Network(World& world, Decisions& decisions);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // A host joins; its links to and from every earlier host, and to itself, take `rules`.
  // Requires: hosts join in the order of their ids, which count from 1.
  void AddHost(HostId host, const LinkRules& rules);

  // Borrowed. Required before a link corrupts or truncates.
  void SetWireFormat(const WireFormat* format);

  // From a process of `from`. A message to the own host goes through its own link.
  void Send(Process& sender, HostId to, std::unique_ptr<WireMessage> message);
  // Registers the process's inbox until the process dies. One a process.
  void Listen(Process& process, Inbox& inbox);
  void StopListening(Process& process);

  // --- Faults. Undoing what is not in force has no effect, so undoing may follow HealAll. ---
  // Lasts until a host joins.
  LinkRules& rules(HostId from, HostId to);
  void Cut(HostId from, HostId to);  // One way. Counted: as many Heals undo as many Cuts.
  void Heal(HostId from, HostId to);
  bool Connected(HostId from, HostId to) const;  // Not cut and not clogged in this direction.
  void Clog(HostId from, HostId to);
  void Release(HostId from, HostId to);
  void Reset(HostId from, HostId to);
  KindRuleId AddKindRule(const KindRule& rule);
  void RemoveKindRule(KindRuleId id);  // Releases what it held.
  // Undoes every cut, clog and kind rule and sets every link to the rules it was added with.
  void HealAll();

  const NetworkCounters& counters() const;
  size_t in_flight() const;  // Held messages included.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ww::sim
