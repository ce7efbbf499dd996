#include "sim/host.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/world.h"

namespace ww::sim {

Host::Host(World& world, HostId id, const HostSpec& spec)
    : world_(world),
      id_(id),
      spec_(spec),
      clock_(spec.clock_offset, spec.clock_drift_ppm),
      disk_(std::make_unique<Disk>(*this, world.decisions())) {
  CHECK(!id.none());
  CHECK(spec.step_cost.ns >= 0);
}

Host::~Host() { CHECK(process_ == nullptr); }

LocalTime Host::LocalNow() const { return clock_.Now(world_.now()); }

Incarnation Host::Start() {
  CHECK(process_ == nullptr, "host {} runs already", id_);
  CHECK(main_ != nullptr, "host {} has no main", id_);
  ++incarnation_;
  world_.journal().Record(world_.kinds().host_start, world_.now(), id_, incarnation_);
  busy_until_ = world_.now();
  process_ = std::make_unique<Process>(*this, incarnation_);
  Process& process = *process_;
  // A copy: SetMain may replace the original while this one runs.
  process.Spawn("main", [main = main_, &process] { main(process); });
  return incarnation_;
}

// The order matters: unsynced data meets its fate when the incarnation is dead, so nothing that
// unwinds can reach the disk, and the last step may not return.
void Host::Crash() {
  if (process_ == nullptr) return;
  Process& process = *process_;
  world_.journal().Record(world_.kinds().host_crash, world_.now(), id_, incarnation_);
  process.MarkDead();
  disk_->Crash();
  process.Leave();
}

void Host::Pause() {
  if (paused_) return;
  paused_ = true;
  world_.journal().Record(world_.kinds().host_pause, world_.now(), id_);
}

void Host::Resume() {
  if (!paused_) return;
  paused_ = false;
  world_.journal().Record(world_.kinds().host_resume, world_.now(), id_);
  if (process_ != nullptr) process_->HostResumed();
}

void Host::SetSlow(uint32_t factor) {
  CHECK(factor >= 1);
  slow_factor_ = factor;
}

void Host::ClockChanged() {
  if (process_ != nullptr) process_->ClockChanged();
}

}  // namespace ww::sim
