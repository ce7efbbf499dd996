// HostEffects: what faults in force do to single hosts, counted so that overlapping ones add up.
//
// Down and paused and stalled are counts: the host comes back when the last fault ends. Slowness is
// the largest factor in force; added disk time, drift and error ratios are recomputed from all in
// force. Clocks and disks go back to what they were when this was made.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "faults/plan.h"
#include "sim/world.h"

namespace ww::faults {

class HostEffects {
 public:
  HostEffects(sim::World& world, const std::vector<HostId>& hosts);

  // Disk errors are drawn at every call from now on, with a ratio of 0 while none is in force.
  void TurnOnDiskErrors();

  // The host goes down now, or, with `expected`, when a disk call under way crashes it.
  void TakeDown(HostId host, bool expected);
  // One fault that keeps it down ended. False: the crash itself has not come yet, ask again later.
  bool BringBack(HostId host);

  // The host goes down now and stays down, whatever else ends.
  void Lose(HostId host);
  bool IsLost(HostId host) { return StateOf(host).lost; }
  // There is no such machine before `SetUp`. Whoever is there already, or was, is left as it is.
  void BeginAbsent(HostId host);
  void SetUp(HostId host);

  // The next machine that asks is broken for good; what its host has is not to be counted on from
  // now on, because nobody knows yet which shard's it will be.
  void BreakMachine(HostId host);
  bool MachineBreaks(HostId host);

  // The disk loses what the item says; its host is not to be counted on from now on.
  void DamageDisk(HostId host, const PlanItem& item);
  // The process starts again and reads what it has; nothing when the host is down or lost.
  void Reread(HostId host);
  // An empty disk takes the place of the one that the item damaged, and all damage goes with it;
  // nothing when somebody has put in another one since.
  void ReplaceDisk(HostId host, const PlanItem& item);
  // The host is down, and all that its disk has is gone.
  void Wipe(HostId host);
  // What is durable now comes back at `BringImageBack`, which requires that the host is down.
  void KeepImage(HostId host, const PlanItem& item);
  void BringImageBack(HostId host, const PlanItem& item);

  // Every kind of one host that lasts. `item` is borrowed until End.
  void Begin(HostId host, const PlanItem& item);
  void End(HostId host, const PlanItem& item);

  // Hosts under disk errors, with broken machines or damaged or older disks, and lost ones: their
  // durable data is not to be counted on.
  std::vector<HostId> Harmed() const;

  // Everything ends; every host that is not lost is up.
  void HealAll();

 private:
  struct HostState {
    HostId id;
    int64_t drift_ppm = 0;  // Before any fault.
    sim::DiskRules disk;
    uint32_t down = 0;
    // The incarnation that a disk call under way is to crash; none when nothing is awaited.
    Incarnation doomed;
    bool met_disk_errors = false;
    uint64_t full_at = 0;  // Bytes on its disk when that became full; 0: it is not.
    bool lost = false;
    bool absent = false;                  // Likewise, but only until it is set up.
    bool broken = false;                  // A machine of it is, or will be.
    uint32_t to_break = 0;                // Machines that have not asked yet.
    std::vector<const PlanItem*> damage;  // Of its disk, since it got that.
    bool older = false;                   // Its disk is one of an earlier time, or will be.
    std::vector<std::pair<const PlanItem*, sim::Disk::Image>> images;  // That will come back.
    std::vector<const PlanItem*> in_force;
  };
  HostState& StateOf(HostId host);
  size_t Count(const HostState& state, FaultKind kind) const;
  void Apply(HostState& state, FaultKind kind);
  void ApplyDisk(HostState& state);
  void ApplyClock(HostState& state);
  void ApplyStall(HostState& state);
  void RestartProcess(HostState& state);
  void StartIfDown(HostState& state);
  void RestartAfterDiskErrors(HostState& state);

  sim::World& world_;
  std::vector<HostState> hosts_;
  bool draws_disk_errors_ = false;
};

}  // namespace ww::faults
