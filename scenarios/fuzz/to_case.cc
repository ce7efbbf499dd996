#include "scenarios/fuzz/to_case.h"

#include <algorithm>
#include <string>
#include <utility>

#include "scenarios/config/failover_file.h"
#include "scenarios/fuzz/edited.h"
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
constexpr Duration kUsualFailover = Seconds(8);
// Chaos lasts for what the commands usually take, and some more.
constexpr Duration kChaosMore = Seconds(10);
constexpr Duration kChaosMin = Seconds(20);
constexpr Duration kChaosMax = Seconds(150);
constexpr Duration kDeadAfter = Seconds(8);  // Of hosts that are rebuilt.
constexpr Duration kRebuilding = Seconds(20);
constexpr uint64_t kHeavyFactor = 5;
constexpr Duration kLateMax = Seconds(30);
constexpr Duration kEditLateMax = Seconds(30);
constexpr Duration kEditAfterMin = Milliseconds(1);
constexpr Duration kEditAfterMax = Seconds(2000);  // A sequence of nothing but waits.
// Strengths: one of each kind is enough for a reader to remember.
constexpr Ratio kLossRatio(3, 10);
constexpr Duration kLinkDelay = Milliseconds(200);
constexpr Duration kDiskDelay = Milliseconds(100);

static_assert(kDeeds == kFailoverEvents.size());

uint64_t MillisecondsIn(Duration duration) {
  CHECK_EQ(duration.ns % Milliseconds(1).ns, 0);
  return static_cast<uint64_t>(duration.ns / Milliseconds(1).ns);
}

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
    // Edits are what the sequence says; each is drawn anew in `AddEdit`.
    if (model_.ground().editable) {
      scenario.failover.edits.clear();
      scenario.failover.edit_every = {kEditAfterMin, kEditAfterMax};
      scenario.failover.edit_spread = {Duration{}, kEditLateMax};
    }
    if (model_.ground().play == Play::kBootstrap) {
      scenario.failover.late_start = {Duration{}, kLateMax};
      for (uint64_t host = 1; host <= model_.ground().hosts; ++host) StartAfter(HostId(host), {});
    }
  }

  // A cluster draws it; the last word is ours.
  void StartAfter(HostId host, Duration late) {
    const uint64_t bound = static_cast<uint64_t>(kLateMax.ns) + 1;
    Override(sites::kLateStart, sim::StreamKey(host.value), bound, static_cast<uint64_t>(late.ns));
  }

  void Override(const Site& site, const sim::StreamKey& key, uint64_t bound, uint64_t value) {
    CHECK_LT(value, bound);
    std::erase_if(case_.overrides, [&](const sim::Override& one) {
      return one.site == site.name && one.key == key;
    });
    case_.overrides.push_back({std::string(site.name), key, 0, 0, {0, bound}, value});
  }

  // Likewise, in milliseconds after the edit before.
  void AddEdit(const Edit& edit) {
    FailoverSpec& spec = case_.scenario.failover;
    const auto config = ReadReplicaset(spec, spec.config);
    CHECK(config.ok());
    ++edits_;
    favoured_.push_back(edit.host);
    if (edits_ > 1) spec.edits += "---\n";
    spec.edits += EditedConfiguration(*config, favoured_);
    const Duration after = std::max(kEditAfterMin, cursor_ - last_edit_);
    Override(sites::kEdit, {edits_}, MillisecondsIn(kEditAfterMax - kEditAfterMin) + 1,
             MillisecondsIn(after - kEditAfterMin));
    last_edit_ = last_edit_ + after;
    for (uint64_t host = 1; host <= model_.ground().hosts; ++host) {
      const Duration late = edit.straggler == HostId(host) ? edit.late : Duration{};
      Override(sites::kEditSpread, {edits_, host}, MillisecondsIn(kEditLateMax) + 1,
               MillisecondsIn(late));
    }
    chaos_ = std::max(chaos_, cursor_ + edit.late);
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
    } else if (const auto* edit = std::get_if<Edit>(&command)) {
      AddEdit(*edit);
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
    const bool later = one.action == OperatorAction::kCancel && one.lasting > Duration{};
    if (later) NewItem(OperatorAction::kSleep, one.lasting);
    OperatorItem& item = NewItem(one.action, later ? Duration{} : one.lasting);
    item.shard = one.shard;
    item.from = one.from;
    item.host = one.host;
    last_began_ = item.id;
    chaos_ = chaos_ + kUsualOperation + one.lasting;
    // By then an appointment was made, or it never will be.
    if (model_.ground().play == Play::kCoordinated) {
      cursor_ = cursor_ + one.lasting;
      chaos_ = chaos_ + kUsualFailover;
    }
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
      case Moment::kUndo:
        occurrence.name = CellOf(fault.edge, fault.role).event;
        occurrence.shard = *model_.last_moved();
        occurrence.n = model_.UndosBefore(*model_.last_moved()) + 1;
        break;
      case Moment::kDeed:
        trigger.at = TrueTime{} + cursor_;
        occurrence.name = kFailoverEvents[static_cast<size_t>(fault.deed)];
        occurrence.n = fault.call;
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
  Duration cursor_;     // Since the beginning; kCoordinated: at least.
  Duration last_edit_;  // Likewise.
  uint64_t edits_ = 0;
  std::vector<HostId> favoured_;  // By edits.
  uint64_t last_began_ = 0;
};

}  // namespace

Case ToCase(const Case& base, const Sequence& sequence) {
  CHECK(Valid(GroundOf(base), sequence));
  return Builder(base, sequence).Take();
}

}  // namespace ww::scenarios::fuzz
