// SnapshotStore: the snapshot files of a host's replicas.
//
// Publishing is crash-safe at every I/O point: write to a temporary file, sync it, rename, sync the
// directory. Only then may the log say that the snapshot exists, and only when that is durable may
// older files go. So whatever the log names is there and whole; files that it does not name are
// orphans of a crash, which the start removes and names.
//
// A file that arrives from elsewhere is a part until all of it is there and verified. A part
// survives a crash: what of it is good is found out by its chunk checksums, and the transfer goes
// on from there.
//
// At most one file is written and one part received at a time for a replica; the caller sees to it.
//
// Errors: DataLoss (damaged, or not the snapshot that was asked for) and those of Files. An error
// concerns that snapshot alone.
// Suspends: everything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "raft/env/env.h"
#include "raft/store/snapshot_file.h"

namespace ww::raft {

// A published file.
struct NamedSnapshot {
  ReplicaIdentity who;
  LogPosition position;
};

// A file that is being received.
struct SnapshotPart {
  FileId file;
  uint64_t bytes = 0;  // Good ones, from the beginning; the next ones are appended.
};

std::string SnapshotName(const NamedSnapshot& snapshot);
// Whether a file is the store's: a snapshot, a temporary or a part.
bool IsSnapshotName(std::string_view name);

class SnapshotStore {
 public:
  explicit SnapshotStore(Env& env) : env_(env) {}

  // Durable, under its name, when it returns.
  absl::StatusOr<SnapshotContent> Publish(const ReplicaIdentity& who, const LogPosition& position,
                                          const Membership& membership, std::string_view machine);

  // --- Receiving ---
  // An empty part; whatever was there before is gone.
  absl::StatusOr<SnapshotPart> BeginPart(const ReplicaIdentity& who);
  // The part that an earlier life left, if it is of this very content; otherwise an empty one.
  absl::StatusOr<SnapshotPart> ResumePart(const ReplicaIdentity& who,
                                          const SnapshotContent& content);
  absl::Status AppendToPart(SnapshotPart& part, std::string_view bytes);
  // Reads the whole part and verifies that it is this snapshot of this shard.
  absl::StatusOr<SnapshotImage> ReadPart(const ReplicaIdentity& who, const SnapshotPart& part,
                                         const SnapshotContent& content);
  // Durable, under its name, when it returns. Requires: ReadPart found it good.
  absl::Status PublishPart(const ReplicaIdentity& who, const SnapshotPart& part,
                           const SnapshotContent& content);

  // --- Published files ---
  absl::StatusOr<SnapshotImage> Load(const NamedSnapshot& snapshot);
  // For reading in chunks, with env.files().Read.
  absl::StatusOr<FileId> Open(const NamedSnapshot& snapshot);
  absl::Status Remove(const NamedSnapshot& snapshot);
  // At a start: removes temporaries and snapshots that are not `kept`, and parts of replicas that
  // are not in `receiving`. Returns the names removed, sorted. NotFound when a kept one is missing.
  absl::StatusOr<std::vector<std::string>> RemoveAllBut(
      const std::vector<NamedSnapshot>& kept, const std::vector<ReplicaIdentity>& receiving);
  // The same, of the files that the host has, sorted.
  absl::StatusOr<std::vector<std::string>> RemoveAllBut(
      const std::vector<std::string>& names, const std::vector<NamedSnapshot>& kept,
      const std::vector<ReplicaIdentity>& receiving);

 private:
  absl::StatusOr<FileId> MakeEmpty(const std::string& name);
  absl::StatusOr<std::string> ReadAll(FileId file);
  absl::Status SyncAndName(FileId file, const std::string& from, const std::string& to);

  Env& env_;
};

}  // namespace ww::raft
