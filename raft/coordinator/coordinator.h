// Coordinator: who appoints the leader of a supervised replicaset and gives it leases; a service on
// several hosts, of which one is active.
//
// The active one holds the lock in the metadata shard. It stops when its last confirmed renewal is
// older than the keepalive interval by its own clock; one that waits takes the lock after it has
// seen it unchanged for longer than that takes on any clock. A new one waits out the leases that
// are recorded, in full, from its own start; whoever leads meanwhile is given leases on.
//
// What it does next is decided by appointment.h, on what the instances answered last. Two tasks
// while it is active: one keeps the lock, one looks and acts.
//
// Invariants: an appointment, and the term and length of leases, are recorded before anything is
// sent that they allow; nothing is sent without the lock; commands are numbered in the order in
// which they are sent (lease_message.h).
// Suspends: Stop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "raft/controller/asker.h"
#include "raft/coordinator/stateboard.h"
#include "raft/failover/appointment.h"
#include "raft/failover/config.h"
#include "raft/host/service.h"

namespace ww::raft::failover {

struct CoordinatorOptions {
  ShardId shard;
  FailoverConfig config;       // Supervised.
  std::vector<HostId> hosts;   // Of its instances, in their order.
  std::vector<HostId> board;   // Of the metadata shard.
  uint32_t drift_ppm_max = 0;  // No clock's rate is wrong by more, in millionths.
  Duration pause;              // Before it looks again when somebody has to lead.
  Duration lead_within;        // An appointee that was asked to lead does, or is given up on.
};

// Why a coordinator must not be started so; empty: it may be.
std::vector<std::string> RefusalsOf(const CoordinatorOptions& options);

// What it does, and what it has learnt; reported at that moment.
struct CoordinatorEvent {
  enum class Kind : uint8_t {
    kTookLock,
    kGaveUp,     // It does not hold the lock any more, or can't be sure of it.
    kProbed,     // An instance has answered, or has not.
    kAppoints,   // It is about to record so.
    kGrants,     // It sends a lease,
    kStepsDown,  // or asks for it back.
    kAlarm,      // Clients may write at `host`, which was not appointed.
  };
  ShardId shard;
  Kind kind = Kind::kTookLock;
  CoordinatorTerm term;
  HostId host;  // Of the instance.
  bool live = false;
  InstanceState state;  // kProbed: what it answered.
  Cause cause = Cause::kFirst;
};

class CoordinatorWatcher {
 public:
  virtual ~CoordinatorWatcher() = default;
  virtual void On(const CoordinatorEvent& event) = 0;  // Suspends: never.
};

class Coordinator final : public Service {
 public:
  // Requires: RefusalsOf(options) is empty. The watcher is borrowed.
  Coordinator(CoordinatorOptions options, CoordinatorWatcher& watcher);

  void Start(ServicePort& port) override;
  void On(HostId from, const WireMessage& message) override;
  void Stop() override;

  // An operator has changed priorities on this host. They count from the next choice on: whoever is
  // appointed and lives stays. Requires: the same instances, learners and timings. Suspends: never.
  void Reconfigure(FailoverConfig config);

 private:
  // --- The lock ---
  void Run();
  void AwaitLock();
  bool TakeLock(const meta::CoordinatorLock& seen);
  void KeepLock();
  void GiveUp();
  bool Holds() const;

  // --- What it does with it ---
  void Supervise();
  bool Recall();
  void ReadBoard();
  LocalTime ActOn(const NextStep& step);
  void Record(const Appoint& step);
  LocalTime ActOn(const Alarm& step);
  // Only when it has a lease of the same term already, if `only_on`.
  void Renew(HostId host, bool only_on = false);
  bool RecordGrant(const InstanceState& state);
  void StepDown(const TakeLease& step);
  void Transfer(const MoveLeader& step);
  void Finish(const FinishSwitch& step);
  void ForgetRecordedGrant();
  bool Written(const meta::FailoverAction& action);
  meta::RecordFence NextRecord();

  // --- Asking instances (questions.cc) ---
  void ProbeAll();
  std::optional<InstanceState> Probe(HostId host);
  uint64_t Send(HostId to, LeaseMessage&& message);
  std::optional<InstanceState> Await(uint64_t request, LocalTime deadline);
  void Learn(InstanceView& one, uint64_t number, const std::optional<InstanceState>& answer);
  InstanceView& ViewOf(HostId host);

  Env& env() const { return port_->env(); }
  LocalTime Now() const { return env().clock().Now(); }
  Duration patience() const;
  void Say(CoordinatorEvent event);

  CoordinatorOptions options_;
  const Duration lease_;
  const Duration keepalive_;
  CoordinatorWatcher& watcher_;
  ServicePort* port_ = nullptr;
  std::unique_ptr<Asker> asker_;
  std::unique_ptr<Stateboard> board_;
  std::unique_ptr<WaitQueue> changed_;
  TaskHandle task_;
  bool stopped_ = false;

  // While it is active.
  CoordinatorTerm term_;  // None: it is not.
  LocalTime valid_until_;
  uint64_t records_ = 0;   // Numbers that were used.
  uint64_t commands_ = 0;  // Likewise.
  ReplicasetView view_;
  meta::ReplicasetRecord recorded_;  // As far as it knows.
  bool doubtful_ = false;            // The record may be another: it is read first.
  uint64_t last_grant_ = 0;          // The number of the command.
  LocalTime probe_due_;
  LocalTime renew_due_;
  LocalTime transfer_due_;
};

}  // namespace ww::raft::failover
