#include "scenarios/checks/reporter.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::checks {
namespace {

// A name that nobody judges is a mistake of the caller: command lines are validated before.
size_t IndexOf(std::string_view name) {
  const Property* property = FindProperty(name);
  CHECK(property != nullptr, "no property is named {}", name);
  return static_cast<size_t>(property - AllProperties().data());
}

// Two entries committed at one index, or a leader without a committed one: from here on the ghost
// follows one of two truths.
bool ContradictsGhost(PropertyId id) {
  return id == PropertyId::kCommittedAgreement || id == PropertyId::kLeaderCompleteness;
}

}  // namespace

Reporter::Reporter(Judge& judge, const JudgeOptions& options)
    : judge_(judge), timeout_(options.election_timeout) {
  CHECK_GE(timeout_.ns, 1000);
  for (const std::string& name : options.disabled) disabled_[IndexOf(name)] = true;
  for (const std::string& name : options.expected) expected_[IndexOf(name)] = true;
}

void Reporter::ReportText(PropertyId id, ShardId shard, std::string message) {
  const auto index = static_cast<size_t>(id);
  if (disabled_[index]) return;
  const auto& twice = founded_twice_;
  if (id != PropertyId::kRoleEligible && !shard.none() &&
      std::find(twice.begin(), twice.end(), shard) != twice.end()) {
    return;
  }
  const Property& property = PropertyOf(id);
  Violation violation{
      std::string(property.name), property.kind, std::move(message), shard, judge_.now(), events_};
  if (!expected_[index]) {
    const bool follows =
        std::find(contradicted_.begin(), contradicted_.end(), shard) != contradicted_.end();
    if (follows && !shard.none()) return;
    if (!judge_.violation_.has_value()) judge_.violation_ = std::move(violation);
    return;
  }
  const std::pair muted(id, shard);
  if (std::find(muted_.begin(), muted_.end(), muted) != muted_.end()) return;
  muted_.push_back(muted);
  if (ContradictsGhost(id)) contradicted_.push_back(shard);
  judge_.expected_.push_back(std::move(violation));
}

}  // namespace ww::checks
