#include "scenarios/fuzz/to_case.h"

#include <algorithm>
#include <string>
#include <utility>

#include "scenarios/fuzz/model.h"
#include "scenarios/occurrences.h"
#include "scenarios/sites.h"
#include "sim/base/check.h"

namespace ww::scenarios::fuzz {
namespace {

using faults::FaultKind;

// How long an operator waits for migrations to end, and how long that takes usually.
constexpr Duration kPatience = Seconds(30);
constexpr Duration kUsualMigration = Seconds(6);
constexpr Duration kUsualOperation = Seconds(1);
// Chaos lasts for what the commands usually take, and some more.
constexpr Duration kChaosMore = Seconds(10);
constexpr Duration kChaosMin = Seconds(20);
constexpr Duration kChaosMax = Seconds(150);
constexpr Duration kDeadAfter = Seconds(8);  // Of hosts that are rebuilt.
constexpr Duration kRebuilding = Seconds(20);
constexpr uint64_t kHeavyFactor = 5;
constexpr Duration kLateMax = Seconds(30);
// Strengths: one of each kind is enough for a reader to remember.
constexpr Ratio kLossRatio(3, 10);
constexpr Duration kLinkDelay = Milliseconds(200);
constexpr Duration kDiskDelay = Milliseconds(100);

class Builder {
 public:
  Builder(const Case& base, const Sequence& sequence)
      : model_(GroundOf(base), sequence.choices), case_(base) {
    case_.plan = {};
    case_.operations.clear();
    case_.recorded.reset();
    Choose(sequence.choices);
    for (const Command& command : sequence.commands) Add(command);
    Finish();
  }
  Case Take() { return std::move(case_); }

 private:
  void Choose(const Choices& choices) {
    Scenario& scenario = case_.scenario;
    scenario.faults.clear();
    if (choices.joint) scenario.control.strategy = "joint";
    if (choices.random_ids) scenario.control.random_ids = true;
    if (choices.repairs) scenario.control.dead_after = kDeadAfter;
    if (choices.load == Load::kNone) scenario.workload.clients = {0, 0};
    if (choices.load == Load::kHeavy) scenario.workload.operations_per_second *= kHeavyFactor;
    if (model_.ground().play == Play::kBootstrap) {
      scenario.failover.late_start = {Duration{}, kLateMax};
      for (uint64_t host = 1; host <= model_.ground().hosts; ++host) StartAfter(HostId(host), {});
    }
  }

  // A cluster draws it; the last word is ours.
  void StartAfter(HostId host, Duration late) {
    const uint64_t bound = static_cast<uint64_t>(kLateMax.ns) + 1;
    const sim::StreamKey key(host.value);
    std::erase_if(case_.overrides, [&key](const sim::Override& one) { return one.key == key; });
    case_.overrides.push_back({std::string(sites::kLateStart.name),
                               key,
                               0,
                               0,
                               {0, bound},
                               static_cast<uint64_t>(late.ns)});
  }

  void Add(const Command& command) {
    model_.Apply(command);
    if (const auto* operation = std::get_if<Operation>(&command)) {
      AddOperation(*operation);
    } else if (const auto* fault = std::get_if<Fault>(&command)) {
      AddFault(*fault);
    } else if (const auto* late = std::get_if<LateStart>(&command)) {
      StartAfter(late->host, late->by);
      chaos_ = std::max(chaos_, late->by);
    } else {
      AddIdle(std::get<Idle>(command));
    }
  }

  OperatorItem& NewItem(OperatorAction action, Duration lasting) {
    OperatorItem item;
    item.id = static_cast<uint32_t>(case_.operations.size() + 1);
    item.action = action;
    item.lasting = lasting;
    return case_.operations.emplace_back(item);
  }

