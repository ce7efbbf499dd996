// Founding: how an initial member of a new shard makes sure that it is new.
//
// Its host's configuration lists it at every start, also when the disk was wiped in between. What
// an empty disk can't tell, the other initial members can: before it takes part, a replica claims
// its place from them, with the id of its disk. Each of them lets one disk in for ever, durably,
// before it answers; another disk that claims the same place is told whose it is, refuses to start,
// says why, and is fenced.
//
// A majority of the others has to let it in. Two such sets have a member in common, so no two disks
// are ever let in, as long as no two members of a shard lose their disks. Of three voters that
// takes both others, once: before that a shard has not begun. A shard of one has nobody to ask;
// what its disk lost is lost, and nobody knows.
//
// Where somebody keeps a record of all places, that record is asked instead (`placed_by_service`):
// it outlives all initial members and their disks. The service that has read it says to its own
// host whose a place is, with the same message.
//
// Who joins a running shard claims nothing: its id comes from an operator, together with the disk
// that is meant (StartReplica::disk). Nor does an initial member that is started so: other founders
// may have moved away before it asks them, and would never let it in.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "raft/env/observer.h"
#include "raft/host/slot.h"
#include "raft/store/disk_id.h"
#include "sim/base/wire_message.h"

namespace ww::raft {

inline constexpr uint32_t kFoundingClaimKind = 30;
inline constexpr uint32_t kFoundingVerdictKind = 31;

// "These places are mine, and this is my disk", for all shards that two hosts share.
struct FoundingClaim final : WireMessage {
  HostId from_host;
  DiskId disk;
  std::vector<ReplicaIdentity> claimed;

  uint32_t kind() const override { return kFoundingClaimKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

enum class Verdict : uint8_t {
  kGranted,    // Durably: no other disk will be.
  kOtherDisk,  // The place was given to another disk before.
  kRemoved,    // The replica was removed from its shard.
};

struct JudgedClaim {
  ReplicaIdentity who;
  Verdict verdict = Verdict::kGranted;
  DiskId bound_to;  // Whose the place is; none when it was removed.
  friend bool operator==(const JudgedClaim&, const JudgedClaim&) = default;
};

// What a host says to a claim. Of places that it can't speak for it says nothing.
struct FoundingVerdict final : WireMessage {
  HostId from_host;
  DiskId disk;  // Of the claim.
  std::vector<JudgedClaim> judged;

  uint32_t kind() const override { return kFoundingVerdictKind; }
  size_t encoded_size() const override;
  uint64_t digest() const override;
  std::unique_ptr<WireMessage> Clone() const override;
  void Encode(ByteWriter& out) const override;
};

// The rest of a message behind its kind; null when malformed.
std::unique_ptr<WireMessage> DecodeFoundingClaim(ByteReader& in);
std::unique_ptr<WireMessage> DecodeFoundingVerdict(ByteReader& in);

// An initial member that is not let in yet.
struct Founding {
  ReplicaIdentity who;
  std::vector<HostId> granted;
  std::optional<AdminCall> call;  // Who asked for its start.
  bool by_service = false;        // A service of this host is asked, not the other members.
};
// How many others of a shard with so many initial members must let one in.
size_t GrantsNeeded(size_t members);

struct OwedVerdict {
  uint64_t after_record = 0;
  HostId to;
  std::unique_ptr<FoundingVerdict> verdict;
};

}  // namespace ww::raft
