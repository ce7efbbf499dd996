#include "scenarios/draw_plan.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "raft/host/wire.h"
#include "raft/host/wire_sizes.h"
#include "scenarios/case_sites.h"
#include "scenarios/occurrences.h"
#include "scenarios/step_edges.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::scenarios {
namespace {

using faults::FaultKind;
using faults::PlanItem;

// An occurrence that is counted from a time on must come soon after it, or it comes too late.
constexpr uint64_t kIoCountMax = 24;
constexpr uint64_t kEventCountMax = 12;
constexpr uint64_t kEventDelayMaxUs = 5'000;
constexpr uint64_t kStepCountMax = 2;

// By name, not number: a kind that is added to the enumeration must not move the draws of others.
uint64_t KindKey(FaultKind kind) { return HashName(faults::InfoOf(kind).name); }

// What a kind needs to know whom it hits.
enum class Target : uint8_t {
  kOneHost,
  kAllHosts,
  kSide,
  kPair,
  kKind,
  kLeader,
  kLinks,
  kRing,
  kBridge
};

Target TargetOf(FaultKind kind) {
  switch (kind) {
    case FaultKind::kCrash:
    case FaultKind::kPause:
    case FaultKind::kSlow:
    case FaultKind::kDiskSlow:
    case FaultKind::kDiskError:
    case FaultKind::kClockDrift:
    case FaultKind::kClockStall:
    case FaultKind::kLoseHost:
    case FaultKind::kDiskFull:
    case FaultKind::kWipeDisk:
    case FaultKind::kBreakMachine:
    case FaultKind::kDiskStall:
    case FaultKind::kShortWrite:
    case FaultKind::kBitRot:
    case FaultKind::kLatentError:
    case FaultKind::kOlderImage:
    case FaultKind::kMisdirectedWrite:
      return Target::kOneHost;
    case FaultKind::kPowerLoss:
      return Target::kAllHosts;
    case FaultKind::kPartition:
      return Target::kSide;
    case FaultKind::kIsolateLeader:
      return Target::kLeader;
    case FaultKind::kOneWayCut:
    case FaultKind::kClog:
    case FaultKind::kReset:
    case FaultKind::kFlakyLink:
      return Target::kPair;
    case FaultKind::kRing:
      return Target::kRing;
    case FaultKind::kBridge:
      return Target::kBridge;
    case FaultKind::kKindDrop:
    case FaultKind::kKindHold:
      return Target::kKind;
    case FaultKind::kLoss:
    case FaultKind::kDuplication:
    case FaultKind::kReordering:
    case FaultKind::kDelay:
    case FaultKind::kCorruption:
    case FaultKind::kTruncation:
      return Target::kLinks;
  }
  UNREACHABLE();
}

// Fewer make it a fault of another kind, or none.
size_t HostsNeeded(FaultKind kind) {
  switch (TargetOf(kind)) {
    case Target::kOneHost:
    case Target::kAllHosts:
      return 1;
    case Target::kSide:
    case Target::kPair:
    case Target::kKind:
    case Target::kLeader:
    case Target::kLinks:
      return 2;
    case Target::kRing:
      return faults::kRingHostsMin;
    case Target::kBridge:
      return 3;
  }
  UNREACHABLE();
}

// Draws one item; every draw comes from the item's own stream, in a fixed order.
class ItemDrawer {
 public:
  ItemDrawer(sim::Decisions& decisions, const Scenario& scenario, const FaultSpec& spec, uint64_t n)
      : decisions_(decisions),
        scenario_(scenario),
        spec_(spec),
        n_(n),
        stream_(decisions.Open(sites::kPlanItem, {KindKey(spec.kind), n})) {}

  PlanItem Draw(TrueTime at) {
    PlanItem item;
    item.kind = spec_.kind;
    item.trigger.at = at;
    item.duration = DrawDuration(decisions_, stream_, spec_.lasting);
    DrawTarget(item);
    DrawStrength(item);
    if (item.kind == FaultKind::kCrash) DrawCrashTrigger(item);
    if (!spec_.at_step.never()) DrawStepTrigger(item);
    return item;
  }

