// Service: a program that lives beside the engine in the process of a host, as a controller does.
//
// It talks in messages, like any client or operator: to other hosts through the network, and to its
// own host without it. So it needs no door of its own into the engine, and what it asks for is
// judged like everybody's.
//
// Invariants: what a service sends to its own host is taken in order, in the host's next turn;
// answers come through On. Messages are as unreliable as the network, those to the own host are not
// lost while the process lives.
#pragma once

#include <memory>
#include <vector>

#include "raft/env/env.h"
#include "raft/env/observer.h"
#include "raft/host/write_gates.h"
#include "raft/store/disk_id.h"

namespace ww::raft {

// The replica of a shard that lives here.
struct ReplicaStanding {
  ReplicaId replica;  // None: there is none.
  Term term;
  bool leads = false;
  bool votes = false;  // As far as it has applied.
};

// Initial members that take part once a service has said whose their places are: it sends its own
// host a FoundingVerdict (founding.h).
struct OpenPlaces {
  DiskId disk;  // Of the host.
  std::vector<ReplicaIdentity> places;
};

// What a host lends its services. Valid from Start to the end of Stop.
class ServicePort {
 public:
  virtual ~ServicePort() = default;
  virtual Env& env() = 0;
  // Suspends: never.
  virtual void Send(HostId to, std::unique_ptr<WireMessage> message) = 0;
  // Keeps the writes of clients away from the shard's replica on this host, or lets them pass this
  // gate again; at once. What was proposed before goes on; what still waits meets the gate too.
  virtual void ShutWrites(ShardId shard, WriteGate gate) = 0;
  virtual void AdmitWrites(ShardId shard, WriteGate gate, const Admission& admission) = 0;
  // At this moment.
  virtual ReplicaStanding StandingOf(ShardId shard) = 0;
  virtual OpenPlaces PlacesInQuestion() = 0;
};

class Service {
 public:
  virtual ~Service() = default;
  // Once in a life of the process, when the host takes part. Spawns what tasks it needs. The port
  // is borrowed.
  virtual void Start(ServicePort& port) = 0;
  // An answer to what it, or another service, asked; or a message of a kind that the engine does
  // not know. Suspends: never.
  virtual void On(HostId from, const WireMessage& message) = 0;
  // The host has stopped, because its log failed: ends every task. Suspends. A process that ends
  // otherwise does not call it.
  virtual void Stop() = 0;
};

}  // namespace ww::raft
