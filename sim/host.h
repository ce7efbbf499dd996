// Host: a simulated machine. Its disk outlives its process.
//
// Invariants: at most one live process; incarnations count up from 1 and are never reused.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/process.h"

namespace ww::sim {

struct HostSpec {
  std::string name = {};  // For texts: "h1", "client-2".
  Duration clock_offset = {};
  int64_t clock_drift_ppm = 0;
  Duration step_cost = Microseconds(1);  // Virtual CPU time of one task step.
  bool engine = false;                   // Runs engine code: its crashes are the engine's.
};

class Host {
 public:
  Host(World& world, HostId id, const HostSpec& spec);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  HostId id() const { return id_; }
  const HostSpec& spec() const { return spec_; }
  World& world() const { return world_; }
  HostClock& clock() { return clock_; }
  Disk& disk() { return *disk_; }
  LocalTime LocalNow() const;

  // What the next Start runs, as the first task of a new incarnation.
  using Main = std::function<void(Process&)>;
  void SetMain(Main main) { main_ = std::move(main); }
  // Requires: no live process and a main. Returns the new incarnation.
  Incarnation Start();
  // Kills the process and lets the disk's crash rules decide over unsynced data. No effect without
  // a process. From a task of this host it throws (see Process::Kill).
  void Crash();
  Process* process() { return process_.get(); }  // Null when down.
  bool up() const { return process_ != nullptr && process_->alive(); }
  Incarnation incarnation() const { return incarnation_; }  // The newest; none before the first.

  // Nothing runs while paused; wakes come late, messages wait in the inbox. A pause outlives a
  // crash: what is started meanwhile runs when the host resumes. No effect when already so.
  void Pause();
  void Resume();
  bool paused() const { return paused_; }
  // Multiplies the cost of steps. Requires: factor >= 1.
  void SetSlow(uint32_t factor);
  // The clock was changed: deadlines of waiting tasks are computed anew.
  void ClockChanged();

  // When the CPU is free again; steps due before wait until then.
  TrueTime busy_until() const { return busy_until_; }
  // A step ran at `now`: the CPU is taken for its cost.
  void ChargeStep(TrueTime now) { busy_until_ = now + step_cost(); }
  Duration step_cost() const { return spec_.step_cost * slow_factor_; }

 private:
  friend class Process;
  World& world_;
  HostId id_;
  HostSpec spec_;
  HostClock clock_;
  std::unique_ptr<Disk> disk_;
  Main main_;
  std::unique_ptr<Process> process_;
  Incarnation incarnation_;
  bool paused_ = false;
  uint32_t slow_factor_ = 1;
  TrueTime busy_until_;
};

}  // namespace ww::sim
