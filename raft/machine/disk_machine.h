// DiskMachine: the files in which a machine on disk keeps what it has applied, sessions included.
//
// The machine itself (ShardMachine) answers from memory; its file is what it starts from. The file
// is an image with batches of applied entries behind it, written anew when they outgrow the image.
// Update takes note of each entry in the step in which the machine applies it; Sync makes what was
// noted durable, machine, sessions and applied index in one atomic step: either all of a batch is
// read back or nothing of it. So a restart finds a machine and sessions of one index, and goes on
// behind it: nothing is executed twice and nothing is missing.
//
// Who calls Sync sees to it first that a restart will find everything up to that index in the log,
// known to be committed: a file is never ahead of its log.
//
// Open reads the newest state. It may come from a cache that a failed sync left behind, so it is
// not relied on before it was written again: whoever opens calls Sync next, which writes the file
// anew under a temporary name, syncs it, renames it and syncs the directory. The same is done after
// any failure: what an append or a sync that failed has left nobody knows, and nothing is added to
// it. A failure costs that Sync; what was durable before stays so.
//
// Invariants: the file under its name is always a whole one; at most one Sync is under way; what
// waits for a Sync is bounded.
// Errors: DataLoss (damaged), Unavailable (the disk does not answer), and those of Files.
// Suspends: Open, Sync, RemoveOrphans.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "raft/env/env.h"
#include "raft/machine/machine_file.h"

namespace ww::raft {

std::string MachineFileName(const ReplicaIdentity& who);

// What is to become durable: a batch, or the whole file.
struct MachineWrite {
  Index applied;
  bool whole = false;
  std::string bytes;
};

class DiskMachine {
 public:
  // Of a replica that is new, or is about to be opened.
  DiskMachine(Env& env, const ReplicaIdentity& who) : env_(env), who_(who) {}

  // What the disk holds; nothing when there is no file.
  // Takes an empty state machine.
  absl::StatusOr<std::optional<ShardMachine>> Open(
      uint32_t sessions_max,
      std::unique_ptr<StateMachine> empty = std::make_unique<KeyValueMachine>());

  // The machine has just applied the entry.
  void Update(Index index, const Entry& entry);
  // Another state took the machine's place; no file holds any of it.
  void Replaced();

  // What is to be written so that everything up to `machine.applied()` is durable. Requires: no
  // Sync is under way; Sync follows, or nothing ever again.
  MachineWrite Begin(const ShardMachine& machine);
  absl::Status Sync(const MachineWrite& write);

  // Up to here a restart finds what was applied.
  Index durable() const { return durable_; }

  // At a start: of the files that the host has, removes temporaries, and those of replicas that are
  // not in `kept`. Returns the names removed.
  static absl::StatusOr<std::vector<std::string>> RemoveOrphans(
      Env& env, const std::vector<std::string>& names, const std::vector<ReplicaIdentity>& kept);

 private:
  absl::Status WriteWhole(std::string_view bytes);
  absl::Status AppendBatch(std::string_view bytes);

  Env& env_;
  const ReplicaIdentity who_;
  MachineBatch batch_;     // Of entries behind the newest Begin, unless the file is made anew.
  bool made_anew_ = true;  // By the next Sync.
  bool writing_ = false;
  Index durable_;
  FileId file_;               // Named, unless it is made anew.
  uint64_t size_ = 0;         // Of it,
  uint64_t whole_bytes_ = 0;  // and of its image.
};

}  // namespace ww::raft
