#include "faults/injector.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "faults/budget.h"
#include "faults/host_effects.h"
#include "faults/link_effects.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::faults {
namespace {

// How often a shard without a leader is asked again whom to isolate.
constexpr Duration kLeaderPoll = Milliseconds(50);
// How often a host is looked at whose crash waits for a disk call.
constexpr Duration kCrashPoll = Milliseconds(10);
// A flaky link does not turn more often.
constexpr Duration kTurnMin = Milliseconds(1);

// Kinds that one host suffers from begin to end of the fault.
bool LastsOnHost(FaultKind kind) {
  switch (kind) {
    case FaultKind::kPause:
    case FaultKind::kSlow:
    case FaultKind::kDiskSlow:
    case FaultKind::kDiskError:
    case FaultKind::kDiskFull:
    case FaultKind::kClockDrift:
    case FaultKind::kClockStall:
    case FaultKind::kDiskStall:
    case FaultKind::kShortWrite:
      return true;
    case FaultKind::kCrash:
    case FaultKind::kPowerLoss:
    case FaultKind::kPartition:
    case FaultKind::kIsolateLeader:
    case FaultKind::kOneWayCut:
    case FaultKind::kClog:
    case FaultKind::kReset:
    case FaultKind::kLoss:
    case FaultKind::kDuplication:
    case FaultKind::kReordering:
    case FaultKind::kDelay:
    case FaultKind::kKindDrop:
    case FaultKind::kKindHold:
    case FaultKind::kLoseHost:
    case FaultKind::kWipeDisk:
    case FaultKind::kBreakMachine:
    case FaultKind::kBitRot:
    case FaultKind::kLatentError:
    case FaultKind::kOlderImage:
    case FaultKind::kCorruption:
    case FaultKind::kTruncation:
    case FaultKind::kFlakyLink:
    case FaultKind::kRing:
    case FaultKind::kBridge:
    case FaultKind::kMisdirectedWrite:
      return false;
  }
  UNREACHABLE();
}

bool DamagesDisk(FaultKind kind) {
  return kind == FaultKind::kBitRot || kind == FaultKind::kLatentError ||
         kind == FaultKind::kMisdirectedWrite;
}

bool TakesDown(FaultKind kind) {
  return kind == FaultKind::kCrash || kind == FaultKind::kPowerLoss || kind == FaultKind::kWipeDisk;
}

FieldSpec KindField() {
  FieldSpec field{"fault", FieldType::kName, "", {}};
  for (const FaultInfo& info : AllFaults()) field.names.emplace_back(info.name);
  return field;
}

Harm HarmOf(FaultKind kind) {
  if (DamagesDisk(kind) || kind == FaultKind::kOlderImage) return Harm::kForGood;
  const bool gone = kind == FaultKind::kLoseHost || kind == FaultKind::kWipeDisk;
  return gone ? Harm::kGone : Harm::kOfIntact;
}

}  // namespace

FaultKinds AddFaultKinds(Schema& schema) {
  FaultKinds kinds;
  const FieldSpec item{"item", FieldType::kNumber, "", {}};
  const FieldSpec fault = KindField();
  kinds.begin = schema.Add({"fault.begin",
                            DisplayRole::kPoint,
                            {item,
                             fault,
                             {"subject", FieldType::kHost, "", {}},
                             {"peer", FieldType::kHost, "", {}},
                             {"shard", FieldType::kShard, "", {}},
                             {"lasting", FieldType::kDuration, "ns", {}}}});
  kinds.end = schema.Add({"fault.end", DisplayRole::kPoint, {item, fault}});
  kinds.suppressed = schema.Add({"fault.suppressed",
                                 DisplayRole::kPoint,
                                 {item, fault, {"shard", FieldType::kShard, "", {}}}});
  return kinds;
}

struct Injector::State {
  // An item whose occurrence is being counted.
  struct Counting {
    const PlanItem* item;
    uint64_t seen = 0;
  };

  State(const Parts& its_parts, Plan its_plan, std::array<bool, 3>& its_counts)
      : counts(its_counts),
        parts(its_parts),
        world(its_parts.world),
        plan(std::move(its_plan)),
        fates(plan.items.size(), ItemFate::kNotTriggered) {}

  size_t IndexOf(const PlanItem& item) const {
    return static_cast<size_t>(&item - plan.items.data());
  }
  bool IsEngine(HostId host) const {
    const std::vector<HostId>& hosts = parts.engine_hosts;
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
  }

