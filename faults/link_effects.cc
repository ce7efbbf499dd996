#include "faults/link_effects.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::faults {
namespace {

bool Contains(const std::vector<HostId>& hosts, HostId host) {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

Ratio Larger(Ratio a, Ratio b) {
  const uint64_t left = uint64_t{a.numerator()} * b.denominator();
  const uint64_t right = uint64_t{b.numerator()} * a.denominator();
  return left < right ? b : a;
}

// What one fault makes of a link's rules. The kinds that act by other means change nothing here.
void Worsen(sim::LinkRules& rules, const PlanItem& item) {
  if (item.kind == FaultKind::kLoss) {
    rules.loss_on = true;
    rules.loss = Larger(rules.loss, item.ratio);
  } else if (item.kind == FaultKind::kDuplication) {
    rules.duplication_on = true;
    rules.duplication = Larger(rules.duplication, item.ratio);
  } else if (item.kind == FaultKind::kReordering) {
    rules.reordering_on = true;
    rules.reordering = Larger(rules.reordering, item.ratio);
    rules.reordering_max = std::max(rules.reordering_max, item.amount);
  } else if (item.kind == FaultKind::kCorruption) {
    rules.corruption_on = true;
    rules.corruption = Larger(rules.corruption, item.ratio);
  } else if (item.kind == FaultKind::kTruncation) {
    rules.truncation_on = true;
    rules.truncation = Larger(rules.truncation, item.ratio);
  } else if (item.kind == FaultKind::kDelay) {
    rules.delay.base += item.amount;
  }
}

}  // namespace

LinkEffects::LinkEffects(sim::World& world, const std::vector<HostId>& hosts)
    : world_(world), hosts_(hosts) {
  for (const HostId from : hosts) {
    for (const HostId to : hosts) {
      if (from != to) links_.push_back({{from, to}, world.network().rules(from, to)});
    }
  }
}

void LinkEffects::TurnOn(FaultKind kind) {
  for (Directed& directed : links_) {
    if (kind == FaultKind::kLoss) directed.before.loss_on = true;
    if (kind == FaultKind::kDuplication) directed.before.duplication_on = true;
    if (kind == FaultKind::kReordering) directed.before.reordering_on = true;
    if (kind == FaultKind::kCorruption) directed.before.corruption_on = true;
    if (kind == FaultKind::kTruncation) directed.before.truncation_on = true;
  }
  Recompute();
}

// Both directions between `side` and the other engine hosts.
std::vector<LinkEffects::Direction> LinkEffects::Around(const std::vector<HostId>& side) const {
  std::vector<Direction> links;
  for (const Directed& directed : links_) {
    const bool from_inside = Contains(side, directed.link.first);
    if (from_inside != Contains(side, directed.link.second)) links.push_back(directed.link);
  }
  return links;
}

// Between all that are no neighbours; who is not in the ring reaches nobody in it.
std::vector<LinkEffects::Direction> LinkEffects::AcrossRing(const std::vector<HostId>& ring) const {
  CHECK_GE(ring.size(), kRingHostsMin);
  const auto neighbours = [&ring](HostId a, HostId b) {
    for (size_t i = 0; i < ring.size(); ++i) {
      const HostId next = ring[(i + 1) % ring.size()];
      if ((ring[i] == a && next == b) || (ring[i] == b && next == a)) return true;
    }
    return false;
  };
  std::vector<Direction> links;
  for (const Directed& directed : links_) {
    if (!neighbours(directed.link.first, directed.link.second)) links.push_back(directed.link);
  }
  return links;
}

std::vector<LinkEffects::Direction> LinkEffects::UnderBridge(
    const std::vector<HostId>& hosts) const {
  const HostId bridge = hosts.front();
  std::vector<Direction> links;
  for (const Direction& link : Around({hosts.begin() + 1, hosts.end()})) {
    if (link.first != bridge && link.second != bridge) links.push_back(link);
  }
  return links;
}

std::vector<LinkEffects::Direction> LinkEffects::LinksOf(const PlanItem& item,
                                                         HostId subject) const {
  if (item.kind == FaultKind::kPartition && !item.hosts.empty()) return Around(item.hosts);
  if (item.kind == FaultKind::kPartition || item.kind == FaultKind::kIsolateLeader) {
    return Around({subject});
  }
  if (item.kind == FaultKind::kOneWayCut || item.kind == FaultKind::kClog ||
      item.kind == FaultKind::kReset) {
    CHECK_EQ(item.hosts.size(), 2u);
    return {{item.hosts[0], item.hosts[1]}};
  }
  if (item.kind == FaultKind::kFlakyLink) {
    return {{item.hosts[0], item.hosts[1]}, {item.hosts[1], item.hosts[0]}};
  }
  if (item.kind == FaultKind::kRing) return AcrossRing(item.hosts);
  if (item.kind == FaultKind::kBridge) return UnderBridge(item.hosts);
  // These act through rules of their own, which the network applies.
  if (item.kind == FaultKind::kKindDrop || item.kind == FaultKind::kKindHold) return {};
  std::vector<Direction> links;
  for (const Directed& directed : links_) {
    if (item.hosts.empty() || Contains(item.hosts, directed.link.first) ||
        Contains(item.hosts, directed.link.second)) {
      links.push_back(directed.link);
    }
  }
  return links;
}

void LinkEffects::Begin(const PlanItem& item, HostId subject) {
  InForce fault{&item, LinksOf(item, subject), {}, true};
  Act(fault, true);
  if (item.kind == FaultKind::kReset) return;  // An instant.
  in_force_.push_back(std::move(fault));
  Recompute();
}

void LinkEffects::End(const PlanItem& item) {
  const auto at = std::find_if(in_force_.begin(), in_force_.end(),
                               [&](const InForce& fault) { return fault.item == &item; });
  CHECK(at != in_force_.end());
  InForce ended = std::move(*at);
  in_force_.erase(at);
  if (ended.acts) Act(ended, false);
  Recompute();
}

bool LinkEffects::Turn(const PlanItem& item) {
  const auto at = std::find_if(in_force_.begin(), in_force_.end(),
                               [&](const InForce& fault) { return fault.item == &item; });
  if (at == in_force_.end()) return false;
  at->acts = !at->acts;
  Act(*at, at->acts);
  return true;
}

void LinkEffects::Act(InForce& fault, bool begin) {
  sim::Network& network = world_.network();
  const FaultKind kind = fault.item->kind;
  if (kind == FaultKind::kKindDrop || kind == FaultKind::kKindHold) {
    if (!begin) return network.RemoveKindRule(fault.rule);
    sim::KindRule rule;
    const std::vector<HostId>& hosts = fault.item->hosts;
    if (hosts.size() == 2) rule.from = hosts.front();
    if (!hosts.empty()) rule.to = hosts.back();
    rule.kind = fault.item->message_kind;
    const bool drops = kind == FaultKind::kKindDrop;
    rule.action = drops ? sim::KindAction::kDrop : sim::KindAction::kHold;
    if (drops) rule.ratio = fault.item->ratio;
    fault.rule = network.AddKindRule(rule);
    return;
  }
  for (const Direction& link : fault.links) {
    if (kind == FaultKind::kPartition || kind == FaultKind::kIsolateLeader ||
        kind == FaultKind::kOneWayCut || kind == FaultKind::kFlakyLink ||
        kind == FaultKind::kRing || kind == FaultKind::kBridge) {
      begin ? network.Cut(link.first, link.second) : network.Heal(link.first, link.second);
    } else if (kind == FaultKind::kClog) {
      begin ? network.Clog(link.first, link.second) : network.Release(link.first, link.second);
    } else if (kind == FaultKind::kReset) {
      network.Reset(link.first, link.second);
    }
  }
}

// Few faults are in force at a time, and links are few: computing all anew can't be wrong.
void LinkEffects::Recompute() {
  for (const Directed& directed : links_) {
    sim::LinkRules rules = directed.before;
    for (const InForce& fault : in_force_) {
      if (std::find(fault.links.begin(), fault.links.end(), directed.link) != fault.links.end()) {
        Worsen(rules, *fault.item);
      }
    }
    world_.network().rules(directed.link.first, directed.link.second) = rules;
  }
}

void LinkEffects::HealAll() {
  in_force_.clear();
  world_.network().HealAll();
}

}  // namespace ww::faults
