// KindRules: the rules for single message kinds that are in force, and what they hold.
//
// Invariants: rules are asked in the order they were added; a removed rule's number is not used
// again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/ids.h"
#include "sim/network.h"

namespace ww::sim {

class KindRules {
 public:
  static constexpr size_t kRulesMax = 1024;

  struct Active {
    KindRuleId id;
    KindRule rule;
    std::vector<uint32_t> held;  // Slots of messages, oldest first.
  };

  KindRuleId Add(const KindRule& rule);
  // Takes the rule out of force; returns what it held. Empty for a rule that is not in force.
  std::vector<uint32_t> Remove(KindRuleId id);
  // The first rule that matches, or null. Lasts until a rule is added or removed.
  Active* Match(HostId from, HostId to, uint32_t kind);
  bool empty() const { return active_.empty(); }
  KindRuleId oldest() const;  // Requires: not empty.

 private:
  std::vector<Active> active_;
  uint32_t next_id_ = 1;
};

}  // namespace ww::sim
