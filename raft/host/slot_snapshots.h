// What a slot keeps of its replica's snapshots. Included by this room's sources only.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "raft/env/env.h"
#include "raft/host/snapshot_messages.h"
#include "raft/machine/disk_machine.h"
#include "raft/machine/shard_machine.h"
#include "raft/store/record.h"
#include "raft/store/snapshot_store.h"

namespace ww::raft {

// What a replica goes on from: a snapshot that was read, verified and decoded; of a replica that
// keeps its machine, that machine, which may be ahead of the snapshot or have none.
struct LoadedSnapshot {
  SnapshotContent content;
  Membership membership;  // As of the machine.
  ShardMachine machine;
  std::unique_ptr<DiskMachine> disk{};
};

// An image that a machine on disk gave for another replica: the file of a whole snapshot.
struct StreamedImage {
  SnapshotContent content;
  std::string bytes;
};

// A snapshot that a leader is sending.
struct ArrivingSnapshot {
  std::unique_ptr<SnapshotChunk> chunk;  // The newest one, not taken yet.
  std::unique_ptr<WaitQueue> wake;
  SnapshotContent content;  // Of what `part` holds the beginning.
  std::optional<SnapshotPart> part;
  ReplicaId from;  // Who sent the last chunk that was taken,
  HostId from_host;
  Term term;  // and the term in which it leads.
};

struct SlotSnapshots {
  SnapshotContent newest;  // The log was given a record of it; none: there is no snapshot.
  LogPosition base;        // After which, by that record, the log begins.
  LogPosition durable;     // That of the newest durable record.
  std::vector<SnapshotContent> files;  // On the disk under their final names.
  Index attempted;                     // The newest that could not be written.
  uint64_t applied_bytes = 0;          // Of entries, since the newest.
  bool wanted = false;                 // Whatever the policy says.
  bool taking = false;                 // It stands in the host's list, or is being written.
  std::unique_ptr<ArrivingSnapshot> arriving;
  std::unique_ptr<LoadedSnapshot> loaded;  // Offered to the core in the present step.

  std::unique_ptr<DiskMachine> disk;        // Null: the machine is in memory alone.
  Index sync_begun;                         // The newest that its files were to hold.
  std::unique_ptr<StreamedImage> streamed;  // The newest one, until a newer snapshot is taken.

  std::optional<SnapshotContent> ContentOf(const LogPosition& position) const {
    const auto at = std::find_if(
        files.begin(), files.end(),
        [&position](const SnapshotContent& content) { return content.position == position; });
    return at == files.end() ? std::nullopt : std::optional(*at);
  }
};

}  // namespace ww::raft
