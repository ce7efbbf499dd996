// LinkEffects: what faults in force do to the links between engine hosts.
//
// Cuts and clogs are counted by the network itself. Rates (loss, duplication, reordering) take the
// largest in force on a link, delays add up: they are recomputed from what the link had when this
// was made. Clients keep their links: a stale leader that nobody can ask would harm nobody.
#pragma once

#include <utility>
#include <vector>

#include "faults/plan.h"
#include "sim/world.h"

namespace ww::faults {

class LinkEffects {
 public:
  LinkEffects(sim::World& world, const std::vector<HostId>& hosts);

  // The kind draws at every message from now on, with a ratio of 0 while none is in force.
  void TurnOn(FaultKind kind);

  // `subject`: who is isolated, where the item does not say. `item` is borrowed until End.
  void Begin(const PlanItem& item, HostId subject);
  void End(const PlanItem& item);
  // A flaky link that is cut becomes whole, and the other way round; false when it has ended.
  bool Turn(const PlanItem& item);

  // Everything ends; every link is as it was when its host joined.
  void HealAll();

 private:
  using Direction = std::pair<HostId, HostId>;
  struct Directed {
    Direction link;
    sim::LinkRules before;
  };
  struct InForce {
    const PlanItem* item;
    std::vector<Direction> links;
    sim::KindRuleId rule;  // kKindDrop, kKindHold.
    bool acts = true;      // A flaky link: whether it is cut now.
  };
  std::vector<Direction> LinksOf(const PlanItem& item, HostId subject) const;
  std::vector<Direction> AcrossRing(const std::vector<HostId>& ring) const;
  std::vector<Direction> UnderBridge(const std::vector<HostId>& hosts) const;
  std::vector<Direction> Around(const std::vector<HostId>& side) const;
  void Recompute();
  void Act(InForce& fault, bool begin);

  sim::World& world_;
  std::vector<HostId> hosts_;
  std::vector<Directed> links_;
  std::vector<InForce> in_force_;
};

}  // namespace ww::faults
