// LeaseKeeper: the lease of one instance; a service beside the engine of its host.
//
// Clients may write here only while the instance has a lease, its clock shows less than the
// lease's end, and its replica leads the shard in the very term that the lease was granted for.
// Nobody has to tell it that a lease is over: the host's own gate knows (raft/host/service.h). A
// process that starts has no lease.
//
// An operator may open it by hand, for a time: then it lets clients write whenever it leads, lease
// or none, until that time, a lease, an order to step down or the end of the process. Coordinators
// are told that it does.
//
// Invariants: no command that is older than one that was heeded in this life has an effect; a lease
// names this life, so those of earlier ones never count.
// Suspends: never.
#pragma once

#include <optional>
#include <string_view>

#include "raft/failover/lease_message.h"
#include "raft/host/service.h"

namespace ww::raft::failover {

// What it does, reported at that moment.
struct LeaseEvent {
  enum class Kind : uint8_t {
    kRefused,  // An older command.
    kProbed,
    kTaken,     // A lease, until `until`.
    kNotTaken,  // It does not lead in that term, or the lease is over already.
    kSteppedDown,
    kTransferring,
    kByHand,  // Open until `until`.
  };
  ShardId shard;
  Kind kind = Kind::kProbed;
  Fence fence;
  ReplicaId replica;
  Term term;        // kTaken: that it leads in.
  LocalTime until;  // kTaken, kByHand.
};

class LeaseWatcher {
 public:
  virtual ~LeaseWatcher() = default;
  virtual void On(const LeaseEvent& event) = 0;  // Suspends: never.
};

class LeaseKeeper final : public Service {
 public:
  // The watcher is borrowed.
  LeaseKeeper(ShardId shard, LeaseWatcher& watcher) : shard_(shard), watcher_(watcher) {}

  void Start(ServicePort& port) override;
  void On(HostId from, const WireMessage& message) override;
  void Stop() override {}

 private:
  struct Lease {
    Term term;
    LocalTime until;
  };
  void Heed(const LeaseMessage& command);
  void Take(const LeaseMessage& command);
  void StepDown(const LeaseMessage& command);
  void HandOver(const LeaseMessage& command);
  void OpenByHand(const LeaseMessage& command);
  void Shut();
  bool Holds(const ReplicaStanding& standing) const;
  void Answer(HostId to, const LeaseMessage& command, bool heeded);
  void Say(LeaseEvent::Kind kind, const LeaseMessage& command);
  LocalTime Now() const { return port_->env().clock().Now(); }

  const ShardId shard_;
  LeaseWatcher& watcher_;
  ServicePort* port_ = nullptr;
  Fence last_;  // The newest command that was heeded.
  std::optional<Lease> lease_;
  std::optional<LocalTime> by_hand_;  // Until then; never beside a lease.
  uint64_t asked_ = 0;                // Of its own host.
};

}  // namespace ww::raft::failover