  // --- Triggers ---
  void Arm(const PlanItem& item, TrueTime start);
  bool Counts(Counting& counting, std::string_view name, HostId host, ShardId shard);
  // The first item, in the plan's order, that this occurrence completes; it no longer counts.
  std::vector<const PlanItem*> Completed(OccurrenceKind kind, std::string_view name, HostId host,
                                         ShardId shard);
  void FireLater(const PlanItem& item, HostId where);

  // --- Firing ---
  void Fire(const PlanItem& item, HostId where);
  bool Admit(const PlanItem& item, const std::vector<HostId>& hosts);
  void BeginRecord(const PlanItem& item, HostId subject);
  void Begin(const PlanItem& item, const std::vector<HostId>& hosts);
  void TurnLater(const PlanItem& item);
  void DamageDisk(const PlanItem& item, HostId host);
  void TakeDown(const PlanItem& item, HostId host, bool expected, Duration lasting);
  void BringBack(const PlanItem& item, HostId host, bool last);
  void End(const PlanItem& item, const std::vector<HostId>& hosts);
  void EndRecord(const PlanItem& item);
  // Calls `action` after `delay`, unless everything was healed before.
  template <class Action>
  void After(Duration delay, Action action) {
    world.At(world.now() + delay, [this, action] {
      if (!healed) action();
    });
  }

  std::array<bool, 3>& counts;  // The injector's.
  Parts parts;
  sim::World& world;
  const Plan plan;
  std::vector<ItemFate> fates;
  // Made when faults begin: what hosts and links are then is what they go back to.
  std::optional<HostEffects> host_effects;
  std::optional<LinkEffects> link_effects;
  std::array<std::vector<Counting>, 3> counting;  // By OccurrenceKind.
  bool started = false;
  bool healed = false;
};

Injector::Injector(const Parts& parts, Plan plan)
    : state_(std::make_unique<State>(parts, std::move(plan), counts_)) {
  for (const PlanItem& item : state_->plan.items) {
    const std::string wrong = SubjectError(item);
    CHECK(wrong.empty(), "item {}: {}", item.id, wrong);
    for (const HostId host : item.hosts) CHECK(state_->IsEngine(host), "item {}", item.id);
  }
}

Injector::~Injector() = default;

void Injector::Start(TrueTime start) {
  CHECK(!state_->started);
  CHECK(start >= state_->world.now());
  state_->started = true;
  state_->host_effects.emplace(state_->world, state_->parts.engine_hosts);
  for (const HostId host : state_->parts.absent) state_->host_effects->BeginAbsent(host);
  state_->link_effects.emplace(state_->world, state_->parts.engine_hosts);
  for (const FaultKind kind : state_->plan.enabled) {
    state_->link_effects->TurnOn(kind);
    if (kind == FaultKind::kDiskError || kind == FaultKind::kShortWrite) {
      state_->host_effects->TurnOnDiskErrors();
    }
  }
  for (const PlanItem& item : state_->plan.items) state_->Arm(item, start);
}

void Injector::State::Arm(const PlanItem& item, TrueTime start) {
  const TrueTime at = start + Duration{item.trigger.at.ns};
  After(at - world.now(), [this, &item] {
    if (!item.trigger.occurrence.has_value()) return Fire(item, HostId());
    const auto kind = static_cast<size_t>(item.trigger.occurrence->kind);
    counting[kind].push_back({&item, 0});
    counts[kind] = true;
  });
}

bool Injector::State::Counts(Counting& candidate, std::string_view name, HostId host,
                             ShardId shard) {
  const Occurrence& wanted = *candidate.item->trigger.occurrence;
  // An I/O point without a name is any call.
  if (!wanted.name.empty() && wanted.name != name) return false;
  if (wanted.host.has_value() && *wanted.host != host) return false;
  if (wanted.shard.has_value() && *wanted.shard != shard) return false;
  return ++candidate.seen == wanted.n;
}

std::vector<const PlanItem*> Injector::State::Completed(OccurrenceKind kind, std::string_view name,
                                                        HostId host, ShardId shard) {
  std::vector<const PlanItem*> completed;
  std::vector<Counting>& candidates = counting[static_cast<size_t>(kind)];
  if (!IsEngine(host)) return completed;
  for (Counting& candidate : candidates) {
    if (Counts(candidate, name, host, shard)) completed.push_back(candidate.item);
  }
  std::erase_if(candidates, [](const Counting& candidate) {
    return candidate.seen == candidate.item->trigger.occurrence->n;
  });
  return completed;
}

