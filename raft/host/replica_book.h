// ReplicaBook: which replicas a host has, which it had, and how each came to it.
//
// Read from the host's own records at its start (raft/store/FORMAT.md): a bootstrap record brings a
// page, a tombstone fences it for ever. After a restart nobody has to remember replica ids, members
// or roles for the host: the book says what to start. Rules only; it performs no I/O.
//
// Invariants: one page an identity; a fenced page is never opened again; of one shard at most one
// page is neither fenced nor stopped for good, because another may only be begun when the data of
// the one before was removed.
// Suspends: never.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "raft/core/membership.h"
#include "raft/core/replica.h"
#include "raft/host/admin.h"
#include "raft/store/recovered_replica.h"

namespace ww::raft {

// The disk that a replica lives on, for as long as it exists.
struct Home {
  ReplicaId replica;
  DiskId disk;
  friend bool operator==(const Home&, const Home&) = default;
};
// How a replica came to this host: what its bootstrap record says.
struct Bootstrap {
  bool joins = false;
  MemberRole role = MemberRole::kVoter;
  Membership members;  // Initial ones; without voters when it joins.
  // Where initial members are, as far as their hosts have claimed it (founding.h). Sorted.
  std::vector<Home> homes{};
  std::vector<HostId> ask{};  // It joined, and these may know what becomes of the shard. Sorted.
  bool founded = true;        // False: the other initial members have not let it in yet.
  friend bool operator==(const Bootstrap&, const Bootstrap&) = default;
};
BootstrapRecord RecordOf(const Bootstrap& bootstrap);
// Nothing when the record is not one of ours.
std::optional<Bootstrap> BootstrapOf(const BootstrapRecord& record);

struct ReplicaPage {
  Bootstrap bootstrap;
  bool fenced = false;  // A tombstone stands for it.
  bool hit = false;     // Fenced: a message for it came in this life of the process.
  // What the disk holds of it, while it does not live. Kept as it was read or unloaded.
  std::optional<RecoveredState> parked;
};

// Why a start is refused. `kNone`: it is not.
struct StartRefusal {
  AdminReason reason = AdminReason::kNone;
  std::string text;
};

class ReplicaBook {
 public:
  // Null when there is none.
  ReplicaPage* Find(const ReplicaIdentity& who);
  const ReplicaPage* Find(const ReplicaIdentity& who) const;
  ReplicaPage& Add(const ReplicaIdentity& who, const Bootstrap& bootstrap);
  // A fence without a page before it is one too.
  void Fence(const ReplicaIdentity& who);

  // Whether `action` may start a replica of `shard` on `host`, as far as records say.
  StartRefusal JudgeStart(ShardId shard, HostId host, const StartReplica& action) const;

  struct Entry {
    ReplicaIdentity who;
    const ReplicaPage* page = nullptr;
  };
  std::vector<Entry> All() const;  // By shard, then replica.
  std::vector<Entry> Of(ShardId shard) const;

 private:
  StartRefusal JudgeFirst(ShardId shard, HostId host, const StartReplica& action) const;

  absl::btree_map<ShardId, absl::btree_map<ReplicaId, ReplicaPage>> pages_;
};

}  // namespace ww::raft
