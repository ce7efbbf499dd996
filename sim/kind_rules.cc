#include "sim/kind_rules.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace ww::sim {

KindRuleId KindRules::Add(const KindRule& rule) {
  CHECK_LT(active_.size(), kRulesMax);
  CHECK_GE(rule.delay.ns, 0);
  const KindRuleId id{next_id_++};
  active_.push_back({id, rule, {}});
  return id;
}

std::vector<uint32_t> KindRules::Remove(KindRuleId id) {
  const auto found = std::find_if(active_.begin(), active_.end(), [id](const Active& active) {
    return active.id.value == id.value;
  });
  if (found == active_.end()) return {};
  std::vector<uint32_t> held = std::move(found->held);
  active_.erase(found);
  return held;
}

KindRules::Active* KindRules::Match(HostId from, HostId to, uint32_t kind) {
  for (Active& active : active_) {
    const KindRule& rule = active.rule;
    if (rule.kind != kind) continue;
    if (rule.from.has_value() && *rule.from != from) continue;
    if (rule.to.has_value() && *rule.to != to) continue;
    return &active;
  }
  return nullptr;
}

KindRuleId KindRules::oldest() const {
  CHECK(!active_.empty());
  return active_.front().id;
}

}  // namespace ww::sim
