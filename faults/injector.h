// Injector: makes a plan happen in a world, within the budget, and says what came of it.
//
// Items with a time fire from an event of the harness; items with an occurrence fire when it is
// counted: an I/O point at once (crash before or after it), anything else from an event of the same
// instant, plus the delay. Overlapping faults of one host or link are counted, so that ending one
// does not end the other. Probabilistic kinds draw from the world's fault streams.
//
// Invariants: every item ends as exactly one of fired, suppressed, never triggered.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "faults/plan.h"
#include "faults/quorum_view.h"
#include "sim/oracle.h"
#include "sim/world.h"

namespace ww::faults {

enum class ItemFate : uint8_t { kNotTriggered, kFired, kSuppressed };

// Trace kinds of the injector; added to the schema before the world is built.
struct FaultKinds {
  KindId begin;
  KindId end;
  KindId suppressed;
};
FaultKinds AddFaultKinds(Schema& schema);

class Injector final : public sim::FaultOracle {
 public:
  // Everything is borrowed for the injector's life. `engine_hosts` are those that faults may hit.
  struct Parts {
    sim::World& world;
    const QuorumView& quorums;
    FaultKinds kinds;
    std::vector<HostId> engine_hosts;
    std::vector<HostId> absent = {};  // Of these, machines that are not there before `SetUp`.
  };
  Injector(const Parts& parts, Plan plan);
  ~Injector() override;

  // Arms every trigger; `start` is the zero of the plan's times (the start of chaos) and not in the
  // past. Once, when every host was added and its disk and links have their rules.
  void Start(TrueTime start);
  // Requires: started, and called from no task. From now on nothing fires; everything in force
  // ends, every engine host is up, connected and fast, disks work.
  void HealAll();

  // Requires: started, and called from no task. Such a machine is there from now on, and started
  // unless a fault keeps it down; nothing when it is there, or was lost since.
  void SetUp(HostId host);

  sim::IoVerdict AtIoPoint(const sim::IoPoint& point) override;
  // Whether an item may wait for occurrences of that kind. Asked for each of them: mostly no.
  bool counts(OccurrenceKind kind) const { return counts_[static_cast<size_t>(kind)]; }
  // Counts an occurrence of a named event or reach site.
  void Occurred(OccurrenceKind kind, std::string_view name, HostId host, ShardId shard);

  // A state machine on the host is about to execute something: whether it fails, for good. Asked
  // for each while the plan has such faults; true once for each of them that fired.
  bool MachineBreaks(HostId host);

  // One a plan item, in the plan's order.
  const std::vector<ItemFate>& fates() const;
  uint64_t fired() const;
  uint64_t suppressed() const;
  // Fired, by kind.
  std::vector<std::pair<FaultKind, uint64_t>> FiredByKind() const;

 private:
  struct State;
  std::array<bool, 3> counts_{};  // By OccurrenceKind; false while no item of it was armed.
  std::unique_ptr<State> state_;
};

}  // namespace ww::faults
