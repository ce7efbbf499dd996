// Plan: the faults of a case, drawn up front: a list that a person can read, edit and shrink.
//
// An item is what goes wrong (kind and parameters), to whom, for how long, and a trigger: a virtual
// time, or the n-th occurrence of a named event, I/O point or reach site, plus a delay. An item
// whose trigger never came is reported; an item that the budget forbids when it fires is suppressed
// and counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/ratio.h"
#include "sim/base/time.h"

namespace ww::faults {

enum class FaultKind : uint8_t {
  kCrash,          // The process dies; restarts after `duration`. Unsynced data meets its fate.
  kPowerLoss,      // All engine hosts at once; each restarts after `duration`, spread by host.
  kPause,          // Nothing runs on the host for `duration`.
  kSlow,           // Steps cost `factor` times as much.
  kPartition,      // `hosts` on one side, the other engine hosts on the other. Clients reach both.
  kIsolateLeader,  // Whoever leads `shard` when it fires, cut from all engine hosts.
  kOneWayCut,      // From hosts[0] to hosts[1].
  kClog,           // From hosts[0] to hosts[1]: held, later released in order.
  kReset,          // From hosts[0] to hosts[1]: what is in flight is lost.
  kLoss,           // On links between engine hosts (or of `hosts`), with `ratio`.
  kDuplication,
  kReordering,    // With `ratio`, by up to `amount`.
  kDelay,         // `amount` more on the links of `hosts`.
  kKindDrop,      // Messages of `message_kind` on hosts[0] -> hosts[1], to hosts[0] when it is the
                  // only one, or everywhere, are lost with `ratio`.
  kKindHold,      // They are held for `duration`, then released: late messages.
  kDiskSlow,      // Disk calls of the host take `amount` longer.
  kDiskError,     // Disk calls of the host fail with `ratio`.
  kClockDrift,    // The host's clocks run `factor` ppm fast (or slow, when `negative`).
  kClockStall,    // They stand still.
  kLoseHost,      // The machine is gone for good, with its disk; nothing brings it back.
  kDiskFull,      // Files of the host can't grow beyond what they hold now, all together.
  kWipeDisk,      // A crash, and the machine comes back after `duration` with an empty disk.
  kBreakMachine,  // The state machine that is next to execute something on the host fails for good.
  kDiskStall,     // No disk call of the host returns.
  kShortWrite,    // Writes of the host end early, and fail, with `ratio`.
  kBitRot,        // `factor` bits that were durable flip on the disk of the host. After `duration`
                  // its process is started again and reads what it has; another `amount` later its
                  // disk is replaced by an empty one (never, when that is 0).
  kLatentError,   // Likewise `factor` sectors can't be read until they are written again.
  kOlderImage,    // What is durable now comes back `amount` later: a crash, and the machine comes
                  // back after `duration` with it.
  kCorruption,    // Bits of messages flip with `ratio`, on links like those of kLoss.
  kTruncation,    // Messages lose their end with `ratio`, likewise.
  kFlakyLink,     // Between hosts[0] and hosts[1]: cut for `amount`, whole for `amount`, and so on.
  kRing,          // Each of `hosts`, in their order, reaches only the one before and the one after.
  kBridge,  // `hosts` but the first on one side, the others on the other; hosts[0] reaches all.
  kMisdirectedWrite,  // As kBitRot: what was written to `factor` sectors stands in others.
};
inline constexpr size_t kFaultKinds = 34;

// Fewer are all neighbours of each other.
inline constexpr size_t kRingHostsMin = 4;

struct FaultInfo {
  FaultKind kind;
  std::string_view name;     // "crash", "one-way-cut": stable, used in scenarios and cases.
  std::string_view purpose;  // One line, for `list faults`.
  bool survivable;           // Never exceeds the budget: it harms nothing that was durable.
};
const std::vector<FaultInfo>& AllFaults();
const FaultInfo& InfoOf(FaultKind kind);
std::optional<FaultKind> FaultKindFromName(std::string_view name);

// Of which stream of occurrences a trigger counts.
enum class OccurrenceKind : uint8_t { kEvent, kIoPoint, kReachSite };

struct Occurrence {
  OccurrenceKind kind = OccurrenceKind::kEvent;
  std::string name;  // "raft.leader", "sync", "log.torn_tail".
  uint64_t n = 1;    // Counted from 1 from Trigger::at on, after filtering.
  std::optional<HostId> host;
  std::optional<ShardId> shard;
  bool before = false;  // I/O points: crash before the call has its effect.
};

// Times of a plan count from the instant at which the injector was started: the start of chaos.
struct Trigger {
  TrueTime at;  // When it fires; with an occurrence, from when on occurrences are counted.
  std::optional<Occurrence> occurrence;
  Duration delay;  // After the occurrence.
};

struct PlanItem {
  uint32_t id = 0;  // 1, 2, ... in a plan; stays when others are removed.
  FaultKind kind = FaultKind::kCrash;
  Trigger trigger;
  Duration duration;  // How long it is in force; 0 for instants.
  // Meaning per kind, above. Empty for a kind of one host, or a partition: the host of the
  // occurrence.
  std::vector<HostId> hosts;
  ShardId shard;  // kIsolateLeader.
  Ratio ratio;
  Duration amount;
  uint32_t factor = 1;
  bool negative = false;
  uint32_t message_kind = 0;
};

struct Plan {
  std::vector<FaultKind> enabled;  // The swarm draw: kinds that exist in this run, sorted.
  std::vector<PlanItem> items;     // By id.
};

// Kinds that hit the host of their occurrence when the item names none.
bool HitsHostOfOccurrence(FaultKind kind);

// What is wrong with whom the item names, for its kind; empty when nothing is. Any plan whose items
// all pass can be armed.
std::string SubjectError(const PlanItem& item);

// One line for people: "3: crash h2 at 4.200s for 1.500s".
std::string Describe(const PlanItem& item);

}  // namespace ww::faults
