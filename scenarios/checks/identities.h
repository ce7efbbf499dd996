// replica-id-unique, one-replica-per-host, tombstone-fence, routing-sane and shard-isolation.
//
// An identity (shard, replica id) belongs to one host and to what its disk held when it was created
// there, for ever. What these checks know of an identity: where it was created, whether its
// bootstrap record is durable, whether it was destroyed. A crash before the bootstrap record is
// durable leaves nothing behind, so the same identity may then be created again on the same host. A
// wiped disk takes an identity away for ever.
#pragma once

#include <string_view>

#include "absl/container/btree_map.h"
#include "scenarios/checks/ghost.h"
#include "scenarios/checks/reporter.h"

namespace ww::checks {

class IdentityChecks {
 public:
  explicit IdentityChecks(Reporter& reporter) : reporter_(reporter) {}

  void On(const ShardCreated& event) { Bind(event.shard, event.voters); }
  void On(const ShardRefounded& event) { Bind(event.shard, event.voters); }
  void On(const BootstrapBegun& event, const Ghost& ghost);
  void On(const ReplicaCreated& event, const Ghost& ghost);
  // Before the ghost takes it.
  void On(const ReplicaStarted& event, Ghost::Where where);
  void On(const ReplicaUnloaded& event);
  void On(const ReplicaDestroyed& event);
  void On(const HostCrashed& event);
  void On(const HostWiped& event, const Ghost& ghost);
  void On(const MessageAccepted& event);
  void On(const MessageRefused& event);
  // A replica's state changed while a message of the shard `under` was handled; none: no message.
  void OnChange(const ReplicaKey& who, ShardId under, std::string_view what);

 private:
  void Bind(ShardId shard, std::span<const Voter> founders);
  struct Identity {
    HostId host;             // Where it was created, or is said to be.
    bool created = false;    // By an event, not only announced as a member.
    bool destroyed = false;  // In memory of the life that did it, or durably.
    bool destroyed_durably = false;
    bool lost = false;  // Its disk was wiped, and with it what it promised.
  };
  static const ReplicaGhost* GhostOf(const Ghost& ghost, const ReplicaKey& who);
  void JudgeFence(const ReplicaKey& who, HostId host, std::string_view what, bool durably);

  Reporter& reporter_;
  absl::btree_map<ReplicaKey, Identity> identities_;
  absl::btree_map<std::pair<HostId, ShardId>, ReplicaId> living_;
};

}  // namespace ww::checks