 private:
  uint64_t Uniform(uint64_t bound) { return decisions_.Uniform(stream_, bound); }
  HostId AnyHost() { return HostId(1 + Uniform(scenario_.hosts.low)); }

  void DrawTarget(PlanItem& item) {
    switch (TargetOf(item.kind)) {
      case Target::kOneHost:
        item.hosts = {AnyHost()};
        return;
      case Target::kAllHosts:
        return;
      case Target::kSide:
        item.hosts = Side();
        return;
      case Target::kPair:
        item.hosts = Pair();
        return;
      case Target::kKind:
        item.hosts = Receivers();
        return;
      case Target::kLeader:
        item.shard = ShardId(1 + Uniform(scenario_.last_shard()));
        return;
      case Target::kLinks:
        // Half of the time everywhere, half of the time on the links of one host.
        if (Uniform(2) == 1) item.hosts = {AnyHost()};
        return;
      case Target::kRing:
        item.hosts = Shuffled(scenario_.hosts.low);
        return;
      case Target::kBridge:
        // The bridge, then at least one host, and at least one is left for the other side.
        item.hosts = Shuffled(2 + Uniform(scenario_.hosts.low - 2));
        return;
    }
    UNREACHABLE();
  }

  // So many different hosts, in any order.
  std::vector<HostId> Shuffled(uint64_t size) {
    const uint64_t hosts = scenario_.hosts.low;
    CHECK_LE(size, hosts);
    std::vector<HostId> left;
    for (uint64_t h = 1; h <= hosts; ++h) left.push_back(HostId(h));
    std::vector<HostId> chosen;
    for (uint64_t i = 0; i < size; ++i) {
      const size_t at = Uniform(left.size());
      chosen.push_back(left[at]);
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return chosen;
  }

  // A non-empty set of at most half of the hosts, sorted.
  std::vector<HostId> Side() {
    const uint64_t hosts = scenario_.hosts.low;
    CHECK_GE(hosts, 2u);
    std::vector<HostId> side = Shuffled(1 + Uniform(hosts / 2));
    std::sort(side.begin(), side.end());
    return side;
  }

  std::vector<HostId> Pair() {
    const uint64_t hosts = scenario_.hosts.low;
    CHECK_GE(hosts, 2u);
    const uint64_t from = 1 + Uniform(hosts);
    const uint64_t other = 1 + Uniform(hosts - 1);
    return {HostId(from), HostId(other + (other >= from ? 1 : 0))};
  }

  // Whose messages of a kind: of one link, of all links to a host, or all. Replies that all come
  // late outlive the term that they answer; with one link late, the other voters decide.
  std::vector<HostId> Receivers() {
    const uint64_t reach = Uniform(3);
    if (reach == 0) return Pair();
    return reach == 1 ? std::vector<HostId>{AnyHost()} : std::vector<HostId>{};
  }

  void DrawStrength(PlanItem& item) {
    item.ratio = DrawRatio();
    item.amount = DrawDuration(decisions_, stream_, spec_.amount);
    item.factor = static_cast<uint32_t>(DrawNumber(decisions_, stream_, spec_.factor));
    item.negative = Uniform(2) == 1 && item.kind == FaultKind::kClockDrift;
    const uint32_t message_kind = WireKind(static_cast<uint32_t>(Uniform(raft::kPeerKinds)));
    if (item.kind == FaultKind::kKindDrop || item.kind == FaultKind::kKindHold) {
      item.message_kind = message_kind;
    }
  }

  // In which kind of message one of the core's travels, in this scenario.
  uint32_t WireKind(uint32_t kind) const {
    const EngineSpec& engine = scenario_.engine;
    const bool many = engine.coalesce_heartbeats && scenario_.shards.low > 1;
    const bool in_beats = many || engine.quiet_after > Duration{};
    return in_beats && raft::TravelsInBeats(kind) ? raft::kHostBeatKind : kind;
  }

  // The whole ratio, half or a quarter of it.
  Ratio DrawRatio() {
    const uint64_t halvings = Uniform(3);
    constexpr uint32_t kDenominatorMax = UINT32_MAX / 4;
    if (spec_.ratio.denominator() > kDenominatorMax) return spec_.ratio;
    return Ratio(spec_.ratio.numerator(), spec_.ratio.denominator() << halvings);
  }

  // A crash at a moment of the engine's own is worth more than one at a time: between a write and
  // its sync, right after a vote, at the head of a new term.
  void DrawCrashTrigger(PlanItem& item) {
    const bool at_io = decisions_.Chance(stream_, spec_.at_io);
    const bool at_event = Uniform(2) == 1;
    faults::Occurrence occurrence;
    if (at_io) {
      constexpr std::array<std::string_view, 4> kOperations = {"", "append", "sync", "sync"};
      occurrence.kind = faults::OccurrenceKind::kIoPoint;
      occurrence.name = kOperations[Uniform(kOperations.size())];
      occurrence.n = 1 + Uniform(kIoCountMax);
      occurrence.host = item.hosts.front();
      occurrence.before = Uniform(2) == 1;
      item.trigger.occurrence = occurrence;
    } else if (at_event) {
      occurrence.kind = faults::OccurrenceKind::kEvent;
      occurrence.name = kNamedEvents[Uniform(EventsThatHappen())];
      // Leaders are rare: the first one, on whichever host it is.
      const bool rare = occurrence.name == kEventLeader || occurrence.name == kEventCandidate;
      occurrence.n = 1 + Uniform(rare ? 2 : kEventCountMax);
      if (!rare) occurrence.host = item.hosts.front();
      if (rare) item.hosts.clear();
      item.trigger.delay = Microseconds(static_cast<int64_t>(Uniform(kEventDelayMaxUs)));
      item.trigger.occurrence = occurrence;
    }
  }

  // Somewhere between the record of a step and that of the next: most often soon after the first,
  // where an order is on its way, or its effect is there and not recorded. From a stream of its
  // own, which kinds that wait for nothing do not open.
  void DrawStepTrigger(PlanItem& item) {
    sim::Stream& stream = decisions_.Open(sites::kPlanStep, {KindKey(spec_.kind), n_});
    if (!decisions_.Chance(stream, spec_.at_step)) return;
    const std::vector<StepEdge> edges = Edges();
    const std::vector<StepRole> roles = Roles();
    const StepEdge edge = edges[decisions_.Uniform(stream, edges.size())];
    const StepRole role = roles[decisions_.Uniform(stream, roles.size())];
    constexpr std::array<uint64_t, 4> kDelaysMaxUs = {1, 3'000, 30'000, 300'000};
    const uint64_t delay_max = kDelaysMaxUs[decisions_.Uniform(stream, kDelaysMaxUs.size())];
    item.trigger.delay = Microseconds(static_cast<int64_t>(decisions_.Uniform(stream, delay_max)));
    faults::Occurrence occurrence;
    occurrence.kind = faults::OccurrenceKind::kEvent;
    occurrence.name = CellOf(edge, role).event;
    occurrence.n = 1 + decisions_.Uniform(stream, kStepCountMax);
    item.trigger.occurrence = occurrence;
    item.hosts.clear();
  }

  std::vector<StepEdge> Edges() const {
    std::vector<StepEdge> edges;
    for (const std::string_view name : StepEdgeNames()) {
      const StepEdge edge = *StepEdgeFromName(name);
      const bool listed =
          std::find(spec_.steps.begin(), spec_.steps.end(), name) != spec_.steps.end();
      const bool wanted = spec_.steps.empty() || listed;
      if (wanted && HasEdge(scenario_.control.strategy == "joint", edge)) edges.push_back(edge);
    }
    CHECK(!edges.empty());
    return edges;
  }

  std::vector<StepRole> Roles() const {
    std::vector<StepRole> roles;
    for (const std::string_view name : StepRoleNames()) {
      const bool listed =
          std::find(spec_.roles.begin(), spec_.roles.end(), name) != spec_.roles.end();
      if (spec_.roles.empty() || listed) roles.push_back(*StepRoleFromName(name));
    }
    CHECK(!roles.empty());
    return roles;
  }

  // Those of snapshots are the last ones.
  size_t EventsThatHappen() const {
    const EngineSpec& engine = scenario_.engine;
    const bool snapshots =
        engine.snapshot_every_entries.high > 0 || engine.snapshot_every_bytes.high > 0;
    return snapshots ? kNamedEvents.size() : kNamedEvents.size() - kSnapshotEvents;
  }

  sim::Decisions& decisions_;
  const Scenario& scenario_;
  const FaultSpec& spec_;
  const uint64_t n_;
  sim::Stream& stream_;
};

// The swarm draw: a run with few kinds tests deeper than one with all.
std::vector<const FaultSpec*> DrawExisting(sim::Decisions& decisions, const Scenario& scenario) {
  std::vector<const FaultSpec*> existing;
  std::vector<const FaultSpec*> possible;
  for (const FaultSpec& spec : scenario.faults) {
    if (scenario.hosts.low < HostsNeeded(spec.kind)) continue;
    if (!spec.exists.never()) possible.push_back(&spec);
    sim::Stream& stream = decisions.Open(sites::kPlanExists, {KindKey(spec.kind)});
    if (decisions.Chance(stream, spec.exists)) existing.push_back(&spec);
  }
  if (!existing.empty() || possible.empty()) return existing;
  // A run without any fault would test nothing that the scenario is for.
  const auto by_kind = [](const FaultSpec* a, const FaultSpec* b) { return a->kind < b->kind; };
  std::sort(possible.begin(), possible.end(), by_kind);
  sim::Stream& stream = decisions.Open(sites::kPlanExists, {0});
  existing.push_back(possible[decisions.Uniform(stream, possible.size())]);
  return existing;
}

void DrawItemsOf(sim::Decisions& decisions, const Scenario& scenario, const FaultSpec& spec,
                 std::vector<PlanItem>& items) {
  CHECK(spec.every.low > Duration{});
  const TrueTime end = TrueTime{} + scenario.phases.chaos.low;
  sim::Stream& times = decisions.Open(sites::kPlanTime, {KindKey(spec.kind)});
  TrueTime at;
  for (uint64_t n = 1;; ++n) {
    at = at + DrawDuration(decisions, times, spec.every);
    if (at >= end) return;
    items.push_back(ItemDrawer(decisions, scenario, spec, n).Draw(at));
  }
}

}  // namespace

uint64_t DrawNumber(sim::Decisions& decisions, sim::Stream& stream, const NumberRange& range) {
  CHECK_LE(range.low, range.high);
  CHECK_GE(range.step, 1u);
  const uint64_t choices = (range.high - range.low) / range.step + 1;
  CHECK_GE(choices, 1u);
  return range.low + range.step * decisions.Uniform(stream, choices);
}

Duration DrawDuration(sim::Decisions& decisions, sim::Stream& stream, const DurationRange& range) {
  CHECK_LE(range.low.ns, range.high.ns);
  int64_t step = 1;
  for (const int64_t coarser : {int64_t{1'000}, int64_t{1'000'000}}) {
    if (range.low.ns % coarser == 0 && range.high.ns % coarser == 0) step = coarser;
  }
  const uint64_t choices = static_cast<uint64_t>((range.high.ns - range.low.ns) / step) + 1;
  return range.low + Duration{step} * static_cast<int64_t>(decisions.Uniform(stream, choices));
}

faults::Plan DrawPlan(sim::Decisions& decisions, const Scenario& scenario) {
  CHECK_EQ(scenario.hosts.low, scenario.hosts.high);
  CHECK_EQ(scenario.shards.low, scenario.shards.high);
  CHECK(scenario.phases.chaos.low == scenario.phases.chaos.high);
  faults::Plan plan;
  for (const FaultSpec* spec : DrawExisting(decisions, scenario)) {
    plan.enabled.push_back(spec->kind);
    DrawItemsOf(decisions, scenario, *spec, plan.items);
  }
  std::sort(plan.enabled.begin(), plan.enabled.end());
  // Stable, and kinds break ties: items of one kind are in order already.
  std::stable_sort(plan.items.begin(), plan.items.end(), [](const PlanItem& a, const PlanItem& b) {
    return std::pair{a.trigger.at, a.kind} < std::pair{b.trigger.at, b.kind};
  });
  uint32_t id = 0;
  for (PlanItem& item : plan.items) item.id = ++id;
  return plan;
}

}  // namespace ww::scenarios
