#include "scenarios/draw_operations.h"

#include <algorithm>

#include "scenarios/case_sites.h"
#include "scenarios/draw_plan.h"
#include "sim/base/check.h"

namespace ww::scenarios {
namespace {

uint32_t WeightOf(const OperatorSpec& spec, OperatorAction action) {
  switch (action) {
    case OperatorAction::kRestart:
      return spec.restart_weight;
    case OperatorAction::kTransfer:
      return spec.transfer_weight;
    case OperatorAction::kAdd:
      return spec.add_weight;
    case OperatorAction::kReplace:
      return spec.replace_weight;
    case OperatorAction::kWitness:
      return spec.witness_weight;
    case OperatorAction::kRemove:
      return spec.remove_weight;
    case OperatorAction::kForget:
      return spec.forget_weight;
    case OperatorAction::kSnapshot:
      return spec.snapshot_weight;
    case OperatorAction::kJoin:
    case OperatorAction::kPromote:
    case OperatorAction::kAddZero:
    case OperatorAction::kSleep:
    case OperatorAction::kAwait:
      return 0;  // Listed ones only.
    case OperatorAction::kCalmTransfer:
      return 0;  // Drawn apart.
    case OperatorAction::kMeddle:
      return spec.meddle_weight;
    case OperatorAction::kRefill:
      return spec.refill_weight;
    case OperatorAction::kMigrate:
      return spec.migrate_weight;
    case OperatorAction::kMigrateShard:
      return spec.migrate_shard_weight;
    case OperatorAction::kDrain:
      return spec.drain_weight;
    case OperatorAction::kSwitch:
      return spec.switch_weight;
    case OperatorAction::kMigrateBack:
      return spec.migrate_back_weight;
    case OperatorAction::kMigrateLeader:
      return spec.migrate_leader_weight;
    case OperatorAction::kCancel:
      return spec.cancel_weight;
    case OperatorAction::kCrowd:
      return spec.crowd_weight;
    case OperatorAction::kCreate:
      return spec.create_weight;
    case OperatorAction::kByHand:
      return spec.by_hand_weight;
    case OperatorAction::kAddHost:
      return spec.add_host_weight;
  }
  UNREACHABLE();
}

OperatorAction DrawAction(sim::Decisions& decisions, sim::Stream& stream,
                          const OperatorSpec& spec) {
  uint64_t all = 0;
  for (const OperatorActionInfo& info : AllOperatorActions()) all += WeightOf(spec, info.action);
  CHECK_GT(all, 0u);
  uint64_t at = decisions.Uniform(stream, all);
  for (const OperatorActionInfo& info : AllOperatorActions()) {
    const uint32_t weight = WeightOf(spec, info.action);
    if (at < weight) return info.action;
    at -= weight;
  }
  UNREACHABLE();
}

// How many of them came before.
struct Drawn {
  uint64_t shards = 0;
  uint64_t hosts = 0;
};

// Shards that were created before it are there like any other.
OperatorItem DrawItem(sim::Decisions& decisions, const Scenario& scenario, const Drawn& drawn,
                      uint32_t id) {
  // One more than there may be asks for the last one again, and is refused.
  const uint64_t created = std::min(drawn.shards, kCreatedShardsMax - 1);
  sim::Stream& stream = decisions.Open(sites::kOperatorItem, {id});
  OperatorItem item;
  item.id = id;
  item.action = DrawAction(decisions, stream, scenario.operations);
  item.shard =
      ShardId(scenario.first_shard() + decisions.Uniform(stream, scenario.shards.low + created));
  item.host = HostId(1 + decisions.Uniform(stream, scenario.hosts.low));
  item.lasting = DrawDuration(decisions, stream, scenario.operations.lasting);
  if (item.action == OperatorAction::kCreate)
    item.shard = ShardId(scenario.last_shard() + created + 1);
  if (item.action == OperatorAction::kAddHost) {
    item.host = HostId(std::min(scenario.hosts.low + drawn.hosts + 1, scenario.hosts_max()));
  }
  return item;
}

// After the last that can disturb a shard, and far enough apart for each leader to settle.
constexpr int64_t kCalmAfter = 5;  // In election timeouts.
constexpr int64_t kCalmEvery = 2;

void DrawCalmTransfers(sim::Decisions& decisions, const Scenario& scenario, OperatorPlan& plan) {
  const uint64_t count = scenario.operations.calm_transfers.low;
  sim::Stream& stream = decisions.Open(sites::kOperatorCalm, {});
  const Duration timeout = scenario.engine.election_timeout;
  const TrueTime calm = TrueTime{} + scenario.phases.chaos.low + timeout * kCalmAfter;
  uint32_t id = plan.empty() ? 0 : plan.back().id;
  for (uint64_t i = 0; i < count; ++i) {
    OperatorItem item;
    item.id = ++id;
    item.action = OperatorAction::kCalmTransfer;
    item.at = calm + timeout * static_cast<int64_t>(i) * kCalmEvery;
    item.shard = ShardId(1 + decisions.Uniform(stream, scenario.shards.low));
    item.host = HostId(1 + decisions.Uniform(stream, scenario.hosts.low));
    plan.push_back(item);
  }
}

OperatorPlan Listed(const Scenario& scenario) {
  OperatorPlan plan;
  for (const std::string& text : scenario.operations.items) {
    const absl::StatusOr<OperatorItem> item = ParseOperatorItem(text);
    CHECK(item.ok(), "{}", text);
    plan.push_back(*item);
  }
  std::stable_sort(plan.begin(), plan.end(),
                   [](const OperatorItem& a, const OperatorItem& b) { return a.at < b.at; });
  uint32_t id = 0;
  for (OperatorItem& item : plan) item.id = ++id;
  return plan;
}

}  // namespace

OperatorPlan DrawOperations(sim::Decisions& decisions, const Scenario& scenario) {
  if (!scenario.operations.items.empty()) return Listed(scenario);
  OperatorPlan plan;
  if (!scenario.operations.works()) return plan;
  if (scenario.operations.every.high == Duration{}) {
    DrawCalmTransfers(decisions, scenario, plan);
    return plan;
  }
  CHECK(scenario.operations.every.low > Duration{});
  sim::Stream& times = decisions.Open(sites::kOperatorTime, {});
  const TrueTime end = TrueTime{} + scenario.phases.chaos.low;
  TrueTime at;
  Drawn drawn;
  for (uint32_t id = 1;; ++id) {
    at = at + DrawDuration(decisions, times, scenario.operations.every);
    if (at >= end) break;
    plan.push_back(DrawItem(decisions, scenario, drawn, id));
    plan.back().at = at;
    if (plan.back().action == OperatorAction::kCreate) ++drawn.shards;
    if (plan.back().action == OperatorAction::kAddHost) ++drawn.hosts;
  }
  DrawCalmTransfers(decisions, scenario, plan);
  return plan;
}

}  // namespace ww::scenarios
