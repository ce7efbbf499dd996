// SimEnv: the engine's Env on a simulated host, for one incarnation of its process.
//
// Made by the first task of a process, on its stack, and gone with it. Files, tasks, clock,
// messages and draws are those of the process; the observer and who watches messages are passed in.
//
// Guarantees: a suspension inside of a NoSuspend section is a CHECK failure; the streams of draws
// carry host and incarnation in their key.
// Suspends: Files, Tasks::Join, Tasks::SleepFor, WaitQueue::Wait*.
#pragma once

#include <memory>

#include "raft/env/env.h"
#include "sim/base/ratio.h"
#include "sim/process.h"

namespace ww::bind {

// Sees every message at the moment the engine hands it over, before the network takes it.
class SendWatcher {
 public:
  virtual ~SendWatcher() = default;
  virtual void OnSend(HostId to, const WireMessage& message) = 0;
};

struct SimEnvOptions {
  // How often a buggify site fires; Never also takes no draw.
  Ratio buggify = Ratio::Never();
  SendWatcher* watcher = nullptr;  // Borrowed; null for nobody.
};

class SimEnv final : public raft::Env {
 public:
  SimEnv(sim::Process& process, raft::Observer& observer, SimEnvOptions options = {});
  ~SimEnv() override;
  SimEnv(const SimEnv&) = delete;
  SimEnv& operator=(const SimEnv&) = delete;

  HostId host() const override;
  Incarnation incarnation() const override;
  raft::Files& files() override;
  raft::Tasks& tasks() override;
  raft::Clock& clock() override;
  raft::Transport& transport() override;
  raft::Draws& draws() override;
  raft::Observer& observer() override { return observer_; }

 private:
  class Files;
  class Tasks;
  class Clock;
  class Transport;
  class Draws;
  class WaitQueue;

  sim::Process& process_;
  raft::Observer& observer_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<Tasks> tasks_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Draws> draws_;
};

}  // namespace ww::bind
