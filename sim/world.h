// World: hosts, network, disks, clocks and decisions of one run, on one queue, in one thread.
//
// A world owns no file descriptor and no process state. Fibers are lent by the runner's pool.
// Teardown: fibers are killed first, then inboxes and events in flight are dropped.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "sim/decisions.h"
#include "sim/fiber.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/oracle.h"
#include "sim/scheduler.h"
#include "sim/trace/journal.h"

namespace ww::sim {

// Kinds that the world records; ids are equal in every schema because they are added first.
struct WorldKinds {
  KindId event;  // An executed event: class, argument digest.
  KindId order;  // A decided order of one instant.
  KindId host_start;
  KindId host_crash;
  KindId host_pause;
  KindId host_resume;
  KindId net_send;
  KindId net_deliver;
  KindId net_drop;
  KindId disk_call;   // An I/O point with its result.
  KindId disk_crash;  // What a crash left of a file.
  KindId task_spawn;
  KindId task_end;
};
// Adds the world's kinds; their fields stand in world_kinds.cc. Requires: the schema is empty.
// `message_names` are what traces call WireMessage::kind(), by number; without them it is a number.
WorldKinds AddWorldKinds(Schema& schema, std::vector<std::string> message_names = {});
// The world's kinds of a schema that begins with them.
WorldKinds FindWorldKinds(const Schema& schema);

class World {
 public:
  // All borrowed for the life of the world. `schema` begins with the world's kinds.
  struct Parts {
    const Schema& schema;
    FiberPool& fibers;
  };
  World(uint64_t seed, const Parts& parts);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Host& AddHost(const HostSpec& spec, const LinkRules& links);
  Host& host(HostId id);
  size_t hosts() const { return hosts_.size(); }

  Decisions& decisions() { return decisions_; }
  Journal& journal() { return journal_; }
  Scheduler& scheduler() { return scheduler_; }
  Network& network() { return *network_; }
  FiberPool& fibers() { return fibers_; }
  const WorldKinds& kinds() const { return kinds_; }
  TrueTime now() const { return scheduler_.now(); }

  // Both may be null (the default). Borrowed.
  void SetOracle(FaultOracle* oracle) { oracle_ = oracle; }
  void SetDiskObserver(DiskObserver* observer) { disk_observer_ = observer; }
  FaultOracle* oracle() const { return oracle_; }
  DiskObserver* disk_observer() const { return disk_observer_; }

  // Runs one event, then unwinds processes that died in it. False when no event is left.
  bool Step();
  // Runs events up to and including `until`, or until `stop` says so after an event; time is then
  // `until` unless stopped. Returns true when stopped.
  bool RunUntil(TrueTime until, absl::FunctionRef<bool()> stop);
  void RunUntil(TrueTime until);
  // Calls `action` from an event of the harness at `when`.
  void At(TrueTime when, absl::AnyInvocable<void()> action);

 private:
  friend class Process;
  static void OnAction(void* world, uint64_t index);
  // Unwinds and deletes the processes that died. Requires: no fiber is running.
  void ReapDead();

  WorldKinds kinds_;
  Journal journal_;
  Decisions decisions_;
  Scheduler scheduler_;
  FiberPool& fibers_;
  FaultOracle* oracle_ = nullptr;
  DiskObserver* disk_observer_ = nullptr;
  std::unique_ptr<Network> network_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Process>> dying_;
  std::vector<absl::AnyInvocable<void()>> actions_;  // Pending ones of At.
  std::vector<uint64_t> free_actions_;
};

}  // namespace ww::sim
