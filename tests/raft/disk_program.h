// One host whose program is a piece of test code on its disk, and an oracle that crashes it at an
// I/O point.
#pragma once

#include <functional>
#include <memory>

#include "scenarios/bind/env.h"
#include "sim/world.h"
#include "tests/raft/cluster.h"

namespace ww::raft {

class CrashAtIoPoint : public sim::FaultOracle {
 public:
  sim::IoVerdict AtIoPoint(const sim::IoPoint& point) override {
    ++points;
    if (point.number == at) return sim::IoVerdict{action, {}, 0};
    return {};
  }
  uint64_t points = 0;
  uint64_t at = 0;
  sim::IoAction action = sim::IoAction::kProceed;
};

class DiskProgram {
 public:
  explicit DiskProgram(uint64_t seed = 1) {
    sim::AddWorldKinds(schema_);
    world_ = std::make_unique<sim::World>(seed, sim::World::Parts{schema_, fibers_});
    host_ = &world_->AddHost({.name = "h", .engine = true}, {});
    world_->SetOracle(&oracle);
    disk().crash_rules().torn_weight = 1;
  }
  // Runs `program` in a new life, to its end or to a crash. The life before ends by a crash.
  void Run(const std::function<void(bind::SimEnv&)>& program) {
    if (host_->up()) host_->Crash();
    host_->SetMain([this, program](sim::Process& process) {
      bind::SimEnv env(process, observer);
      program(env);
    });
    host_->Start();
    while (world_->Step()) {
    }
  }
  sim::Disk& disk() { return host_->disk(); }

  Agreement agreement;
  RecordingObserver observer{HostId(1), agreement};
  CrashAtIoPoint oracle;

 private:
  Schema schema_;
  sim::FiberPool fibers_;
  std::unique_ptr<sim::World> world_;
  sim::Host* host_ = nullptr;
};

}  // namespace ww::raft