void Injector::State::FireLater(const PlanItem& item, HostId where) {
  After(item.trigger.delay, [this, &item, where] { Fire(item, where); });
}

sim::IoVerdict Injector::AtIoPoint(const sim::IoPoint& point) {
  State& state = *state_;
  if (!counts(OccurrenceKind::kIoPoint)) return {};
  sim::IoVerdict verdict;
  for (const PlanItem* item : state.Completed(
           OccurrenceKind::kIoPoint, sim::NameOf(point.operation), point.host, ShardId())) {
    const bool here = item->hosts.empty() || item->hosts.front() == point.host;
    const bool at_once = item->kind == FaultKind::kCrash && here &&
                         item->trigger.delay == Duration{} &&
                         verdict.action == sim::IoAction::kProceed;
    if (!at_once) {
      state.FireLater(*item, point.host);
      continue;
    }
    state.fates[state.IndexOf(*item)] = ItemFate::kFired;
    state.BeginRecord(*item, point.host);
    state.TakeDown(*item, point.host, true, item->duration);
    verdict.action =
        item->trigger.occurrence->before ? sim::IoAction::kCrashBefore : sim::IoAction::kCrashAfter;
  }
  return verdict;
}

void Injector::Occurred(OccurrenceKind kind, std::string_view name, HostId host, ShardId shard) {
  State& state = *state_;
  CHECK(kind != OccurrenceKind::kIoPoint, "the world counts I/O points");
  if (!counts(kind)) return;
  for (const PlanItem* item : state.Completed(kind, name, host, shard)) {
    state.FireLater(*item, host);
  }
}

// Whom it hits is decided now, whether it may happen too.
void Injector::State::Fire(const PlanItem& item, HostId where) {
  std::vector<HostId> hosts = item.hosts;
  if (item.kind == FaultKind::kPowerLoss) hosts = parts.engine_hosts;
  if (item.kind == FaultKind::kIsolateLeader) {
    const std::optional<HostId> leader = parts.quorums.LeaderHost(item.shard);
    if (!leader.has_value()) {
      COVER("faults.leader_awaited");
      return After(kLeaderPoll, [this, &item, where] { Fire(item, where); });
    }
    hosts = {*leader};
  }
  if (hosts.empty() && HitsHostOfOccurrence(item.kind)) hosts = {where};
  if (!Admit(item, hosts)) return;
  fates[IndexOf(item)] = ItemFate::kFired;
  BeginRecord(item, hosts.empty() ? HostId() : hosts.front());
  Begin(item, hosts);
}

bool Injector::State::Admit(const PlanItem& item, const std::vector<HostId>& hosts) {
  if (InfoOf(item.kind).survivable) return true;
  const Harm harm = HarmOf(item.kind);
  const bool lost = harm != Harm::kOfIntact && host_effects->IsLost(hosts.front());
  const BudgetVerdict verdict = CheckBudget(parts.quorums, host_effects->Harmed(), hosts, harm);
  if (verdict.within && !lost) return true;
  COVER("faults.suppressed");
  fates[IndexOf(item)] = ItemFate::kSuppressed;
  world.journal().Record(parts.kinds.suppressed, world.now(), HostId(), item.id, item.kind,
                         verdict.exceeded);
  return false;
}

void Injector::State::BeginRecord(const PlanItem& item, HostId subject) {
  const HostId peer = item.hosts.size() == 2 ? item.hosts[1] : HostId();
  world.journal().Record(parts.kinds.begin, world.now(), subject, item.id, item.kind, subject, peer,
                         item.shard, item.duration);
}

void Injector::State::EndRecord(const PlanItem& item) {
  world.journal().Record(parts.kinds.end, world.now(), HostId(), item.id, item.kind);
}

