#include "faults/host_effects.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::faults {
namespace {

constexpr int64_t kDriftPpmMax = 900'000;  // Clocks never run backwards.

// a < b without floats.
bool Less(Ratio a, Ratio b) {
  return uint64_t{a.numerator()} * b.denominator() < uint64_t{b.numerator()} * a.denominator();
}

}  // namespace

HostEffects::HostEffects(sim::World& world, const std::vector<HostId>& hosts) : world_(world) {
  for (const HostId id : hosts) {
    HostState state;
    state.id = id;
    state.drift_ppm = world.host(id).clock().drift_ppm();
    state.disk = world.host(id).disk().rules();
    hosts_.push_back(std::move(state));
  }
}

HostEffects::HostState& HostEffects::StateOf(HostId host) {
  const auto at = std::find_if(hosts_.begin(), hosts_.end(),
                               [&](const HostState& state) { return state.id == host; });
  CHECK(at != hosts_.end(), "host {} is none that faults may hit", host);
  return *at;
}

void HostEffects::TurnOnDiskErrors() {
  draws_disk_errors_ = true;
  for (HostState& state : hosts_) ApplyDisk(state);
}

void HostEffects::TakeDown(HostId host, bool expected) {
  HostState& state = StateOf(host);
  if (state.down > 0) COVER("faults.crash_while_down");
  ++state.down;
  sim::Host& machine = world_.host(host);
  if (expected) {
    CHECK(machine.up());
    state.doomed = machine.incarnation();
  } else {
    machine.Crash();
  }
}

bool HostEffects::BringBack(HostId host) {
  HostState& state = StateOf(host);
  CHECK_GT(state.down, 0u);
  const sim::Host& machine = world_.host(host);
  if (machine.up() && machine.incarnation() == state.doomed) {
    COVER("faults.crash_awaited");
    return false;
  }
  state.doomed = Incarnation();
  if (--state.down == 0) StartIfDown(state);
  return true;
}

void HostEffects::Lose(HostId host) {
  HostState& state = StateOf(host);
  CHECK(!state.lost);
  state.lost = true;
  sim::Host& machine = world_.host(host);
  if (machine.up()) machine.Crash();
}

void HostEffects::BeginAbsent(HostId host) {
  HostState& state = StateOf(host);
  CHECK(!world_.host(host).up());
  state.absent = true;
  state.lost = true;
}

void HostEffects::SetUp(HostId host) {
  HostState& state = StateOf(host);
  if (!state.absent) return;
  COVER("faults.set_up");
  state.absent = false;
  state.lost = false;
  if (state.down == 0) StartIfDown(state);
}

void HostEffects::BreakMachine(HostId host) {
  HostState& state = StateOf(host);
  state.broken = true;
  ++state.to_break;
}

bool HostEffects::MachineBreaks(HostId host) {
  HostState& state = StateOf(host);
  if (state.to_break == 0) return false;
  --state.to_break;
  return true;
}

void HostEffects::DamageDisk(HostId host, const PlanItem& item) {
  HostState& state = StateOf(host);
  sim::Disk& disk = world_.host(host).disk();
  state.damage.push_back(&item);
  if (item.kind == FaultKind::kBitRot) {
    if (disk.RotAtRest(item.factor) == 0) COVER("faults.nothing_at_rest");
    return;
  }
  const bool moves = item.kind == FaultKind::kMisdirectedWrite;
  CHECK(moves || item.kind == FaultKind::kLatentError);
  for (uint32_t i = 0; i < item.factor; ++i) {
    const bool hit = moves ? disk.MisdirectAtRest() : disk.LoseSectorAtRest();
    if (!hit) COVER("faults.nothing_at_rest");
  }
}

void HostEffects::Reread(HostId host) {
  HostState& state = StateOf(host);
  if (state.down > 0 || state.lost) return;
  RestartProcess(state);
}

