// ConfiguredWriter: who lets clients write in the modes off, manual and election; a service beside
// the engine of each instance's host.
//
// It keeps clients' writes away from an instance that its own configuration does not let write
// (writers.h), also when it leads. Such a leader hands the leadership over: it asks those that may
// write how they are, and the first that answers and has a replica is told to take over, again and
// again until somebody else leads. While none of them answers nobody writes, and nobody stands in.
//
// An operator changes the configuration while it runs (Reconfigure); what counts is what stands on
// the leader's own host. While hosts differ leadership may go to and fro; there is one leader at
// any time, so there is one writer at most.
//
// Invariants: the gate is as the present configuration says, from the moment that it comes.
// Suspends: Stop.
#pragma once

#include <memory>
#include <vector>

#include "raft/failover/config.h"
#include "raft/host/service.h"

namespace ww::raft::failover {

struct ConfiguredOptions {
  ShardId shard;
  FailoverConfig config;      // Not supervised. At the start.
  std::vector<HostId> hosts;  // Of its instances, in their order.
  Duration pause;             // Before it looks again.
};

class ConfiguredWriter final : public Service {
 public:
  explicit ConfiguredWriter(ConfiguredOptions options);

  void Start(ServicePort& port) override;
  void On(HostId from, const WireMessage& message) override;
  void Stop() override;
  // From now on this configuration counts here: the same instances. Suspends: never.
  void Reconfigure(FailoverConfig config);

 private:
  void Run();
  void SetGate();
  // Whom leadership should go to; empty: nobody else, or it is not here.
  std::vector<size_t> Wanted() const;
  void AskThem();
  void HandOver(ReplicaId to);
  uint64_t NextRequest();
  LocalTime Now() const { return port_->env().clock().Now(); }

  const ConfiguredOptions options_;
  FailoverConfig config_;  // That counts now.
  ServicePort* port_ = nullptr;
  size_t self_ = 0;  // Number of the instance.
  bool stopped_ = false;
  uint64_t asked_ = 0;
  uint64_t round_ = 0;         // Answers to earlier questions are late: the number of the first.
  LocalTime handing_until_{};  // Until then what it began last may come to something.
  std::unique_ptr<WaitQueue> changed_;
  TaskHandle task_;
};

}  // namespace ww::raft::failover