void Injector::State::Begin(const PlanItem& item, const std::vector<HostId>& hosts) {
  if (TakesDown(item.kind)) {
    // Hosts of a power loss come back one by one, the last after one and a half times as long.
    const Duration spread = item.duration / static_cast<int64_t>(2 * hosts.size());
    for (size_t i = 0; i < hosts.size(); ++i) {
      TakeDown(item, hosts[i], false, item.duration + spread * static_cast<int64_t>(i));
    }
    return;
  }
  if (item.kind == FaultKind::kLoseHost) return host_effects->Lose(hosts.front());
  if (item.kind == FaultKind::kBreakMachine) return host_effects->BreakMachine(hosts.front());
  if (DamagesDisk(item.kind)) return DamageDisk(item, hosts.front());
  if (item.kind == FaultKind::kOlderImage) {
    host_effects->KeepImage(hosts.front(), item);
    return After(item.amount, [this, &item, host = hosts.front()] {
      TakeDown(item, host, false, item.duration);
    });
  }
  if (LastsOnHost(item.kind)) {
    for (const HostId host : hosts) host_effects->Begin(host, item);
  } else {
    link_effects->Begin(item, hosts.empty() ? HostId() : hosts.front());
  }
  if (item.kind == FaultKind::kReset) return;  // An instant: there is nothing to end.
  if (item.kind == FaultKind::kFlakyLink) TurnLater(item);
  After(item.duration, [this, &item, hosts] { End(item, hosts); });
}

void Injector::State::TakeDown(const PlanItem& item, HostId host, bool expected, Duration lasting) {
  host_effects->TakeDown(host, expected);
  if (item.kind == FaultKind::kWipeDisk) host_effects->Wipe(host);
  if (item.kind == FaultKind::kOlderImage) host_effects->BringImageBack(host, item);
  const bool last = item.kind != FaultKind::kPowerLoss || host == parts.engine_hosts.back();
  After(lasting, [this, &item, host, last] { BringBack(item, host, last); });
}

void Injector::State::TurnLater(const PlanItem& item) {
  After(std::max(item.amount, kTurnMin), [this, &item] {
    if (link_effects->Turn(item)) TurnLater(item);
  });
}

// Whoever looks after the machine starts it again, and may put another disk into it.
void Injector::State::DamageDisk(const PlanItem& item, HostId host) {
  host_effects->DamageDisk(host, item);
  After(item.duration, [this, &item, host] {
    host_effects->Reread(host);
    EndRecord(item);
    if (item.amount == Duration{}) return;
    After(item.amount, [this, &item, host] { host_effects->ReplaceDisk(host, item); });
  });
}

void Injector::State::BringBack(const PlanItem& item, HostId host, bool last) {
  if (!host_effects->BringBack(host)) {
    return After(kCrashPoll, [this, &item, host, last] { BringBack(item, host, last); });
  }
  if (last) EndRecord(item);
}

void Injector::State::End(const PlanItem& item, const std::vector<HostId>& hosts) {
  if (LastsOnHost(item.kind)) {
    for (const HostId host : hosts) host_effects->End(host, item);
  } else {
    link_effects->End(item);
  }
  EndRecord(item);
}

void Injector::HealAll() {
  CHECK(state_->started);
  CHECK(!state_->healed);
  state_->healed = true;
  for (std::vector<State::Counting>& candidates : state_->counting) candidates.clear();
  counts_ = {};
  state_->link_effects->HealAll();
  state_->host_effects->HealAll();
}

void Injector::SetUp(HostId host) {
  CHECK(state_->started);
  state_->host_effects->SetUp(host);
}

bool Injector::MachineBreaks(HostId host) {
  return state_->started && !state_->healed && state_->host_effects->MachineBreaks(host);
}

const std::vector<ItemFate>& Injector::fates() const { return state_->fates; }

uint64_t Injector::fired() const {
  return static_cast<uint64_t>(
      std::count(state_->fates.begin(), state_->fates.end(), ItemFate::kFired));
}

uint64_t Injector::suppressed() const {
  return static_cast<uint64_t>(
      std::count(state_->fates.begin(), state_->fates.end(), ItemFate::kSuppressed));
}

std::vector<std::pair<FaultKind, uint64_t>> Injector::FiredByKind() const {
  std::array<uint64_t, kFaultKinds> counts{};
  for (size_t i = 0; i < state_->fates.size(); ++i) {
    if (state_->fates[i] != ItemFate::kFired) continue;
    ++counts[static_cast<size_t>(state_->plan.items[i].kind)];
  }
  std::vector<std::pair<FaultKind, uint64_t>> fired;
  for (const FaultInfo& info : AllFaults()) {
    const uint64_t count = counts[static_cast<size_t>(info.kind)];
    if (count > 0) fired.emplace_back(info.kind, count);
  }
  return fired;
}

}  // namespace ww::faults