void HostEffects::ReplaceDisk(HostId host, const PlanItem& item) {
  HostState& state = StateOf(host);
  const bool still_there =
      std::find(state.damage.begin(), state.damage.end(), &item) != state.damage.end();
  if (state.lost || !still_there) return;
  sim::Host& machine = world_.host(host);
  if (machine.up()) machine.Crash();
  Wipe(host);
  if (state.down == 0) StartIfDown(state);
}

void HostEffects::Wipe(HostId host) {
  StateOf(host).damage.clear();
  world_.host(host).disk().Wipe();
}

void HostEffects::KeepImage(HostId host, const PlanItem& item) {
  HostState& state = StateOf(host);
  state.older = true;
  state.images.emplace_back(&item, world_.host(host).disk().DurableImage());
}

void HostEffects::BringImageBack(HostId host, const PlanItem& item) {
  HostState& state = StateOf(host);
  const auto at = std::find_if(state.images.begin(), state.images.end(),
                               [&item](const auto& image) { return image.first == &item; });
  CHECK(at != state.images.end());
  world_.host(host).disk().Restore(at->second);
  state.images.erase(at);
}

void HostEffects::ApplyStall(HostState& state) {
  sim::Disk& disk = world_.host(state.id).disk();
  Count(state, FaultKind::kDiskStall) > 0 ? disk.Stall() : disk.EndStall();
}

void HostEffects::StartIfDown(HostState& state) {
  CHECK_EQ(state.down, 0u);
  if (state.lost) return;
  sim::Host& machine = world_.host(state.id);
  if (!machine.up()) machine.Start();
  CHECK(machine.up());
}

void HostEffects::Begin(HostId host, const PlanItem& item) {
  HostState& state = StateOf(host);
  state.in_force.push_back(&item);
  if (item.kind == FaultKind::kDiskError) state.met_disk_errors = true;
  Apply(state, item.kind);
}

void HostEffects::End(HostId host, const PlanItem& item) {
  HostState& state = StateOf(host);
  const auto at = std::find(state.in_force.begin(), state.in_force.end(), &item);
  CHECK(at != state.in_force.end());
  state.in_force.erase(at);
  Apply(state, item.kind);
  if (item.kind == FaultKind::kDiskError && Count(state, item.kind) == 0) {
    RestartAfterDiskErrors(state);
  }
}

size_t HostEffects::Count(const HostState& state, FaultKind kind) const {
  return static_cast<size_t>(
      std::count_if(state.in_force.begin(), state.in_force.end(),
                    [&](const PlanItem* item) { return item->kind == kind; }));
}

void HostEffects::Apply(HostState& state, FaultKind kind) {
  sim::Host& machine = world_.host(state.id);
  if (kind == FaultKind::kPause) {
    // Both are without effect when nothing changes.
    Count(state, kind) > 0 ? machine.Pause() : machine.Resume();
  } else if (kind == FaultKind::kSlow) {
    uint32_t factor = 1;
    for (const PlanItem* item : state.in_force) {
      if (item->kind == kind) factor = std::max(factor, item->factor);
    }
    machine.SetSlow(factor);
  } else if (kind == FaultKind::kDiskSlow || kind == FaultKind::kDiskError ||
             kind == FaultKind::kDiskFull || kind == FaultKind::kShortWrite) {
    ApplyDisk(state);
  } else if (kind == FaultKind::kDiskStall) {
    ApplyStall(state);
  } else {
    CHECK(kind == FaultKind::kClockDrift || kind == FaultKind::kClockStall);
    ApplyClock(state);
  }
}