  void AddOperation(const Operation& one) {
    OperatorItem& item = NewItem(one.action, one.lasting);
    item.shard = one.shard;
    item.from = one.from;
    item.host = one.host;
    last_began_ = item.id;
    chaos_ = chaos_ + kUsualOperation + one.lasting;
    if (!one.waits || model_.ground().play != Play::kControl) return;
    NewItem(OperatorAction::kAwait, kPatience);
    const int64_t moves = one.action == OperatorAction::kMigrateShard
                              ? static_cast<int64_t>(model_.Members(one.shard).size())
                              : 1;
    chaos_ = chaos_ + kUsualMigration * moves;
  }

  void AddIdle(const Idle& idle) {
    if (model_.ground().play != Play::kBootstrap) NewItem(OperatorAction::kSleep, idle.lasting);
    cursor_ = cursor_ + idle.lasting;
    chaos_ = chaos_ + idle.lasting;
  }

  void AddFault(const Fault& fault) {
    faults::PlanItem item;
    item.id = static_cast<uint32_t>(case_.plan.items.size() + 1);
    item.kind = fault.kind;
    item.hosts = fault.hosts;
    item.shard = fault.shard;
    item.duration = fault.lasting;
    if (fault.kind == FaultKind::kLoss) item.ratio = kLossRatio;
    if (fault.kind == FaultKind::kDelay) item.amount = kLinkDelay;
    if (fault.kind == FaultKind::kDiskSlow) item.amount = kDiskDelay;
    item.trigger = TriggerOf(fault);
    case_.plan.items.push_back(item);
    std::vector<FaultKind>& enabled = case_.plan.enabled;
    const auto at = std::lower_bound(enabled.begin(), enabled.end(), fault.kind);
    if (at == enabled.end() || *at != fault.kind) enabled.insert(at, fault.kind);
    const bool rebuilt = fault.kind == FaultKind::kLoseHost || fault.kind == FaultKind::kWipeDisk;
    chaos_ = chaos_ + fault.delay + fault.lasting + (rebuilt ? kRebuilding : Duration{});
  }

  faults::Trigger TriggerOf(const Fault& fault) const {
    faults::Trigger trigger;
    faults::Occurrence occurrence;
    switch (fault.moment) {
      case Moment::kHere:
        // Nobody does anything before the first item: that is the beginning of chaos.
        if (case_.operations.empty()) {
          trigger.at = TrueTime{} + cursor_ + fault.delay;
          return trigger;
        }
        occurrence.name = kEventOperationEnded;
        occurrence.n = case_.operations.size();
        break;
      case Moment::kDuring:
        occurrence.name = kEventOperationBegan;
        occurrence.n = last_began_;
        break;
      case Moment::kStep:
        occurrence.name = kStepEvents[static_cast<size_t>(fault.step)];
        occurrence.shard = *model_.last_moved();
        occurrence.n = model_.StepsBefore(*model_.last_moved(), fault.step) + 1;
        break;
      case Moment::kCall:
        trigger.at = TrueTime{} + cursor_ + fault.delay;
        occurrence.kind = faults::OccurrenceKind::kIoPoint;
        occurrence.host = fault.hosts.front();
        occurrence.n = fault.call;
        occurrence.before = fault.before_call;
        trigger.occurrence = occurrence;
        return trigger;
    }
    trigger.occurrence = occurrence;
    trigger.delay = fault.delay;
    return trigger;
  }

  void Finish() {
    chaos_ = std::clamp(chaos_ + kChaosMore, kChaosMin, kChaosMax);
    case_.scenario.phases.chaos = {chaos_, chaos_};
  }

  Model model_;
  Case case_;
  Duration chaos_;
  Duration cursor_;  // kBootstrap: since the beginning.
  uint64_t last_began_ = 0;
};

}  // namespace

Case ToCase(const Case& base, const Sequence& sequence) {
  CHECK(Valid(GroundOf(base), sequence));
  return Builder(base, sequence).Take();
}

}  // namespace ww::scenarios::fuzz