// A short write or a failed one, a failed sync and a failed read all come from one failing disk.
void HostEffects::ApplyDisk(HostState& state) {
  sim::DiskRules rules = state.disk;
  rules.errors_on = rules.errors_on || draws_disk_errors_;
  Ratio ratio = Ratio::Never();
  for (const PlanItem* item : state.in_force) {
    if (item->kind == FaultKind::kDiskSlow) rules.stalled_until_extra += item->amount;
    if (item->kind == FaultKind::kDiskError && Less(ratio, item->ratio)) ratio = item->ratio;
    if (item->kind != FaultKind::kShortWrite) continue;
    rules.errors_on = true;
    if (Less(rules.short_write, item->ratio)) rules.short_write = item->ratio;
  }
  if (!ratio.never()) {
    rules.errors_on = true;
    for (Ratio* failing : {&rules.read_error, &rules.write_error, &rules.sync_error}) {
      *failing = ratio;
    }
    if (Less(rules.short_write, ratio)) rules.short_write = ratio;
  }
  sim::Disk& disk = world_.host(state.id).disk();
  if (Count(state, FaultKind::kDiskFull) > 0) {
    if (state.full_at == 0) state.full_at = std::max<uint64_t>(disk.bytes_used(), 1);
    rules.bytes_max = state.full_at;
  } else {
    state.full_at = 0;
  }
  disk.rules() = rules;
}

void HostEffects::ApplyClock(HostState& state) {
  sim::Host& machine = world_.host(state.id);
  int64_t drift = state.drift_ppm;
  for (const PlanItem* item : state.in_force) {
    if (item->kind == FaultKind::kClockDrift)
      drift += item->negative ? -int64_t{item->factor} : int64_t{item->factor};
  }
  const TrueTime now = world_.now();
  const bool stalled = Count(state, FaultKind::kClockStall) > 0;
  sim::HostClock& clock = machine.clock();
  clock.SetDrift(now, std::clamp(drift, -kDriftPpmMax, kDriftPpmMax));
  if (stalled != clock.stalled()) stalled ? clock.Stall(now) : clock.Continue(now);
  machine.ClockChanged();
}

// An engine that met an error of its disk may have stopped for good, and rightly so; whoever mends
// the disk starts it again. The machine itself stays up: what a failed sync did not write is still
// read back by the next life, until power fails.
void HostEffects::RestartAfterDiskErrors(HostState& state) {
  if (!state.met_disk_errors) return;
  state.met_disk_errors = false;
  if (state.down > 0 || state.lost) return;
  COVER("faults.restart_after_disk");
  RestartProcess(state);
}

void HostEffects::RestartProcess(HostState& state) {
  sim::Host& machine = world_.host(state.id);
  sim::CrashRules& rules = machine.disk().crash_rules();
  const sim::CrashRules of_power = rules;
  rules.loses_unsynced = false;
  machine.Crash();
  rules = of_power;
  StartIfDown(state);
}

std::vector<HostId> HostEffects::Harmed() const {
  std::vector<HostId> harmed;
  for (const HostState& state : hosts_) {
    const bool disk =
        !state.damage.empty() || state.older || Count(state, FaultKind::kDiskError) > 0;
    if (disk || state.lost || state.broken) harmed.push_back(state.id);
  }
  return harmed;
}

void HostEffects::HealAll() {
  draws_disk_errors_ = false;
  for (HostState& state : hosts_) {
    state.in_force.clear();
    for (const FaultKind kind : {FaultKind::kSlow, FaultKind::kDiskSlow, FaultKind::kDiskStall,
                                 FaultKind::kClockDrift, FaultKind::kPause}) {
      Apply(state, kind);
    }
    sim::Host& machine = world_.host(state.id);
    // A disk call under way would crash it later, when nobody would bring it back.
    if (machine.up() && machine.incarnation() == state.doomed) machine.Crash();
    state.doomed = Incarnation();
    state.down = 0;
    RestartAfterDiskErrors(state);
    // What was to be replaced later is replaced now; what never was stays as it is.
    const bool replaced =
        std::any_of(state.damage.begin(), state.damage.end(),
                    [](const PlanItem* item) { return item->amount > Duration{}; });
    if (replaced) ReplaceDisk(state.id, *state.damage.front());
    StartIfDown(state);
  }
}

}  // namespace ww::faults
